// Diagrams: operations against truth tables, and sifting, which may change the order and nothing
// else.
#include "analysis/diagram.h"

#include <gtest/gtest.h>

#include <numeric>

#include "analysis/analysis_test_support.h"

namespace cheget::analysis {
namespace {

constexpr std::uint32_t k_variables = 8;

using Table = std::vector<bool>;

/// Random functions in a diagram, each with its truth table.
struct Functions {
    explicit Functions(std::uint32_t seed, Meter& meter) : random(seed), diagram(order(), meter) {
        for (std::uint32_t i = 0; i < k_variables; ++i) {
            Table table(1U << k_variables);
            for (std::size_t set = 0; set < table.size(); ++set) {
                table[set] = (set >> i & 1U) != 0;
            }
            nodes.push_back(diagram.variable(i));
            tables.push_back(table);
        }
    }

    std::vector<std::uint32_t> order() {
        std::vector<std::uint32_t> order(k_variables);
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::shuffle(order, random);
        return order;
    }

    void add_one() {
        std::size_t a = test::below(random, nodes.size());
        std::size_t b = test::below(random, nodes.size());
        std::size_t c = test::below(random, nodes.size());
        Table table(1U << k_variables);
        std::uint32_t kind = test::below(random, 5);
        for (std::size_t set = 0; set < table.size(); ++set) {
            bool x = tables[a][set];
            bool y = tables[b][set];
            table[set] = kind == 0   ? x && y
                         : kind == 1 ? x || y
                         : kind == 2 ? x != y
                         : kind == 3 ? !x
                                     : (x ? y : tables[c][set]);
        }
        tables.push_back(table);
        nodes.push_back(kind == 0   ? diagram.both(nodes[a], nodes[b])
                        : kind == 1 ? diagram.either(nodes[a], nodes[b])
                        : kind == 2 ? diagram.differ(nodes[a], nodes[b])
                        : kind == 3 ? diagram.inverse(nodes[a])
                                    : diagram.if_then_else(nodes[a], nodes[b], nodes[c]));
    }

    void expect_right() {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (std::size_t set = 0; set < tables[i].size(); ++set) {
                Diagram::Node node = nodes[i];
                std::uint32_t level = 0;
                while (!diagram.is_constant(node)) {
                    EXPECT_LE(level, diagram.level(node));
                    level = diagram.level(node) + 1;
                    bool high = (set >> diagram.variable_of(node) & 1U) != 0;
                    node = high ? diagram.high(node) : diagram.low(node);
                }
                ASSERT_EQ(node == Diagram::k_true, tables[i][set]);
            }
            for (std::size_t j = 0; j < i; ++j) {
                ASSERT_EQ(nodes[i] == nodes[j], tables[i] == tables[j]);
            }
        }
    }

    test::Random random;
    Diagram diagram;
    std::vector<Diagram::Node> nodes;
    std::vector<Table> tables;
};

TEST(Diagram, holds_every_function_once_and_rightly) {
    for (std::uint32_t seed = 0; seed < 30; ++seed) {
        Meter meter(Budget{});
        Functions functions(seed, meter);
        for (int i = 0; i < 40; ++i) {
            functions.add_one();
        }
        functions.expect_right();
    }
}

TEST(Diagram, keeps_every_function_when_sifted_and_collected) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        Meter meter(Budget{});
        Functions functions(seed, meter);
        for (int turn = 0; turn < 4; ++turn) {
            for (int i = 0; i < 12; ++i) {
                functions.add_one();
            }
            if (turn % 2 == 0) {
                functions.diagram.collect(functions.nodes);
            } else {
                functions.diagram.sift(functions.nodes);
            }
            functions.expect_right();
        }
    }
}

TEST(Diagram, is_smaller_when_sifted) {
    // (0 and 1) or (2 and 3) or …, in the worst order: all first halves above all second ones.
    Meter meter(Budget{});
    const std::vector<std::uint32_t> order{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11};
    Diagram diagram(order, meter);
    Diagram::Node any = Diagram::k_false;
    for (std::uint32_t i = 0; i < 12; i += 2) {
        any = diagram.either(any, diagram.both(diagram.variable(i), diagram.variable(i + 1)));
    }
    const std::vector<Diagram::Node> roots{any};
    diagram.collect(roots);
    EXPECT_EQ(diagram.size(), 126U);
    diagram.sift(roots);
    EXPECT_EQ(diagram.size(), 12U);
}

TEST(Diagram, says_when_its_limit_is_reached) {
    Meter meter(Budget{});
    std::vector<std::uint32_t> order(20);
    std::iota(order.begin(), order.end(), 0U);
    Diagram diagram(order, meter);
    diagram.limit(30);
    Diagram::Node all = Diagram::k_true;
    for (std::uint32_t i = 0; i < 20; ++i) {
        all = diagram.both(all, diagram.variable(i));
    }
    EXPECT_EQ(all, Diagram::k_nothing);
    EXPECT_EQ(diagram.either(all, Diagram::k_true), Diagram::k_nothing);
    EXPECT_EQ(diagram.inverse(Diagram::k_nothing), Diagram::k_nothing);
}

}  // namespace
}  // namespace cheget::analysis
