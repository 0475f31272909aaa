// Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature): texts that several keys
// sign, each on a line of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "signature/note_key.h"

namespace cheget::log {

using signature::NoteKey;

constexpr std::size_t k_longest_note = 256 * 1024;
constexpr std::size_t k_most_signatures = 64;

/// One signature line, not yet verified.
struct NoteSignature {
    std::string name;  ///< UTF-8 without spaces and `+`
    signature::NoteKeyId id{};
    base::Bytes payload;  ///< what stands after the id; at least one byte
    bool operator==(const NoteSignature&) const = default;
};

/// A note taken apart. Its text means nothing before a signature was verified.
struct Note {
    std::string text;  ///< ends with LF, which the signatures cover
    std::vector<NoteSignature> signatures;
    bool operator==(const Note&) const = default;
};

/// Reads a note: UTF-8 without control characters but LF; text, an empty line, one to
/// k_most_signatures signature lines. The last empty line separates.
base::Result<Note> parse_note(std::string_view bytes);

/// Reads signature lines alone, as a witness answers them.
base::Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view lines);

/// `— NAME BASE64` and LF.
std::string render(const NoteSignature& signature);
std::string render(const Note& note);

/// A signature that was found good.
struct Verified {
    std::size_t key = 0;             ///< its place among the known keys
    std::optional<base::Time> time;  ///< of a cosignature
};

/// Verifies every signature by a known key, of which no two may share name and id. Signatures by
/// others are skipped; one of a known key that is bad refuses the whole note, and so does a note
/// that no known key signed.
base::Result<std::vector<Verified>> verify_note(const Note& note, std::span<const NoteKey> known);

/// The same for one signature that names the key.
base::Result<Verified> verify_signature(std::string_view text, const NoteSignature& signature,
                                        std::span<const NoteKey> known, std::size_t key);

/// What a cosignature's key signs: a header, the time, the whole text of the checkpoint.
std::string cosigned_message(base::Time time, std::string_view text);

/// The signature line's content, given the 64 bytes that the key signed of the text.
NoteSignature make_signature(const NoteKey& key, base::BytesView signed_text);
/// The same for a cosignature: of cosigned_message().
NoteSignature make_cosignature(const NoteKey& key, base::Time time, base::BytesView signed_message);

}  // namespace cheget::log
