// Attacks on an executor that follows a log: on what binds a claim, on time, on who was first.
#include "support/under_log.h"

namespace cheget::permit {
namespace {

using base::Span;
using base::Time;
using policy::Answer;
using policy::Reason;
using statement::Outcome;
using statement::Verdict;
using test_support::k_now;
using test_support::k_proposed;
using test_support::Sealing;
using test_support::text_of;
using test_support::UnderLog;
using ::testing::HasSubstr;

constexpr Span k_half_hour{1800};
constexpr Span k_hour{3600};

class Logged : public UnderLog {
  protected:
    /// Logs a claim and judges at it, witnessed at `when`.
    Judgement judge_at_claim(const std::string& order, Time when,
                             const std::vector<std::string>& outside = {}) {
        claim_ = claim(order, "db1", next_++);
        claim_index_ = log_.add(claim_);
        log_.seal(at(when));
        return judge_there(order, outside);
    }
    Judgement judge_there(const std::string& order, const std::vector<std::string>& outside = {}) {
        follow();
        auto judged = judge(order, claim_index_, outside);
        EXPECT_TRUE(judged) << judged.error().message;
        return std::move(*judged);
    }
    void expect(const Judgement& judged, Answer answer, Reason reason) {
        EXPECT_EQ(judged.decision.answer, answer) << describe(judged);
        EXPECT_EQ(judged.decision.reason, reason) << describe(judged);
    }
    base::Result<void> first(const Judgement& judged) const {
        return require_first_claim(judged, statement::id_of(text_of(claim_)));
    }

    std::string claim_;
    std::uint64_t claim_index_ = 0;
    std::uint8_t next_ = 1;
};

TEST_F(Logged, G1_permitted_when_the_log_shows_all_of_it) {
    const std::string order = logged_and_approved();
    const Judgement judged = judge_at_claim(order, k_now + k_half_hour);
    expect(judged, Answer::permit, Reason::permitted);
    EXPECT_TRUE(first(judged));
}

TEST_F(Logged, G5_approval_beside_the_log_does_not_count) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.seal(at(k_now));
    const Judgement judged = judge_at_claim(order, k_now + k_half_hour, {approve(order, "carol")});
    expect(judged, Answer::wait, Reason::approvals_missing);
    ASSERT_EQ(judged.ignored.size(), 1U);
    EXPECT_THAT(judged.ignored[0].why, HasSubstr("not in the log"));
}

TEST_F(Logged, G5_approval_after_the_claim_does_not_count) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.seal(at(k_now));
    judge_at_claim(order, k_now + k_half_hour);
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now + k_half_hour));
    expect(judge_there(order), Answer::wait, Reason::approvals_missing);
}

TEST_F(Logged, G5_order_that_is_not_in_the_log) {
    const std::string order = propose();
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    const Judgement judged = judge_at_claim(order, k_now + k_half_hour, {order});
    expect(judged, Answer::wait, Reason::needs_log);
    EXPECT_FALSE(first(judged));
}

TEST_F(Logged, G5_order_logged_after_the_claim) {
    const std::string order = propose();
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    judge_at_claim(order, k_now + k_half_hour, {order});
    log_.add(order);
    log_.seal(at(k_now + k_half_hour));
    const Judgement judged = judge_there(order);
    expect(judged, Answer::wait, Reason::needs_log);
    EXPECT_FALSE(first(judged));
}

TEST_F(Logged, G5_veto_below_the_claim) {
    const std::string order = logged_and_approved();
    log_.add(say(order, "dave", Verdict::veto));
    expect(judge_at_claim(order, k_now + k_half_hour), Answer::deny, Reason::vetoed);
}

TEST_F(Logged, G5_veto_above_the_claim_that_was_seen) {
    const std::string order = logged_and_approved();
    judge_at_claim(order, k_now + k_half_hour);
    log_.add(say(order, "dave", Verdict::veto));
    log_.seal(at(k_now + k_half_hour));
    expect(judge_there(order), Answer::deny, Reason::vetoed);
}

TEST_F(Logged, G5_veto_by_another_way) {
    const std::string order = logged_and_approved();
    expect(judge_at_claim(order, k_now + k_half_hour, {say(order, "dave", Verdict::veto)}),
           Answer::deny, Reason::vetoed);
}

TEST_F(Logged, G5_withdrawal_by_another_way) {
    const std::string order = logged_and_approved();
    expect(judge_at_claim(order, k_now + k_half_hour, {say(order, "alice", Verdict::withdraw)}),
           Answer::deny, Reason::withdrawn);
}

TEST_F(Logged, G5_revocation_in_the_log_and_by_another_way) {
    const std::string order = logged_and_approved();
    const std::string revocation = domain_.revocation(state(), "carol", "carol", "carol", "carol");
    expect(judge_at_claim(order, k_now + k_half_hour, {revocation}), Answer::wait,
           Reason::approvals_missing);
    log_.add(revocation);
    log_.seal(at(k_now + k_half_hour));
    expect(judge_there(order), Answer::wait, Reason::approvals_missing);
    ASSERT_EQ(state().revoked.size(), 1U);
    EXPECT_EQ(state().revoked[0].from, log_.size() - 1);
}

TEST_F(Logged, G5_veto_that_came_before_its_key_was_revoked_stands) {
    const std::string order = logged_and_approved();
    log_.add(say(order, "dave", Verdict::veto));
    log_.add(domain_.revocation(state(), "dave", "dave", "dave", "dave"));
    expect(judge_at_claim(order, k_now + k_half_hour), Answer::deny, Reason::vetoed);
}

TEST_F(Logged, G5_veto_by_a_key_that_was_revoked_before) {
    const std::string order = logged_and_approved();
    log_.add(domain_.revocation(state(), "dave", "dave", "dave", "dave"));
    log_.add(say(order, "dave", Verdict::veto));
    expect(judge_at_claim(order, k_now + k_half_hour), Answer::permit, Reason::permitted);
}

TEST_F(Logged, G5_revocations_by_distinct_people_add_up_in_the_log) {
    log_.add(domain_.revocation(state(), "bob", "bob", "dave", "dave"));
    log_.add(domain_.revocation(state(), "bob", "bob", "dave", "dave"));
    log_.seal(at(k_now));
    follow();
    EXPECT_TRUE(state().revoked.empty());
    log_.add(domain_.revocation(state(), "bob", "bob", "erin", "erin"));
    log_.seal(at(k_now));
    follow();
    ASSERT_EQ(state().revoked.size(), 1U);
    EXPECT_EQ(state().revoked[0].from, 2U);
}

// Time.

TEST_F(Logged, G6_delay_counts_from_what_the_witnesses_saw) {
    const std::string order = logged_and_approved();
    const Judgement early = judge_at_claim(order, k_now + Span{1799});
    expect(early, Answer::wait, Reason::delay_running);
    EXPECT_EQ(early.decision.earliest, k_now + k_half_hour);
}

TEST_F(Logged, G6_vote_shown_late_is_not_backdated) {
    // The server held the last approval back: what its signer wrote as time means nothing.
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.seal(at(k_now));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now + k_hour));
    expect(judge_at_claim(order, k_now + k_hour + Span{1799}), Answer::wait, Reason::delay_running);
}

TEST_F(Logged, G6_one_witness_that_lies_ahead_shortens_no_delay) {
    const std::string order = logged_and_approved();
    claim_ = claim(order);
    claim_index_ = log_.add(claim_);
    const std::int64_t now = k_now.seconds + 60;
    log_.seal({1, {{1, now}, {2, now + 365 * 86400}, {3, now}}, 0});
    expect(judge_there(order), Answer::wait, Reason::delay_running);
    // With the quorum alone the liar makes it look late: then it has expired, which stops it too.
    log_.add("padding");
    log_.seal({1, {{1, now}, {2, now + 365 * 86400}}, 0});
    expect(judge_there(order), Answer::deny, Reason::expired);
}

TEST_F(Logged, G6_one_witness_that_lies_behind_backdates_nothing) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal({1, {{1, k_now.seconds}, {2, k_now.seconds - 365 * 86400}, {3, k_now.seconds}}, 0});
    expect(judge_at_claim(order, k_now + Span{1799}), Answer::wait, Reason::delay_running);
    expect(judge_at_claim(order, k_now + k_half_hour), Answer::permit, Reason::permitted);
}

TEST_F(Logged, G6_one_witness_that_lies_behind_stretches_no_expiry) {
    const std::string order = logged_and_approved();
    claim_ = claim(order);
    claim_index_ = log_.add(claim_);
    const std::int64_t late = (k_proposed + Span{8 * 3600}).seconds;
    log_.seal({1, {{1, late}, {2, late - 365 * 86400}, {3, late}}, 0});
    expect(judge_there(order), Answer::deny, Reason::expired);
}

TEST_F(Logged, G6_what_passed_since_the_claim_counts) {
    const std::string order = logged_and_approved();
    const Time when = k_proposed + Span{8 * 3600 - 10};
    expect(judge_at_claim(order, when), Answer::permit, Reason::permitted);
    const auto later = judge(order, claim_index_, {}, when, when + Span{10});
    ASSERT_TRUE(later);
    EXPECT_EQ(later->decision.reason, Reason::expired);
}

TEST_F(Logged, G6_order_postdated_by_its_proposer) {
    const std::string order = propose([](statement::Order& one) {
        one.proposed = k_now + k_hour;
        one.expires = k_now + k_hour + Span{600};
    });
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    expect(judge_at_claim(order, k_now + k_hour + Span{60}), Answer::deny, Reason::postdated);
}

TEST_F(Logged, G6_votes_that_no_checkpoint_contains_yet) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    claim_ = claim(order);
    claim_index_ = log_.add(claim_);
    log_.seal(at(k_now));
    follow();
    LogKnowledge known = copy_.knowledge();
    known.times.clear();
    const LogMoment moment{claim_index_, k_now, k_now, &known.times};
    const auto judged =
        judge_under_log(known.chronicle, copy_, statement::id_of(text_of(order)), {}, moment);
    ASSERT_TRUE(judged);
    EXPECT_NE(judged->decision.answer, Answer::permit);
}

// Once.

TEST_F(Logged, G3_first_claim_wins) {
    const std::string order = logged_and_approved();
    const std::string other = claim(order, "db2");
    log_.add(other);
    const Judgement judged = judge_at_claim(order, k_now + k_half_hour);
    expect(judged, Answer::permit, Reason::permitted);
    const auto mine = first(judged);
    ASSERT_FALSE(mine);
    EXPECT_EQ(mine.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(mine.error().message, HasSubstr("db2 claimed it"));
    EXPECT_TRUE(require_first_claim(judged, statement::id_of(text_of(other))));
}

TEST_F(Logged, G3_own_claim_of_before_a_restored_backup) {
    const std::string order = logged_and_approved();
    log_.add(claim(order, "db1", 77));
    const Judgement judged = judge_at_claim(order, k_now + k_half_hour);
    const auto mine = first(judged);
    ASSERT_FALSE(mine);
    EXPECT_THAT(mine.error().message, HasSubstr("before, at entry 3"));
}

TEST_F(Logged, G3_claim_by_another_machine_stands_in_nobodys_way) {
    const std::string order = logged_and_approved();
    statement::Claim forged = statement::parse_claim(text_of(claim(order, "db2"))).value();
    log_.add(domain_.sign(statement::Kind::claim, statement::render(forged).value(), {"bob"}));
    EXPECT_TRUE(first(judge_at_claim(order, k_now + k_half_hour)));
}

TEST_F(Logged, G3_claim_below_its_order_does_not_count) {
    const std::string order = propose();
    log_.add(claim(order, "db2"));
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    EXPECT_TRUE(first(judge_at_claim(order, k_now + k_half_hour)));
}

TEST_F(Logged, G3_claim_by_a_key_that_was_revoked_before) {
    const std::string order = logged_and_approved();
    log_.add(domain_.revocation(state(), "db2", "db2", "dave", "dave"));
    log_.add(domain_.revocation(state(), "db2", "db2", "erin", "erin"));
    log_.add(claim(order, "db2"));
    EXPECT_TRUE(first(judge_at_claim(order, k_now + k_half_hour)));
}

TEST_F(Logged, G3_claim_that_was_refused_stays_spent) {
    const std::string order = logged_and_approved();
    const std::string other = claim(order, "db2");
    log_.add(other);
    log_.add(receipt(order, other, Outcome::refused, "db2"));
    EXPECT_FALSE(first(judge_at_claim(order, k_now + k_half_hour)));
}

// Rations.

class Rationed : public Logged {
  protected:
    std::string emergency(Time proposed, bool drill = false) {
        return propose([&](statement::Order& order) {
            order.rule.emergency = true;
            order.drill = drill;
            order.proposed = proposed;
            order.expires = proposed + Span{8 * 3600};
        });
    }
    /// One emergency that was claimed, at `when`.
    std::string spend(Time when, bool drill = false) {
        const std::string order = emergency(when, drill);
        log_.add(order);
        log_.add(approve(order, "dave"));
        const std::string claimed = claim(order, "db2", next_++);
        log_.add(claimed);
        log_.seal(at(when));
        spent_ = order;
        return claimed;
    }
    Judgement next_at(Time when) {
        const std::string order = emergency(when);
        log_.add(order);
        log_.add(approve(order, "dave"));
        log_.seal(at(when));
        return judge_at_claim(order, when);
    }
    std::string spent_;
};

TEST_F(Rationed, G3_claims_use_the_ration_up) {
    spend(k_now);
    const Judgement judged = next_at(k_now + k_hour);
    expect(judged, Answer::deny, Reason::too_late);
    EXPECT_EQ(judged.log->ration, std::vector<Time>{k_now});
}

TEST_F(Rationed, G3_ration_comes_back_with_time) {
    spend(k_now);
    expect(next_at(k_now + Span{30 * 86400}), Answer::permit, Reason::permitted);
}

TEST_F(Rationed, G3_refused_gives_the_ration_back) {
    const std::string claimed = spend(k_now);
    log_.add(receipt(spent_, claimed, Outcome::refused, "db2"));
    expect(next_at(k_now + k_hour), Answer::permit, Reason::permitted);
}

TEST_F(Rationed, G3_refused_by_another_gives_nothing_back) {
    const std::string claimed = spend(k_now);
    log_.add(receipt(spent_, claimed, Outcome::refused, "db1"));
    expect(next_at(k_now + k_hour), Answer::deny, Reason::too_late);
}

TEST_F(Rationed, G3_refused_after_it_had_begun_gives_nothing_back) {
    const std::string claimed = spend(k_now);
    log_.add(receipt(spent_, claimed, Outcome::started, "db2"));
    log_.add(receipt(spent_, claimed, Outcome::refused, "db2"));
    expect(next_at(k_now + k_hour), Answer::deny, Reason::too_late);
}

TEST_F(Rationed, G3_drills_do_not_count) {
    spend(k_now, true);
    expect(next_at(k_now + k_hour), Answer::permit, Reason::permitted);
}

TEST_F(Rationed, G3_claim_above_ones_own_does_not_count) {
    const std::string order = emergency(k_now);
    log_.add(order);
    log_.add(approve(order, "dave"));
    expect(judge_at_claim(order, k_now), Answer::permit, Reason::permitted);
    spend(k_now + Span{60});
    expect(judge_there(order), Answer::permit, Reason::permitted);
}

}  // namespace
}  // namespace cheget::permit
