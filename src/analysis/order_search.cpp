// The estimate: below a place in the order a diagram has a node for each state that the gates can
// be in which have some of their leaves above it and some below. An AND or OR is decided or not; of
// a threshold it counts how many of its inputs hold, as far as it still matters.
#include "analysis/order_search.h"

#include <algorithm>
#include <bit>

#include "analysis/splitmix.h"

namespace cheget::analysis {

namespace {

/// Logarithms to the base 2 in 65,536ths. Whole numbers throughout: an order decides what a budget
/// of steps settles, which must be the same on every machine, and libraries differ in how they
/// round.
constexpr int k_fraction_bits = 16;

std::int64_t logarithm(std::uint64_t number) {
    const int whole = static_cast<int>(std::bit_width(number)) - 1;
    std::uint64_t rest = number << (31 - whole);  // from 1 to 2, in 2^-31
    std::int64_t result = whole;
    for (int bit = 0; bit < k_fraction_bits; ++bit) {
        rest = (rest * rest) >> 31U;
        const std::uint64_t is_over = rest >> 32U;
        rest >>= is_over;
        result = 2 * result + static_cast<std::int64_t>(is_over);
    }
    return result;
}

using Wide = unsigned __int128;

/// Two to that power, a straight line between whole powers.
Wide power(std::int64_t logarithm) {
    constexpr std::int64_t k_largest = 90;
    constexpr std::uint64_t k_one = 1U << static_cast<unsigned>(k_fraction_bits);
    const std::int64_t whole = std::min(k_largest, logarithm >> k_fraction_bits);
    const std::uint64_t fraction = static_cast<std::uint64_t>(logarithm) & (k_one - 1);
    return Wide{k_one + fraction} << static_cast<unsigned>(whole);
}

class Estimate {
  public:
    explicit Estimate(const Module& module)
        : leaves_(module.leaves.size()), gates_(module.gates.size()), users_(module.size()) {
        std::uint64_t most = 1;
        for (std::size_t i = 0; i < module.gates.size(); ++i) {
            const Module::Gate& gate = module.gates[i];
            std::uint64_t total = 0;
            for (const Module::Input& input : gate.inputs) {
                users_[input.node].push_back(leaves_ + i);
                total += input.weight;
            }
            gates_[i].inputs = gate.inputs.size();
            const bool counts = !gate.exclusive && gate.need > 1 && gate.need < total;
            gates_[i].need = counts ? std::min<std::uint64_t>(gate.need, gate.inputs.size()) : 1;
            most = std::max(most, gates_[i].need);
        }
        for (std::uint64_t states = 2; states <= most + 2; ++states) {
            logarithms_.push_back(logarithm(states));
        }
    }

    /// About how many nodes a diagram has in that order.
    Wide of(const std::vector<std::uint32_t>& order) {
        for (Gate& gate : gates_) {
            gate.done = gate.begun = 0;
            gate.states = 0;
        }
        Wide sum = 0;
        logarithm_ = 0;
        for (const std::uint32_t leaf : order) {
            finish(leaf);
            sum += power(logarithm_);
        }
        return sum;
    }

  private:
    struct Gate {
        std::size_t inputs = 0;
        std::uint64_t need = 1;
        std::size_t done = 0;
        std::size_t begun = 0;
        std::int64_t states = 0;  ///< the logarithm of how many
    };

    void update(Gate& gate) {
        std::int64_t states = 0;
        if (gate.begun > 0 && gate.done < gate.inputs) {
            const std::size_t rest = gate.inputs - gate.done;
            const std::uint64_t most = std::min<std::uint64_t>(gate.done, gate.need);
            const std::uint64_t least = gate.need > rest ? gate.need - rest : 0;
            states = logarithms_[most > least ? most - least : 0];
        }
        logarithm_ += states - gate.states;
        gate.states = states;
    }

    void finish(std::size_t first) {
        finishing_.assign(1, first);
        while (!finishing_.empty()) {
            const std::size_t node = finishing_.back();
            finishing_.pop_back();
            for (const std::size_t user : users_[node]) {
                begin(user);
                Gate& gate = gates_[user - leaves_];
                if (++gate.done == gate.inputs) {
                    finishing_.push_back(user);
                }
                update(gate);
            }
        }
    }

    void begin(std::size_t first) {
        beginning_.assign(1, first);
        while (!beginning_.empty()) {
            const std::size_t node = beginning_.back();
            beginning_.pop_back();
            Gate& gate = gates_[node - leaves_];
            if (gate.begun++ == 0) {
                update(gate);
                beginning_.insert(beginning_.end(), users_[node].begin(), users_[node].end());
            }
        }
    }

    std::size_t leaves_;
    std::vector<Gate> gates_;
    std::vector<std::vector<std::size_t>> users_;  ///< by node
    std::vector<std::int64_t> logarithms_;         ///< of 2, 3, …
    std::int64_t logarithm_ = 0;
    std::vector<std::size_t> finishing_;
    std::vector<std::size_t> beginning_;
};

}  // namespace

std::vector<std::uint32_t> searched_order(const Module& module, std::vector<std::uint32_t> order,
                                          int changes) {
    constexpr std::size_t k_longest_piece = 12;
    if (order.size() < 3) {
        return order;
    }
    Estimate estimate(module);
    Splitmix draw(1);
    Wide best = estimate.of(order);
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
        if (const Wide now = estimate.of(next); now <= best) {
            best = now;
            order = std::move(next);
        }
    }
    return order;
}

}  // namespace cheget::analysis
