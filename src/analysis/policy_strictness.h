// What differs between two policies besides who can act: whatever is not unchanged or provably
// stricter lowers.
#pragma once

#include <vector>

#include "analysis/policy_difference.h"

namespace cheget::analysis {

/// People, keys, log, witnesses, facts.
std::vector<Remark> remarks_on(const policy::Policy& before, const policy::Policy& after);

/// Of a rule that both have; the same action, emergency or change by name.
std::vector<Remark> remarks_on(const policy::Policy& before, RuleName old_rule,
                               const policy::Policy& after, RuleName new_rule);

/// Whether two formulas say the same, principals, facts and parameters being matched by name.
/// `old_action` and `new_action` are whose parameters they name; null where there are none.
bool same_formula(const policy::Policy& before, const policy::Action* old_action,
                  const policy::Formula& old_formula, const policy::Policy& after,
                  const policy::Action* new_action, const policy::Formula& new_formula);

}  // namespace cheget::analysis
