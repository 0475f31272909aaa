// Keys of signed notes (C2SP signed-note, "vkey"): the keys of logs and of their witnesses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace cheget::signature {

constexpr std::uint8_t k_note_ed25519 = 1;      ///< signs the note's text: logs
constexpr std::uint8_t k_note_cosignature = 4;  ///< Ed25519 with a time: witnesses

using NoteKeyId = std::array<std::uint8_t, 4>;

/// `NAME+KEYID+BASE64`. The id follows from the rest: the first four bytes of SHA-256 over the
/// name, LF, the type and the key.
struct NoteKey {
    std::string name;  ///< printable ASCII without space and `+`, 1 to 255 characters
    NoteKeyId id{};
    std::uint8_t type = 0;  ///< k_note_ed25519, k_note_cosignature, or another that we don't verify
    std::array<std::uint8_t, 32> key{};
    bool operator==(const NoteKey&) const = default;
};

/// Reads a key and checks its id.
base::Result<NoteKey> parse_note_key(std::string_view text);

/// The key of that name and type, with its id. Fails if the name can't be a key's.
base::Result<NoteKey> make_note_key(std::string_view name, std::uint8_t type,
                                    const std::array<std::uint8_t, 32>& key);

std::string to_text(const NoteKey& key);
std::string to_text(const NoteKeyId& id);  ///< eight hexadecimal digits

}  // namespace cheget::signature
