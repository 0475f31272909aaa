#include "analysis/count.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace {

using cheget::analysis::Count;
using Wide = unsigned __int128;

Count of(Wide value) {
    return Count::of_bits(static_cast<std::uint64_t>(value >> 64U),
                          static_cast<std::uint64_t>(value));
}

TEST(Count, prints_decimals_of_any_length) {
    EXPECT_EQ(Count().to_text(), "0");
    EXPECT_EQ(Count(7).to_text(), "7");
    EXPECT_EQ(Count(10'000'000'000'000'000'000ULL).to_text(), "10000000000000000000");
    EXPECT_EQ(Count::power_of_two(64).to_text(), "18446744073709551616");
    EXPECT_EQ(Count::power_of_two(200).to_text(),
              "1606938044258990275541962092341162602522202993782792835301376");
    Count factorial(1);
    for (std::uint64_t i = 2; i <= 30; ++i) {
        factorial = factorial * Count(i);
    }
    EXPECT_EQ(factorial.to_text(), "265252859812191058636308480000000");
}

TEST(Count, keeps_zeros_within) {
    Count large = Count::power_of_two(128) + Count(5);
    EXPECT_EQ(large - Count(5), Count::power_of_two(128));
    EXPECT_EQ(large - Count::power_of_two(128), Count(5));
    EXPECT_TRUE((large - large).is_zero());
    EXPECT_EQ(
        (Count(10'000'000'000'000'000'000ULL) * Count(10'000'000'000'000'000'000ULL)).to_text(),
        "1" + std::string(38, '0'));
}

TEST(Count, counts_its_bits) {
    EXPECT_EQ(Count().bits(), 0U);
    EXPECT_EQ(Count(1).bits(), 1U);
    EXPECT_EQ(Count::power_of_two(64).bits(), 65U);
}

RC_GTEST_PROP(Count, agrees_with_the_machine_where_it_fits,
              (std::uint64_t a, std::uint64_t b, std::uint64_t c)) {
    Wide product = Wide{a} * b;
    RC_ASSERT(Count(a) * Count(b) == of(product));
    RC_ASSERT(Count(a) + Count(b) == of(Wide{a} + b));
    Wide third = product / 3 + c;
    RC_ASSERT(of(product / 3) + Count(c) == of(third));
    RC_ASSERT(of(third) - Count(c) == of(product / 3));
    RC_ASSERT((of(third) < of(product)) == (third < product));
}

RC_GTEST_PROP(Count, multiplies_over_sums,
              (std::vector<std::uint64_t> parts, std::uint64_t factor)) {
    Count large = Count::power_of_two(300);
    Count sum;
    Count products;
    for (std::uint64_t part : parts) {
        Count wide = Count(part) * large + Count(part);
        sum += wide;
        products += wide * Count(factor);
    }
    RC_ASSERT(sum * Count(factor) == products);
}

}  // namespace
