// Whole numbers without an upper bound, from 0: how many coalitions there are. Counting needs to
// add, to multiply, to compare and to print, and no more; a library's abort() when memory lacks
// would be a way to end a process from a policy, so these few operations are ours.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cheget::analysis {

class Count {
  public:
    Count() = default;
    Count(std::uint64_t value);  // NOLINT(google-explicit-constructor): numbers are counts

    bool is_zero() const { return limbs_.empty(); }
    /// Binary digits; 0 for zero.
    std::size_t bits() const;

    Count& operator+=(const Count& other);
    /// Takes away `other`, which must not be larger.
    Count& operator-=(const Count& other);
    friend Count operator+(Count left, const Count& right) { return left += right; }
    friend Count operator-(Count left, const Count& right) { return left -= right; }
    friend Count operator*(const Count& left, const Count& right);

    bool operator==(const Count&) const = default;
    std::strong_ordering operator<=>(const Count& other) const;

    /// The lowest 64 binary digits.
    std::uint64_t low_bits() const { return limbs_.empty() ? 0 : limbs_[0]; }
    /// high · 2^64 + low.
    static Count of_bits(std::uint64_t high, std::uint64_t low);

    /// 2 to the power of `exponent`.
    static Count power_of_two(std::size_t exponent);

    /// In decimal, without leading zeros.
    std::string to_text() const;

  private:
    void trim();
    std::vector<std::uint64_t> limbs_;  ///< the lowest first, the highest not 0
};

}  // namespace cheget::analysis
