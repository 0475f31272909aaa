// decide() on verified votes: a 3-of-5 with five voices, the plain answer and the answer with its
// tree; then wider and deeper rules. bench/decide_beside_cedar.sh asks Cedar the same question.
#include <benchmark/benchmark.h>

#include <vector>

#include "policy/compile.h"

namespace {

using namespace cheget::policy;

constexpr Evidence k_now{{1000}, {1000}};
constexpr Question k_question{0, 0, {500}, {5000}};

Formula k_of(std::uint32_t need, PrincipalIndex first, PrincipalIndex count) {
    Formula formula;
    auto& node = formula.nodes.emplace_back();
    node.need = need;
    for (PrincipalIndex i = 0; i < count; ++i) {
        node.people.push_back(static_cast<PrincipalIndex>(first + i));
    }
    return formula;
}

/// `all of` two flat parts that share most of their people.
Formula overlapping() {
    Formula formula = k_of(2, 1, 5);
    formula.nodes.push_back(k_of(1, 3, 5).nodes[0]);
    auto& all = formula.nodes.emplace_back();
    all.kind = Formula::Node::Kind::threshold;
    all.need = 2;
    all.children = {0, 1};
    return formula;
}

Policy policy_with(Formula approve, std::size_t principals) {
    Policy policy;
    policy.principals.resize(principals);
    Action action;
    action.propose = k_of(1, 0, 1);
    action.approve = std::move(approve);
    policy.actions.push_back(std::move(action));
    policy.amend.approve = k_of(1, 0, 1);
    policy.revoke.approve = k_of(1, 0, 1);
    return policy;
}

std::vector<Voice> approvals(PrincipalIndex first, PrincipalIndex count) {
    std::vector<Voice> voices;
    for (PrincipalIndex i = 0; i < count; ++i) {
        voices.push_back({static_cast<PrincipalIndex>(first + i),
                          cheget::statement::Verdict::approve, false, i});
    }
    return voices;
}

void measure(benchmark::State& state, const Formula& approve, std::size_t principals,
             PrincipalIndex voice_count, bool with_tree) {
    const Rules rules(policy_with(approve, principals));
    const auto voices = approvals(1, voice_count);
    Tree tree;
    for (auto _ : state) {
        auto asked = k_question;
        benchmark::DoNotOptimize(asked);
        auto decision =
            decide_question(rules.impl(), asked, voices, k_now, with_tree ? &tree : nullptr);
        benchmark::DoNotOptimize(decision);
        if (decision.answer != Answer::permit) {
            state.SkipWithError("not a permit");
            break;
        }
    }
}

}  // namespace

BENCHMARK_CAPTURE(measure, three_of_five_plain, k_of(3, 1, 5), 6, 5, false);
BENCHMARK_CAPTURE(measure, three_of_five_with_tree, k_of(3, 1, 5), 6, 5, true);
BENCHMARK_CAPTURE(measure, overlapping_plain, overlapping(), 8, 5, false);
BENCHMARK_CAPTURE(measure, overlapping_with_tree, overlapping(), 8, 5, true);
BENCHMARK_CAPTURE(measure, hundred_of_two_hundred_plain, k_of(100, 1, 200), 201, 200, false);
