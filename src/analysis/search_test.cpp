// Engine S against the definition and against engine D, at its end and wherever it is stopped.
#include "analysis/search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/analysis_test_support.h"
#include "analysis/clauses.h"
#include "analysis/coalitions.h"

namespace cheget::analysis {
namespace {

using test::minimal_sets;
using test::Random;
using test::random_sample;
using test::Sample;
using test::Shape;
using test::truth_table;

std::size_t as_number(const std::vector<std::uint32_t>& set) {
    std::size_t number = 0;
    for (const std::uint32_t variable : set) {
        number |= std::size_t{1} << variable;
    }
    return number;
}

/// Bounds that hold of these sets.
void check_bounds(const Bounds& bounds, const std::vector<std::size_t>& sets) {
    ASSERT_LE(bounds.at_least, Count(sets.size()));
    ASSERT_GE(bounds.at_most, Count(sets.size()));
    if (sets.empty()) {
        ASSERT_FALSE(bounds.smallest_at_most);
        return;
    }
    const auto smallest = static_cast<std::uint64_t>(std::popcount(sets[0]));
    ASSERT_LE(bounds.smallest_at_least, smallest);
    ASSERT_GE(bounds.smallest_at_most.value_or(smallest), smallest);
}

TEST(Search, ends_at_all_minimal_sets_and_its_bounds_hold_on_the_way) {
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        const Shape shape{2 + test::below(random, 9), 1 + test::below(random, 9), 5, true,
                          1 + test::below(random, 4)};
        const Sample sample = random_sample(random, shape);
        const auto table = truth_table(sample.circuit, sample.root, shape.variables);
        Search search(sample.circuit, sample.root, shape.variables, {});
        std::vector<std::size_t> sets[2];
        for (const Side side : {Side::acting, Side::blocking}) {
            sets[static_cast<std::size_t>(side)] = minimal_sets(table, side);
        }
        int steps = 0;
        do {
            for (const Side side : {Side::acting, Side::blocking}) {
                check_bounds(search.bounds(side), sets[static_cast<std::size_t>(side)]);
                if (HasFatalFailure()) {
                    return;
                }
            }
        } while (search.step() && ++steps < 100'000);
        for (const Side side : {Side::acting, Side::blocking}) {
            auto& expected = sets[static_cast<std::size_t>(side)];
            const Bounds bounds = search.bounds(side);
            ASSERT_TRUE(bounds.has_exact_count());
            ASSERT_TRUE(bounds.has_exact_size());
            ASSERT_EQ(bounds.at_least, Count(expected.size()));
            std::vector<std::size_t> found;
            for (const auto& set : search.smallest_found(side, 1 << 12)) {
                found.push_back(as_number(set));
            }
            std::ranges::sort(found);
            std::ranges::sort(expected);
            ASSERT_EQ(found, expected);
        }
    }
}

TEST(Search, agrees_with_the_diagrams) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        const Sample sample = random_sample(random, {24, 14, 6, true, 2});
        const auto exact = Analysis::of(sample.circuit, sample.root, {});
        ASSERT_TRUE(exact);
        Search search(sample.circuit, sample.root, 24, {});
        for (int step = 0; step < 600 && search.step(); ++step) {
        }
        for (const Side side : {Side::acting, Side::blocking}) {
            const Coalitions coalitions = exact->coalitions(side);
            const Bounds bounds = search.bounds(side);
            ASSERT_LE(bounds.at_least, coalitions.count);
            ASSERT_GE(bounds.at_most, coalitions.count);
            if (bounds.has_exact_size()) {
                ASSERT_EQ(bounds.smallest_at_most, coalitions.smallest);
            } else {
                ASSERT_LE(bounds.smallest_at_least, *coalitions.smallest);
                ASSERT_GE(*bounds.smallest_at_most, *coalitions.smallest);
            }
        }
    }
}

TEST(Clauses, find_a_set_of_each_size_that_there_is) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        const Sample sample = random_sample(random, {9, 8, 5, true, 3});
        const auto sets = minimal_sets(truth_table(sample.circuit, sample.root, 9), Side::acting);
        if (sample.root.gate() == 0) {
            continue;
        }
        Clauses clauses(1'000'000);
        ASSERT_TRUE(clauses.demand(sample.circuit, sample.root));
        const auto smallest = static_cast<std::uint64_t>(std::popcount(sets[0]));
        for (std::uint64_t size = 0; size <= 9; ++size) {
            const auto answer = clauses.solve(size, 1'000'000, {});
            if (size < smallest) {
                ASSERT_EQ(answer, Clauses::Answer::none) << size;
                continue;
            }
            ASSERT_EQ(answer, Clauses::Answer::found) << size;
            std::vector<bool> values(9);
            std::uint64_t members = 0;
            for (std::uint32_t i = 0; i < 9; ++i) {
                values[i] = clauses.has(i);
                members += values[i] ? 1U : 0U;
            }
            ASSERT_LE(members, size);
            ASSERT_TRUE(sample.circuit.evaluate(sample.root, values));
        }
    }
}

/// In each block two people or half of the others; who shrinks in any order of the blocks is left
/// with others in some of them, so that sizes must be proved.
TEST(Search, proves_sizes_that_no_order_finds) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        Circuit circuit;
        std::uint32_t next = 1;
        std::vector<Wire> blocks;
        for (int block = 0; block < 4; ++block) {
            std::vector<Wire> people;
            for (std::uint32_t i = 0, count = 9 + test::below(random, 3); i < count; ++i) {
                people.push_back(circuit.variable(next++));
            }
            if (block % 2 == 1) {
                std::ranges::reverse(people);
            }
            const Wire pair = circuit.all_of(std::span(people).first(2));
            std::vector<Circuit::Input> others{{circuit.variable(0), 1}};
            for (std::size_t i = 2; i < people.size(); ++i) {
                others.push_back({people[i], 1});
            }
            const std::uint64_t half = others.size() / 2;
            const Wire either[] = {pair, circuit.threshold(half, std::move(others))};
            blocks.push_back(circuit.any_of(either));
        }
        const Wire root = circuit.all_of(blocks);
        const auto exact = Analysis::of(circuit, root, {});
        const std::uint64_t smallest = *exact->coalitions(Side::acting).smallest;
        Search search(circuit, root, next, {});
        for (int step = 0; step < 200; ++step) {
            search.step();
            const Bounds bounds = search.bounds(Side::acting);
            ASSERT_LE(bounds.smallest_at_least, smallest);
            ASSERT_GE(bounds.smallest_at_most.value_or(smallest), smallest);
        }
        ASSERT_TRUE(search.bounds(Side::acting).has_exact_size());
    }
}

/// Groups that overlap, of which the diagrams are large: the smallest sets are found all the same.
TEST(Search, finds_the_smallest_sets_of_overlapping_groups) {
    Random random(3);
    Circuit circuit;
    std::vector<Circuit::Input> groups;
    for (int group = 0; group < 24; ++group) {
        std::vector<std::uint32_t> members(40);
        for (std::uint32_t i = 0; i < 40; ++i) {
            members[i] = i;
        }
        std::ranges::shuffle(members, random);
        std::vector<Circuit::Input> inputs;
        for (std::size_t i = 0; i < 8; ++i) {
            inputs.push_back({circuit.variable(members[i]), 1});
        }
        groups.push_back({circuit.threshold(3, std::move(inputs)), 1});
    }
    const Wire root = circuit.threshold(8, std::move(groups));
    Search search(circuit, root, 40, {});
    for (int step = 0; step < 20'000 && !search.bounds(Side::acting).has_exact_size(); ++step) {
        search.step();
    }
    const Bounds bounds = search.bounds(Side::acting);
    EXPECT_TRUE(bounds.has_exact_size());
    EXPECT_GT(bounds.at_least, Count(100));
    const auto sets = search.smallest_found(Side::acting, 1);
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0].size(), *bounds.smallest_at_most);
    std::vector<bool> values(40);
    for (const std::uint32_t one : sets[0]) {
        values[one] = true;
    }
    EXPECT_TRUE(circuit.evaluate(root, values));
}

TEST(Bounds, read_off_a_formula_hold) {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        const Sample sample = random_sample(random, {8, 1 + test::below(random, 8), 5, true, 3});
        const auto sets = minimal_sets(truth_table(sample.circuit, sample.root, 8), Side::acting);
        if (!sets.empty()) {
            ASSERT_LE(least_size(sample.circuit, sample.root),
                      static_cast<std::uint64_t>(std::popcount(sets[0])));
        }
    }
    // 4 of 6 sets, 2 of 3 each, nobody in two of them.
    Circuit circuit;
    std::vector<Circuit::Input> sets;
    for (std::uint32_t i = 0; i < 6; ++i) {
        std::vector<Circuit::Input> members;
        for (std::uint32_t j = 0; j < 3; ++j) {
            members.push_back({circuit.variable(3 * i + j), 1});
        }
        sets.push_back({circuit.threshold(2, std::move(members)), 1});
    }
    EXPECT_EQ(least_size(circuit, circuit.threshold(4, std::move(sets))), 8U);
}

TEST(Search, stops_when_told_to) {
    Random random(5);
    const Sample sample = random_sample(random, {40, 30, 6, true, 3});
    bool may_go_on = true;
    Search search(sample.circuit, sample.root, 40, {30'000'000, [&] { return may_go_on; }});
    for (int step = 0; step < 20; ++step) {
        search.step();
    }
    may_go_on = false;
    search.step();  // returns
    const Bounds bounds = search.bounds(Side::acting);
    EXPECT_LE(bounds.smallest_at_least, *bounds.smallest_at_most);
}

TEST(Search, of_what_has_too_many_literals_goes_on_shrinking) {
    Random random(6);
    const Sample sample = random_sample(random, {30, 20, 6, true, 1});
    Search search(sample.circuit, sample.root, 30, {10, {}});
    int steps = 0;
    while (search.step() && ++steps < 10'000) {
    }
    EXPECT_LT(steps, 10'000);
    const auto exact = Analysis::of(sample.circuit, sample.root, {});
    for (const Side side : {Side::acting, Side::blocking}) {
        const Bounds bounds = search.bounds(side);
        EXPECT_GE(bounds.at_least, Count(1));
        EXPECT_LE(bounds.at_least, exact->coalitions(side).count);
        EXPECT_GE(bounds.smallest_at_least, 1U);
        EXPECT_LE(bounds.smallest_at_least, *exact->coalitions(side).smallest);
    }
}

TEST(Search, of_constants_and_of_not_is_told_at_once) {
    Circuit circuit;
    Search always(circuit, circuit.constant(true), 3, {});
    EXPECT_FALSE(always.step());
    EXPECT_EQ(always.bounds(Side::acting).at_most, Count(1));
    EXPECT_EQ(always.bounds(Side::acting).smallest_at_most, 0U);
    EXPECT_EQ(always.bounds(Side::blocking).at_most, Count(0));
    EXPECT_TRUE(always.bounds(Side::blocking).has_exact_size());
    const Wire either = circuit.exclusive({circuit.variable(0), circuit.variable(1)});
    Search inverted(circuit, either, 2, {});
    EXPECT_FALSE(inverted.step());
    EXPECT_EQ(inverted.bounds(Side::acting).at_most, Count(2));
    EXPECT_EQ(inverted.bounds(Side::acting).at_least, Count(0));
}

}  // namespace
}  // namespace cheget::analysis
