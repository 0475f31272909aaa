// Circuits made from others.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simplify.h"

namespace cheget::analysis {

/// The same formula with these variables true.
Rooted with_true(const Circuit& circuit, Wire root, const std::vector<std::uint32_t>& variables);

}  // namespace cheget::analysis
