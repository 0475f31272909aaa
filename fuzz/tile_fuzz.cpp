// Tiles: any text as a path, any bytes as a bundle or as hashes, any two sizes.
#include <cstdlib>
#include <cstring>

#include "log/tile.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = base::as_text({data, size});
    if (auto tile = log_::parse_tile_path(text)) {
        if (log_::path_of(*tile) != text) {
            std::abort();
        }
    }
    if (size < 16) {
        return 0;
    }
    std::uint64_t sizes[2] = {};
    std::memcpy(sizes, data, sizeof sizes);
    const std::uint64_t tree = sizes[0] % (log_::k_largest_size - 70'000);
    for (const log_::Tile& tile : log_::new_tiles(tree, tree + sizes[1] % 70'000)) {
        auto again = log_::parse_tile_path(log_::path_of(tile));
        if (!again || !(*again == tile)) {
            std::abort();
        }
    }
    const base::BytesView content = base::BytesView(data, size).subspan(16);
    const unsigned width = data[0] == 0 ? log_::k_tile_width : data[0];
    if (auto entries = log_::parse_bundle(content, width)) {
        const std::vector<std::string> copies = [&] {
            std::vector<std::string> made;
            for (base::BytesView entry : *entries) {
                made.emplace_back(base::as_text(entry));
            }
            return made;
        }();
        if (entries->size() != width || log_::render_bundle(copies) != base::as_text(content)) {
            std::abort();
        }
    }
    const log_::Tile tile{.level = data[1] % 8U, .width = width};
    const log_::Node node{data[2] % 64U, data[3]};
    if (log_::hash_in_tile(tile, content, node) && log_::tile_of(node, tree).level != tile.level) {
        std::abort();
    }
    return 0;
}
