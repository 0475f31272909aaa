// Deciding as an executor: with its own memory beside what it was given.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "executor/drop_places.h"
#include "executor/state.h"
#include "executor/subject.h"
#include "permit/judge.h"

namespace cheget::executor {

/// A judgement with the bytes that it points into.
struct Verdict {
    std::unique_ptr<Material> material;
    permit::Judgement judgement;
    std::vector<std::string> warnings;  ///< drop places that could not be reached
};

/// A claim of this executor that its copy of the log holds.
struct LoggedClaim {
    std::uint64_t index = 0;
    store::BootMoment signed_at;
    base::Time low_before;  ///< it was at least that late before the claim
};

/// Reads the permit or folder, the drop folder and the outbox anew, takes up amendments and
/// revocations durably before anything else, judges, and remembers vetoes and withdrawals, on
/// orders and on amendments. Under a log what its copy holds decides, up to the claim or before one
/// as far as it goes, and what came another way can only stop the order.
base::Result<Verdict> judge_now(const Config& config, State& state, const Subject& subject,
                                const std::optional<LoggedClaim>& claim = {},
                                Reach reach = Reach::all);

/// Whether this executor may act on the order now: permitted, named by the rule, its key unrevoked,
/// one plain target. The target, or the reason as an Error (denied, waiting).
base::Result<std::string> require_permit(const permit::Judgement& judgement, const Config& config,
                                         const keys::MachineKey& key);

/// Whether this executor is the one to act, whatever the decision is.
base::Result<std::string> require_executor(const permit::Judgement& judgement, const Config& config,
                                           const keys::MachineKey& key);

/// Refuses an order that the ledger or any trace shows as claimed (G3): ErrorKind::denied, or
/// unknown_outcome if nobody knows how it ended. `own` is the id of a claim to pass over. Under a
/// log others' claims count as the log orders them: as many as the rule has executors act.
base::Result<void> require_unclaimed(State& state, const Verdict& verdict,
                                     const std::string& target,
                                     const std::optional<base::Digest>& own = std::nullopt);

std::vector<std::string_view> views(const std::vector<std::string>& statements);

/// `sha256:…`, shortened for people.
std::string short_id(const base::Digest& digest);

}  // namespace cheget::executor
