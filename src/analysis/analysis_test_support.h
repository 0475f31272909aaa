// Random circuits, and the answers found by trying every set: what the diagrams are held to.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "analysis/circuit.h"
#include "analysis/family.h"
#include "analysis/splitmix.h"

namespace cheget::analysis::test {

using Random = Splitmix;

/// How a random circuit is made.
struct Shape {
    std::uint32_t variables = 8;
    std::uint32_t gates = 8;
    std::uint32_t widest = 4;
    bool monotone = true;
    std::uint64_t heaviest = 3;
};

struct Sample {
    Circuit circuit;
    Wire root;
};

inline std::uint32_t below(Random& random, std::uint64_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
}

/// Gates over all wires made so far, the later ones more often, so that parts are shared and deep.
inline Sample random_sample(Random& random, const Shape& shape) {
    Sample sample;
    std::vector<Wire> wires;
    for (std::uint32_t i = 0; i < shape.variables; ++i) {
        wires.push_back(sample.circuit.variable(i));
    }
    for (std::uint32_t i = 0; i < shape.gates; ++i) {
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> plain;
        std::uint64_t total = 0;
        std::uint32_t width = 2 + below(random, shape.widest - 1);
        for (std::uint32_t j = 0; j < width; ++j) {
            std::size_t from = below(random, 2) == 0 ? wires.size() / 2 : 0;
            Wire wire = wires[from + below(random, wires.size() - from)];
            wire = wire ^ (!shape.monotone && below(random, 4) == 0);
            inputs.push_back({wire, 1 + below(random, shape.heaviest)});
            plain.push_back(wire);
            total += inputs.back().weight;
        }
        switch (below(random, shape.monotone ? 3 : 4)) {
            case 0:
                wires.push_back(sample.circuit.all_of(plain));
                break;
            case 1:
                wires.push_back(sample.circuit.any_of(plain));
                break;
            case 2:
                wires.push_back(
                    sample.circuit.threshold(below(random, total + 2), std::move(inputs)));
                break;
            default:
                wires.push_back(sample.circuit.exclusive(std::move(plain)));
        }
    }
    sample.root = wires.back();
    return sample;
}

/// Every value of a function, by the bits of the assignment.
inline std::vector<bool> truth_table(const Circuit& circuit, Wire root, std::uint32_t variables) {
    std::vector<bool> table(std::size_t{1} << variables);
    std::vector<bool> assignment(variables);
    for (std::size_t set = 0; set < table.size(); ++set) {
        for (std::uint32_t i = 0; i < variables; ++i) {
            assignment[i] = (set >> i & 1U) != 0;
        }
        table[set] = circuit.evaluate(root, assignment);
    }
    return table;
}

/// The minimal sets of a side by the definition: sets that decide, none of whose proper subsets
/// does. Sorted by size, then as numbers.
inline std::vector<std::size_t> minimal_sets(const std::vector<bool>& table, Side side) {
    std::size_t everybody = table.size() - 1;
    std::vector<bool> has_within(table.size());  // itself or a subset decides
    std::vector<std::size_t> minimal;
    for (std::size_t set = 0; set < table.size(); ++set) {
        bool decides = side == Side::acting ? table[set] : !table[everybody & ~set];
        bool within = false;
        for (std::size_t rest = set; rest != 0; rest &= rest - 1) {
            within = within || has_within[set & ~(rest & (~rest + 1))];
        }
        has_within[set] = within || decides;
        if (decides && !within) {
            minimal.push_back(set);
        }
    }
    std::ranges::stable_sort(minimal, {}, [](std::size_t set) { return std::popcount(set); });
    return minimal;
}

/// The dual: what holds for a set when the function fails for everybody else.
inline Sample dual_of(const Circuit& circuit, Wire root) {
    Sample dual;
    std::vector<Wire> images(circuit.size());
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        const Circuit::Gate& gate = circuit.gate(number);
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> wires;
        std::uint64_t total = 0;
        for (const Circuit::Input& input : circuit.inputs(number)) {
            wires.push_back(images[input.wire.gate()] ^ input.wire.inverted());
            inputs.push_back({wires.back(), input.weight});
            total += input.weight;
        }
        switch (gate.kind) {
            case Circuit::Kind::constant:
                images[number] = dual.circuit.constant(true);
                break;
            case Circuit::Kind::variable:
                images[number] = dual.circuit.variable(gate.variable);
                break;
            case Circuit::Kind::threshold:
                images[number] = dual.circuit.threshold(total - gate.need + 1, std::move(inputs));
                break;
            case Circuit::Kind::exclusive: {
                bool even = wires.size() % 2 == 0;
                images[number] = dual.circuit.exclusive(std::move(wires)) ^ even;
            }
        }
    }
    dual.root = images[root.gate()] ^ root.inverted();
    return dual;
}

}  // namespace cheget::analysis::test
