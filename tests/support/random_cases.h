// Random policies, orders and voices, so shaped that permits, waits and denials are all common.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"
#include "statement/statement.h"

namespace cheget::test_support {

/// A small random generator (splitmix64) with a seed, so that every case can be repeated.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// From 0 to `bound` - 1.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>((next() >> 32U) * bound >> 32U);
    }
    bool once_in(std::uint32_t times) { return below(times) == 0; }

  private:
    std::uint64_t state_;
};

/// 4 to 7 principals with real public keys, some of them `web`, and one to three actions whose
/// formulas overlap, share and nest.
policy::Policy random_policy(Random& random);

struct RandomCase {
    statement::Order order;
    std::vector<policy::Voice> voices;
    policy::Evidence evidence;
};
/// An order under the policy, nearly always one that fits it, with voices in random order, now and
/// then repeated or contradicting, at a time that is often one second around a critical one.
RandomCase random_case(Random& random, const policy::Policy& policy);

}  // namespace cheget::test_support
