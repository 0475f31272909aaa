// Engine S, for what outgrows the decision diagrams: a SAT solver that finds minimal sets one by
// one and proves that there are none of some sizes. Whatever it was stopped at, its bounds hold;
// when it comes to an end they are exact. It is stepped by its caller.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "analysis/bounds.h"
#include "analysis/circuit.h"
#include "analysis/family.h"

namespace cheget::analysis {

class Search {
  public:
    struct Limits {
        std::uint64_t literals = 30'000'000;  ///< of clauses, on each side; some 32 bytes each
        std::function<bool()> go_on;          ///< asked now and then within a step; none means yes
    };

    /// `variables` things, numbered from 0, of which the formula needs not know all. Of one with
    /// NOT or XOR nothing is found out but what holds of any.
    Search(const Circuit& circuit, Wire root, std::uint32_t variables, Limits limits);
    ~Search();
    Search(Search&&) noexcept;
    Search& operator=(Search&&) noexcept;

    /// Finds out a little more: about a second's work at the very most. False when there is no more
    /// to be found.
    bool step();

    Bounds bounds(Side side) const;
    /// Up to `most` minimal sets of those found, the smallest first, each sorted.
    std::vector<std::vector<std::uint32_t>> smallest_found(Side side, std::size_t most) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cheget::analysis
