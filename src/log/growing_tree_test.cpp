// A growing tree: its root at every size, the tiles that it hands out, the proofs read off it.
#include "log/growing_tree.h"

#include <gtest/gtest.h>

#include <map>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::TestTree;

TEST(GrowingTree, HasTheRootOfItsDefinitionAndHandsOutEveryFullTile) {
    constexpr std::size_t k_size = 66'000;  // a full tile of level 1 and a bit
    GrowingTree growing;
    Frontier frontier;
    std::vector<FilledTile> filled;
    const TestTree tree(k_size);
    for (std::size_t i = 0; i < k_size; ++i) {
        ASSERT_TRUE(growing.append(tree.leaves[i], filled));
        ASSERT_TRUE(frontier.append(tree.leaves[i]));
        if (i % 97 == 0 || i % 256 > 253 || i % 256 < 3) {
            ASSERT_EQ(growing.root(), frontier.root()) << i;
        }
    }
    std::map<std::string, std::vector<Digest>> tiles;
    for (const FilledTile& each : filled) {
        ASSERT_EQ(each.hashes.size(), k_tile_width);
        ASSERT_TRUE(tiles.emplace(path_of(each.tile), each.hashes).second);
    }
    std::size_t expected = 0;
    for (const Tile& tile : new_tiles(0, k_size)) {
        expected += !tile.entries && tile.is_full() ? 1U : 0U;
    }
    EXPECT_EQ(tiles.size(), expected);

    const TileReader read_full = [&](const Tile& tile) -> base::Result<std::vector<Digest>> {
        return tiles.at(path_of(tile));
    };
    const HashReader read = growing.reader(read_full);
    for (std::uint64_t size : {1U, 255U, 256U, 257U, 65'535U, 65'536U, 65'537U, 66'000U}) {
        for (std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
            const auto proof = make_inclusion_proof(index, size, read);
            ASSERT_TRUE(proof) << proof.error().message;
            ASSERT_TRUE(verify_inclusion(index, size, tree.leaves[index], *proof,
                                         root_at(size, read).value()));
        }
        const auto proof = make_consistency_proof(size, k_size, read);
        ASSERT_TRUE(proof);
        ASSERT_TRUE(verify_consistency(size, k_size, tree.root(size), growing.root(), *proof));
    }
    EXPECT_EQ(growing.read_tile({.level = 1, .index = 1, .width = 1}, read_full).value().size(),
              1U);
    EXPECT_FALSE(growing.read_tile({.level = 1, .index = 1, .width = 2}, read_full));
    EXPECT_FALSE(growing.read_tile({.entries = true}, read_full));
    EXPECT_FALSE(read({0, k_size}));
    EXPECT_FALSE(read({62, 0}));
    const TileReader short_tile = [](const Tile&) -> base::Result<std::vector<Digest>> {
        return std::vector<Digest>(3);
    };
    EXPECT_FALSE(growing.read_tile({.index = 0}, short_tile));
}

TEST(GrowingTree, IsEmptyFirst) {
    EXPECT_EQ(GrowingTree().root(), empty_root());
}

}  // namespace
}  // namespace cheget::log
