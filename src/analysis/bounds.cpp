// Lower and upper bounds by shrinking: what is left to say when the diagrams grow too large.
#include "analysis/bounds.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "analysis/difference.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_orders = 16;
constexpr std::uint64_t k_most_work = 2'000'000'000;  // wires evaluated

/// The largest number of sets of n things of which none contains another: n over half of n.
Count largest_antichain(std::uint32_t things) {
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

/// Whether a set decides the formula on its own: acts with all others out, or blocks with all in.
class Question {
  public:
    Question(const Circuit& circuit, Wire root, std::uint32_t variables, Side side)
        : circuit_(circuit), root_(root), side_(side), values_(variables, side == Side::blocking) {}

    void put(std::uint32_t variable, bool in) { values_[variable] = in == (side_ == Side::acting); }
    bool decides() const { return circuit_.evaluate(root_, values_) == (side_ == Side::acting); }

  private:
    const Circuit& circuit_;
    Wire root_;
    Side side_;
    std::vector<bool> values_;
};

}  // namespace

Bounds bounds_of(const Circuit& circuit, Wire root, std::uint32_t variables, Side side) {
    Bounds bounds;
    constexpr std::uint32_t k_most_exact = 2000;
    bounds.at_most =
        variables <= k_most_exact ? largest_antichain(variables) : Count::power_of_two(variables);
    if (!is_plain(circuit, root)) {
        return bounds;
    }
    std::uint64_t work = 0;
    std::set<std::vector<std::uint32_t>> found;
    std::vector<std::uint32_t> order(variables);
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t turn = 0; turn < k_orders; ++turn) {
        Question question(circuit, root, variables, side);
        for (std::uint32_t variable : order) {
            question.put(variable, true);
        }
        if (!question.decides()) {
            return bounds;
        }
        std::vector<std::uint32_t> kept;
        for (std::size_t i = 0; i < order.size(); ++i) {
            std::uint32_t variable = order[i];
            if (work > k_most_work) {  // what is left decides, and may be shrunk further
                bounds.smallest_at_most =
                    std::min<std::uint64_t>(bounds.smallest_at_most.value_or(~std::uint64_t{0}),
                                            kept.size() + order.size() - i);
                bounds.at_least = Count(std::max<std::size_t>(found.size(), 1));
                bounds.smallest_at_least =
                    Question(circuit, root, variables, side).decides() ? 0 : 1;
                return bounds;
            }
            question.put(variable, false);
            if (!question.decides()) {
                question.put(variable, true);
                kept.push_back(variable);
            }
            work += circuit.size();
        }
        std::ranges::sort(kept);
        bounds.smallest_at_most = std::min<std::uint64_t>(
            bounds.smallest_at_most.value_or(~std::uint64_t{0}), kept.size());
        found.insert(std::move(kept));
        if (work > k_most_work) {
            break;
        }
        // Another order: turned by a part of its length, and every other time from the end.
        std::rotate(order.begin(),
                    order.begin() + variables / (static_cast<std::ptrdiff_t>(turn) + 2),
                    order.end());
        std::ranges::reverse(order);
    }
    bounds.at_least = Count(found.size());
    Question nobody(circuit, root, variables, side);
    bounds.smallest_at_least = nobody.decides() ? 0 : 1;
    return bounds;
}

}  // namespace cheget::analysis
