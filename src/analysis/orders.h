// Static orders of a module's leaves for its diagram. No heuristic is best for all formulas, so
// several are tried.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/modules.h"

namespace cheget::analysis {

enum class Heuristic : std::uint8_t {
    as_written,   ///< depth first, inputs as they stand
    small_first,  ///< depth first, inputs with few leaves below them first
    large_first,  ///< depth first, inputs with many leaves below them first
    deep_first,   ///< depth first, inputs with the longest way down first
    weights,      ///< the leaf with the largest share of the root, again and again (Minato 1990)
    by_level,     ///< breadth first from the root
    force,        ///< small_first, then drawn together by the gates (Aloul, Markov, Sakallah 2003)
    frontier,     ///< gate by gate, that one next after which the fewest gates are half done
};
/// All of them, in the order in which they are worth trying.
std::vector<Heuristic> heuristics_for(const Module& module);

/// A permutation of the module's leaves.
std::vector<std::uint32_t> order_of(const Module& module, Heuristic heuristic);

}  // namespace cheget::analysis
