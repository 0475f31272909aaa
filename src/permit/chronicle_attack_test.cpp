// Attacks on how a domain's rules change under a log: enactments without the votes or the time,
// races, keys that were rotated out.
#include "support/under_log.h"

namespace cheget::permit {
namespace {

using base::Span;
using base::Time;
using policy::Answer;
using statement::Kind;
using statement::Verdict;
using test_support::k_logged_blocks;
using test_support::k_now;
using test_support::k_witnesses;
using test_support::log_lines;
using test_support::Sealing;
using test_support::text_of;
using test_support::UnderLog;
using test_support::witness_blocks;
using ::testing::HasSubstr;

constexpr Span k_hour{3600};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class Enacted : public UnderLog {
  protected:
    std::string vote(const std::string& text, const std::string& by,
                     Verdict verdict = Verdict::approve) {
        return domain_.vote_by(state(), text, by, verdict);
    }
    std::uint64_t approve_amendment(const std::string& text) {
        const auto [completed, early] = LoggedDomain::approve_amendment(text);
        early_ = early;
        return completed;
    }
    /// The log's newest checkpoint, one entry on, at that time.
    std::string later(Time when) {
        log_.add("anything");
        return log_.seal(at(when));
    }
    void expect_version(std::uint32_t version) {
        log_.seal(at(k_now + k_hour));
        follow();
        EXPECT_EQ(state().policy->policy.header.version, version);
    }

    const std::string stricter_ =
        replaced(k_logged_blocks, "approve 2 of dba\n", "approve 3 of dba\n");
    std::string early_;
};

TEST_F(Enacted, G7_takes_force_from_its_enactment) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    const std::uint64_t from =
        log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(2);
    EXPECT_EQ(copy_.knowledge().chronicle.record().policies.back().from, from);
    const auto before = copy_.knowledge().chronicle.policy_at(from);
    ASSERT_TRUE(before);
    EXPECT_EQ((*before)->policy.header.version, 1U);
}

TEST_F(Enacted, G7_proposal_alone_changes_nothing) {
    approve_amendment(next_text(stricter_));
    later(k_now + k_hour);
    expect_version(1);
}

TEST_F(Enacted, G6_before_the_delay_is_over) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add(enactment(text, completed, {early_, later(k_now + Span{3599})}));
    expect_version(1);
}

TEST_F(Enacted, G6_delay_backdated_by_an_earlier_vote) {
    // `completed` names the first approval: then the second does not count.
    const std::string text = next_text(stricter_);
    log_.add(vote(text, "alice"));
    const std::string early = log_.seal(at(k_now));
    log_.add(vote(text, "bob"));
    log_.add(enactment(text, 0, {early, later(k_now + k_hour)}));
    expect_version(1);
}

TEST_F(Enacted, G6_one_lying_witness_shortens_no_delay) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add("anything");
    const std::string late = log_.seal(
        {1, {{1, k_now.seconds + 60}, {2, k_now.seconds + 999'999}, {3, k_now.seconds + 60}}, 0});
    log_.add(enactment(text, completed, {early_, late}));
    expect_version(1);
}

TEST_F(Enacted, G6_evidence_that_too_few_witnessed) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add("anything");
    const std::string late =
        log_.seal({1, {{1, k_now.seconds + 9000}, {7, k_now.seconds + 9000}}, 0});
    log_.add(enactment(text, completed, {early_, late}));
    expect_version(1);
}

TEST_F(Enacted, G6_evidence_without_the_vote_in_it) {
    const std::string text = next_text(stricter_);
    log_.add(vote(text, "alice"));
    const std::string early = log_.seal(at(k_now + Span{-3600}));
    const std::uint64_t completed = log_.add(vote(text, "bob"));
    const std::string late = log_.seal(at(k_now));
    log_.add(enactment(text, completed, {early, late}));
    expect_version(1);
}

TEST_F(Enacted, G7_without_the_votes) {
    const std::string text = next_text(stricter_);
    log_.add(vote(text, "alice"));
    log_.add(vote(text, "alice"));
    const std::string early = log_.seal(at(k_now));
    log_.add(enactment(text, 1, {early, later(k_now + k_hour)}));
    expect_version(1);
}

TEST_F(Enacted, G7_votes_beside_the_log) {
    const std::string text = next_text(stricter_);
    log_.add(vote(text, "alice"));
    const std::string early = log_.seal(at(k_now));
    log_.add(enactment(text, 0, {early, later(k_now + k_hour)}));
    log_.add(vote(text, "bob"));
    expect_version(1);
}

TEST_F(Enacted, G7_by_a_stranger_or_with_a_strangers_key) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    const std::string late = later(k_now + k_hour);
    log_.add(enactment(text, completed, {early_, late}, "mallory", "mallory"));
    log_.add(enactment(text, completed, {early_, late}, "alice", "mallory"));
    expect_version(1);
}

TEST_F(Enacted, G7_by_a_revoked_key) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    const std::string late = later(k_now + k_hour);
    log_.add(domain_.revocation(state(), "carol", "carol", "carol", "carol"));
    log_.add(enactment(text, completed, {early_, late}, "carol", "carol"));
    expect_version(1);
}

TEST_F(Enacted, G5_veto_below_it) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add(vote(text, "dave", Verdict::veto));
    log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(1);
}

TEST_F(Enacted, G5_approver_whose_key_was_revoked_meanwhile) {
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add(domain_.revocation(state(), "bob", "bob", "bob", "bob"));
    log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(1);
}

TEST_F(Enacted, G7_first_of_two_siblings) {
    const std::string one = next_text(stricter_);
    const std::string other =
        next_text(replaced(k_logged_blocks, "approve 2 of dba\n", "approve 4 of dba\n"));
    const std::uint64_t completed_one = approve_amendment(one);
    const std::string early_one = early_;
    const std::uint64_t completed_other = approve_amendment(other);
    const std::string late = later(k_now + k_hour);
    log_.add(enactment(other, completed_other, {early_, late}));
    log_.add(enactment(one, completed_one, {early_one, late}));
    expect_version(2);
    EXPECT_EQ(state().policy->policy.id, statement::id_of(other));
}

TEST_F(Enacted, G7_policy_of_another_log) {
    std::string text = next_text(stricter_);
    const std::string lines = signature::to_text(
        log::testing::TestSigner("elsewhere.example", signature::k_note_ed25519, 1).key());
    const std::size_t at = text.find("log: ") + 5;
    text.replace(at, text.find('\n', at) - at, lines);
    const std::uint64_t completed = approve_amendment(text);
    log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(1);
}

TEST_F(Enacted, G7_order_of_the_older_policy_is_dead) {
    const std::string order = logged_and_approved();
    const std::string text = next_text(stricter_);
    const std::uint64_t completed = approve_amendment(text);
    log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(2);
    const auto judged = judge(order, log_.size());
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->decision.answer, Answer::deny);
    EXPECT_THAT(judged->refusal, HasSubstr("policy 2"));
}

TEST_F(Enacted, G7_policy_that_took_force_after_the_claim) {
    const std::string text = next_text(k_logged_blocks);
    const std::uint64_t completed = approve_amendment(text);
    const std::string order = propose([&](statement::Order& one) {
        one.policy = {2, statement::id_of(text)};
    });
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    const std::uint64_t claimed = log_.add(claim(order));
    log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
    expect_version(2);
    const auto judged = judge(order, claimed);
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->decision.answer, Answer::deny);
    EXPECT_THAT(judged->refusal, HasSubstr("after the claim"));
}

// Weighing for people.

TEST_F(Enacted, tells_when_the_votes_sufficed) {
    const std::string text = next_text(stricter_);
    log_.add(vote(text, "alice"));
    log_.seal(at(k_now));
    follow();
    const auto id = statement::id_of(text);
    auto weighed = weigh_amendment(copy_.knowledge().chronicle, copy_, id);
    ASSERT_TRUE(weighed) << weighed.error().message;
    EXPECT_FALSE(weighed->completed);
    log_.add(vote(text, "bob"));
    log_.add(vote(text, "carol"));
    log_.seal(at(k_now));
    follow();
    weighed = weigh_amendment(copy_.knowledge().chronicle, copy_, id);
    ASSERT_TRUE(weighed) << weighed.error().message;
    EXPECT_EQ(weighed->completed, 1U);
    EXPECT_EQ(weighed->wait, k_hour);
}

// Keys of the log and of its witnesses that change.

class Rotated : public Enacted {
  protected:
    const std::vector<std::uint8_t> new_witnesses_{3, 4, 5};
    /// Everybody's: the old log key with the old quorum and the new with the new.
    Sealing bridge(Time when) const {
        return {1,
                {{1, when.seconds},
                 {2, when.seconds},
                 {3, when.seconds},
                 {4, when.seconds},
                 {5, when.seconds}},
                9};
    }
    Sealing by_new(Time when) const { return {9, {{4, when.seconds}, {5, when.seconds}}, 0}; }
    /// Puts log key 9 and the new witnesses into force; gives the size after the enactment.
    std::uint64_t rotate() {
        const std::string text = next_text(k_logged_blocks, 9, new_witnesses_);
        const std::uint64_t completed = approve_amendment(text);
        log_.add(enactment(text, completed, {early_, later(k_now + k_hour)}));
        return log_.size();
    }
};

TEST_F(Rotated, G7_followed_over_a_checkpoint_that_both_signed) {
    rotate();
    log_.seal(bridge(k_now + k_hour));
    log_.add("after it");
    log_.seal(by_new(k_now + k_hour));
    follow();
    EXPECT_EQ(copy_.knowledge().chronicle.size(), log_.size());
    EXPECT_EQ(state().policy->policy.header.version, 2U);
    // What the old witnesses said of time counts no more.
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now + k_hour);
}

TEST_F(Rotated, G7_without_a_checkpoint_that_both_signed) {
    const std::uint64_t size = rotate();
    log_.add("after it");
    log_.seal(by_new(k_now + k_hour));
    EXPECT_FALSE(catch_up(copy_, log_.fetch()));
    log_.seal(by_new(k_now + k_hour), size);
    const auto refused = catch_up(copy_, log_.fetch());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("those before must have signed too"));
    log_.seal(at(k_now + k_hour), size);  // by the old ones alone
    EXPECT_FALSE(catch_up(copy_, log_.fetch()));
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 0U);
    log_.seal(bridge(k_now + k_hour), size);
    follow();
}

TEST_F(Rotated, G7_witnesses_that_were_rotated_out_have_no_word) {
    rotate();
    log_.seal(bridge(k_now + k_hour));
    follow();
    log_.add("a fork of theirs");
    log_.seal(at(k_now + k_hour));
    const auto refused = catch_up(copy_, log_.fetch());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::denied);
}

TEST_F(Rotated, G6_witnesses_that_were_rotated_out_backdate_nothing) {
    const std::uint64_t size = rotate();
    log_.seal(bridge(k_now + k_hour));
    follow();
    log_.seal(at(k_now + Span{-999'999}), size - 2);
    ASSERT_TRUE(refine_times(copy_, log_.fetch(), {0}));
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now + k_hour);
}

TEST_F(Rotated, G6_what_witnesses_said_before_they_were_rotated_out_is_forgotten) {
    log_.add("long before");
    log_.seal(at(k_now));
    follow();
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now);
    rotate();
    log_.seal(bridge(k_now + k_hour));
    follow();
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now + k_hour);
}

TEST_F(Rotated, G7_new_executor_goes_by_a_checkpoint_compared_by_words) {
    // The old keys are in hostile hands and gave the log another past: what vouches for the true
    // one is the checkpoint that people compared, not those keys.
    rotate();
    log_.add("after it");
    const std::string compared = log_.seal(by_new(k_now + k_hour));
    ASSERT_FALSE(catch_up(copy_, log_.fetch()));
    ASSERT_TRUE(catch_up_to_anchor(copy_, log_.fetch(), compared));
    EXPECT_EQ(state().policy->policy.header.version, 2U);
    EXPECT_FALSE(catch_up_to_anchor(copy_, log_.fetch(), compared));  // once, at the beginning
}

}  // namespace
}  // namespace cheget::permit
