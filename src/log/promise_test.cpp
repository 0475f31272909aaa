// Promises: kept, open, broken with evidence; and what is none.
#include "log/promise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using ::testing::HasSubstr;
using testing::signed_checkpoint;
using testing::test_trust;
using testing::TestTree;

class Promised : public ::testing::Test {
  protected:
    /// What the log signed for whoever handed in entry `index`, with `size` entries.
    static ProofFile promise(const TestTree& tree, std::uint64_t index, std::size_t size) {
        return {{},
                index,
                make_inclusion_proof(index, size, tree.reader()).value(),
                signed_checkpoint(tree.checkpoint(size))};
    }
    base::Result<PromiseStanding> check(const ProofFile& promise, std::string_view entry,
                                        const TestTree& shown, std::size_t size) {
        const std::string text = signed_checkpoint(shown.checkpoint(size), {{1, 10}, {2, 20}});
        RemoteLog remote([&](const std::string& path, std::size_t) -> base::Result<std::string> {
            const auto tile = parse_tile_path(path);
            if (!tile) {
                return std::unexpected(tile.error());
            }
            std::vector<Digest> hashes;
            const Node first = first_node(*tile);
            for (unsigned i = 0; i < tile->width; ++i) {
                hashes.push_back(TRY(shown.reader()({first.level, first.index + i})));
            }
            return render_tile(hashes);
        });
        return check_promise(promise, base::as_bytes(entry), remote,
                             open_witnessed(text, trust_).value(), trust_);
    }

    TestTree tree_{40};
    TestTree other_{40, "another"};
    Trust trust_ = test_trust(3, 2);
};

TEST_F(Promised, kept) {
    for (const std::size_t size : {8U, 9U, 40U}) {
        const auto standing = check(promise(tree_, 7, 8), tree_.entries[7], tree_, size);
        ASSERT_TRUE(standing) << standing.error().message;
        EXPECT_TRUE(standing->is_settled);
        EXPECT_FALSE(standing->broken);
        EXPECT_EQ(standing->index, 7U);
    }
}

TEST_F(Promised, open_until_the_witnesses_have_come_that_far) {
    const auto standing = check(promise(tree_, 7, 8), tree_.entries[7], tree_, 7);
    ASSERT_TRUE(standing);
    EXPECT_FALSE(standing->is_settled);
    EXPECT_FALSE(standing->broken);
}

TEST_F(Promised, G5_broken_shows_evidence_that_anyone_can_check) {
    for (const std::size_t size : {8U, 9U, 40U}) {
        const auto standing = check(promise(tree_, 7, 8), tree_.entries[7], other_, size);
        ASSERT_TRUE(standing) << standing.error().message;
        ASSERT_TRUE(standing->broken) << size;
        const auto fork = verify(*standing->broken, testing::test_log().key());
        ASSERT_TRUE(fork) << fork.error().message;
        EXPECT_EQ(fork->smaller.size, 8U);
    }
}

TEST_F(Promised, G5_what_is_no_promise_accuses_nobody) {
    EXPECT_FALSE(check(promise(tree_, 7, 8), "another entry", other_, 40));
    ProofFile moved = promise(tree_, 7, 8);
    moved.index = 6;
    EXPECT_FALSE(check(moved, tree_.entries[7], other_, 40));
    ProofFile unsigned_by_it = promise(tree_, 7, 8);
    const testing::TestSigner stranger("log.example/prod", signature::k_note_ed25519, 99);
    unsigned_by_it.checkpoint = signed_checkpoint(tree_.checkpoint(8), {}, stranger);
    const auto refused = check(unsigned_by_it, tree_.entries[7], other_, 40);
    ASSERT_FALSE(refused);
}

}  // namespace
}  // namespace cheget::log
