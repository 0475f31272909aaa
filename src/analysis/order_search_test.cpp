// An order that is searched for is a better permutation, and the same each time.
#include "analysis/order_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "analysis/analysis_test_support.h"
#include "analysis/build_diagram.h"

namespace cheget::analysis {
namespace {

/// 3 of 5 sets in a ring, each of which shares a party with the next.
Module ring(std::uint32_t sets) {
    Circuit circuit;
    std::vector<Circuit::Input> inputs;
    for (std::uint32_t i = 0; i < sets; ++i) {
        std::vector<Circuit::Input> members;
        for (std::uint32_t j = 0; j < 4; ++j) {
            members.push_back({circuit.variable((3 * i + j) % (3 * sets)), 1});
        }
        inputs.push_back({circuit.threshold(2, std::move(members)), 1});
    }
    const Wire root = circuit.threshold(sets * 2 / 3, std::move(inputs));
    Modules modules = modules_of(circuit, root);
    return std::move(modules.all.back());
}

TEST(OrderSearch, makes_a_bad_order_better) {
    const Module module = ring(12);
    std::vector<std::uint32_t> order(module.leaves.size());
    std::iota(order.begin(), order.end(), 0U);
    test::Random random(7);
    std::ranges::shuffle(order, random);
    const std::vector<std::uint32_t> better = searched_order(module, order, 5000);
    EXPECT_TRUE(std::ranges::is_permutation(better, order));
    EXPECT_EQ(better, searched_order(module, order, 5000));
    EXPECT_EQ(searched_order(module, order, 0), order);
    EXPECT_NE(better, order);
}

TEST(OrderSearch, keeps_what_is_too_short_to_change) {
    const Module module = ring(3);
    EXPECT_EQ(searched_order(module, {1, 0}, 100), (std::vector<std::uint32_t>{1, 0}));
}

}  // namespace
}  // namespace cheget::analysis
