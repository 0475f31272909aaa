// For the naive evaluator of the whole language: every way in which the people who are there can
// fill the places of a formula, one each.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::test_support {

/// A set of people: bit i is principal i.
using People = std::uint32_t;
/// Leaves by number; the highest bit says that a direct voice stands in a sequence.
using Leaves = std::uint64_t;
constexpr Leaves k_direct_in_sequence = Leaves{1} << 63U;
/// For each set of people who together fill all places, the leaves that are used by some such way.
using Ways = std::map<People, Leaves>;

constexpr People one(std::size_t person) {
    return People{1} << person;
}

/// Whose voices are there, as far as a formula asks.
struct Present {
    People self = 0;
    People direct = 0;
    std::vector<bool> deputies;  ///< by place in Action::deputies: speaks for the other
    std::vector<bool> direct_deputies;
    std::vector<policy::Voice> voices;  ///< those that count, for sequences
    bool at_best = false;               ///< then a sequence is whoever could form it
};

struct Scene {
    const policy::Policy& policy;
    const policy::Action& action;
    const Present& present;
    const std::map<std::size_t, bool>& conditions;  ///< by node of `approve`
    bool of_approve;
};

struct Holding {
    bool approve = false;
    bool consent = false;  ///< beside `approve`, by other people
    bool direct = false;

    bool all() const { return approve && consent && direct; }
};

/// The ways of the formula below and with a node.
Ways ways_of(const Scene& scene, const policy::Formula& formula, std::size_t number);

/// How an action's `approve` and `consent` stand. `conditions` by node of `approve`.
Holding hold(const policy::Policy& policy, const policy::Action& action, const Present& approving,
             const Present& consenting, const std::map<std::size_t, bool>& conditions);

}  // namespace cheget::test_support
