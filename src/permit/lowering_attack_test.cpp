// Attacks on the verdict that tells which amendments `amend` decides and which `amend lowering`:
// two people may tighten this policy, three must agree to anything looser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "permit/judge.h"
#include "support/attack.h"

namespace cheget::permit {
namespace {

using statement::Verdict;
using test_support::Attack;
using test_support::k_blocks;
using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

class Lowering : public Attack {
  protected:
    Lowering()
        : guarded_(
              replaced(replaced(k_blocks, "machine db2 { {KEY:db2} }",
                                "machine db2 { {KEY:db2} }\n"
                                "fact alert: none < raised < high from 1 of { db1 } fresh 15m"),
                       "  approve 3 of dba\n", "  approve 3 of dba\n  when alert >= raised\n") +
              "\namend lowering { approve 3 of dba }\n") {
        state_ = domain_.begin(guarded_, test_support::k_people);
    }

    base::Result<Advance> after(const std::string& blocks, const std::vector<std::string>& people) {
        text_ = domain_.next_policy_text(state_.policy->policy, blocks);
        kept_.clear();
        for (const std::string& one : people) {
            const auto vote = domain_.vote(state_, text_, one);
            kept_.push_back(domain_.sign_vote(vote, {one}));
        }
        return advance(state_, {kept_.begin(), kept_.end()});
    }

    /// Not by the everyday rule, by the harder one.
    void expect_lowers(const std::string& from, const std::string& to) {
        SCOPED_TRACE(from + " => " + to);
        const std::string blocks = replaced(guarded_, from, to);
        const auto everyday = after(blocks, {"alice", "bob"});
        ASSERT_TRUE(everyday.has_value()) << everyday.error().message;
        EXPECT_TRUE(everyday->steps.empty());
        ASSERT_EQ(everyday->proposals.size(), 1U);
        EXPECT_EQ(everyday->proposals[0].lowers, true);
        const auto harder = after(blocks, {"alice", "bob", "carol"});
        ASSERT_TRUE(harder.has_value()) << harder.error().message;
        EXPECT_EQ(harder->steps.size(), 1U);
    }

    std::string guarded_;
    std::string text_;
    std::vector<std::string> kept_;
};

TEST_F(Lowering, G7_what_is_stricter_passes_by_the_everyday_rule) {
    for (const auto& [from, to] :
         {std::pair("approve 3 of dba", "approve 4 of dba"), std::pair("expire 8h", "expire 7h"),
          std::pair("fresh 15m", "fresh 5m"), std::pair("alert >= raised", "alert >= high")}) {
        const auto advanced = after(replaced(guarded_, from, to), {"alice", "bob"});
        ASSERT_TRUE(advanced.has_value()) << advanced.error().message;
        ASSERT_EQ(advanced->steps.size(), 1U) << to;
        EXPECT_EQ(advanced->state.policy->text, text_);
    }
}

TEST_F(Lowering, G7_one_vote_is_not_enough_for_what_is_stricter_either) {
    const auto advanced =
        after(replaced(guarded_, "approve 3 of dba", "approve 4 of dba"), {"bob"});
    ASSERT_TRUE(advanced.has_value());
    EXPECT_TRUE(advanced->steps.empty());
    EXPECT_FALSE(advanced->proposals.at(0).lowers) << "nobody needs to know yet";
}

TEST_F(Lowering, G7_a_lowering_amendment_passed_as_an_everyday_one) {
    expect_lowers("approve 3 of dba\n", "approve 2 of dba\n");
    expect_lowers("expire 8h", "expire 9h");
    expect_lowers("execute 1 of { db1 }", "execute 1 of { db1, db2 }");
    expect_lowers("from 1 of { db1 }", "from 1 of { db1, db2 }");
    expect_lowers("fresh 15m", "fresh 30m");
    expect_lowers("veto 1 of security\n  expire", "veto 2 of security\n  expire");
    expect_lowers("\"--if-exists\", ", "");
    expect_lowers("revoke { approve 2 of security }", "revoke { approve 1 of security }");
    expect_lowers("propose 1 of dba\n", "propose 1 of dba\n  proposer counts\n");
    expect_lowers("when alert >= raised\n", "when any of { alert >= raised, region is eu }\n");
}

TEST_F(Lowering, G7_a_key_replaced_silently) {
    expect_lowers("{KEY:dave}", "{KEY:dave-of-the-thief}");
    expect_lowers("{KEY:erin} }", "{KEY:erin}; {KEY:erin-of-the-thief} }");
    expect_lowers("{KEY:alice}; {KEY:alice-2}", "{KEY:alice}");
    expect_lowers("{KEY:db1}", "{KEY:db1-of-the-thief}");
}

TEST_F(Lowering, G7_an_assertion_dropped) {
    const std::string promise = "assert smallest coalition for drop-database >= 4\n";
    guarded_ += promise;
    state_ = domain_.begin(guarded_, test_support::k_people);
    expect_lowers(promise, "");
    expect_lowers(promise, "assert smallest coalition for drop-database >= 3\n");
    const auto more =
        after(guarded_ + "assert smallest coalition for revoke >= 2\n", {"alice", "bob"});
    ASSERT_TRUE(more.has_value());
    EXPECT_EQ(more->steps.size(), 1U) << "one more promise is stricter";
}

TEST_F(Lowering, G7_the_harder_rule_taken_out_by_the_everyday_one) {
    expect_lowers("\namend lowering { approve 3 of dba }\n", "\n");
    expect_lowers("amend lowering { approve 3 of dba }", "amend lowering { approve 2 of dba }");
}

TEST_F(Lowering, G7_an_amendment_that_lowers_hidden_behind_one_that_does_not) {
    // The tightened policy keeps the harder rule: the next step still needs it.
    const std::string tight = replaced(guarded_, "expire 8h", "expire 7h");
    const auto first = after(tight, {"alice", "bob"});
    ASSERT_EQ(first->steps.size(), 1U);
    const std::vector<std::string> votes = kept_;
    const std::string loose = domain_.next_policy_text(
        first->state.policy->policy, replaced(tight, "approve 3 of dba\n", "approve 2 of dba\n"));
    std::vector<std::string> both = votes;
    for (const std::string by : {"alice", "bob"}) {
        both.push_back(domain_.vote_by(first->state, loose, by));
    }
    const auto second = advance(state_, {both.begin(), both.end()});
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->state.policy->policy.header.version, 2U);
}

TEST_F(Lowering, G10_more_amendments_than_are_worth_a_verdict) {
    std::vector<std::string> votes;
    for (int minutes = 1; minutes <= 4; ++minutes) {
        const std::string text = domain_.next_policy_text(
            state_.policy->policy,
            replaced(guarded_, "expire 8h", "expire " + std::to_string(500 + minutes) + "m"));
        for (const std::string by : {"alice", "bob"}) {
            votes.push_back(domain_.vote_by(state_, text, by));
        }
    }
    const auto flooded = advance(state_, {votes.begin(), votes.end()});
    ASSERT_FALSE(flooded.has_value());
    EXPECT_EQ(flooded.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(flooded.error().message, HasSubstr("more than 3 amendments"));
    // Without the votes that suffice, nobody's verdict is asked for.
    for (std::size_t i = 1; i < votes.size(); i += 2) {
        votes[i] = votes[i - 1];
    }
    EXPECT_TRUE(advance(state_, {votes.begin(), votes.end()}).has_value());
    votes.clear();
    for (int minutes = 1; minutes <= 3; ++minutes) {
        const std::string text = domain_.next_policy_text(
            state_.policy->policy,
            replaced(guarded_, "expire 8h", "expire " + std::to_string(500 + minutes) + "m"));
        for (const std::string by : {"alice", "bob"}) {
            votes.push_back(domain_.vote_by(state_, text, by));
        }
    }
    EXPECT_TRUE(advance(state_, {votes.begin(), votes.end()}).has_value());
}

}  // namespace
}  // namespace cheget::permit
