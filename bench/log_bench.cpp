// The log's kernel: hashing, following and proving. The bar is 300 ns a node.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "log/log_test_support.h"
#include "log/monitor.h"
#include "log/tile.h"

namespace {

using namespace cheget;
using namespace cheget::log;

void merkle_node(benchmark::State& state) {
    Digest left = base::sha256("left");
    Digest right = base::sha256("right");
    for (auto _ : state) {
        left = hash_node(left, right);
        benchmark::DoNotOptimize(left);
    }
}
BENCHMARK(merkle_node);

void merkle_leaf_of_600_bytes(benchmark::State& state) {
    const std::string entry(600, 'e');
    for (auto _ : state) {
        Digest leaf = hash_leaf(base::as_bytes(entry));
        benchmark::DoNotOptimize(leaf);
    }
}
BENCHMARK(merkle_leaf_of_600_bytes);

// One entry appended, the merging of subtrees included.
void append_entry(benchmark::State& state) {
    Frontier tree;
    const Digest leaf = base::sha256("leaf");
    for (auto _ : state) {
        if (!tree.append(leaf)) {
            std::abort();
        }
    }
    benchmark::DoNotOptimize(tree.root());
}
BENCHMARK(append_entry);

// A proof in a log of a million entries, verified.
void verify_inclusion_in_a_million(benchmark::State& state) {
    const std::uint64_t size = 1'000'000;
    const HashReader same = [](Node) -> base::Result<Digest> { return base::sha256("node"); };
    const Proof proof = make_inclusion_proof(654'321, size, same).value();
    const Digest leaf = base::sha256("node");
    for (auto _ : state) {
        // The proof is none, which shows only after the last hash.
        if (verify_inclusion(654'321, size, leaf, proof, leaf)) {
            std::abort();
        }
    }
}
BENCHMARK(verify_inclusion_in_a_million);

// What a monitor does with 100,000 entries that are there already.
void follow_100000_entries(benchmark::State& state) {
    const std::string entry(600, 'e');
    const Digest leaf = hash_leaf(base::as_bytes(entry));
    Frontier tree;
    for (int i = 0; i < 100'000; ++i) {
        if (!tree.append(leaf)) {
            std::abort();
        }
    }
    const Trust trust = testing::test_trust(3, 2);
    const std::string checkpoint = testing::signed_checkpoint(
        {testing::test_log().key().name, tree.size(), tree.root()}, {{1, 10}, {2, 20}});
    for (auto _ : state) {
        Following following = Following::begin({}, checkpoint, trust).value();
        while (following.next() < following.size()) {
            if (!following.add(base::as_bytes(entry))) {
                std::abort();
            }
        }
        if (!following.finish()) {
            std::abort();
        }
    }
}
BENCHMARK(follow_100000_entries)->Unit(benchmark::kMillisecond);

}  // namespace
