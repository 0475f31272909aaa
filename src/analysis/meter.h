// How much an analysis may cost, in steps and in nodes: never in time, so that the same question
// has the same answer on every machine. Who does want to stop by the clock hands in `go_on`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace cheget::analysis {

struct Budget {
    std::uint64_t steps = 20'000'000'000;  ///< recursions, of some 10 to 100 ns each
    std::uint64_t nodes = 50'000'000;      ///< of diagrams at one time, of some 64 bytes each
    std::function<bool()> go_on;           ///< asked every 65536 steps; none means yes
};

/// What is left of a budget.
class Meter {
  public:
    /// Steps between two questions whether to go on.
    static constexpr std::uint64_t k_asked_every = 65536;

    explicit Meter(Budget budget) : budget_(std::move(budget)), steps_left_(budget_.steps) {}

    /// Takes a step, or some. False once the budget is spent, from then on for ever.
    bool step(std::uint64_t steps = 1) {
        std::uint64_t before = steps_left_;
        steps_left_ -= std::min(steps, steps_left_);
        if (before / k_asked_every != steps_left_ / k_asked_every && budget_.go_on &&
            !budget_.go_on()) {
            steps_left_ = 0;
        }
        return steps_left_ > floor_;
    }
    bool spent() const { return steps_left_ <= floor_; }
    /// Until it is called again, the budget counts as spent after so many steps more; all that is
    /// left of it by default.
    void allow(std::uint64_t steps = ~std::uint64_t{0}) {
        floor_ = steps_left_ - std::min(steps, steps_left_);
    }
    std::uint64_t steps_left() const { return steps_left_; }
    std::uint64_t steps_taken() const { return budget_.steps - steps_left_; }
    std::uint64_t most_nodes() const { return budget_.nodes - kept_; }
    /// Nodes that stay, and leave so much less for what is built after them.
    void keep(std::uint64_t nodes) { kept_ = std::min(budget_.nodes, kept_ + nodes); }

  private:
    Budget budget_;
    std::uint64_t steps_left_;
    std::uint64_t floor_ = 0;
    std::uint64_t kept_ = 0;
};

}  // namespace cheget::analysis
