// The whole language: what a policy says is what is read, and what would weaken it is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/whole_language_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::HasSubstr;
using testing::note_key_text;
using testing::whole_policy;
using testing::with;

Policy read(const std::string& text) {
    ParseOutcome outcome = check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "policy");
    return outcome.policy.value_or(Policy{});
}

void expect_refused(std::string_view old, std::string_view replacement, std::string_view why) {
    std::string text = with(whole_policy(), old, replacement);
    ASSERT_NE(text, whole_policy()) << old;
    ParseOutcome outcome = check_policy(text);
    EXPECT_FALSE(outcome.policy) << replacement;
    EXPECT_THAT(to_text(outcome.diagnostics, "policy"), HasSubstr(std::string(why)));
}

constexpr std::string_view k_approve =
    "all of { 2 of dba, any of { alert >= high, backup-ok(target) is true } }";

TEST(WholeLanguage, IsReadAsItStands) {
    Policy policy = read(whole_policy());
    ASSERT_TRUE(policy.log);
    EXPECT_TRUE(policy.has_log);
    EXPECT_EQ(policy.log->name, "prod.acme.example");
    EXPECT_EQ(policy.witnesses.size(), 3U);
    EXPECT_EQ(policy.witnesses_needed, 2U);
    ASSERT_EQ(policy.facts.size(), 3U);
    const Fact& alert = *policy.find_fact("alert");
    EXPECT_EQ(alert.words, (std::vector<std::string>{"none", "raised", "high"}));
    EXPECT_EQ(alert.value_of("high"), 2U);
    EXPECT_FALSE(alert.value_of("true"));
    EXPECT_EQ(alert.fresh.seconds, 900);
    const Fact& load = *policy.find_fact("load");
    EXPECT_EQ(load.need, 2U);
    EXPECT_EQ(load.value_of("100"), 100U);
    EXPECT_FALSE(load.value_of("101"));
    EXPECT_FALSE(load.value_of("007"));
    const Fact& backup = *policy.find_fact("backup-ok");
    EXPECT_EQ(backup.about, Fact::About::target);
    EXPECT_EQ(backup.value_of("true"), 1U);
    EXPECT_EQ(backup.value_of("false"), 0U);
    EXPECT_FALSE(backup.value_of("yes"));

    const Action& action = policy.actions.at(0);
    ASSERT_EQ(action.parameters.size(), 2U);
    EXPECT_EQ(action.parameters[0].from, Parameter::From::target);
    EXPECT_EQ(action.parameters[1].name, "rows");
    EXPECT_EQ(action.parameters[1].from, Parameter::From::deed);
    const Formula::Node& root = action.approve.root();
    ASSERT_EQ(root.children.size(), 3U);  // `when` is one more part
    const Formula::Node& condition = action.approve.nodes[root.children[2]];
    EXPECT_EQ(condition.kind, Formula::Node::Kind::fact);
    EXPECT_EQ(policy.facts[condition.fact].name, "load");
    EXPECT_EQ(condition.compare, Compare::at_most);
    EXPECT_EQ(condition.number, 80U);
    EXPECT_EQ(
        root.source,
        "all of { 2 of dba, any of { alert >= high, backup-ok(target) is true }, load <= 80 }");
    ASSERT_TRUE(action.consent);
    EXPECT_EQ(action.consent->within, base::Span{6 * 3600});
    EXPECT_EQ(action.wait, base::Span{1800});
    EXPECT_EQ(action.valid_from, base::parse_time("2026-07-01T00:00:00Z").value());
    EXPECT_EQ(action.offline, base::Span{3600});
    ASSERT_EQ(action.deputies.size(), 1U);
    EXPECT_EQ(policy.principals[action.deputies[0].deputy].name, "dave");
    EXPECT_EQ(policy.principals[action.deputies[0].stands_for].name, "carol");

    const Emergency& emergency = *policy.find_emergency("drop");
    EXPECT_EQ(emergency.action, 0U);
    EXPECT_EQ(emergency.most, 1U);
    EXPECT_EQ(emergency.per, base::Span{30 * 86400});
    EXPECT_EQ(emergency.rule.expire, base::Span{900});
    EXPECT_FALSE(emergency.rule.wait);
    EXPECT_TRUE(emergency.rule.consent);
    EXPECT_TRUE(emergency.rule.veto);
    EXPECT_EQ(emergency.rule.run.argv.size(), 3U);
    EXPECT_EQ(policy.amend.wait, base::Span{86400});
    ASSERT_TRUE(policy.amend_lowering);
    EXPECT_EQ(policy.amend_lowering->wait, base::Span{7 * 86400});
}

TEST(WholeLanguage, SignedTextIsItsLayout) {
    std::string canonical = format_policy(whole_policy()).value();
    EXPECT_TRUE(parse_policy(canonical));
    EXPECT_EQ(format_policy(canonical).value(), canonical);
    EXPECT_THAT(explain(read(whole_policy())),
                HasSubstr("An order of drop that says it is an emergency"));
}

TEST(Attack, G10_fact_without_sources) {
    expect_refused("from 1 of { db2 }", "from 1 of { }", "empty braces");
    expect_refused("from 1 of { db2 }", "from 0 of { db2 }", "a threshold of 0");
    expect_refused("from 1 of { db2 }", "from 2 of { db2 }", "2 are needed of 1 principal");
    expect_refused("fresh 24h", "fresh 0h", "stale at once");
}

TEST(Attack, G10_conditions_that_always_hold_or_reward_silence) {
    expect_refused("alert >= high", "alert >= none", "holds whatever the sources say");
    expect_refused("load <= 80", "load <= 100", "holds whatever the sources say");
    expect_refused("is true", "is false", "keeping silent would help");
    expect_refused("is true", "is not true", "there is no `not`");
    expect_refused("alert >= high", "load >= 5", "compared upwards in one place");
    expect_refused("alert >= high", "backup-ok(file) is true", "is about the target");
}

TEST(Attack, G1_conditions_instead_of_people) {
    expect_refused(k_approve, "any of { 2 of dba, alert >= high, backup-ok(target) is true }",
                   "nobody would have to approve");
    expect_refused("approve 1 of dba", "approve alert >= high", "nobody would have to approve");
}

TEST(Attack, G4_consent_of_those_who_approve) {
    expect_refused(k_approve,
                   "all of { any of { 2 of dba, all of security }, alert >= high, "
                   "backup-ok(target) is true }",
                   "people of `consent` are also in");
    expect_refused(k_approve,
                   "all of { 2 of dba, 2 of security, alert >= high, backup-ok(target) is true }",
                   "can never satisfy this and `consent` together");
    expect_refused("consent 1 of { erin }", "consent shared 1 of { erin }", "changes nothing");
    Policy policy =
        read(with(whole_policy(), k_approve,
                  "all of { 2 of dba, 1 of security, alert >= high, backup-ok(target) is true }"));
    EXPECT_FALSE(policy.actions.at(0).consent->shared);
}

TEST(Attack, G4_emergency_that_drops_consent) {
    expect_refused("approve 1 of dba", "approve 1 of dba consent 1 of dba",
                   "nothing replaces consent, an emergency neither");
    expect_refused("approve 1 of dba\n", "approve 1 of dba veto 1 of dba\n",
                   "an emergency inherits `veto`");
}

TEST(Attack, G4_deputies_of_deputies_and_of_consenters) {
    expect_refused("deputy dave for carol after 4h",
                   "deputy dave for carol after 4h deputy erin for dave after 4h",
                   "a deputy has no deputy");
    expect_refused("deputy dave for carol after 4h",
                   "deputy dave for carol after 4h deputy erin for carol after 4h",
                   "`carol` has a deputy");
    expect_refused("deputy dave for carol", "deputy carol for carol", "nobody is their own deputy");
    expect_refused("deputy dave for carol", "deputy dave for erin", "a deputy never consents");
}

TEST(Attack, G4_deputy_who_fills_two_places) {
    expect_refused(k_approve,
                   "all of { 2 of dba, any of { 1 of { dave }, 1 of { erin } }, alert >= high, "
                   "backup-ok(target) is true }",
                   "(a deputy is in both)");
    expect_refused(k_approve, "weight >= 2 of { carol: 1, dave: 1 }", "are weighed together");
}

TEST(Attack, G6_delays_that_outlast_the_order) {
    expect_refused("wait 30m", "wait 8h", "the wait outlasts the order");
    expect_refused("within 6h", "within 8h", "`within` changes nothing");
    expect_refused("after 4h", "after 450m", "before the deputy's voice could have waited");
    expect_refused("until 2027-07-01", "until 2026-07-01", "would end before it begins");
    expect_refused("offline up to 1h", "offline up to 9h", "no permit lives that long");
}

TEST(Attack, G3_offline_executors_that_know_nothing_of_each_other) {
    expect_refused("execute 1 of { db1 }", "execute 1 of { db1, db2 }",
                   "`offline` with 2 executors");
}

TEST(Attack, G6_witness_quorum_of_half) {
    expect_refused("witnesses: 2 of", "witnesses: 1 of", "is no more than half");
    expect_refused("witnesses: 2 of", "witnesses: 4 of", "nothing could ever be witnessed");
    expect_refused(note_key_text("w2.example", 4, 2), note_key_text("w2.example", 4, 1),
                   "one key is one witness");
    expect_refused(note_key_text("w2.example", 4, 2), note_key_text("w2.example", 4, 9),
                   "a log can't witness for itself");
    expect_refused("w2, w3 }", "w2, w2 }", "`w2` stands twice");
}

TEST(Attack, G10_emergency_without_a_ration) {
    expect_refused("  at most 1 per 30d\n", "", "lacks `at most`");
    expect_refused("at most 1 per", "at most 0 per", "is no ration");
}

TEST(Attack, G2_parameters_that_could_be_anything) {
    expect_refused("\"--limit={rows}\"", "\"{rows}{more}\"", "more than one parameter");
    expect_refused("\"/usr/bin/dropdb\"", "\"/usr/bin/{program}\"", "no capture `program`");
    expect_refused("{rows}", "{nane}", "too near");
    expect_refused("{rows}", "{alert}", "one name can't stand for");
}

TEST(Attack, G10_weights_that_nobody_reaches) {
    expect_refused(k_approve, "weight >= 9 of { alice: 3, bob: 2 }", "nobody can satisfy that");
    expect_refused(k_approve, "weight >= 0 of { alice: 3, bob: 2 }", "is no weight");
}

}  // namespace
}  // namespace cheget::policy
