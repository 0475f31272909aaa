// The tree of a log, recomputed out of its entries and held against what the database keeps of it.
// Internal to authority/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/growing_tree.h"
#include "store/log_store.h"

namespace cheget::authority {

using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// The tree of the first `size` entries, and a line for each kept tile that is another. `take`, if
/// there is one, gets each entry. Fails if an entry can't be read, or as `take` does.
struct Recomputed {
    std::shared_ptr<log::GrowingTree> tree;
    std::vector<std::string> amiss;
};
using TakeEntry = std::function<base::Result<void>(std::uint64_t index, std::string_view entry)>;
base::Result<Recomputed> recompute_tree(store::LogStore& store, std::uint64_t size,
                                        const Progress& progress, const TakeEntry& take = {});

/// Whether the head is one that one of the keys signed of this tree: a line for each thing that is
/// not so.
std::vector<std::string> check_head(const store::LogHead& head, const log::GrowingTree& tree,
                                    std::span<const log::NoteKey> keys);

}  // namespace cheget::authority
