// Gates are copied from the lowest to the root; constants go on the way.
#include "analysis/circuit_copy.h"

namespace cheget::analysis {

Rooted with_true(const Circuit& circuit, Wire root, const std::vector<std::uint32_t>& variables) {
    std::vector<bool> is_true(circuit.variables());
    for (const std::uint32_t one : variables) {
        if (one < is_true.size()) {
            is_true[one] = true;
        }
    }
    Rooted copy;
    const std::vector<bool> used = reachable(circuit, root);
    std::vector<Wire> wires(circuit.size());
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        if (!used[number]) {
            continue;
        }
        const Circuit::Gate& gate = circuit.gate(number);
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> plain;
        for (const Circuit::Input& input : circuit.inputs(gate)) {
            const Wire wire = wires[input.wire.gate()] ^ input.wire.inverted();
            inputs.push_back({wire, input.weight});
            plain.push_back(wire);
        }
        switch (gate.kind) {
            case Circuit::Kind::constant:
                wires[number] = copy.circuit.constant(false);
                break;
            case Circuit::Kind::variable:
                wires[number] = is_true[gate.variable] ? copy.circuit.constant(true)
                                                       : copy.circuit.variable(gate.variable);
                break;
            case Circuit::Kind::threshold:
                wires[number] = copy.circuit.threshold(gate.need, std::move(inputs));
                break;
            case Circuit::Kind::exclusive:
                wires[number] = copy.circuit.exclusive(std::move(plain));
                break;
        }
    }
    copy.root = wires[root.gate()] ^ root.inverted();
    return copy;
}

}  // namespace cheget::analysis
