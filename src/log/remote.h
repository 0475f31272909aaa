// Reading a log that others serve, by whatever gives the bytes of its paths: HTTP or a folder.
// Nothing that comes is believed before it made a root that the log signed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/monitor.h"
#include "log/proof_file.h"
#include "log/tile.h"

namespace cheget::log {

/// The bytes at a path such as `checkpoint` or `tile/0/000`, of at most `most` bytes.
using Fetch = std::function<base::Result<std::string>(const std::string& path, std::size_t most)>;

constexpr std::size_t k_longest_bundle = k_tile_width * (2 + k_longest_entry);

/// Takes an entry that was verified, or is about to be: see follow().
using TakeEntry = std::function<base::Result<void>(std::uint64_t index, std::string_view entry)>;

class RemoteLog {
  public:
    explicit RemoteLog(Fetch fetch) : fetch_(std::move(fetch)) {}

    /// The newest checkpoint as it is served.
    base::Result<std::string> checkpoint() const { return fetch_("checkpoint", k_longest_note); }

    /// Reads every entry from where the monitor stands to the checkpoint, and gives the new state.
    /// `take` gets each one in order, before the root was compared: whoever acts on them waits
    /// until this has succeeded. `progress` is told now and then.
    base::Result<MonitorState> follow(
        const MonitorState& from, std::string_view checkpoint, const Trust& trust,
        const TakeEntry& take,
        const std::function<void(std::uint64_t done, std::uint64_t all)>& progress) const;

    /// Neighbouring entries as they are served; not verified.
    struct Entries {
        /// Which the views point into: where it lies does not change when this is moved.
        std::shared_ptr<const std::string> data;
        std::vector<std::string_view> entries;
    };
    /// Those from `index` on to the end of their bundle, or to `size` where that comes first.
    base::Result<Entries> entries_from(std::uint64_t index, std::uint64_t size) const;

    /// Nodes of the tree of that size, out of its tiles; each tile is fetched once. What is made of
    /// them is to be verified against a signed root.
    HashReader hashes(std::uint64_t size);

    /// The entry at the index, as it is served; not verified.
    base::Result<std::string> entry(std::uint64_t index, std::uint64_t size) const;

    /// A proof that the entry lies in the checkpoint's tree, verified.
    base::Result<ProofFile> prove(std::uint64_t index, std::string_view entry,
                                  const OpenedCheckpoint& checkpoint);

  private:
    // A partial tile may have given way to the full one, which begins with it.
    base::Result<std::string> fetch_tile(Tile& tile, std::size_t most) const;

    Fetch fetch_;
    std::map<std::string, std::string> tiles_;
};

}  // namespace cheget::log
