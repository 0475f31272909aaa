// Evaluates a compiled formula over a set of people: one pass over its nodes, no recursion, no
// allocation.
#pragma once

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
using PlaceSet = std::array<Word, Width::k_capacity>;

/// Whether a formula holds, and whether a voice that fills a place in it is direct: signed by a key
/// that is not `web`.
struct Standing {
    bool satisfied = false;
    bool direct = false;
};

/// The number of set bits. Without a compiler flag for a newer processor std::popcount is a call to
/// a table look-up, which this is faster than.
inline std::uint32_t count_bits(Word word) {
    word -= word >> 1U & 0x5555555555555555U;
    word = (word & 0x3333333333333333U) + (word >> 2U & 0x3333333333333333U);
    word = (word + (word >> 4U)) & 0x0F0F0F0F0F0F0F0FU;
    return static_cast<std::uint32_t>(word * 0x0101010101010101U >> 56U);
}

template <typename Width>
inline std::uint32_t count_common(Width width, const Word* left, const Word* right) {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < width.count(); ++i) {
        count += count_bits(left[i] & right[i]);
    }
    return count;
}

template <typename Width>
inline bool any_common(Width width, const Word* left, const Word* right) {
    Word common = 0;
    for (std::size_t i = 0; i < width.count(); ++i) {
        common |= left[i] & right[i];
    }
    return common != 0;
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

template <typename Width>
inline Standing evaluate_people(Width width, const CompiledFormula& formula,
                                const CompiledFormula::Node& node, const Word* approvals,
                                const Word* direct, std::uint32_t& have) {
    const Word* people = formula.people(node.people);
    have = count_common(width, people, approvals);
    const bool satisfied = have >= node.need;
    return {satisfied, satisfied && any_common(width, people, direct)};
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
    const CompiledFormula::Node& root = formula.nodes().back();
    if (root.kind == CompiledFormula::Kind::people) {  // `k of` a group: the commonest rule of all
        std::uint32_t have = 0;
        const Standing flat = evaluate_people(width, formula, root, approvals, direct, have);
        if (tree != nullptr) {
            tree[root.source] = {have, root.need, flat.satisfied};
        }
        return flat;
    }
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
                standing = evaluate_people(width, formula, node, approvals, direct, have);
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
