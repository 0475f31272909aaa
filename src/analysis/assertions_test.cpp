// Assertions against every coalition, one by one; and what an amendment can't do to them.
// CHEGET_ASSERTION_POLICIES, or 200.
#include "analysis/assertions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "analysis/policy_formula.h"
#include "policy/policy_test_support.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using policy::Assertion;
using policy::testing::key_text;
using test_support::Random;
using Claim = Assertion::Claim;
using Subject = Assertion::Subject;
using Kind = RuleName::Kind;
using People = std::uint32_t;

/// Two rules, an emergency, and the assertions given.
std::string text_with(std::string_view assertions, std::string_view clauses = "approve 2 of dba",
                      std::string_view emergency = "approve 1 of ops") {
    return fmt::format(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\n"
        "log: prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT\n\n"
        "person alice {{ {} }}\nperson bob {{ {} }}\nperson carol {{ {} }}\nperson dave {{ {} }}\n"
        "person erin {{ {} }}\nmachine db1 {{ {} }}\n"
        "group dba = {{ alice, bob, carol }}\ngroup ops = {{ dave, erin }}\n"
        "action drop on prod/{{name}} {{\n run [\"/usr/bin/dropdb\", \"{{name}}\"]\n"
        " propose 1 of dba\n {}\n expire 8h\n execute 1 of {{ db1 }}\n}}\n"
        "emergency drop {{ {} expire 1h at most 1 per 30d }}\n"
        "amend {{ approve 2 of dba }}\namend lowering {{ approve all of dba }}\n"
        "revoke {{ approve 1 of ops }}\n{}",
        key_text(1), key_text(2), key_text(3), key_text(4), key_text(5), key_text(6), clauses,
        emergency, assertions);
}

policy::Policy parsed(const std::string& text) {
    auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "test");
    return outcome.policy.value_or(policy::Policy{});
}

/// What is said of the one assertion; empty if it holds.
std::string complaint(std::string_view assertion, std::string_view clauses = "approve 2 of dba",
                      std::string_view emergency = "approve 1 of ops") {
    const auto broken =
        hold_assertions(parsed(text_with(fmt::format("{}\n", assertion), clauses, emergency)));
    EXPECT_LE(broken.size(), 1U);
    return broken.empty() ? "" : broken[0].why;
}

TEST(Assertions, name_who_breaks_them) {
    EXPECT_EQ(complaint("assert smallest coalition for drop >= 2"), "");
    EXPECT_EQ(complaint("assert smallest coalition for drop >= 3"),
              "alice and dave suffice for emergency drop: that is 2, and 3 are promised");
    EXPECT_EQ(complaint("assert smallest coalition for drop >= 3", "approve 2 of dba",
                        "approve 2 of ops"),
              "");
    EXPECT_EQ(complaint("assert no coalition for emergency drop inside dba"), "");
    EXPECT_EQ(complaint("assert no coalition for drop inside dba"),
              "alice, bob and carol of that set suffice for action drop");
    EXPECT_EQ(complaint("assert no coalition for drop inside { alice, dave }"),
              "alice and dave of that set suffice for emergency drop");
    EXPECT_EQ(complaint("assert every coalition for drop has 1 of dba"), "");
    EXPECT_EQ(complaint("assert every coalition for drop has 2 of dba"),
              "alice and dave suffice for emergency drop, with fewer of that set than promised");
    EXPECT_EQ(complaint("assert every coalition for amend has 2 of dba"), "");
    EXPECT_EQ(complaint("assert every coalition for revoke has 1 of { dave }"),
              "erin suffices for revoke, with fewer of that set than promised");
    EXPECT_EQ(complaint("assert smallest coalition for amend lowering >= 3"), "");
    EXPECT_EQ(complaint("assert smallest coalition for amend >= 3"),
              "alice and bob suffice for amend: that is 2, and 3 are promised");
}

TEST(Assertions, blocking_relies_on_the_ordinary_rule_and_on_nobody_s_good_will) {
    EXPECT_EQ(complaint("assert smallest blocking set for amend >= 2"), "");
    EXPECT_EQ(complaint("assert smallest blocking set for drop >= 2", "approve 1 of dba"), "");
    // A veto blocks, and the emergency that would get round it is not relied upon.
    EXPECT_EQ(
        complaint("assert smallest blocking set for drop >= 2", "approve 1 of dba veto 1 of ops"),
        "without dave nobody can do it (action drop): that is 1, and 2 are promised");
    policy::Policy policy = parsed(
        text_with("assert smallest blocking set for drop >= 2\n", "approve 2 of ops wait 1m"));
    policy.has_log = false;
    const auto broken = hold_assertions(policy);
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].why, "nobody has to block action drop: not even all together can do it");
}

TEST(Assertions, a_page_is_a_party) {
    policy::Policy policy =
        parsed(text_with("assert smallest coalition for drop >= 3\n"
                         "assert every coalition for drop has 1 of { bob }\n"
                         "assert smallest blocking set for drop >= 2\n",
                         "approve all of { 1 of { bob }, 1 of { carol } } wait 1m",
                         "approve all of { 1 of { bob }, 2 of ops }"));
    policy.principals[0].keys[0].web_origin = "https://page.example";
    EXPECT_EQ(hold_assertions(policy).size(), 1U);  // bob alone blocks
    policy.principals[1].keys.push_back(policy.principals[2].keys[0]);
    policy.principals[1].keys[1].web_origin = "https://page.example";
    const auto broken = hold_assertions(policy);
    ASSERT_EQ(broken.size(), 3U);
    const std::vector<std::string> both{"carol", "https://page.example"};
    EXPECT_EQ(broken[0].parties, both);
    EXPECT_EQ(broken[1].parties, both);
    EXPECT_EQ(broken[1].why,
              "carol and the page https://page.example suffice for action drop, with fewer of that "
              "set than promised");
}

TEST(Assertions, a_page_that_serves_nobody_blocks) {
    policy::Policy policy =
        parsed(text_with("assert smallest blocking set for drop >= 2\n", "approve 1 of ops"));
    EXPECT_TRUE(hold_assertions(policy).empty());
    for (const std::size_t one : {3U, 4U}) {
        policy.principals[one].keys[0].web_origin = "https://page.example";
    }
    policy.actions[0].web_suffices = true;
    const auto broken = hold_assertions(policy);
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].parties, std::vector<std::string>{"https://page.example"});
}

TEST(Assertions, what_the_budget_does_not_settle_does_not_hold) {
    const policy::Policy policy = parsed(text_with("assert smallest coalition for drop >= 2\n"));
    Budget none = assertion_budget();
    none.steps = 0;
    const auto broken = hold_assertions(policy, none);
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_FALSE(broken[0].settled);
    EXPECT_TRUE(broken[0].parties.empty());
    EXPECT_NE(broken[0].why.find("not settled"), std::string::npos);
}

std::size_t count_unsettled(const std::vector<Broken>& broken) {
    return static_cast<std::size_t>(
        std::ranges::count_if(broken, [](const Broken& one) { return !one.settled; }));
}

TEST(Assertions, G10_formulas_and_decisions_cost_steps_too) {
    const policy::Policy policy =
        parsed(text_with("assert no coalition for drop inside { dave, erin, bob }\n"
                         "assert no coalition for drop inside { carol, erin }\n",
                         "approve 2 of dba", "approve all of { 2 of dba, 1 of ops }"));
    Budget budget = assertion_budget();
    budget.steps = 0;
    const auto broken = hold_assertions(policy, budget);
    ASSERT_EQ(broken.size(), 2U);
    EXPECT_NE(broken[0].why.find("too large"), std::string::npos) << broken[0].why;
    // Both need the same, so that some budget suffices for one of them.
    bool has_one = false;
    std::size_t unsettled = 2;
    for (budget.steps = 0; unsettled > 0 && budget.steps < 100'000; budget.steps += 10) {
        unsettled = count_unsettled(hold_assertions(policy, budget));
        has_one = has_one || unsettled == 1;
    }
    EXPECT_TRUE(has_one);
    EXPECT_EQ(unsettled, 0U);
}

TEST(Assertions, complaints_have_place_and_line) {
    const std::string text = text_with("assert no coalition for drop inside dba\n");
    const auto outcome = held(policy::check_policy(text), text);
    EXPECT_FALSE(outcome.policy);
    ASSERT_EQ(outcome.diagnostics.size(), 1U);
    EXPECT_EQ(outcome.diagnostics[0].source, "assert no coalition for drop inside dba");
    EXPECT_FALSE(outcome.diagnostics[0].advice.empty());
    const auto refused = require_assertions(parsed(text), text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::bad_input);
    EXPECT_NE(refused.error().message.find("alice, bob and carol of that set"), std::string::npos);
}

// What is dropped.

std::size_t dropped(std::string_view before, std::string_view after) {
    return assertions_dropped(parsed(text_with(before)), parsed(text_with(after))).size();
}

TEST(AssertionsDropped, a_stronger_one_keeps_the_promise) {
    const std::string_view least = "assert smallest coalition for drop >= 2\n";
    EXPECT_EQ(dropped(least, least), 0U);
    EXPECT_EQ(dropped(least, "assert smallest coalition for drop >= 3\n"), 0U);
    EXPECT_EQ(dropped("", least), 0U);
    const std::string_view inside = "assert no coalition for drop inside { alice, bob }\n";
    EXPECT_EQ(dropped(inside, "assert no coalition for drop inside dba\n"), 0U);
    const std::string_view has = "assert every coalition for drop has 1 of dba\n";
    EXPECT_EQ(dropped(has, "assert every coalition for drop has 2 of dba\n"), 0U);
    EXPECT_EQ(dropped(has, "assert every coalition for drop has 1 of { alice }\n"), 0U);
    EXPECT_EQ(dropped(has, "assert every coalition for drop has 2 of { alice, dave }\n"), 0U);
    EXPECT_EQ(dropped("assert smallest coalition for emergency drop >= 2\n", least), 0U);
    EXPECT_EQ(dropped("assert smallest coalition for amend lowering >= 2\n",
                      "assert smallest coalition for amend >= 2\n"),
              0U);
}

TEST(Attack, G7_an_assertion_weakened_is_dropped) {
    const std::string_view least = "assert smallest coalition for drop >= 3\n";
    EXPECT_EQ(dropped(least, ""), 1U);
    EXPECT_EQ(dropped(least, "assert smallest coalition for drop >= 2\n"), 1U);
    EXPECT_EQ(dropped(least, "assert smallest coalition for emergency drop >= 3\n"), 1U);
    EXPECT_EQ(dropped(least, "assert smallest blocking set for drop >= 3\n"), 1U);
    EXPECT_EQ(dropped(least, "assert smallest coalition for amend >= 3\n"), 1U);
    const std::string_view inside = "assert no coalition for drop inside dba\n";
    EXPECT_EQ(dropped(inside, "assert no coalition for drop inside { alice, bob }\n"), 1U);
    const std::string_view has = "assert every coalition for drop has 2 of dba\n";
    EXPECT_EQ(dropped(has, "assert every coalition for drop has 1 of dba\n"), 1U);
    EXPECT_EQ(dropped(has, "assert every coalition for drop has 2 of { alice, dave }\n"), 1U);
    // What keeps others from an emergency says nothing of the ordinary rule's blocking.
    EXPECT_EQ(dropped("assert smallest blocking set for emergency drop >= 2\n",
                      "assert smallest blocking set for drop >= 2\n"),
              1U);
    EXPECT_EQ(dropped("assert smallest coalition for amend >= 2\n",
                      "assert smallest coalition for amend lowering >= 2\n"),
              1U);
}

TEST(Attack, G7_a_group_made_smaller_weakens_what_is_said_of_it) {
    const std::string assertion = "assert no coalition for drop inside dba\n";
    const policy::Policy before = parsed(text_with(assertion, "approve 1 of dba"));
    std::string smaller = text_with(assertion, "approve 1 of dba");
    const std::string_view members = "{ alice, bob, carol }";
    smaller.replace(smaller.find(members), members.size(), "{ alice, bob }");
    EXPECT_EQ(assertions_dropped(before, parsed(smaller)).size(), 1U);
}

TEST(AssertionsDropped, nothing_is_promised_of_what_is_gone) {
    const policy::Policy before =
        parsed(text_with("assert no coalition for drop inside dba\n"
                         "assert smallest coalition for drop >= 2\n"));
    policy::Policy after = before;
    after.assertions.clear();
    after.actions[0].name = "other";
    EXPECT_TRUE(assertions_dropped(before, after).empty());
}

// Every coalition.

/// The sets of parties, people first and then the one page that random policies have, that act.
class Parties {
  public:
    Parties(const policy::Policy& policy, RuleName rule, bool blocking)
        : people_(policy.principals.size()) {
        for (const policy::Principal& principal : policy.principals) {
            for (const policy::Key& key : principal.keys) {
                if (key.web_origin) {
                    page_ = *key.web_origin;
                }
            }
        }
        for (const bool with_page : {false, true}) {
            Surroundings surroundings;
            if (blocking) {
                surroundings.others = Others::veto;
                surroundings.colluding_facts = true;
            }
            if (with_page && !page_.empty()) {
                (blocking ? surroundings.dark : surroundings.speaking).push_back(page_);
            }
            formulas_.push_back(PolicyFormula::of(policy, rule, surroundings).value());
        }
    }

    std::size_t count() const { return people_ + (page_.empty() ? 0U : 1U); }
    bool acts(People set) const { return formulas_[page_of(set)].permits(members_of(set)); }
    bool blocks(People set) const {
        return !formulas_[page_of(set)].permits(members_of(~set & ((1U << people_) - 1)));
    }

  private:
    std::size_t page_of(People set) const { return set >> people_ & 1U; }
    std::vector<std::uint32_t> members_of(People set) const {
        std::vector<std::uint32_t> members;
        for (std::uint32_t i = 0; i < people_; ++i) {
            if ((set >> i & 1U) != 0) {
                members.push_back(i);
            }
        }
        return members;
    }

    std::size_t people_;
    std::string page_;
    std::vector<PolicyFormula> formulas_;
};

Assertion random_assertion(Random& random, const policy::Policy& policy) {
    Assertion assertion;
    assertion.claim = static_cast<Claim>(random.below(4));
    assertion.subject = static_cast<Subject>(random.below(5));
    if (assertion.subject == Subject::emergency && policy.emergencies.empty()) {
        assertion.subject = Subject::action;
    }
    if (assertion.subject == Subject::amend_lowering && !policy.amend_lowering) {
        assertion.subject = Subject::amend;
    }
    assertion.need = 2 + random.below(3);
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        if (random.once_in(2)) {
            assertion.people.push_back(static_cast<policy::PrincipalIndex>(i));
        }
    }
    if (assertion.claim == Claim::every_has) {
        assertion.need = 1 + random.below(2);
    }
    return assertion;
}

bool breaks(const Assertion& assertion, const Parties& parties, People set) {
    People named = 0;
    for (const policy::PrincipalIndex one : assertion.people) {
        named |= 1U << one;
    }
    const auto size = static_cast<std::uint32_t>(std::popcount(set));
    switch (assertion.claim) {
        case Claim::smallest_coalition:
            return size < assertion.need && parties.acts(set);
        case Claim::smallest_blocking:
            return size < assertion.need && parties.blocks(set);
        case Claim::none_inside:
            return (set & ~named) == 0 && parties.acts(set);
        case Claim::every_has:
            return static_cast<std::uint32_t>(std::popcount(set & named)) < assertion.need &&
                   parties.acts(set);
    }
    return false;
}

bool holds_by_trying(const policy::Policy& policy, const Assertion& assertion) {
    const bool blocking = assertion.claim == Claim::smallest_blocking;
    std::vector<RuleName> rules;
    switch (assertion.subject) {
        case Subject::action:
            rules.push_back({Kind::action, 0});
            if (!policy.emergencies.empty() && !blocking) {
                rules.push_back({Kind::emergency, 0});
            }
            break;
        case Subject::emergency:
            rules.push_back({Kind::emergency, 0});
            break;
        case Subject::amend:
            rules.push_back({Kind::amend, 0});
            if (policy.amend_lowering && !blocking) {
                rules.push_back({Kind::amend_lowering, 0});
            }
            break;
        case Subject::amend_lowering:
            rules.push_back({Kind::amend_lowering, 0});
            break;
        case Subject::revoke:
            rules.push_back({Kind::revoke, 0});
            break;
    }
    return std::all_of(rules.begin(), rules.end(), [&](RuleName rule) {
        const Parties parties(policy, rule, blocking);
        for (People set = 0; set < 1U << parties.count(); ++set) {
            if (breaks(assertion, parties, set)) {
                return false;
            }
        }
        return true;
    });
}

TEST(Assertions, hold_if_no_coalition_breaks_them) {
    const char* asked = std::getenv("CHEGET_ASSERTION_POLICIES");
    const std::uint64_t policies = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 200;
    std::size_t held_count = 0;
    std::size_t count = 0;
    for (std::uint64_t seed = 1; seed <= policies; ++seed) {
        Random random(seed);
        policy::Policy policy = test_support::random_whole_policy(random);
        for (int i = 0; i < 6; ++i) {
            policy.assertions.push_back(random_assertion(random, policy));
        }
        const auto broken = hold_assertions(policy);
        for (std::size_t i = 0; i < policy.assertions.size(); ++i) {
            const bool holds = std::none_of(broken.begin(), broken.end(),
                                            [&](const Broken& one) { return one.assertion == i; });
            ASSERT_EQ(holds, holds_by_trying(policy, policy.assertions[i]))
                << "seed " << seed << " assertion " << i << " claim "
                << static_cast<int>(policy.assertions[i].claim);
            held_count += holds ? 1U : 0U;
            ++count;
        }
        for (const Broken& one : broken) {
            EXPECT_TRUE(one.settled) << one.why;
        }
    }
    EXPECT_GT(held_count * 5, count);
    EXPECT_LT(held_count * 5, count * 4);
}

}  // namespace
}  // namespace cheget::analysis
