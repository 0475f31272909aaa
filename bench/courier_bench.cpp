// What codes cost: making one, reading it back, and a vote made whole again out of 130 bytes.
#include <benchmark/benchmark.h>

#include "briefcase/compact_vote.h"
#include "briefcase/parts.h"
#include "briefcase/picture.h"
#include "support/test_domain.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;
namespace statement = cheget::statement;
namespace test_support = cheget::test_support;

namespace {

base::Bytes bytes_of(std::size_t size) {
    base::Bytes bytes(size);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<std::uint8_t>(state >> 24U);
    }
    return bytes;
}

void make_code(benchmark::State& state) {
    const base::Bytes bytes = bytes_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(briefcase::make_code(bytes, briefcase::Correction::low));
    }
}
BENCHMARK(make_code)->Arg(130)->Arg(911)->Arg(2331);

void read_code(benchmark::State& state) {
    const base::Bytes bytes = bytes_of(static_cast<std::size_t>(state.range(0)));
    const auto code = briefcase::make_code(bytes, briefcase::Correction::low);
    const auto picture = briefcase::paint(*code, 4);
    for (auto _ : state) {
        benchmark::DoNotOptimize(briefcase::read_codes(picture));
    }
}
BENCHMARK(read_code)->Arg(130)->Arg(911)->Arg(2331)->Unit(benchmark::kMillisecond);

/// As `courier collect` reads a file: in a process of its own.
void read_code_in_file(benchmark::State& state) {
    const auto code = briefcase::make_code(bytes_of(130), briefcase::Correction::low);
    const std::string png = *briefcase::to_png(briefcase::paint(*code, 4));
    for (auto _ : state) {
        benchmark::DoNotOptimize(briefcase::read_codes_in_file(png));
    }
}
BENCHMARK(read_code_in_file)->Unit(benchmark::kMillisecond);

void restore_vote(benchmark::State& state) {
    test_support::TestDomain domain;
    const auto standing = domain.begin(test_support::k_blocks, test_support::k_people);
    const std::string order = *statement::render(domain.order(standing));
    const auto compact = *briefcase::shorten(domain.vote_by(standing, order, "bob"));
    const std::vector<briefcase::KnownOrder> known = {{statement::id_of(order), order}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(briefcase::restore(compact, standing.policy->policy, known));
    }
}
BENCHMARK(restore_vote);

void cut_and_gather(benchmark::State& state) {
    const base::Bytes bytes = bytes_of(std::size_t{1} << 20U);
    const auto whole = base::as_text(bytes);
    for (auto _ : state) {
        const auto parts = briefcase::cut(whole, briefcase::k_most_code_bytes);
        briefcase::Gathering gathering;
        for (const base::Bytes& part : *parts) {
            benchmark::DoNotOptimize(gathering.add(*briefcase::parse_part(part)));
        }
        benchmark::DoNotOptimize(gathering.whole());
    }
}
BENCHMARK(cut_and_gather)->Unit(benchmark::kMillisecond);

}  // namespace
