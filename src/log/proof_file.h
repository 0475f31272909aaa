// Proof files (C2SP tlog-proof): that an entry lies in a log, to be checked without the log.
#pragma once

#include <string>
#include <string_view>

#include "log/checkpoint.h"
#include "log/proof.h"

namespace cheget::log {

constexpr std::size_t k_longest_proof_file = 2 * k_longest_note;

struct ProofFile {
    base::Bytes extra;  ///< what else its maker put in; nothing proves it. Left out when empty
    std::uint64_t index = 0;
    Proof proof;
    std::string checkpoint;  ///< the signed checkpoint, as it stands
    bool operator==(const ProofFile&) const = default;
};

base::Result<ProofFile> parse_proof_file(std::string_view text);
std::string render(const ProofFile& file);

/// Whether the entry lies in the log that `trust` names, under a witnessed checkpoint; gives that.
base::Result<OpenedCheckpoint> verify(const ProofFile& file, base::BytesView entry,
                                      const Trust& trust);

/// Base64 of exactly 32 bytes: a hash as the lines of proofs hold it.
base::Result<Digest> parse_hash_line(std::string_view line);
/// Takes lines of hashes off the front of `text` until an empty line, which is taken too.
base::Result<Proof> take_hash_lines(std::string_view& text);
std::string render_hash_lines(std::span<const Digest> hashes);

}  // namespace cheget::log
