// A log under load, to be killed: tests/crash/log_kill_test.py drives it.
//
//   log_under_load write FILE      opens the log (makes it first), appends from many threads, and
//                                  tells each acknowledgement on stdout: `INDEX ENTRY SIZE ROOT`
//   log_under_load dump FILE       every entry's `INDEX ENTRY`, then `size SIZE ROOT`
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "authority/authority_test_support.h"
#include "authority/sequencer.h"

namespace {

using namespace cheget;
using authority::testing::test_entry;

constexpr int k_writers = 24;

// In one write: a kill leaves whole lines.
void tell(const std::string& line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        _exit(1);
    }
}

int fail(const base::Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return static_cast<int>(error.kind);
}

int write_log(const std::filesystem::path& path) {
    auto store = std::filesystem::exists(path)
                     ? store::LogStore::open(path)
                     : store::LogStore::create(path, authority::testing::test_owner());
    if (!store) {
        return fail(store.error());
    }
    auto appender = authority::Appender::start(std::move(*store), authority::testing::test_signer(),
                                               authority::testing::test_options());
    if (!appender) {
        return fail(appender.error());
    }
    auto sequencer = authority::Sequencer::start(std::move(*appender));
    if (!sequencer) {
        return fail(sequencer.error());
    }
    tell("serving\n");
    const std::string run =
        std::to_string(::getpid()) + "-" + std::to_string(std::random_device()());
    std::vector<std::thread> writers;
    for (int w = 0; w < k_writers; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0;; ++i) {
                const std::string text =
                    run + " " + std::to_string(w) + " " + std::to_string(i) + std::string(500, '.');
                const auto got = (*sequencer)->submit(test_entry(text));
                if (!got) {
                    _exit(fail(got.error()));
                }
                tell(std::to_string(got->accepted.index) + " " + base::to_hex(base::sha256(text)) +
                     " " + std::to_string(got->head.size) + " " + base::to_hex(got->head.root) +
                     "\n");
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    return 0;
}

int dump_log(const std::filesystem::path& path) {
    auto store = store::LogStore::open_to_read(path);
    if (!store) {
        return fail(store.error());
    }
    const auto head = store->head();
    const auto amiss = authority::check_log(*store, authority::testing::test_keys(), {});
    if (!head || !amiss) {
        return fail(head ? amiss.error() : head.error());
    }
    for (const std::string& line : *amiss) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    const auto read = store->read_entries(
        0, head->size, [](std::uint64_t index, std::string_view entry) -> base::Result<void> {
            std::printf("%llu %s\n", static_cast<unsigned long long>(index),
                        base::to_hex(base::sha256(entry)).c_str());
            return {};
        });
    std::printf("size %llu %s\n", static_cast<unsigned long long>(head->size),
                base::to_hex(head->root).c_str());
    return read && amiss->empty() ? 0 : 7;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        return 2;
    }
    return arguments[1] == std::string("write") ? write_log(arguments[2]) : dump_log(arguments[2]);
}
