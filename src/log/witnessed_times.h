// What a reader of a log keeps of time: by when the log had how many entries.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace cheget::log {

/// Sizes with the times by which a quorum had seen them. Only what can still tell something is
/// kept, so that a reader of many checkpoints keeps few of them.
class WitnessedTimes {
  public:
    struct Seen {
        std::uint64_t size = 0;
        base::Time time;
        bool operator==(const Seen&) const = default;
    };

    /// The k-th smallest time of a checkpoint that was verified, see now_high().
    void add(std::uint64_t size, base::Time time);

    /// When the entry was in the log at the latest: see entry_start(). Nothing before a checkpoint
    /// that contains it.
    std::optional<base::Time> start_of(std::uint64_t index) const;
    /// Of how many entries the checkpoint was that start_of() goes by; 0 if there is none.
    std::uint64_t size_for(std::uint64_t index) const;

    /// By size and by time, both ascending.
    const std::vector<Seen>& seen() const { return seen_; }
    void clear() { seen_.clear(); }

    bool operator==(const WitnessedTimes&) const = default;

  private:
    std::vector<Seen> seen_;
};

}  // namespace cheget::log
