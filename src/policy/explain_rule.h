// Of explain() the part on one order's rule.
#pragma once

#include <string>

#include "policy/policy.h"

namespace cheget::policy {

/// The action that rules the order in plain English, and its emergency where the order is one.
/// Lines end with LF.
std::string explain_rule(const BoundOrder& order);

}  // namespace cheget::policy
