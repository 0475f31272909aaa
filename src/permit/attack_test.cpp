// Attacks on the judgement, with real signatures, named after the guarantee that they try to break.
// The attacker of each holds every file and may add, drop, change and reorder statements.
#include "support/attack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "permit/judge.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using policy::Reason;
using statement::Kind;
using statement::Verdict;
using test_support::Attack;
using test_support::k_blocks;
using test_support::k_people;
using test_support::TestDomain;
using test_support::TestKey;
using test_support::text_of;
using testing::HasSubstr;

TEST_F(Attack, G1_the_honest_way_permits) {
    const Judgement judged = with_two_approvals({approve("dave")});
    EXPECT_EQ(judged.decision.answer, Answer::permit) << describe(judged);
    EXPECT_EQ(judged.decision.until, test_support::k_expires);
    EXPECT_TRUE(judged.ignored.empty());
    EXPECT_EQ(judged.votes.size(), 3U);
}

TEST_F(Attack, G1_too_few_approvals_wait) {
    EXPECT_EQ(with_two_approvals({}).decision.answer, Answer::wait);
}

TEST_F(Attack, G1_unsigned_vote) {
    expect_refused_vote(text_of(approve("dave")), "it is not signed");
}

TEST_F(Attack, G1_unsigned_order) {
    const auto judged =
        judge_these({order_text(), approve("bob"), approve("carol"), approve("dave")});
    ASSERT_FALSE(judged.has_value());
    EXPECT_EQ(judged.error().kind, base::ErrorKind::bad_input);
    EXPECT_THAT(judged.error().message, HasSubstr("not signed"));
}

TEST_F(Attack, G1_order_signed_by_someone_else_than_its_proposer) {
    const auto judged = judge_these({domain_.sign(Kind::order, order_text(), {"bob"}),
                                     approve("bob"), approve("carol"), approve("dave")});
    ASSERT_FALSE(judged.has_value());
    EXPECT_THAT(judged.error().message, HasSubstr("not alice's"));
}

TEST_F(Attack, G1_vote_in_another_namespace) {
    const std::string text = text_of(approve("dave"));
    expect_refused_vote(domain_.sign(Kind::order, text, {"dave"}), "cheget-order@acme/prod");
}

TEST_F(Attack, G1_vote_in_the_namespace_of_another_domain) {
    const std::string text = text_of(approve("dave"));
    expect_refused_vote(text + domain_.key("dave").sign("cheget-vote@acme/test", text),
                        "cheget-vote@acme/test");
}

TEST_F(Attack, G1_vote_for_another_domain_of_the_same_name) {
    std::string text = text_of(approve("dave"));
    char& digit = text[text.find("sha256:") + 7];  // of the vote's own `domain` line
    digit = digit == '0' ? '1' : '0';
    expect_refused_vote(domain_.sign(Kind::vote, text, {"dave"}), "another domain");
}

TEST_F(Attack, G1_order_of_another_domain_of_the_same_name) {
    DomainState other = state_;
    other.domain.first_policy.bytes[0] ^= 1U;
    const std::string order = domain_.sign_order(domain_.order(other), "alice");
    std::vector<std::string> statements{order};
    for (const std::string by : {"bob", "carol", "dave"}) {
        statements.push_back(domain_.vote_by(other, text_of(order), by));
    }
    const auto judged = judge_these(statements);
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->decision.answer, Answer::deny);
    EXPECT_EQ(judged->decision.reason, Reason::does_not_fit);
    EXPECT_THAT(judged->refusal, HasSubstr("belongs to the domain"));
    EXPECT_TRUE(judged->votes.empty());
}

TEST_F(Attack, G1_vote_by_a_key_that_nobody_has) {
    const std::string text = text_of(approve("dave"));
    expect_refused_vote(domain_.sign(Kind::vote, text, {"mallory"}), "not dave's");
}

TEST_F(Attack, G1_vote_by_the_key_of_another_principal) {
    const std::string text = text_of(approve("dave"));
    expect_refused_vote(domain_.sign(Kind::vote, text, {"erin"}), "not dave's");
}

TEST_F(Attack, G1_vote_by_a_machine) {
    expect_refused_vote(text_of(approve("dave")), "it is not signed");
    const Judgement judged = with_two_approvals({domain_.vote_by(state_, order_text(), "db1")});
    EXPECT_EQ(judged.decision.answer, Answer::wait) << "a machine fills no place";
}

TEST_F(Attack, G1_vote_by_nobody_of_the_policy) {
    expect_refused_vote(domain_.vote_by(state_, order_text(), "mallory"), "no principal");
}

TEST_F(Attack, G1_tampered_order) {
    std::string order = order_;
    const std::size_t at = order.find("invoices");
    order[at] = 'I';
    const auto judged = judge_these({order, approve("bob"), approve("carol"), approve("dave")});
    ASSERT_FALSE(judged.has_value());
    EXPECT_THAT(judged.error().message, HasSubstr("does not verify"));
}

TEST_F(Attack, G1_tampered_vote) {
    std::string vote = approve("dave");
    const std::size_t at = vote.find("voted: 2") + 7;
    vote[at] = '3';
    expect_refused_vote(vote, "does not verify");
}

TEST_F(Attack, G1_veto_turned_into_approval) {
    std::string vote = say("bob", Verdict::veto);
    vote.replace(vote.find("verdict: veto"), 13, "verdict: approve");
    const auto judged = judge_these({order_, vote, approve("carol"), approve("dave")});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->decision.answer, Answer::wait);
}

TEST_F(Attack, G1_signature_moved_to_another_vote) {
    const std::string vote = approve("dave");
    const std::string signature = vote.substr(text_of(vote).size());
    expect_refused_vote(text_of(approve("dave")) + signature, "does not verify");
}

TEST_F(Attack, G1_votes_on_another_order) {
    const std::string other = domain_.sign_order(domain_.order(state_), "alice");
    expect_refused_vote(domain_.vote_by(state_, text_of(other), "dave"), "another order");
}

TEST_F(Attack, G1_vote_that_names_this_order_and_shows_another) {
    auto order = domain_.order(state_);
    order.target = "prod/eu-1/scratch";
    order.deed = statement::Run{{"/usr/bin/dropdb", "--if-exists", "scratch"}};
    const std::string other = text_of(domain_.sign_order(order, "alice"));
    std::string text = text_of(domain_.vote_by(state_, other, "dave"));
    const std::string shown_id = base::to_text(statement::id_of(other));
    text.replace(text.find(shown_id), shown_id.size(),
                 base::to_text(statement::id_of(order_text())));
    expect_refused_vote(domain_.sign(Kind::vote, text, {"dave"}), "not the one that its 'on'");
}

TEST_F(Attack, G1_several_orders_at_once) {
    const std::string other = domain_.sign_order(domain_.order(state_), "alice");
    const auto judged =
        judge_these({order_, other, approve("bob"), approve("carol"), approve("dave")});
    ASSERT_FALSE(judged.has_value());
    EXPECT_THAT(judged.error().message, HasSubstr("several orders"));
}

TEST_F(Attack, G1_order_that_runs_what_the_action_does_not) {
    auto order = domain_.order(state_);
    order.deed = statement::Run{{"/usr/bin/dropdb", "--if-exists", "payroll"}};
    order_ = domain_.sign_order(order, "alice");
    const Judgement judged = with_two_approvals({approve("dave")});
    EXPECT_EQ(judged.decision.reason, Reason::does_not_fit);
    EXPECT_FALSE(judged.refusal.empty());
}

TEST_F(Attack, G1_first_policy_without_one_persons_signature) {
    const std::string text = state_.policy->text;
    const auto begun = establish(
        domain_.sign(Kind::policy, text, {"alice", "bob", "carol", "dave"}), std::nullopt);
    ASSERT_FALSE(begun.has_value());
    EXPECT_THAT(begun.error().message, HasSubstr("erin"));
    const auto twice = establish(
        domain_.sign(Kind::policy, text, {"alice", "bob", "carol", "dave", "dave"}), std::nullopt);
    EXPECT_FALSE(twice.has_value());
}

TEST_F(Attack, G1_first_policy_replaced_by_another) {
    const std::string text = state_.policy->text;
    base::Digest expected = state_.domain.first_policy;
    EXPECT_TRUE(establish(domain_.sign(Kind::policy, text, k_people), expected).has_value());
    expected.bytes[31] ^= 1U;
    const auto begun = establish(domain_.sign(Kind::policy, text, k_people), expected);
    ASSERT_FALSE(begun.has_value());
    EXPECT_EQ(begun.error().kind, base::ErrorKind::denied);
}

TEST_F(Attack, G4_one_person_with_two_keys) {
    const std::string order = domain_.sign_order(
        [&] {
            auto made = domain_.order(state_);
            made.proposer = "bob";
            return made;
        }(),
        "bob");
    const std::string text = text_of(order);
    auto vote = domain_.vote(state_, text, "alice");
    const std::string first = domain_.sign_vote(vote, {"alice"});
    vote.mark[1] = 1;
    const std::string second = domain_.sign_vote(vote, {"alice-2"});
    const std::string both =
        domain_.sign_vote(domain_.vote(state_, text, "alice"), {"alice", "alice-2"});
    const auto judged =
        judge_these({order, first, second, both, domain_.vote_by(state_, text, "carol")});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->votes.size(), 4U) << "every vote is valid";
    EXPECT_EQ(judged->decision.answer, Answer::wait) << "but alice is one person";
    EXPECT_EQ(judged->tree.approve.back().have, 2U);
}

TEST_F(Attack, G4_the_proposer_approves) {
    const Judgement judged = with_two_approvals({approve("alice")});
    EXPECT_EQ(judged.decision.answer, Answer::wait);
    EXPECT_EQ(judged.tree.approve.back().have, 2U);
}

TEST_F(Attack, G4_the_same_vote_twice) {
    const std::string vote = approve("bob");
    const auto judged = judge_these({order_, vote, vote, vote, approve("carol")});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->votes.size(), 2U);
    EXPECT_EQ(judged->decision.answer, Answer::wait);
    EXPECT_EQ(judged->ignored.size(), 2U);
}

TEST_F(Attack, G4_many_votes_by_one_person) {
    expect_wait_with({approve("bob"), approve("bob"), approve("bob")});
}

TEST_F(Attack, G4_malleated_signature_on_the_same_vote) {
    TestDomain domain;
    domain.put_key("bob", TestKey::p256());
    const DomainState state = domain.begin(k_blocks, k_people);
    const std::string order = domain.sign_order(domain.order(state), "alice");
    const std::string text = text_of(order);
    const std::string vote = domain.vote_by(state, text, "bob");
    const std::string vote_text = text_of(vote);
    const std::string twin =
        vote_text + domain.key("bob").malleate(std::string_view(vote).substr(vote_text.size()));
    ASSERT_NE(vote, twin);
    const auto judged = judge_in(state, {order, vote, twin, domain.vote_by(state, text, "carol")});
    ASSERT_TRUE(judged.has_value());
    EXPECT_EQ(judged->votes.size(), 2U);
    EXPECT_EQ(judged->decision.answer, Answer::wait);
    EXPECT_THAT(judged->ignored[0].why, HasSubstr("there already"));
    const auto alone = judge_in(state, {order, twin});
    EXPECT_EQ(alone->votes.size(), 1U) << "the malleated signature is valid, so it must be met";
}

TEST_F(Attack, G5_veto_stops_a_permit) {
    const Judgement judged = with_two_approvals({approve("dave"), say("erin", Verdict::veto)});
    EXPECT_EQ(judged.decision.answer, Answer::deny);
    EXPECT_EQ(judged.decision.reason, Reason::vetoed);
}

TEST_F(Attack, G5_veto_with_a_spoilt_signature_beside_it) {
    const std::string text = text_of(say("erin", Verdict::veto));
    for (const auto& signers : {std::vector<std::string>{"mallory", "erin"},
                                std::vector<std::string>{"erin", "mallory"}}) {
        const Judgement judged =
            with_two_approvals({approve("dave"), domain_.sign(Kind::vote, text, signers)});
        EXPECT_EQ(judged.decision.reason, Reason::vetoed);
    }
    const std::string spoilt = text + domain_.key("erin").sign("cheget-vote@acme/prod", "x") +
                               domain_.key("erin").sign("cheget-vote@acme/prod", text);
    EXPECT_EQ(with_two_approvals({approve("dave"), spoilt}).decision.reason, Reason::vetoed);
}

TEST_F(Attack, G5_veto_after_approval_by_the_same_person) {
    for (const bool veto_first : {false, true}) {
        std::vector<std::string> votes{approve("dave"), say("dave", Verdict::withdraw)};
        if (veto_first) {
            std::reverse(votes.begin(), votes.end());
        }
        const Judgement judged = with_two_approvals(votes);
        EXPECT_EQ(judged.decision.answer, Answer::wait);
    }
}

TEST_F(Attack, G5_withdrawal_by_the_proposer) {
    const Judgement judged = with_two_approvals({approve("dave"), say("alice", Verdict::withdraw)});
    EXPECT_EQ(judged.decision.reason, Reason::withdrawn);
}

TEST_F(Attack, G5_veto_with_fields_that_nobody_asks_for) {
    auto vote = domain_.vote(state_, order_text(), "erin", Verdict::veto);
    vote.after = statement::id_of("something");
    const Judgement judged =
        with_two_approvals({approve("dave"), domain_.sign_vote(vote, {"erin"})});
    EXPECT_EQ(judged.decision.reason, Reason::vetoed);
}

TEST_F(Attack, G5_approval_by_a_revoked_key) {
    const std::string revocation = domain_.revocation(state_, "dave", "dave", "dave", "dave");
    const Judgement judged = with_two_approvals({approve("dave"), revocation});
    EXPECT_EQ(judged.decision.answer, Answer::wait);
    EXPECT_TRUE(judged.state.is_revoked(domain_.key("dave").public_key()));
    EXPECT_THAT(judged.ignored.at(0).why, HasSubstr("revoked"));
}

TEST_F(Attack, G5_veto_by_a_revoked_key_stands) {
    const std::string revocation = domain_.revocation(state_, "erin", "erin", "erin", "erin");
    const Judgement judged =
        with_two_approvals({approve("dave"), say("erin", Verdict::veto), revocation});
    EXPECT_EQ(judged.decision.reason, Reason::vetoed);
}

TEST_F(Attack, G5_order_by_a_revoked_key) {
    const std::string revocation = domain_.revocation(state_, "alice", "alice", "alice", "alice-2");
    const Judgement judged = with_two_approvals({approve("dave"), revocation});
    EXPECT_EQ(judged.decision.answer, Answer::deny);
    EXPECT_THAT(judged.refusal, HasSubstr("revoked"));
    // The same order signed with her other key too is as good as any.
    const auto both = judge_these({domain_.sign(Kind::order, order_text(), {"alice", "alice-2"}),
                                   approve("bob"), approve("carol"), approve("dave"), revocation});
    EXPECT_EQ(both->decision.answer, Answer::permit);
}

TEST_F(Attack, G5_revocation_by_too_few_others) {
    const std::string one = domain_.revocation(state_, "bob", "bob", "dave", "dave");
    const Judgement waiting = with_two_approvals({approve("dave"), one});
    EXPECT_EQ(waiting.decision.answer, Answer::permit);
    EXPECT_EQ(waiting.state.pending_revocations.size(), 1U);
    EXPECT_THAT(waiting.ignored.at(0).why, HasSubstr("more people"));
    const std::string same = domain_.revocation(state_, "bob", "bob", "dave", "dave");
    EXPECT_EQ(with_two_approvals({approve("dave"), one, same}).decision.answer, Answer::permit);
    const std::string outsider = domain_.revocation(state_, "bob", "bob", "carol", "carol");
    EXPECT_EQ(with_two_approvals({approve("dave"), one, outsider}).decision.answer, Answer::permit);
    const std::string two = domain_.revocation(state_, "bob", "bob", "erin", "erin");
    EXPECT_EQ(with_two_approvals({approve("dave"), one, two}).decision.answer, Answer::wait);
}

TEST_F(Attack, G5_pending_revocation_is_kept) {
    const std::string one = domain_.revocation(state_, "bob", "bob", "dave", "dave");
    const std::string two = domain_.revocation(state_, "bob", "bob", "erin", "erin");
    const auto first = advance(state_, {one});
    ASSERT_TRUE(first.has_value());
    const auto second = advance(first->state, {two});
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(second->state.is_revoked(domain_.key("bob").public_key()));
    EXPECT_TRUE(second->state.pending_revocations.empty());
    EXPECT_EQ(second->state.revoked.at(0).statements.size(), 2U);
    const auto resumed = resume(state_.policy->text, state_.domain.first_policy,
                                second->state.revoked.at(0).statements);
    ASSERT_TRUE(resumed.has_value());
    EXPECT_TRUE(resumed->is_revoked(domain_.key("bob").public_key()));
}

TEST_F(Attack, G5_forged_revocation_revokes_nothing) {
    const std::string forged = domain_.revocation(state_, "bob", "bob", "bob", "mallory");
    EXPECT_EQ(with_two_approvals({approve("dave"), forged}).decision.answer, Answer::permit);
    const std::string of_another = domain_.revocation(state_, "bob", "dave", "dave", "dave");
    EXPECT_EQ(with_two_approvals({approve("dave"), of_another}).decision.answer, Answer::permit)
        << "dave can't revoke bob's key by calling it his own";
}

TEST_F(Attack, G3_claims_and_receipts_are_told) {
    statement::Claim claim;
    claim.domain = state_.domain;
    claim.order = statement::id_of(order_text());
    claim.target = "prod/eu-1/invoices";
    claim.executor = "db1";
    claim.policy = state_.policy->policy.reference();
    const std::string text = *statement::render(claim);
    const Judgement judged =
        with_two_approvals({approve("dave"), domain_.sign(Kind::claim, text, {"db1"})});
    ASSERT_EQ(judged.traces.size(), 1U);
    EXPECT_TRUE(judged.traces[0].is_claim);
    EXPECT_EQ(judged.traces[0].target, "prod/eu-1/invoices");
    const Judgement forged =
        with_two_approvals({approve("dave"), domain_.sign(Kind::claim, text, {"dave"})});
    EXPECT_TRUE(forged.traces.empty());
    claim.executor = "db2";
    const Judgement not_of_the_rule = with_two_approvals(
        {approve("dave"), domain_.sign(Kind::claim, *statement::render(claim), {"db2"})});
    EXPECT_TRUE(not_of_the_rule.traces.empty());
    EXPECT_THAT(not_of_the_rule.ignored.at(0).why, HasSubstr("no executor"));
}

TEST_F(Attack, G10_malformed_statements_are_set_aside) {
    const Judgement judged =
        with_two_approvals({"", "nonsense", "cheget vote v1\n", "cheget party v1\nat: noon\n",
                            state_.policy->text, approve("dave") + "x"});
    EXPECT_EQ(judged.decision.answer, Answer::wait);
    EXPECT_EQ(judged.ignored.size(), 6U);
}

TEST_F(Attack, G10_no_order) {
    const auto judged = judge_these({approve("bob")});
    ASSERT_FALSE(judged.has_value());
    EXPECT_EQ(judged.error().kind, base::ErrorKind::bad_input);
}

TEST_F(Attack, G10_verdicts_that_no_clause_asks_for) {
    expect_refused_vote(say("dave", Verdict::seen), "no clause");
    expect_refused_vote(say("dave", Verdict::consent), "no clause");
}

TEST_F(Attack, G10_deputy_and_chained_votes_without_such_clauses) {
    auto vote = domain_.vote(state_, order_text(), "dave");
    vote.stands_for = "erin";
    expect_refused_vote(domain_.sign_vote(vote, {"dave"}), "for yourself");
    vote.stands_for.reset();
    vote.after = statement::id_of("something");
    expect_refused_vote(domain_.sign_vote(vote, {"dave"}), "no order of voices");
}

TEST_F(Attack, G6_expired_and_not_begun) {
    const std::vector<std::string> statements{order_, approve("bob"), approve("carol"),
                                              approve("dave")};
    const std::vector<std::string_view> views(statements.begin(), statements.end());
    const auto at = [&](base::Time now) { return judge(state_, views, now)->decision; };
    using test_support::k_expires;
    using test_support::k_proposed;
    EXPECT_EQ(at({k_proposed.seconds - 1}).reason, Reason::not_begun);
    EXPECT_EQ(at(k_proposed).answer, Answer::permit);
    EXPECT_EQ(at({k_expires.seconds - 1}).answer, Answer::permit);
    EXPECT_EQ(at(k_expires).reason, Reason::expired);
}

}  // namespace
}  // namespace cheget::permit
