// Answers of whichever engine there is.
#include "analysis/solution.h"

namespace cheget::analysis {

Bounds Solution::bounds(Side side) const {
    if (!diagrams) {
        return search->bounds(side);
    }
    const Coalitions exact = diagrams->coalitions(side);
    return {exact.count, exact.count, exact.smallest.value_or(0), exact.smallest};
}

bool Solution::is_exact() const {
    const auto is_exact_on = [&](Side side) {
        const Bounds found = bounds(side);
        return found.has_exact_count() && found.has_exact_size();
    };
    return diagrams || (is_exact_on(Side::acting) && is_exact_on(Side::blocking));
}

std::vector<std::vector<std::uint32_t>> Solution::smallest_sets(Side side, std::size_t most) const {
    return diagrams ? diagrams->smallest_sets(side, most) : search->smallest_found(side, most);
}

}  // namespace cheget::analysis
