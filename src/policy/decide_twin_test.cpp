// decide() against the naive evaluator, over random cases: CHEGET_TWIN_CASES of them, or 1,000,000
// (50,000 where sanitizers slow everything down).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "policy/compile.h"
#include "support/naive_twin.h"
#include "support/random_cases.h"

namespace cheget::policy {
namespace {

using test_support::Random;

std::uint64_t case_count() {
    const char* asked = std::getenv("CHEGET_TWIN_CASES");
    if (asked != nullptr) {
        return std::strtoull(asked, nullptr, 10);
    }
    return std::getenv("CHEGET_INSTRUMENTED") != nullptr ? 50'000 : 1'000'000;
}

std::string told(const Decision& decision) {
    return fmt::format("answer {} reason {} until {} earliest {}",
                       static_cast<int>(decision.answer), static_cast<int>(decision.reason),
                       decision.until.seconds, decision.earliest.seconds);
}

Decision decide_order(const Policy& policy, const Rules& rules, const statement::Order& order,
                      std::span<const Voice> voices, const Evidence& evidence, Tree& tree) {
    const auto bound = bind(policy, order);
    if (!bound) {
        return {Answer::deny, Reason::does_not_fit, {}, {}};
    }
    const Decision plain = decide(rules, *bound, voices, evidence);
    const Decision with_tree = decide(rules, *bound, voices, evidence, tree);
    EXPECT_EQ(plain, with_tree);
    return with_tree;
}

TEST(DecideTwin, agrees_on_random_cases) {
    const std::uint64_t cases = case_count();
    std::array<std::uint64_t, 3> answers{};
    std::array<std::uint64_t, k_reason_count> reasons{};
    Tree tree;
    for (std::uint64_t done = 0, seed = 1; done < cases; ++seed) {
        Random random(seed);
        const Policy policy = test_support::random_policy(random);
        const Rules rules(policy);
        for (int i = 0; i < 50 && done < cases; ++i, ++done) {
            const auto one = test_support::random_case(random, policy);
            const Decision fast =
                decide_order(policy, rules, one.order, one.voices, one.evidence, tree);
            const Decision naive =
                test_support::naive_decide(policy, one.order, one.voices, one.evidence);
            ASSERT_EQ(fast, naive) << "seed " << seed << " case " << i
                                   << "\n  decide: " << told(fast) << "\n  naive:  " << told(naive);
            for (const Change change : {Change::amend, Change::revoke}) {
                const Decision changed = decide_change(rules, change, one.voices);
                const Decision expected =
                    test_support::naive_decide_change(policy, change, one.voices);
                ASSERT_EQ(changed, expected)
                    << "seed " << seed << " case " << i << " change " << static_cast<int>(change);
            }
            ++answers[static_cast<std::size_t>(fast.answer)];
            ++reasons[static_cast<std::size_t>(fast.reason)];
        }
    }
    fmt::print("{} cases: permit {}, wait {}, deny {}\n", cases, answers[0], answers[1],
               answers[2]);
    fmt::print("by reason: {}\n", fmt::join(reasons, " "));
    for (const std::uint64_t share : answers) {
        EXPECT_GE(share * 5, cases) << "each answer must be a fifth of the cases at least";
    }
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Reason::does_not_fit); ++i) {
        EXPECT_GT(reasons[i], 0U) << "every reason of a plain rule must occur";
    }
}

}  // namespace
}  // namespace cheget::policy
