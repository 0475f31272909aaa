// Checkpoints, quorums, and what time they prove.
#include "log/checkpoint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::Cosigning;
using testing::signed_checkpoint;
using testing::test_log;
using testing::test_trust;
using testing::test_witness;
using testing::TestSigner;
using testing::TestTree;

TEST(Checkpoint, OneSpelling) {
    const Checkpoint checkpoint = TestTree(7).checkpoint(7);
    const std::string text = to_text(checkpoint);
    EXPECT_EQ(parse_checkpoint(text).value(), checkpoint);
    const std::string root = base::to_base64(checkpoint.root.bytes);
    for (const std::string& bad :
         {std::string(), std::string("log\n"), "log\n7\n" + root, "log\n07\n" + root + "\n",
          "log\n-7\n" + root + "\n", "\n7\n" + root + "\n", "log\n7\n" + root + "\nextension\n",
          "log\n7\n" + root.substr(4) + "\n", "log\n7 \n" + root + "\n",
          "log\n9223372036854775807\n" + root + "\n", "log\n0\n" + root + "\n"}) {
        EXPECT_FALSE(parse_checkpoint(bad)) << bad;
    }
    const Checkpoint empty{"log", 0, empty_root()};
    EXPECT_EQ(parse_checkpoint(to_text(empty)).value(), empty);
}

TEST(Trust, WhatIsNoQuorumIsRefused) {
    const NoteKey log = test_log().key();
    const NoteKey w1 = test_witness(1).key();
    const NoteKey w2 = test_witness(2).key();
    EXPECT_TRUE(Trust::make(log, {w1, w2}, 2));
    EXPECT_TRUE(Trust::make(log, {w1}, 1));
    EXPECT_FALSE(Trust::make(log, {w1, w2}, 1)) << "half is no quorum";
    EXPECT_FALSE(Trust::make(log, {w1, w2}, 0));
    EXPECT_FALSE(Trust::make(log, {w1, w2}, 3));
    EXPECT_FALSE(Trust::make(log, {}, 1));
    EXPECT_FALSE(Trust::make(log, {w1, w1}, 2));
    EXPECT_FALSE(Trust::make(log, {log}, 1)) << "a log's key is no witness's";
    EXPECT_FALSE(Trust::make(w1, {w2}, 1));
    const auto own =
        signature::make_note_key("other.example", signature::k_note_cosignature, log.key).value();
    EXPECT_FALSE(Trust::make(log, {own}, 1)) << "the log is not its own witness";
    const auto same_name =
        signature::make_note_key("other.example", signature::k_note_cosignature, w1.key).value();
    EXPECT_FALSE(Trust::make(log, {w1, same_name}, 2));
}

TEST(Trust, WithoutWitnessesTheLogCosigns) {
    const Trust trust = Trust::make(test_log().key(), {}, 0).value();
    EXPECT_FALSE(trust.has_witnesses());
    EXPECT_EQ(trust.quorum(), 1U);
    const TestSigner own(test_log().key().name, signature::k_note_cosignature, 1);
    const Checkpoint checkpoint = TestTree(3).checkpoint(3);
    const std::string text = to_text(checkpoint);
    Note note{text, {test_log().sign(text)}};
    EXPECT_TRUE(open_checkpoint(render(note), trust));
    EXPECT_FALSE(open_witnessed(render(note), trust));
    note.signatures.push_back(own.cosign(text, 1'000));
    const auto opened = open_witnessed(render(note), trust);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(now_low(*opened, trust), base::Time{1'000});
    EXPECT_EQ(opened->checkpoint, checkpoint);
}

TEST(Attack, G5_a_checkpoint_without_its_quorum) {
    const Trust trust = test_trust(3, 2);
    const Checkpoint checkpoint = TestTree(5).checkpoint(5);
    EXPECT_TRUE(open_witnessed(signed_checkpoint(checkpoint, {{1, 10}, {2, 20}}), trust));
    EXPECT_FALSE(open_witnessed(signed_checkpoint(checkpoint, {{1, 10}}), trust));
    EXPECT_FALSE(open_witnessed(signed_checkpoint(checkpoint, {{1, 10}, {1, 20}}), trust))
        << "one witness twice";
    EXPECT_FALSE(open_witnessed(signed_checkpoint(checkpoint, {{1, 10}, {9, 20}}), trust))
        << "a stranger";
    EXPECT_FALSE(now_low(*open_checkpoint(signed_checkpoint(checkpoint, {{1, 10}}), trust), trust));
    EXPECT_FALSE(now_high(*open_checkpoint(signed_checkpoint(checkpoint, {{1, 10}}), trust), trust,
                          base::Span{0}));
}

TEST(Attack, G5_a_checkpoint_that_the_log_did_not_sign) {
    const Trust trust = test_trust(3, 2);
    const Checkpoint checkpoint = TestTree(5).checkpoint(5);
    const std::string text = to_text(checkpoint);
    const Note unsigned_by_log{text,
                               {test_witness(1).cosign(text, 1), test_witness(2).cosign(text, 2)}};
    EXPECT_FALSE(open_checkpoint(render(unsigned_by_log), trust));
    const TestSigner other(test_log().key().name, signature::k_note_ed25519, 50);
    EXPECT_FALSE(open_checkpoint(signed_checkpoint(checkpoint, {{1, 1}, {2, 2}}, other), trust));
}

TEST(Attack, G5_a_checkpoint_of_another_log_under_the_same_key) {
    Checkpoint checkpoint = TestTree(5).checkpoint(5);
    checkpoint.origin = "log.example/test";
    const auto opened =
        open_checkpoint(signed_checkpoint(checkpoint, {{1, 1}, {2, 2}}), test_trust(3, 2));
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("is of the log log.example/test"), std::string::npos);
}

TEST(Time, TheKthOfEachEnd) {
    const Trust trust = test_trust(5, 3);
    const auto opened = open_witnessed(
        signed_checkpoint(TestTree(5).checkpoint(5), {{1, 50}, {2, 10}, {3, 30}, {4, 20}, {5, 40}}),
        trust);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(now_low(*opened, trust), base::Time{30});
    EXPECT_EQ(now_high(*opened, trust, base::Span{0}), base::Time{30});
    EXPECT_EQ(now_high(*opened, trust, base::Span{7}), base::Time{37});
}

TEST(Time, OfOneWhoSignedTwiceTheTimeThatSuitsEachEnd) {
    const Trust trust = test_trust(1, 1);
    const auto opened = open_witnessed(
        signed_checkpoint(TestTree(5).checkpoint(5), {{1, 50}, {1, 10}, {1, 30}}), trust);
    ASSERT_TRUE(opened);
    EXPECT_EQ(now_low(*opened, trust), base::Time{50});
    EXPECT_EQ(now_high(*opened, trust, base::Span{0}), base::Time{10});
}

TEST(Time, AnEntryStartsByTheEarliestCheckpointThatHasIt) {
    const Trust trust = test_trust(3, 2);
    const TestTree tree(9);
    std::vector<OpenedCheckpoint> seen;
    for (const auto& [size, at] : {std::pair(4U, 100), std::pair(6U, 200), std::pair(9U, 150)}) {
        seen.push_back(
            open_witnessed(signed_checkpoint(tree.checkpoint(size), {{1, at}, {2, at + 5}}), trust)
                .value());
    }
    seen.push_back(open_checkpoint(signed_checkpoint(tree.checkpoint(9), {{1, 1}}), trust).value());
    EXPECT_EQ(entry_start(3, seen, trust), base::Time{105});
    EXPECT_EQ(entry_start(4, seen, trust), base::Time{155});
    EXPECT_EQ(entry_start(8, seen, trust), base::Time{155});
    EXPECT_FALSE(entry_start(9, seen, trust));
}

// The proposition behind G6: honest cosigners signed between the claim (or the entry) and now; k -
// 1 liars sign any time at all; who wants to deceive picks which signatures are shown.
RC_GTEST_PROP(Attack, G6_fewer_liars_than_the_quorum_change_nothing_about_time, ()) {
    const auto witnesses = *rc::gen::inRange<std::uint8_t>(1, 8);
    const auto needed = *rc::gen::inRange<std::size_t>(witnesses / 2U + 1U, witnesses + 1U);
    const auto claimed = *rc::gen::inRange<std::int64_t>(1'000'000, 2'000'000);
    const auto elapsed = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const std::int64_t now = claimed + elapsed;
    const Trust trust = test_trust(witnesses, needed);
    std::vector<Cosigning> shown;
    for (std::uint8_t i = 1; i <= witnesses; ++i) {
        const bool liar = i < needed;
        const std::int64_t time = liar ? *rc::gen::inRange<std::int64_t>(0, 4'000'000)
                                       : *rc::gen::inRange<std::int64_t>(claimed, now + 1);
        if (*rc::gen::arbitrary<bool>()) {
            shown.push_back({i, time});
        }
    }
    const std::string note = signed_checkpoint(TestTree(5).checkpoint(5), shown);
    const auto opened = open_checkpoint(note, trust);
    RC_ASSERT(opened.has_value());
    const auto low = now_low(*opened, trust);
    const auto high = now_high(*opened, trust, base::Span{elapsed});
    RC_ASSERT(low.has_value() == (shown.size() >= needed));
    RC_ASSERT(high.has_value() == low.has_value());
    if (low) {
        RC_ASSERT(low->seconds <= now);
        RC_ASSERT(high->seconds >= now);
        RC_ASSERT(entry_start(4, std::span(&*opened, 1), trust)->seconds >= claimed);
    }
}

}  // namespace
}  // namespace cheget::log
