// decide() against the naive evaluator over the whole language, and its properties:
// CHEGET_TWIN_CASES random cases, or 1,000,000.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "policy/compile.h"
#include "support/whole_cases.h"

namespace cheget::policy {
namespace {

using statement::Verdict;
using test_support::Random;
using test_support::WholeCase;

std::uint64_t case_count() {
    const char* asked = std::getenv("CHEGET_TWIN_CASES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 1'000'000;
}

std::string told(const Decision& decision) {
    return fmt::format("answer {} reason {} until {} earliest {}",
                       static_cast<int>(decision.answer), static_cast<int>(decision.reason),
                       decision.until.seconds, decision.earliest.seconds);
}

Question question_of(const test_support::Situation& situation) {
    Question question;
    question.action = situation.rule;
    question.proposer = situation.proposer;
    question.proposed = situation.proposed;
    question.expires = situation.expires;
    if (situation.emergency) {
        question.emergency = situation.rule;
    }
    question.parameters = situation.parameters;
    question.files = situation.files;
    return question;
}

Decision ask(const Rules& rules, const WholeCase& one, std::span<const Voice> voices,
             const Evidence& evidence, Tree* tree = nullptr) {
    return decide_question(rules.impl(), question_of(one.situation), voices, evidence, tree);
}

/// Calls `check(policy, rules, case, random)` for so many cases; `name` of a failure is its seed.
template <typename Check>
void for_cases(std::uint64_t cases, std::uint64_t first_seed, Check check) {
    for (std::uint64_t done = 0, seed = first_seed; done < cases; ++seed) {
        Random random(seed);
        const Policy policy = test_support::random_whole_policy(random);
        const Rules rules(policy);
        for (int i = 0; i < 25 && done < cases; ++i, ++done) {
            const WholeCase one = test_support::random_whole_case(random, policy);
            SCOPED_TRACE(fmt::format("seed {} case {}", seed, i));
            check(policy, rules, one, random);
            if (testing::Test::HasFatalFailure()) {
                return;
            }
        }
    }
}

TEST(WholeTwin, agrees_on_random_cases) {
    const std::uint64_t cases = case_count();
    std::array<std::uint64_t, 3> answers{};
    std::array<std::uint64_t, k_reason_count> reasons{};
    Tree tree;
    for_cases(
        cases, 1, [&](const Policy& policy, const Rules& rules, const WholeCase& one, Random&) {
            const Evidence evidence = one.evidence_of();
            const Decision fast = ask(rules, one, one.voices, evidence, &tree);
            ASSERT_EQ(fast, ask(rules, one, one.voices, evidence));
            const Decision naive =
                test_support::naive_decide_whole(policy, one.situation, one.voices, evidence);
            ASSERT_EQ(fast, naive) << "\n  decide: " << told(fast) << "\n  naive:  " << told(naive);
            Evidence logged = evidence;
            logged.has_log = true;
            for (const Change change : {Change::amend, Change::revoke}) {
                const Decision changed = decide_change(rules, change, one.voices, logged);
                const Decision expected =
                    test_support::naive_decide_change_whole(policy, change, one.voices, logged);
                ASSERT_EQ(changed, expected) << "change " << static_cast<int>(change) << "\n"
                                             << told(changed) << "\n"
                                             << told(expected);
            }
            ++answers[static_cast<std::size_t>(fast.answer)];
            ++reasons[static_cast<std::size_t>(fast.reason)];
        });
    fmt::print("{} cases: permit {}, wait {}, deny {}\n", cases, answers[0], answers[1],
               answers[2]);
    fmt::print("by reason: {}\n", fmt::join(reasons, " "));
    for (const std::uint64_t share : answers) {
        EXPECT_GE(share * 5, cases) << "each answer must be a fifth of the cases at least";
    }
    constexpr std::array k_elsewhere{Reason::does_not_fit, Reason::proposer_not_entitled};
    for (std::size_t i = 0; i < k_reason_count; ++i) {
        const bool elsewhere =
            std::count(k_elsewhere.begin(), k_elsewhere.end(), static_cast<Reason>(i)) > 0;
        EXPECT_TRUE(reasons[i] > 0 || elsewhere) << "reason " << i << " must occur";
    }
}

std::uint64_t property_cases() {
    return std::min<std::uint64_t>(case_count(), 100'000);
}

/// The word of someone whose deputy has spoken ends the deputy's, as it should; every other
/// approval only ever helps.
TEST(WholeProperty, more_approvals_never_turn_permit_into_deny) {
    std::uint64_t permits = 0;
    for_cases(property_cases(), 1'000'000,
              [&](const Policy& policy, const Rules& rules, const WholeCase& one, Random& random) {
                  if (ask(rules, one, one.voices, one.evidence_of()).answer != Answer::permit) {
                      return;
                  }
                  ++permits;
                  auto voices = one.voices;
                  Voice more;
                  more.by = static_cast<PrincipalIndex>(
                      random.below(static_cast<std::uint32_t>(policy.principals.size())));
                  more.start = {one.evidence.order_start.seconds + random.below(600)};
                  more.web = random.once_in(2);
                  more.statement = 1000;
                  voices.push_back(more);
                  const auto& deputies = test_support::rule_of(policy, one).deputies;
                  const bool has_deputy = std::any_of(
                      deputies.begin(), deputies.end(),
                      [&](const Deputy& deputy) { return deputy.stands_for == more.by; });
                  const Decision after = ask(rules, one, voices, one.evidence_of());
                  ASSERT_TRUE(after.answer == Answer::permit || has_deputy) << told(after);
              });
    EXPECT_GT(permits * 10, property_cases());
}

TEST(WholeProperty, a_veto_never_turns_deny_into_permit) {
    for_cases(property_cases(), 2'000'000,
              [&](const Policy& policy, const Rules& rules, const WholeCase& one, Random& random) {
                  const Decision before = ask(rules, one, one.voices, one.evidence_of());
                  auto voices = one.voices;
                  Voice veto;
                  veto.by = static_cast<PrincipalIndex>(
                      random.below(static_cast<std::uint32_t>(policy.principals.size())));
                  veto.verdict = Verdict::veto;
                  veto.statement = 1000;
                  voices.push_back(veto);
                  const Decision after = ask(rules, one, voices, one.evidence_of());
                  ASSERT_TRUE(after.answer != Answer::permit || before.answer == Answer::permit)
                      << told(before) << "\n"
                      << told(after);
              });
}

TEST(WholeProperty, the_order_of_statements_never_matters) {
    Tree tree;
    Tree other_tree;
    for_cases(property_cases(), 3'000'000,
              [&](const Policy&, const Rules& rules, const WholeCase& one, Random& random) {
                  const Decision before = ask(rules, one, one.voices, one.evidence_of(), &tree);
                  WholeCase other = one;
                  const auto shuffle = [&](auto& list) {
                      for (std::size_t i = list.size(); i > 1; --i) {
                          std::swap(list[i - 1], list[random.below(static_cast<std::uint32_t>(i))]);
                      }
                  };
                  shuffle(other.voices);
                  shuffle(other.facts);
                  shuffle(other.claims);
                  const Decision after =
                      ask(rules, other, other.voices, other.evidence_of(), &other_tree);
                  ASSERT_EQ(before, after);
                  ASSERT_EQ(tree, other_tree);
              });
}

/// Between two critical instants nothing changes, so that permits are a finite union of intervals;
/// and within the interval that begins at a permit lies its `until`.
TEST(WholeProperty, time_is_a_finite_union_of_intervals) {
    for_cases(
        property_cases() / 20, 4'000'000,
        [&](const Policy& policy, const Rules& rules, const WholeCase& one, Random& random) {
            const auto instants = test_support::critical_instants(policy, one);
            for (std::size_t i = 0; i + 1 < instants.size(); ++i) {
                const std::int64_t length = instants[i + 1].seconds - instants[i].seconds;
                if (length < 3) {
                    continue;
                }
                const auto inside = [&] {
                    return base::Time{instants[i].seconds + 1 +
                                      random.below(static_cast<std::uint32_t>(length - 1))};
                };
                const Decision one_time = ask(rules, one, one.voices, one.evidence_at(inside()));
                const Decision other_time = ask(rules, one, one.voices, one.evidence_at(inside()));
                ASSERT_EQ(one_time.answer == Answer::permit, other_time.answer == Answer::permit);
                if (one_time.answer == Answer::permit) {
                    const base::Time last{one_time.until.seconds - 1};
                    ASSERT_EQ(ask(rules, one, one.voices, one.evidence_at(last)).answer,
                              Answer::permit);
                }
            }
        });
}

/// What a wait calls the earliest is one: before it the same evidence never permits.
TEST(WholeProperty, nothing_is_permitted_before_the_earliest) {
    for_cases(property_cases(), 5'000'000,
              [&](const Policy&, const Rules& rules, const WholeCase& one, Random& random) {
                  const Decision decision = ask(rules, one, one.voices, one.evidence_of());
                  const std::int64_t now = one.evidence.now_low.seconds;
                  if (decision.answer != Answer::wait || decision.earliest.seconds <= now) {
                      return;
                  }
                  const auto ahead = static_cast<std::uint32_t>(decision.earliest.seconds - now);
                  const base::Time before{now + random.below(ahead)};
                  ASSERT_NE(ask(rules, one, one.voices, one.evidence_at(before)).answer,
                            Answer::permit);
              });
}

}  // namespace
}  // namespace cheget::policy
