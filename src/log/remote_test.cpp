// Reading a log that others serve: what is true is read, and nothing else is.
#include "log/remote.h"

#include <gtest/gtest.h>

#include <map>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::signed_checkpoint;
using testing::test_trust;
using testing::TestTree;

class Remote : public ::testing::Test {
  protected:
    // As a log serves it once it has 600 entries; it was at 300 before.
    Remote() {
        for (std::uint64_t size : {300U, 600U}) {
            for (const Tile& tile : new_tiles(size == 300 ? 0 : 300, size)) {
                const Node first = first_node(tile);
                std::vector<Digest> hashes;
                for (unsigned i = 0; i < tile.width; ++i) {
                    hashes.push_back(tree_.reader()({first.level, first.index + i}).value());
                }
                files_[path_of(tile)] =
                    tile.entries
                        ? render_bundle(std::span(tree_.entries).subspan(first.index, tile.width))
                        : render_tile(hashes);
            }
        }
        files_.erase("tile/entries/001.p/44");  // gave way to the full one
        files_.erase("tile/0/001.p/44");
        files_["checkpoint"] = at(600);
    }
    std::string at(std::size_t size) const {
        return signed_checkpoint(tree_.checkpoint(size), {{1, 10}, {2, 20}});
    }
    RemoteLog log() {
        return RemoteLog(
            [this](const std::string& path, std::size_t most) -> base::Result<std::string> {
                const auto found = files_.find(path);
                if (found == files_.end() || found->second.size() > most) {
                    return base::fail(base::ErrorKind::unreachable, path);
                }
                return found->second;
            });
    }

    TestTree tree_{600};
    std::map<std::string, std::string> files_;
    Trust trust_ = test_trust(3, 2);
};

TEST_F(Remote, IsFollowedFromAnywhere) {
    RemoteLog remote = log();
    MonitorState state;
    std::vector<std::string> read;
    for (std::size_t size : {300U, 600U}) {
        const auto next = remote.follow(state, at(size), trust_,
                                        [&](std::uint64_t index, std::string_view entry) {
                                            EXPECT_EQ(index, read.size());
                                            read.emplace_back(entry);
                                            return base::Result<void>();
                                        },
                                        {});
        ASSERT_TRUE(next) << next.error().message;
        state = *next;
        EXPECT_EQ(state.size(), size);
    }
    EXPECT_EQ(read, tree_.entries);
    EXPECT_EQ(remote.checkpoint().value(), at(600));
}

TEST_F(Remote, ProvesWhatItServes) {
    RemoteLog remote = log();
    for (std::size_t size : {300U, 600U}) {
        const auto opened = open_witnessed(at(size), trust_).value();
        for (std::uint64_t index : {0U, 255U, 256U, 299U}) {
            const auto entry = remote.entry(index, size);
            ASSERT_TRUE(entry) << entry.error().message;
            EXPECT_EQ(*entry, tree_.entries[index]);
            const auto proof = remote.prove(index, *entry, opened);
            ASSERT_TRUE(proof) << proof.error().message;
            EXPECT_TRUE(verify(*proof, base::as_bytes(*entry), trust_));
            EXPECT_FALSE(remote.prove(index, "another", opened));
        }
    }
    EXPECT_FALSE(remote.entry(600, 600));
    EXPECT_FALSE(remote.hashes(600)({0, 600}));
}

TEST_F(Remote, G5_what_it_withholds_or_changes_is_noticed) {
    for (const std::string path :
         {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"}) {
        const std::string good = files_.at(path);
        files_[path][40] ^= 1;
        EXPECT_FALSE(log().follow({}, at(600), trust_, {}, {})) << path;
        files_[path] = good.substr(0, good.size() - 1);
        EXPECT_FALSE(log().follow({}, at(600), trust_, {}, {})) << path;
        files_.erase(path);
        EXPECT_FALSE(log().follow({}, at(600), trust_, {}, {})) << path;
        files_[path] = good;
    }
    files_["tile/0/000"][40] ^= 1;
    const auto opened = open_witnessed(at(600), trust_).value();
    RemoteLog remote = log();
    EXPECT_FALSE(remote.prove(0, tree_.entries[0], opened));
}

}  // namespace
}  // namespace cheget::log
