// Promises, held against what the witnesses saw.
#include "log/promise.h"

#include <fmt/format.h>

namespace cheget::log {

base::Result<PromiseStanding> check_promise(const ProofFile& promise, base::BytesView entry,
                                            RemoteLog& remote, const OpenedCheckpoint& witnessed,
                                            const Trust& trust) {
    const OpenedCheckpoint promised = TRY(open_checkpoint(promise.checkpoint, trust));
    const Checkpoint& then = promised.checkpoint;
    const Checkpoint& now = witnessed.checkpoint;
    TRY(verify_inclusion(promise.index, then.size, hash_leaf(entry), promise.proof, then.root));
    PromiseStanding standing;
    standing.index = promise.index;
    standing.size = then.size;
    standing.is_settled = now.size >= then.size;
    if (!standing.is_settled) {
        return standing;
    }
    const HashReader nodes = remote.hashes(now.size);
    const Proof proof = TRY(make_consistency_proof(then.size, now.size, nodes));
    if (verify_consistency(then.size, now.size, then.root, now.root, proof)) {
        return standing;
    }
    // It may also be the tiles that are wrong: the evidence shows, as its hashes make the root that
    // was witnessed.
    standing.broken =
        TRY(make_fork_evidence(promise.checkpoint, render(witnessed.note), trust.log(), nodes));
    return standing;
}

}  // namespace cheget::log
