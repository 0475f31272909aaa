// usage: differences_for_z3 COUNT
//
// Random pairs of formulas and what the analyser says of their differences, as a script for an SMT
// solver. Before each check-sat the script echoes the answer that is expected.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "analysis/analysis_test_support.h"
#include "analysis/difference.h"

namespace {

using namespace cheget::analysis;
using test::below;
using test::Random;

constexpr std::uint32_t k_people = 16;

std::string name_of(const Circuit& circuit, Wire wire) {
    const auto& gate = circuit.gate(wire.gate());
    if (gate.kind == Circuit::Kind::constant) {
        return wire.inverted() ? "true" : "false";
    }
    return gate.kind == Circuit::Kind::variable ? fmt::format("x{}", gate.variable)
                                                : fmt::format("g{}", wire.gate());
}

void define_gates(const Circuit& circuit) {
    for (std::uint32_t number = 0; number < circuit.size(); ++number) {
        const auto& gate = circuit.gate(number);
        if (gate.kind != Circuit::Kind::threshold) {
            continue;
        }
        std::string weights;
        std::string wires;
        for (const auto& input : circuit.inputs(number)) {
            weights += fmt::format(" {}", input.weight);
            wires += " " + name_of(circuit, input.wire);
        }
        fmt::print("(define-fun g{} () Bool ((_ pbge {}{}){}))\n", number, gate.need, weights,
                   wires);
    }
}

/// A threshold gate spelt as `one and enough of the rest, or enough of the rest alone`.
Wire respelt(Circuit& circuit, Wire wire) {
    const auto gate = circuit.gate(wire.gate());
    if (gate.kind != Circuit::Kind::threshold) {
        return wire;
    }
    const auto all = circuit.inputs(gate);
    const std::vector<Circuit::Input> inputs(all.begin(), all.end());
    const std::vector<Circuit::Input> rest(inputs.begin() + 1, inputs.end());
    const Wire with[] = {
        inputs[0].wire, circuit.threshold(gate.need - std::min(gate.need, inputs[0].weight), rest)};
    const Wire either[] = {circuit.all_of(with), circuit.threshold(gate.need, rest)};
    return circuit.any_of(either);
}

struct Pair {
    Circuit circuit;
    Wire before;
    Wire after;
};

Pair random_pair(std::uint64_t seed) {
    Random random(seed);
    test::Sample sample =
        test::random_sample(random, {k_people, 8 + below(random, 16), 6, true, 3});
    Pair pair{std::move(sample.circuit), sample.root, sample.root};
    switch (below(random, 3)) {
        case 0:  // another gate, later ones more often
            pair.before = Wire(below(random, pair.circuit.size() / 2) +
                               static_cast<std::uint32_t>(pair.circuit.size() / 2));
            break;
        case 1:
            pair.after = respelt(pair.circuit, sample.root);
            break;
        default: {  // the same with one thing more or less
            const Wire one = pair.circuit.variable(below(random, k_people));
            const Wire other[] = {sample.root, one};
            pair.after =
                below(random, 2) == 0 ? pair.circuit.any_of(other) : pair.circuit.all_of(other);
        }
    }
    return pair;
}

void ask(std::uint64_t seed, const char* what, bool expected, const std::string& assertion) {
    fmt::print("(echo \"pair {} {}: {}\")\n(push)(assert {})(check-sat)(pop)\n", seed, what,
               expected ? "sat" : "unsat", assertion);
}

void ask_about(std::uint64_t seed, const char* what, const Able& able, const std::string& has,
               const std::string& lacks) {
    const std::string newly = fmt::format("(and {} (not {}))", has, lacks);
    ask(seed, what, !able.count.is_zero(), newly);
    if (able.smallest.empty()) {
        return;
    }
    std::string people;
    for (std::uint32_t i = 0; i < k_people; ++i) {
        people += fmt::format(" x{}", i);
    }
    const std::size_t size = able.smallest[0].size();
    ask(seed, "of the smallest size", true,
        fmt::format("(and {} ((_ at-most {}){}))", newly, size, people));
    if (size > 0) {
        ask(seed, "of a smaller size", false,
            fmt::format("(and {} ((_ at-most {}){}))", newly, size - 1, people));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
    for (std::uint32_t i = 0; i < k_people; ++i) {
        fmt::print("(declare-const x{} Bool)\n", i);
    }
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const Pair pair = random_pair(seed);
        const auto found = difference(pair.circuit, pair.before, pair.after, {});
        if (!found) {
            fmt::print(stderr, "no difference within the budget\n");
            return 1;
        }
        fmt::print("(push)\n");
        define_gates(pair.circuit);
        const std::string before = name_of(pair.circuit, pair.before);
        const std::string after = name_of(pair.circuit, pair.after);
        ask(seed, "different", !found->same(), fmt::format("(distinct {} {})", before, after));
        ask_about(seed, "gained", found->gained, after, before);
        ask_about(seed, "lost", found->lost, before, after);
        fmt::print("(pop)\n");
    }
}
