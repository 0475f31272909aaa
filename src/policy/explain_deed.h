// What an action does, in plain English.
#pragma once

#include <string>

#include "policy/policy.h"

namespace cheget::policy {

/// The deed, what stands for its captures, and what an order may add to it; lines end with LF.
std::string deed_text(const Action& action);

}  // namespace cheget::policy
