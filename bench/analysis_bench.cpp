// The analyser on policies as they are written by hand: differences between formulas over groups
// that overlap, with every new minimal coalition counted and the smallest named. bench/formulas
// times counts.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "analysis/difference.h"
#include "analysis/splitmix.h"

namespace {

using namespace cheget::analysis;

struct Groups {
    std::uint32_t parties;
    std::size_t groups;
    std::size_t members;
    std::uint64_t need_in_group;
    std::uint64_t need;
};

std::vector<std::vector<Circuit::Input>> drawn(Circuit& circuit, const Groups& shape,
                                               Splitmix& random) {
    std::vector<std::uint32_t> everybody(shape.parties);
    std::iota(everybody.begin(), everybody.end(), 0U);
    std::vector<std::vector<Circuit::Input>> groups(shape.groups);
    for (std::vector<Circuit::Input>& group : groups) {
        std::ranges::shuffle(everybody, random);
        for (std::size_t i = 0; i < shape.members; ++i) {
            group.push_back({circuit.variable(everybody[i]), 1});
        }
    }
    return groups;
}

Wire as_thresholds(Circuit& circuit, const std::vector<std::vector<Circuit::Input>>& groups,
                   std::uint64_t need_in_group, std::uint64_t need) {
    std::vector<Circuit::Input> inputs;
    for (const std::vector<Circuit::Input>& group : groups) {
        inputs.push_back({circuit.threshold(need_in_group, group), 1});
    }
    return circuit.threshold(need, inputs);
}

/// A threshold spelt as `one and need - 1 of the rest, or need of the rest`.
Wire split(Circuit& circuit, const std::vector<Circuit::Input>& inputs, std::uint64_t need) {
    const std::vector<Circuit::Input> rest(inputs.begin() + 1, inputs.end());
    const std::vector<Wire> with{inputs[0].wire, circuit.threshold(need - 1, rest)};
    const std::vector<Wire> either{circuit.all_of(with), circuit.threshold(need, rest)};
    return circuit.any_of(either);
}

/// The same, with each group split, and their threshold too.
Wire rewritten(Circuit& circuit, const std::vector<std::vector<Circuit::Input>>& groups,
               std::uint64_t need_in_group, std::uint64_t need) {
    std::vector<Circuit::Input> inputs;
    for (const std::vector<Circuit::Input>& group : groups) {
        inputs.push_back({split(circuit, group, need_in_group), 1});
    }
    return split(circuit, inputs, need);
}

/// One group asks for one person less.
void lowered(benchmark::State& state, const Groups& shape) {
    std::uint64_t seed = 0;
    for (auto _ : state) {
        Splitmix random(seed++ % 100 + 1);
        Circuit circuit;
        auto groups = drawn(circuit, shape, random);
        Wire before = as_thresholds(circuit, groups, shape.need_in_group, shape.need);
        std::vector<Circuit::Input> inputs{
            {circuit.threshold(shape.need_in_group - 1, groups[0]), 1}};
        for (std::size_t i = 1; i < groups.size(); ++i) {
            inputs.push_back({circuit.threshold(shape.need_in_group, groups[i]), 1});
        }
        auto found = difference(circuit, before, circuit.threshold(shape.need, inputs), {});
        benchmark::DoNotOptimize(found);
    }
}

/// Nothing changes but the spelling.
void respelt(benchmark::State& state, const Groups& shape) {
    std::uint64_t seed = 0;
    for (auto _ : state) {
        Splitmix random(seed++ % 100 + 1);
        Circuit circuit;
        auto groups = drawn(circuit, shape, random);
        Wire before = as_thresholds(circuit, groups, shape.need_in_group, shape.need);
        Wire after = rewritten(circuit, groups, shape.need_in_group, shape.need);
        auto found = difference(circuit, before, after, {});
        if (!found || !found->same()) {
            state.SkipWithError("an equal rewrite is called a change");
            return;
        }
    }
}

constexpr Groups k_of_30{30, 8, 6, 3, 5};
constexpr Groups k_of_40{40, 20, 7, 4, 13};

BENCHMARK_CAPTURE(lowered, diff_of_30_overlapping, k_of_30)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(respelt, diff_of_30_overlapping, k_of_30)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(respelt, diff_13_of_20_groups, k_of_40)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

}  // namespace
