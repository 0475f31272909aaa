// Both sides are searched for acting sets: for blocking ones in the dual formula. A set that the
// solver comes up with is shrunk to a minimal one, of which it then must lack a member; and each
// minimal set of one side has a member in every set of the other, which the other side's solver is
// told (the dualization behind implicit hitting sets: Reiter 1987; Liffiton, Malik 2013).
#include "analysis/search.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "analysis/clauses.h"
#include "analysis/difference.h"
#include "analysis/evaluation.h"
#include "analysis/simplify.h"

namespace cheget::analysis {

namespace {

using Set = std::vector<std::uint32_t>;

constexpr int k_first_turns = 16;                     // shrunk from everything, in different orders
constexpr int k_most_turns = 400;                     // the same, where there is no solver to ask
constexpr std::uint64_t k_work_of_step = 20'000'000;  // wires looked at
constexpr int k_first_conflicts = 1000;
constexpr int k_most_conflicts = 8000;
constexpr int k_others_in_between = 50;
constexpr std::size_t k_largest_simplified = 50'000;  // gates
constexpr std::size_t k_most_told = 5000;             // sets of the other side

/// What holds when the formula fails for all the others; nothing where its numbers don't fit.
std::optional<Rooted> dual_of(const Circuit& circuit, Wire root) {
    Rooted dual;
    std::vector<Wire> images(circuit.size());
    images[0] = dual.circuit.constant(true);
    for (std::uint32_t number = 1; number <= root.gate(); ++number) {
        const Circuit::Gate& gate = circuit.gate(number);
        if (gate.kind == Circuit::Kind::variable) {
            images[number] = dual.circuit.variable(gate.variable);
            continue;
        }
        std::vector<Circuit::Input> inputs;
        std::uint64_t total = 0;
        for (const Circuit::Input& input : circuit.inputs(number)) {
            inputs.push_back({images[input.wire.gate()], input.weight});
            if (__builtin_add_overflow(total, input.weight, &total)) {
                return std::nullopt;
            }
        }
        images[number] = dual.circuit.threshold(total - gate.need + 1, std::move(inputs));
    }
    dual.root = images[root.gate()] ^ root.inverted();
    return dual;
}

/// The minimal acting sets of one formula.
class SideSearch {
  public:
    SideSearch(Rooted formula, const Search::Limits& limits)
        : formula_(std::move(formula)),
          limits_(limits),
          evaluation_(formula_.circuit, formula_.root),
          clauses_(limits.literals) {
        if (formula_.root.gate() == 0) {
            is_complete_ = true;
            if (formula_.root == formula_.circuit.constant(true)) {
                found_.insert(Set{});
                smallest_ = 0;
            }
            return;
        }
        for (std::uint32_t i = 0; i < formula_.circuit.variables(); ++i) {
            if (evaluation_.knows(i)) {
                order_.push_back(i);
            }
        }
        lower_ = least_size(formula_.circuit, formula_.root);
    }

    /// The constant formulas aside nobody suffices and everybody does.
    bool step() {
        if (is_complete_) {
            return false;
        }
        if (!shrinking_.empty()) {
            shrink();
        } else if (turns_ < k_first_turns || (cannot_solve_ && turns_ < k_most_turns)) {
            turn();
        } else if (cannot_solve_) {
            return false;
        } else if (!is_encoded_) {
            is_encoded_ = true;
            cannot_solve_ = !clauses_.demand(formula_.circuit, formula_.root);
            for (const Set& set : found_) {
                clauses_.demand_one_out(set);
            }
        } else {
            solve();
        }
        return true;
    }

    /// A minimal set of the other side.
    void hit(const Set& set) {
        if (!is_complete_ && !cannot_solve_ && told_++ < k_most_told) {
            if (is_encoded_) {
                clauses_.demand_one_in(set);
            } else {
                to_hit_.push_back(set);
            }
        }
    }

    /// Sets that were found since this was called last.
    std::vector<Set> newly_found() { return std::exchange(new_, {}); }

    Bounds bounds() const {
        Bounds bounds;
        bounds.at_least = Count(found_.size());
        bounds.at_most = is_complete_
                             ? bounds.at_least
                             : largest_antichain(static_cast<std::uint32_t>(order_.size()));
        bounds.smallest_at_most = smallest_;
        bounds.smallest_at_least =
            is_complete_ ? smallest_.value_or(0) : std::min(lower_, smallest_.value_or(lower_));
        return bounds;
    }

    const std::set<Set>& found() const { return found_; }

  private:
    /// From everything, in another order: turned by a part of its length, and every other time from
    /// the end.
    void turn() {
        if (turns_ > 0) {
            const auto size = static_cast<std::ptrdiff_t>(order_.size());
            std::rotate(order_.begin(), order_.begin() + size / (turns_ + 1), order_.end());
            std::ranges::reverse(order_);
        }
        ++turns_;
        for (const std::uint32_t variable : order_) {
            evaluation_.put(variable, true);
        }
        shrinking_ = order_;
    }

    /// Takes out what is not needed.
    void shrink() {
        const std::uint64_t before = evaluation_.work();
        while (next_ < shrinking_.size()) {
            if (evaluation_.work() - before > k_work_of_step) {
                note_size(shrinking_.size() - next_ + kept_.size());
                return;
            }
            const std::uint32_t variable = shrinking_[next_++];
            evaluation_.put(variable, false);
            if (!evaluation_.holds()) {
                evaluation_.put(variable, true);
                kept_.push_back(variable);
            }
        }
        for (const std::uint32_t variable : kept_) {
            evaluation_.put(variable, false);
        }
        shrinking_.clear();
        next_ = 0;
        Set set = std::exchange(kept_, {});
        std::ranges::sort(set);
        note_size(set.size());
        if (found_.insert(set).second) {
            if (is_encoded_) {
                clauses_.demand_one_out(set);
            }
            new_.push_back(std::move(set));
        }
    }

    void note_size(std::uint64_t size) { smallest_ = std::min(smallest_.value_or(size), size); }

    void solve() {
        for (const Set& set : std::exchange(to_hit_, {})) {
            clauses_.demand_one_in(set);
        }
        // By turns whether there is any of the smallest size that there still may be, and any
        // smaller than the smallest known. When these become hard, others are found in between.
        std::optional<std::uint64_t> size;
        if (smallest_ && lower_ < *smallest_ && others_first_ == 0) {
            size = asks_for_less_ ? *smallest_ - 1 : lower_;
            asks_for_less_ = !asks_for_less_;
        }
        others_first_ -= others_first_ > 0 ? 1 : 0;
        switch (clauses_.solve(size, conflicts_, limits_.go_on)) {
            case Clauses::Answer::found:
                for (const std::uint32_t variable : order_) {
                    if (clauses_.has(variable)) {
                        evaluation_.put(variable, true);
                        shrinking_.push_back(variable);
                    }
                }
                break;
            case Clauses::Answer::none:
                lower_ = std::max(lower_, *size + 1);
                break;
            case Clauses::Answer::never:
                is_complete_ = true;
                break;
            case Clauses::Answer::stopped:
                conflicts_ = std::min(2 * conflicts_, k_most_conflicts);
                others_first_ = size ? k_others_in_between : 0;
                break;
        }
        cannot_solve_ = clauses_.is_full();
    }

    Rooted formula_;
    const Search::Limits& limits_;
    Evaluation evaluation_;
    Clauses clauses_;
    Set order_;  ///< the variables that the formula knows
    int turns_ = 0;
    bool is_encoded_ = false;
    bool cannot_solve_ = false;
    bool is_complete_ = false;
    bool asks_for_less_ = false;
    int others_first_ = 0;
    int conflicts_ = k_first_conflicts;
    Set shrinking_;  ///< what is in, on its way to a minimal set
    std::size_t next_ = 0;
    Set kept_;  ///< of those before `next_`
    std::set<Set> found_;
    std::vector<Set> new_;
    std::vector<Set> to_hit_;
    std::size_t told_ = 0;
    std::uint64_t lower_ = 1;  ///< whatever is not found yet is no smaller
    std::optional<std::uint64_t> smallest_;
};

}  // namespace

struct Search::Impl {
    Limits limits;
    std::uint32_t variables = 0;
    std::optional<SideSearch> sides[2];  ///< none where the formula isn't plain
    std::size_t turn = 0;
};

Search::Search(const Circuit& circuit, Wire root, std::uint32_t variables, Limits limits)
    : impl_(std::make_unique<Impl>()) {
    impl_->limits = std::move(limits);
    impl_->variables = variables;
    if (!is_plain(circuit, root)) {
        return;
    }
    Rooted simple{circuit, root};
    if (circuit.size() <= k_largest_simplified) {
        simple = simplified(circuit, root);
    }
    if (!is_plain(simple.circuit, simple.root)) {
        simple = {circuit, root};
    }
    if (auto dual = dual_of(simple.circuit, simple.root)) {
        impl_->sides[0].emplace(std::move(simple), impl_->limits);
        impl_->sides[1].emplace(std::move(*dual), impl_->limits);
    }
}
Search::~Search() = default;
Search::Search(Search&&) noexcept = default;
Search& Search::operator=(Search&&) noexcept = default;

bool Search::step() {
    for (int tries = 0; tries < 2; ++tries) {
        const std::size_t own = impl_->turn++ % 2;
        if (impl_->sides[own] && impl_->sides[own]->step()) {
            for (const Set& set : impl_->sides[own]->newly_found()) {
                impl_->sides[1 - own]->hit(set);
            }
            return true;
        }
    }
    return false;
}

Bounds Search::bounds(Side side) const {
    const auto& own = impl_->sides[static_cast<std::size_t>(side)];
    if (own) {
        return own->bounds();
    }
    return {Count(), largest_antichain(impl_->variables), 0, std::nullopt};
}

std::vector<std::vector<std::uint32_t>> Search::smallest_found(Side side, std::size_t most) const {
    std::vector<Set> sets;
    if (const auto& own = impl_->sides[static_cast<std::size_t>(side)]) {
        sets.assign(own->found().begin(), own->found().end());
    }
    std::ranges::stable_sort(sets, {}, [](const Set& set) { return set.size(); });
    sets.resize(std::min(sets.size(), most));
    return sets;
}

}  // namespace cheget::analysis
