// The diagrams against trying every set.
#include "analysis/coalitions.h"

#include <gtest/gtest.h>

#include <set>

#include "analysis/analysis_test_support.h"
#include "analysis/modules.h"
#include "analysis/simplify.h"

namespace cheget::analysis {
namespace {

using test::Sample;
using test::Shape;

Shape random_shape(test::Random& random, bool monotone, std::uint32_t most_variables) {
    Shape shape;
    shape.variables = 2 + test::below(random, most_variables - 1);
    shape.gates = 1 + test::below(random, 2 * most_variables);
    shape.widest = 2 + test::below(random, 5);
    shape.heaviest = 1 + test::below(random, 4);
    shape.monotone = monotone;
    return shape;
}

std::size_t as_bits(const std::vector<std::uint32_t>& set) {
    std::size_t bits = 0;
    for (std::uint32_t variable : set) {
        bits |= std::size_t{1} << variable;
    }
    return bits;
}

void expect_as_tried(const Sample& sample, const Shape& shape, std::size_t seed) {
    std::vector<bool> table = test::truth_table(sample.circuit, sample.root, shape.variables);
    auto analysis = Analysis::of(sample.circuit, sample.root, {});
    ASSERT_TRUE(analysis) << "seed " << seed;
    auto holding = static_cast<std::uint64_t>(std::ranges::count(table, true));
    EXPECT_EQ(analysis->models(shape.variables), Count(holding)) << "seed " << seed;
    for (Side side : {Side::acting, Side::blocking}) {
        std::vector<std::size_t> tried = test::minimal_sets(table, side);
        Coalitions found = analysis->coalitions(side);
        ASSERT_EQ(found.count, Count(tried.size())) << "seed " << seed;
        std::optional<std::uint64_t> smallest;
        if (!tried.empty()) {
            smallest = std::popcount(tried[0]);
        }
        EXPECT_EQ(found.smallest, smallest) << "seed " << seed;
        auto sets = analysis->smallest_sets(side, tried.size() + 1);
        ASSERT_EQ(sets.size(), tried.size()) << "seed " << seed;
        std::set<std::size_t> distinct;
        for (std::size_t i = 0; i < sets.size(); ++i) {
            EXPECT_EQ(sets[i].size(), std::popcount(tried[i])) << "seed " << seed;
            distinct.insert(as_bits(sets[i]));
        }
        EXPECT_EQ(distinct, std::set(tried.begin(), tried.end())) << "seed " << seed;
    }
}

TEST(Coalitions, of_monotone_formulas_are_those_found_by_trying_every_set) {
    for (std::uint32_t seed = 0; seed < 3000; ++seed) {
        test::Random random(seed);
        Shape shape = random_shape(random, true, 10);
        expect_as_tried(test::random_sample(random, shape), shape, seed);
    }
}

TEST(Coalitions, of_formulas_with_not_and_xor_are_those_found_by_trying_every_set) {
    for (std::uint32_t seed = 0; seed < 3000; ++seed) {
        test::Random random(seed);
        Shape shape = random_shape(random, false, 9);
        expect_as_tried(test::random_sample(random, shape), shape, seed);
    }
}

TEST(Coalitions, of_sixteen_parties_are_those_found_by_trying_every_set) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        test::Random random(seed);
        Shape shape{16, 12 + test::below(random, 20), 5, seed % 4 != 0, 3};
        expect_as_tried(test::random_sample(random, shape), shape, seed);
    }
}

TEST(Coalitions, of_the_dual_change_sides_and_its_models_are_the_rest) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        test::Random random(seed);
        Shape shape{30, 40, 5, seed % 2 == 0, 3};
        Sample sample = test::random_sample(random, shape);
        Sample dual = test::dual_of(sample.circuit, sample.root);
        auto one = Analysis::of(sample.circuit, sample.root, {});
        auto other = Analysis::of(dual.circuit, dual.root, {});
        ASSERT_TRUE(one && other);
        EXPECT_EQ(one->models(30) + other->models(30), Count::power_of_two(30)) << seed;
        for (Side side : {Side::acting, Side::blocking}) {
            Side opposite = side == Side::acting ? Side::blocking : Side::acting;
            EXPECT_EQ(one->coalitions(side).count, other->coalitions(opposite).count) << seed;
            EXPECT_EQ(one->coalitions(side).smallest, other->coalitions(opposite).smallest) << seed;
        }
    }
}

TEST(Coalitions, of_a_constant_are_the_empty_set_or_none) {
    Circuit circuit;
    auto always = Analysis::of(circuit, circuit.constant(true), {});
    ASSERT_TRUE(always);
    EXPECT_EQ(always->coalitions(Side::acting).count, Count(1));
    EXPECT_EQ(always->coalitions(Side::acting).smallest, 0U);
    EXPECT_TRUE(always->coalitions(Side::blocking).count.is_zero());
    EXPECT_EQ(always->coalitions(Side::blocking).smallest, std::nullopt);
    EXPECT_EQ(always->smallest_sets(Side::acting, 3).size(), 1U);
    EXPECT_EQ(always->models(5), Count(32));
}

TEST(Coalitions, of_a_lone_party_are_that_party) {
    Circuit circuit;
    for (bool inverted : {false, true}) {
        auto lone = Analysis::of(circuit, circuit.variable(3) ^ inverted, {});
        ASSERT_TRUE(lone);
        EXPECT_EQ(lone->is_monotone(), !inverted);
        EXPECT_EQ(lone->models(4), Count(8));
        EXPECT_EQ(lone->coalitions(Side::acting).smallest, inverted ? 0U : 1U);
    }
}

TEST(Coalitions, of_a_majority_of_a_thousand_are_counted_exactly) {
    Circuit circuit;
    std::vector<Circuit::Input> inputs;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        inputs.push_back({circuit.variable(i), 1});
    }
    auto majority = Analysis::of(circuit, circuit.threshold(500, inputs), {});
    ASSERT_TRUE(majority);
    EXPECT_EQ(majority->coalitions(Side::acting).smallest, 500U);
    EXPECT_EQ(majority->coalitions(Side::blocking).smallest, 501U);
    // 1000 over 500, as Pascal's triangle has it.
    std::vector<Count> row{Count(1)};
    for (int i = 0; i < 1000; ++i) {
        row.emplace_back();
        for (std::size_t j = row.size() - 1; j > 0; --j) {
            row[j] += row[j - 1];
        }
    }
    EXPECT_EQ(majority->coalitions(Side::acting).count, row[500]);
    EXPECT_EQ(majority->coalitions(Side::blocking).count, row[501]);
}

TEST(Coalitions, past_a_budget_are_not_given_at_all) {
    test::Random random(1);
    Shape shape{40, 60, 5, true, 2};
    Sample sample = test::random_sample(random, shape);
    auto exact = Analysis::of(sample.circuit, sample.root, {});
    ASSERT_TRUE(exact);
    bool was_short = false;
    for (std::uint64_t steps = 1; steps < 1U << 22U; steps *= 2) {
        Budget budget;
        budget.steps = steps;
        auto answer = Analysis::of(sample.circuit, sample.root, budget);
        was_short = was_short || !answer;
        for (Side side : {Side::acting, Side::blocking}) {
            EXPECT_TRUE(!answer || answer->coalitions(side).count == exact->coalitions(side).count);
        }
    }
    EXPECT_TRUE(was_short);
    Budget small;
    small.nodes = 10;
    EXPECT_FALSE(Analysis::of(sample.circuit, sample.root, small));
    Budget stopped;
    stopped.go_on = [] { return false; };
    stopped.steps = (1U << 16U) + 1;  // it is asked at the first step
    EXPECT_FALSE(Analysis::of(sample.circuit, sample.root, stopped));
}

}  // namespace
}  // namespace cheget::analysis
