// The fixture of the attack tests on judgements: a domain with one order, and what an attacker who
// holds every file may hand to the verifier.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "permit/judge.h"
#include "support/test_domain.h"

namespace cheget::test_support {

class Attack : public testing::Test {
  protected:
    Attack() : state_(domain_.begin(k_blocks, k_people)) {
        order_ = domain_.sign_order(domain_.order(state_), "alice");
    }

    std::string order_text() const { return text_of(order_); }
    std::string approve(const std::string& by) { return domain_.vote_by(state_, order_text(), by); }
    std::string say(const std::string& by, statement::Verdict verdict) {
        return domain_.vote_by(state_, order_text(), by, verdict);
    }

    static base::Result<permit::Judgement> judge_in(const permit::DomainState& state,
                                                    const std::vector<std::string>& statements) {
        static std::vector<std::string> kept;  // judgements point into the statements
        kept = statements;
        return permit::judge(state, {kept.begin(), kept.end()}, k_now);
    }
    base::Result<permit::Judgement> judge_these(const std::vector<std::string>& statements) {
        return judge_in(state_, statements);
    }
    /// The order with these and two good approvals: one more that counts makes a permit.
    permit::Judgement with_two_approvals(std::vector<std::string> more) {
        more.insert(more.end(), {order_, approve("bob"), approve("carol")});
        auto judged = judge_these(more);
        EXPECT_TRUE(judged.has_value()) << judged.error().message;
        return std::move(*judged);
    }
    void expect_refused_vote(const std::string& vote, const std::string& why) {
        const permit::Judgement judged = with_two_approvals({vote});
        EXPECT_EQ(judged.decision.answer, policy::Answer::wait);
        EXPECT_EQ(judged.decision.reason, policy::Reason::approvals_missing);
        ASSERT_EQ(judged.ignored.size(), 1U) << permit::describe(judged);
        EXPECT_THAT(judged.ignored[0].why, testing::HasSubstr(why)) << judged.ignored[0].what;
    }

    void expect_wait_with(const std::vector<std::string>& more) {
        const permit::Judgement judged = with_two_approvals(more);
        EXPECT_EQ(judged.decision.answer, policy::Answer::wait) << permit::describe(judged);
    }

    TestDomain domain_;
    permit::DomainState state_;
    std::string order_;
};

}  // namespace cheget::test_support
