// Evidence of a fork: proves every true one, and never accuses an honest log.
#include "log/fork.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_log;
using testing::TestSigner;
using testing::TestTree;

RC_GTEST_PROP(Attack, G5_every_fork_can_be_proved, ()) {
    const auto larger = *rc::gen::inRange<std::size_t>(1, 60);
    const auto smaller = *rc::gen::inRange<std::size_t>(1, larger + 1);
    const TestTree honest(larger);
    TestTree forged(larger);
    forged.leaves[*rc::gen::inRange<std::size_t>(0, smaller)] = hash_leaf(base::as_bytes("forged"));
    const auto evidence = make_fork_evidence(signed_checkpoint(honest.checkpoint(smaller)),
                                             signed_checkpoint(forged.checkpoint(larger)),
                                             test_log().key(), forged.reader());
    RC_ASSERT(evidence.has_value());
    const auto read = parse_fork_evidence(render(*evidence));
    RC_ASSERT(read.has_value());
    RC_ASSERT(render(*read) == render(*evidence));
    const auto fork = verify(*read, test_log().key());
    RC_ASSERT(fork.has_value());
    RC_ASSERT(fork->beginning == forged.root(smaller));
    RC_ASSERT(fork->smaller.root == honest.root(smaller));
}

RC_GTEST_PROP(Attack, G5_an_honest_log_is_never_accused, ()) {
    const auto larger = *rc::gen::inRange<std::size_t>(1, 60);
    const auto smaller = *rc::gen::inRange<std::size_t>(1, larger + 1);
    const TestTree honest(larger);
    TestTree forged(larger);
    forged.leaves[0] = hash_leaf(base::as_bytes("forged"));
    const std::string first = signed_checkpoint(honest.checkpoint(smaller));
    const std::string second = signed_checkpoint(honest.checkpoint(larger));
    RC_ASSERT(!make_fork_evidence(first, second, test_log().key(), honest.reader()));
    RC_ASSERT(!make_fork_evidence(first, second, test_log().key(), forged.reader()));
}

TEST(Fork, EvidenceThatProvesNothing) {
    const TestTree honest(20);
    TestTree forged(20);
    forged.leaves[1] = forged.leaves[0];
    const NoteKey log = test_log().key();
    const TestSigner stranger(log.name, signature::k_note_ed25519, 9);
    const ForkEvidence good =
        make_fork_evidence(signed_checkpoint(honest.checkpoint(7)),
                           signed_checkpoint(forged.checkpoint(20)), log, forged.reader())
            .value();
    ASSERT_TRUE(verify(good, log));
    ForkEvidence bad = good;
    std::swap(bad.smaller, bad.larger);
    EXPECT_FALSE(verify(bad, log));
    bad = good;
    bad.larger = signed_checkpoint(forged.checkpoint(20), {}, stranger);
    EXPECT_FALSE(verify(bad, log)) << "the log did not sign it";
    bad = good;
    bad.beginning[0].bytes[0] ^= 1;
    EXPECT_FALSE(verify(bad, log)) << "not the larger tree's beginning";
    bad = good;
    bad.rest.pop_back();
    EXPECT_FALSE(verify(bad, log));
    bad = good;
    bad.beginning.push_back(bad.rest[0]);
    EXPECT_FALSE(verify(bad, log));
    bad = good;
    bad.larger = signed_checkpoint(forged.checkpoint(7));
    EXPECT_FALSE(verify(bad, log)) << "of one size no hashes stand there";
    Checkpoint other = forged.checkpoint(20);
    other.origin = "other.example";
    bad = good;
    bad.larger = signed_checkpoint(other);
    EXPECT_FALSE(verify(bad, log)) << "two logs are no fork";
}

TEST(Fork, MalformedEvidenceIsRefused) {
    const std::string good = render(ForkEvidence{"smaller\n", "larger\n", {Digest{}}, {}});
    ASSERT_TRUE(parse_fork_evidence(good));
    for (const std::string& bad :
         {std::string(), good.substr(1), good.substr(0, 30), good.substr(0, 70),
          good.substr(0, good.size() - 20), std::string(k_longest_evidence + 1, 'a')}) {
        EXPECT_FALSE(parse_fork_evidence(bad)) << bad.substr(0, 100);
    }
}

}  // namespace
}  // namespace cheget::log
