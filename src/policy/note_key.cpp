// Keys of signed notes (C2SP signed-note, "vkey"): NAME+KEYID+BASE64, of logs and of witnesses.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/policy.h"

namespace cheget::policy {
namespace {

constexpr std::size_t k_longest_name = 255;

// The first four bytes of SHA-256 over the name, LF, the type and the key.
std::array<std::uint8_t, 4> id_of(const NoteKey& key) {
    std::string hashed = key.name + '\n';
    hashed += static_cast<char>(key.type);
    hashed.append(key.key.begin(), key.key.end());
    base::Digest digest = base::sha256(hashed);
    std::array<std::uint8_t, 4> id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

std::string hex_of(const std::array<std::uint8_t, 4>& id) {
    return fmt::format("{:02x}{:02x}{:02x}{:02x}", id[0], id[1], id[2], id[3]);
}

}  // namespace

base::Result<NoteKey> parse_note_key(std::string_view text) {
    std::string_view rest = text;
    NoteKey key;
    key.name = base::take_until(rest, '+');
    std::string_view id = base::take_until(rest, '+');
    bool printable = std::all_of(key.name.begin(), key.name.end(), [](char character) {
        return character > 0x20 && character <= 0x7E;
    });
    if (key.name.empty() || key.name.size() > k_longest_name || !printable || rest.empty()) {
        return base::bad_input(
            "a note's key is a name, eight hexadecimal digits and base64, "
            "joined by `+`");
    }
    auto bytes = base::from_base64(rest);
    if (!bytes || bytes->size() != 33) {
        return base::bad_input(
            "after the second `+` stands the base64 of 33 bytes: the key's type "
            "and an Ed25519 key");
    }
    key.type = (*bytes)[0];
    std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
    key.id = id_of(key);
    if (id != hex_of(key.id)) {
        return base::bad_input(fmt::format("the key's id is {}, and `{}` stands there",
                                           hex_of(key.id), base::shown(id)));
    }
    return key;
}

std::string to_text(const NoteKey& key) {
    base::Bytes bytes{key.type};
    bytes.insert(bytes.end(), key.key.begin(), key.key.end());
    return fmt::format("{}+{}+{}", key.name, hex_of(key.id), base::to_base64(bytes));
}

}  // namespace cheget::policy
