// Formulas made ready for deciding: people as bits numbered within one rule, nodes in one flat
// array in depth-first postorder, and "one person fills one place" spelt out as Hall's condition.
// Only the deciding sources of this folder, the analyser, benchmarks and tests include this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::policy {

using Word = std::uint64_t;
constexpr std::size_t k_word_bits = 64;
/// A place for everyone and one for everyone's deputy: nobody has two.
constexpr std::size_t k_most_words = 2 * k_most_principals / k_word_bits;

/// Formulas nested deeper than this are never satisfied; the language refuses them before.
constexpr std::size_t k_deepest_evaluated = 64;
/// An `all of` over more overlapping flat parts than this is never satisfied; the language refuses
/// it before. Hall's condition has one demand for each subset of parts.
constexpr std::size_t k_most_hall_parts = 8;

/// A rule with more conditions (facts and parameters) than this is never satisfied.
constexpr std::size_t k_most_conditions = 256;
/// A sequence of more voices than this is never satisfied.
constexpr std::size_t k_longest_sequence = 64;

/// A principal's number within one rule, or that of a deputy's approval for another.
using Place = std::uint16_t;
constexpr Place k_no_place = 0xFFFF;

/// `deputy dave for carol after 4h`, made ready. Dave's approval for carol has a place of its own,
/// which every set of people with carol in it holds too. Where people are counted it is folded onto
/// dave's own place, so that he is one person however many voices he has.
struct DeputyPlaces {
    PrincipalIndex deputy = 0;
    PrincipalIndex stands_for = 0;
    Place approval = 0;  ///< of the approval `for` the other
    Place self = 0;
    Place absent = 0;  ///< the other's own
    base::Span after;
    bool has_direct_key = false;  ///< the deputy
};

/// A fact or a parameter as a condition.
struct Condition {
    bool is_fact = false;
    FactIndex fact = 0;
    std::uint32_t parameter = 0;
    Compare compare = Compare::at_least;
    std::uint64_t number = 0;
    std::string text;
};

/// What formulas of one rule are compiled with.
struct RuleFrame {
    std::vector<Place> place_of;  ///< by principal; k_no_place for whom the rule does not name
    std::vector<DeputyPlaces> deputies;
    std::size_t words = 1;  ///< of each set of places
    bool takes_conditions = false;
    std::vector<Condition> conditions;  ///< filled while compiling
};

inline void add_place(Word* words, Place place) {
    words[place / k_word_bits] |= Word{1} << (place % k_word_bits);
}
inline bool has_place(const Word* words, Place place) {
    return (words[place / k_word_bits] >> (place % k_word_bits) & 1U) != 0;
}

/// For each node the people whose voices can count below it, those of `deputies` included; sorted.
std::vector<std::vector<PrincipalIndex>> people_below(const Formula& formula,
                                                      const std::vector<DeputyPlaces>& deputies);
/// Whether two sorted lists have a person in common.
bool have_common(const std::vector<PrincipalIndex>& left, const std::vector<PrincipalIndex>& right);

/// A formula made ready. Whatever does not follow policy.h's rules for a Formula (a need of 0, a
/// child used twice, an overlap that is neither flat nor `shared`, …) makes a formula that nothing
/// satisfies: compiling never fails, and never opens.
class CompiledFormula {
  public:
    enum class Kind : std::uint8_t { people, threshold, weight, condition, sequence, never };

    struct Node {
        Kind kind = Kind::never;
        std::uint16_t depth = 0;  ///< the root's is 0
        std::uint32_t need = 0;
        std::uint32_t source = 0;  ///< the node's number in the policy's Formula
        std::uint32_t people = 0;  ///< of people and weight: where its words start
        std::uint32_t detail = 0;  ///< of weight: its first Weight; of condition: its number
        std::uint32_t weight_count = 0;
        std::uint32_t first_demand = 0;  ///< of an `all of` whose flat parts overlap
        std::uint32_t demand_count = 0;
    };

    /// One subset of overlapping parts: their needs together, and where the words of their union
    /// start. Hall: every subset's union must hold as many approvals as the subset has places.
    struct Demand {
        std::uint32_t need = 0;
        std::uint32_t people = 0;
    };

    /// What the voice at a place weighs. `owner` is the place of whoever gives it: of several
    /// voices of one owner the heaviest counts.
    struct Weight {
        Place place = 0;
        Place owner = 0;
        std::uint32_t weight = 0;
    };

    /// Conditions are added to the frame's.
    static CompiledFormula compile(const Formula& formula, RuleFrame& frame);
    /// One that nothing satisfies.
    static CompiledFormula never();

    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<Demand>& demands() const { return demands_; }
    const Weight* weights(std::uint32_t first) const { return weights_.data() + first; }
    /// Of the node `in sequence`: for each part, in order, where its words start; else empty.
    const std::vector<std::uint32_t>& sequence() const { return sequence_; }
    const Word* people(std::uint32_t start) const { return words_.data() + start; }
    std::uint16_t deepest() const { return deepest_; }

  private:
    friend class FormulaCompiler;

    std::vector<Node> nodes_;
    std::vector<Demand> demands_;
    std::vector<Weight> weights_;
    std::vector<std::uint32_t> sequence_;
    std::vector<Word> words_;
    std::uint16_t deepest_ = 0;
};

/// Some parts of `approve` and some of `consent`: so many distinct people must have approved among
/// the one or consented among the other.
struct JointDemand {
    std::uint32_t need = 0;
    std::vector<Word> approvers;
    std::vector<Word> consenters;
};

struct CompiledConsent {
    CompiledFormula formula;
    std::optional<base::Span> within;
    std::vector<Word> people;
    std::vector<Word> direct_people;
    std::vector<JointDemand> joint;
    std::uint32_t size = 0;
};

/// `at most N per SPAN`.
struct Ration {
    std::uint32_t most = 0;
    base::Span per;
};

/// A rule made ready: an action's, an emergency's, or that of `amend` or `revoke`.
struct CompiledRule : RuleFrame {
    CompiledFormula approve;
    std::optional<CompiledFormula> veto;
    std::optional<CompiledConsent> consent;
    std::optional<CompiledFormula> seen_by;
    std::vector<Word> people;         ///< everyone in `approve`
    std::vector<Word> direct_people;  ///< those of them with a key that is not `web`
    std::vector<Word> proposers;      ///< by principal, not by place: who satisfies `propose` alone
    bool proposer_counts = false;
    bool web_suffices = false;
    std::optional<base::Span> wait;
    std::optional<base::Time> valid_from;
    std::optional<base::Time> valid_until;
    std::optional<Ration> ration;
    bool has_facts = false;
    bool is_plain = true;            ///< people and thresholds alone: decided the short way
    bool needs_log = false;          ///< it asks for times that only a log proves
    std::uint32_t approve_size = 0;  ///< nodes of the policy's formulas, for trees
    std::uint32_t veto_size = 0;
    std::uint32_t seen_by_size = 0;
};

/// A fact as conditions ask for it.
struct CompiledFact {
    Fact::About about = Fact::About::world;
    std::uint32_t need = 1;
    std::vector<PrincipalIndex> sources;
    base::Span fresh;
};

struct Rules::Impl {
    std::vector<CompiledRule> actions;
    std::vector<CompiledRule> emergencies;
    std::vector<CompiledFact> facts;
    CompiledRule amend;           ///< `amend lowering`, where the policy has it
    CompiledRule everyday_amend;  ///< `amend`
    CompiledRule revoke;

    const CompiledRule& change(Change which) const {
        return which == Change::revoke           ? revoke
               : which == Change::everyday_amend ? everyday_amend
                                                 : amend;
    }
};

/// What decide() asks of a bound order.
struct Question {
    std::size_t action = 0;
    PrincipalIndex proposer = 0;
    base::Time proposed;
    base::Time expires;
    std::optional<std::size_t> emergency = std::nullopt;
    std::span<const std::string> parameters{};
    std::uint32_t files = 0;  ///< how many there are for facts to be about
};

/// decide() itself. `tree` may be null. The public functions ask it with a BoundOrder's values.
Decision decide_question(const Rules::Impl& rules, const Question& question,
                         std::span<const Voice> voices, const Evidence& evidence, Tree* tree);

}  // namespace cheget::policy
