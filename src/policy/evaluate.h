// Evaluates a compiled formula over a set of people: one pass over its nodes, no recursion, no
// allocation.
#pragma once

#include <bit>

#include "policy/compile.h"

namespace cheget::policy {

/// Sets of people as wide as the rule has words: one, which the compiler unrolls to plain
/// arithmetic and which holds 64 people, or as many as needed.
struct OneWord {
    static constexpr std::size_t k_capacity = 1;
    static constexpr std::size_t count() { return 1; }
};
struct ManyWords {
    static constexpr std::size_t k_capacity = k_most_words;
    std::size_t words;
    std::size_t count() const { return words; }
};

template <typename Width>
using PeopleSet = std::array<Word, Width::k_capacity>;

/// Whether a formula holds, and whether a voice that fills a place in it is direct: signed by a key
/// that is not `web`.
struct Standing {
    bool satisfied = false;
    bool direct = false;
};

template <typename Width>
inline std::uint32_t count_common(Width width, const Word* left, const Word* right) {
    int count = 0;
    for (std::size_t i = 0; i < width.count(); ++i) {
        count += std::popcount(left[i] & right[i]);
    }
    return static_cast<std::uint32_t>(count);
}

/// Hall's condition for the overlapping parts of one `all of`.
template <typename Width>
inline bool demands_met(Width width, const CompiledFormula& formula,
                        const CompiledFormula::Node& node, const Word* approvals) {
    for (std::uint32_t i = 0; i < node.demand_count; ++i) {
        const auto& demand = formula.demands()[node.first_demand + i];
        if (count_common(width, formula.people(demand.people), approvals) < demand.need) {
            return false;
        }
    }
    return true;
}

/// A voice is matched when it is counted at a leaf and every node from that leaf to the root is
/// satisfied. That is the same as filling a place in some complete assignment of people to places:
/// people who can be placed at the same time are the independent sets of a matroid, so that any one
/// who can be placed at all can be placed in a complete assignment. A node hands its satisfied
/// children's directness upwards only if it is satisfied itself, so the root's is that of the
/// matched voices. `direct` is a subset of `approvals`. `tree`, if given, has the formula's size.
template <typename Width>
inline Standing evaluate(Width width, const CompiledFormula& formula, const Word* approvals,
                         const Word* direct, TreeNode* tree) {
    struct Level {
        std::uint32_t satisfied;  ///< children so far of the node above
        bool direct;
    };
    std::array<Level, k_deepest_evaluated + 2> levels;
    for (std::size_t i = 0; i <= formula.deepest() + 1U; ++i) {
        levels[i] = {0, false};
    }
    Standing standing;
    for (const auto& node : formula.nodes()) {
        std::uint32_t have = 0;
        standing = {};
        switch (node.kind) {
            case CompiledFormula::Kind::people: {
                const Word* people = formula.people(node.people);
                have = count_common(width, people, approvals);
                standing.satisfied = have >= node.need;
                standing.direct = standing.satisfied && count_common(width, people, direct) != 0;
                break;
            }
            case CompiledFormula::Kind::threshold: {
                Level& below = levels[node.depth + 1U];
                have = below.satisfied;
                standing.satisfied =
                    have >= node.need && demands_met(width, formula, node, approvals);
                standing.direct = standing.satisfied && below.direct;
                break;
            }
            case CompiledFormula::Kind::never:
                break;
        }
        levels[node.depth + 1U] = {0, false};
        levels[node.depth].satisfied += standing.satisfied ? 1 : 0;
        levels[node.depth].direct = levels[node.depth].direct || standing.direct;
        if (tree != nullptr) {
            tree[node.source] = {have, node.need, standing.satisfied};
        }
    }
    return standing;
}

}  // namespace cheget::policy
