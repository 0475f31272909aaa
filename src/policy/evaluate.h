// Evaluates a compiled formula over a set of people: one pass over its nodes, no recursion, no
// allocation.
#pragma once

#include <algorithm>
#include <array>
#include <span>

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

/// Moves what deputies said for others onto their own places: one person, one place.
inline void fold_deputies(std::span<const DeputyPlaces> deputies, Word* words) {
    for (const DeputyPlaces& one : deputies) {
        if (has_place(words, one.approval)) {
            words[one.approval / k_word_bits] &= ~(Word{1} << (one.approval % k_word_bits));
            add_place(words, one.self);
        }
    }
}

/// How many distinct people have a voice in the set.
template <typename Width>
inline std::uint32_t count_people(Width width, std::span<const DeputyPlaces> deputies,
                                  const Word* set, const Word* said) {
    if (deputies.empty()) {
        return count_common(width, set, said);
    }
    PlaceSet<Width> common{};
    for (std::size_t i = 0; i < width.count(); ++i) {
        common[i] = set[i] & said[i];
    }
    fold_deputies(deputies, common.data());
    return count_common(width, common.data(), common.data());
}

/// How a condition stands: for a fact its sources that say so, the fewest over the files.
struct ConditionStanding {
    bool satisfied = false;
    std::uint32_t have = 0;
    std::uint32_t need = 1;
};

/// How far a sequence came: the longest chain from its first part on, and whether a complete one
/// holds a direct voice.
struct SequenceStanding {
    std::uint32_t length = 0;
    bool direct = false;
};

/// What a formula is evaluated over.
struct Ballot {
    const Word* said = nullptr;    ///< places with a voice
    const Word* direct = nullptr;  ///< those of them with one by a key that is not `web`
    std::span<const DeputyPlaces> deputies{};
    const ConditionStanding* conditions = nullptr;  ///< as many as the rule has
    /// Absent when the question is whether people could form the sequence: then it is an `all of`.
    const SequenceStanding* sequence = nullptr;
};

/// Hall's condition for the overlapping parts of one `all of`.
template <typename Width>
inline bool demands_met(Width width, const CompiledFormula& formula,
                        const CompiledFormula::Node& node, const Ballot& ballot) {
    for (std::uint32_t i = 0; i < node.demand_count; ++i) {
        const auto& demand = formula.demands()[node.first_demand + i];
        if (count_people(width, ballot.deputies, formula.people(demand.people), ballot.said) <
            demand.need) {
            return false;
        }
    }
    return true;
}

template <typename Width>
inline Standing evaluate_people(Width width, const CompiledFormula& formula,
                                const CompiledFormula::Node& node, const Ballot& ballot,
                                std::uint32_t& have) {
    const Word* people = formula.people(node.people);
    have = count_people(width, ballot.deputies, people, ballot.said);
    const bool satisfied = have >= node.need;
    return {satisfied, satisfied && any_common(width, people, ballot.direct)};
}

/// Everyone's heaviest voice counts.
template <typename Width>
inline Standing evaluate_weight(Width width, const CompiledFormula& formula,
                                const CompiledFormula::Node& node, const Ballot& ballot,
                                std::uint32_t& have) {
    const auto* weights = formula.weights(node.detail);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < node.weight_count; ++i) {
        const auto& one = weights[i];
        if (!has_place(ballot.said, one.place)) {
            continue;
        }
        bool heaviest = true;
        for (std::uint32_t j = 0; j < node.weight_count && heaviest; ++j) {
            const auto& other = weights[j];
            heaviest = i == j || other.owner != one.owner || !has_place(ballot.said, other.place) ||
                       other.weight < one.weight || (other.weight == one.weight && j > i);
        }
        sum += heaviest ? one.weight : 0;
    }
    have = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, 0xFFFFFFFF));
    const bool satisfied = sum >= node.need;
    return {satisfied, satisfied && any_common(width, formula.people(node.people), ballot.direct)};
}

/// A voice is matched when it is counted at a leaf and every node from that leaf to the root is
/// satisfied. Then its giver fills a place in some complete assignment of people to places: people
/// who can be placed at the same time are the independent sets of a matroid, so that any one who
/// can be placed at all can be placed in a complete assignment. A node hands its satisfied
/// children's directness upwards only if it is satisfied itself, so the root's is that of the
/// matched voices. `direct` is a subset of `said`. `tree`, if given, has the formula's size.
template <typename Width>
inline Standing evaluate(Width width, const CompiledFormula& formula, const Ballot& ballot,
                         TreeNode* tree) {
    using Kind = CompiledFormula::Kind;
    const CompiledFormula::Node& root = formula.nodes().back();
    if (root.kind == Kind::people) {  // `k of` a group: the commonest rule of all
        std::uint32_t have = 0;
        const Standing flat = evaluate_people(width, formula, root, ballot, have);
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
        std::uint32_t need = node.need;
        standing = {};
        const Level below = levels[node.depth + 1U];
        switch (node.kind) {
            case Kind::people:
                standing = evaluate_people(width, formula, node, ballot, have);
                break;
            case Kind::weight:
                standing = evaluate_weight(width, formula, node, ballot, have);
                break;
            case Kind::condition:
                have = ballot.conditions[node.detail].have;
                need = ballot.conditions[node.detail].need;
                standing.satisfied = ballot.conditions[node.detail].satisfied;
                break;
            case Kind::sequence:
                if (ballot.sequence != nullptr) {
                    have = ballot.sequence->length;
                    standing.satisfied = have >= node.need;
                    standing.direct = standing.satisfied && ballot.sequence->direct;
                    break;
                }
                [[fallthrough]];
            case Kind::threshold:
                have = below.satisfied;
                standing.satisfied = have >= node.need && demands_met(width, formula, node, ballot);
                standing.direct = standing.satisfied && below.direct;
                break;
            case Kind::never:
                break;
        }
        levels[node.depth + 1U] = {0, false};
        levels[node.depth].satisfied += standing.satisfied ? 1 : 0;
        levels[node.depth].direct = levels[node.depth].direct || standing.direct;
        if (tree != nullptr) {
            tree[node.source] = {have, need, standing.satisfied};
        }
    }
    return standing;
}

}  // namespace cheget::policy
