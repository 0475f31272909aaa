// Keys of signed notes (C2SP signed-note, "vkey"): NAME+KEYID+BASE64, of logs and of witnesses.
#include "signature/note_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace cheget::signature {
namespace {

constexpr std::size_t k_longest_name = 255;

NoteKeyId id_of(const NoteKey& key) {
    std::string hashed = key.name + '\n';
    hashed += static_cast<char>(key.type);
    hashed.append(key.key.begin(), key.key.end());
    base::Digest digest = base::sha256(hashed);
    NoteKeyId id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

bool is_key_name(std::string_view name) {
    return !name.empty() && name.size() <= k_longest_name &&
           std::all_of(name.begin(), name.end(), [](char character) {
               return character > 0x20 && character <= 0x7E && character != '+';
           });
}

}  // namespace

std::string to_text(const NoteKeyId& id) {
    return base::to_hex(base::BytesView(id));
}

base::Result<NoteKey> parse_note_key(std::string_view text) {
    std::string_view rest = text;
    NoteKey key;
    key.name = base::take_until(rest, '+');
    std::string_view id = base::take_until(rest, '+');
    if (!is_key_name(key.name) || rest.empty()) {
        return base::bad_input(
            "a note's key is a name, eight hexadecimal digits and base64, "
            "joined by `+`");
    }
    auto bytes = base::from_base64(rest);
    if (!bytes || bytes->size() != 1 + key.key.size()) {
        return base::bad_input(
            "after the second `+` stands the base64 of 33 bytes: the key's type "
            "and an Ed25519 key");
    }
    key.type = (*bytes)[0];
    std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
    key.id = id_of(key);
    if (id != to_text(key.id)) {
        return base::bad_input(fmt::format("the key's id is {}, and `{}` stands there",
                                           to_text(key.id), base::shown(id)));
    }
    return key;
}

base::Result<NoteKey> make_note_key(std::string_view name, std::uint8_t type,
                                    const std::array<std::uint8_t, 32>& key) {
    if (!is_key_name(name)) {
        return base::bad_input(
            fmt::format("`{}` can't name a note's key: that takes 1 to 255 printable ASCII "
                        "characters without space and `+`, such as log.example.org/prod",
                        base::shown(name)));
    }
    NoteKey made{std::string(name), {}, type, key};
    made.id = id_of(made);
    return made;
}

std::string to_text(const NoteKey& key) {
    base::Bytes bytes{key.type};
    bytes.insert(bytes.end(), key.key.begin(), key.key.end());
    return fmt::format("{}+{}+{}", key.name, to_text(key.id), base::to_base64(bytes));
}

}  // namespace cheget::signature
