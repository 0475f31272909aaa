// The Merkle tree of a log (RFC 6962, section 2.1): its hashes, its nodes, and its right edge.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

namespace cheget::log {

using base::Digest;

/// More entries than any log will hold; sizes beyond it are refused, so that sums never overflow.
constexpr std::uint64_t k_largest_size = (std::uint64_t{1} << 62) - 1;

/// The hash of an entry: SHA256(00 || entry).
Digest hash_leaf(base::BytesView entry);

/// The hash of two nodes: SHA256(01 || left || right).
Digest hash_node(const Digest& left, const Digest& right);

/// The root of the tree without entries: SHA256("").
Digest empty_root();

/// A node whose subtree is full: the entries from `index << level` to before `(index + 1) <<
/// level`.
struct Node {
    unsigned level = 0;  ///< 0 for the leaves
    std::uint64_t index = 0;
    bool operator==(const Node&) const = default;

    std::uint64_t begin() const { return index << level; }
    std::uint64_t end() const { return (index + 1) << level; }
};

/// The fewest full nodes that together hold the entries from `begin` to before `end`, left to
/// right: at most two a level. Both at most k_largest_size.
std::vector<Node> cover(std::uint64_t begin, std::uint64_t end);

/// The root of what neighbouring full subtrees hold, given left to right as cover() gives them.
Digest fold(const std::vector<Digest>& subtrees);

/// A tree as far as appending needs it: the roots of the full subtrees along its right edge, the
/// largest first, one for each bit of its size.
class Frontier {
  public:
    Frontier() = default;
    /// As it was stored; fails unless there is one hash for each bit of the size.
    static base::Result<Frontier> from(std::uint64_t size, std::vector<Digest> subtrees);

    std::uint64_t size() const { return size_; }
    const std::vector<Digest>& subtrees() const { return subtrees_; }
    Digest root() const { return size_ == 0 ? empty_root() : fold(subtrees_); }

    /// Appends an entry by the hash of its leaf; fails at k_largest_size alone.
    base::Result<void> append(const Digest& leaf) { return append_subtree(0, leaf); }
    /// Appends 2^level entries by the root of their subtree; fails unless that is a node of the
    /// tree: the size must be a multiple of as many.
    base::Result<void> append_subtree(unsigned level, const Digest& root);

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> subtrees_;
};

}  // namespace cheget::log
