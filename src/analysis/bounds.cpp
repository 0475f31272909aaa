// Sperner: of n things no more than n over half of n sets of which none contains another.
#include "analysis/bounds.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace cheget::analysis {

Count largest_antichain(std::uint32_t things) {
    constexpr std::uint32_t k_most_exact = 2000;
    if (things > k_most_exact) {
        return Count::power_of_two(things);
    }
    std::vector<Count> row{Count(1)};
    for (std::uint32_t i = 0; i < things; ++i) {
        std::vector<Count> next(row.size() + 1);
        for (std::size_t j = 0; j < next.size(); ++j) {
            next[j] = (j < row.size() ? row[j] : Count()) + (j > 0 ? row[j - 1] : Count());
        }
        row = std::move(next);
    }
    return row[things / 2];
}

namespace {

/// For each gate a size that no set that makes it hold is below. Where inputs share no variable
/// their sizes add up; else one set may serve them all.
class Sizes {
  public:
    Sizes(const Circuit& circuit, Wire root)
        : circuit_(circuit),
          sizes_(circuit.size()),
          below_(circuit.size()),
          reached_(reachable(circuit, root)),
          words_((circuit.variables() + k_bits - 1) / k_bits) {
        std::size_t wires = 0;
        for (std::uint32_t number = 0; number < circuit.size(); ++number) {
            wires += reached_[number] ? circuit.inputs(number).size() + 1 : 0;
        }
        adds_up_ = wires <= k_most_words / std::max<std::size_t>(words_, 1);
    }

    std::uint64_t of(std::uint32_t root) {
        for (std::uint32_t number = 1; number <= root; ++number) {
            if (reached_[number]) {
                look_at(number);
            }
        }
        return sizes_[root];
    }

  private:
    static constexpr std::size_t k_most_words = 50'000'000;
    static constexpr std::size_t k_bits = 64;

    void look_at(std::uint32_t number) {
        const Circuit::Gate& gate = circuit_.gate(number);
        if (gate.kind == Circuit::Kind::variable) {
            sizes_[number] = 1;
            if (adds_up_) {
                below_[number].resize(words_);
                below_[number][gate.variable / k_bits] = std::uint64_t{1} << gate.variable % k_bits;
            }
            return;
        }
        std::vector<std::uint64_t> sizes;
        for (const Circuit::Input& input : circuit_.inputs(gate)) {
            sizes.push_back(sizes_[input.wire.gate()]);
        }
        std::ranges::sort(sizes);
        const bool is_disjoint = adds_up_ && join_below(number);
        if (gate.weighted || gate.need > sizes.size()) {
            sizes_[number] = sizes.front();
            return;
        }
        for (std::size_t i = 0; i < gate.need; ++i) {
            sizes_[number] = is_disjoint ? sizes_[number] + sizes[i] : sizes[i];
        }
    }

    /// Whether the inputs share no variable.
    bool join_below(std::uint32_t number) {
        std::vector<std::uint64_t>& below = below_[number];
        below.resize(words_);
        bool is_disjoint = true;
        for (const Circuit::Input& input : circuit_.inputs(number)) {
            const std::vector<std::uint64_t>& more = below_[input.wire.gate()];
            for (std::size_t i = 0; i < below.size(); ++i) {
                is_disjoint = is_disjoint && (below[i] & more[i]) == 0;
                below[i] |= more[i];
            }
        }
        return is_disjoint;
    }

    const Circuit& circuit_;
    std::vector<std::uint64_t> sizes_;
    std::vector<std::vector<std::uint64_t>> below_;  ///< the variables, as bits
    std::vector<bool> reached_;
    std::size_t words_;
    bool adds_up_ = false;
};

/// Every variable has a share of the root, so dealt out that the shares of what makes a gate hold
/// are together no less than the gate's own: so many of the largest shares make up a whole one.
std::uint64_t least_size_by_shares(const Circuit& circuit, Wire root) {
    std::vector<double> shares(std::size_t{root.gate()} + 1);
    shares[root.gate()] = 1;
    std::vector<double> largest;
    for (std::uint32_t number = root.gate(); number > 0; --number) {
        const Circuit::Gate& gate = circuit.gate(number);
        if (gate.kind == Circuit::Kind::variable && shares[number] > 0) {
            largest.push_back(shares[number]);
            continue;
        }
        for (const Circuit::Input& input : circuit.inputs(gate)) {
            shares[input.wire.gate()] +=
                shares[number] * static_cast<double>(input.weight) / static_cast<double>(gate.need);
        }
    }
    std::ranges::sort(largest, std::greater<>{});
    constexpr double k_rounding = 1e-6;
    double sum = 0;
    std::uint64_t size = 0;
    while (size < largest.size() && sum < 1 - k_rounding) {
        sum += largest[size++];
    }
    return size;
}

}  // namespace

std::uint64_t least_size(const Circuit& circuit, Wire root) {
    if (root.gate() == 0) {
        return 0;
    }
    return std::max(Sizes(circuit, root).of(root.gate()), least_size_by_shares(circuit, root));
}

}  // namespace cheget::analysis
