// Where executors look for vetoes, withdrawals and revocations beside the log: their own drop
// folder, and the places that the policy names (docs/drop.md).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "executor/config.h"
#include "policy/policy.h"

namespace cheget::executor {

/// How far to go for what lies in drop places.
enum class Reach {
    folders,  ///< what is on this machine, or mounted there
    all,      ///< URLs too
};

struct Dropped {
    std::vector<std::string> statements;  ///< unverified
    std::vector<std::string> warnings;    ///< places that could not be reached
};

/// Everything that was left about the order, and the revocations. Fails closed: what can't be read
/// as a statement may be a veto. A place of the policy that can't be reached is a warning where a
/// log tells what counts, and without one a failure (unreachable).
base::Result<Dropped> read_drop_places(const Config& config, const policy::Policy& policy,
                                       const base::Digest& order, Reach reach);

}  // namespace cheget::executor
