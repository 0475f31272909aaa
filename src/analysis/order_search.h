// A better order of a module's leaves than any walk gives, searched for by what a diagram in that
// order would have to remember.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/modules.h"

namespace cheget::analysis {

/// The order after so many small changes, each of which made the diagram no larger by estimate. The
/// changes are the same on every machine.
std::vector<std::uint32_t> searched_order(const Module& module, std::vector<std::uint32_t> order,
                                          int changes);

}  // namespace cheget::analysis
