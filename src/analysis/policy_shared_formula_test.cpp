// Formulas of several policies in one circuit: over a numbering of the caller's, with facts as
// variables, and without any inverted wire.
#include <gtest/gtest.h>

#include "analysis/difference.h"
#include "analysis/policy_formula.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

/// Variables: 20 + principal, and 40 + fact for whether it stands at 1 or beyond.
Parties shifted(const policy::Policy& policy) {
    Parties parties;
    for (std::uint32_t i = 0; i < policy.principals.size(); ++i) {
        parties.of.push_back({{20 + i, true}});
    }
    for (std::uint32_t fact = 0; fact < policy.facts.size(); ++fact) {
        parties.facts[static_cast<policy::FactIndex>(fact)] = {{1, 40 + fact}};
    }
    return parties;
}

TEST(SharedFormula, is_what_the_formula_by_itself_says_for_every_truth_of_the_facts) {
    std::uint64_t able = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        test_support::Random random(seed);
        const ReadyPolicy ready(test_support::random_whole_policy(random));
        const policy::Policy& policy = ready.policy;
        Surroundings surroundings;
        if (random.once_in(2)) {
            surroundings.rested = base::Span{random.below(900)};
        }
        if (random.once_in(2)) {
            surroundings.parameters = {std::to_string(99 + random.below(3)), "100"};
        }
        for (const RuleName rule : rules_of(policy)) {
            SCOPED_TRACE(to_text(policy, rule) + " of seed " + std::to_string(seed));
            Circuit circuit;
            const auto wire = PolicyFormula::add_to(circuit, ready, rule, surroundings,
                                                    shifted(policy), ~std::uint64_t{0});
            ASSERT_TRUE(wire) << wire.error().message;
            EXPECT_TRUE(is_plain(circuit, *wire));
            for (std::uint32_t truth = 0; truth < 8; ++truth) {
                Surroundings fixed = surroundings;
                for (std::uint32_t fact = 0; fact < 3; ++fact) {
                    const bool holds = (truth >> fact & 1U) != 0;
                    // fact 1 is compared by `<=`
                    fixed.fixed[static_cast<policy::FactIndex>(fact)] =
                        holds ? 1U : (fact == 1 ? 3U : 0U);
                }
                const auto alone = PolicyFormula::of(policy, rule, fixed);
                ASSERT_TRUE(alone) << alone.error().message;
                for (std::uint32_t set = 0; set < 1U << policy.principals.size(); ++set) {
                    std::vector<bool> one(64);
                    std::vector<bool> other(64);
                    for (std::uint32_t i = 0; i < policy.principals.size(); ++i) {
                        one[i] = other[20 + i] = (set >> i & 1U) != 0;
                    }
                    for (std::uint32_t fact = 0; fact < 3; ++fact) {
                        other[40 + fact] = (truth >> fact & 1U) != 0;
                    }
                    const bool expected = alone->circuit().evaluate(alone->root(), one);
                    ASSERT_EQ(circuit.evaluate(*wire, other), expected) << set << " " << truth;
                    able += expected ? 1U : 0U;
                }
            }
        }
    }
    EXPECT_GT(able, 1000U);
}

TEST(SharedFormula, refuses_what_would_be_too_large) {
    test_support::Random random(1);
    const ReadyPolicy ready(test_support::random_whole_policy(random));
    Circuit circuit;
    EXPECT_FALSE(PolicyFormula::add_to(circuit, ready, rules_of(ready.policy)[0], {},
                                       Parties::of_one(ready.policy), 1));
}

}  // namespace
}  // namespace cheget::analysis
