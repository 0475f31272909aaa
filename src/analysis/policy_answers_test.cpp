// Answers about policies as people write them, and what an attacker could make of their rules.
#include "analysis/policy_answers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy_test_support.h"

namespace cheget::analysis {
namespace {

using policy::testing::key_text;

/// A policy of one action with these clauses.
policy::Policy policy_of(std::string_view clauses, std::string_view facts = "",
                         std::string_view further = "") {
    const std::string text = fmt::format(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n"
        "person alice {{ {} }}\nperson bob {{ {} }}\nperson carol {{ {} }}\n"
        "person dave {{ {} }}\nmachine db1 {{ {} }}\n"
        "group team = {{ alice, bob, carol }}\n{}\n"
        "action drop on prod/{{name}} {{\n run [\"/usr/bin/dropdb\", \"{{name}}\"]\n{}\n"
        " expire 8h\n execute 1 of {{ db1 }}\n}}\n{}"
        "amend {{ approve 2 of team }}\nrevoke {{ approve 1 of team }}\n",
        key_text(1), key_text(2), key_text(3), key_text(4), key_text(5), facts, clauses, further);
    auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "test");
    policy::Policy policy = outcome.policy.value_or(policy::Policy{});
    if (policy.principals.size() > 3) {
        policy.principals[3].keys[0].web_origin = "https://page.example";
    }
    return policy;
}

/// The smallest acting sets, as `alice bob, bob carol`.
std::string names(const policy::Policy& policy, const std::vector<SideAnswers::Set>& sets) {
    std::vector<std::string> lines;
    for (const auto& set : sets) {
        std::string line;
        for (const std::uint32_t one : set) {
            line += (line.empty() ? "" : " ") + policy.principals[one].name;
        }
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, ", "));
}

RuleAnswers ask(const policy::Policy& policy, const Surroundings& surroundings = {},
                RuleName rule = {}) {
    if (policy.actions.empty()) {
        return {};
    }
    const auto answers = answers_of(policy, rule, surroundings, 100, {});
    EXPECT_TRUE(answers) << answers.error().message;
    return answers.value_or(RuleAnswers{});
}

std::string acting(const policy::Policy& policy, const Surroundings& surroundings = {},
                   RuleName rule = {}) {
    return names(policy, ask(policy, surroundings, rule).acting.sets);
}

TEST(PolicyAnswers, the_proposer_is_one_of_the_coalition) {
    EXPECT_EQ(acting(policy_of(" propose 1 of team\n approve 2 of team")), "alice bob carol");
    EXPECT_EQ(acting(policy_of(" propose 1 of team\n approve 2 of team\n proposer counts")),
              "alice bob, alice carol, bob carol");
}

TEST(PolicyAnswers, one_person_can_not_fill_two_places) {
    const auto policy = policy_of(
        " propose 1 of { dave }\n approve all of { 1 of { alice, bob }, 1 of { bob, carol } }");
    EXPECT_EQ(acting(policy), "alice bob dave, alice carol dave, bob carol dave");
    const RuleAnswers answers = ask(policy);
    EXPECT_EQ(answers.indispensable, std::vector<std::uint32_t>{3});
    EXPECT_EQ(answers.blocking.count, Count(4));
}

TEST(PolicyAnswers, an_approver_can_not_consent_too) {
    EXPECT_EQ(acting(policy_of(" propose 1 of { dave }\n approve 1 of { alice, bob }\n"
                               " consent 1 of { alice, bob }")),
              "alice bob dave");
}

TEST(PolicyAnswers, who_may_veto_must_be_won) {
    const auto policy =
        policy_of(" propose 1 of { dave }\n approve 1 of { alice }\n veto 2 of team");
    Surroundings vetoed;
    vetoed.others = Others::veto;
    EXPECT_EQ(acting(policy), "alice dave");
    EXPECT_EQ(acting(policy, vetoed), "alice bob dave, alice carol dave");
    EXPECT_EQ(names(policy, ask(policy, vetoed).blocking.sets), "alice, dave");
    EXPECT_EQ(ask(policy, vetoed).blocking.count, Count(3));
}

TEST(PolicyAnswers, a_page_alone_is_not_enough) {
    const auto policy = policy_of(" propose 1 of { carol }\n approve 1 of { alice, dave }");
    EXPECT_EQ(acting(policy), "alice carol");
    policy::Policy loose = policy;
    loose.actions[0].web_suffices = true;
    EXPECT_EQ(acting(loose), "alice carol, carol dave");
}

TEST(PolicyAnswers, a_machine_that_lies_is_of_the_coalition) {
    const auto policy =
        policy_of(" propose 1 of { alice }\n approve 1 of { bob }\n when ok is true",
                  "fact ok: bool from 1 of { db1 } fresh 1h");
    EXPECT_EQ(acting(policy), "alice bob");
    Surroundings lying;
    lying.colluding_facts = true;
    EXPECT_EQ(acting(policy, lying), "alice bob db1");
    Surroundings fixed;
    fixed.fixed[0] = 0;
    EXPECT_EQ(acting(policy, fixed), "");
    EXPECT_FALSE(ask(policy, fixed).acting.smallest);
}

TEST(PolicyAnswers, weights_and_sequences_count_people_once) {
    EXPECT_EQ(acting(policy_of(" propose 1 of { dave }\n"
                               " approve weight >= 4 of { alice: 3, bob: 2, carol: 2 }")),
              "alice bob dave, alice carol dave, bob carol dave");
    EXPECT_EQ(acting(policy_of(" propose 1 of { dave }\n"
                               " approve in sequence { 1 of { alice, bob }, 1 of { alice } }")),
              "alice bob dave");
}

TEST(PolicyAnswers, before_it_is_valid_nobody_can) {
    const auto policy = policy_of(
        " propose 1 of { dave }\n approve 1 of { alice }\n"
        " valid from 2026-07-01 until 2027-07-01");
    Surroundings early;
    early.instant = base::parse_time("2026-06-30T23:59:59Z").value();
    EXPECT_EQ(acting(policy), "alice dave");
    EXPECT_EQ(acting(policy, early), "");
    early.instant = base::parse_time("2026-07-01T00:00:00Z").value();
    EXPECT_EQ(acting(policy, early), "alice dave");
}

TEST(PolicyAnswers, changes_have_their_own_rules) {
    const auto policy = policy_of(" propose 1 of team\n approve 1 of team", "",
                                  "amend lowering { approve all of team }\n");
    EXPECT_EQ(acting(policy, {}, {RuleName::Kind::amend, 0}), "alice bob, alice carol, bob carol");
    EXPECT_EQ(acting(policy, {}, {RuleName::Kind::amend_lowering, 0}), "alice bob carol");
    EXPECT_EQ(ask(policy, {}, {RuleName::Kind::revoke, 0}).alone.size(), 3U);
}

TEST(PolicyAnswers, advice_names_what_is_weak) {
    policy::Policy policy = policy_of(
        " propose 1 of { dave }\n approve 1 of { alice }\n when ok is true\n"
        " veto 1 of { bob }",
        "fact ok: bool from 1 of { db1 } fresh 1h");
    policy.actions[0].web_suffices = true;
    std::string told;
    for (const Advice& one : advice_on(policy, ask(policy))) {
        told += one.warning + "\n";
        EXPECT_FALSE(one.change.empty());
    }
    for (const char* words :
         {"nobody acts without alice and dave", "condition on ok", "web pages", "outwaited"}) {
        EXPECT_NE(told.find(words), std::string::npos) << words << " in\n" << told;
    }
    Surroundings vetoed;
    vetoed.others = Others::veto;
    for (const Advice& one : advice_on(policy, ask(policy, vetoed))) {
        EXPECT_EQ(one.warning.find("a single person can block"), std::string::npos);
    }
    ASSERT_EQ(advice_on(policy).size(), 1U);
    EXPECT_NE(advice_on(policy)[0].warning.find("no log"), std::string::npos);
}

}  // namespace
}  // namespace cheget::analysis
