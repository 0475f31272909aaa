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
    Count at_most;   ///< equal to it where all were found
    std::uint64_t smallest_at_least = 0;
    std::optional<std::uint64_t> smallest_at_most;  ///< the smallest found; nothing if none was

    bool has_exact_count() const { return at_least == at_most; }
    bool has_exact_size() const {
        return smallest_at_most ? *smallest_at_most == smallest_at_least
                                : has_exact_count() && at_least.is_zero();
    }
};

/// The most sets of so many things of which none contains another; a larger number beyond 2000.
Count largest_antichain(std::uint32_t things);

/// A size that no acting set of a formula without NOT and XOR is below, read off the formula.
std::uint64_t least_size(const Circuit& circuit, Wire root);

}  // namespace cheget::analysis
