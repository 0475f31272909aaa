// The estimate: below a place in the order a diagram has a node for each state that the gates can
// be in which have some of their leaves above it and some below. An AND or OR is decided or not; of
// a threshold it counts how many of its inputs hold, as far as it still matters.
#include "analysis/order_search.h"

#include <algorithm>
#include <cmath>

namespace cheget::analysis {

namespace {

/// Pseudo-random numbers, good enough to draw places (splitmix64).
class Draw {
  public:
    std::size_t below(std::size_t limit) {
        std::uint64_t value = state_ += 0x9e3779b97f4a7c15ULL;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
        return (value ^ (value >> 31U)) % limit;
    }

  private:
    std::uint64_t state_ = 1;
};

class Estimate {
  public:
    explicit Estimate(const Module& module)
        : leaves_(module.leaves.size()), gates_(module.gates.size()), users_(module.size()) {
        for (std::size_t i = 0; i < module.gates.size(); ++i) {
            const Module::Gate& gate = module.gates[i];
            for (const Module::Input& input : gate.inputs) {
                users_[input.node].push_back(leaves_ + i);
            }
            gates_[i].inputs = gate.inputs.size();
            std::uint64_t total = 0;
            for (const Module::Input& input : gate.inputs) {
                total += input.weight;
            }
            const bool counts = !gate.exclusive && gate.need > 1 && gate.need < total;
            gates_[i].need = counts ? std::min<std::uint64_t>(gate.need, gate.inputs.size()) : 1;
        }
    }

    double of(const std::vector<std::uint32_t>& order) {
        for (Gate& gate : gates_) {
            gate.done = gate.begun = 0;
            gate.states = 0;
        }
        double sum = 0;
        logarithm_ = 0;
        for (const std::uint32_t leaf : order) {
            finish(leaf);
            sum += std::exp(std::min(logarithm_, k_largest));
        }
        return sum;
    }

  private:
    static constexpr double k_largest = 60;

    struct Gate {
        std::size_t inputs = 0;
        std::uint64_t need = 1;
        std::size_t done = 0;
        std::size_t begun = 0;
        double states = 0;  ///< the logarithm of how many
    };

    void update(Gate& gate) {
        double states = 0;
        if (gate.begun > 0 && gate.done < gate.inputs) {
            const std::size_t rest = gate.inputs - gate.done;
            const std::uint64_t most = std::min<std::uint64_t>(gate.done, gate.need);
            const std::uint64_t least = gate.need > rest ? gate.need - rest : 0;
            states = std::log(2.0 + static_cast<double>(most > least ? most - least : 0));
        }
        logarithm_ += states - gate.states;
        gate.states = states;
    }

    void finish(std::size_t first) {
        std::vector<std::size_t> waiting{first};
        while (!waiting.empty()) {
            const std::size_t node = waiting.back();
            waiting.pop_back();
            for (const std::size_t user : users_[node]) {
                begin(user);
                Gate& gate = gates_[user - leaves_];
                if (++gate.done == gate.inputs) {
                    waiting.push_back(user);
                }
                update(gate);
            }
        }
    }

    void begin(std::size_t first) {
        std::vector<std::size_t> waiting{first};
        while (!waiting.empty()) {
            Gate& gate = gates_[waiting.back() - leaves_];
            const std::size_t node = waiting.back();
            waiting.pop_back();
            if (gate.begun++ == 0) {
                update(gate);
                waiting.insert(waiting.end(), users_[node].begin(), users_[node].end());
            }
        }
    }

    std::size_t leaves_;
    std::vector<Gate> gates_;
    std::vector<std::vector<std::size_t>> users_;  ///< by node
    double logarithm_ = 0;
};

}  // namespace

std::vector<std::uint32_t> searched_order(const Module& module, std::vector<std::uint32_t> order,
                                          int changes) {
    constexpr std::size_t k_longest_piece = 12;
    if (order.size() < 3) {
        return order;
    }
    Estimate estimate(module);
    Draw draw;
    double best = estimate.of(order);
    for (int change = 0; change < changes; ++change) {
        // A piece of the order goes elsewhere, now and then turned round.
        std::vector<std::uint32_t> next = order;
        const std::size_t size = 1 + draw.below(std::min(k_longest_piece, order.size() - 1));
        const std::size_t from = draw.below(order.size() - size + 1);
        std::vector<std::uint32_t> piece(next.begin() + static_cast<std::ptrdiff_t>(from),
                                         next.begin() + static_cast<std::ptrdiff_t>(from + size));
        if (draw.below(4) == 0) {
            std::ranges::reverse(piece);
        }
        next.erase(next.begin() + static_cast<std::ptrdiff_t>(from),
                   next.begin() + static_cast<std::ptrdiff_t>(from + size));
        const auto to = static_cast<std::ptrdiff_t>(draw.below(next.size() + 1));
        next.insert(next.begin() + to, piece.begin(), piece.end());
        if (const double now = estimate.of(next); now <= best) {
            best = now;
            order = std::move(next);
        }
    }
    return order;
}

}  // namespace cheget::analysis
