// Random policies of the whole language and random situations under them, so shaped that permits,
// waits and denials are all common and times lie at, or one second around, critical instants.
#pragma once

#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"
#include "support/random_cases.h"
#include "support/whole_twin.h"

namespace cheget::test_support {

/// Four to six principals, or as many as are asked for, three facts, one action and often its
/// emergency.
policy::Policy random_whole_policy(Random& random, std::size_t principals = 0);

struct WholeCase {
    Situation situation;
    std::vector<policy::Voice> voices;
    std::vector<policy::FactStatement> facts;
    std::vector<base::Time> claims;
    policy::Evidence evidence;  ///< borrows facts and claims; see evidence_of()

    policy::Evidence evidence_of() const;
    /// The same at another time.
    policy::Evidence evidence_at(base::Time now) const;
};
WholeCase random_whole_case(Random& random, const policy::Policy& policy);

/// Every instant at which the answer may change while the statements stay as they are; sorted.
std::vector<base::Time> critical_instants(const policy::Policy& policy, const WholeCase& one);

/// The rule of the case.
const policy::Action& rule_of(const policy::Policy& policy, const WholeCase& one);

}  // namespace cheget::test_support
