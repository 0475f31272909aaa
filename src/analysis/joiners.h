// Who would have to join a coalition that can't act.
#pragma once

#include <vector>

#include "analysis/policy_parties.h"

namespace cheget::analysis {

/// Up to `most` of the smallest sets of parties who, with the coalition's, can act under the rule
/// of the policy before or after, at best. Empty where nobody could help, or if the budget is
/// spent.
std::vector<std::vector<std::uint32_t>> joiners_of(const policy::Policy& before,
                                                   const policy::Policy& after, Time time,
                                                   RuleName rule,
                                                   const std::vector<std::uint32_t>& coalition,
                                                   std::size_t most);

}  // namespace cheget::analysis
