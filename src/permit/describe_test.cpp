// What a person reads: the answer first, then what is missing and who could give it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/judge.h"
#include "support/attack.h"

namespace cheget::permit {
namespace {

using statement::Verdict;
using test_support::Attack;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Describe : public Attack {
  protected:
    std::string told(const std::vector<std::string>& statements) {
        const auto judged = judge_these(statements);
        return judged ? describe(*judged) : judged.error().message;
    }
};

TEST_F(Describe, waiting_says_what_is_missing_and_who_could_give_it) {
    EXPECT_THAT(told({order_, approve("bob")}),
                AllOf(StartsWith("wait: approvals are missing\n"
                                 "  earliest: 2027-01-15T08:01:00Z; the order expires at "
                                 "2027-01-15T09:00:00Z\n"
                                 "missing:\n"
                                 "  2 more for 3 of dba: carol, dave or erin can approve\n"),
                      HasSubstr("[ ] 3 of dba: bob (approve, sha256:"),
                      HasSubstr("alice proposed it, so that their own approval counts for nothing"),
                      HasSubstr("run: [\"/usr/bin/dropdb\",\"--if-exists\",\"invoices\"]"),
                      HasSubstr("log: none.")));
}

TEST_F(Describe, denied_says_why_it_can_never_be) {
    EXPECT_THAT(told({order_, say("erin", Verdict::veto)}),
                AllOf(StartsWith("deny: vetoed by erin (veto, sha256:"),
                      HasSubstr("[x] 1 of security: erin")));
    EXPECT_THAT(told({order_, say("alice", Verdict::withdraw)}),
                StartsWith("deny: withdrawn by its proposer alice (withdraw, sha256:"));
    EXPECT_THAT(told({order_, say("bob", Verdict::withdraw), say("carol", Verdict::withdraw)}),
                AllOf(StartsWith("deny: those who are left can't suffice any more, whatever they "
                                 "sign\nmissing:\n  3 more for 3 "
                                 "of dba: out of reach, only dave and erin could still approve\n"),
                      HasSubstr("bob (withdraw, sha256:")));
}

TEST_F(Describe, permitted_says_until_when) {
    EXPECT_THAT(told({order_, approve("bob"), approve("carol"), approve("dave")}),
                AllOf(StartsWith("permit until 2027-01-15T09:00:00Z: drop-database is satisfied\n"),
                      HasSubstr("[x] 3 of dba: bob (approve"), Not(HasSubstr("set aside"))));
}

TEST_F(Describe, what_was_set_aside_is_told) {
    EXPECT_THAT(told({order_, "junk"}), HasSubstr("set aside:\n  'junk': "));
}

TEST_F(Describe, an_order_that_does_not_fit_is_told) {
    auto order = domain_.order(state_);
    order.target = "prod/eu-1/payroll";
    EXPECT_THAT(told({domain_.sign_order(order, "alice")}), StartsWith("deny: "));
}

}  // namespace
}  // namespace cheget::permit
