// A monitor: whoever reads every entry of a log and remembers what the log signed last, so that the
// log can neither take anything back nor show others another tree unnoticed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/checkpoint.h"

namespace cheget::log {

/// What a monitor keeps: the right edge of the tree that it has read, and the signed checkpoint of
/// exactly that tree; nothing of it before the first.
class MonitorState {
  public:
    MonitorState() = default;

    std::uint64_t size() const { return frontier_.size(); }
    const Frontier& frontier() const { return frontier_; }
    /// The last checkpoint as it was signed; empty before the first.
    const std::string& checkpoint() const { return checkpoint_; }

    /// A text to keep. parse() gives back the same, and refuses what doesn't hold together: hashes
    /// that don't make the checkpoint's root, a checkpoint that `trust` did not sign.
    std::string to_text() const;
    static base::Result<MonitorState> parse(std::string_view text, const Trust& trust);

    bool operator==(const MonitorState& other) const { return to_text() == other.to_text(); }

  private:
    friend class Following;
    Frontier frontier_;
    std::string checkpoint_;
};

/// Goes from what a monitor has read to a newer checkpoint. Memory does not grow with the entries.
class Following {
  public:
    /// Fails if the checkpoint is not signed and witnessed as `trust` asks, is of fewer entries
    /// than were read (a log never shrinks), or of as many and another root (it forked).
    static base::Result<Following> begin(const MonitorState& from, std::string_view checkpoint,
                                         const Trust& trust);

    std::uint64_t next() const { return state_.size(); }  ///< the index of the entry to add next
    std::uint64_t size() const { return target_.checkpoint.size; }
    const OpenedCheckpoint& target() const { return target_; }

    /// The entry at next(). Fails when all are there.
    base::Result<void> add(base::BytesView entry) { return add_leaf(hash_leaf(entry)); }
    base::Result<void> add_leaf(const Digest& leaf);

    /// The new state. Fails unless every entry was added and they make the checkpoint's root: then
    /// the log forked, or what was handed in is not what it signed. Nothing read since the last
    /// state may be used before this succeeded.
    base::Result<MonitorState> finish();

  private:
    Following(MonitorState from, OpenedCheckpoint target)
        : state_(std::move(from)), target_(std::move(target)) {}

    MonitorState state_;
    OpenedCheckpoint target_;
};

}  // namespace cheget::log
