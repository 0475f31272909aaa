// Policies that would weaken G4 or G10, and must be refused when they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/policy_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::HasSubstr;
using testing::key_text;
using testing::small_policy;
using testing::with;

void expect_refused(const std::string& text, std::string_view why) {
    ASSERT_NE(text, small_policy());
    ParseOutcome outcome = check_policy(text);
    EXPECT_FALSE(outcome.policy);
    EXPECT_THAT(to_text(outcome.diagnostics, "policy"), HasSubstr(std::string(why)));
    auto parsed = parse_policy(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::bad_input);
}

void expect_approve_refused(std::string_view formula, std::string_view why) {
    expect_refused(with(small_policy(), "approve  2 of dba", fmt::format("approve  {}", formula)),
                   why);
}

TEST(Policy, TheSmallPolicyIsSound) {
    auto policy = parse_policy(small_policy());
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->find_principal("carol"), PrincipalIndex{2});
    EXPECT_FALSE(policy->find_principal("mallory"));
    EXPECT_EQ(policy->find_group("dba")->members, (std::vector<PrincipalIndex>{0, 1, 2}));
    EXPECT_EQ(policy->find_group("nobody"), nullptr);
    EXPECT_EQ(policy->find_action("any")->name, "any");
    auto place = policy->find_key(testing::ed25519_blob(3));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->principal, 2);
    EXPECT_EQ(place->key, 0U);
    EXPECT_FALSE(policy->find_key(testing::ed25519_blob(99)));
    EXPECT_EQ(policy->id, base::sha256(small_policy()));
    EXPECT_EQ(policy->domain_id, policy->id);
    EXPECT_FALSE(policy->has_log);
}

TEST(Attack, G10_a_key_that_no_secret_has) {
    std::string damaged = small_policy();
    for (char letter = 'A'; letter <= 'Z'; ++letter) {  // half of all letters leave the curve
        std::string key = key_text(2);
        key[key.size() - 8] = letter;
        damaged = with(small_policy(), key_text(2), key);
        if (!check_new_policy(damaged).policy) {
            break;
        }
    }
    EXPECT_TRUE(check_new_policy(small_policy()).policy);
    EXPECT_TRUE(check_policy(damaged).policy);
    ParseOutcome outcome = check_new_policy(damaged);
    EXPECT_FALSE(outcome.policy);
    EXPECT_THAT(to_text(outcome.diagnostics, "policy"),
                HasSubstr("copy the key of `bob` again from its .pub file"));
}

TEST(Attack, G4_one_key_under_two_people) {
    expect_refused(with(small_policy(), key_text(2), key_text(1)),
                   "this key already belongs to `alice`");
}

TEST(Attack, G4_one_key_in_two_forms) {
    expect_refused(with(small_policy(), key_text(2), key_text(1, "sk-ssh-ed25519@openssh.com")),
                   "this key already belongs to `alice`");
}

TEST(Attack, G4_one_key_under_a_person_and_a_machine) {
    expect_refused(with(small_policy(), key_text(4), key_text(1)),
                   "this key already belongs to `alice`");
}

TEST(Attack, G4_one_person_under_two_names_in_one_set) {
    expect_approve_refused("2 of { alice, alice, bob }", "`alice` stands twice in one set");
    expect_approve_refused("2 of { alice, dba }", "`alice` adds nobody");
}

TEST(Attack, G4_one_person_in_two_places_without_shared) {
    expect_approve_refused("2 of { 1 of { alice, bob }, 1 of { bob, carol }, 1 of dba }",
                           "can't tell whose place a person fills");
    expect_approve_refused("all of { 1 of dba, any of { alice, 2 of { bob, carol } } }",
                           "is not a plain number of people");
    expect_approve_refused(
        "all of { 1 of dba, 1 of dba, 1 of dba, 1 of dba, 1 of dba, 1 of dba, "
        "1 of dba, 1 of dba, 1 of dba }",
        "9 parts of one `all of` overlap");
}

TEST(Attack, G4_fewer_people_than_places) {
    expect_approve_refused("all of { 2 of dba, 2 of dba }", "could never satisfy this");
}

TEST(Attack, G4_machine_counted_as_a_person) {
    expect_approve_refused("2 of { alice, bob, db1 }", "only people approve");
}

TEST(Attack, G10_threshold_of_zero) {
    expect_approve_refused("0 of dba", "a threshold of 0");
    expect_approve_refused("any of { 2 of dba, 0 of dba }", "a threshold of 0");
}

TEST(Attack, G10_threshold_above_the_set) {
    expect_approve_refused("4 of dba", "4 are needed of 3 principals");
    expect_approve_refused("9007199254740991 of dba", "is no threshold");
}

TEST(Attack, G10_threshold_that_the_proposer_leaves_out_of_reach) {
    expect_approve_refused("3 of dba", "the proposer fills no place");
}

TEST(Attack, G10_empty_braces_and_groups) {
    expect_approve_refused("all of { }", "empty braces");
    expect_refused(with(small_policy(), "{ alice, bob, carol }", "{ }"), "is empty");
}

TEST(Attack, G10_two_rules_for_one_target) {
    expect_refused(with(small_policy(), "any on any/{what}", "any on prod/inv{what}"),
                   "`drop` and `any` both rule the target");
}

TEST(Attack, G10_more_principals_than_the_bound) {
    std::string text = "cheget policy v1\ndomain: acme\nversion: 1\nlog: none\n";
    for (std::size_t i = 0; i < 2 * k_most_principals; ++i) {
        text += fmt::format("person p{} {{x y}}\n", i);  // no key: a key makes the text too long
    }
    text += fmt::format("group last = {{ p{} }}\n", 2 * k_most_principals - 1);
    expect_refused(text, "has a key that can't be used");
}

TEST(Attack, G10_clauses_that_the_version_cannot_keep) {
    expect_refused(with(small_policy(), "  expire   8h\n", "  expire   8h\n  waves    whole\n"),
                   "`waves` belongs to a later version");
    expect_refused(
        with(small_policy(), "amend  {", "assert largest coalition for drop >= 2\namend  {"),
        "expected `smallest`, `no` or `every`");
    expect_refused(with(small_policy(), "log: none", "log: prod.acme.example+8a2f"), "is no log");
}

TEST(Attack, G10_promises_that_nothing_keeps_without_a_log) {
    auto refuse_clause = [](std::string_view clause) {
        expect_refused(
            with(small_policy(), "  expire   8h\n", fmt::format("  expire   8h\n  {}\n", clause)),
            "needs a log");
    };
    refuse_clause("wait     30m");
    refuse_clause("wait     30m seen by 1 of dba");
    refuse_clause("consent  1 of dba within 1h");
    refuse_clause("deputy   alice for bob after 1h");
    refuse_clause("offline up to 1h");
    expect_refused(
        with(small_policy(), "amend  { approve 2 of dba }", "amend { approve 2 of dba wait 1d }"),
        "needs a log");
    expect_refused(
        small_policy() + "emergency drop { approve 1 of dba expire 1h at most 1 per 1d }\n",
        "needs a log");
}

TEST(Attack, G10_policy_without_a_way_to_change) {
    expect_refused(with(small_policy(), "amend  { approve 2 of dba }\n", ""), "lacks `amend`");
    expect_refused(with(small_policy(), "revoke { approve 1 of dba }\n", ""), "lacks `revoke`");
}

TEST(Attack, G8_policy_in_another_layout_than_the_one_shown) {
    std::string text = with(small_policy(), "approve  2 of dba", "approve 2 of dba");
    EXPECT_TRUE(check_policy(text).policy);
    auto parsed = parse_policy(text);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message,
                HasSubstr("line 20 is `  approve 2 of dba` and should be `  approve  2 of dba`"));
    EXPECT_FALSE(parse_policy(small_policy() + "\n"));
    EXPECT_FALSE(parse_policy(with(small_policy(), "version: 1\n", "version: 1 \n")));
}

}  // namespace
}  // namespace cheget::policy
