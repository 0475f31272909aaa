// Both engines on one formula: decision diagrams, and when these take more than a moment the SAT
// search beside them on another core. Whichever is exact first ends it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "analysis/solution.h"
#include "cli/commands.h"

namespace cheget::cli {

/// `--time` and `--memory` of a command.
struct Effort {
    double seconds = 60;
    std::uint64_t mebibytes = 4096;
};
void add_effort(CLI::App* command, Effort& effort);

/// The exit code of an answer that is bounds in place of exact numbers: the outcome is not known.
constexpr int k_bounded_answer = 5;

class Portfolio {
  public:
    /// The clock starts. `what` is said on a terminal after a second, with the time: `counting`.
    Portfolio(const Effort& effort, std::string what);
    ~Portfolio();
    Portfolio(const Portfolio&) = delete;
    Portfolio& operator=(const Portfolio&) = delete;

    double seconds() const;
    /// Takes back what was said.
    void clear();

    /// Exact, or bounds when `share` of the time left is over. The solution needs no further care.
    analysis::Solution solve(const analysis::Circuit& circuit, analysis::Wire root,
                             std::uint32_t variables, double share = 1);

  private:
    void tell();

    Effort effort_;
    std::string what_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    bool shows_;
    int shown_ = 0;
};

}  // namespace cheget::cli
