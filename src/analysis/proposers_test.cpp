// One spared, against the definition: somebody drawn, and the rule without that one's voice.
#include "analysis/proposers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/analysis_test_support.h"

namespace cheget::analysis {
namespace {

using test::below;
using test::Random;
using test::Sample;
using test::Shape;

constexpr std::uint32_t k_people = 7;

/// People are variables 0 to 6 wherever the rule hears them beside their voice, their voices 7 to
/// 13. Gates of disjoint parts, of equal weights and of overlapping ones all are common.
Sample random_rule(Random& random, bool monotone) {
    Sample sample;
    std::vector<Wire> wires;
    for (std::uint32_t i = 0; i < k_people; ++i) {
        wires.push_back(sample.circuit.variable(k_people + i));
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
        wires.push_back(sample.circuit.variable(below(random, k_people)));
    }
    const bool disjoint = below(random, 2) == 0;
    for (int i = 0; i < 5; ++i) {
        std::vector<Circuit::Input> inputs;
        std::uint64_t total = 0;
        const std::uint32_t width = 2 + below(random, 3);
        for (std::uint32_t j = 0; j < width && !wires.empty(); ++j) {
            const std::size_t place = below(random, wires.size());
            const bool inverted = !monotone && below(random, 5) == 0;
            inputs.push_back({wires[place] ^ inverted, 1 + below(random, 2)});
            total += inputs.back().weight;
            if (disjoint) {
                wires.erase(wires.begin() + static_cast<std::ptrdiff_t>(place));
            }
        }
        wires.push_back(sample.circuit.threshold(1 + below(random, total), std::move(inputs)));
        if (!monotone && below(random, 4) == 0) {
            wires.push_back(sample.circuit.exclusive({wires.back(), wires.front()}));
        }
    }
    sample.root = wires.back() ^ (!monotone && below(random, 4) == 0);
    return sample;
}

void check_against_definition(std::uint64_t seed, bool monotone) {
    Random random(seed);
    const Sample sample = random_rule(random, monotone);
    const bool help = below(random, 3) == 0;
    Circuit circuit;
    std::vector<Proposer> proposers;
    std::vector<bool> may(k_people);
    for (std::uint32_t i = 0; i < k_people; ++i) {
        may[i] = below(random, 4) != 0;
        if (may[i]) {
            const Wire drawn = circuit.variable(i);
            proposers.push_back({k_people + i, drawn, help ? circuit.constant(true) : drawn});
        }
    }
    const Wire spared = with_one_spared(circuit, sample.circuit, sample.root, proposers);
    for (std::uint32_t set = 0; set < 1U << 2 * k_people; ++set) {
        // Voices that are nobody's who may propose are variables as they were.
        std::vector<bool> values(2 * k_people);
        for (std::uint32_t i = 0; i < 2 * k_people; ++i) {
            values[i] = (set >> i & 1U) != 0;
        }
        std::vector<bool> voices = values;
        for (std::uint32_t i = 0; i < k_people; ++i) {
            if (may[i]) {
                voices[k_people + i] = help || values[i];
            }
        }
        bool expected = false;
        for (std::uint32_t i = 0; i < k_people; ++i) {
            if (may[i] && values[i]) {
                std::vector<bool> without = voices;
                without[k_people + i] = false;
                expected = expected || sample.circuit.evaluate(sample.root, without);
            }
        }
        ASSERT_EQ(circuit.evaluate(spared, values), expected) << "seed " << seed << " set " << set;
    }
}

TEST(Proposers, one_is_spared_as_defined) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        check_against_definition(seed, true);
        check_against_definition(1000 + seed, false);
        if (HasFatalFailure()) {
            return;
        }
    }
}

/// 25 groups of 8: taken one by one that would be 200 copies of the rule.
TEST(Proposers, of_many_take_few_gates) {
    Circuit rule;
    std::vector<Circuit::Input> groups;
    for (std::uint32_t group = 0; group < 25; ++group) {
        std::vector<Circuit::Input> members;
        for (std::uint32_t i = 0; i < 8; ++i) {
            members.push_back({rule.variable(200 + 8 * group + i), 1});
        }
        groups.push_back({rule.threshold(5, std::move(members)), 1});
    }
    const Wire root = rule.threshold(13, std::move(groups));
    Circuit circuit;
    std::vector<Proposer> proposers;
    for (std::uint32_t i = 0; i < 200; ++i) {
        const Wire drawn = circuit.variable(i);
        proposers.push_back({200 + i, drawn, drawn});
    }
    with_one_spared(circuit, rule, root, proposers);
    EXPECT_LT(circuit.size(), 200U + 1 + 25 * 10);
}

/// Of k of n people who all may propose, k + 1 are needed, whoever they are.
TEST(Proposers, of_a_flat_group_ask_for_one_more) {
    Circuit rule;
    Circuit circuit;
    std::vector<Circuit::Input> voices;
    std::vector<Circuit::Input> people;
    std::vector<Proposer> proposers;
    for (std::uint32_t i = 0; i < 9; ++i) {
        voices.push_back({rule.variable(9 + i), 1});
        people.push_back({circuit.variable(i), 1});
        proposers.push_back({9 + i, people.back().wire, people.back().wire});
    }
    const Wire root = rule.threshold(4, std::move(voices));
    const Wire spared = with_one_spared(circuit, rule, root, proposers);
    const Wire expected = circuit.threshold(5, std::move(people));
    EXPECT_EQ(spared, expected);
}

}  // namespace
}  // namespace cheget::analysis
