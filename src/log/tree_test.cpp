// The tree: published roots, the definition itself, and its right edge.
#include "log/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::naive_root;
using testing::TestTree;

TEST(Tree, PublishedRootsOfTheStandardLeaves) {
    const char* named = std::getenv("CHEGET_VECTORS");
    const char* source = std::getenv("CHEGET_SOURCE");
    const std::filesystem::path folder =
        named != nullptr
            ? std::filesystem::path(named)
            : std::filesystem::path(source != nullptr ? source : ".") / "../shared/vectors";
    std::ifstream stream(folder / "merkle/roots.json");
    if (!stream) {
        GTEST_SKIP() << "skipped: no outside vectors";
    }
    const auto file = nlohmann::json::parse(stream);
    Frontier tree;
    EXPECT_EQ(base::to_hex(tree.root()), file["roots"][0].get<std::string>());
    for (std::size_t i = 0; i < file["leaves_hex"].size(); ++i) {
        const std::string text = file["leaves_hex"][i];
        const Digest leaf = hash_leaf(base::from_hex(text, text.size() / 2).value());
        EXPECT_EQ(base::to_hex(leaf), file["leaf_hashes"][i].get<std::string>());
        ASSERT_TRUE(tree.append(leaf));
        EXPECT_EQ(base::to_hex(tree.root()), file["roots"][i + 1].get<std::string>());
    }
    EXPECT_EQ(tree.size(), 8U);
}

TEST(Tree, LeavesOfEverySizeHashAlike) {
    for (std::size_t size : {0U, 1U, 2047U, 2048U, 2049U, 65'535U}) {
        const std::string entry(size, 'x');
        EXPECT_EQ(hash_leaf(base::as_bytes(entry)), base::sha256(std::string(1, '\0') + entry))
            << size;
    }
}

TEST(Tree, AFrontierHasTheRootOfItsDefinition) {
    const TestTree tree(300);
    Frontier frontier;
    for (std::size_t size = 0; size <= tree.leaves.size(); ++size) {
        ASSERT_EQ(frontier.size(), size);
        ASSERT_EQ(frontier.root(), tree.root(size));
        const auto again = Frontier::from(size, frontier.subtrees());
        ASSERT_TRUE(again);
        ASSERT_EQ(again->root(), frontier.root());
        if (size < tree.leaves.size()) {
            ASSERT_TRUE(frontier.append(tree.leaves[size]));
        }
    }
}

TEST(Tree, AFrontierTakesOnlyWhatCanFollow) {
    const TestTree tree(8);
    Frontier frontier;
    ASSERT_TRUE(frontier.append_subtree(1, tree.root(2)));
    EXPECT_FALSE(frontier.append_subtree(2, tree.root(4)));
    EXPECT_FALSE(frontier.append_subtree(62, tree.root(4)));
    EXPECT_FALSE(Frontier::from(3, {tree.root(2)}));
    EXPECT_FALSE(Frontier::from(std::uint64_t{1} << 63, {tree.root(2)}));
    Frontier full = Frontier::from(k_largest_size, std::vector<Digest>(62)).value();
    EXPECT_FALSE(full.append(tree.leaves[0]));
    EXPECT_EQ(full.size(), k_largest_size);
}

RC_GTEST_PROP(Tree, CoversAreFewFullAndInOrder, ()) {
    const auto end = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40);
    const auto begin = *rc::gen::inRange<std::uint64_t>(0, end + 1);
    std::uint64_t next = begin;
    std::vector<unsigned> of_level(63, 0);
    for (const Node& node : cover(begin, end)) {
        RC_ASSERT(node.begin() == next);
        RC_ASSERT(++of_level[node.level] <= 2U);
        next = node.end();
    }
    RC_ASSERT(next == end);
}

RC_GTEST_PROP(Tree, SubtreesJoinAsLeavesDo, ()) {
    const auto size = *rc::gen::inRange<std::size_t>(0, 200);
    const auto middle = *rc::gen::inRange<std::size_t>(0, size + 1);
    const TestTree tree(size);
    Frontier frontier;
    for (const auto& [begin, end] : {std::pair(std::size_t{0}, middle), std::pair(middle, size)}) {
        for (const Node& node : cover(begin, end)) {
            RC_ASSERT(frontier.append_subtree(node.level, tree.reader()(node).value()).has_value());
        }
    }
    RC_ASSERT(frontier.root() == tree.root(size));
}

}  // namespace
}  // namespace cheget::log
