// Reads the answers off the diagrams and has decide() confirm each set that is named.
#include "analysis/policy_answers.h"

#include <fmt/format.h>

#include <algorithm>

namespace cheget::analysis {

namespace {

using Set = SideAnswers::Set;

Set without(const Set& set, std::uint32_t member) {
    Set rest = set;
    std::erase(rest, member);
    return rest;
}

Set all_but(std::size_t principals, const Set& set) {
    Set rest;
    for (std::uint32_t i = 0; i < principals; ++i) {
        if (!std::binary_search(set.begin(), set.end(), i)) {
            rest.push_back(i);
        }
    }
    return rest;
}

bool is_confirmed(const PolicyFormula& formula, Side side, const Set& set, std::size_t principals) {
    const bool acting = side == Side::acting;
    const auto permits = [&](const Set& some) {
        return formula.permits(acting ? some : all_but(principals, some));
    };
    return permits(set) == acting && std::all_of(set.begin(), set.end(), [&](std::uint32_t one) {
               return permits(without(set, one)) != acting;
           });
}

SideAnswers read_side(const Solution& solution, Side side, std::size_t most_sets) {
    SideAnswers answers;
    answers.bounds = solution.bounds(side);
    answers.count = answers.bounds.at_least;
    answers.smallest = answers.bounds.smallest_at_most;
    if (!answers.smallest) {
        return answers;
    }
    const bool listed = solution.diagrams && answers.count <= Count(SideAnswers::k_most_listed);
    answers.sets = solution.smallest_sets(
        side, listed ? std::size_t{SideAnswers::k_most_listed} : most_sets + 1);
    const auto sizes = solution.diagrams ? solution.diagrams->sizes(side) : std::nullopt;
    if (sizes) {
        for (std::size_t size = 0; size < sizes->size(); ++size) {
            if (!(*sizes)[size].is_zero()) {
                answers.by_size[size] = (*sizes)[size];
            }
        }
    }
    std::erase_if(answers.sets, [&](const Set& set) { return set.size() > *answers.smallest; });
    if (listed) {
        std::sort(answers.sets.begin(), answers.sets.end());
    }
    answers.has_all_smallest =
        answers.sets.size() <= most_sets && (solution.diagrams || answers.bounds.has_exact_count());
    answers.sets.resize(std::min(answers.sets.size(), most_sets));
    return answers;
}

/// Those who are a minimal set by themselves.
Set singles(const PolicyFormula& formula, const Solution& solution, Side side,
            std::size_t principals) {
    if (solution.diagrams) {
        return solution.diagrams->singles(side);
    }
    const bool acting = side == Side::acting;
    std::vector<bool> values(std::max<std::size_t>(principals, formula.circuit().variables()),
                             !acting);
    Set people;
    const auto decides = [&] {
        return formula.circuit().evaluate(formula.root(), values) == acting;
    };
    for (std::uint32_t i = 0; i < principals && !decides(); ++i) {
        values[i] = acting;
        if (decides()) {
            people.push_back(i);
        }
        values[i] = !acting;
    }
    return people;
}

}  // namespace

base::Result<RuleAnswers> answers_by(const Engine& engine, const policy::Policy& policy,
                                     RuleName rule, const Surroundings& surroundings,
                                     std::size_t most_sets) {
    const PolicyFormula formula = TRY(PolicyFormula::of(policy, rule, surroundings));
    const std::size_t principals = policy.principals.size();
    const Solution solution =
        engine(formula.circuit(), formula.root(), static_cast<std::uint32_t>(principals));
    const std::string name = to_text(policy, rule);
    if (!solution.has_any()) {
        return base::bad_input(fmt::format(
            "can't analyse {} exactly: its decision diagrams outgrow the budget; allow more time "
            "or memory",
            name));
    }
    RuleAnswers answers;
    answers.rule = rule;
    answers.is_exact = solution.is_exact();
    answers.others = surroundings.others;
    answers.acting = read_side(solution, Side::acting, most_sets);
    answers.blocking = read_side(solution, Side::blocking, most_sets);
    answers.alone = singles(formula, solution, Side::acting, principals);
    answers.indispensable = singles(formula, solution, Side::blocking, principals);
    // A gate of vetoes, or of a deputy's silence, is not monotone by itself; the whole is.
    bool confirmed = true;
    for (const Side side : {Side::acting, Side::blocking}) {
        const auto& sets = side == Side::acting ? answers.acting.sets : answers.blocking.sets;
        for (const Set& set : sets) {
            confirmed = confirmed && is_confirmed(formula, side, set, principals);
        }
        const auto& people = side == Side::acting ? answers.alone : answers.indispensable;
        for (const std::uint32_t one : people) {
            confirmed = confirmed && is_confirmed(formula, side, {one}, principals);
        }
    }
    if (!confirmed) {
        return base::fail(base::ErrorKind::corrupt_state,
                          fmt::format("the analysis of {} and decide() do not agree, so that none "
                                      "of it can be trusted; please report it with the policy",
                                      name));
    }
    return answers;
}

base::Result<RuleAnswers> answers_of(const policy::Policy& policy, RuleName rule,
                                     const Surroundings& surroundings, std::size_t most_sets,
                                     const Budget& budget) {
    const Engine diagrams = [&](const Circuit& circuit, Wire root, std::uint32_t) {
        return Solution{Analysis::of(circuit, root, budget), std::nullopt};
    };
    return answers_by(diagrams, policy, rule, surroundings, most_sets);
}

base::Result<std::vector<std::uint32_t>> indispensable_for(const policy::Policy& policy,
                                                           RuleName rule) {
    const PolicyFormula formula = TRY(PolicyFormula::of(policy, rule, {}));
    Set people;
    const std::size_t principals = policy.principals.size();
    if (!formula.permits(all_but(principals, {}))) {
        return people;
    }
    for (std::uint32_t one = 0; one < principals; ++one) {
        if (!formula.permits(all_but(principals, {one}))) {
            people.push_back(one);
        }
    }
    return people;
}

}  // namespace cheget::analysis
