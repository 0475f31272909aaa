// The sequencer under many writers: everyone gets the place that the log gives them, and the log is
// one tree.
#include "authority/sequencer.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "authority/authority_test_support.h"
#include "log/proof.h"

namespace cheget::authority {
namespace {

using testing::test_entry;
using testing::test_options;
using testing::test_owner;
using testing::test_signer;

class Sequencing : public ::testing::Test {
  protected:
    std::unique_ptr<Sequencer> begin(SequencerOptions options = {}) {
        auto store = std::filesystem::exists(path_)
                         ? store::LogStore::open(path_).value()
                         : store::LogStore::create(path_, test_owner()).value();
        return Sequencer::start(
                   Appender::start(std::move(store), test_signer(), test_options()).value(),
                   options)
            .value();
    }

    testing::ScratchFolder folder_;
    std::filesystem::path path_ = folder_ / "log.db";
};

TEST_F(Sequencing, AnEmptyLogIsSignedFor) {
    const auto sequencer = begin();
    const auto opened =
        log::open_checkpoint(sequencer->view().head.checkpoint, log::testing::test_trust(1, 1));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->checkpoint.size, 0U);
}

TEST_F(Sequencing, ManyWritersOneTree) {
    constexpr int k_writers = 16;
    constexpr int k_each = 60;
    struct Got {
        std::string text;
        Sequenced sequenced;
    };
    std::vector<std::vector<Got>> got(k_writers);
    {
        const auto sequencer = begin();
        std::vector<std::thread> writers;
        for (int w = 0; w < k_writers; ++w) {
            writers.emplace_back([&, w] {
                for (int i = 0; i < k_each; ++i) {
                    // Every tenth text is everybody's.
                    const std::string text = i % 10 == 0
                                                 ? "shared " + std::to_string(i)
                                                 : std::to_string(w) + " " + std::to_string(i);
                    auto sequenced = sequencer->submit(test_entry(text));
                    ASSERT_TRUE(sequenced) << sequenced.error().message;
                    got[static_cast<std::size_t>(w)].push_back({text, std::move(*sequenced)});
                }
            });
        }
        for (std::thread& writer : writers) {
            writer.join();
        }
        EXPECT_EQ(sequencer->view().head.size, k_writers * k_each * 9U / 10 + 6);
    }
    auto store = store::LogStore::open_to_read(path_).value();
    EXPECT_TRUE(check_log(store, testing::test_keys(), {}).value().empty());
    const log::TileReader read_full = [&](const log::Tile& tile) { return store.tile(tile); };
    std::map<std::string, std::uint64_t> places;
    for (const auto& writer : got) {
        for (const Got& each : writer) {
            const std::uint64_t index = each.sequenced.accepted.index;
            EXPECT_EQ(places.emplace(each.text, index).first->second, index);
            const auto checkpoint =
                log::open_checkpoint(each.sequenced.head.checkpoint, log::testing::test_trust(1, 1))
                    .value()
                    .checkpoint;
            ASSERT_LT(index, checkpoint.size);
            const auto proof = log::make_inclusion_proof(index, checkpoint.size,
                                                         each.sequenced.tree->reader(read_full));
            ASSERT_TRUE(proof) << proof.error().message;
            ASSERT_TRUE(log::verify_inclusion(index, checkpoint.size,
                                              log::hash_leaf(base::as_bytes(each.text)), *proof,
                                              checkpoint.root));
        }
    }
}

TEST_F(Sequencing, WhoFollowsIsTold) {
    const auto sequencer = begin();
    std::thread writer([&] { ASSERT_TRUE(sequencer->submit(test_entry("one"))); });
    const LogView view = sequencer->wait_beyond(0, std::chrono::seconds(20));
    writer.join();
    EXPECT_EQ(view.head.size, 1U);
    EXPECT_EQ(sequencer->wait_beyond(1, std::chrono::milliseconds(1)).head.size, 1U);
}

TEST_F(Sequencing, WitnessedCheckpointsAreKeptBySize) {
    const auto sequencer = begin();
    ASSERT_TRUE(sequencer->submit(test_entry("one")));
    const LogView view = sequencer->view();
    ASSERT_TRUE(sequencer->add_witnessed(1, view.head.root, "witnessed"));
    EXPECT_FALSE(sequencer->add_witnessed(1, base::sha256("other"), "of another root"));
    auto store = store::LogStore::open_to_read(path_).value();
    EXPECT_EQ(store.witnessed(1).value(), "witnessed");
    EXPECT_EQ(store.witnessed_from(0).value(), "witnessed");
    EXPECT_FALSE(store.witnessed_from(2).value());
}

TEST_F(Sequencing, AFailedWriteStopsTheLog) {
    const auto first = begin();
    ASSERT_TRUE(first->submit(test_entry("one")));
    const auto second = begin();  // fences the first one off
    EXPECT_FALSE(first->submit(test_entry("two")));
    EXPECT_EQ(first->view().head.size, 1U);
    ASSERT_TRUE(second->submit(test_entry("two")));
}

}  // namespace
}  // namespace cheget::authority
