// Hashes of node numbers. Tables of them have a power of two of places and take the lowest bits.
#pragma once

#include <cstdint>

namespace cheget::analysis {

inline std::uint64_t node_hash(std::uint32_t a, std::uint32_t b) {
    const std::uint64_t product = (a + (std::uint64_t{b} << 32U)) * 0xd6e8feb86659fd93ULL;
    return product ^ (product >> 32U);
}

inline std::uint64_t node_hash(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const std::uint64_t product = (node_hash(a, b) + c) * 0xd6e8feb86659fd93ULL;
    return product ^ (product >> 32U);
}

}  // namespace cheget::analysis
