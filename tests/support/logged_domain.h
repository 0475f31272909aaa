// A made-up domain with a log: what the attack tests under a log begin with.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "permit/chronicle.h"
#include "permit/log_copy.h"
#include "support/test_domain.h"
#include "support/test_log.h"

namespace cheget::test_support {

/// Two of three witnesses.
const std::vector<std::uint8_t> k_witnesses{1, 2, 3};

/// Three of dba approve, then half an hour; an emergency once in 30 days; amendments wait an hour.
inline const std::string k_logged_blocks = R"(
person alice { {KEY:alice}; {KEY:alice-2} }
person bob { {KEY:bob} }
person carol { {KEY:carol} }
person dave { {KEY:dave} }
person erin { {KEY:erin} }
machine db1 { {KEY:db1} }
machine db2 { {KEY:db2} }
group dba = { alice, bob, carol, dave, erin }
group security = { dave, erin }
action drop-database on prod/{region}/{database} {
  run ["/usr/bin/dropdb", "--if-exists", "{database}"] as postgres
  propose 1 of dba
  approve 2 of dba
  veto 1 of security
  wait 30m
  expire 8h
  execute 1 of { db1, db2 }
}
emergency drop-database {
  approve 1 of security
  expire 8h
  at most 1 per 30d
}
amend { approve 2 of dba veto 1 of security wait 1h }
revoke { approve 2 of security }
)";

class UnderLog : public testing::Test {
  protected:
    UnderLog() : UnderLog(k_logged_blocks) {}
    explicit UnderLog(const std::string& blocks);

    /// Witnesses 1 to 3 whose clocks show the same.
    static Sealing at(base::Time time) {
        return {1, {{1, time.seconds}, {2, time.seconds}, {3, time.seconds}}, 0};
    }
    const permit::DomainState& state() const { return copy_.knowledge().chronicle.state(); }

    std::string propose(const std::function<void(statement::Order&)>& change = {});
    std::string approve(const std::string& order, const std::string& by) {
        return domain_.vote_by(state(), text_of(order), by);
    }
    std::string say(const std::string& order, const std::string& by, statement::Verdict verdict) {
        return domain_.vote_by(state(), text_of(order), by, verdict);
    }
    std::string claim(const std::string& order, const std::string& executor = "db1",
                      std::uint8_t nonce = 1);
    std::string receipt(const std::string& order, const std::string& claim,
                        statement::Outcome outcome, const std::string& executor = "db1");

    /// An order that three approved, all of it witnessed at k_now.
    std::string logged_and_approved();
    /// Reads what the log serves; a failure fails the test.
    void follow();
    base::Result<permit::Judgement> judge(const std::string& order, std::uint64_t bound,
                                          const std::vector<std::string>& outside = {},
                                          std::optional<base::Time> low = {},
                                          std::optional<base::Time> high = {});

    TestDomain domain_;
    TestLog log_;
    std::string first_;  ///< the first policy's text
    permit::MemoryLogCopy copy_;

  private:
    static permit::Chronicle begin(TestDomain& domain, const std::string& blocks,
                                   std::string& first);
    std::vector<std::string> kept_;
};

inline permit::Chronicle UnderLog::begin(TestDomain& domain, const std::string& blocks,
                                  std::string& first) {
    first = domain.policy_text("cheget policy v1\ndomain: " + domain.name + "\nversion: 1\n" +
                               log_lines(1, 2, k_witnesses) + witness_blocks(k_witnesses) + blocks);
    auto chronicle = permit::Chronicle::begin(first);
    if (!chronicle) {
        std::fprintf(stderr, "logged domain: %s\n", chronicle.error().message.c_str());
        std::abort();
    }
    return std::move(*chronicle);
}

inline UnderLog::UnderLog(const std::string& blocks) : copy_(begin(domain_, blocks, first_)) {}

inline std::string UnderLog::propose(const std::function<void(statement::Order&)>& change) {
    statement::Order order = domain_.order(state());
    order.expires = order.proposed + base::Span{8 * 3600};
    if (change) {
        change(order);
    }
    return domain_.sign_order(order, order.proposer);
}

inline std::string UnderLog::claim(const std::string& order, const std::string& executor,
                            std::uint8_t nonce) {
    statement::Claim claim;
    claim.domain = state().domain;
    claim.order = statement::id_of(text_of(order));
    claim.target = "prod/eu-1/invoices";
    claim.executor = executor;
    claim.policy = state().policy->policy.reference();
    claim.nonce[0] = nonce;
    return domain_.sign(statement::Kind::claim, statement::render(claim).value(), {executor});
}

inline std::string UnderLog::receipt(const std::string& order, const std::string& claim,
                              statement::Outcome outcome, const std::string& executor) {
    statement::Receipt receipt;
    receipt.domain = state().domain;
    receipt.order = statement::id_of(text_of(order));
    receipt.target = "prod/eu-1/invoices";
    receipt.executor = executor;
    receipt.claim = statement::id_of(text_of(claim));
    receipt.outcome = outcome;
    receipt.began = k_now;
    return domain_.sign(statement::Kind::receipt, statement::render(receipt).value(), {executor});
}

inline std::string UnderLog::logged_and_approved() {
    std::string order = propose();
    log_.add(order);
    log_.add(approve(order, "bob"));
    log_.add(approve(order, "carol"));
    log_.seal(at(k_now));
    return order;
}

inline void UnderLog::follow() {
    const auto followed = permit::catch_up(copy_, log_.fetch());
    ASSERT_TRUE(followed) << followed.error().message;
}

inline base::Result<permit::Judgement> UnderLog::judge(const std::string& order, std::uint64_t bound,
                                                const std::vector<std::string>& outside,
                                                std::optional<base::Time> low,
                                                std::optional<base::Time> high) {
    kept_ = outside;
    const std::vector<std::string_view> views(kept_.begin(), kept_.end());
    const auto id = statement::id_of(text_of(order));
    const auto indexes = permit::indexes_on(copy_.knowledge().chronicle, copy_, id, views);
    if (!indexes) {
        return std::unexpected(indexes.error());
    }
    EXPECT_TRUE(permit::refine_times(copy_, log_.fetch(), *indexes));
    const permit::LogKnowledge& known = copy_.knowledge();
    const log::Trust& trust = known.chronicle.trust();
    const auto opened = log::open_witnessed(known.checkpoint, trust);
    EXPECT_TRUE(opened);
    const permit::LogMoment moment{bound, low.value_or(*log::now_low(*opened, trust)),
                                   high.value_or(*log::now_high(*opened, trust, base::Span{0})),
                                   &known.times};
    return permit::judge_under_log(known.chronicle, copy_, id, views, moment);
}

}  // namespace cheget::test_support
