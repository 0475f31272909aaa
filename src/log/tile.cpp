// Tiles: names, contents, and which of them a growing tree needs.
#include "log/tile.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::log {
namespace {

constexpr std::size_t k_hash_size = sizeof(Digest::bytes);
constexpr std::uint64_t k_group = 1000;  // N is written in groups of three digits
constexpr std::string_view k_prefix = "tile/";
constexpr std::string_view k_entries = "entries";
constexpr std::string_view k_partial = ".p/";

// How many hashes of this level a tree has.
std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
    return size >> (k_tile_height * level);
}

base::Error no_path(std::string_view path) {
    return {base::ErrorKind::bad_input,
            fmt::format("`{}` is not the path of a tile, such as tile/0/x001/234.p/56 or "
                        "tile/entries/000",
                        base::shown(path.substr(0, 100)))};
}

// `x001/x234/067`, with nothing before its first digit that could be left out.
base::Result<std::uint64_t> parse_index(std::string_view text, std::string_view path) {
    std::uint64_t index = 0;
    bool first = true;
    while (true) {
        const bool more = text.starts_with('x');
        if (more) {
            text.remove_prefix(1);
        }
        const std::string_view digits = text.substr(0, 3);
        const bool three =
            digits.size() == 3 &&
            std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!three || (first && more && digits == "000") || index > k_largest_size / k_group) {
            return std::unexpected(no_path(path));
        }
        for (char digit : digits) {
            index = index * 10 + static_cast<std::uint64_t>(digit - '0');
        }
        text.remove_prefix(3);
        first = false;
        if (!more) {
            break;
        }
        if (!text.starts_with('/')) {
            return std::unexpected(no_path(path));
        }
        text.remove_prefix(1);
    }
    if (!text.empty()) {
        return std::unexpected(no_path(path));
    }
    return index;
}

// The tiles of one level, or the bundles, that `count` hashes have and `before` had not.
void add_new(std::vector<Tile>& tiles, Tile tile, std::uint64_t before, std::uint64_t count) {
    if (before == count) {
        return;
    }
    for (tile.index = before / k_tile_width; tile.index < count / k_tile_width; ++tile.index) {
        tiles.push_back(tile);
    }
    tile.width = static_cast<unsigned>(count % k_tile_width);
    if (tile.width != 0) {
        tiles.push_back(tile);
    }
}

}  // namespace

std::string path_of(const Tile& tile) {
    std::string groups = fmt::format("{:03}", tile.index % k_group);
    for (std::uint64_t rest = tile.index / k_group; rest != 0; rest /= k_group) {
        groups = fmt::format("x{:03}/{}", rest % k_group, groups);
    }
    std::string path = tile.entries ? fmt::format("{}{}/{}", k_prefix, k_entries, groups)
                                    : fmt::format("{}{}/{}", k_prefix, tile.level, groups);
    return tile.is_full() ? path : fmt::format("{}{}{}", path, k_partial, tile.width);
}

base::Result<Tile> parse_tile_path(std::string_view path) {
    std::string_view rest = path;
    if (!rest.starts_with(k_prefix)) {
        return std::unexpected(no_path(path));
    }
    rest.remove_prefix(k_prefix.size());
    Tile tile;
    const std::string_view level = base::take_until(rest, '/');
    tile.entries = level == k_entries;
    if (!tile.entries) {
        auto number = base::parse_number(level, k_top_tile_level);
        if (!number) {
            return std::unexpected(no_path(path));
        }
        tile.level = static_cast<unsigned>(*number);
    }
    if (const std::size_t at = rest.find(k_partial); at != std::string_view::npos) {
        auto width = base::parse_number(rest.substr(at + k_partial.size()), k_tile_width - 1);
        if (!width || *width == 0) {
            return std::unexpected(no_path(path));
        }
        tile.width = static_cast<unsigned>(*width);
        rest = rest.substr(0, at);
    }
    tile.index = TRY(parse_index(rest, path));
    if (tile.index > hashes_at(tile.level, k_largest_size) / k_tile_width) {
        return std::unexpected(no_path(path));
    }
    return tile;
}

unsigned partial_width(unsigned level, std::uint64_t size) {
    return static_cast<unsigned>(hashes_at(level, size) % k_tile_width);
}

std::vector<Tile> new_tiles(std::uint64_t old_size, std::uint64_t new_size) {
    std::vector<Tile> tiles;
    add_new(tiles, {.entries = true}, old_size, new_size);
    for (unsigned level = 0; level <= k_top_tile_level; ++level) {
        add_new(tiles, {.level = level}, hashes_at(level, old_size), hashes_at(level, new_size));
    }
    return tiles;
}

Tile tile_of(Node node, std::uint64_t size) {
    Tile tile;
    tile.level = node.level / k_tile_height;
    const std::uint64_t first = node.index << (node.level % k_tile_height);
    tile.index = first / k_tile_width;
    const std::uint64_t held = hashes_at(tile.level, size) - tile.index * k_tile_width;
    tile.width = static_cast<unsigned>(std::min<std::uint64_t>(held, k_tile_width));
    return tile;
}

Node first_node(const Tile& tile) {
    return {tile.level * k_tile_height, tile.index * k_tile_width};
}

base::Result<Digest> hash_in_tile(const Tile& tile, base::BytesView data, Node node) {
    if (data.size() != tile.width * k_hash_size) {
        return base::bad_input(fmt::format("the tile {} has {} bytes, and {} are needed",
                                           path_of(tile), data.size(), tile.width * k_hash_size));
    }
    const unsigned height = node.level % k_tile_height;
    const std::uint64_t first = node.index << height;
    const std::uint64_t offset = first % k_tile_width;
    const std::size_t count = std::size_t{1} << height;
    if (tile.entries || tile.level != node.level / k_tile_height ||
        tile.index != first / k_tile_width || offset + count > tile.width) {
        return base::bad_input(fmt::format("the node {} of level {} is not in the tile {}",
                                           node.index, node.level, path_of(tile)));
    }
    std::vector<Digest> hashes(count);
    for (std::size_t i = 0; i < count; ++i) {
        base::BytesView hash = data.subspan((offset + i) * k_hash_size, k_hash_size);
        std::copy(hash.begin(), hash.end(), hashes[i].bytes.begin());
    }
    for (std::size_t left = count; left > 1; left /= 2) {
        for (std::size_t i = 0; i < left / 2; ++i) {
            hashes[i] = hash_node(hashes[2 * i], hashes[2 * i + 1]);
        }
    }
    return hashes[0];
}

std::string render_tile(std::span<const Digest> hashes) {
    std::string data;
    data.reserve(hashes.size() * k_hash_size);
    for (const Digest& hash : hashes) {
        data.append(base::as_text(hash.bytes));
    }
    return data;
}

std::string render_bundle(std::span<const std::string> entries) {
    std::string data;
    for (const std::string& entry : entries) {
        data += static_cast<char>(entry.size() >> 8);
        data += static_cast<char>(entry.size() & 0xFF);
        data += entry;
    }
    return data;
}

base::Result<std::vector<base::BytesView>> parse_bundle(base::BytesView data, unsigned width) {
    std::vector<base::BytesView> entries;
    while (entries.size() < width) {
        const std::size_t size =
            data.size() < 2 ? 0 : static_cast<std::size_t>(data[0]) << 8 | data[1];
        if (data.size() < 2 + size) {
            return base::bad_input(fmt::format(
                "the bundle ends within entry {} of {}; fetch it again", entries.size(), width));
        }
        entries.push_back(data.subspan(2, size));
        data = data.subspan(2 + size);
    }
    if (!data.empty()) {
        return base::bad_input(
            fmt::format("{} bytes follow the {} entries of the bundle", data.size(), width));
    }
    return entries;
}

}  // namespace cheget::log
