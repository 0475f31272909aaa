// Differences against trying every set.
#include "analysis/difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "analysis/analysis_test_support.h"

namespace cheget::analysis {
namespace {

using test::Random;

std::set<std::size_t> as_bits(const std::vector<std::vector<std::uint32_t>>& sets) {
    std::set<std::size_t> all;
    for (const auto& set : sets) {
        std::size_t bits = 0;
        for (std::uint32_t variable : set) {
            bits |= std::size_t{1} << variable;
        }
        all.insert(bits);
    }
    return all;
}

std::set<std::size_t> newly_able(const std::vector<bool>& before, const std::vector<bool>& after) {
    std::set<std::size_t> sets;
    for (std::size_t set : test::minimal_sets(after, Side::acting)) {
        if (!before[set]) {
            sets.insert(set);
        }
    }
    return sets;
}

TEST(Difference, is_what_trying_every_set_finds) {
    for (std::uint32_t seed = 0; seed < 3000; ++seed) {
        Random random(seed);
        std::uint32_t variables = 2 + test::below(random, 9);
        test::Shape shape{variables, 4 + test::below(random, 16), 5, true, 3};
        test::Sample sample = test::random_sample(random, shape);
        auto before = Wire(test::below(random, sample.circuit.size()));
        Wire after = sample.root;
        std::vector<bool> old_table = test::truth_table(sample.circuit, before, variables);
        std::vector<bool> new_table = test::truth_table(sample.circuit, after, variables);
        auto found = difference(sample.circuit, before, after, {}, std::size_t{1} << variables);
        ASSERT_TRUE(found);
        std::set<std::size_t> gained = newly_able(old_table, new_table);
        std::set<std::size_t> lost = newly_able(new_table, old_table);
        EXPECT_EQ(found->gained.count, Count(gained.size())) << "seed " << seed;
        EXPECT_EQ(found->lost.count, Count(lost.size())) << "seed " << seed;
        EXPECT_EQ(as_bits(found->gained.smallest), gained) << "seed " << seed;
        EXPECT_EQ(as_bits(found->lost.smallest), lost) << "seed " << seed;
        EXPECT_EQ(found->same(), old_table == new_table) << "seed " << seed;
    }
}

/// 13 of 20 groups of 4 of 7 drawn from 40: no diagram of it fits anywhere, but a change of
/// spelling is seen, and one that is more than that is not taken for one.
TEST(Difference, of_a_large_rule_respelt_is_none) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        Circuit circuit;
        const auto split = [&](const std::vector<Circuit::Input>& inputs, std::uint64_t need) {
            const std::vector<Circuit::Input> rest(inputs.begin() + 1, inputs.end());
            const std::vector<Wire> with{inputs[0].wire, circuit.threshold(need - 1, rest)};
            const std::vector<Wire> either{circuit.all_of(with), circuit.threshold(need, rest)};
            return circuit.any_of(either);
        };
        std::vector<Circuit::Input> groups;
        std::vector<Circuit::Input> respelt;
        for (int group = 0; group < 20; ++group) {
            std::vector<Circuit::Input> members;
            while (members.size() < 7) {
                const Wire one = circuit.variable(test::below(random, 40));
                if (std::ranges::find(members, one, &Circuit::Input::wire) == members.end()) {
                    members.push_back({one, 1});
                }
            }
            groups.push_back({circuit.threshold(4, members), 1});
            respelt.push_back({split(members, 4), 1});
        }
        const Wire before = circuit.threshold(13, groups);
        const auto none = difference(circuit, before, split(respelt, 13), {});
        ASSERT_TRUE(none);
        EXPECT_TRUE(none->same());
        Budget small;
        small.steps = 200'000;
        const auto some = difference(circuit, before, split(respelt, 12), small);
        EXPECT_TRUE(!some || !some->same());
    }
}

TEST(Difference, of_constants_is_everybody_or_nobody) {
    Circuit circuit;
    Wire a = circuit.variable(0);
    auto opened = difference(circuit, a, circuit.constant(true), {});
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->gained.count, Count(1));
    ASSERT_EQ(opened->gained.smallest.size(), 1U);
    EXPECT_TRUE(opened->gained.smallest[0].empty());
    EXPECT_TRUE(opened->lost.count.is_zero());
    auto closed = difference(circuit, a, circuit.constant(false), {});
    ASSERT_TRUE(closed);
    EXPECT_TRUE(closed->gained.count.is_zero());
    EXPECT_EQ(closed->lost.count, Count(1));
}

TEST(Difference, of_an_equal_rewrite_of_many_overlapping_groups_is_none) {
    // 5 of 8 groups of 3 of 5 drawn from 16 parties, against the same with every group spelt as the
    // parties without whom it fails.
    Random random(5);
    Circuit circuit;
    std::vector<Circuit::Input> one;
    std::vector<Circuit::Input> other;
    for (int group = 0; group < 8; ++group) {
        std::vector<std::uint32_t> parties(16);
        for (std::uint32_t i = 0; i < 16; ++i) {
            parties[i] = i;
        }
        std::ranges::shuffle(parties, random);
        std::vector<Circuit::Input> members;
        std::vector<Wire> triples;
        for (std::size_t i = 0; i < 5; ++i) {
            members.push_back({circuit.variable(parties[i]), 1});
            for (std::size_t j = 0; j < i; ++j) {
                for (std::size_t k = 0; k < j; ++k) {
                    const std::vector<Wire> triple{circuit.variable(parties[i]),
                                                   circuit.variable(parties[j]),
                                                   circuit.variable(parties[k])};
                    triples.push_back(circuit.any_of(triple));
                }
            }
        }
        one.push_back({circuit.threshold(3, members), 1});
        other.push_back({circuit.all_of(triples), 1});
    }
    Wire before = circuit.threshold(5, one);
    auto same = difference(circuit, before, circuit.threshold(5, other), {});
    ASSERT_TRUE(same);
    EXPECT_TRUE(same->same());
    auto lowered = difference(circuit, before, circuit.threshold(4, other), {});
    ASSERT_TRUE(lowered);
    EXPECT_FALSE(lowered->gained.count.is_zero());
    EXPECT_TRUE(lowered->lost.count.is_zero());
}

TEST(Difference, past_a_budget_is_not_given) {
    Random random(3);
    test::Sample sample = test::random_sample(random, {40, 60, 5, true, 2});
    Budget budget;
    budget.steps = 20;
    EXPECT_FALSE(difference(sample.circuit, Wire(45), sample.root, budget));
}

}  // namespace
}  // namespace cheget::analysis
