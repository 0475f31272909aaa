// Reading a log that others serve.
#include "log/remote.h"

#include <fmt/format.h>

#include <algorithm>

namespace cheget::log {
namespace {

constexpr std::size_t k_hash_size = sizeof(Digest::bytes);
constexpr std::uint64_t k_progress_step = 64;  // bundles

Tile bundle_of(std::uint64_t index, std::uint64_t size) {
    Tile tile = tile_of({0, index}, size);
    tile.entries = true;
    return tile;
}

}  // namespace

base::Result<std::string> RemoteLog::fetch_tile(Tile& tile, std::size_t most) const {
    auto data = fetch_(path_of(tile), most);
    if (!data && !tile.is_full()) {
        Tile full = tile;
        full.width = k_tile_width;
        if (auto whole = fetch_(path_of(full), most)) {
            tile = full;
            return whole;
        }
    }
    return data;
}

base::Result<RemoteLog::Entries> RemoteLog::entries_from(std::uint64_t index,
                                                         std::uint64_t size) const {
    if (index >= size) {
        return base::bad_input(
            fmt::format("there is no entry {} in a log of {} entries", index, size));
    }
    Tile tile = bundle_of(index, size);
    const unsigned width = tile.width;
    std::string data = TRY(fetch_tile(tile, k_longest_bundle));
    Entries some{std::make_shared<const std::string>(std::move(data)), {}};
    const auto all = TRY(parse_bundle(base::as_bytes(*some.data), tile.width));
    for (std::size_t i = index % k_tile_width; i < width; ++i) {
        some.entries.push_back(base::as_text(all[i]));
    }
    return some;
}

base::Result<MonitorState> RemoteLog::follow(
    const MonitorState& from, std::string_view checkpoint, const Trust& trust,
    const TakeEntry& take,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& progress) const {
    Following following = TRY(Following::begin(from, checkpoint, trust));
    for (std::uint64_t count = 0; following.next() < following.size(); ++count) {
        const Entries some = TRY(entries_from(following.next(), following.size()));
        for (const std::string_view entry : some.entries) {
            if (take) {
                TRY(take(following.next(), entry));
            }
            TRY(following.add(base::as_bytes(entry)));
        }
        if (progress && count % k_progress_step == 0) {
            progress(following.next(), following.size());
        }
    }
    return following.finish();
}

HashReader RemoteLog::hashes(std::uint64_t size) {
    return [this, size](Node node) -> base::Result<Digest> {
        if (node.level >= 62 || node.end() > size) {
            return base::bad_input(fmt::format("the node {} of level {} is not in {} entries",
                                               node.index, node.level, size));
        }
        Tile tile = tile_of(node, size);
        const std::string path = path_of(tile);
        auto known = tiles_.find(path);
        if (known == tiles_.end()) {
            const std::size_t needed = tile.width * k_hash_size;
            std::string data = TRY(fetch_tile(tile, k_tile_width * k_hash_size));
            if (data.size() >= needed) {
                data.resize(needed);
            }
            known = tiles_.emplace(path, std::move(data)).first;
        }
        return hash_in_tile(tile_of(node, size), base::as_bytes(known->second), node);
    };
}

base::Result<std::string> RemoteLog::entry(std::uint64_t index, std::uint64_t size) const {
    const Entries some = TRY(entries_from(index, size));
    return std::string(some.entries.front());
}

base::Result<ProofFile> RemoteLog::prove(std::uint64_t index, std::string_view entry,
                                         const OpenedCheckpoint& checkpoint) {
    const Checkpoint& head = checkpoint.checkpoint;
    ProofFile file{{},
                   index,
                   TRY(make_inclusion_proof(index, head.size, hashes(head.size))),
                   render(checkpoint.note)};
    TRY(verify_inclusion(index, head.size, hash_leaf(base::as_bytes(entry)), file.proof,
                         head.root));
    return file;
}

}  // namespace cheget::log
