// Times of sizes: what the staircase tells is what all that was seen tells.
#include "log/witnessed_times.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace cheget::log {
namespace {

RC_GTEST_PROP(WitnessedTimes, tells_the_least_time_that_contains_an_entry, ()) {
    const auto many = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 12)));
    WitnessedTimes times;
    for (const auto& [size, time] : many) {
        times.add(static_cast<std::uint64_t>(size), {time});
    }
    for (int index = 0; index < 13; ++index) {
        std::optional<base::Time> least;
        for (const auto& [size, time] : many) {
            if (index < size && (!least || base::Time{time} < *least)) {
                least = base::Time{time};
            }
        }
        const auto at = static_cast<std::uint64_t>(index);
        RC_ASSERT(times.start_of(at) == least);
        RC_ASSERT((times.size_for(at) > at) == least.has_value());
    }
    RC_ASSERT(std::is_sorted(times.seen().begin(), times.seen().end(),
                             [](const auto& one, const auto& other) {
                                 return one.size <= other.size && one.time < other.time;
                             }) ||
              times.seen().size() < 2);
}

TEST(WitnessedTimes, nothing_is_told_of_what_nobody_saw) {
    WitnessedTimes times;
    times.add(0, {5});
    times.add(3, {7});
    EXPECT_EQ(times.start_of(2), base::Time{7});
    EXPECT_FALSE(times.start_of(3));
    times.clear();
    EXPECT_FALSE(times.start_of(0));
}

}  // namespace
}  // namespace cheget::log
