// The formula of a rule against decide() over every strategy of every coalition: random policies of
// the whole language, and the smallest sets that are named. CHEGET_COALITION_POLICIES, or 150.
#include "analysis/policy_formula.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "analysis/brute_force_test_support.h"
#include "analysis/policy_answers.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using test::BruteForce;
using test::has;
using test::People;
using test_support::Random;

std::uint64_t policy_count() {
    const char* asked = std::getenv("CHEGET_COALITION_POLICIES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 150;
}

Surroundings random_surroundings(Random& random, const policy::Policy& policy) {
    Surroundings surroundings;
    surroundings.others = static_cast<Others>(random.below(3));
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.web_origin && surroundings.others != Others::veto && random.once_in(3)) {
                surroundings.speaking.push_back(*key.web_origin);
            } else if (key.web_origin && random.once_in(3)) {
                surroundings.dark.push_back(*key.web_origin);
            }
        }
    }
    surroundings.colluding_facts = random.once_in(2);
    if (random.once_in(3)) {
        surroundings.fixed[static_cast<policy::FactIndex>(random.below(3))] = random.below(3);
    }
    if (random.once_in(3)) {
        surroundings.rested = base::Span{random.below(900)};
    }
    if (random.once_in(4)) {
        surroundings.instant = base::Time{1'000'000 + random.below(4000)};
    }
    return surroundings;
}

std::vector<std::uint32_t> members_of(People people) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t i = 0; i < 32; ++i) {
        if (has(people, i)) {
            members.push_back(i);
        }
    }
    return members;
}

/// Minimal sets among `holds`, by number of the set.
std::vector<std::vector<std::uint32_t>> minimal(const std::vector<bool>& holds,
                                                std::size_t principals) {
    std::vector<std::vector<std::uint32_t>> found;
    for (People set = 0; set < holds.size(); ++set) {
        bool is_minimal = holds[set];
        for (std::size_t i = 0; i < principals; ++i) {
            is_minimal = is_minimal && !(has(set, i) && holds[set & ~(1U << i)]);
        }
        if (is_minimal) {
            found.push_back(members_of(set));
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return found;
}

void check_side(const SideAnswers& answers, std::vector<std::vector<std::uint32_t>> expected,
                std::vector<std::uint32_t> singles) {
    ASSERT_EQ(answers.count, Count(expected.size()));
    ASSERT_EQ(answers.smallest.has_value(), !expected.empty());
    std::map<std::size_t, Count> by_size;
    std::vector<std::uint32_t> alone;
    for (const auto& set : expected) {
        by_size[set.size()] += Count(1);
        if (set.size() == 1) {
            alone.push_back(set[0]);
        }
    }
    ASSERT_EQ(answers.by_size, by_size);
    ASSERT_EQ(singles, alone);
    if (!expected.empty()) {
        ASSERT_EQ(*answers.smallest, expected[0].size());
        std::erase_if(expected, [&](const auto& set) { return set.size() > *answers.smallest; });
        auto told = answers.sets;
        std::sort(told.begin(), told.end());
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(told, expected);
        ASSERT_TRUE(answers.has_all_smallest);
    }
}

TEST(PolicyFormula, is_what_decide_says_of_every_coalition) {
    std::uint64_t rules = 0;
    std::uint64_t able = 0;
    std::uint64_t asked = 0;
    for (std::uint64_t seed = 1; seed <= policy_count(); ++seed) {
        Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        const std::size_t principals = policy.principals.size();
        for (const RuleName rule : rules_of(policy)) {
            const Surroundings surroundings = random_surroundings(random, policy);
            SCOPED_TRACE(fmt::format("seed {} {} others {} colluding {}", seed,
                                     to_text(policy, rule), static_cast<int>(surroundings.others),
                                     surroundings.colluding_facts));
            const auto formula = PolicyFormula::of(policy, rule, surroundings);
            ASSERT_TRUE(formula) << formula.error().message;
            const BruteForce brute(policy, rule, surroundings);
            std::vector<bool> acts;
            std::vector<bool> blocks(std::size_t{1} << principals);
            for (People set = 0; set < 1U << principals; ++set) {
                std::vector<bool> assignment(std::max<std::size_t>(principals, 32));
                for (std::size_t i = 0; i < principals; ++i) {
                    assignment[i] = has(set, i);
                }
                acts.push_back(brute.can_act(set));
                blocks[(blocks.size() - 1) & ~set] = !acts.back();
                ASSERT_EQ(formula->circuit().evaluate(formula->root(), assignment), acts.back())
                    << "coalition " << set;
                ASSERT_EQ(formula->permits(members_of(set)), acts.back()) << "coalition " << set;
                able += acts.back() ? 1U : 0U;
                ++asked;
            }
            const auto answers = answers_of(policy, rule, surroundings, 1000, {});
            ASSERT_TRUE(answers) << answers.error().message;
            check_side(answers->acting, minimal(acts, principals), answers->alone);
            check_side(answers->blocking, minimal(blocks, principals), answers->indispensable);
            if (HasFatalFailure()) {
                return;
            }
            ++rules;
        }
    }
    fmt::print("{} rules, {} coalitions, {} of them able\n", rules, asked, able);
    EXPECT_GT(able * 5, asked);
    EXPECT_LT(able * 5, asked * 4);
}

}  // namespace
}  // namespace cheget::analysis
