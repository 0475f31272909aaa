// A policy with a log, opened to prepare statements under it: nothing is ever permitted by it here,
// whoever has signed, since nobody follows the log that may hold a no.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/judge.h"
#include "support/test_domain.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using policy::Reason;
using statement::Kind;
using statement::Verdict;
using test_support::k_now;
using test_support::TestDomain;
using test_support::text_of;
using ::testing::HasSubstr;

const std::string k_log = "prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT";

const std::string k_rules = R"(
person alice { {KEY:alice} }
person bob { {KEY:bob} }
person carol { {KEY:carol} }
person dave { {KEY:dave} }
machine db1 { {KEY:db1} }
group dba = { alice, bob, carol }
action drop-database on prod/{region}/{database} {
  run ["/usr/bin/dropdb", "--if-exists", "{database}"] as postgres
  propose 1 of dba
  approve 1 of dba
  expire 8h
  execute 1 of { db1 }
}
action purge on crm/{name} {
  run ["/usr/bin/purge", "{name}"]
  propose 1 of { carol }
  approve all of { 1 of { alice, bob }, 1 of { alice, dave } }
  expire 8h
  execute 1 of { db1 }
  deputy dave for bob after 1h
}
emergency drop-database {
  approve 1 of { dave }
  expire 15m
  at most 1 per 30d
}
amend { approve 1 of dba }
revoke { approve 1 of dba }
)";

class PreparedUnderLog : public ::testing::Test {
  protected:
    PreparedUnderLog() {
        first_ = domain_.policy_text("cheget policy v1\ndomain: " + domain_.name +
                                     "\nversion: 1\nlog: " + k_log + "\n" + k_rules);
        first_ = domain_.sign(Kind::policy, first_, {"alice", "bob", "carol", "dave"});
        state_ = establish(first_, std::nullopt, UnderLog::prepare).value();
    }

    std::string propose(bool emergency = false) {
        auto order = domain_.order(state_);
        order.rule.emergency = emergency;
        order.expires = order.proposed + base::Span{600};
        return domain_.sign_order(order, "alice");
    }
    Judgement judge_with(const std::vector<std::string>& statements) {
        kept_ = statements;
        auto judged = judge(state_, {kept_.begin(), kept_.end()}, k_now);
        EXPECT_TRUE(judged) << judged.error().message;
        return std::move(*judged);
    }

    TestDomain domain_;
    std::string first_;
    DomainState state_;
    std::vector<std::string> kept_;
};

TEST_F(PreparedUnderLog, G5_refused_unless_it_is_only_prepared) {
    const auto begun = establish(first_, std::nullopt);
    ASSERT_FALSE(begun);
    EXPECT_THAT(begun.error().message, HasSubstr("follows no log yet"));
    EXPECT_FALSE(resume(state_.policy->text, state_.domain.first_policy, {}));
}

TEST_F(PreparedUnderLog, G5_nothing_is_permitted) {
    const std::string order = propose();
    const Judgement judged = judge_with({order, domain_.vote_by(state_, text_of(order), "bob")});
    EXPECT_EQ(judged.decision.answer, Answer::deny);
    EXPECT_EQ(judged.decision.reason, Reason::needs_log);
    EXPECT_EQ(judged.votes.size(), 1U);
    EXPECT_THAT(describe(judged), HasSubstr("nothing is permitted without it"));
    EXPECT_EQ(judged.decide_again(k_now).answer, Answer::deny);
}

TEST_F(PreparedUnderLog, G7_no_amendment_takes_force) {
    std::string rules = k_rules;  // without a log there are no deputies and no emergencies
    rules.erase(rules.find("  deputy"), rules.find("}\nemergency") - rules.find("  deputy"));
    rules.erase(rules.find("emergency"), rules.find("amend") - rules.find("emergency"));
    const std::string next = domain_.next_policy_text(state_.policy->policy, rules);
    const std::vector<std::string> votes{domain_.vote_by(state_, next, "alice"),
                                         domain_.vote_by(state_, next, "bob")};
    const auto advanced = advance(state_, {votes.begin(), votes.end()});
    ASSERT_TRUE(advanced);
    EXPECT_TRUE(advanced->steps.empty());
    EXPECT_EQ(advanced->state.policy->policy.id, state_.policy->policy.id);
    ASSERT_EQ(advanced->proposals.size(), 1U);
    EXPECT_THAT(advanced->proposals[0].refusal, HasSubstr("by an enactment there"));
}

TEST_F(PreparedUnderLog, G1_vote_on_the_ordinary_order_used_for_the_emergency) {
    const std::string ordinary = propose();
    const std::string emergency = propose(true);
    const Judgement judged =
        judge_with({emergency, domain_.vote_by(state_, text_of(ordinary), "dave")});
    ASSERT_TRUE(judged.bound);
    EXPECT_TRUE(judged.bound->emergency_index());
    EXPECT_TRUE(judged.votes.empty());
    EXPECT_THAT(describe(judged), HasSubstr("speaks about another order"));
}

/// The text voted on is the emergency's, the `on` line the ordinary order's, and the other way.
TEST_F(PreparedUnderLog, G1_vote_that_shows_one_rule_and_names_the_other) {
    const std::string ordinary = propose();
    const std::string emergency = propose(true);
    auto vote = domain_.vote(state_, text_of(ordinary), "dave");
    vote.subject_text = text_of(emergency);
    EXPECT_FALSE(statement::render(vote));
    std::string text = statement::render(domain_.vote(state_, text_of(ordinary), "dave")).value();
    const std::string on = base::to_text(statement::id_of(text_of(ordinary)));
    text.replace(text.find(on), on.size(), base::to_text(statement::id_of(text_of(emergency))));
    const Judgement judged = judge_with({emergency, domain_.sign(Kind::vote, text, {"dave"})});
    EXPECT_TRUE(judged.votes.empty());
    EXPECT_THAT(describe(judged), HasSubstr("is not the one that its 'on' line names"));
}

TEST_F(PreparedUnderLog, G4_a_deputy_of_a_deputy) {
    auto order = domain_.order(state_);
    order.rule.action = "purge";
    order.target = std::string("crm/eu");
    order.deed = statement::Run{{"/usr/bin/purge", "eu"}};
    order.user.reset();
    order.proposer = "carol";
    const std::string signed_order = domain_.sign_order(order, "carol");
    auto first = domain_.vote(state_, text_of(signed_order), "dave");
    first.stands_for = "bob";
    auto second = domain_.vote(state_, text_of(signed_order), "alice");
    second.stands_for = "dave";
    const Judgement judged = judge_with(
        {signed_order, domain_.sign_vote(first, {"dave"}), domain_.sign_vote(second, {"alice"})});
    EXPECT_TRUE(judged.votes.empty());
    EXPECT_THAT(describe(judged), HasSubstr("an hour that only a log proves"));
}

}  // namespace
}  // namespace cheget::permit
