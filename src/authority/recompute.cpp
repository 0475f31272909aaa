// Recomputing a log's tree, and what its database is checked for.
#include "authority/recompute.h"

#include <fmt/format.h>

#include "authority/appender.h"

namespace cheget::authority {
namespace {

constexpr std::uint64_t k_progress_step = 65'536;

void compare_tiles(store::LogStore& store, const std::vector<log::FilledTile>& filled,
                   std::vector<std::string>& amiss) {
    for (const log::FilledTile& tile : filled) {
        const auto kept = store.tile(tile.tile);
        if (!kept) {
            amiss.push_back(kept.error().message);
        } else if (*kept != tile.hashes) {
            amiss.push_back(fmt::format("the tile {} is not the one that the entries make",
                                        log::path_of(tile.tile)));
        }
    }
}

// What is amiss with a witnessed checkpoint; empty if nothing is.
std::string check_witnessed(std::uint64_t size, std::string_view text, const log::HashReader& read,
                            std::span<const log::NoteKey> keys) {
    const auto root = log::root_at(size, read);
    if (!root) {
        return fmt::format("the witnessed checkpoint of {} entries is of none that this log has",
                           size);
    }
    const auto note = log::parse_note(text);
    const auto checkpoint = note ? log::parse_checkpoint(note->text)
                                 : base::Result<log::Checkpoint>(std::unexpected(note.error()));
    if (!checkpoint || checkpoint->size != size || checkpoint->root != *root ||
        !log::verify_note(*note, keys)) {
        return fmt::format("the witnessed checkpoint of {} entries is not one of this log's tree",
                           size);
    }
    return {};
}

// Every witnessed checkpoint against the tree of its size.
base::Result<std::vector<std::string>> check_witnessed(store::LogStore& store,
                                                       const log::GrowingTree& tree,
                                                       std::span<const log::NoteKey> keys) {
    std::vector<std::string> amiss;
    const log::TileReader read_full = [&](const log::Tile& tile) { return store.tile(tile); };
    const log::HashReader read = tree.reader(read_full);
    const auto take = [&](std::uint64_t size, std::string_view text) -> base::Result<void> {
        if (std::string why = check_witnessed(size, text, read, keys); !why.empty()) {
            amiss.push_back(std::move(why));
        }
        return {};
    };
    TRY(store.read_witnessed(take));
    return amiss;
}

}  // namespace

base::Result<Recomputed> recompute_tree(store::LogStore& store, std::uint64_t size,
                                        const Progress& progress, const TakeEntry& take) {
    Recomputed result{std::make_shared<log::GrowingTree>(), {}};
    const auto append = [&](std::uint64_t index, std::string_view entry) -> base::Result<void> {
        std::vector<log::FilledTile> filled;
        TRY(result.tree->append(log::hash_leaf(base::as_bytes(entry)), filled));
        compare_tiles(store, filled, result.amiss);
        if (progress && index % k_progress_step == 0) {
            progress(index, size);
        }
        return take ? take(index, entry) : base::Result<void>();
    };
    TRY(store.read_entries(0, size, append));
    return result;
}

std::vector<std::string> check_head(const store::LogHead& head, const log::GrowingTree& tree,
                                    std::span<const log::NoteKey> keys) {
    std::vector<std::string> amiss;
    if (tree.root() != head.root) {
        amiss.push_back(fmt::format(
            "the {} entries don't make the root that is kept as the log's last", head.size));
    }
    if (head.checkpoint.empty()) {
        if (head.size != 0) {
            amiss.push_back(fmt::format("no checkpoint of the {} entries is kept", head.size));
        }
        return amiss;
    }
    const auto note = log::parse_note(head.checkpoint);
    if (!note) {
        amiss.push_back("the last checkpoint can't be read: " + note.error().message);
        return amiss;
    }
    if (const auto good = log::verify_note(*note, keys); !good) {
        amiss.push_back("the last checkpoint is not signed by the log's key: " +
                        good.error().message);
    }
    const log::Checkpoint expected{keys.front().name, head.size, tree.root()};
    if (note->text != log::to_text(expected)) {
        amiss.push_back(fmt::format(
            "the log's last checkpoint is not of the {} entries that lie here", head.size));
    }
    return amiss;
}

base::Result<std::vector<std::string>> check_log(store::LogStore& store,
                                                 std::span<const log::NoteKey> keys,
                                                 const Progress& progress) {
    std::vector<std::string> amiss = TRY(store.inspect());
    const store::LogHead head = TRY(store.head());
    if (store.owner().origin != keys.front().name) {
        amiss.push_back(fmt::format("the log is {}, and the key is that of {}",
                                    store.owner().origin, keys.front().name));
    }
    if (const std::uint64_t count = TRY(store.count_entries()); count != head.size) {
        amiss.push_back(
            fmt::format("{} entries lie here, and the log signed {}", count, head.size));
    }
    const auto recomputed = recompute_tree(store, head.size, progress);
    if (!recomputed) {
        amiss.push_back(recomputed.error().message);
        return amiss;
    }
    for (const auto& part : {recomputed->amiss, check_head(head, *recomputed->tree, keys),
                             TRY(check_witnessed(store, *recomputed->tree, keys))}) {
        amiss.insert(amiss.end(), part.begin(), part.end());
    }
    return amiss;
}

}  // namespace cheget::authority
