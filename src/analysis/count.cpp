// Schoolbook arithmetic on 64-bit limbs: counts have a few hundred digits at most.
#include "analysis/count.h"

#include <algorithm>
#include <bit>

namespace cheget::analysis {

namespace {

using Wide = unsigned __int128;

constexpr std::uint64_t k_decimal_base = 10'000'000'000'000'000'000ULL;
constexpr std::size_t k_decimal_digits = 19;

std::uint64_t low(Wide value) {
    return static_cast<std::uint64_t>(value);
}

std::uint64_t high(Wide value) {
    return static_cast<std::uint64_t>(value >> 64U);
}

}  // namespace

Count::Count(std::uint64_t value) {
    if (value != 0) {
        limbs_.push_back(value);
    }
}

std::size_t Count::bits() const {
    return limbs_.empty() ? 0 : 64 * (limbs_.size() - 1) + std::bit_width(limbs_.back());
}

void Count::trim() {
    while (!limbs_.empty() && limbs_.back() == 0) {
        limbs_.pop_back();
    }
}

Count& Count::operator+=(const Count& other) {
    limbs_.resize(std::max(limbs_.size(), other.limbs_.size()));
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
        Wide sum = Wide{limbs_[i]} + (i < other.limbs_.size() ? other.limbs_[i] : 0) + carry;
        limbs_[i] = low(sum);
        carry = high(sum);
    }
    if (carry != 0) {
        limbs_.push_back(carry);
    }
    return *this;
}

Count& Count::operator-=(const Count& other) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
        Wide taken = Wide{i < other.limbs_.size() ? other.limbs_[i] : 0} + borrow;
        borrow = limbs_[i] < taken ? 1 : 0;
        limbs_[i] = low(Wide{limbs_[i]} - taken);
    }
    trim();
    return *this;
}

Count operator*(const Count& left, const Count& right) {
    Count product;
    product.limbs_.resize(left.limbs_.size() + right.limbs_.size());
    for (std::size_t i = 0; i < left.limbs_.size(); ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < right.limbs_.size(); ++j) {
            Wide sum = Wide{left.limbs_[i]} * right.limbs_[j] + product.limbs_[i + j] + carry;
            product.limbs_[i + j] = low(sum);
            carry = high(sum);
        }
        product.limbs_[i + right.limbs_.size()] = carry;
    }
    product.trim();
    return product;
}

std::strong_ordering Count::operator<=>(const Count& other) const {
    if (limbs_.size() != other.limbs_.size()) {
        return limbs_.size() <=> other.limbs_.size();
    }
    return std::lexicographical_compare_three_way(limbs_.rbegin(), limbs_.rend(),
                                                  other.limbs_.rbegin(), other.limbs_.rend());
}

Count Count::of_bits(std::uint64_t high, std::uint64_t low) {
    Count count;
    count.limbs_ = {low, high};
    count.trim();
    return count;
}

Count Count::power_of_two(std::size_t exponent) {
    Count power;
    power.limbs_.resize(exponent / 64 + 1);
    power.limbs_.back() = std::uint64_t{1} << (exponent % 64);
    return power;
}

std::string Count::to_text() const {
    if (limbs_.empty()) {
        return "0";
    }
    std::string digits;  // the lowest first
    std::vector<std::uint64_t> rest = limbs_;
    while (!rest.empty()) {
        std::uint64_t remainder = 0;
        for (std::size_t i = rest.size(); i-- > 0;) {
            Wide value = (Wide{remainder} << 64U) | rest[i];
            rest[i] = low(value / k_decimal_base);
            remainder = low(value % k_decimal_base);
        }
        while (!rest.empty() && rest.back() == 0) {
            rest.pop_back();
        }
        for (std::size_t i = 0; i < k_decimal_digits && (remainder != 0 || !rest.empty()); ++i) {
            digits.push_back(static_cast<char>('0' + remainder % 10));
            remainder /= 10;
        }
    }
    std::ranges::reverse(digits);
    return digits;
}

}  // namespace cheget::analysis
