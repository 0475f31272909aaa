// The naive evaluator for the whole language: facts, consent, weights, sequences, deputies, delays,
// rations. It tries every way to give people places and looks at every instant at which anything
// can change. It shares the parsed types with decide() and nothing else.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::test_support {

/// An order as far as deciding asks for it.
struct Situation {
    bool emergency = false;
    std::size_t rule = 0;  ///< its place among the actions or the emergencies
    policy::PrincipalIndex proposer = 0;
    base::Time proposed;
    base::Time expires;
    std::vector<std::string> parameters;
    std::uint32_t files = 0;
};

/// What decide() should answer. Policies of at most 16 principals, formulas of at most 60 leaves.
policy::Decision naive_decide_whole(const policy::Policy& policy, const Situation& situation,
                                    std::span<const policy::Voice> voices,
                                    const policy::Evidence& evidence);

/// What decide_change() should answer with a log.
policy::Decision naive_decide_change_whole(const policy::Policy& policy, policy::Change change,
                                           std::span<const policy::Voice> voices,
                                           const policy::Evidence& evidence);

}  // namespace cheget::test_support
