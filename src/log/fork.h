// Evidence that a log forked: two checkpoints that it signed, of which the larger tree does not
// begin with the smaller one. Anyone can check it with the log's public key alone.
#pragma once

#include <string>
#include <string_view>

#include "log/checkpoint.h"
#include "log/proof.h"

namespace cheget::log {

/// The hashes show how the larger tree really began: the full subtrees of its first entries, as
/// many as the smaller checkpoint tells, then those of the rest. Together they make the larger
/// root; the first of them make another than the smaller one. Of equal sizes they are left out.
struct ForkEvidence {
    std::string smaller;  ///< signed checkpoints, as they stand
    std::string larger;
    Proof beginning;
    Proof rest;
    bool operator==(const ForkEvidence&) const = default;
};

constexpr std::size_t k_longest_evidence = 2 * k_longest_note + 64 * 1024;

/// What it proves, once verified.
struct Fork {
    Checkpoint smaller;
    Checkpoint larger;
    Digest beginning;  ///< the root that the larger tree had at the smaller one's size
};

/// A text: a header, the hashes, both checkpoints.
std::string render(const ForkEvidence& evidence);
base::Result<ForkEvidence> parse_fork_evidence(std::string_view text);

/// Fails unless the evidence proves that the holder of the log's key signed a fork.
base::Result<Fork> verify(const ForkEvidence& evidence, const NoteKey& log);

/// Gathers the hashes of the larger tree.
base::Result<ForkEvidence> make_fork_evidence(std::string_view smaller, std::string_view larger,
                                              const NoteKey& log, const HashReader& read_larger);

}  // namespace cheget::log
