// Pseudo-random numbers that are the same everywhere (splitmix64): they choose what is tried first,
// and what tests and benchmarks try. They keep no secrets.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cheget::analysis {

class Splitmix {
  public:
    using result_type = std::uint64_t;
    explicit Splitmix(std::uint64_t seed) : state_(seed) {}
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()() {
        std::uint64_t value = state_ += 0x9e3779b97f4a7c15ULL;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31U);
    }
    std::size_t below(std::size_t limit) { return operator()() % limit; }

  private:
    std::uint64_t state_;
};

}  // namespace cheget::analysis
