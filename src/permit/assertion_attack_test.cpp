// Attacks on a policy's assertions: an amendment that breaks them, that drops what it breaks, and
// policies that come in by other doors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/judge.h"
#include "support/attack.h"

namespace cheget::permit {
namespace {

using policy::Answer;
using statement::Kind;
using test_support::k_blocks;
using test_support::k_people;
using test_support::TestDomain;
using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class AssertionAttack : public testing::Test {
  protected:
    AssertionAttack() : state_(domain_.begin(kept_, k_people)) {}

    base::Result<Advance> amend(const std::string& blocks, const std::vector<std::string>& people) {
        const std::string text = domain_.next_policy_text(state_.policy->policy, blocks);
        votes_.clear();
        for (const std::string& one : people) {
            votes_.push_back(domain_.vote_by(state_, text, one));
        }
        return advance(state_, {votes_.begin(), votes_.end()});
    }
    static std::uint32_t version_of(const base::Result<Advance>& advanced) {
        return advanced ? advanced->state.policy->policy.header.version : 0;
    }

    const std::string assertion_ = "assert smallest coalition for drop-database >= 4\n";
    const std::string kept_ = k_blocks + "amend lowering { approve 4 of dba }\n" + assertion_;
    const std::string weaker_ = replaced(kept_, "approve 3 of dba", "approve 2 of dba");
    TestDomain domain_;
    DomainState state_;
    std::vector<std::string> votes_;
};

TEST_F(AssertionAttack, G7_an_amendment_that_breaks_what_it_promises) {
    const auto advanced = amend(weaker_, k_people);  // even all of them
    ASSERT_TRUE(advanced.has_value()) << advanced.error().message;
    EXPECT_EQ(version_of(advanced), 1U);
    ASSERT_EQ(advanced->proposals.size(), 1U);
    EXPECT_THAT(advanced->proposals[0].refusal,
                HasSubstr("alice, bob and carol suffice for action drop-database: that is 3, and 4 "
                          "are promised"));
    EXPECT_THAT(advanced->ignored.at(0).why, HasSubstr("breaks its own assertions"));
}

TEST_F(AssertionAttack, G7_an_amendment_that_keeps_what_it_promises) {
    EXPECT_EQ(version_of(amend(replaced(kept_, "approve 3 of dba", "approve 4 of dba"),
                               {"alice", "bob", "carol", "dave"})),
              2U);
}

TEST_F(AssertionAttack, G7_an_amendment_that_drops_the_assertion_it_breaks) {
    const std::string dropped = replaced(weaker_, assertion_, "");
    const std::string weakened = replaced(weaker_, ">= 4", ">= 3");
    for (const std::string& blocks : {dropped, weakened}) {
        EXPECT_EQ(version_of(amend(blocks, {"alice", "bob"})), 1U);
        EXPECT_EQ(version_of(amend(blocks, {"alice", "bob", "carol", "dave"})), 2U);
    }
}

TEST_F(AssertionAttack, G7_a_first_policy_that_breaks_what_it_promises) {
    TestDomain domain;
    const std::string text = domain.policy_text(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n" + weaker_);
    const std::string whole = domain.sign(Kind::policy, text, k_people);
    const auto begun = establish(whole, std::nullopt);
    ASSERT_FALSE(begun.has_value());
    EXPECT_THAT(begun.error().message, HasSubstr("and 4 are promised"));
    const auto resumed = resume(text, statement::id_of(text), {});
    ASSERT_FALSE(resumed.has_value());
    EXPECT_EQ(resumed.error().kind, base::ErrorKind::bad_input);
}

}  // namespace
}  // namespace cheget::permit
