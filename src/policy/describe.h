// Parts of describe()'s text by themselves.
#pragma once

#include <string>

#include "policy/decide.h"

namespace cheget::policy {

/// What is missing and who could give it, as describe() says it; empty where nothing is.
std::string describe_missing(const BoundOrder& order, const Decision& decision, const Tree& tree);

}  // namespace cheget::policy
