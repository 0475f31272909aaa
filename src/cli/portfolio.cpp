// The one place where the analyser meets clocks and threads.
#include "cli/portfolio.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <stop_token>
#include <thread>

namespace cheget::cli {

namespace {

// What a node of a diagram takes, with its share of tables and caches while they grow.
constexpr std::uint64_t k_bytes_per_node = 128;
// What a literal of a clause takes on average, with what the solver learns; a quarter of the memory
// is for both sides of the search.
constexpr std::uint64_t k_bytes_per_literal = 64;
constexpr std::uint64_t k_search_shares = 8;
// Whatever the time, so many steps of a fraction of a second are done: then there is something to
// say.
constexpr int k_least_steps = 4;
// Most formulas are done before a thread has begun.
constexpr double k_head_start_seconds = 0.2;

/// The search on its own thread.
class Beside {
  public:
    Beside(const analysis::Circuit& circuit, analysis::Wire root, std::uint32_t variables,
           std::uint64_t literals)
        : thread_([this, &circuit, root, variables, literals](const std::stop_token& stop) {
              analysis::Search search(circuit, root, variables,
                                      {literals, [stop] { return !stop.stop_requested(); }});
              for (int step = 0; step < k_least_steps || !stop.stop_requested(); ++step) {
                  if (!search.step()) {
                      break;
                  }
              }
              found_.search.emplace(std::move(search));
              is_exact_ = found_.is_exact();
              is_done_ = true;
          }) {}

    bool is_done() const { return is_done_; }
    bool is_exact() const { return is_exact_; }
    analysis::Solution stopped() {
        thread_.request_stop();
        thread_.join();
        return std::move(found_);
    }

  private:
    analysis::Solution found_;
    std::atomic<bool> is_done_ = false;
    std::atomic<bool> is_exact_ = false;
    std::jthread thread_;
};

}  // namespace

void add_effort(CLI::App* command, Effort& effort) {
    command
        ->add_option("--time", effort.seconds,
                     "After so many seconds give bounds in place of exact numbers (60)")
        ->check(CLI::Range(0.001, 1e6))
        ->type_name("SECONDS");
    command
        ->add_option("--memory", effort.mebibytes,
                     "Use about so much memory, then give bounds (4096)")
        ->check(CLI::Range(16, 1 << 20))
        ->type_name("MIB");
}

Portfolio::Portfolio(const Effort& effort, std::string what)
    : effort_(effort), what_(std::move(what)), shows_(isatty(STDERR_FILENO) == 1) {}

Portfolio::~Portfolio() {
    clear();
}

void Portfolio::clear() {
    if (shown_ > 0) {
        fmt::print(stderr, "\r{:60}\r", "");
        shown_ = 0;
    }
}

double Portfolio::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

/// On a terminal, says every second that work goes on.
void Portfolio::tell() {
    const auto now = static_cast<int>(seconds());
    if (shows_ && now > shown_) {
        shown_ = now;
        fmt::print(stderr, "\r{} for {} s; at most {:.0f} s", what_, now, effort_.seconds);
    }
}

analysis::Solution Portfolio::solve(const analysis::Circuit& circuit, analysis::Wire root,
                                    std::uint32_t variables, double share) {
    const double begin = seconds();
    const double end = begin + share * std::max(0.0, effort_.seconds - begin);
    const std::uint64_t bytes = effort_.mebibytes << 20U;
    std::optional<Beside> beside;
    const auto begin_search = [&] {
        if (!beside) {
            beside.emplace(circuit, root, variables, bytes / k_search_shares / k_bytes_per_literal);
        }
    };
    analysis::Budget budget;
    budget.nodes = bytes / k_bytes_per_node;
    budget.go_on = [&] {
        tell();
        if (seconds() - begin > k_head_start_seconds) {
            begin_search();
        }
        return seconds() < end && !(beside && beside->is_exact());
    };
    analysis::Solution solution;
    solution.diagrams = analysis::Analysis::of(circuit, root, budget);
    if (!solution.diagrams) {
        begin_search();
        while (seconds() < end && !beside->is_done()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            tell();
        }
        return beside->stopped();
    }
    if (beside) {
        beside->stopped();
    }
    return solution;
}

}  // namespace cheget::cli
