// Normal form, rewriting and modules: whatever is done to a circuit, its function stays.
#include "analysis/circuit.h"

#include <gtest/gtest.h>

#include "analysis/analysis_test_support.h"
#include "analysis/modules.h"
#include "analysis/orders.h"
#include "analysis/simplify.h"

namespace cheget::analysis {
namespace {

using test::Sample;
using test::Shape;

TEST(Circuit, gives_equal_gates_once) {
    Circuit circuit;
    Wire a = circuit.variable(0);
    Wire b = circuit.variable(1);
    Wire c = circuit.variable(2);
    const std::vector<Wire> both{a, b};
    EXPECT_EQ(circuit.threshold(2, {{a, 1}, {b, 1}}), circuit.all_of(both));
    EXPECT_EQ(circuit.threshold(7, {{a, 4}, {b, 5}}), circuit.all_of(both));
    EXPECT_EQ(circuit.threshold(4, {{a, 4}, {b, 5}}), circuit.any_of(both));
    EXPECT_EQ(circuit.threshold(4, {{a, 2}, {b, 2}, {c, 2}}),
              circuit.threshold(2, {{c, 1}, {b, 1}, {a, 1}}));
    EXPECT_EQ(circuit.threshold(2, {{a, 1}, {a, 1}}), a);
    EXPECT_EQ(circuit.threshold(3, {{a, 2}, {b, 1}}), circuit.all_of(both));
}

TEST(Circuit, knows_what_always_and_never_holds) {
    Circuit circuit;
    Wire a = circuit.variable(0);
    const std::vector<Wire> opposites{a, !a};
    EXPECT_EQ(circuit.all_of(opposites), circuit.constant(false));
    EXPECT_EQ(circuit.any_of(opposites), circuit.constant(true));
    EXPECT_EQ(circuit.exclusive({a, !a}), circuit.constant(true));
    EXPECT_EQ(circuit.exclusive({a, a}), circuit.constant(false));
    EXPECT_EQ(circuit.threshold(0, {}), circuit.constant(true));
    EXPECT_EQ(circuit.threshold(9'007'199'254'740'991ULL, {}), circuit.constant(false));
    EXPECT_EQ(circuit.threshold(9'007'199'254'740'991ULL, {{a, 1}}), circuit.constant(false));
    EXPECT_EQ(circuit.threshold(3, {{a, 5}, {!a, 2}}), a);
    EXPECT_EQ(circuit.all_of({}), circuit.constant(true));
    EXPECT_EQ(circuit.any_of({}), circuit.constant(false));
}

TEST(Circuit, thresholds_hold_from_their_need_on) {
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        test::Random random(seed);
        std::uint32_t variables = 1 + test::below(random, 6);
        Circuit circuit;
        std::vector<Circuit::Input> inputs;
        std::uint64_t total = 0;
        for (std::uint32_t i = 0; i < variables + 2; ++i) {
            std::uint32_t variable = test::below(random, variables);
            inputs.push_back({circuit.variable(variable) ^ (test::below(random, 4) == 0),
                              test::below(random, 6)});
            total += inputs.back().weight;
        }
        std::uint64_t need = test::below(random, total + 2);
        Wire gate = circuit.threshold(need, inputs);
        for (std::size_t set = 0; set < std::size_t{1} << variables; ++set) {
            std::vector<bool> assignment;
            for (std::uint32_t i = 0; i < circuit.variables(); ++i) {
                assignment.push_back((set >> i & 1U) != 0);
            }
            std::uint64_t sum = 0;
            for (const Circuit::Input& input : inputs) {
                bool value = assignment[circuit.gate(input.wire.gate()).variable];
                sum += value != input.wire.inverted() ? input.weight : 0;
            }
            EXPECT_EQ(circuit.evaluate(gate, assignment), sum >= need) << "seed " << seed;
        }
    }
}

TEST(Circuit, keeps_its_function_when_rewritten) {
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        test::Random random(seed);
        Shape shape{9, 2 + test::below(random, 20), 5, seed % 2 == 0, 3};
        Sample sample = test::random_sample(random, shape);
        std::vector<bool> table = test::truth_table(sample.circuit, sample.root, 9);
        Rooted simple = simplified(sample.circuit, sample.root);
        EXPECT_EQ(test::truth_table(simple.circuit, simple.root, 9), table) << "seed " << seed;
        Rooted groups = grouped(simple.circuit, simple.root);
        EXPECT_EQ(test::truth_table(groups.circuit, groups.root, 9), table) << "seed " << seed;
    }
}

TEST(Modules, share_no_variable_and_hold_all_of_them) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        test::Random random(seed);
        Shape shape{30, 25, 4, true, 2};
        Sample sample = test::random_sample(random, shape);
        Rooted simple = simplified(sample.circuit, sample.root);
        simple = grouped(simple.circuit, simple.root);
        Modules modules = modules_of(simple.circuit, simple.root);
        std::vector<int> variables(30);
        std::vector<int> used(modules.all.size());
        for (const Module& module : modules.all) {
            for (const Module::Leaf& leaf : module.leaves) {
                ++(leaf.is_module ? used[leaf.index] : variables[leaf.index]);
            }
            for (Heuristic heuristic : heuristics_for(module)) {
                std::vector<std::uint32_t> order = order_of(module, heuristic);
                std::ranges::sort(order);
                ASSERT_EQ(order.size(), module.leaves.size());
                for (std::uint32_t i = 0; i < order.size(); ++i) {
                    EXPECT_EQ(order[i], i);
                }
            }
        }
        std::vector<bool> reached = reachable(simple.circuit, simple.root);
        for (std::uint32_t i = 0; i < 30; ++i) {
            EXPECT_LE(variables[i], 1) << "seed " << seed;
        }
        for (std::uint32_t number = 0; number < simple.circuit.size(); ++number) {
            const Circuit::Gate& gate = simple.circuit.gate(number);
            if (reached[number] && gate.kind == Circuit::Kind::variable) {
                EXPECT_EQ(variables[gate.variable], 1) << "seed " << seed;
            }
        }
        for (std::size_t i = 0; i + 1 < used.size(); ++i) {
            EXPECT_EQ(used[i], 1) << "seed " << seed;
        }
    }
}

TEST(Modules, appear_where_the_layout_hides_them) {
    // (a or b) stands in two gates beside others, a and b nowhere else: together they are a module.
    Circuit circuit;
    std::vector<Wire> v;
    for (std::uint32_t i = 0; i < 6; ++i) {
        v.push_back(circuit.variable(i));
    }
    const std::vector<Wire> one{v[0], v[1], v[2]};
    const std::vector<Wire> other{v[0], v[1], v[3]};
    Wire root = circuit.threshold(
        2, {{circuit.any_of(one), 1}, {circuit.any_of(other), 1}, {v[4], 1}, {v[5], 1}});
    Rooted simple = simplified(circuit, root);
    Modules modules = modules_of(simple.circuit, simple.root);
    ASSERT_EQ(modules.all.size(), 2U);
    EXPECT_EQ(modules.all[0].leaves.size(), 2U);
    EXPECT_EQ(modules.all[1].leaves.size(), 5U);
}

}  // namespace
}  // namespace cheget::analysis
