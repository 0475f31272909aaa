// Sizes, probabilities and power, read off the diagrams, against every set and every order.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "analysis/analysis_test_support.h"
#include "analysis/coalitions.h"

namespace cheget::analysis {
namespace {

using test::below;
using test::Random;

bool is_near(long double left, long double right) {
    return std::abs(left - right) < 1e-12L;
}

test::Sample sample_of(Random& random, std::uint32_t variables) {
    test::Shape shape;
    shape.variables = variables;
    shape.gates = 3 + below(random, 10);
    return test::random_sample(random, shape);
}

/// 2 of 3 triples, each 2 of 3: three modules under one.
test::Sample nested() {
    test::Sample sample;
    std::vector<Circuit::Input> triples;
    for (std::uint32_t i = 0; i < 3; ++i) {
        std::vector<Circuit::Input> three;
        for (std::uint32_t j = 0; j < 3; ++j) {
            three.push_back({sample.circuit.variable(3 * i + j), 1});
        }
        triples.push_back({sample.circuit.threshold(2, std::move(three)), 1});
    }
    sample.root = sample.circuit.threshold(2, std::move(triples));
    return sample;
}

void check_sizes(const Analysis& analysis, const std::vector<bool>& table) {
    for (const Side side : {Side::acting, Side::blocking}) {
        std::map<std::size_t, std::uint64_t> expected;
        for (const std::size_t set : test::minimal_sets(table, side)) {
            ++expected[static_cast<std::size_t>(std::popcount(set))];
        }
        const auto sizes = analysis.sizes(side);
        ASSERT_TRUE(sizes);
        std::map<std::size_t, std::uint64_t> told;
        for (std::size_t size = 0; size < sizes->size(); ++size) {
            if (!(*sizes)[size].is_zero()) {
                told[size] = (*sizes)[size].low_bits();
            }
        }
        ASSERT_EQ(told, expected);
    }
}

/// Of each variable: swings among all sets, and orders in which it decides, by Shapley's weights.
void check_power(const Analysis& analysis, const std::vector<bool>& table,
                 std::uint32_t variables) {
    std::vector<long double> factorial{1};
    for (std::uint32_t i = 1; i <= variables; ++i) {
        factorial.push_back(factorial.back() * i);
    }
    std::vector<long double> banzhaf(variables);
    std::vector<long double> shapley(variables);
    for (std::size_t set = 0; set < table.size(); ++set) {
        for (std::uint32_t i = 0; i < variables; ++i) {
            const std::size_t with = set | std::size_t{1} << i;
            if (with == set || table[with] == table[set]) {
                continue;
            }
            const auto size = static_cast<std::uint32_t>(std::popcount(set));
            banzhaf[i] += 2.0L / static_cast<long double>(table.size());
            shapley[i] += factorial[size] * factorial[variables - size - 1] / factorial[variables];
        }
    }
    const auto told_banzhaf = analysis.banzhaf(variables);
    const auto told_shapley = analysis.shapley(variables);
    for (std::uint32_t i = 0; i < variables; ++i) {
        ASSERT_TRUE(is_near(told_banzhaf[i], banzhaf[i])) << i;
        ASSERT_TRUE(is_near(told_shapley[i], shapley[i])) << i;
    }
}

void check_probability(const Analysis& analysis, const std::vector<bool>& table,
                       std::uint32_t variables, Random& random) {
    std::vector<long double> of_variable;
    for (std::uint32_t i = 0; i < variables; ++i) {
        of_variable.push_back(below(random, 1001) / 1000.0L);
    }
    long double expected = 0;
    for (std::size_t set = 0; set < table.size(); ++set) {
        long double one = table[set] ? 1 : 0;
        for (std::uint32_t i = 0; i < variables; ++i) {
            one *= (set >> i & 1U) != 0 ? of_variable[i] : 1 - of_variable[i];
        }
        expected += one;
    }
    ASSERT_TRUE(is_near(analysis.probability(of_variable), expected));
}

TEST(Measures, are_what_every_set_says) {
    Random random(20261122);
    for (int round = 0; round < 400; ++round) {
        const std::uint32_t variables = 1 + below(random, 8);
        const test::Sample sample = round == 0 ? nested() : sample_of(random, variables);
        const std::uint32_t count = round == 0 ? 9 : variables;
        const auto table = test::truth_table(sample.circuit, sample.root, count);
        const auto analysis = Analysis::of(sample.circuit, sample.root, {});
        ASSERT_TRUE(analysis);
        check_sizes(*analysis, table);
        check_power(*analysis, table, count);
        check_probability(*analysis, table, count, random);
        if (HasFatalFailure()) {
            ADD_FAILURE() << "round " << round;
            return;
        }
    }
}

TEST(Measures, shapley_counts_orders) {
    // a and any of b, c: of the 6 orders a decides in 4, b in 1, c in 1.
    Circuit circuit;
    const Wire either[] = {circuit.variable(1), circuit.variable(2)};
    const Wire both[] = {circuit.variable(0), circuit.any_of(either)};
    const auto analysis = Analysis::of(circuit, circuit.all_of(both), {});
    std::vector<std::uint32_t> order{0, 1, 2};
    std::vector<int> decided(3);
    do {
        std::vector<bool> joined(3);
        for (const std::uint32_t one : order) {
            joined[one] = true;
            if (joined[0] && (joined[1] || joined[2])) {
                ++decided[one];
                break;
            }
        }
    } while (std::next_permutation(order.begin(), order.end()));
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(is_near(analysis->shapley(3)[i], decided[i] / 6.0L));
    }
}

/// k of n as one gate: the counts are binomial coefficients, of more digits than 128 bits hold.
TEST(Measures, sizes_of_families_that_nobody_could_list) {
    Circuit circuit;
    std::vector<Wire> pairs;
    for (std::uint32_t i = 0; i < 200; ++i) {
        const Wire pair[] = {circuit.variable(2 * i), circuit.variable(2 * i + 1)};
        pairs.push_back(circuit.any_of(pair));
    }
    const auto analysis = Analysis::of(circuit, circuit.all_of(pairs), {});
    const auto acting = analysis->sizes(Side::acting);
    ASSERT_EQ(acting->size(), 201U);
    EXPECT_EQ(acting->back(), Count::power_of_two(200));
    const auto blocking = analysis->sizes(Side::blocking);
    ASSERT_EQ(blocking->size(), 3U);
    EXPECT_EQ((*blocking)[2], Count(200));
    const auto power = analysis->shapley(400);
    EXPECT_TRUE(is_near(std::accumulate(power.begin(), power.end(), 0.0L), 1.0L));
    EXPECT_TRUE(is_near(power[0], 1.0L / 400));
}

TEST(Measures, of_constants) {
    const Circuit circuit;
    const auto never = Analysis::of(circuit, circuit.constant(false), {});
    const auto always = Analysis::of(circuit, circuit.constant(true), {});
    EXPECT_TRUE(never->sizes(Side::acting)->empty());
    EXPECT_EQ(always->sizes(Side::acting)->size(), 1U);
    EXPECT_EQ(never->probability({0.5L}), 0);
    EXPECT_EQ(always->probability({0.5L}), 1);
    EXPECT_EQ(never->shapley(1), std::vector<long double>{0});
    EXPECT_EQ(always->banzhaf(1), std::vector<long double>{0});
}

}  // namespace
}  // namespace cheget::analysis
