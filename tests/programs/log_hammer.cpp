// The log under many writers and readers. Writers hand in signed statements, each verified before
// it is admitted, durable and under a signed checkpoint before it is acknowledged. Readers follow
// the log over HTTP as anyone would: checkpoints, every entry under the root, proofs. Every
// acknowledgement and every answer is checked. bench/log_hammer runs it beside the same disk's bare
// fdatasync rate.
//
//   log_hammer FOLDER many WRITERS READERS STATEMENTS
//   log_hammer FOLDER one STATEMENTS
//
// `one` is a single writer who waits for each answer. Disks change their pace from second to
// second, so it takes turns with bare writes: as many bytes as a statement costs, over a file of
// fixed length, one fdatasync each, by the same thread.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>
#include <unordered_set>

#include "authority/admission.h"
#include "authority/authority_test_support.h"
#include "authority/log_service.h"
#include "authority/publisher.h"
#include "authority/sequencer.h"
#include "log/remote.h"
#include "net/http_client.h"
#include "support/test_domain.h"

namespace {

using namespace cheget;
using Clock = std::chrono::steady_clock;

constexpr int k_principals = 64;
constexpr std::size_t k_a_turn = 50;         // statements, then as many bare writes
constexpr off_t k_bare_length = 16'480'000;  // as long as the write-ahead log

[[noreturn]] void give_up(std::string_view what) {
    fmt::print(stderr, "log_hammer: {}\n", what);
    std::exit(1);
}

template <typename T>
T need(base::Result<T> result, std::string_view what) {
    if (!result) {
        give_up(fmt::format("{}: {}", what, result.error().message));
    }
    return std::move(*result);
}

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What the disk does at best: bytes written over others, and synced, one after the other.
class BareDisk {
  public:
    explicit BareDisk(const std::filesystem::path& folder) : path_(folder / "bare") {
        file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const std::string zeros(1 << 20, '\0');
        for (off_t at = 0; at < k_bare_length; at += static_cast<off_t>(zeros.size())) {
            put(zeros, at);
        }
        ::fsync(file_);
    }
    ~BareDisk() {
        ::close(file_);
        ::unlink(path_.c_str());
    }
    BareDisk(const BareDisk&) = delete;
    BareDisk& operator=(const BareDisk&) = delete;

    void write(std::size_t bytes) {
        const std::string content(bytes, 'x');
        at_ = at_ + static_cast<off_t>(bytes) > k_bare_length ? 0 : at_;
        put(content, at_);
        at_ += static_cast<off_t>(bytes);
        if (::fdatasync(file_) != 0) {
            give_up("fdatasync fails");
        }
    }
    /// Writes of 4 KiB in a second.
    double rate(double seconds) {
        int count = 0;
        const auto begin = Clock::now();
        for (; seconds_since(begin) < seconds; ++count) {
            write(4096);
        }
        return count / seconds_since(begin);
    }

  private:
    void put(const std::string& content, off_t at) const {
        if (::pwrite(file_, content.data(), content.size(), at) !=
            static_cast<ssize_t>(content.size())) {
            give_up("cannot write beside the log");
        }
    }

    std::filesystem::path path_;
    int file_ = -1;
    off_t at_ = 0;
};

// What this process has handed to write() so far.
std::size_t bytes_written() {
    std::ifstream file("/proc/self/io");
    std::string name;
    std::size_t value = 0;
    while (file >> name >> value) {
        if (name == "wchar:") {
            return value;
        }
    }
    give_up("/proc/self/io tells nothing");
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
    blocks +=
        "machine db1 { {KEY:db1} }\nmachine db2 { {KEY:db2} }\n" + group +
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

// A log of its own in a folder, as `cheget serve` has it.
struct Log {
    Made made;
    authority::Admission admission;
    std::filesystem::path database;
    std::unique_ptr<authority::Sequencer> sequencer;

    static Log begin(const std::filesystem::path& folder, std::size_t statements, bool cosigns) {
        Made made = make_statements(statements);
        auto admission = need(authority::Admission::make({made.policy}), "the policy");
        const std::filesystem::path database = folder / "log.db";
        store::LogStoreOptions storing;
        storing.reserve = true;
        auto appending = authority::testing::test_options();
        appending.cosigns = cosigns;
        auto store =
            need(store::LogStore::create(
                     database, {log::testing::test_log().key().name, admission.domain()}, storing),
                 "the database");
        auto appender =
            need(authority::Appender::start(std::move(store), authority::testing::test_signer(),
                                            std::move(appending)),
                 "the log");
        auto sequencer = need(authority::Sequencer::start(std::move(appender)), "the sequencer");
        return {std::move(made), std::move(admission), database, std::move(sequencer)};
    }

    Answer hand_in(std::size_t statement) const {
        const auto begin = Clock::now();
        auto entry = need(admission.admit(made.statements[statement]), "a statement");
        authority::Sequenced got = need(sequencer->submit(std::move(entry)), "a statement");
        return {statement, got.accepted.index, std::move(got.head), seconds_since(begin) * 1'000};
    }
};

// The times of all answers, sorted.
std::vector<double> times_of(const std::vector<std::vector<Answer>>& answers) {
    std::vector<double> times;
    for (const auto& writer : answers) {
        for (const Answer& answer : writer) {
            times.push_back(answer.milliseconds);
        }
    }
    std::sort(times.begin(), times.end());
    return times;
}

// What readers got and verified.
struct Read {
    std::atomic<std::uint64_t> checkpoints = 0;
    std::atomic<std::uint64_t> entries = 0;
    std::atomic<std::uint64_t> proofs = 0;
};

class Readers {
  public:
    Readers(const Log& log, const std::filesystem::path& folder, std::size_t count)
        : log_(log),
          trust_(need(log::Trust::make(log::testing::test_log().key(), {}, 0), "the log's key")) {
        auto reading = need(store::LogStore::open_to_read(log.database), "the database");
        std::filesystem::create_directories(folder / "public");
        auto published =
            need(authority::PublicFolder::open(folder / "public", authority::testing::test_keys(),
                                               log.sequencer->view(), reading),
                 "the folder");
        publisher_ =
            need(authority::Publisher::start(
                     *log.sequencer, std::move(reading), std::move(published), {},
                     [](const base::Error& error) { give_up("publishing: " + error.message); }),
                 "publishing");
        server_ = need(
            net::HttpServer::start({}, authority::log_handler({&log.admission, log.sequencer.get(),
                                                               folder / "public", log.database})),
            "serving");
        for (const std::string& statement : log.made.statements) {
            known_.insert(statement);
        }
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this, i] { read(i); });
        }
    }

    /// Returns once each of them has verified the whole log.
    const Read& finish() {
        all_are_in_ = true;
        for (std::thread& thread : threads_) {
            thread.join();
        }
        return read_;
    }

  private:
    void read(std::size_t number) {
        std::mt19937_64 random(number);
        log::MonitorState state;
        const std::string url = fmt::format("http://127.0.0.1:{}/", server_->port());
        const auto fetch = [&](const std::string& path,
                               std::size_t most) -> base::Result<std::string> {
            net::Ask asked{.url = url + path};
            asked.longest_answer = most;
            asked.longest_wait = std::chrono::seconds(60);
            net::Response answer = TRY(net::ask(asked));
            if (answer.status != 200) {
                return base::fail(base::ErrorKind::unreachable,
                                  fmt::format("{}: {}", path, answer.status));
            }
            return std::move(answer.body);
        };
        while (state.size() < log_.made.statements.size()) {
            const bool last = all_are_in_;
            if (!last) {  // one looks all the time, as an executor does that waits for its claim
                std::this_thread::sleep_for(
                    std::chrono::milliseconds(number == 0 ? 50 : random() % 200));
            }
            log::RemoteLog remote(fetch);
            const auto checkpoint = remote.checkpoint();
            if (!checkpoint) {  // nothing is published yet
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                continue;
            }
            state = need(
                remote.follow(state, *checkpoint, trust_,
                              [&](std::uint64_t, std::string_view entry) -> base::Result<void> {
                                  ++read_.entries;
                                  return known_.contains(entry)
                                             ? base::Result<void>()
                                             : base::bad_input("an entry that nobody handed in");
                              },
                              {}),
                "following");
            ++read_.checkpoints;
            if (state.size() == 0) {
                continue;
            }
            const std::uint64_t index = random() % state.size();
            const std::string entry = need(remote.entry(index, state.size()), "an entry");
            const auto proof = need(
                log::parse_proof_file(need(
                    fetch(fmt::format("proof/{}", index), log::k_longest_proof_file), "a proof")),
                "a proof");
            need(log::verify(proof, base::as_bytes(entry), trust_), "a proof");
            ++read_.proofs;
        }
    }

    const Log& log_;
    const log::Trust trust_;
    std::unordered_set<std::string_view> known_;
    std::unique_ptr<authority::Publisher> publisher_;
    std::unique_ptr<net::HttpServer> server_;
    std::atomic<bool> all_are_in_ = false;
    Read read_;
    std::vector<std::thread> threads_;
};

int hammer_many(const std::filesystem::path& folder, std::size_t writers, std::size_t readers,
                std::size_t total) {
    BareDisk disk(folder);
    Log log = Log::begin(folder, total, true);
    const double before = disk.rate(2);
    Readers reading(log, folder, readers);
    std::vector<std::vector<Answer>> answers(writers);
    std::atomic<std::size_t> next = 0;
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (std::size_t w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            for (std::size_t i = next++; i < total; i = next++) {
                answers[w].push_back(log.hand_in(i));
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const double took = seconds_since(begin);
    const double after = disk.rate(2);
    const Read& read = reading.finish();
    const int wrong = check_answers(log.database, log.made, answers);
    const std::vector<double> times = times_of(answers);
    fmt::print(
        "{} writers, {} readers: {:.0f} entries/s, p50 {:.1f} ms, p99 {:.1f} ms; bare fdatasync of "
        "4 KiB {:.0f}/s before, {:.0f}/s after; {} answers checked, {} wrong; readers verified {} "
        "checkpoints, {} entries, {} proofs\n",
        writers, readers, static_cast<double>(total) / took, percentile(times, 0.5),
        percentile(times, 0.99), before, after, times.size(), wrong, read.checkpoints.load(),
        read.entries.load(), read.proofs.load());
    return wrong == 0 ? 0 : 1;
}

int hammer_one(const std::filesystem::path& folder, std::size_t total) {
    BareDisk disk(folder);
    const Log log = Log::begin(folder, total + k_a_turn, false);
    std::vector<std::vector<Answer>> answers(1);
    const std::size_t before = bytes_written();
    for (std::size_t i = 0; i < k_a_turn; ++i) {  // how much a statement writes
        answers[0].push_back(log.hand_in(i));
    }
    const std::size_t bytes = (bytes_written() - before) / k_a_turn;
    double handing_in = 0;
    double bare = 0;
    std::size_t done = 0;
    std::vector<double> shares;
    while (done < total) {
        auto begin = Clock::now();
        for (std::size_t i = 0; i < k_a_turn; ++i, ++done) {
            answers[0].push_back(log.hand_in(k_a_turn + done));
        }
        const double turn = seconds_since(begin);
        begin = Clock::now();
        for (std::size_t i = 0; i < k_a_turn; ++i) {
            disk.write(bytes);
        }
        const double bare_turn = seconds_since(begin);
        handing_in += turn;
        bare += bare_turn;
        shares.push_back(bare_turn / turn);
    }
    std::sort(shares.begin(), shares.end());
    const int wrong = check_answers(log.database, log.made, answers);
    const std::vector<double> times = times_of(answers);
    const auto count = static_cast<double>(done);
    fmt::print(
        "1 writer: {:.0f} entries/s, p50 {:.2f} ms, p99 {:.2f} ms; in turns with bare writes of as "
        "many bytes ({}) and one fdatasync each, {:.0f}/s: {:.0f} % of them ({:.0f} % in the "
        "median "
        "turn), {:.0f} us more each; {} answers checked, {} wrong\n",
        count / handing_in, percentile(times, 0.5), percentile(times, 0.99), bytes, count / bare,
        100 * bare / handing_in, 100 * percentile(shares, 0.5), (handing_in - bare) / count * 1e6,
        times.size(), wrong);
    return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string mode = count > 2 ? arguments[2] : "";
    const auto number = [&](int place) {
        return static_cast<std::size_t>(std::strtoull(arguments[place], nullptr, 10));
    };
    if (mode == "many" && count == 6) {
        return hammer_many(arguments[1], number(3), number(4), number(5));
    }
    if (mode == "one" && count == 4) {
        return hammer_one(arguments[1], number(3));
    }
    fmt::print(stderr,
               "usage: log_hammer FOLDER many WRITERS READERS STATEMENTS | one STATEMENTS\n");
    return 2;
}
