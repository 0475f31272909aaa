// An executor's way to the end of a log of 100,000 entries, as `cheget-exec follow` goes it: read
// in bundles, hashed, parsed, filed by what they are about, and durable in its copy. Beside it the
// bare hashing of the same entries.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "log/tile.h"
#include "store/log_copy.h"
#include "support/logged_domain.h"

namespace {

using namespace cheget;

constexpr std::size_t k_entries = 100'000;
constexpr std::size_t k_about_one_order = 4;  // itself and three votes

/// Orders with their votes, as a log holds them. Whoever follows it verifies what it acts on alone,
/// so all but the first carry signatures of another nonce.
struct BusyLog {
    BusyLog() {
        const std::string order = domain.propose();
        const std::string nonce = std::string(order).substr(order.find("\nnonce: ") + 8, 32);
        std::vector<std::string> about{order};
        for (const char* by : {"alice", "bob", "carol"}) {
            about.push_back(domain.approve(order, by));
        }
        const auto text = test_support::text_of(order);
        for (std::size_t i = 0; i < k_entries; ++i) {
            std::string entry = about[i % k_about_one_order];
            const std::string number = fmt::format("{:032x}", i / k_about_one_order);
            entry.replace(entry.find(nonce), nonce.size(), number);
            if (i % k_about_one_order != 0) {
                std::string voted = text;
                voted.replace(voted.find(nonce), nonce.size(), number);
                const std::size_t on = entry.find("sha256:", entry.find("\non: "));
                entry.replace(on, 71, base::to_text(base::sha256(voted)));
            }
            bytes += entry.size();
            domain.log_.add(std::move(entry));
        }
        domain.log_.seal(test_support::LoggedDomain::at(test_support::k_now));
        const auto& entries = domain.log_.entries();
        for (std::size_t i = 0; i < entries.size(); i += log::k_tile_width) {
            const std::size_t end = std::min(i + log::k_tile_width, entries.size());
            std::string bundle;
            for (std::size_t j = i; j < end; ++j) {
                bundle += static_cast<char>(entries[j].size() >> 8U);
                bundle += static_cast<char>(entries[j].size() & 0xFFU);
                bundle += entries[j];
            }
            bundles[log::path_of(
                {true, 0, i / log::k_tile_width, static_cast<unsigned>(end - i)})] = bundle;
        }
    }

    log::Fetch fetch() const {
        return [this, rest = domain.log_.fetch()](const std::string& path, std::size_t most) {
            const auto found = bundles.find(path);
            return found == bundles.end() ? rest(path, most)
                                          : base::Result<std::string>(found->second);
        };
    }

    test_support::LoggedDomain domain;
    std::map<std::string, std::string> bundles;
    std::size_t bytes = 0;
};

BusyLog& busy_log() {
    static BusyLog log;
    return log;
}

void hash_100000_entries(benchmark::State& state) {
    const auto& entries = busy_log().domain.log_.entries();
    for (auto _ : state) {
        log::Frontier tree;
        for (const std::string& entry : entries) {
            if (!tree.append(log::hash_leaf(base::as_bytes(entry)))) {
                std::abort();
            }
        }
        benchmark::DoNotOptimize(tree.root());
    }
}
BENCHMARK(hash_100000_entries)->Unit(benchmark::kMillisecond);

void follow_and_file_100000_entries(benchmark::State& state) {
    const BusyLog& log = busy_log();
    char name[] = "/var/tmp/cheget-following-XXXXXX";
    const std::filesystem::path folder = ::mkdtemp(name);
    for (auto _ : state) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        auto copy =
            store::StoredLogCopy::create(folder / store::k_log_copy_database,
                                         permit::Chronicle::begin(log.domain.first_).value())
                .value();
        const auto began = std::chrono::steady_clock::now();
        if (!permit::catch_up(copy, log.fetch())) {
            std::abort();
        }
        state.SetIterationTime(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }
    state.counters["bytes"] = static_cast<double>(log.bytes);
    std::filesystem::remove_all(folder);
}
BENCHMARK(follow_and_file_100000_entries)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
