// Each time and each truth is a formula of its own; those with the same answer are joined.
#include "analysis/policy_stretches.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/compile.h"

namespace cheget::analysis {

namespace {

using Kind = RuleName::Kind;
using policy::Condition;

const policy::Action* action_of(const policy::Policy& policy, RuleName rule) {
    return rule.kind == Kind::action      ? &policy.actions[rule.index]
           : rule.kind == Kind::emergency ? &policy.emergencies[rule.index].rule
                                          : nullptr;
}

const policy::ChangeRule& change_of(const policy::Policy& policy, RuleName rule) {
    return rule.kind == Kind::revoke           ? policy.revoke
           : rule.kind == Kind::amend_lowering ? *policy.amend_lowering
                                               : policy.amend;
}

struct Asked {
    PolicyFormula formula;
    Ability able;
    Count models;  ///< of the formula over all principals
};

base::Result<Asked> ask(const std::shared_ptr<const ReadyPolicy>& ready, RuleName rule,
                        const Surroundings& surroundings, std::size_t most_sets,
                        const Budget& budget) {
    auto formula = TRY(PolicyFormula::of(ready, rule, surroundings));
    const auto analysis = Analysis::of(formula.circuit(), formula.root(), budget);
    if (!analysis) {
        return base::bad_input(fmt::format(
            "can't analyse {} exactly: its decision diagrams outgrow the budget; allow more time "
            "or memory",
            to_text(ready->policy, rule)));
    }
    const Coalitions acting = analysis->coalitions(Side::acting);
    Ability able{acting.count, acting.smallest, {}};
    if (acting.smallest) {
        able.sets = analysis->smallest_sets(Side::acting, most_sets);
        std::erase_if(able.sets, [&](const auto& set) { return set.size() > *acting.smallest; });
        std::sort(able.sets.begin(), able.sets.end());
    }
    Count models = analysis->models(static_cast<std::uint32_t>(ready->policy.principals.size()));
    return Asked{std::move(formula), std::move(able), std::move(models)};
}

/// When more may become possible, counted from the proposal; from 0 on, sorted.
std::vector<std::int64_t> instants_of(const policy::Policy& policy, RuleName rule) {
    std::vector<std::int64_t> instants{0};
    const policy::Action* action = action_of(policy, rule);
    if (action == nullptr) {
        const auto& wait = change_of(policy, rule).wait;
        instants.push_back(wait ? wait->seconds : 0);
    } else {
        const std::int64_t wait = action->wait ? action->wait->seconds : 0;
        instants.push_back(wait);
        for (const policy::Deputy& deputy : action->deputies) {
            instants.push_back(wait + deputy.after.seconds);
        }
        std::erase_if(instants, [&](std::int64_t at) { return at >= action->expire.seconds; });
    }
    std::sort(instants.begin(), instants.end());
    instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
    return instants;
}

/// Minimal coalitions of the later formula that the earlier one refuses, as far as some are looked
/// at.
std::vector<SideAnswers::Set> newly_able(const PolicyFormula& before, const Asked& after,
                                         std::size_t most_sets, const Budget& budget) {
    constexpr std::size_t k_looked_at = 2000;
    std::vector<SideAnswers::Set> found;
    const auto analysis = Analysis::of(after.formula.circuit(), after.formula.root(), budget);
    if (!analysis) {
        return found;
    }
    for (const auto& set : analysis->smallest_sets(Side::acting, k_looked_at)) {
        if (found.size() < most_sets && (found.empty() || found[0].size() == set.size()) &&
            !before.permits(set)) {
            found.push_back(set);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// The numbers at which a fact's conditions in a rule turn, sorted; and their direction.
struct Levels {
    policy::FactIndex fact = 0;
    bool at_most = false;
    std::vector<std::uint64_t> numbers;
};

std::vector<Levels> levels_of(const policy::Policy& policy, RuleName rule,
                              const Surroundings& surroundings) {
    std::map<policy::FactIndex, Levels> found;
    const policy::Action* action = action_of(policy, rule);
    if (action == nullptr) {
        return {};
    }
    for (const auto& node : action->approve.nodes) {
        if (node.kind == policy::Formula::Node::Kind::fact &&
            !surroundings.fixed.contains(node.fact)) {
            Levels& levels = found[node.fact];
            levels.fact = node.fact;
            levels.at_most = node.compare == policy::Compare::at_most;
            levels.numbers.push_back(node.number);
        }
    }
    std::vector<Levels> all;
    for (auto& [fact, levels] : found) {
        std::sort(levels.numbers.begin(), levels.numbers.end());
        levels.numbers.erase(std::unique(levels.numbers.begin(), levels.numbers.end()),
                             levels.numbers.end());
        if (levels.at_most) {
            std::reverse(levels.numbers.begin(), levels.numbers.end());
        }
        all.push_back(std::move(levels));
    }
    return all;
}

std::string value_words(const policy::Fact& fact, std::uint64_t value) {
    return fact.type == policy::Fact::Type::words && value < fact.words.size()
               ? fact.words[value]
               : fmt::to_string(value);
}

/// A fact that meets its first `met` conditions and no further.
std::string level_words(const policy::Policy& policy, const Levels& levels, std::size_t met) {
    const policy::Fact& fact = policy.facts[levels.fact];
    if (fact.type == policy::Fact::Type::truth) {
        return fmt::format("{} is {}", fact.name, met > 0 ? "true" : "not true");
    }
    std::string words;
    if (met > 0) {
        words =
            fmt::format("{} {} {}", fact.name,
                        levels.at_most ? "<=" : ">=", value_words(fact, levels.numbers[met - 1]));
    }
    if (met < levels.numbers.size()) {
        words +=
            fmt::format("{}{} {}", words.empty() ? fact.name + " is " : " and ",
                        levels.at_most ? "above" : "below", value_words(fact, levels.numbers[met]));
    }
    return words;
}

/// A value that does so, or one beyond the fact's type that meets none.
std::uint64_t level_value(const Levels& levels, std::size_t met) {
    if (met > 0) {
        return levels.numbers[met - 1];
    }
    return levels.at_most ? levels.numbers[0] + 1 : levels.numbers[0] - 1;
}

}  // namespace

base::Result<std::vector<Stretch>> stretches_of(const policy::Policy& policy, RuleName rule,
                                                const Surroundings& surroundings,
                                                std::size_t most_sets, const Budget& budget) {
    const policy::Action* action = action_of(policy, rule);
    std::vector<Stretch> stretches;
    std::optional<Asked> last;
    const std::vector<std::int64_t> instants = instants_of(policy, rule);
    if (instants.size() == 1) {
        return stretches;
    }
    const auto ready = std::make_shared<const ReadyPolicy>(policy);
    for (const std::int64_t at : instants) {
        Surroundings then = surroundings;
        then.rested = base::Span{at};
        Asked now = TRY(ask(ready, rule, then, most_sets, budget));
        // Whoever could act before still can, so that equal numbers are equal coalitions.
        if (last && last->models == now.models) {
            continue;
        }
        Stretch stretch{{at}, std::nullopt, now.able, {}};
        if (last) {
            stretches.back().until = base::Span{at};
            stretch.also = newly_able(last->formula, now, most_sets, budget);
        }
        stretches.push_back(std::move(stretch));
        last = std::move(now);
    }
    if (action != nullptr) {
        stretches.back().until = action->expire;
    }
    return stretches;
}

base::Result<std::vector<Truth>> truths_of(const policy::Policy& policy, RuleName rule,
                                           const Surroundings& surroundings, std::size_t most_sets,
                                           const Budget& budget) {
    const std::vector<Levels> levels = levels_of(policy, rule, surroundings);
    if (levels.empty()) {
        return std::vector<Truth>{};
    }
    std::size_t count = 1;
    for (const Levels& one : levels) {
        count *= one.numbers.size() + 1;
        if (count > k_most_truths) {
            return base::bad_input(fmt::format(
                "the facts of {} can be true together in more than {} ways; fix some of them with "
                "--facts NAME=VALUE",
                to_text(policy, rule), k_most_truths));
        }
    }
    const auto ready = std::make_shared<const ReadyPolicy>(policy);
    std::vector<Truth> truths;
    for (std::size_t number = 0; number < count; ++number) {
        Truth truth;
        std::vector<std::string> words;
        std::size_t rest = number;
        truth.is_best = number == 0;
        for (const Levels& one : levels) {
            const std::size_t missed = rest % (one.numbers.size() + 1);
            rest /= one.numbers.size() + 1;
            const std::size_t met = one.numbers.size() - missed;
            words.push_back(level_words(policy, one, met));
            truth.facts[one.fact] = level_value(one, met);
        }
        truth.words = base::join_words(words);
        Surroundings then = surroundings;
        then.fixed.insert(truth.facts.begin(), truth.facts.end());
        truth.able = TRY(ask(ready, rule, then, most_sets, budget)).able;
        truths.push_back(std::move(truth));
    }
    return truths;
}

}  // namespace cheget::analysis
