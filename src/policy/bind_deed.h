// The parts of bind() that hold an order's parameters, deed and surroundings to its action.
#pragma once

#include <vector>

#include "policy/policy.h"
#include "policy/templates.h"

namespace cheget::policy {

using Check = base::Result<void>;

/// ErrorKind::denied with the message.
inline auto deny(std::string message) {
    return base::fail(base::ErrorKind::denied, std::move(message));
}

/// Adds the order's parameters to the target's captures: each that the deed captures must be there,
/// each that the target captures must say the same, and no other may be.
Check take_parameters(const Action& action, const statement::Order& order, Captures& captures);

/// Whether the order asks for what the action does, filled in with the captures.
Check check_deed(const Action& action, const statement::Order& order, const Captures& captures);

/// User, environment, directory, standard input and named files.
Check check_surroundings(const Action& action, const statement::Order& order,
                         const Captures& captures);

/// The digests of BoundOrder::files().
base::Result<std::vector<base::Digest>> bound_files(const Action& action,
                                                    const statement::Order& order,
                                                    const Captures& captures);

}  // namespace cheget::policy
