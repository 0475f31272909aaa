// Signed notes: read strictly, verified, written.
#include "log/note.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "signature/sshsig.h"

namespace cheget::log {
namespace {

constexpr std::string_view k_dash = "\xE2\x80\x94 ";
constexpr std::string_view k_separator = "\n\n";
constexpr std::size_t k_id_size = 4;
constexpr std::size_t k_time_size = 8;
constexpr std::size_t k_signature_size = 64;

// The code points of Unicode's White_Space beyond ASCII.
bool is_space_beyond_ascii(std::uint32_t point) {
    return point == 0x85 || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

bool is_note_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::uint32_t point = 0;
        const std::size_t size = base::decode_utf8(text.substr(i), point);
        if (size == 0 || (point < 0x20 && point != '\n')) {
            return false;
        }
        i += size;
    }
    return true;
}

// Of text that passed is_note_text.
bool is_name(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::uint32_t point = 0;
        i += base::decode_utf8(text.substr(i), point);
        if (point == ' ' || point == '+' || is_space_beyond_ascii(point)) {
            return false;
        }
    }
    return !text.empty();
}

base::Result<NoteSignature> parse_line(std::string_view line) {
    auto malformed = [&] {
        return base::bad_input(
            fmt::format("`{}` is no signature line: a dash, a name and base64, "
                        "each after one space",
                        base::shown(line.substr(0, 100))));
    };
    if (!line.starts_with(k_dash)) {
        return malformed();
    }
    std::string_view rest = line.substr(k_dash.size());
    const std::string_view name = base::take_until(rest, ' ');
    auto bytes = base::from_base64(rest);
    if (!is_name(name) || !bytes || bytes->size() <= k_id_size) {
        return malformed();
    }
    NoteSignature signature;
    signature.name = name;
    std::copy_n(bytes->begin(), k_id_size, signature.id.begin());
    signature.payload.assign(bytes->begin() + k_id_size, bytes->end());
    return signature;
}

std::uint64_t read_u64(base::BytesView bytes) {
    std::uint64_t value = 0;
    for (std::uint8_t byte : bytes.first(k_time_size)) {
        value = value << 8 | byte;
    }
    return value;
}

}  // namespace

base::Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines) {
    if (lines.size() > k_longest_note) {
        return base::bad_input("the signature lines are too long");
    }
    if (!is_note_text(lines) || !lines.ends_with('\n')) {
        return base::bad_input(
            "signature lines are UTF-8 without control characters, each ended by a line feed");
    }
    std::vector<NoteSignature> signatures;
    while (!lines.empty()) {
        if (signatures.size() == k_most_signatures) {
            return base::bad_input(
                fmt::format("more than {} signatures stand there", k_most_signatures));
        }
        signatures.push_back(TRY(parse_line(base::take_until(lines, '\n'))));
    }
    return signatures;
}

base::Result<Note> parse_note(std::string_view bytes) {
    if (bytes.size() > k_longest_note) {
        return base::bad_input(fmt::format("the note has {} bytes, and {} are the most",
                                           bytes.size(), k_longest_note));
    }
    if (!is_note_text(bytes)) {
        return base::bad_input("the note is not UTF-8 without control characters");
    }
    const std::size_t end = bytes.rfind(k_separator);
    if (end == std::string_view::npos) {
        return base::bad_input("the note has no empty line between its text and its signatures");
    }
    Note note;
    note.text = bytes.substr(0, end + 1);
    auto signatures = parse_signature_lines(bytes.substr(end + k_separator.size()));
    if (!signatures) {
        return std::unexpected(base::within("the note's signatures", signatures.error()));
    }
    note.signatures = std::move(*signatures);
    return note;
}

std::string render(const NoteSignature& signature) {
    base::Bytes bytes(signature.id.begin(), signature.id.end());
    bytes.insert(bytes.end(), signature.payload.begin(), signature.payload.end());
    return fmt::format("{}{} {}\n", k_dash, signature.name, base::to_base64(bytes));
}

std::string render(const Note& note) {
    std::string bytes = note.text + '\n';
    for (const NoteSignature& signature : note.signatures) {
        bytes += render(signature);
    }
    return bytes;
}

std::string cosigned_message(base::Time time, std::string_view text) {
    return fmt::format("cosignature/v1\ntime {}\n{}", time.seconds, text);
}

base::Result<Verified> verify_signature(std::string_view text, const NoteSignature& signature,
                                        std::span<const NoteKey> known, std::size_t key) {
    const NoteKey& signer = known[key];
    const base::BytesView payload(signature.payload);
    auto bad = [&](std::string_view why) {
        return base::bad_input(fmt::format("the signature of {} (key {}) is bad: {}", signer.name,
                                           signature::to_text(signer.id), why));
    };
    if (signer.type == signature::k_note_ed25519) {
        if (!signature::verify_ed25519(signer.key, base::as_bytes(text), payload)) {
            return bad("it is not on this text");
        }
        return Verified{key, {}};
    }
    if (signer.type != signature::k_note_cosignature) {
        return bad(fmt::format("keys of type {} can't be verified here", signer.type));
    }
    if (payload.size() != k_time_size + k_signature_size) {
        return bad("a cosignature has a time and 64 bytes");
    }
    const std::uint64_t seconds = read_u64(payload);
    if (seconds > static_cast<std::uint64_t>(base::k_latest_time.seconds)) {
        return bad("its time is beyond the year 9999");
    }
    const base::Time time{static_cast<std::int64_t>(seconds)};
    if (!signature::verify_ed25519(signer.key, base::as_bytes(cosigned_message(time, text)),
                                   payload.subspan(k_time_size))) {
        return bad("it is not on this text and time");
    }
    return Verified{key, time};
}

base::Result<std::vector<Verified>> verify_note(const Note& note, std::span<const NoteKey> known) {
    std::vector<Verified> verified;
    for (const NoteSignature& signature : note.signatures) {
        auto key = std::find_if(known.begin(), known.end(), [&](const NoteKey& candidate) {
            return candidate.name == signature.name && candidate.id == signature.id;
        });
        if (key != known.end()) {
            const auto place = static_cast<std::size_t>(key - known.begin());
            verified.push_back(TRY(verify_signature(note.text, signature, known, place)));
        }
    }
    if (verified.empty()) {
        return base::bad_input("no key that is known here signed the note");
    }
    return verified;
}

NoteSignature make_signature(const NoteKey& key, base::BytesView signed_text) {
    return {key.name, key.id, base::Bytes(signed_text.begin(), signed_text.end())};
}

NoteSignature make_cosignature(const NoteKey& key, base::Time time,
                               base::BytesView signed_message) {
    NoteSignature signature{key.name, key.id, {}};
    const auto seconds = static_cast<std::uint64_t>(time.seconds);
    for (std::size_t i = k_time_size; i-- > 0;) {
        signature.payload.push_back(static_cast<std::uint8_t>(seconds >> (8 * i)));
    }
    signature.payload.insert(signature.payload.end(), signed_message.begin(), signed_message.end());
    return signature;
}

}  // namespace cheget::log
