// A growing tree, tile by tile.
#include "log/growing_tree.h"

#include <fmt/format.h>

#include <utility>

namespace cheget::log {

Digest join(std::span<const Digest> hashes) {
    std::vector<Digest> row(hashes.begin(), hashes.end());
    while (row.size() > 1) {
        for (std::size_t i = 0; i < row.size() / 2; ++i) {
            row[i] = hash_node(row[2 * i], row[2 * i + 1]);
        }
        row.resize(row.size() / 2);
    }
    return row.front();
}

base::Result<void> GrowingTree::append(const Digest& leaf, std::vector<FilledTile>& filled) {
    if (size_ >= k_largest_size) {
        return base::bad_input(fmt::format("a log holds {} entries at most", k_largest_size));
    }
    const std::uint64_t index = size_;
    ++size_;
    Digest hash = leaf;
    edges_[0].push_back(hash);
    for (unsigned level = 0; (index >> level & 1) != 0;) {  // as a binary counter carries
        hash = hash_node(subtrees_.back(), hash);
        subtrees_.pop_back();
        if (++level % k_tile_height == 0) {
            const unsigned above = level / k_tile_height;
            filled.push_back({{.level = above - 1, .index = index >> level},
                              std::exchange(edges_[above - 1], {})});
            edges_[above].push_back(hash);
        }
    }
    subtrees_.push_back(hash);
    return {};
}

base::Result<std::vector<Digest>> GrowingTree::read_tile(const Tile& tile,
                                                         const TileReader& read_full) const {
    const std::uint64_t hashes = size_ >> (k_tile_height * tile.level);
    if (tile.entries || tile.index * k_tile_width + tile.width > hashes) {
        return base::bad_input(
            fmt::format("the tile {} is not in a tree of {} entries", path_of(tile), size_));
    }
    std::vector<Digest> content = tile.index == hashes / k_tile_width
                                      ? edges_[tile.level]
                                      : TRY(read_full({.level = tile.level, .index = tile.index}));
    if (content.size() < tile.width) {
        return base::bad_input(fmt::format("the tile {} has {} hashes and needs {}", path_of(tile),
                                           content.size(), tile.width));
    }
    content.resize(tile.width);
    return content;
}

HashReader GrowingTree::reader(const TileReader& read_full) const {
    return [this, &read_full](Node node) -> base::Result<Digest> {
        if (node.level >= 62 || node.end() > size_) {
            return base::bad_input(
                fmt::format("the node {} of level {} is not in a tree of {} entries", node.index,
                            node.level, size_));
        }
        const std::vector<Digest> content = TRY(read_tile(tile_of(node, size_), read_full));
        const unsigned height = node.level % k_tile_height;
        const std::size_t first = (node.index << height) % k_tile_width;
        return join(std::span(content).subspan(first, std::size_t{1} << height));
    };
}

}  // namespace cheget::log
