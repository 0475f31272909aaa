// From a scenario's `given` lines to a whole order, as a proposer's tool would make it.
#pragma once

#include <optional>

#include "policy/diagnostics.h"
#include "scenario/scenario.h"

namespace cheget::scenario {

/// When a scenario's order was proposed and expires.
struct OrderTimes {
    base::Time proposed;
    std::optional<base::Time> expires;  ///< else as late as the action allows
};

/// The order: its deed filled in with the target's captures and the parameters given. Complains and
/// gives nothing where the policy has no such action, or where captures are left empty; a scenario
/// that expects a refusal may leave them so.
std::optional<statement::Order> make_order(const policy::Policy& policy, const Scenario& scenario,
                                           const OrderTimes& times,
                                           policy::Diagnostics& diagnostics);

/// Complains that the policy has no principal of the name, with the nearest one.
void complain_of_stranger(const policy::Policy& policy, const Word& name,
                          policy::Diagnostics& diagnostics);

}  // namespace cheget::scenario
