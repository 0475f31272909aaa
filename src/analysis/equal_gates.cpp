// One diagram over all variables, of the gates whose functions fit in few nodes; equal nodes are
// equal functions. What grows too large, and whatever lies above it, keeps its gate.
#include "analysis/equal_gates.h"

#include <numeric>
#include <unordered_map>

#include "analysis/diagram.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_most_nodes = 100'000;      // of the diagram altogether
constexpr std::size_t k_most_nodes_of_gate = 500;  // that one gate may add

/// k_nothing for a gate that is not looked into: one whose inputs are not known, or weigh
/// different.
Diagram::Node function_of(const Circuit& circuit, const Circuit::Gate& gate, Diagram& diagram,
                          const std::vector<Diagram::Node>& functions) {
    if (gate.kind == Circuit::Kind::constant) {
        return Diagram::k_false;
    }
    if (gate.kind == Circuit::Kind::variable) {
        return diagram.variable(gate.variable);
    }
    if (gate.weighted || gate.kind != Circuit::Kind::threshold) {
        return Diagram::k_nothing;
    }
    // row[k]: whether k more of the inputs seen hold.
    std::vector<Diagram::Node> row(gate.need + 1, Diagram::k_false);
    row[0] = Diagram::k_true;
    for (const Circuit::Input& input : circuit.inputs(gate)) {
        Diagram::Node value = functions[input.wire.gate()];
        if (input.wire.inverted() && value != Diagram::k_nothing) {
            value = diagram.inverse(value);
        }
        for (std::size_t k = row.size() - 1; k > 0; --k) {
            row[k] = diagram.if_then_else(value, row[k - 1], row[k]);
        }
        if (row.back() == Diagram::k_nothing) {
            return Diagram::k_nothing;
        }
    }
    return row.back();
}

}  // namespace

Rooted with_equal_gates_merged(const Circuit& from, Wire root, Meter& meter) {
    if (from.variables() > Diagram::k_most_variables) {
        return {from, root};
    }
    std::vector<std::uint32_t> order(from.variables());
    std::iota(order.begin(), order.end(), 0U);
    Diagram diagram(order, meter);
    std::vector<bool> reached = reachable(from, root);
    std::vector<Diagram::Node> functions(from.size(), Diagram::k_nothing);
    std::unordered_map<Diagram::Node, Wire> known;
    Rooted result;
    std::vector<Wire> images(from.size());
    for (std::uint32_t number = 0; number < from.size(); ++number) {
        if (!reached[number]) {
            continue;
        }
        const Circuit::Gate& gate = from.gate(number);
        diagram.limit(std::min(k_most_nodes, diagram.size() + k_most_nodes_of_gate));
        functions[number] = function_of(from, gate, diagram, functions);
        auto same = known.find(functions[number]);
        if (functions[number] != Diagram::k_nothing && same != known.end()) {
            images[number] = same->second;
            continue;
        }
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> wires;
        for (const Circuit::Input& input : from.inputs(gate)) {
            wires.push_back(images[input.wire.gate()] ^ input.wire.inverted());
            inputs.push_back({wires.back(), input.weight});
        }
        images[number] = gate.kind == Circuit::Kind::constant ? result.circuit.constant(false)
                         : gate.kind == Circuit::Kind::variable
                             ? result.circuit.variable(gate.variable)
                         : gate.kind == Circuit::Kind::exclusive
                             ? result.circuit.exclusive(std::move(wires))
                             : result.circuit.threshold(gate.need, std::move(inputs));
        if (functions[number] != Diagram::k_nothing) {
            known.emplace(functions[number], images[number]);
        }
    }
    result.root = images[root.gate()] ^ root.inverted();
    return result;
}

}  // namespace cheget::analysis
