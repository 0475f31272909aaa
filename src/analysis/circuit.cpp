// Making gates in normal form.
#include "analysis/circuit.h"

#include <algorithm>
#include <numeric>

namespace cheget::analysis {

namespace {

using Wide = unsigned __int128;

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

std::uint64_t sum_within(std::uint64_t left, std::uint64_t right) {
    std::uint64_t sum = left + right;
    return sum < left ? ~std::uint64_t{0} : sum;
}

/// Sorts the inputs, adds up the weights of the same wire, and counts opposite ones against each
/// other: a·x + b·¬x = b + (a − b)·x. What holds in any case is taken off `need`.
void merge_repeated(std::uint64_t& need, std::vector<Circuit::Input>& inputs) {
    std::ranges::sort(inputs);
    std::size_t kept = 0;
    auto settle = [&need](std::uint64_t sure) { need -= std::min(need, sure); };
    for (Circuit::Input input : inputs) {
        if (input.wire.gate() == 0) {
            settle(input.wire.inverted() ? input.weight : 0);
            continue;
        }
        if (kept > 0 && inputs[kept - 1].wire == input.wire) {
            inputs[kept - 1].weight = sum_within(inputs[kept - 1].weight, input.weight);
        } else {
            inputs[kept++] = input;
        }
    }
    inputs.resize(kept);
    kept = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        bool opposed = i + 1 < inputs.size() && inputs[i + 1].wire == !inputs[i].wire;
        if (!opposed) {
            inputs[kept++] = inputs[i];
            continue;
        }
        std::uint64_t sure = std::min(inputs[i].weight, inputs[i + 1].weight);
        settle(sure);
        Circuit::Input rest = inputs[i].weight > sure ? inputs[i] : inputs[i + 1];
        rest.weight -= sure;
        if (rest.weight > 0) {
            inputs[kept++] = rest;
        }
        ++i;
    }
    inputs.resize(kept);
}

}  // namespace

Circuit::Circuit() {
    gates_.emplace_back();
}

std::uint64_t Circuit::hash(const Gate& gate, std::span<const Input> inputs) const {
    std::uint64_t value = mixed(static_cast<std::uint64_t>(gate.kind) + 4 * gate.need);
    for (const Input& input : inputs) {
        value = mixed(value ^ (input.wire.code() + (input.weight << 32U)));
    }
    return value;
}

Wire Circuit::intern(Gate gate, std::vector<Input> inputs) {
    std::uint64_t key = hash(gate, inputs);
    auto [begin, end] = by_hash_.equal_range(key);
    for (auto known = begin; known != end; ++known) {
        const Gate& other = gates_[known->second];
        if (other.kind == gate.kind && other.need == gate.need &&
            std::ranges::equal(this->inputs(other), inputs)) {
            return Wire(known->second);
        }
    }
    gate.first = inputs_.size();
    gate.count = inputs.size();
    gate.weighted =
        std::ranges::any_of(inputs, [](const Input& input) { return input.weight != 1; });
    inputs_.insert(inputs_.end(), inputs.begin(), inputs.end());
    gates_.push_back(gate);
    auto number = static_cast<std::uint32_t>(gates_.size() - 1);
    by_hash_.emplace(key, number);
    return Wire(number);
}

Wire Circuit::variable(std::uint32_t number) {
    if (number >= variables_.size()) {
        variables_.resize(std::size_t{number} + 1);
    }
    if (variables_[number] == 0) {
        gates_.push_back({Kind::variable, number, 0, 0, 0, false});
        variables_[number] = static_cast<std::uint32_t>(gates_.size() - 1);
    }
    return Wire(variables_[number]);
}

/// The inputs are distinct and sorted, need is from 1 to all weights, no weight is beyond need.
Wire Circuit::interned_threshold(std::uint64_t need, std::vector<Input> inputs) {
    if (inputs.size() == 1) {
        return inputs[0].wire;
    }
    std::uint64_t divisor = 0;
    for (const Input& input : inputs) {
        divisor = std::gcd(divisor, input.weight);
    }
    need = need / divisor + (need % divisor != 0 ? 1 : 0);
    for (Input& input : inputs) {
        input.weight = std::min(input.weight / divisor, need);
    }
    return intern({Kind::threshold, 0, need, 0, 0, false}, std::move(inputs));
}

Wire Circuit::threshold(std::uint64_t need, std::vector<Input> inputs) {
    std::erase_if(inputs, [](const Input& input) { return input.weight == 0; });
    merge_repeated(need, inputs);
    if (need == 0) {
        return constant(true);
    }
    Wide total = 0;
    for (Input& input : inputs) {
        input.weight = std::min(input.weight, need);
        total += input.weight;
    }
    if (total < need) {
        return constant(false);
    }
    // What suffices alone is an OR with the rest; what nothing goes without is an AND with it.
    std::vector<Wire> apart;
    std::vector<Input> rest;
    for (const Input& input : inputs) {
        if (input.weight >= need) {
            apart.push_back(input.wire);
        } else {
            rest.push_back(input);
        }
    }
    if (!apart.empty() && rest.empty()) {
        for (Input& input : inputs) {
            input.weight = 1;
        }
        return interned_threshold(1, std::move(inputs));
    }
    if (!apart.empty()) {
        apart.push_back(threshold(need, std::move(rest)));
        return any_of(apart);
    }
    std::uint64_t left = need;
    for (const Input& input : inputs) {
        if (total - input.weight < need) {
            apart.push_back(input.wire);
            left -= std::min(left, input.weight);
        }
    }
    if (apart.size() == inputs.size()) {
        for (Input& input : inputs) {
            input.weight = 1;
        }
        std::uint64_t all = inputs.size();
        return interned_threshold(all, std::move(inputs));
    }
    if (!apart.empty()) {
        std::erase_if(inputs, [&](const Input& input) { return total - input.weight < need; });
        apart.push_back(threshold(left, std::move(inputs)));
        return all_of(apart);
    }
    return interned_threshold(need, std::move(inputs));
}

Wire Circuit::all_of(std::span<const Wire> wires) {
    std::vector<Input> inputs;
    for (Wire wire : wires) {
        inputs.push_back({wire, 1});
    }
    std::ranges::sort(inputs);
    auto repeated = std::ranges::unique(inputs);
    inputs.erase(repeated.begin(), repeated.end());
    std::uint64_t need = inputs.size();
    return threshold(need, std::move(inputs));
}

Wire Circuit::any_of(std::span<const Wire> wires) {
    std::vector<Input> inputs;
    for (Wire wire : wires) {
        inputs.push_back({wire, 1});
    }
    return threshold(1, std::move(inputs));
}

Wire Circuit::exclusive(std::vector<Wire> wires) {
    bool inverted = false;
    for (Wire& wire : wires) {
        inverted = inverted != wire.inverted();
        wire = Wire(wire.gate());
    }
    std::ranges::sort(wires);
    std::vector<Input> inputs;
    for (Wire wire : wires) {
        if (wire.gate() == 0) {
            continue;
        }
        if (!inputs.empty() && inputs.back().wire == wire) {
            inputs.pop_back();
        } else {
            inputs.push_back({wire, 1});
        }
    }
    if (inputs.empty()) {
        return constant(inverted);
    }
    if (inputs.size() == 1) {
        return inputs[0].wire ^ inverted;
    }
    return intern({Kind::exclusive, 0, 0, 0, 0, false}, std::move(inputs)) ^ inverted;
}

bool Circuit::evaluate(Wire root, const std::vector<bool>& assignment) const {
    std::vector<bool> values(std::size_t{root.gate()} + 1);
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        const Gate& gate = gates_[number];
        Wide sum = 0;
        for (const Input& input : inputs(gate)) {
            sum += values[input.wire.gate()] != input.wire.inverted() ? input.weight : 0;
        }
        values[number] = gate.kind == Kind::variable    ? assignment[gate.variable]
                         : gate.kind == Kind::threshold ? sum >= gate.need
                         : gate.kind == Kind::exclusive ? sum % 2 == 1
                                                        : false;
    }
    return values[root.gate()] != root.inverted();
}

std::vector<bool> reachable(const Circuit& circuit, Wire root) {
    std::vector<bool> marked(circuit.size());
    marked[root.gate()] = true;
    for (std::uint32_t number = root.gate() + 1; number-- > 0;) {
        if (marked[number]) {
            for (const Circuit::Input& input : circuit.inputs(number)) {
                marked[input.wire.gate()] = true;
            }
        }
    }
    return marked;
}

std::vector<std::uint32_t> count_uses(const Circuit& circuit, Wire root) {
    std::vector<std::uint32_t> uses(circuit.size());
    uses[root.gate()] = 1;
    for (std::uint32_t number = root.gate() + 1; number-- > 0;) {
        if (uses[number] > 0) {
            for (const Circuit::Input& input : circuit.inputs(number)) {
                ++uses[input.wire.gate()];
            }
        }
    }
    return uses;
}

}  // namespace cheget::analysis
