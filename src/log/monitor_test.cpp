// A monitor: follows an honest log from any point, and notices one that is not.
#include "log/monitor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_trust;
using testing::TestTree;

const Trust& trust() {
    static const Trust made = test_trust(3, 2);
    return made;
}

std::string witnessed(const TestTree& tree, std::size_t size) {
    return signed_checkpoint(tree.checkpoint(size), {{1, 10}, {3, 20}});
}

base::Result<MonitorState> follow(const MonitorState& from, const TestTree& tree,
                                  std::size_t size) {
    Following following = TRY(Following::begin(from, witnessed(tree, size), trust()));
    while (following.next() < following.size()) {
        TRY(following.add(base::as_bytes(tree.entries[following.next()])));
    }
    return following.finish();
}

TEST(Monitor, FollowsStepByStepAndIsKeptAsText) {
    const TestTree tree(100);
    MonitorState state;
    EXPECT_EQ(MonitorState::parse(state.to_text(), trust()).value(), state);
    for (std::size_t size : {0U, 1U, 1U, 2U, 63U, 64U, 100U}) {
        const auto next = follow(state, tree, size);
        ASSERT_TRUE(next) << next.error().message;
        state = *next;
        EXPECT_EQ(state.size(), size);
        EXPECT_EQ(state.checkpoint(), witnessed(tree, size));
        const auto kept = MonitorState::parse(state.to_text(), trust());
        ASSERT_TRUE(kept) << kept.error().message;
        EXPECT_EQ(*kept, state);
        EXPECT_EQ(kept->frontier().root(), tree.root(size));
    }
}

TEST(Attack, G7_a_log_that_shrinks) {
    const TestTree tree(20);
    const MonitorState state = follow({}, tree, 20).value();
    const auto back = Following::begin(state, witnessed(tree, 19), trust());
    ASSERT_FALSE(back);
    EXPECT_NE(back.error().message.find("a log never shrinks"), std::string::npos);
}

TEST(Attack, G5_a_log_that_forks) {
    const TestTree honest(20);
    const TestTree forged(30, "forged");
    const MonitorState state = follow({}, honest, 20).value();
    const auto same_size = Following::begin(state, witnessed(forged, 20), trust());
    ASSERT_FALSE(same_size);
    EXPECT_NE(same_size.error().message.find("it forked"), std::string::npos);
    EXPECT_FALSE(follow(state, forged, 30)) << "it grew on from another beginning";
}

TEST(Attack, G5_entries_other_than_those_signed) {
    const TestTree tree(20);
    for (std::size_t at = 0; at < 20; ++at) {
        Following following = Following::begin({}, witnessed(tree, 20), trust()).value();
        for (std::size_t i = 0; i < 20; ++i) {
            ASSERT_TRUE(following.add(base::as_bytes(i == at ? "hidden" : tree.entries[i])));
        }
        EXPECT_FALSE(following.finish());
    }
}

TEST(Attack, G5_entries_withheld) {
    const TestTree tree(20);
    Following following = Following::begin({}, witnessed(tree, 20), trust()).value();
    for (std::size_t i = 0; i < 19; ++i) {
        ASSERT_TRUE(following.add_leaf(tree.leaves[i]));
    }
    Following early = following;
    EXPECT_FALSE(early.finish());
    ASSERT_TRUE(following.add_leaf(tree.leaves[19]));
    EXPECT_FALSE(following.add_leaf(tree.leaves[19])) << "one more than the checkpoint has";
    EXPECT_TRUE(following.finish());
}

TEST(Attack, G5_a_checkpoint_that_no_quorum_saw) {
    const TestTree tree(20);
    EXPECT_FALSE(Following::begin({}, signed_checkpoint(tree.checkpoint(20), {{1, 10}}), trust()));
}

TEST(Attack, G9_a_kept_state_that_was_changed) {
    const TestTree tree(21);
    const std::string good = follow({}, tree, 21).value().to_text();
    ASSERT_TRUE(MonitorState::parse(good, trust()));
    const std::string shorter = follow({}, tree, 20).value().to_text();
    const std::size_t note = good.find("\n\n");
    const std::string mixed = good.substr(0, note) + shorter.substr(shorter.find("\n\n"));
    std::string other_hash = good;
    other_hash[20] = other_hash[20] == 'A' ? 'B' : 'A';
    for (const std::string& bad : {std::string(), good.substr(1), good.substr(0, note + 2),
                                   good.substr(0, note - 1), good.substr(0, good.size() - 1), mixed,
                                   other_hash, good.substr(0, 18) + good.substr(note + 1)}) {
        const auto read = MonitorState::parse(bad, trust());
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().kind, base::ErrorKind::corrupt_state);
    }
}

}  // namespace
}  // namespace cheget::log
