// Who can act under one formula and not under another: what a change of rules gives and takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/circuit.h"
#include "analysis/count.h"
#include "analysis/meter.h"

namespace cheget::analysis {

/// The minimal coalitions of one formula that can't act under the other.
struct Able {
    Count count;
    std::vector<std::vector<std::uint32_t>> smallest;  ///< as many as were asked for, sorted
};

struct Difference {
    Able gained;  ///< able after the change, not before
    Able lost;    ///< able before the change, not after

    bool same() const { return gained.count.is_zero() && lost.count.is_zero(); }
};

/// Whether a formula has neither NOT nor XOR, as it is written.
bool is_plain(const Circuit& circuit, Wire root);

/// Both formulas are plain and over the same variables. Every coalition that is newly able has a
/// minimal one of these within it. Nothing past the budget.
std::optional<Difference> difference(const Circuit& circuit, Wire before, Wire after,
                                     const Budget& budget, std::size_t most_sets = 1);

}  // namespace cheget::analysis
