// Attacks on facts, consents and voices in order, with real signatures and judged without a log.
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

const std::string k_rules = R"(
person alice { {KEY:alice} }
person bob { {KEY:bob} }
person carol { {KEY:carol} }
person dave { {KEY:dave} }
person erin { {KEY:erin} }
machine ci { {KEY:ci} }
machine db1 { {KEY:db1} }
group dba = { alice, bob, carol }
group security = { dave, erin }
fact backup-ok(target): bool from 1 of { ci } fresh 1h
fact tested(file): bool from 1 of { ci } fresh 1h
action drop-database on prod/{region}/{database} {
  run ["/usr/bin/dropdb", "--if-exists", "{database}"] as postgres
  propose 1 of dba
  approve all of { 1 of dba, backup-ok(target) is true }
  expire 8h
  execute 1 of { db1 }
}
action release on release/{name} {
  run ["/usr/bin/release", "{artifact}"]
  file {artifact}
  propose 1 of dba
  approve 1 of dba
  when tested(file) is true
  consent 1 of { bob, erin }
  expire 8h
  execute 1 of { db1 }
}
action hand-over on custody/{name} {
  run ["/usr/bin/hand-over", "{name}"]
  propose 1 of dba
  approve in sequence { 1 of dba, 1 of security }
  expire 8h
  execute 1 of { db1 }
}
action purge on crm/{name} {
  run ["/usr/bin/purge", "{name}"]
  propose 1 of { alice }
  approve all of { 1 of { bob, carol }, 1 of { bob, dave } }
  expire 8h
  execute 1 of { db1 }
}
amend { approve 2 of dba }
revoke { approve 1 of security }
)";

class AttackOrder : public ::testing::Test {
  protected:
    AttackOrder() : state_(domain_.begin(k_rules, {"alice", "bob", "carol", "dave", "erin"})) {}

    statement::Order release() {
        statement::Order order = domain_.order(state_);
        order.rule.action = "release";
        order.target = std::string("release/app");
        order.deed = statement::Run{{"/usr/bin/release", "/srv/app.img"}};
        order.user.reset();
        order.files = {{base::sha256(std::string_view("the image")), 9, "/srv/app.img"}};
        order.parameters = {{"artifact", "/srv/app.img"}};
        return order;
    }
    statement::Order hand_over() {
        statement::Order order = domain_.order(state_);
        order.rule.action = "hand-over";
        order.target = std::string("custody/app");
        order.deed = statement::Run{{"/usr/bin/hand-over", "app"}};
        order.user.reset();
        return order;
    }
    void propose(const statement::Order& order) { order_ = domain_.sign_order(order, "alice"); }

    std::string say(const std::string& by, Verdict verdict = Verdict::approve) {
        return domain_.vote_by(state_, text_of(order_), by, verdict);
    }
    /// A vote after another, as that was filed.
    std::string say_after(const std::string& by, std::string_view filed) {
        auto vote = domain_.vote(state_, text_of(order_), by);
        vote.after = base::sha256(filed);
        return domain_.sign_vote(vote, {by});
    }
    statement::Fact fact(const std::string& name, statement::FactSubject about) {
        statement::Fact said;
        said.domain = state_.domain;
        said.fact = name;
        said.about = std::move(about);
        said.value = "true";
        said.by = "ci";
        said.at = {k_now.seconds - 60};
        return said;
    }
    statement::Fact backup_ok(const std::string& target) {
        return fact("backup-ok", statement::AboutTarget{target});
    }
    std::string sign(const statement::Fact& said, const std::string& signer = "ci") {
        return domain_.sign(Kind::fact, statement::render(said).value(), {signer});
    }

    Judgement judge_with(std::vector<std::string> more) {
        kept_ = std::move(more);
        kept_.push_back(order_);
        auto judged = judge(state_, {kept_.begin(), kept_.end()}, k_now);
        EXPECT_TRUE(judged.has_value()) << judged.error().message;
        return std::move(*judged);
    }
    void expect_permit(std::vector<std::string> more) {
        const Judgement judged = judge_with(std::move(more));
        EXPECT_EQ(judged.decision.answer, Answer::permit) << describe(judged);
    }
    void expect_wait(std::vector<std::string> more, Reason reason, const std::string& why = "") {
        const Judgement judged = judge_with(std::move(more));
        EXPECT_EQ(judged.decision.answer, Answer::wait) << describe(judged);
        EXPECT_EQ(judged.decision.reason, reason) << describe(judged);
        if (!why.empty()) {
            EXPECT_THAT(describe(judged), HasSubstr(why));
        }
    }

    TestDomain domain_;
    DomainState state_;
    std::string order_;
    std::vector<std::string> kept_;  ///< judgements point into the statements
};

class AttackFact : public AttackOrder {
  protected:
    AttackFact() { propose(domain_.order(state_)); }
    const std::string target_ = "prod/eu-1/invoices";
};

TEST_F(AttackFact, G1_the_honest_way_permits) {
    expect_permit({say("bob"), sign(backup_ok(target_))});
}

TEST_F(AttackFact, G1_no_fact) {
    expect_wait({say("bob")}, Reason::conditions_missing, "ci must say so");
}

TEST_F(AttackFact, G1_fact_about_another_target) {
    expect_wait({say("bob"), sign(backup_ok("prod/eu-1/other"))}, Reason::conditions_missing,
                "something else");
}

TEST_F(AttackFact, G1_fact_signed_by_another_key) {
    expect_wait({say("bob"), sign(backup_ok(target_), "db1")}, Reason::conditions_missing,
                "not ci's");
}

TEST_F(AttackFact, G1_fact_by_someone_who_is_no_source) {
    auto said = backup_ok(target_);
    said.by = "db1";
    expect_wait({say("bob"), sign(said, "db1")}, Reason::conditions_missing, "no source");
}

TEST_F(AttackFact, G1_fact_of_another_domain) {
    auto said = backup_ok(target_);
    said.domain.first_policy.bytes[0] ^= 1U;
    expect_wait({say("bob"), sign(said)}, Reason::conditions_missing, "another domain");
}

TEST_F(AttackFact, G6_fact_from_the_future) {
    auto said = backup_ok(target_);
    said.at = k_now;
    expect_permit({say("bob"), sign(said)});
    said.at.seconds += 1;
    expect_wait({say("bob"), sign(said)}, Reason::conditions_missing, "dated ahead");
}

TEST_F(AttackFact, G6_stale_fact) {
    auto said = backup_ok(target_);
    said.at = {k_now.seconds - 3600};
    expect_permit({say("bob"), sign(said)});
    said.at.seconds -= 1;
    expect_wait({say("bob"), sign(said)}, Reason::conditions_missing, "too old");
}

TEST_F(AttackFact, G6_an_older_fact_after_a_newer_denial) {
    auto denial = backup_ok(target_);
    denial.value = "false";
    denial.at.seconds += 1;
    expect_wait({say("bob"), sign(denial), sign(backup_ok(target_))}, Reason::conditions_missing);
    denial.value = "perhaps";
    expect_wait({say("bob"), sign(denial), sign(backup_ok(target_))}, Reason::conditions_missing,
                "a value that the fact lacks");
}

TEST_F(AttackFact, G5_fact_by_a_revoked_key) {
    expect_wait({say("bob"), sign(backup_ok(target_)),
                 domain_.revocation(state_, "ci", "ci", "dave", "dave")},
                Reason::conditions_missing, "revoked");
}

TEST_F(AttackOrder, G2_fact_about_a_name_whose_bytes_were_swapped) {
    propose(release());
    const auto tested = [&](std::string_view content) {
        return sign(fact("tested", statement::AboutFile{base::sha256(content)}));
    };
    expect_permit({say("bob"), say("erin", Verdict::consent), tested("the image")});
    expect_wait({say("bob"), say("erin", Verdict::consent), tested("an older image")},
                Reason::conditions_missing, "something else");
}

TEST_F(AttackOrder, G1_consent_used_as_approval) {
    propose(release());
    const std::string tested =
        sign(fact("tested", statement::AboutFile{base::sha256(std::string_view("the image"))}));
    expect_wait({say("bob", Verdict::consent), say("erin", Verdict::consent), tested},
                Reason::approvals_missing);
    expect_wait({say("bob"), tested}, Reason::consent_missing);
    expect_wait({say("bob"), say("bob", Verdict::consent), tested}, Reason::consent_missing);
    expect_permit({say("carol"), say("bob", Verdict::consent), tested});
}

TEST_F(AttackOrder, G1_consent_where_no_clause_asks_for_it) {
    propose(domain_.order(state_));
    expect_wait({say("bob", Verdict::consent)}, Reason::approvals_missing,
                "no clause of the policy asks for 'consent'");
}

TEST_F(AttackOrder, G1_a_deputy_without_a_log) {
    propose(domain_.order(state_));
    auto vote = domain_.vote(state_, text_of(order_), "dave");
    vote.stands_for = "bob";
    expect_wait({domain_.sign_vote(vote, {"dave"})}, Reason::approvals_missing, "only a log");
}

TEST_F(AttackOrder, G1_a_vote_on_the_ordinary_order_used_for_the_emergency) {
    propose(domain_.order(state_));
    const std::string ordinary = say("bob");
    auto emergency = domain_.order(state_);
    emergency.rule.emergency = true;
    propose(emergency);
    const Judgement judged = judge_with({ordinary});
    EXPECT_EQ(judged.decision.answer, Answer::deny);
    EXPECT_THAT(judged.refusal, HasSubstr("has none"));
    EXPECT_THAT(describe(judged), HasSubstr("speaks about another order"));
}

/// Bob stands in both parts: his vote, or several of his, fill one place.
TEST_F(AttackOrder, G4_overlap_that_counts_one_vote_twice) {
    statement::Order order = domain_.order(state_);
    order.rule.action = "purge";
    order.target = std::string("crm/eu");
    order.deed = statement::Run{{"/usr/bin/purge", "eu"}};
    order.user.reset();
    propose(order);
    expect_wait({say("bob")}, Reason::approvals_missing);
    expect_wait({say("bob"), say("bob")}, Reason::approvals_missing);
    expect_permit({say("bob"), say("carol")});
    expect_permit({say("dave"), say("carol")});
}

class AttackSequencePermit : public AttackOrder {
  protected:
    AttackSequencePermit() { propose(hand_over()); }
};

TEST_F(AttackSequencePermit, G1_the_honest_way_permits) {
    const std::string first = say("bob");
    expect_permit({first, say_after("dave", first)});
    expect_permit({say_after("dave", first), first});
}

TEST_F(AttackSequencePermit, G1_a_later_vote_without_the_earlier) {
    expect_wait({say("bob"), say("dave")}, Reason::approvals_missing, "next, 1 of security");
}

/// Dave prepares his vote over the text that bob is going to sign.
TEST_F(AttackSequencePermit, G1_a_later_vote_prepared_in_advance) {
    const std::string first = say("bob");
    const std::string prepared = say_after("dave", text_of(first));
    expect_wait({first, text_of(first), prepared}, Reason::approvals_missing);
    const std::string spoilt = text_of(first) + domain_.key("erin").sign("x", text_of(first));
    expect_wait({first, spoilt, say_after("dave", spoilt)}, Reason::approvals_missing);
}

TEST_F(AttackSequencePermit, G1_after_a_vote_by_a_revoked_key) {
    const std::string first = say("bob");
    expect_wait({first, say_after("dave", first), say("carol"),
                 domain_.revocation(state_, "bob", "bob", "bob", "bob")},
                Reason::approvals_missing);
}

TEST_F(AttackOrder, G1_after_where_no_sequence_is_asked_for) {
    propose(domain_.order(state_));
    expect_wait({say_after("bob", "anything"), sign(backup_ok("prod/eu-1/invoices"))},
                Reason::approvals_missing, "vote without 'after'");
}

}  // namespace
}  // namespace cheget::permit
