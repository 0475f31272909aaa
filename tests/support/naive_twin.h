// A second evaluator of policies, as naive as can be: it tries every way to give people places. It
// shares the parsed types with decide() and nothing else, so that the two check each other.
#pragma once

#include <span>

#include "policy/decide.h"
#include "policy/policy.h"
#include "statement/statement.h"

namespace cheget::test_support {

/// What decide(bind(order)) should answer; Reason::does_not_fit when bind() should refuse. Policies
/// of at most 16 principals.
policy::Decision naive_decide(const policy::Policy& policy, const statement::Order& order,
                              std::span<const policy::Voice> voices,
                              const policy::Evidence& evidence);

/// What decide_change() should answer.
policy::Decision naive_decide_change(const policy::Policy& policy, policy::Change change,
                                     std::span<const policy::Voice> voices);

}  // namespace cheget::test_support
