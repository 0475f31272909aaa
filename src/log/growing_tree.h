// A tree that grows at its right edge: the last tile of each level in memory, every tile that
// became full handed out. What a log keeps to append, and to prove what it appended.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "log/proof.h"
#include "log/tile.h"

namespace cheget::log {

/// A tile of hashes with its content.
struct FilledTile {
    Tile tile;
    std::vector<Digest> hashes;  ///< as many as the tile is wide
};

/// Gives the hashes of a full tile; its failures become those of who asked.
using TileReader = std::function<base::Result<std::vector<Digest>>(const Tile&)>;

class GrowingTree {
  public:
    std::uint64_t size() const { return size_; }
    Digest root() const { return size_ == 0 ? empty_root() : fold(subtrees_); }

    /// Appends a leaf. Tiles that it makes full are added to `filled`, lower levels first. Fails at
    /// k_largest_size alone.
    base::Result<void> append(const Digest& leaf, std::vector<FilledTile>& filled);

    /// The hashes of the last tile of that level, which is not full; may be empty.
    const std::vector<Digest>& edge(unsigned level) const { return edges_[level]; }

    /// The hashes of the tile, which must lie within the tree: out of the edge, else by
    /// `read_full`.
    base::Result<std::vector<Digest>> read_tile(const Tile& tile,
                                                const TileReader& read_full) const;

    /// Reads nodes of this tree, for proofs in it and in every smaller one that it began with. Both
    /// must outlive what is returned.
    HashReader reader(const TileReader& read_full) const;

  private:
    std::uint64_t size_ = 0;
    std::array<std::vector<Digest>, k_top_tile_level + 1> edges_;
    std::vector<Digest> subtrees_;  // the full ones along the right edge, as Frontier has them
};

/// The root of full neighbouring nodes, a power of two of them.
Digest join(std::span<const Digest> hashes);

}  // namespace cheget::log
