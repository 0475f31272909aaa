// Deciding as an executor: with its own memory beside what it was given.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "executor/state.h"
#include "executor/subject.h"
#include "permit/judge.h"

namespace cheget::executor {

/// A judgement with the bytes that it points into.
struct Verdict {
    std::unique_ptr<Material> material;
    permit::Judgement judgement;
};

/// Reads the permit or folder, the drop folder and the outbox anew, takes up amendments and
/// revocations durably before anything else, judges, and remembers vetoes and withdrawals, on
/// orders and on amendments.
base::Result<Verdict> judge_now(const Config& config, State& state, const Subject& subject);

/// Whether this executor may act on the order now: permitted, named by the rule, its key unrevoked,
/// one plain target. The target, or the reason as an Error (denied, waiting).
base::Result<std::string> require_permit(const permit::Judgement& judgement, const Config& config,
                                         const keys::MachineKey& key);

/// Whether this executor is the one to act, whatever the decision is.
base::Result<std::string> require_executor(const permit::Judgement& judgement, const Config& config,
                                           const keys::MachineKey& key);

/// Refuses an order that the ledger or any trace shows as claimed (G3): ErrorKind::denied, or
/// unknown_outcome if nobody knows how it ended. `own` is the id of a claim to pass over.
base::Result<void> require_unclaimed(State& state, const Verdict& verdict,
                                     const std::string& target,
                                     const std::optional<base::Digest>& own = std::nullopt);

/// `sha256:…`, shortened for people.
std::string short_id(const base::Digest& digest);

}  // namespace cheget::executor
