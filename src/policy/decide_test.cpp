// decide() by properties over random policies, then rule by rule.
#include "policy/decide.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "policy/compile.h"
#include "support/random_cases.h"

namespace cheget::policy {
namespace {

using statement::Verdict;
using test_support::Random;

/// A random policy with one order that fits it.
struct Situation {
    explicit Situation(std::uint64_t seed) : random(seed), policy(random_policy(random)) {
        do {
            one = random_case(random, policy);
        } while (!bind(policy, one.order));
    }

    Decision decide_with(const std::vector<Voice>& voices) const {
        return decide_at(voices, one.evidence);
    }
    Decision decide_at(const std::vector<Voice>& voices, const Evidence& evidence) const {
        return decide(Rules(policy), *bind(policy, one.order), voices, evidence);
    }
    PrincipalIndex anyone() {
        return static_cast<PrincipalIndex>(
            random.below(static_cast<std::uint32_t>(policy.principals.size())));
    }

    Random random;
    Policy policy;
    test_support::RandomCase one;
};

/// How far an answer is from acting.
int openness(const Decision& decision) {
    return decision.answer == Answer::permit ? 2 : decision.answer == Answer::wait ? 1 : 0;
}

RC_GTEST_PROP(DecideProperty, more_approvals_never_close, (std::uint64_t seed)) {
    Situation situation(seed);
    auto voices = situation.one.voices;
    const Decision before = situation.decide_with(voices);
    // By a key that the person may have: any key, if they have one that is not `web`.
    const PrincipalIndex by = situation.anyone();
    const auto& keys = situation.policy.principals[by].keys;
    const bool web = std::all_of(keys.begin(), keys.end(),
                                 [](const Key& key) { return key.web_origin.has_value(); });
    voices.push_back({by, Verdict::approve, web, 99});
    RC_ASSERT(openness(situation.decide_with(voices)) >= openness(before));
}

RC_GTEST_PROP(DecideProperty, a_veto_or_withdrawal_never_opens, (std::uint64_t seed)) {
    Situation situation(seed);
    auto voices = situation.one.voices;
    const Decision before = situation.decide_with(voices);
    const PrincipalIndex by = situation.anyone();
    const Verdict verdict = situation.random.once_in(2) ? Verdict::veto : Verdict::withdraw;
    voices.push_back({by, verdict, false, 99});
    RC_ASSERT(openness(situation.decide_with(voices)) <= openness(before));
}

RC_GTEST_PROP(DecideProperty, order_and_repetition_never_matter, (std::uint64_t seed)) {
    Situation situation(seed);
    auto voices = situation.one.voices;
    const auto bound = *bind(situation.policy, situation.one.order);
    const Rules rules(situation.policy);
    Tree before;
    const Decision first = decide(rules, bound, voices, situation.one.evidence, before);
    const auto again = voices;
    voices.insert(voices.end(), again.begin(), again.end());
    for (std::size_t i = voices.size(); i > 1; --i) {
        std::swap(voices[i - 1], voices[situation.random.below(static_cast<std::uint32_t>(i))]);
    }
    Tree after;
    RC_ASSERT(decide(rules, bound, voices, situation.one.evidence, after) == first);
    RC_ASSERT(after == before);
}

RC_GTEST_PROP(DecideProperty, time_is_one_interval_from_proposed_to_expires, (std::uint64_t seed)) {
    Situation situation(seed);
    const auto& order = situation.one.order;
    const auto& voices = situation.one.voices;
    const auto at = [&](std::int64_t low, std::int64_t high) {
        return situation.decide_at(voices, {{low}, {high}});
    };
    const std::int64_t begin = order.proposed.seconds;
    const std::int64_t end = order.expires.seconds;
    const Decision inside = at(begin, begin);
    for (const std::int64_t low : {begin - 1, begin, begin + 1, end - 2, end - 1, end, end + 1}) {
        for (const std::int64_t high : {low, low + 1, end - 1, end, end + 1}) {
            if (high < low) {
                continue;  // no such time
            }
            const Decision decision = at(low, high);
            if (inside.answer == Answer::deny && inside.reason != Reason::unreachable) {
                RC_ASSERT(decision.reason == inside.reason);
            } else if (high >= end) {
                RC_ASSERT(decision.reason == Reason::expired);
            } else if (inside.answer == Answer::permit && low < begin) {
                RC_ASSERT(decision.reason == Reason::not_begun);
                RC_ASSERT(decision.earliest == order.proposed);
            } else {
                RC_ASSERT(decision.reason == inside.reason);
            }
        }
    }
}

RC_GTEST_PROP(DecideProperty, voices_of_strangers_change_nothing, (std::uint64_t seed)) {
    Situation situation(seed);
    auto voices = situation.one.voices;
    const Decision before = situation.decide_with(voices);
    const auto outside = static_cast<PrincipalIndex>(situation.policy.principals.size());
    for (const PrincipalIndex by : {outside, PrincipalIndex{1023}, PrincipalIndex{0xFFFF}}) {
        for (const Verdict verdict : {Verdict::approve, Verdict::veto, Verdict::withdraw}) {
            voices.push_back({by, verdict, false, 99});
        }
    }
    RC_ASSERT(situation.decide_with(voices) == before);
}

// Rule by rule, on policies made by hand.

Formula people(std::uint32_t need, std::vector<PrincipalIndex> who) {
    Formula formula;
    auto& node = formula.nodes.emplace_back();
    node.need = need;
    node.people = std::move(who);
    return formula;
}

Formula all_of(const std::vector<Formula>& parts) {
    Formula formula;
    Formula::Node root;
    root.kind = Formula::Node::Kind::threshold;
    root.need = static_cast<std::uint32_t>(parts.size());
    for (const Formula& part : parts) {
        root.children.push_back(static_cast<std::uint32_t>(formula.nodes.size()));
        formula.nodes.push_back(part.nodes[0]);
    }
    formula.nodes.push_back(std::move(root));
    return formula;
}

std::vector<Voice> approvals(const std::vector<PrincipalIndex>& by) {
    std::vector<Voice> voices;
    for (const PrincipalIndex person : by) {
        voices.push_back({person, Verdict::approve, false, person});
    }
    return voices;
}

/// Principal 0 proposes; every principal has one key that is not `web`.
Policy policy_of(Formula approve, std::size_t principals) {
    Random random(1);
    const Key key = test_support::random_policy(random).principals[0].keys[0];
    Policy policy;
    policy.principals.resize(principals);
    for (Principal& principal : policy.principals) {
        principal.keys = {key};
        principal.keys[0].web_origin.reset();
    }
    Action action;
    action.propose = people(1, {0});
    action.approve = std::move(approve);
    policy.actions.push_back(std::move(action));
    policy.amend.approve = people(1, {0});
    policy.revoke.approve = people(1, {0});
    return policy;
}

Decision ask(const Policy& policy, const std::vector<Voice>& voices) {
    return decide_question(Rules(policy).impl(), {0, 0, {1000}, {2000}}, voices, {{1500}, {1500}},
                           nullptr);
}

Answer answer_of(Formula approve, const std::vector<PrincipalIndex>& by,
                 std::size_t principals = 8) {
    return ask(policy_of(std::move(approve), principals), approvals(by)).answer;
}

TEST(Attack, G4_one_approval_in_two_overlapping_parts) {
    const Formula rule = all_of({people(1, {1, 2, 3}), people(1, {3, 4, 5})});
    EXPECT_EQ(answer_of(rule, {3}), Answer::wait);
    EXPECT_EQ(answer_of(rule, {3, 4}), Answer::permit);
    EXPECT_EQ(answer_of(rule, {1, 3}), Answer::permit);
    EXPECT_EQ(answer_of(rule, {1, 2}), Answer::wait);
}

TEST(Attack, G4_three_overlapping_parts_need_three_people) {
    const Formula rule = all_of({people(1, {1, 2}), people(1, {2, 3}), people(1, {1, 3})});
    EXPECT_EQ(answer_of(rule, {1, 2}), Answer::wait) << "each two parts have their people, not all";
    EXPECT_EQ(answer_of(rule, {1, 2, 3}), Answer::permit);
}

TEST(Attack, G4_shared_is_the_only_way_to_fill_two_places) {
    Formula rule = all_of({people(1, {1, 2, 3}), people(1, {3, 4, 5})});
    rule.nodes.back().shared = true;
    EXPECT_EQ(answer_of(rule, {3}), Answer::permit);
}

TEST(Attack, G10_rules_that_the_language_refuses_never_open) {
    const std::vector<PrincipalIndex> everyone{0, 1, 2, 3, 4, 5, 6, 7};
    EXPECT_EQ(answer_of({}, everyone), Answer::deny) << "no formula";
    EXPECT_EQ(answer_of(people(0, {1, 2}), everyone), Answer::deny) << "threshold 0";
    EXPECT_EQ(answer_of(people(1, {}), everyone), Answer::deny) << "empty group";
    EXPECT_EQ(answer_of(people(3, {1, 2}), everyone), Answer::deny) << "more than there are";
    EXPECT_EQ(answer_of(people(2, {1, 1}), everyone), Answer::deny) << "named twice";
    EXPECT_EQ(answer_of(people(1, {900}), everyone), Answer::deny) << "nobody of the policy";
    EXPECT_EQ(answer_of(all_of({}), everyone), Answer::deny) << "no parts";
    Formula zero = all_of({people(1, {1}), people(1, {2})});
    zero.nodes.back().need = 0;
    EXPECT_EQ(answer_of(zero, everyone), Answer::deny) << "threshold 0 of parts";
    Formula twice = all_of({people(1, {1})});
    twice.nodes.back().children = {0, 0};
    EXPECT_EQ(answer_of(twice, everyone), Answer::deny) << "a part used twice";
    Formula cycle = all_of({people(1, {1})});
    cycle.nodes.back().children = {1};
    EXPECT_EQ(answer_of(cycle, everyone), Answer::deny) << "a part above its parent";
    Formula loose = all_of({people(1, {1}), people(1, {2})});
    loose.nodes.back().children = {0};
    loose.nodes.back().need = 1;
    EXPECT_EQ(answer_of(loose, everyone), Answer::deny) << "a part that nothing uses";
}

TEST(Attack, G10_more_overlapping_parts_than_the_language_allows_never_open) {
    const std::vector<PrincipalIndex> everyone{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    std::vector<Formula> parts(k_most_hall_parts, people(1, everyone));
    EXPECT_EQ(answer_of(all_of(parts), everyone, 11), Answer::permit);
    parts.push_back(people(1, everyone));
    EXPECT_EQ(answer_of(all_of(parts), everyone, 11), Answer::deny);
}

TEST(Attack, G10_overlaps_that_are_neither_flat_nor_shared_never_open) {
    const std::vector<PrincipalIndex> everyone{1, 2, 3, 4, 5, 6, 7};
    Formula two_of_three = all_of({people(1, {1, 2}), people(1, {2, 3}), people(1, {3, 4})});
    two_of_three.nodes.back().need = 2;
    EXPECT_EQ(answer_of(two_of_three, everyone), Answer::deny);
    Formula nested = all_of({people(1, {1}), people(1, {3})});
    nested.nodes.back().need = 1;
    nested.nodes.push_back(people(1, {1, 2}).nodes[0]);
    auto& root = nested.nodes.emplace_back();
    root.kind = Formula::Node::Kind::threshold;
    root.need = 2;
    root.children = {2, 3};
    EXPECT_EQ(answer_of(nested, everyone), Answer::deny);
}

TEST(Attack, G10_formulas_too_deep_to_evaluate_never_open) {
    const auto chain = [](std::size_t depth) {
        Formula formula = people(1, {1});
        for (std::size_t i = 0; i < depth; ++i) {
            auto& node = formula.nodes.emplace_back();
            node.kind = Formula::Node::Kind::threshold;
            node.children = {static_cast<std::uint32_t>(i)};
        }
        return formula;
    };
    EXPECT_EQ(answer_of(chain(k_deepest_evaluated), {1}), Answer::permit);
    EXPECT_EQ(answer_of(chain(k_deepest_evaluated + 1), {1}), Answer::deny);
    EXPECT_EQ(answer_of(chain(100'000), {1}), Answer::deny);
}

TEST(Attack, G4_proposer_counts_only_if_the_policy_says_so) {
    Policy policy = policy_of(people(2, {0, 1, 2}), 3);
    EXPECT_EQ(ask(policy, approvals({0, 1})).answer, Answer::wait);
    policy.actions[0].proposer_counts = true;
    EXPECT_EQ(ask(policy, approvals({0, 1})).answer, Answer::permit);
}

TEST(Attack, G1_a_proposer_who_may_not_propose) {
    Policy policy = policy_of(people(1, {1, 2}), 3);
    policy.actions[0].propose = people(1, {2});
    EXPECT_EQ(ask(policy, approvals({1})).reason, Reason::proposer_not_entitled);
    policy.actions[0].propose = people(2, {0, 2});
    EXPECT_EQ(ask(policy, approvals({1})).reason, Reason::proposer_not_entitled)
        << "nobody is two people";
}

TEST(Attack, G1_page_alone_does_not_permit) {
    Policy policy = policy_of(people(1, {1, 2, 3}), 4);
    policy.principals[1].keys[0].web_origin = "https://page.example";
    const std::vector<Voice> by_page{{1, Verdict::approve, true, 0}};
    EXPECT_EQ(ask(policy, by_page).reason, Reason::no_direct_voice);
    // A direct voice that fills no place does not help.
    policy.actions[0].approve = people(1, {1});
    EXPECT_EQ(ask(policy, {by_page[0], {2, Verdict::approve, false, 1}}).reason,
              Reason::unreachable);
    policy.actions[0].web_suffices = true;
    EXPECT_EQ(ask(policy, by_page).answer, Answer::permit);
}

TEST(Decide, hundreds_of_people_in_one_rule) {
    std::vector<PrincipalIndex> everyone;
    for (PrincipalIndex i = 1; i < 1024; ++i) {
        everyone.push_back(i);
    }
    const Formula rule = people(1000, everyone);
    std::vector<PrincipalIndex> some(everyone.begin(), everyone.begin() + 999);
    EXPECT_EQ(answer_of(rule, some, 1024), Answer::wait);
    some.push_back(everyone.back());
    EXPECT_EQ(answer_of(rule, some, 1024), Answer::permit);
    some.push_back(1);
    EXPECT_EQ(answer_of(people(1001, everyone), some, 1024), Answer::wait) << "1 is counted once";
}

TEST(Decide, rules_of_another_policy_deny) {
    const Rules rules(policy_of(people(1, {1}), 2));
    EXPECT_EQ(decide_question(rules.impl(), {7, 0, {0}, {9}}, {}, {{1}, {1}}, nullptr).reason,
              Reason::does_not_fit);
}

}  // namespace
}  // namespace cheget::policy
