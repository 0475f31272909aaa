// The log under many writers: signed statements, each verified before it is admitted, durable and
// under a signed checkpoint before it is acknowledged. Every acknowledgement is checked afterwards.
// bench/log_hammer runs it beside the same disk's bare fdatasync rate.
//
//   log_hammer FOLDER WRITERS STATEMENTS
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "authority/admission.h"
#include "authority/authority_test_support.h"
#include "authority/sequencer.h"
#include "support/test_domain.h"

namespace {

using namespace cheget;
using Clock = std::chrono::steady_clock;

constexpr int k_principals = 64;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What the disk does at best: 4 KiB written and synced, one after the other.
double fdatasync_rate(const std::filesystem::path& folder, double seconds) {
    const std::string path = folder / "fdatasync";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::string page(4096, 'x');
    int count = 0;
    const auto begin = Clock::now();
    while (seconds_since(begin) < seconds) {
        if (::pwrite(file, page.data(), page.size(), (count % 256) * 4096) != 4096 ||
            ::fdatasync(file) != 0) {
            std::perror("fdatasync");
            std::exit(1);
        }
        ++count;
    }
    const double rate = count / seconds_since(begin);
    ::close(file);
    ::unlink(path.c_str());
    return rate;
}

// A domain of many people, and votes of theirs on one order.
struct Made {
    std::string policy;
    std::vector<std::string> statements;
};

Made make_statements(std::size_t count) {
    test_support::TestDomain domain;
    std::string blocks;
    std::vector<std::string> people;
    std::string group = "group everyone = { ";
    for (int i = 0; i < k_principals; ++i) {
        people.push_back(fmt::format("p{}", i));
        blocks += fmt::format("person p{} {{ {{KEY:p{}}} }}\n", i, i);
        group += fmt::format("{}p{}", i == 0 ? "" : ", ", i);
    }
    blocks += "machine db1 { {KEY:db1} }\nmachine db2 { {KEY:db2} }\n" + group +
              " }\ngroup security = { p1, p2 }\n"
              "action drop-database on prod/{region}/{database} {\n"
              "run [\"/usr/bin/dropdb\", \"--if-exists\", \"{database}\"] as postgres\n"
              "propose 1 of everyone\napprove 3 of everyone\nveto 1 of security\nexpire 8h\n"
              "execute 1 of { db1, db2 }\n}\namend { approve 2 of everyone }\nrevoke { approve 1 of "
              "security }\n";
    const permit::DomainState state = domain.begin(blocks, people);
    statement::Order order = domain.order(state);
    order.proposer = "p0";
    const std::string text = test_support::text_of(domain.sign_order(order, "p0"));
    Made made{state.policy->text, {}};
    for (std::size_t i = 0; i < count; ++i) {
        const std::string by = people[i % people.size()];
        statement::Vote vote = domain.vote(state, text, by);
        for (std::size_t byte = 0; byte < 8; ++byte) {
            vote.mark[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
        }
        made.statements.push_back(domain.sign_vote(vote, {by}));
    }
    return made;
}

struct Answer {
    std::size_t statement = 0;
    std::uint64_t index = 0;
    store::LogHead head;
    double milliseconds = 0;
};

double percentile(const std::vector<double>& sorted, double share) {
    const auto place = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return sorted[place];
}

// Every answer: the entry lies at its index, and the head that came with it is the root of the tree
// of that size, signed.
int check_answers(const std::filesystem::path& path, const Made& made,
                  const std::vector<std::vector<Answer>>& answers) {
    auto store = store::LogStore::open_to_read(path).value();
    std::map<std::uint64_t, std::size_t> at;
    std::map<std::uint64_t, const store::LogHead*> heads;
    for (const auto& writer : answers) {
        for (const Answer& answer : writer) {
            const auto known = heads.emplace(answer.head.size, &answer.head).first->second;
            if (!at.emplace(answer.index, answer.statement).second ||
                answer.index >= answer.head.size || known->root != answer.head.root) {
                return 1;
            }
        }
    }
    const log::Trust trust = log::testing::test_trust(1, 1);
    log::Frontier tree;
    int wrong = 0;
    const auto read = store.read_entries(
        0, store.head().value().size, [&](std::uint64_t index, std::string_view entry) {
            wrong += made.statements[at.at(index)] != entry ? 1 : 0;
            const auto appended = tree.append(log::hash_leaf(base::as_bytes(entry)));
            if (const auto head = heads.find(tree.size()); head != heads.end()) {
                const auto opened = log::open_checkpoint(head->second->checkpoint, trust);
                wrong += !opened || opened->checkpoint.root != tree.root() ? 1 : 0;
            }
            return appended;
        });
    return read && at.size() == tree.size() ? wrong : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    const auto writers = static_cast<std::size_t>(std::atoi(arguments[2]));
    const auto total = static_cast<std::size_t>(std::atoi(arguments[3]));
    const Made made = make_statements(total);
    const auto admission = authority::Admission::make({made.policy}).value();
    const double before = fdatasync_rate(folder, 2);
    const std::filesystem::path path = folder / "log.db";
    auto appender = authority::Appender::start(
        store::LogStore::create(path, {log::testing::test_log().key().name, admission.domain()})
            .value(),
        authority::testing::test_signer(), authority::testing::test_options());
    auto sequencer = authority::Sequencer::start(std::move(*appender)).value();
    std::vector<std::vector<Answer>> answers(writers);
    std::atomic<std::size_t> next = 0;
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (std::size_t w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            for (std::size_t i = next++; i < total; i = next++) {
                const auto handed_in = Clock::now();
                auto entry = admission.admit(made.statements[i]);
                auto got = entry
                               ? sequencer->submit(std::move(*entry))
                               : base::Result<authority::Sequenced>(std::unexpected(entry.error()));
                if (!got) {
                    fmt::print(stderr, "{}\n", got.error().message);
                    std::exit(1);
                }
                answers[w].push_back({i, got->accepted.index, std::move(got->head),
                                      seconds_since(handed_in) * 1'000});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const double took = seconds_since(begin);
    sequencer.reset();
    const double after = fdatasync_rate(folder, 2);
    std::vector<double> times;
    for (const auto& writer : answers) {
        for (const Answer& answer : writer) {
            times.push_back(answer.milliseconds);
        }
    }
    std::sort(times.begin(), times.end());
    const int wrong = check_answers(path, made, answers);
    fmt::print(
        "{} writers: {:.0f} entries/s, p50 {:.1f} ms, p99 {:.1f} ms; bare fdatasync {:.0f}/s "
        "before, {:.0f}/s after; {} answers checked, {} wrong\n",
        writers, static_cast<double>(total) / took, percentile(times, 0.5), percentile(times, 0.99),
        before, after, times.size(), wrong);
    return wrong == 0 ? 0 : 1;
}
