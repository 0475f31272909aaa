// Sums of the inputs that hold are kept for each gate. A variable that goes in only ever raises
// them, one that goes out only lowers them, so that a gate changes once at most.
#include "analysis/evaluation.h"

namespace cheget::analysis {

Evaluation::Evaluation(const Circuit& circuit, Wire root)
    : circuit_(circuit),
      root_(root),
      gate_of_(circuit.variables()),
      first_use_(circuit.size() + 1),
      sums_(circuit.size()),
      is_true_(circuit.size()) {
    const std::vector<bool> reached = reachable(circuit, root);
    for (std::uint32_t number = 1; number < circuit.size(); ++number) {
        if (!reached[number]) {
            continue;
        }
        if (circuit.gate(number).kind == Circuit::Kind::variable) {
            gate_of_[circuit.gate(number).variable] = number;
        }
        for (const Circuit::Input& input : circuit.inputs(number)) {
            ++first_use_[input.wire.gate() + 1];
        }
    }
    for (std::size_t i = 1; i < first_use_.size(); ++i) {
        first_use_[i] += first_use_[i - 1];
    }
    uses_.resize(first_use_.back());
    std::vector<std::size_t> next(first_use_.begin(), first_use_.end() - 1);
    for (std::uint32_t number = 1; number < circuit.size(); ++number) {
        if (reached[number]) {
            for (const Circuit::Input& input : circuit.inputs(number)) {
                uses_[next[input.wire.gate()]++] = {number, input.weight};
            }
        }
    }
    is_true_[0] = root.gate() == 0 && root.inverted();  // the constant, which no gate has for input
}

void Evaluation::change(std::uint32_t gate) {
    is_true_[gate] = !is_true_[gate];
    changed_.push_back(gate);
}

void Evaluation::put(std::uint32_t variable, bool in) {
    if (!knows(variable) || has(variable) == in) {
        return;
    }
    change(gate_of_[variable]);
    while (!changed_.empty()) {
        const std::uint32_t below = changed_.back();
        changed_.pop_back();
        for (std::size_t i = first_use_[below]; i < first_use_[below + 1]; ++i) {
            const Use& use = uses_[i];
            sums_[use.gate] = in ? sums_[use.gate] + use.weight : sums_[use.gate] - use.weight;
            if ((sums_[use.gate] >= circuit_.gate(use.gate).need) != is_true_[use.gate]) {
                change(use.gate);
            }
            ++work_;
        }
    }
}

}  // namespace cheget::analysis
