// Attacks on how a domain moves on: amendments under the old rule and the new one, one after the
// other, never back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/judge.h"
#include "support/attack.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using policy::Reason;
using statement::Kind;
using statement::Verdict;
using test_support::Attack;
using test_support::k_blocks;
using test_support::text_of;
using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class Amendment : public Attack {
  protected:
    std::string next_text(const std::string& blocks) {
        return domain_.next_policy_text(state_.policy->policy, blocks);
    }
    std::string vote(const std::string& text, const std::string& by,
                     Verdict verdict = Verdict::approve) {
        return domain_.vote_by(state_, text, by, verdict);
    }
    base::Result<Advance> advance_with(const std::vector<std::string>& statements) {
        kept_ = statements;
        return advance(state_, {kept_.begin(), kept_.end()});
    }
    void expect_stays(const std::vector<std::string>& statements) {
        const auto advanced = advance_with(statements);
        ASSERT_TRUE(advanced.has_value()) << advanced.error().message;
        EXPECT_EQ(advanced->state.policy->policy.header.version, 1U);
        EXPECT_TRUE(advanced->steps.empty());
    }

    const std::string two_needed_ = replaced(k_blocks, "approve 3 of dba", "approve 2 of dba");
    /// The amended policy asks for more than the old one to be amended.
    const std::string four_to_amend_ =
        replaced(k_blocks, "amend { approve 2 of dba", "amend { approve 4 of dba");
    std::vector<std::string> kept_;
};

TEST_F(Amendment, G7_satisfied_under_both_rules) {
    const std::string text = next_text(two_needed_);
    const auto advanced = advance_with({vote(text, "alice"), vote(text, "bob")});
    ASSERT_TRUE(advanced.has_value()) << advanced.error().message;
    EXPECT_EQ(advanced->state.policy->policy.header.version, 2U);
    ASSERT_EQ(advanced->steps.size(), 1U);
    EXPECT_EQ(advanced->steps[0].policy_text, text);
    EXPECT_EQ(advanced->steps[0].votes.size(), 2U);
    EXPECT_TRUE(advanced->ignored.empty());
}

TEST_F(Amendment, G7_one_vote_is_a_proposal) {
    const std::string text = next_text(two_needed_);
    const auto advanced = advance_with({vote(text, "alice")});
    ASSERT_TRUE(advanced.has_value());
    EXPECT_TRUE(advanced->steps.empty());
    ASSERT_EQ(advanced->proposals.size(), 1U);
    EXPECT_EQ(advanced->proposals[0].under_old.reason, Reason::approvals_missing);
    EXPECT_EQ(advanced->proposals[0].approved_by, std::vector<std::string>{"alice"});
}

TEST_F(Amendment, G7_satisfied_under_the_old_rule_only) {
    const std::string text = next_text(four_to_amend_);
    expect_stays({vote(text, "alice"), vote(text, "bob"), vote(text, "carol")});
    const auto advanced = advance_with(
        {vote(text, "alice"), vote(text, "bob"), vote(text, "carol"), vote(text, "dave")});
    EXPECT_EQ(advanced->state.policy->policy.header.version, 2U);
}

TEST_F(Amendment, G7_satisfied_under_the_new_rule_only) {
    // Mallory and her friend make a policy that they alone may amend.
    const std::string text = next_text(
        replaced(k_blocks + "person mallory { {KEY:mallory} }\nperson mona { {KEY:mona} }\n",
                 "amend { approve 2 of dba", "amend { approve 2 of { mallory, mona }"));
    expect_stays({vote(text, "mallory"), vote(text, "mona")});
    expect_stays({vote(text, "mallory"), vote(text, "mona"), vote(text, "alice")});
}

TEST_F(Amendment, G7_newcomers_count_under_the_new_rule_alone) {
    const std::string text =
        next_text(replaced(k_blocks + "person mallory { {KEY:mallory} }\n", "group dba = { alice,",
                           "group dba = { mallory, alice,"));
    expect_stays({vote(text, "mallory"), vote(text, "alice")});
}

TEST_F(Amendment, G7_one_vote_with_an_old_key_and_a_new_one) {
    const std::string text = next_text(replaced(k_blocks, "{KEY:bob}", "{KEY:bob-new}"));
    const auto made = domain_.vote(state_, text, "bob");
    const std::string alice = vote(text, "alice");
    expect_stays({alice, domain_.sign_vote(made, {"bob"})});
    expect_stays({alice, domain_.sign_vote(made, {"bob-new"})});
    const auto advanced = advance_with({alice, domain_.sign_vote(made, {"bob", "bob-new"})});
    EXPECT_EQ(advanced->state.policy->policy.header.version, 2U);
}

TEST_F(Amendment, G7_two_satisfied_siblings) {
    const std::string one = next_text(two_needed_);
    const std::string other = next_text(replaced(k_blocks, "expire 8h", "expire 7h"));
    const auto advanced = advance_with(
        {vote(one, "alice"), vote(one, "bob"), vote(other, "carol"), vote(other, "dave")});
    ASSERT_FALSE(advanced.has_value());
    EXPECT_EQ(advanced.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(advanced.error().message, HasSubstr(base::to_text(statement::id_of(one))));
    EXPECT_THAT(advanced.error().message, HasSubstr(base::to_text(statement::id_of(other))));
    const auto settled =
        advance_with({vote(one, "alice"), vote(one, "bob"), vote(other, "carol"),
                      vote(other, "dave"), vote(other, "dave", Verdict::withdraw)});
    ASSERT_TRUE(settled.has_value());
    EXPECT_EQ(settled->state.policy->text, one);
}

TEST_F(Amendment, G7_vetoed) {
    const std::string text = next_text(two_needed_);
    expect_stays({vote(text, "alice"), vote(text, "bob"), vote(text, "erin", Verdict::veto)});
}

TEST_F(Amendment, G7_never_back_to_an_older_policy) {
    const std::string second = next_text(two_needed_);
    const std::vector<std::string> votes{vote(second, "alice"), vote(second, "bob")};
    const auto advanced = advance_with(votes);
    const auto again = advance(advanced->state, {votes.begin(), votes.end()});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->state.policy->policy.header.version, 2U);
    EXPECT_THAT(again->ignored.at(0).why, HasSubstr("in force already"));
    const std::string sibling = next_text(replaced(k_blocks, "expire 8h", "expire 7h"));
    const std::vector<std::string> back{vote(sibling, "alice"), vote(sibling, "bob")};
    const auto stays = advance(advanced->state, {back.begin(), back.end()});
    ASSERT_TRUE(stays.has_value());
    EXPECT_EQ(stays->state.policy->text, second);
    EXPECT_THAT(stays->ignored.at(0).why, HasSubstr("no way back"));
}

/// The amendment too that takes the harder rule out, or makes it easier.
TEST_F(Amendment, G7_the_rule_for_everyday_amendments_lowers_nothing) {
    const std::string guarded =
        replaced(k_blocks, "\nrevoke {", "\namend lowering { approve 3 of dba }\nrevoke {");
    state_ = domain_.begin(guarded, test_support::k_people);
    for (const std::string& blocks :
         {k_blocks, replaced(guarded, "approve 3 of dba\n", "approve 2 of dba\n"),
          replaced(guarded, "lowering { approve 3 of", "lowering { approve 2 of")}) {
        const std::string text = next_text(blocks);
        expect_stays({vote(text, "alice"), vote(text, "bob")});
        const auto advanced =
            advance_with({vote(text, "alice"), vote(text, "bob"), vote(text, "carol")});
        ASSERT_TRUE(advanced.has_value()) << advanced.error().message;
        EXPECT_EQ(advanced->state.policy->text, text);
    }
}

TEST_F(Amendment, G7_versions_follow_one_another) {
    const std::string second = next_text(two_needed_);
    auto second_policy = *policy::parse_policy(second);
    const std::string third = domain_.next_policy_text(second_policy, k_blocks);
    expect_stays({vote(third, "alice"), vote(third, "bob")});
    const auto advanced = advance_with(
        {vote(third, "alice"), vote(third, "bob"), vote(second, "alice"), vote(second, "bob")});
    ASSERT_TRUE(advanced.has_value());
    EXPECT_EQ(advanced->steps.size(), 2U);
    EXPECT_EQ(advanced->state.policy->text, third);
}

TEST_F(Amendment, G7_previous_names_another_policy) {
    const std::string text =
        replaced(next_text(two_needed_), base::to_text(state_.policy->policy.id) + "\nlog",
                 base::to_text(statement::id_of("another")) + "\nlog");
    expect_stays({vote(text, "alice"), vote(text, "bob")});
    EXPECT_THAT(advance(state_, {kept_.begin(), kept_.end()})->ignored.at(0).why,
                HasSubstr("previous"));
}

TEST_F(Amendment, G7_another_domain) {
    permit::DomainState other = state_;
    other.domain.first_policy = statement::id_of("another");
    auto before = state_.policy->policy;
    before.domain_id = other.domain.first_policy;
    const std::string text = domain_.next_policy_text(before, two_needed_);
    const std::vector<std::string> votes{domain_.vote_by(other, text, "alice"),
                                         domain_.vote_by(other, text, "bob")};
    expect_stays(votes);
}

TEST_F(Amendment, G7_policy_text_that_its_vote_does_not_name) {
    const std::string text = next_text(two_needed_);
    const std::string other = next_text(replaced(k_blocks, "expire 8h", "expire 7h"));
    std::vector<std::string> votes;
    for (const std::string by : {"alice", "bob"}) {
        std::string forged = text_of(vote(text, by));
        const std::string id = base::to_text(statement::id_of(text));
        forged = replaced(forged, id, base::to_text(statement::id_of(other)));
        votes.push_back(domain_.sign(Kind::vote, forged, {by}));
    }
    expect_stays(votes);
}

TEST_F(Amendment, G5_approval_by_a_revoked_key) {
    const std::string text = next_text(two_needed_);
    const std::string revocation = domain_.revocation(state_, "bob", "bob", "bob", "bob");
    expect_stays({vote(text, "alice"), vote(text, "bob"), revocation});
    const auto stopped =
        advance_with({vote(text, "alice"), vote(text, "bob"), revocation, vote(text, "carol")});
    EXPECT_EQ(stopped->state.policy->policy.header.version, 2U);
    EXPECT_TRUE(stopped->state.is_revoked(domain_.key("bob").public_key()))
        << "a revocation outlives the amendment";
}

TEST_F(Amendment, G7_an_order_under_the_old_policy_is_dead) {
    const std::string text = next_text(two_needed_);
    const auto judged = judge_these({order_, approve("bob"), approve("carol"), approve("dave"),
                                     vote(text, "alice"), vote(text, "bob")});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->decision.answer, Answer::deny);
    EXPECT_THAT(judged->refusal, HasSubstr("policy 2"));
    EXPECT_EQ(judged->steps.size(), 1U);
}

TEST_F(Amendment, G7_an_order_under_the_new_policy_needs_its_amendment) {
    const std::string text = next_text(two_needed_);
    const std::vector<std::string> votes{vote(text, "alice"), vote(text, "bob")};
    const auto amended = advance_with(votes);
    const auto& next = amended->state;
    const std::string order = domain_.sign_order(domain_.order(next), "alice");
    const std::string bob = domain_.vote_by(next, text_of(order), "bob");
    const std::string carol = domain_.vote_by(next, text_of(order), "carol");
    const auto judged = judge_these({order, bob, carol, votes[0], votes[1]});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->decision.answer, Answer::permit) << describe(*judged);
    const auto without = judge_these({order, bob, carol});
    ASSERT_TRUE(without.has_value());
    EXPECT_THAT(without->refusal, HasSubstr("add the votes that amended the policy"));
}

TEST_F(Amendment, G7_resume_demands_the_same_domain) {
    const std::string text = state_.policy->text;
    EXPECT_TRUE(resume(text, state_.domain.first_policy, {}).has_value());
    const auto other = resume(text, statement::id_of("another"), {});
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().kind, base::ErrorKind::corrupt_state);
}

}  // namespace
}  // namespace cheget::permit
