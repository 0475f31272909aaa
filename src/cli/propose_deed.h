// What an order asks to be done, as the action's pattern has it or as the proposer says it.
#pragma once

#include "cli/propose_order.h"
#include "policy/templates.h"

namespace cheget::cli {

/// The deed of the action's kind. What is to be signed is taken into the folder.
base::Result<statement::Deed> make_deed(store::DomainFolder& folder, const policy::Action& action,
                                        const policy::Captures& captures,
                                        const ProposeOptions& options);

/// Takes from --call what its arguments tell of captures that nothing else tells.
void take_from_call(const policy::Action& action, const ProposeOptions& options,
                    policy::Captures& captures);

}  // namespace cheget::cli
