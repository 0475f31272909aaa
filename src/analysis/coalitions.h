// What a formula adds up to: its minimal acting sets and its minimal blocking sets, counted exactly
// by decision diagrams, module by module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "analysis/circuit.h"
#include "analysis/count.h"
#include "analysis/family.h"
#include "analysis/meter.h"

namespace cheget::analysis {

/// The minimal sets of variables on one side. For a monotone formula every superset of an acting
/// set acts, and every superset of a blocking set blocks. For another one they are the sets that
/// act while all others are false, or block while all others are true, and none of whose subsets
/// does.
struct Coalitions {
    Count count;
    std::optional<std::uint64_t> smallest;  ///< size of the smallest; nothing if there is none
};

class Analysis {
  public:
    /// Takes the formula apart and builds its diagrams. Nothing when the budget does not suffice.
    static std::optional<Analysis> of(const Circuit& circuit, Wire root, const Budget& budget);

    Analysis(Analysis&&) noexcept;
    Analysis& operator=(Analysis&&) noexcept;
    ~Analysis();

    Coalitions coalitions(Side side) const;

    /// Up to `most` minimal sets, the smallest first, each sorted. They are read off the diagrams
    /// without a look at the others.
    std::vector<std::vector<std::uint32_t>> smallest_sets(Side side, std::size_t most) const;

    /// The variables that are a minimal set by themselves, sorted.
    std::vector<std::uint32_t> singles(Side side) const;

    /// How many assignments of the formula's first `variables` variables make it true; it must have
    /// no further ones.
    Count models(std::uint32_t variables) const;

    /// How many minimal sets there are of each size, from 0 on; none where there is no set. Nothing
    /// where that is more work than some seconds' (hundreds of millions of products).
    std::optional<std::vector<Count>> sizes(Side side) const;

    // Numbers of one pass each, off by less than 1e-12; variables beyond the formula's have none.

    /// How probable it is that the formula holds if each variable does with the probability given,
    /// independently.
    long double probability(const std::vector<long double>& of_variable) const;
    /// For each variable the share of the assignments of the others for which it decides. For a
    /// monotone formula.
    std::vector<long double> banzhaf(std::uint32_t variables) const;
    /// For each variable the share of the orders of all in which the formula begins to hold when it
    /// joins. For a monotone formula.
    std::vector<long double> shapley(std::uint32_t variables) const;

    /// Whether the diagrams are monotone in every variable. What is said of supersets holds then.
    bool is_monotone() const;

    std::size_t diagram_nodes() const;
    std::size_t family_nodes() const;
    /// What building took of the budget.
    std::uint64_t steps_taken() const;

    struct Parts;
    explicit Analysis(std::unique_ptr<Parts> parts);

  private:
    class Passes;

    std::unique_ptr<Parts> parts_;
};

}  // namespace cheget::analysis
