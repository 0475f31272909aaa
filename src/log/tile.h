// Tiles: the tree and the entries of a log as immutable files (C2SP tlog-tiles).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "log/tree.h"

namespace cheget::log {

constexpr unsigned k_tile_height = 8;
constexpr unsigned k_tile_width = 256;  ///< hashes, or entries, of a full tile
constexpr unsigned k_top_tile_level = 7;
constexpr std::size_t k_longest_entry = 65'535;

/// A tile. At level 0 its hashes are those of leaves, above it those of full tiles below.
struct Tile {
    bool entries = false;  ///< an entry bundle; its level is 0
    unsigned level = 0;    ///< 0 to k_top_tile_level
    std::uint64_t index = 0;
    unsigned width = k_tile_width;  ///< 1 to 256; a partial tile below that
    bool operator==(const Tile&) const = default;

    bool is_full() const { return width == k_tile_width; }
};

/// `tile/0/x001/x234/067.p/12`, without a slash before it.
std::string path_of(const Tile& tile);
/// Reads exactly what path_of() writes.
base::Result<Tile> parse_tile_path(std::string_view path);

/// How many hashes the last, partial tile of this level has in a tree of that size; 0 if none.
unsigned partial_width(unsigned level, std::uint64_t size);

/// Every tile, of hashes and of entries, that a tree of `new_size` has and one of `old_size` has
/// not: those that became full or wider. Lower levels first.
std::vector<Tile> new_tiles(std::uint64_t old_size, std::uint64_t new_size);

/// The tile that holds the node's hash, or the hashes that make it, in a tree of that size.
/// The node must be full within the tree.
Tile tile_of(Node node, std::uint64_t size);

/// The first and last (excluded) node, at the tile's lowest level, whose hashes it holds.
Node first_node(const Tile& tile);

/// Takes a node's hash out of its tile; fails if the data isn't as long as the tile is wide, or the
/// node not in it.
base::Result<Digest> hash_in_tile(const Tile& tile, base::BytesView data, Node node);

/// The hashes one after the other.
std::string render_tile(std::span<const Digest> hashes);

/// (u16 big-endian length, entry)*. Every entry at most k_longest_entry bytes.
std::string render_bundle(std::span<const std::string> entries);
/// The entries of a bundle, exactly `width` of them and nothing after; they point into `data`.
base::Result<std::vector<base::BytesView>> parse_bundle(base::BytesView data, unsigned width);

}  // namespace cheget::log
