// Parsing and checking a policy of 200 principals and 50 actions: the bar is 2 ms.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <string>

#include "policy/policy.h"
#include "signature/wire.h"

namespace {

using namespace cheget;

std::string key_text(std::uint32_t number) {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
    std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> point{};
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
    for (std::size_t i = 0; i < 4; ++i) {
        seed[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    crypto_sign_seed_keypair(point.data(), secret.data(), seed.data());
    signature::WireWriter writer;
    writer.write_string("ssh-ed25519");
    writer.write_string(base::BytesView(point));
    return "ssh-ed25519 " + base::to_base64(writer.take());
}

// 190 people in 10 groups, 10 machines, and actions with nested rules.
std::string large_policy() {
    std::string text = "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n\n";
    auto add = std::back_inserter(text);
    for (std::uint32_t i = 0; i < 190; ++i) {
        fmt::format_to(add, "person person-{} {{ {} }}\n", i, key_text(i));
    }
    for (std::uint32_t i = 190; i < 200; ++i) {
        fmt::format_to(add, "machine executor-{} {{ {} }}\n", i - 190, key_text(i));
    }
    for (int group = 0; group < 10; ++group) {
        fmt::format_to(add, "group team-{} = {{ ", group);
        for (int i = 0; i < 19; ++i) {
            fmt::format_to(add, "{}person-{}", i == 0 ? "" : ", ", group * 19 + i);
        }
        text += " }\n";
    }
    for (int i = 0; i < 50; ++i) {
        int first = i % 10;
        int second = (i + 1) % 10;
        int third = (i + 2) % 10;
        fmt::format_to(add,
                       "action action-{0} on area-{0}/{{region}}/{{name}} {{\n"
                       "run [\"/usr/bin/program-{0}\", \"--if-exists\", \"{{name}}\"] as postgres\n"
                       "allow environment PGHOST\n"
                       "propose 1 of team-{1}\n"
                       "approve all of {{ 2 of team-{1}, any of {{ 1 of team-{2}, 2 of team-{3} }} "
                       "}}\n"
                       "veto 1 of team-{2}\n"
                       "expire 8h\n"
                       "execute 1 of {{ executor-{1}, executor-{2} }}\n}}\n",
                       i, first, second, third);
    }
    text += "amend { approve all of { 3 of team-0, 2 of team-1 } }\n";
    text += "revoke { approve 2 of team-0 }\n";
    return policy::format_policy(text).value();
}

// What an executor does with a policy it is given: all checks, and the canonical layout.
void parse_large_policy(benchmark::State& state) {
    std::string text = large_policy();
    auto sample = policy::parse_policy(text);
    if (!sample || sample->principals.size() != 200 || sample->actions.size() != 50) {
        std::abort();  // not the policy that the bar is about
    }
    for (auto _ : state) {
        auto policy = policy::parse_policy(text);
        benchmark::DoNotOptimize(policy);
    }
    state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(parse_large_policy)->Unit(benchmark::kMicrosecond);

// What an author's tool does: all checks, in any layout.
void check_large_policy(benchmark::State& state) {
    std::string text = large_policy();
    for (auto _ : state) {
        auto outcome = policy::check_policy(text);
        benchmark::DoNotOptimize(outcome);
    }
}
BENCHMARK(check_large_policy)->Unit(benchmark::kMicrosecond);

}  // namespace
