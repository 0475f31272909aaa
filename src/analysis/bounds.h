// What can be said of a formula that the diagrams are too large for: bounds, each of them proved.
#pragma once

#include <cstdint>
#include <optional>

#include "analysis/circuit.h"
#include "analysis/count.h"
#include "analysis/family.h"

namespace cheget::analysis {

struct Bounds {
    Count at_least;  ///< so many different minimal sets were found
    Count at_most;   ///< no family of `variables` things where none contains another is larger
    std::uint64_t smallest_at_least = 0;
    std::optional<std::uint64_t> smallest_at_most;  ///< the smallest found; nothing if none was
};

/// Bounds by shrinking the set of all variables to minimal sets in some orders, for a formula that
/// is monotone as it is written (no NOT, no XOR); for others only what holds for any formula.
Bounds bounds_of(const Circuit& circuit, Wire root, std::uint32_t variables, Side side);

}  // namespace cheget::analysis
