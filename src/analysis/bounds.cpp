// Sperner: of n things no more than n over half of n sets of which none contains another.
#include "analysis/bounds.h"

#include <vector>

namespace cheget::analysis {

Count largest_antichain(std::uint32_t things) {
    constexpr std::uint32_t k_most_exact = 2000;
    if (things > k_most_exact) {
        return Count::power_of_two(things);
    }
    std::vector<Count> row{Count(1)};
    for (std::uint32_t i = 0; i < things; ++i) {
        std::vector<Count> next(row.size() + 1);
        for (std::size_t j = 0; j < next.size(); ++j) {
            next[j] = (j < row.size() ? row[j] : Count()) + (j > 0 ? row[j - 1] : Count());
        }
        row = std::move(next);
    }
    return row[things / 2];
}

}  // namespace cheget::analysis
