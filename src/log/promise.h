// A promise: a log's signed word that it holds an entry, before any witness saw it. What the log
// shows its witnesses afterwards keeps the promise, or proves that it was broken.
#pragma once

#include <optional>

#include "log/fork.h"
#include "log/proof_file.h"
#include "log/remote.h"

namespace cheget::log {

struct PromiseStanding {
    std::uint64_t index = 0;  ///< of the entry
    std::uint64_t size = 0;   ///< of the tree that the log signed with it
    /// What anyone can check, if the witnessed log is another than the one that was promised.
    std::optional<ForkEvidence> broken;
    /// Whether the witnessed log has come that far; neither kept nor broken before.
    bool is_settled = false;
};

/// Compares a promise about `entry` with a witnessed checkpoint of the log, whose tree `remote`
/// serves. Fails if it is no promise: not signed by the log's key, or not about the entry; and if
/// the tree can't be read.
base::Result<PromiseStanding> check_promise(const ProofFile& promise, base::BytesView entry,
                                            RemoteLog& remote, const OpenedCheckpoint& witnessed,
                                            const Trust& trust);

}  // namespace cheget::log
