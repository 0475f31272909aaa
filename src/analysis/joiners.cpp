// Takes the coalition for granted in the rule's formula; what is left are those who must join.
#include "analysis/joiners.h"

#include <algorithm>

#include "analysis/coalitions.h"

namespace cheget::analysis {

namespace {

/// The plain formula in a circuit of its own, with these variables true.
Wire assumed(Circuit& to, const Circuit& from, Wire root,
             const std::vector<std::uint32_t>& variables) {
    std::vector<Wire> images;
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        const Circuit::Gate& gate = from.gate(number);
        if (gate.kind == Circuit::Kind::threshold) {
            std::vector<Circuit::Input> inputs;
            for (const Circuit::Input& input : from.inputs(number)) {
                inputs.push_back({images[input.wire.gate()], input.weight});
            }
            images.push_back(to.threshold(gate.need, std::move(inputs)));
        } else if (gate.kind == Circuit::Kind::variable) {
            const bool is_there =
                std::binary_search(variables.begin(), variables.end(), gate.variable);
            images.push_back(is_there ? to.constant(true) : to.variable(gate.variable));
        } else {
            images.push_back(to.constant(false));
        }
    }
    return images[root.gate()] ^ root.inverted();
}

}  // namespace

std::vector<std::vector<std::uint32_t>> joiners_of(const policy::Policy& before,
                                                   const policy::Policy& after, Time time,
                                                   RuleName rule,
                                                   const std::vector<std::uint32_t>& coalition,
                                                   std::size_t most) {
    const Numbering numbering(before, after);
    const ReadyPolicy ready(time == Time::before ? before : after);
    Circuit whole;
    const auto root = PolicyFormula::add_to(whole, ready, rule, {}, numbering.signers(time, false),
                                            k_comparison_steps / k_steps_of_input);
    if (!root) {
        return {};
    }
    Circuit rest;
    const Wire left = assumed(rest, whole, *root, coalition);
    Budget budget;
    budget.steps = k_comparison_steps;
    budget.nodes = k_comparison_nodes;
    const auto analysis = Analysis::of(rest, left, budget);
    if (!analysis) {
        return {};
    }
    auto sets = analysis->smallest_sets(Side::acting, most);
    std::erase_if(sets, [&](const auto& set) { return set.size() > sets.front().size(); });
    return sets;
}

}  // namespace cheget::analysis
