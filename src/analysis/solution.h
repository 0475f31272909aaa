// What the engines found out about one formula, exact or not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "analysis/bounds.h"
#include "analysis/coalitions.h"
#include "analysis/search.h"

namespace cheget::analysis {

struct Solution {
    std::optional<Analysis> diagrams;  ///< exact
    std::optional<Search> search;      ///< asked where there are no diagrams

    bool has_any() const { return diagrams || search; }
    /// Exact bounds where they are exact. One of both must be there.
    Bounds bounds(Side side) const;
    bool is_exact() const;
    /// Up to `most` minimal sets, the smallest of all or of those found, each sorted.
    std::vector<std::vector<std::uint32_t>> smallest_sets(Side side, std::size_t most) const;
};

/// Solves a formula over so many variables.
using Engine = std::function<Solution(const Circuit&, Wire, std::uint32_t variables)>;

}  // namespace cheget::analysis
