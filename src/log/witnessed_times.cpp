// Times of sizes, as a staircase.
#include "log/witnessed_times.h"

#include <algorithm>

namespace cheget::log {
namespace {

// The first that contains the entry; it has the least time of all that do.
std::vector<WitnessedTimes::Seen>::const_iterator containing(
    const std::vector<WitnessedTimes::Seen>& seen, std::uint64_t index) {
    return std::upper_bound(
        seen.begin(), seen.end(), index,
        [](std::uint64_t at, const WitnessedTimes::Seen& one) { return at < one.size; });
}

}  // namespace

void WitnessedTimes::add(std::uint64_t size, base::Time time) {
    // A larger tree seen no later says all that this one would.
    const auto larger =
        std::lower_bound(seen_.begin(), seen_.end(), size,
                         [](const Seen& one, std::uint64_t at) { return one.size < at; });
    if (size == 0 || (larger != seen_.end() && larger->time <= time)) {
        return;
    }
    // And this one says all that smaller trees seen no earlier would.
    auto first = larger;
    while (first != seen_.begin() && std::prev(first)->time >= time) {
        --first;
    }
    auto last = larger;
    if (last != seen_.end() && last->size == size) {
        ++last;
    }
    seen_.insert(seen_.erase(first, last), {size, time});
}

std::optional<base::Time> WitnessedTimes::start_of(std::uint64_t index) const {
    const auto found = containing(seen_, index);
    return found == seen_.end() ? std::nullopt : std::optional(found->time);
}

std::uint64_t WitnessedTimes::size_for(std::uint64_t index) const {
    const auto found = containing(seen_, index);
    return found == seen_.end() ? 0 : found->size;
}

}  // namespace cheget::log
