// A log of very many entries, and what memory and time each of those who deal with it takes: the
// server that appends, one that starts again, the publisher, a reader who follows all of it.
// bench/log_memory runs them one after the other, each in a process of its own.
//
//   log_fill append FOLDER ENTRIES      through the appender, in groups; tells its memory on the
//   way log_fill start FOLDER               recomputes the tree, as every start of the server does
//   log_fill publish FOLDER             writes tiles, bundles and checkpoint
//   log_fill follow FOLDER              reads what was published and verifies every entry
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "authority/authority_test_support.h"
#include "authority/publisher.h"
#include "log/remote.h"
#include "store/file.h"

namespace {

using namespace cheget;
using Clock = std::chrono::steady_clock;

constexpr std::size_t k_group = 4'096;

[[noreturn]] void give_up(const base::Error& error) {
    fmt::print(stderr, "log_fill: {}\n", error.message);
    std::exit(1);
}

template <typename T>
T need(base::Result<T> result) {
    if (!result) {
        give_up(result.error());
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

// Resident memory in KiB: `VmRSS` now, `VmHWM` at most so far.
std::size_t resident(std::string_view name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name)) {
            return std::stoul(line.substr(name.size() + 1));
        }
    }
    return 0;
}

void tell(std::string_view what, std::uint64_t entries, Clock::time_point since) {
    fmt::print("{} {} entries: {:.1f} s, resident {:.1f} MiB, at most {:.1f} MiB\n", what, entries,
               std::chrono::duration<double>(Clock::now() - since).count(),
               static_cast<double>(resident("VmRSS")) / 1024,
               static_cast<double>(resident("VmHWM")) / 1024);
    std::fflush(stdout);
}

authority::AppenderOptions options() {
    auto options = authority::testing::test_options();
    options.cosigns = true;
    return options;
}

void append(const std::filesystem::path& database, std::uint64_t count) {
    auto appender = need(authority::Appender::start(
        need(store::LogStore::create(database, authority::testing::test_owner())),
        authority::testing::test_signer(), options()));
    const auto begin = Clock::now();
    std::vector<store::NewEntry> group;
    for (std::uint64_t next = 0; next < count;) {
        group.clear();
        const std::uint64_t end = std::min(count, next + k_group);
        for (; next < end; ++next) {
            group.push_back(authority::testing::test_entry(
                fmt::format("entry {} of a log that holds very many of them\n", next)));
        }
        need(appender.commit(group));
        const std::uint64_t million = next / 1'000'000;
        if (million != (next - group.size()) / 1'000'000 || next == count) {
            tell("appended", next, begin);
        }
    }
}

authority::Appender start(const std::filesystem::path& database) {
    const auto begin = Clock::now();
    auto appender = need(authority::Appender::start(need(store::LogStore::open(database)),
                                                    authority::testing::test_signer(), options()));
    tell("started with", appender.head().size, begin);
    return appender;
}

void publish(const std::filesystem::path& database, const std::filesystem::path& folder) {
    authority::Appender appender = start(database);
    const auto begin = Clock::now();
    auto reading = need(store::LogStore::open_to_read(database));
    auto published = need(authority::PublicFolder::open(
        folder, authority::testing::test_keys(), {appender.head(), appender.tree(), {}}, reading));
    need(published.write_tiles(appender.head().size, *appender.tree(), reading));
    need(published.write_checkpoint(appender.head().size, appender.head().checkpoint));
    tell("published", appender.head().size, begin);
}

void follow(const std::filesystem::path& folder) {
    const auto begin = Clock::now();
    const log::Trust trust = need(log::Trust::make(log::testing::test_log().key(), {}, 0));
    const log::RemoteLog remote([&](const std::string& path, std::size_t most) {
        return store::read_file(folder / path, most);
    });
    const std::string checkpoint = need(remote.checkpoint());
    const auto state = need(remote.follow({}, checkpoint, trust, {}, {}));
    tell("followed", state.size(), begin);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string mode = count > 2 ? arguments[1] : "";
    const std::filesystem::path folder = count > 2 ? arguments[2] : "";
    const std::filesystem::path database = folder / "log.db";
    if (mode == "append" && count == 4) {
        append(database, std::stoull(arguments[3]));
    } else if (mode == "start" && count == 3) {
        start(database);
    } else if (mode == "publish" && count == 3) {
        std::filesystem::create_directories(folder / "public");
        publish(database, folder / "public");
    } else if (mode == "follow" && count == 3) {
        follow(folder / "public");
    } else {
        fmt::print(stderr, "usage: log_fill append FOLDER ENTRIES | start|publish|follow FOLDER\n");
        return 2;
    }
    return 0;
}
