// The Merkle tree of a log: hashing and its right edge.
#include "log/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace cheget::log {
namespace {

constexpr std::uint8_t k_leaf = 0;
constexpr std::uint8_t k_node = 1;

// Entries up to this size are hashed from one buffer, in one call; beyond it a context of its own
// costs nothing beside the hashing itself.
constexpr std::size_t k_small_entry = 2048;

}  // namespace

Digest hash_leaf(base::BytesView entry) {
    if (entry.size() > k_small_entry) {
        base::Hasher hasher;
        hasher.add(std::span(&k_leaf, 1));
        hasher.add(entry);
        return hasher.finish();
    }
    std::array<std::uint8_t, 1 + k_small_entry> buffer;
    buffer[0] = k_leaf;
    std::copy(entry.begin(), entry.end(), buffer.begin() + 1);
    return base::sha256(base::BytesView(buffer).first(1 + entry.size()));
}

Digest hash_node(const Digest& left, const Digest& right) {
    std::array<std::uint8_t, 1 + 2 * sizeof left.bytes> buffer;
    buffer[0] = k_node;
    std::copy(left.bytes.begin(), left.bytes.end(), buffer.begin() + 1);
    std::copy(right.bytes.begin(), right.bytes.end(), buffer.begin() + 1 + sizeof left.bytes);
    return base::sha256(base::BytesView(buffer));
}

Digest empty_root() {
    return base::sha256(base::BytesView());
}

std::vector<Node> cover(std::uint64_t begin, std::uint64_t end) {
    std::vector<Node> nodes;
    while (begin < end) {
        const int aligned = begin == 0 ? 63 : std::countr_zero(begin);
        const int fitting = 63 - std::countl_zero(end - begin);
        const auto level = static_cast<unsigned>(std::min(aligned, fitting));
        nodes.push_back({level, begin >> level});
        begin += std::uint64_t{1} << level;
    }
    return nodes;
}

Digest fold(const std::vector<Digest>& subtrees) {
    if (subtrees.empty()) {
        return empty_root();
    }
    Digest root = subtrees.back();
    for (std::size_t i = subtrees.size() - 1; i-- > 0;) {
        root = hash_node(subtrees[i], root);
    }
    return root;
}

base::Result<Frontier> Frontier::from(std::uint64_t size, std::vector<Digest> subtrees) {
    const auto expected = static_cast<std::size_t>(std::popcount(size));
    if (size > k_largest_size || subtrees.size() != expected) {
        return base::bad_input(
            fmt::format("the right edge of a tree of {} entries has {} hashes, and {} stand there",
                        size, expected, subtrees.size()));
    }
    Frontier frontier;
    frontier.size_ = size;
    frontier.subtrees_ = std::move(subtrees);
    return frontier;
}

base::Result<void> Frontier::append_subtree(unsigned level, const Digest& root) {
    const bool possible = level < 62 && (size_ & ((std::uint64_t{1} << level) - 1)) == 0;
    if (!possible || (std::uint64_t{1} << level) > k_largest_size - size_) {
        return base::bad_input(
            fmt::format("a subtree of height {} can't follow {} entries", level, size_));
    }
    Digest merged = root;
    for (std::uint64_t rest = size_ >> level; (rest & 1) != 0; rest >>= 1) {
        merged = hash_node(subtrees_.back(), merged);
        subtrees_.pop_back();
    }
    subtrees_.push_back(merged);
    size_ += std::uint64_t{1} << level;
    return {};
}

}  // namespace cheget::log
