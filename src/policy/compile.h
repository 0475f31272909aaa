// Formulas made ready for deciding: people as bits numbered within one rule, nodes in one flat
// array in depth-first postorder, and "one person fills one place" spelt out as Hall's condition.
// Only decide.cpp, describe.cpp and tests include this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::policy {

using Word = std::uint64_t;
constexpr std::size_t k_word_bits = 64;
constexpr std::size_t k_most_words = k_most_principals / k_word_bits;

/// Formulas nested deeper than this are never satisfied; the language refuses them before.
constexpr std::size_t k_deepest_evaluated = 64;
/// An `all of` over more overlapping flat parts than this is never satisfied; the language refuses
/// it before. Hall's condition has one demand for each subset of parts.
constexpr std::size_t k_most_hall_parts = 8;

/// A principal's number within one rule.
using Place = std::uint16_t;
constexpr Place k_no_place = 0xFFFF;

/// A formula made ready. Whatever does not follow policy.h's rules for a Formula (a need of 0, a
/// child used twice, an overlap that is neither flat nor `shared`, …) makes a formula that nothing
/// satisfies: compiling never fails, and never opens.
class CompiledFormula {
  public:
    /// Further kinds of leaves (facts, consent, parameters) become kinds here; a node's standing is
    /// always a count beside a need, so thresholds above them do not change.
    enum class Kind : std::uint8_t { people, threshold, never };

    struct Node {
        Kind kind = Kind::never;
        std::uint16_t depth = 0;  ///< the root's is 0
        std::uint32_t need = 0;
        std::uint32_t source = 0;        ///< the node's number in the policy's Formula
        std::uint32_t people = 0;        ///< of people: where its words start
        std::uint32_t first_demand = 0;  ///< of an `all of` whose flat parts overlap
        std::uint32_t demand_count = 0;
    };

    /// One subset of overlapping parts: their needs together, and where the words of their union
    /// start. Hall: every subset's union must hold as many approvals as the subset has places.
    struct Demand {
        std::uint32_t need = 0;
        std::uint32_t people = 0;
    };

    /// `place_of` gives each principal's number in the rule; `words` is how many words the rule's
    /// sets of people have.
    static CompiledFormula compile(const Formula& formula, const std::vector<Place>& place_of,
                                   std::size_t words);

    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<Demand>& demands() const { return demands_; }
    const Word* people(std::uint32_t start) const { return words_.data() + start; }
    std::uint16_t deepest() const { return deepest_; }

  private:
    friend class FormulaCompiler;

    std::vector<Node> nodes_;
    std::vector<Demand> demands_;
    std::vector<Word> words_;
    std::uint16_t deepest_ = 0;
};

/// A rule made ready: an action's, or that of `amend` or `revoke`.
struct CompiledRule {
    std::vector<Place> place_of;  ///< by principal; k_no_place for whom the rule does not name
    std::size_t words = 1;        ///< of each set of people
    CompiledFormula approve;
    std::optional<CompiledFormula> veto;
    std::vector<Word> people;         ///< everyone in `approve`
    std::vector<Word> direct_people;  ///< those of them with a key that is not `web`
    std::vector<Word> proposers;      ///< by principal, not by place: who satisfies `propose` alone
    bool proposer_counts = false;
    bool web_suffices = false;
    std::uint32_t approve_size = 0;  ///< nodes of the policy's formulas, for trees
    std::uint32_t veto_size = 0;
};

struct Rules::Impl {
    std::vector<CompiledRule> actions;
    CompiledRule amend;
    CompiledRule revoke;
};

/// What decide() asks of a bound order.
struct Question {
    std::size_t action = 0;
    PrincipalIndex proposer = 0;
    base::Time proposed;
    base::Time expires;
};

/// decide() itself. `tree` may be null. The public functions ask it with a BoundOrder's values.
Decision decide_question(const Rules::Impl& rules, const Question& question,
                         std::span<const Voice> voices, const Evidence& evidence, Tree* tree);

}  // namespace cheget::policy
