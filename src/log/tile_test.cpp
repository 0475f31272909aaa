// Tiles: their names and widths as C2SP writes them, and the tree read back out of them.
#include "log/tile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::TestTree;

TEST(Tile, PublishedPaths) {
    EXPECT_EQ(path_of({.level = 3, .index = 1'234'067}), "tile/3/x001/x234/067");
    EXPECT_EQ(path_of({.level = 3, .index = 1'234'067, .width = 8}), "tile/3/x001/x234/067.p/8");
    EXPECT_EQ(path_of({.entries = true, .index = 273, .width = 112}), "tile/entries/273.p/112");
    EXPECT_EQ(path_of({.index = 0}), "tile/0/000");
    EXPECT_EQ(path_of({.index = 1'000}), "tile/0/x001/000");
}

// The example of C2SP tlog-tiles.
TEST(Tile, PublishedWidthsOf70000) {
    EXPECT_EQ(partial_width(0, 70'000), 112U);
    EXPECT_EQ(partial_width(1, 70'000), 17U);
    EXPECT_EQ(partial_width(2, 70'000), 1U);
    EXPECT_EQ(partial_width(3, 70'000), 0U);
    std::map<std::string, int> kinds;
    for (const Tile& tile : new_tiles(0, 70'000)) {
        ++kinds[(tile.entries ? "entries" : std::to_string(tile.level)) +
                (tile.is_full() ? " full" : " partial")];
    }
    const std::map<std::string, int> expected = {
        {"entries full", 273}, {"entries partial", 1}, {"0 full", 273}, {"0 partial", 1},
        {"1 full", 1},         {"1 partial", 1},       {"2 partial", 1}};
    EXPECT_EQ(kinds, expected);
}

TEST(Tile, OnlyCanonicalPathsAreRead) {
    for (std::string_view path :
         {"tile/0/000", "tile/7/000", "tile/entries/x001/000.p/255", "tile/1/999.p/1"}) {
        const auto tile = parse_tile_path(path);
        ASSERT_TRUE(tile) << path;
        EXPECT_EQ(path_of(*tile), path);
    }
    for (std::string_view path : {"",
                                  "tile",
                                  "tile/",
                                  "/tile/0/000",
                                  "tile/8/000",
                                  "tile/00/000",
                                  "tile/0/0",
                                  "tile/0/00",
                                  "tile/0/0000",
                                  "tile/0/x000/001",
                                  "tile/0/001/002",
                                  "tile/0/x001",
                                  "tile/0/x001/",
                                  "tile/0/000.p/0",
                                  "tile/0/000.p/256",
                                  "tile/0/000.p/01",
                                  "tile/0/000.p/",
                                  "tile/0/000/",
                                  "tile/0/-01",
                                  "tile/0/x001/x00a/000",
                                  "tile/entries/000.p/1/",
                                  "tile/-1/000",
                                  "tile/0/../000",
                                  "tile/7/001",
                                  "tile/7/999",
                                  "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                                  "tile/data/000"}) {
        EXPECT_FALSE(parse_tile_path(path)) << path;
    }
}

RC_GTEST_PROP(Tile, EveryNewTileHasOnePath, ()) {
    const auto size = *rc::gen::inRange<std::uint64_t>(0, k_largest_size);
    const auto more = *rc::gen::inRange<std::uint64_t>(0, 70'000);
    RC_PRE(size + more <= k_largest_size);
    std::map<std::string, Tile> paths;
    for (const Tile& tile : new_tiles(size, size + more)) {
        const auto read = parse_tile_path(path_of(tile));
        RC_ASSERT(read && *read == tile);
        RC_ASSERT(paths.emplace(path_of(tile), tile).second);
    }
    RC_ASSERT(paths.empty() == (more == 0));
}

// Publishes as a log does: the new tiles of each size; then reads every node back out of them.
TEST(Tile, TheTreeIsReadBackOutOfItsTiles) {
    const TestTree tree(600);
    const auto read = tree.reader();
    std::map<std::string, std::string> files;
    std::uint64_t published = 0;
    for (std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 600U}) {
        for (const Tile& tile : new_tiles(published, size)) {
            const Node first = first_node(tile);
            std::vector<Digest> hashes;
            for (unsigned i = 0; i < tile.width; ++i) {
                hashes.push_back(read({first.level, first.index + i}).value());
            }
            const auto entries =
                std::span(tree.entries).subspan(first.index, tile.entries ? tile.width : 0);
            files[path_of(tile)] = tile.entries ? render_bundle(entries) : render_tile(hashes);
        }
        published = size;
        const HashReader from_tiles = [&](Node node) -> base::Result<Digest> {
            const Tile tile = tile_of(node, size);
            return hash_in_tile(tile, base::as_bytes(files.at(path_of(tile))), node);
        };
        for (std::uint64_t index = 0; index < size; index += 7) {
            ASSERT_EQ(make_inclusion_proof(index, size, from_tiles).value(),
                      make_inclusion_proof(index, size, read).value());
        }
        ASSERT_EQ(root_at(size, from_tiles).value(), tree.root(size));
    }
    const auto entries = parse_bundle(base::as_bytes(files.at("tile/entries/001.p/255")), 255);
    ASSERT_TRUE(entries);
    EXPECT_EQ(base::as_text(entries->back()), tree.entries[510]);
}

TEST(Tile, ContentOfAnotherLengthIsRefused) {
    const Tile tile{.width = 2};
    const std::string data(64, 'x');
    EXPECT_TRUE(hash_in_tile(tile, base::as_bytes(data), {0, 1}));
    EXPECT_TRUE(hash_in_tile(tile, base::as_bytes(data), {1, 0}));
    EXPECT_FALSE(hash_in_tile(tile, base::as_bytes(data + "x"), {0, 1}));
    EXPECT_FALSE(hash_in_tile(tile, base::as_bytes(data).first(63), {0, 1}));
    EXPECT_FALSE(hash_in_tile(tile, base::as_bytes(data), {0, 2}));
    EXPECT_FALSE(hash_in_tile(tile, base::as_bytes(data), {8, 0}));
    EXPECT_FALSE(hash_in_tile({.entries = true, .width = 2}, base::as_bytes(data), {0, 1}));
}

TEST(Tile, ABundleHoldsItsEntriesAndNothingElse) {
    const std::vector<std::string> entries = {"", "a", std::string(k_longest_entry, 'b')};
    const std::string data = render_bundle(entries);
    const auto read = parse_bundle(base::as_bytes(data), 3);
    ASSERT_TRUE(read);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        EXPECT_EQ(base::as_text((*read)[i]), entries[i]);
    }
    EXPECT_FALSE(parse_bundle(base::as_bytes(data), 2));
    EXPECT_FALSE(parse_bundle(base::as_bytes(data), 4));
    EXPECT_FALSE(parse_bundle(base::as_bytes(data).first(data.size() - 1), 3));
    EXPECT_FALSE(parse_bundle(base::as_bytes(std::string_view("\0", 1)), 1));
}

}  // namespace
}  // namespace cheget::log
