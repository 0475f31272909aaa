// Attacks by whoever had a briefcase in hand: votes under duress, a copied case, forged handovers,
// journals with holes. Approvals out of it count for nothing then; what says no always counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/custody.h"
#include "permit/judge.h"
#include "support/journal.h"
#include "support/logged_domain.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using policy::Reason;
using statement::Custody;
using statement::CustodyEvent;
using statement::Kind;
using statement::Verdict;
using test_support::Journal;
using test_support::k_blocks;
using test_support::k_logged_blocks;
using test_support::k_now;
using test_support::LoggedDomain;
using test_support::replaced;
using test_support::SoftTpm;
using test_support::TestDomain;
using test_support::text_of;
using test_support::with_briefcase;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view k_shared_reason = "what vouches for that does not suffice here";

/// Three of dba are needed; bob and carol approved with ordinary keys.
class Briefcase : public testing::Test {
  protected:
    void begin(const std::string& marks) {
        state_ = domain_.begin(with_briefcase(k_blocks, marks), test_support::k_people);
        order_ = domain_.sign_order(domain_.order(state_), "alice");
        journal_.emplace(domain_, state_);
    }
    std::string out_of_case(Verdict verdict = Verdict::approve) {
        return domain_.sign_vote(domain_.vote(state_, text_of(order_), "dave", verdict),
                                 {"dave-2"});
    }
    Judgement judge_with(std::vector<std::string> statements, const HoldsMark& holds_mark = {}) {
        statements.push_back(order_);
        for (const char* by : {"bob", "carol"}) {
            statements.push_back(domain_.vote_by(state_, text_of(order_), by));
        }
        kept_ = statements;
        auto judged = judge(state_, {kept_.begin(), kept_.end()}, k_now, holds_mark);
        EXPECT_TRUE(judged) << judged.error().message;
        return std::move(*judged);
    }
    void expect_void(const std::vector<std::string>& statements, const HoldsMark& holds_mark = {}) {
        const Judgement judged = judge_with(statements, holds_mark);
        EXPECT_EQ(judged.decision.answer, Answer::wait) << describe(judged);
        ASSERT_FALSE(judged.ignored.empty());
        EXPECT_THAT(judged.ignored[0].why, HasSubstr(std::string(k_shared_reason)));
    }
    void expect_counts(const std::vector<std::string>& statements,
                       const HoldsMark& holds_mark = {}) {
        const Judgement judged = judge_with(statements, holds_mark);
        EXPECT_EQ(judged.decision.answer, Answer::permit) << describe(judged);
    }

    TestDomain domain_;
    DomainState state_;
    std::string order_;
    std::optional<Journal> journal_;
    std::vector<std::string> kept_;
};

HoldsMark mark_says(bool holds) {
    return [holds](const signature::PublicKey&, const statement::SignedText&) { return holds; };
}

TEST_F(Briefcase, G1_an_approval_whose_mark_fails_is_void_and_a_no_is_not) {
    begin("");
    expect_counts({out_of_case()});  // who can't check marks sees an ordinary vote
    expect_counts({out_of_case()}, mark_says(true));
    expect_void({out_of_case()}, mark_says(false));
    const Judgement stopped = judge_with({out_of_case(Verdict::veto)}, mark_says(false));
    EXPECT_EQ(stopped.decision.reason, Reason::vetoed);
}

TEST_F(Briefcase, G1_a_permit_that_an_executor_may_refuse_says_so) {
    begin("");
    const auto told = HasSubstr("out of a briefcase: dave; whether that counts an executor alone");
    EXPECT_THAT(describe(judge_with({out_of_case()})), told);
    EXPECT_THAT(describe(judge_with({out_of_case()}, mark_says(true))), Not(told));
    EXPECT_THAT(describe(judge_with({out_of_case(Verdict::veto)})), Not(told));
    EXPECT_THAT(describe(judge_with({domain_.vote_by(state_, text_of(order_), "dave")})),
                Not(told));
}

TEST_F(Briefcase, G1_marks_are_asked_of_briefcases_alone) {
    begin("");
    const std::string by_hand = domain_.vote_by(state_, text_of(order_), "dave");
    expect_counts({by_hand}, mark_says(false));
    // A vote that carries both signatures is one by hand.
    const std::string both =
        domain_.sign_vote(domain_.vote(state_, text_of(order_), "dave"), {"dave-2", "dave"});
    expect_counts({both}, mark_says(false));
}

TEST_F(Briefcase, G1_the_mark_is_asked_with_the_votes_own_text_and_key) {
    begin("");
    const std::string vote = out_of_case();
    bool asked = false;
    expect_counts({vote}, [&](const signature::PublicKey& key, const statement::SignedText& text) {
        asked = true;
        EXPECT_EQ(key, domain_.key("dave-2").public_key());
        EXPECT_EQ(text.text, text_of(vote));
        return true;
    });
    EXPECT_TRUE(asked);
}

TEST_F(Briefcase, G1_custody_has_to_name_the_vote) {
    begin(" custody");
    const std::string vote = out_of_case();
    expect_void({vote});
    const std::string created = journal_->created();
    expect_void({vote, created});
    const std::string handed = journal_->handed("alice", "erin");
    const auto before = journal_->last();
    expect_void({vote, created, handed, journal_->opened(out_of_case(Verdict::veto))});
    journal_->go_back_to(before);
    const std::string opened = journal_->opened(vote);
    expect_counts({vote, created, handed, opened});
    expect_counts({opened, handed, vote, created});  // whatever the order of the files
}

TEST_F(Briefcase, G1_a_copied_case_makes_a_fork) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const auto copied_at = journal_->last();
    const std::string opened = journal_->opened(vote);
    journal_->go_back_to(copied_at);
    const std::string elsewhere = journal_->handed("alice", "erin");
    expect_counts({vote, created, opened});
    expect_void({vote, created, opened, elsewhere});
    EXPECT_EQ(journal_->read({created, opened, elsewhere}).fault, CustodyFault::fork);
}

TEST_F(Briefcase, G1_a_hole_in_the_journal) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const std::string handed = journal_->handed("alice", "erin");
    const std::string opened = journal_->opened(vote);
    expect_void({vote, created, opened});
    EXPECT_EQ(journal_->read({created, opened}).fault, CustodyFault::gap);
    EXPECT_EQ(journal_->read({handed, opened}).fault, CustodyFault::no_beginning);
    EXPECT_TRUE(journal_->read({created, handed, opened}).is_whole());
}

TEST_F(Briefcase, G1_forged_handovers) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const auto before = journal_->last();
    // One hand alone, the wrong hands, and somebody who never had it.
    for (const std::vector<std::string>& signers :
         {std::vector<std::string>{"alice"}, {"erin"}, {"alice", "carol"}}) {
        journal_->go_back_to(before);
        const std::string handed = journal_->handed("alice", "erin", signers);
        expect_void({vote, created, handed, journal_->opened(vote)});
    }
    journal_->go_back_to(before);
    const std::string stolen = journal_->handed("carol", "erin");
    expect_void({vote, created, stolen, journal_->opened(vote)});
    EXPECT_EQ(journal_->read({created, stolen}).fault, CustodyFault::wrong_holder);
    // A handover that a third person tells of.
    journal_->go_back_to(before);
    Custody told = journal_->next(CustodyEvent::handover, "carol");
    told.from = "alice";
    told.to = "erin";
    const std::string by_third = journal_->sign(told, {"alice", "erin", "carol"});
    expect_void({vote, created, by_third, journal_->opened(vote)});
}

TEST_F(Briefcase, G1_only_the_case_itself_says_that_it_was_opened) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const auto before = journal_->last();
    expect_void({vote, created, journal_->opened(vote, "dave")});
    journal_->go_back_to(before);
    Custody by_bearer = journal_->opening(vote);
    by_bearer.by = "alice";
    expect_void({vote, created, journal_->sign(by_bearer, {"alice"})});
}

TEST_F(Briefcase, G1_another_seal_a_repeated_nonce_a_second_beginning) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const auto before = journal_->last();
    Custody other = journal_->opening(vote);
    other.seal = base::sha256("another seal");
    const std::string resealed = journal_->sign(other, {"dave-2"});
    expect_void({vote, created, resealed});
    EXPECT_EQ(journal_->read({created, resealed}).fault, CustodyFault::seal_changed);
    journal_->go_back_to(before);
    const std::string opened = journal_->opened(vote);
    const std::string again = journal_->opened(vote);
    EXPECT_EQ(journal_->read({created, opened, again}).fault, CustodyFault::wrong_holder);
    Custody second = journal_->next(CustodyEvent::created, "alice");
    second.previous.reset();
    second.note = "again";
    const std::string begun_twice = journal_->begun(second);
    EXPECT_EQ(journal_->read({created, begun_twice}).fault, CustodyFault::fork);
}

TEST_F(Briefcase, G1_only_its_maker_begins_its_record) {
    begin(" custody");
    const std::string vote = out_of_case();
    const auto begun_by = [&](const std::string& by, const std::vector<std::string>& signers) {
        journal_->go_back_to({});
        return journal_->sign(journal_->next(CustodyEvent::created, by), signers);
    };
    // Whoever bore it could drop the time in which they did by a beginning of their own.
    for (const auto& [by, signers] : {std::pair("erin", std::vector<std::string>{"erin"}),
                                      {"erin", {"erin", "dave"}},
                                      {"erin", {"dave-2"}},
                                      {"dave", {"dave-2"}},
                                      {"db2", {"db2", "dave-2"}}}) {
        const std::string begun = begun_by(by, signers);
        expect_void({vote, begun, journal_->opened(vote)});
    }
    const std::string begun = begun_by("alice", {"alice", "dave-2"});
    const std::string opened = journal_->opened(vote);
    expect_counts({vote, begun, opened});
    journal_->go_back_to({});
    Custody again = journal_->next(CustodyEvent::created, "erin");
    expect_counts({vote, begun, opened, journal_->sign(again, {"erin"})});  // it disturbs nothing
}

TEST_F(Briefcase, G1_lost_is_lost_whoever_says_so) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    const std::string opened = journal_->opened(vote);
    Custody lost = journal_->next(CustodyEvent::lost, "erin");
    expect_void({vote, created, opened, journal_->sign(lost, {"erin"})});
    lost.previous.reset();  // who misses it does not know how its journal ends
    const std::string missed = journal_->sign(lost, {"erin"});
    expect_void({vote, created, opened, missed});
    EXPECT_EQ(journal_->read({created, opened, missed}).fault, CustodyFault::lost);
    expect_counts({vote, created, opened, journal_->sign(lost, {"mallory"})});
}

TEST_F(Briefcase, G1_custody_of_another_domain_or_case_says_nothing) {
    begin(" custody");
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    Custody elsewhere = journal_->opening(vote);
    elsewhere.domain.first_policy = base::sha256("another");
    expect_void({vote, created, journal_->sign(elsewhere, {"dave-2"})});
    Custody other_case = journal_->next(CustodyEvent::opened, "dave");
    other_case.briefcase = domain_.key("dave").public_key().fingerprint();
    other_case.nonce = nonce_for_vote(statement::id_of(text_of(vote)));
    expect_void({vote, created, journal_->sign(other_case, {"dave-2"})});
}

class BriefcaseWithTpm : public Briefcase {
  protected:
    BriefcaseWithTpm() { begin(" tpm " + tpm_.key.public_key().fingerprint()); }

    std::string created() {
        return journal_->begun(tpm_.attested(journal_->next(CustodyEvent::created, "alice"), 0, 1));
    }

    SoftTpm tpm_;
};

TEST_F(BriefcaseWithTpm, G1_the_policys_tpm_has_to_speak_of_the_vote) {
    const std::string vote = out_of_case();
    const std::string created = this->created();
    const auto before = journal_->last();
    expect_void({vote, created, journal_->opened(vote)});
    journal_->go_back_to(before);
    expect_counts(
        {vote, created, journal_->sign(tpm_.attested(journal_->opening(vote), 1, 2), {"dave-2"})});
    // Somebody else's TPM, though its whole chain holds together.
    SoftTpm other;
    journal_->go_back_to({});
    const std::string begun =
        journal_->begun(other.attested(journal_->next(CustodyEvent::created, "alice"), 0, 1));
    expect_void(
        {vote, begun, journal_->sign(other.attested(journal_->opening(vote), 1, 2), {"dave-2"})});
}

TEST_F(BriefcaseWithTpm, G1_the_first_quote_is_the_makers) {
    const std::string vote = out_of_case();
    const std::string created = journal_->created();
    expect_void(
        {vote, created, journal_->sign(tpm_.attested(journal_->opening(vote), 1, 2), {"dave-2"})});
}

TEST_F(BriefcaseWithTpm, G1_a_quote_speaks_of_its_own_statement) {
    const std::string vote = out_of_case();
    const std::string created = this->created();
    const auto before = journal_->last();
    // Every other field of the statement is what the quote is over.
    const Custody good = tpm_.attested(journal_->opening(vote), 1, 2);
    for (const auto& change : std::vector<std::function<void(Custody&)>>{
             [](Custody& one) { one.tries = 8; }, [](Custody& one) { one.counter = 3; },
             [](Custody& one) { one.at.seconds += 1; }, [](Custody& one) { one.note = "a"; }}) {
        Custody changed = good;
        change(changed);
        journal_->go_back_to(before);
        expect_void({vote, created, journal_->sign(changed, {"dave-2"})});
    }
}

TEST_F(BriefcaseWithTpm, G1_a_case_that_was_put_back) {
    const std::string vote = out_of_case();
    const std::string created = this->created();
    const auto before = journal_->last();
    for (const std::uint64_t counter : {0U, 1U}) {
        journal_->go_back_to(before);
        const std::string opened =
            journal_->sign(tpm_.attested(journal_->opening(vote), 1, counter), {"dave-2"});
        expect_void({vote, created, opened});
        EXPECT_EQ(journal_->read({created, opened}).fault, CustodyFault::counter_back);
    }
    // The same TPM, another index of theirs: with other tries, or with another count.
    for (std::uint8_t SoftTpm::*index : {&SoftTpm::name, &SoftTpm::counter_name}) {
        SoftTpm renamed = tpm_;
        renamed.*index = 7;
        journal_->go_back_to(before);
        const std::string opened =
            journal_->sign(renamed.attested(journal_->opening(vote), 1, 2), {"dave-2"});
        EXPECT_EQ(journal_->read({created, opened}).fault, CustodyFault::counter_back);
    }
}

// Under a log.

class LoggedBriefcase : public testing::Test, protected LoggedDomain {
  protected:
    LoggedBriefcase()
        : LoggedDomain(with_briefcase(k_logged_blocks, " custody")), journal_(domain_, state()) {}

    std::string out_of_case(const std::string& order) {
        return domain_.sign_vote(domain_.vote(state(), text_of(order), "dave"), {"dave-2"});
    }
    void catch_up() {
        log_.seal(at(k_now));
        const auto caught = permit::catch_up(copy_, log_.fetch());
        ASSERT_TRUE(caught) << caught.error().message;
    }
    Judgement judge_later(const std::string& order, std::uint64_t bound,
                          const std::vector<std::string>& outside = {}) {
        const base::Time later{k_now.seconds + 3600};
        auto judged = judge(order, bound, outside, later, later);
        EXPECT_TRUE(judged) << judged.error().message;
        return std::move(*judged);
    }

    Journal journal_;
};

TEST_F(LoggedBriefcase, G1_custody_binds_below_the_claim_and_its_faults_from_anywhere) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    const std::string vote = out_of_case(order);
    log_.add(vote);
    log_.add(journal_.created());
    const auto before = journal_.last();
    const std::uint64_t index = log_.add(journal_.opened(vote));
    catch_up();
    EXPECT_EQ(judge_later(order, index + 1).decision.answer, Answer::permit);
    EXPECT_EQ(judge_later(order, index).decision.answer, Answer::wait);
    journal_.go_back_to(before);
    const std::string elsewhere = journal_.handed("alice", "erin");
    EXPECT_EQ(judge_later(order, index + 1, {elsewhere}).decision.answer, Answer::wait);
}

TEST_F(LoggedBriefcase, G1_the_journal_has_to_be_in_the_log) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    const std::string vote = out_of_case(order);
    log_.add(vote);
    catch_up();
    const std::string created = journal_.created();
    EXPECT_EQ(judge_later(order, log_.size(), {created, journal_.opened(vote)}).decision.answer,
              Answer::wait);
}

TEST(BriefcaseSource, G1_facts_out_of_a_briefcase_count_for_nothing) {
    // Erin is the source, and one of her keys lies in a briefcase.
    std::string blocks =
        replaced(k_logged_blocks, "{KEY:erin} }", "{KEY:erin}; {KEY:erin-2} briefcase }");
    blocks = replaced(blocks, "from 1 of { db2 }", "from 1 of { erin }");
    for (const auto& [signer, expected] :
         {std::pair("erin", Answer::permit), std::pair("erin-2", Answer::wait)}) {
        LoggedDomain domain(blocks);
        const std::string order = domain.propose([](statement::Order& one) {
            one.rule.action = "purge";
            one.target = "crm/invoices";
            one.deed = statement::Run{{"/usr/bin/purge", "invoices"}};
            one.user.reset();
        });
        statement::Fact fact;
        fact.domain = domain.state().domain;
        fact.fact = "ready";
        fact.about = statement::AboutTarget{"crm/invoices"};
        fact.value = "true";
        fact.by = "erin";
        fact.at = k_now;
        domain.log_.add(order);
        domain.log_.add(domain.approve(order, "bob"));
        domain.log_.add(domain.domain_.sign(Kind::fact, statement::render(fact).value(), {signer}));
        domain.log_.seal(LoggedDomain::at(k_now));
        ASSERT_TRUE(permit::catch_up(domain.copy_, domain.log_.fetch()));
        const auto judged = domain.judge(order, domain.log_.size());
        ASSERT_TRUE(judged) << judged.error().message;
        EXPECT_EQ(judged->decision.answer, expected) << signer << describe(*judged);
    }
}

TEST_F(LoggedBriefcase, G1_custody_beside_the_log_by_a_revoked_key_says_nothing) {
    const std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    const std::string vote = out_of_case(order);
    log_.add(vote);
    log_.add(journal_.created());
    const auto before = journal_.last();
    const std::uint64_t index = log_.add(journal_.opened(vote));
    log_.add(domain_.revocation(state(), "erin", "erin", "erin", "erin"));
    catch_up();
    journal_.go_back_to(before);
    const std::string by_thief = journal_.sign(journal_.next(CustodyEvent::lost, "erin"), {"erin"});
    EXPECT_EQ(judge_later(order, index + 1, {by_thief}).decision.answer, Answer::permit);
}

TEST_F(LoggedBriefcase, G5_a_briefcase_revokes_itself_alone) {
    const auto revoked_by = [&](const std::string& entry) {
        log_.add(entry);
        log_.seal(at(k_now));
        EXPECT_TRUE(permit::catch_up(copy_, log_.fetch()));
        return state().revoked.size();
    };
    EXPECT_EQ(revoked_by(domain_.revocation(state(), "dave", "dave", "dave", "dave-2")), 0U);
    log_.add(domain_.revocation(state(), "bob", "bob", "dave", "dave-2"));
    EXPECT_EQ(revoked_by(domain_.revocation(state(), "bob", "bob", "erin", "erin")), 0U);
    EXPECT_EQ(revoked_by(domain_.revocation(state(), "dave-2", "dave", "dave", "dave-2")), 1U);
}

TEST_F(Briefcase, G1_an_order_out_of_a_briefcase_is_none) {
    begin("");
    statement::Order order = domain_.order(state_);
    order.proposer = "dave";
    order_ = domain_.sign_order(order, "dave-2");
    const Judgement judged = judge_with({domain_.vote_by(state_, text_of(order_), "erin")});
    EXPECT_EQ(judged.decision.answer, Answer::deny);
    EXPECT_THAT(judged.refusal, HasSubstr("speaks in votes alone"));
    order_ = domain_.sign_order(order, "dave");
    EXPECT_EQ(judge_with({domain_.vote_by(state_, text_of(order_), "erin")}).decision.answer,
              Answer::permit);
}

// Amendments.

class BriefcaseAmendment : public testing::Test {
  protected:
    void begin(const std::string& blocks, const std::string& marks = "") {
        blocks_ = with_briefcase(blocks, marks);
        state_ = domain_.begin(blocks_, test_support::k_people);
    }
    std::uint32_t version_after(Verdict verdict = Verdict::approve) {
        const std::string text = domain_.next_policy_text(
            state_.policy->policy, replaced(blocks_, "approve 3 of dba", "approve 4 of dba"));
        const std::string by_hand = domain_.vote_by(state_, text, "alice");
        const std::string also = domain_.vote_by(state_, text, "bob");
        const std::string in_case =
            domain_.sign_vote(domain_.vote(state_, text, "dave", verdict), {"dave-2"});
        std::vector<std::string_view> votes{by_hand, in_case};
        if (verdict == Verdict::veto) {
            votes.push_back(also);
        }
        const auto advanced = permit::advance(state_, votes);
        EXPECT_TRUE(advanced) << advanced.error().message;
        return advanced->state.policy->policy.header.version;
    }

    TestDomain domain_;
    std::string blocks_;
    DomainState state_;
};

TEST_F(BriefcaseAmendment, G7_approvals_count_only_where_the_rule_says_so) {
    begin(k_blocks);
    EXPECT_EQ(version_after(), 1U);
    begin(replaced(k_blocks, "amend { approve 2 of dba",
                   "amend { briefcase counts approve 2 of dba"));
    EXPECT_EQ(version_after(), 2U);
}

TEST_F(BriefcaseAmendment, G7_where_more_than_the_key_is_asked_nothing_shows_it) {
    begin(
        replaced(k_blocks, "amend { approve 2 of dba", "amend { briefcase counts approve 2 of dba"),
        " custody");
    EXPECT_EQ(version_after(), 1U);
}

TEST_F(BriefcaseAmendment, G5_a_veto_always_counts) {
    begin(k_blocks);
    EXPECT_EQ(version_after(Verdict::veto), 1U);
}

// Revocations under a log.

TEST(RevokedKeys, G5_revoke_nothing_but_themselves) {
    LoggedDomain domain;
    const auto revoked_after = [&](const std::string& entry) {
        domain.log_.add(entry);
        domain.log_.seal(LoggedDomain::at(k_now));
        EXPECT_TRUE(permit::catch_up(domain.copy_, domain.log_.fetch()));
        return domain.state().revoked.size();
    };
    // Alice's second key is stolen and revoked; the thief revokes her first with it.
    EXPECT_EQ(revoked_after(
                  domain.domain_.revocation(domain.state(), "alice-2", "alice", "alice", "alice")),
              1U);
    EXPECT_EQ(revoked_after(
                  domain.domain_.revocation(domain.state(), "alice", "alice", "alice", "alice-2")),
              1U);
    // What waits for others was said in time, and stands.
    domain.log_.add(domain.domain_.revocation(domain.state(), "bob", "bob", "dave", "dave"));
    EXPECT_EQ(
        revoked_after(domain.domain_.revocation(domain.state(), "dave", "dave", "dave", "dave")),
        2U);
    EXPECT_EQ(
        revoked_after(domain.domain_.revocation(domain.state(), "bob", "bob", "erin", "erin")), 3U);
}

TEST(RevokedKeys, G5_a_veto_stands_by_the_key_that_stood_longest) {
    LoggedDomain two(replaced(k_logged_blocks, "{KEY:dave} }", "{KEY:dave}; {KEY:dave-2} }"));
    const std::string asked = two.propose();
    two.log_.add(asked);
    two.log_.add(two.approve(asked, "bob"));
    two.log_.add(two.approve(asked, "carol"));
    two.log_.add(two.domain_.revocation(two.state(), "dave", "dave", "dave", "dave"));
    const std::string veto = two.domain_.sign_vote(
        two.domain_.vote(two.state(), text_of(asked), "dave", Verdict::veto), {"dave", "dave-2"});
    two.log_.add(veto);
    two.log_.add(two.domain_.revocation(two.state(), "dave-2", "dave", "dave", "dave-2"));
    two.log_.seal(LoggedDomain::at(k_now));
    ASSERT_TRUE(permit::catch_up(two.copy_, two.log_.fetch()));
    EXPECT_EQ(two.state().revoked.size(), 2U);
    const base::Time later{k_now.seconds + 3600};
    const auto judged = two.judge(asked, two.log_.size(), {}, later, later);
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->decision.reason, Reason::vetoed) << describe(*judged);
}

// What an executor knows beside the log.

TEST(OwnKnowledgeUnderLog, G5_a_revocation_outlives_its_signer) {
    LoggedDomain domain;
    // Erin and dave void bob's key where the log never hears of it; the executor finds it to count.
    const std::string erin =
        domain.domain_.revocation(domain.state(), "bob", "bob", "erin", "erin");
    const std::string dave =
        domain.domain_.revocation(domain.state(), "bob", "bob", "dave", "dave");
    const std::string order = domain.logged_and_approved();
    ASSERT_TRUE(permit::catch_up(domain.copy_, domain.log_.fetch()));
    const base::Time later{k_now.seconds + 3600};
    const std::uint64_t size = domain.log_.size();
    EXPECT_EQ(domain.judge(order, size, {}, later, later)->decision.answer, Answer::permit);
    OwnKnowledge own;
    own.revocations = {erin, dave};
    EXPECT_EQ(domain.judge(order, size, {}, later, later, own)->decision.answer, Answer::wait);
    // Weighed anew one of them alone would not do, as when dave has left; remembered it does.
    EXPECT_EQ(domain.judge(order, size, {erin}, later, later)->decision.answer, Answer::permit);
    own.revocations = {erin};
    EXPECT_EQ(domain.judge(order, size, {}, later, later, own)->decision.answer, Answer::wait);
}

}  // namespace
}  // namespace cheget::permit
