// Pairs the rules of two policies by name, puts each pair into one circuit over one numbering of
// people, and has engine D say who gains and who loses.
#include "analysis/policy_difference.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "analysis/difference.h"
#include "analysis/policy_parties.h"
#include "analysis/policy_strictness.h"

namespace cheget::analysis {

using Kind = RuleName::Kind;
using policy::Action;
using policy::Policy;

bool RuleDifference::has_gain() const {
    return !gained.count.is_zero() ||
           std::any_of(situations.begin(), situations.end(),
                       [](const auto& one) { return !one.gained.count.is_zero(); });
}

bool RuleDifference::has_loss() const {
    return !lost.count.is_zero() ||
           std::any_of(situations.begin(), situations.end(),
                       [](const auto& one) { return !one.lost.count.is_zero(); });
}

namespace {

using Pair = std::pair<std::optional<RuleName>, std::optional<RuleName>>;

const Action* action_of(const Policy& policy, const std::optional<RuleName>& rule) {
    return !rule                           ? nullptr
           : rule->kind == Kind::action    ? &policy.actions[rule->index]
           : rule->kind == Kind::emergency ? &policy.emergencies[rule->index].rule
                                           : nullptr;
}

std::optional<RuleName> rule_named(const Policy& policy, Kind kind, std::string_view action) {
    for (std::size_t i = 0; i < policy.actions.size(); ++i) {
        if (policy.actions[i].name != action) {
            continue;
        }
        if (kind == Kind::action) {
            return RuleName{kind, i};
        }
        for (std::size_t j = 0; j < policy.emergencies.size(); ++j) {
            if (policy.emergencies[j].action == i) {
                return RuleName{kind, j};
            }
        }
    }
    return std::nullopt;
}

/// The rules of both: those of the new policy in its order, then those that it lacks.
std::vector<Pair> pairs_of(const Policy& before, const Policy& after) {
    std::vector<Pair> pairs;
    const auto add = [&](const std::string& action) {
        for (const Kind kind : {Kind::action, Kind::emergency}) {
            Pair pair{rule_named(before, kind, action), rule_named(after, kind, action)};
            if (pair.first || pair.second) {
                pairs.push_back(pair);
            }
        }
    };
    for (const Action& action : after.actions) {
        add(action.name);
    }
    for (const Action& action : before.actions) {
        if (after.find_action(action.name) == nullptr) {
            add(action.name);
        }
    }
    const auto add_change = [&](Kind kind) {
        pairs.emplace_back(RuleName{kind, 0}, RuleName{kind, 0});
    };
    add_change(Kind::amend);
    // Without `amend lowering`, `amend` decides about what lowers too.
    if (before.amend_lowering || after.amend_lowering) {
        add_change(Kind::amend_lowering);
    }
    add_change(Kind::revoke);
    return pairs;
}

/// What is left of the budget.
class Purse {
  public:
    std::uint64_t left() const { return left_; }
    bool take(std::uint64_t steps) {
        left_ -= std::min(steps, left_);
        return left_ > 0;
    }

  private:
    std::uint64_t left_ = k_comparison_steps;
};

/// How an order is looked at.
struct View {
    bool is_best = true;  ///< facts as the coalition likes them, no pages
    std::optional<std::map<std::string, std::string>> parameters;
    std::optional<base::Span> after_proposal;
};

class Comparison {
  public:
    Comparison(const Policy& before, const Policy& after, std::size_t most_sets)
        : before_(before),
          after_(after),
          numbering_(before, after),
          ready_before_(before),
          ready_after_(after),
          most_sets_(most_sets) {}

    PolicyDifference compare() {
        PolicyDifference result;
        result.remarks = remarks_on(before_, after_);
        result.parties = numbering_.parties();
        same_facts_ = result.remarks.empty();
        for (const Pair& pair : pairs_of(before_, after_)) {
            result.rules.push_back(compare_rule(pair));
        }
        for (const Remark& one : result.remarks) {
            result.lowering = result.lowering || one.lowers;
            result.shift = std::max(result.shift, one.lowers ? Shift::lowered : Shift::raised);
        }
        for (const RuleDifference& rule : result.rules) {
            result.lowering =
                result.lowering || rule.shift == Shift::changed || rule.shift == Shift::lowered;
            result.shift = std::max(result.shift, rule.shift);
        }
        return result;
    }

  private:
    const ReadyPolicy& ready(Time time) const {
        return time == Time::before ? ready_before_ : ready_after_;
    }

    RuleDifference compare_rule(const Pair& pair) {
        RuleDifference rule;
        rule.before = pair.first;
        rule.after = pair.second;
        rule.name = pair.second ? to_text(after_, *pair.second) : to_text(before_, *pair.first);
        if (pair.first && pair.second) {
            rule.remarks = remarks_on(before_, *pair.first, after_, *pair.second);
        } else {
            rule.remarks = {{!pair.first, pair.first ? "the rule is gone" : "the rule is new"}};
        }
        if (!rule.remarks.empty() || !is_unchanged(pair)) {
            rule.settled = compare_coalitions(rule);
        }
        rule.shift = shift_of(rule);
        return rule;
    }

    static Shift shift_of(const RuleDifference& rule) {
        const auto lowers = [](const Remark& one) { return one.lowers; };
        if (!rule.settled || std::any_of(rule.remarks.begin(), rule.remarks.end(), lowers)) {
            return Shift::lowered;
        }
        if (rule.has_gain()) {
            return rule.has_loss() ? Shift::changed : Shift::lowered;
        }
        return rule.has_loss() || !rule.remarks.empty() ? Shift::raised : Shift::same;
    }

    /// Whether nothing that a coalition depends on differs; remarks aside, which are empty.
    bool is_unchanged(const Pair& pair) const {
        if (!numbering_.same_people() || !same_facts_) {
            return false;
        }
        const Action* old_action = action_of(before_, pair.first);
        const Action* action = action_of(after_, pair.second);
        if (old_action == nullptr || action == nullptr) {
            return same_formula(before_, nullptr, change_of(before_, *pair.first), after_, nullptr,
                                change_of(after_, *pair.second));
        }
        if (old_action->consent.has_value() != action->consent.has_value()) {
            return false;
        }
        if (action->consent && (action->consent->shared != old_action->consent->shared ||
                                !same_formula(before_, nullptr, old_action->consent->formula,
                                              after_, nullptr, action->consent->formula))) {
            return false;
        }
        return same_formula(before_, old_action, old_action->approve, after_, action,
                            action->approve);
    }

    static const policy::Formula& change_of(const Policy& policy, RuleName rule) {
        return rule.kind == Kind::revoke ? policy.revoke.approve
               : rule.kind == Kind::amend_lowering && policy.amend_lowering
                   ? policy.amend_lowering->approve
                   : policy.amend.approve;
    }

    // Coalitions.

    /// False where the budget was spent.
    bool compare_coalitions(RuleDifference& rule) {
        const Action* old_action = action_of(before_, rule.before);
        const Action* action = action_of(after_, rule.after);
        const auto people = static_cast<std::uint32_t>(numbering_.parties().size());
        const Conditions conditions(before_, old_action, after_, action, people);
        const auto at_best = differ(rule, conditions, {});
        if (!at_best) {
            return false;
        }
        rule.gained = taken(at_best->gained, conditions);
        rule.lost = taken(at_best->lost, conditions);
        const std::vector<std::optional<base::Span>> hours = hours_of(old_action, action);
        const bool has_situations = conditions.has_facts() || conditions.has_parameters() ||
                                    hours.size() > 1 || numbering_.has_pages();
        if (!has_situations || (rule.has_gain() && rule.has_loss())) {
            return true;
        }
        if (conditions.values().empty() ||
            conditions.values().size() * hours.size() > k_most_situations) {
            return false;
        }
        const bool asks_gain = !rule.has_gain();
        const bool asks_loss = !rule.has_loss();
        for (const auto& values : conditions.values()) {
            for (const auto& hour : hours) {
                const auto one = differ(rule, conditions, {false, values, hour});
                if (!one) {
                    return false;
                }
                SituationDifference situation{values, hour, {}, {}};
                if (asks_gain) {
                    situation.gained = taken(one->gained, conditions);
                }
                if (asks_loss) {
                    situation.lost = taken(one->lost, conditions);
                }
                if (!situation.gained.count.is_zero() || !situation.lost.count.is_zero()) {
                    rule.situations.push_back(std::move(situation));
                }
            }
        }
        for (std::uint32_t variable = people; conditions.is_fact(variable); ++variable) {
            rule.facts.push_back(conditions.words(variable));
        }
        return true;
    }

    /// The times between which deputies make a difference: each just reached, the last for ever.
    static std::vector<std::optional<base::Span>> hours_of(const Action* old_action,
                                                           const Action* action) {
        std::set<base::Span> spans;
        for (const Action* one : {old_action, action}) {
            for (std::size_t i = 0; one != nullptr && i < one->deputies.size(); ++i) {
                spans.insert(one->deputies[i].after);
            }
        }
        std::vector<std::optional<base::Span>> hours;
        if (!spans.empty()) {
            hours.emplace_back(base::Span{0});
            hours.insert(hours.end(), spans.begin(), std::prev(spans.end()));
        }
        hours.emplace_back(std::nullopt);
        return hours;
    }

    std::optional<Wire> add(Time time, const std::optional<RuleName>& rule,
                            const Conditions& conditions, const View& view, Circuit& circuit) {
        if (!rule) {
            return circuit.constant(false);
        }
        Parties parties = numbering_.signers(time, !view.is_best);
        if (!view.is_best) {
            parties.facts = conditions.facts(time);
        }
        auto wire = PolicyFormula::add_to(circuit, ready(time), *rule,
                                          surroundings_of(action_of(ready(time).policy, rule),
                                                          view.parameters, view.after_proposal),
                                          parties, purse_.left() / k_steps_of_input);
        return wire ? std::optional(*wire) : std::nullopt;
    }

    std::optional<Difference> differ(const RuleDifference& rule, const Conditions& conditions,
                                     const View& view) {
        Circuit circuit;
        const auto old_wire = add(Time::before, rule.before, conditions, view, circuit);
        const auto new_wire =
            old_wire ? add(Time::after, rule.after, conditions, view, circuit) : std::nullopt;
        if (!new_wire) {
            return std::nullopt;
        }
        std::uint64_t inputs = 0;
        for (std::uint32_t number = 0; number < circuit.size(); ++number) {
            inputs += cost_of(circuit.gate(number));
        }
        const bool is_fit = is_plain(circuit, *old_wire) && is_plain(circuit, *new_wire);
        if (!is_fit || !purse_.take(k_steps_of_formula + k_steps_of_input * inputs)) {
            return std::nullopt;
        }
        if (*old_wire == *new_wire) {
            return Difference{};
        }
        Budget budget;
        budget.nodes = k_comparison_nodes;
        budget.steps = purse_.left();
        budget.go_on = [this] { return purse_.take(Meter::k_asked_every); };
        return difference(circuit, *old_wire, *new_wire, budget, std::max(most_sets_, k_looked_at));
    }

    /// What building a gate may cost: its inputs, and of a weighted one as many sums at each as are
    /// different below its need.
    static std::uint64_t cost_of(const Circuit::Gate& gate) {
        const std::uint64_t sums =
            gate.weighted
                ? std::min(gate.need, std::uint64_t{1} << std::min<std::size_t>(gate.count, 40))
                : 0;
        return gate.count + 1 + gate.count * (sums / k_sums_for_an_input);
    }
    static constexpr std::uint64_t k_sums_for_an_input = 4;

    CoalitionSet taken(const Able& able, const Conditions& conditions) const {
        CoalitionSet set;
        set.count = able.count;
        const auto people = static_cast<std::uint32_t>(numbering_.parties().size());
        for (const auto& variables : able.smallest) {
            Coalition& one = set.smallest.emplace_back();
            for (const std::uint32_t variable : variables) {
                if (conditions.is_fact(variable)) {
                    one.facts.push_back(variable - people);
                } else {
                    one.parties.push_back(variable);
                }
            }
        }
        std::sort(set.smallest.begin(), set.smallest.end(),
                  [](const Coalition& left, const Coalition& right) {
                      return std::tuple(left.parties.size(), left.parties, left.facts) <
                             std::tuple(right.parties.size(), right.parties, right.facts);
                  });
        set.smallest.resize(std::min(set.smallest.size(), most_sets_));
        return set;
    }

    /// So many are sorted, that those named be the first by name where there are few.
    static constexpr std::size_t k_looked_at = 64;

    const Policy& before_;
    const Policy& after_;
    Numbering numbering_;
    ReadyPolicy ready_before_;
    ReadyPolicy ready_after_;
    std::size_t most_sets_;
    bool same_facts_ = true;
    Purse purse_;
};

}  // namespace

Surroundings surroundings_of(const Action* action,
                             const std::optional<std::map<std::string, std::string>>& parameters,
                             const std::optional<base::Span>& after_proposal) {
    Surroundings surroundings;
    if (action == nullptr) {
        return surroundings;
    }
    if (after_proposal) {
        surroundings.rested =
            base::Span{after_proposal->seconds + action->wait.value_or(base::Span{0}).seconds};
    }
    if (parameters) {
        auto& values = surroundings.parameters.emplace();
        for (const policy::Parameter& one : action->parameters) {
            const auto value = parameters->find(one.name);
            values.push_back(value == parameters->end() ? "0" : value->second);
        }
    }
    return surroundings;
}

PolicyDifference difference_of(const Policy& before, const Policy& after, std::size_t most_sets) {
    return Comparison(before, after, most_sets).compare();
}

}  // namespace cheget::analysis
