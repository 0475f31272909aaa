// Observing: for a time that the administrator sets, orders pass that lack what the policy asks
// for, and what they lacked is written down. So a team can try a policy before it holds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "executor/config.h"
#include "permit/judge.h"

namespace cheget::executor {

/// The furthest that `observe_until` may lie ahead: observing is a trial, and ends by itself.
constexpr base::Span k_longest_observing{92 * 86400};

/// What one order would have met had it not been observed.
struct Observation {
    base::Time at;
    base::Digest order;
    std::string target;
    std::string rule;  ///< an action, or `emergency` and an action
    std::string proposer;
    policy::Answer answer = policy::Answer::deny;
    std::string explanation;  ///< the decision as people read it
};

/// Whether orders are observed at this time: ErrorKind::denied, with what to write where, unless
/// the configuration's `observe_until` lies ahead, by at most k_longest_observing.
base::Result<void> require_observing(const Config& config, base::Time now);

/// Whether an order that is not permitted passes while it is observed. Nothing does that the policy
/// has no action for, that its proposer withdrew, or that anybody vetoed (G5), enough or not.
bool passes_observed(const permit::Judgement& judgement);

Observation observe(const permit::Judgement& judgement, const std::string& target, base::Time now);

/// Appends to the state folder's observed.jsonl, durably.
base::Result<void> record(const Config& config, const Observation& observation);

/// All that was recorded, oldest first; nothing if nothing was ever observed. Lines that a crash
/// left incomplete are counted in `damaged`.
struct Observations {
    std::vector<Observation> all;
    std::size_t damaged = 0;
};
base::Result<Observations> read_observations(const Config& config);

/// For people: each rule with how many orders it would have let pass, made wait or denied, then
/// each order that lacked something with what it lacked.
std::string summary(const Observations& observations);
base::Json to_json(const Observations& observations);
base::Json to_json(const Observation& observation);

}  // namespace cheget::executor
