// Each is one or two formulas more, or one pass over the diagrams.
#include "analysis/policy_outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace cheget::analysis {

namespace {

using Kind = RuleName::Kind;

base::Result<Analysis> analysed(const PolicyFormula& formula, const std::string& name,
                                const Budget& budget) {
    auto analysis = Analysis::of(formula.circuit(), formula.root(), budget);
    if (!analysis) {
        return base::bad_input(fmt::format(
            "can't analyse {} exactly: its decision diagrams outgrow the budget; allow more time "
            "or memory",
            name));
    }
    return std::move(*analysis);
}

base::Result<Ability> ability_of(const policy::Policy& policy, RuleName rule,
                                 const Surroundings& surroundings, std::size_t most_sets,
                                 const Budget& budget) {
    const auto formula = TRY(PolicyFormula::of(policy, rule, surroundings));
    const Analysis analysis = TRY(analysed(formula, to_text(policy, rule), budget));
    const Coalitions acting = analysis.coalitions(Side::acting);
    Ability able{acting.count, acting.smallest, {}};
    if (acting.smallest) {
        able.sets = analysis.smallest_sets(Side::acting, most_sets);
        std::erase_if(able.sets, [&](const auto& set) { return set.size() > *acting.smallest; });
        std::sort(able.sets.begin(), able.sets.end());
    }
    for (const auto& set : able.sets) {
        if (!formula.permits(set)) {
            return base::fail(base::ErrorKind::corrupt_state,
                              fmt::format("the analysis of {} and decide() do not agree, so that "
                                          "none of it can be trusted; please report it with the "
                                          "policy",
                                          to_text(policy, rule)));
        }
    }
    return able;
}

}  // namespace

base::Result<AmendFirst> amend_first(const policy::Policy& policy, std::size_t most_sets,
                                     const Budget& budget) {
    AmendFirst found;
    found.rule.kind = policy.amend_lowering ? Kind::amend_lowering : Kind::amend;
    const policy::ChangeRule& rule = policy.amend_lowering ? *policy.amend_lowering : policy.amend;
    found.wait = rule.wait.value_or(base::Span{0});
    found.able = TRY(ability_of(policy, found.rule, {}, most_sets, budget));
    return found;
}

base::Result<std::vector<PageReach>> pages_of(const policy::Policy& policy, RuleName rule,
                                              std::size_t most_sets, const Budget& budget) {
    std::map<std::string, std::vector<policy::PrincipalIndex>> people;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        for (const policy::Key& key : policy.principals[i].keys) {
            if (key.web_origin) {
                auto& users = people[*key.web_origin];
                if (users.empty() || users.back() != i) {
                    users.push_back(static_cast<policy::PrincipalIndex>(i));
                }
            }
        }
    }
    std::vector<std::uint32_t> everybody(policy.principals.size());
    std::iota(everybody.begin(), everybody.end(), 0U);
    std::vector<PageReach> pages;
    for (auto& [origin, users] : people) {
        Surroundings speaking;
        speaking.speaking = {origin};
        Surroundings dark;
        dark.dark = {origin};
        PageReach page{origin, std::move(users), {}, false};
        page.with_page = TRY(ability_of(policy, rule, speaking, most_sets, budget));
        const auto without = TRY(PolicyFormula::of(policy, rule, dark));
        page.is_needed = page.with_page.smallest && !without.permits(everybody);
        pages.push_back(std::move(page));
    }
    return pages;
}

std::vector<Advice> advice_on(const std::vector<PageReach>& pages) {
    std::vector<Advice> advice;
    for (const PageReach& page : pages) {
        if (page.with_page.smallest == 0U) {
            advice.push_back(
                {fmt::format("all voices can come through one page: whoever serves {} can do it "
                             "alone",
                             page.origin),
                 "take `web suffices` out, or ask for somebody whose keys are not used there"});
        }
    }
    return advice;
}

std::vector<Advice> advice_on(const policy::Policy& policy, const AmendFirst& first,
                              const std::vector<RuleAnswers>& rules) {
    std::vector<std::string> harder;
    for (const RuleAnswers& one : rules) {
        if (one.rule.kind == Kind::action && first.able.smallest && one.acting.smallest &&
            *first.able.smallest < *one.acting.smallest) {
            harder.push_back(policy.actions[one.rule.index].name);
        }
    }
    if (harder.empty()) {
        return {};
    }
    return {
        {fmt::format("changing the rules takes {}, fewer than {}: whoever wants that changes the "
                     "rules first",
                     *first.able.smallest, base::join_words(harder)),
         fmt::format("let `{}` ask for as many", to_text(policy, first.rule))}};
}

std::optional<WitnessFaults> witness_faults(const policy::Policy& policy) {
    if (!policy.has_log || policy.witnesses_needed == 0) {
        return std::nullopt;
    }
    WitnessFaults faults;
    faults.witnesses = static_cast<std::uint32_t>(policy.witnesses.size());
    faults.quorum = policy.witnesses_needed;
    faults.time = faults.quorum - 1;
    // The quorum is more than half, so that this is never below 0.
    faults.forks = 2 * faults.quorum - faults.witnesses - 1;
    faults.liveness = faults.witnesses - faults.quorum;
    return faults;
}

base::Result<Weights> weights_of(const policy::Policy& policy, RuleName rule,
                                 const Surroundings& surroundings, const std::optional<Odds>& odds,
                                 const Budget& budget) {
    const auto formula = TRY(PolicyFormula::of(policy, rule, surroundings));
    const Analysis analysis = TRY(analysed(formula, to_text(policy, rule), budget));
    const auto principals = static_cast<std::uint32_t>(policy.principals.size());
    const auto banzhaf = analysis.banzhaf(principals);
    const auto shapley = analysis.shapley(principals);
    const long double all = std::accumulate(banzhaf.begin(), banzhaf.end(), 0.0L);
    Weights weights;
    for (std::uint32_t i = 0; i < principals; ++i) {
        if (banzhaf[i] > 0) {
            weights.power.push_back(
                {static_cast<policy::PrincipalIndex>(i), banzhaf[i], banzhaf[i] / all, shapley[i]});
        }
    }
    std::ranges::stable_sort(weights.power, std::greater<>{}, &Power::shapley);
    if (odds) {
        weights.likelihood = Likelihood{analysis.probability(odds->available),
                                        analysis.probability(odds->compromised)};
    }
    return weights;
}

}  // namespace cheget::analysis
