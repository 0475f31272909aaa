// The same question at every time and under every truth of the facts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/policy_answers.h"

namespace cheget::analysis {

/// Who can act, in short.
struct Ability {
    Count count;                            ///< of all minimal coalitions
    std::optional<std::uint64_t> smallest;  ///< nothing if nobody can
    std::vector<SideAnswers::Set> sets;     ///< some of the smallest
};

/// A time in which the same coalitions can act, counted from when the order was proposed (and
/// entered the log). Its voices came at once.
struct Stretch {
    base::Span from;
    std::optional<base::Span> until;  ///< nothing where it has no end
    Ability able;
    /// Some who can act from here on and could not before; sorted. Whoever could still can.
    std::vector<SideAnswers::Set> also;
};

/// A rule's time, in stretches of different answers, one after the other; the last one but for
/// changes ends with the order; none for a rule that is always the same. Surroundings::rested is
/// not asked. Nobody gains anything at an
/// instant other than these: when `wait` is over, and when a deputy's hour has come besides.
base::Result<std::vector<Stretch>> stretches_of(const policy::Policy& policy, RuleName rule,
                                                const Surroundings& surroundings,
                                                std::size_t most_sets, const Budget& budget);

/// What the facts of a rule may say, as far as the rule can tell it apart.
struct Truth {
    std::string words;  ///< `alert is below high, backup-ok is true`
    std::map<policy::FactIndex, std::uint64_t> facts;
    bool is_best = false;  ///< every fact as the rule wishes
    Ability able;
};

constexpr std::size_t k_most_truths = 256;

/// Every truth of the facts that a rule asks for, the best first; empty for a rule without any.
/// Fails where there are more than k_most_truths.
base::Result<std::vector<Truth>> truths_of(const policy::Policy& policy, RuleName rule,
                                           const Surroundings& surroundings, std::size_t most_sets,
                                           const Budget& budget);

/// A part of a rule that changes nothing for anybody, whatever the facts and parameters, at any
/// time.
struct IdlePart {
    std::string source;  ///< as in the policy: `1 of security`
    policy::Position at;
    bool adds_nothing = false;  ///< it is another way, where there is one anyway; else it asks for
                                ///< what is asked for anyway
};

/// What a rule asks for.
const policy::Formula& approve_of(const policy::Policy& policy, RuleName rule);

/// The formula where one node always holds, or never does. Nothing where that settles the whole, or
/// where the node is a link of a sequence.
std::optional<policy::Formula> without_part(const policy::Formula& formula, std::uint32_t part,
                                            bool holds);

/// Parts of `approve` and `consent` that could be left out. A part of an idle part is not told by
/// itself. Only what is proved is told: where the rule is too large for the budget, nothing.
std::vector<IdlePart> idle_parts(const policy::Policy& policy, RuleName rule, const Budget& budget);

}  // namespace cheget::analysis
