// Literals are one-sided: a gate's literal demands its inputs, and nothing more, since a formula
// that is monotone holds the better the more is in. Those that count variables are demanded by what
// is in, so that their absence bounds it.
#include "analysis/clauses.h"

#include <algorithm>
#include <cadical.hpp>
#include <map>
#include <numeric>
#include <utility>

namespace cheget::analysis {

namespace {

using Literal = int;
constexpr Literal k_true = 1;
constexpr Literal k_false = -1;
constexpr std::size_t k_most_sums = 20'000;

/// An input of a sum.
struct Part {
    Literal literal = k_false;
    std::uint64_t weight = 1;
    auto operator<=>(const Part&) const = default;
};

/// A binary tree over parts. Of an inner node the parts are those of its two sides.
struct Sum {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    Part part;  ///< of a leaf
    bool is_leaf = true;
    std::vector<std::uint64_t> values;          ///< what it can be, sorted, with 0
    std::map<std::uint64_t, Literal> at_least;  ///< made so far
};

class Stopping : public CaDiCaL::Terminator {
  public:
    explicit Stopping(const std::function<bool()>& go_on) : go_on_(go_on) {}
    bool terminate() override { return go_on_ && !go_on_(); }

  private:
    const std::function<bool()>& go_on_;
};

}  // namespace

struct Clauses::Impl {
    explicit Impl(std::uint64_t most) : literals_left(most) {
        solver.set("quiet", 1);
        clause({k_true});
    }

    CaDiCaL::Solver solver;
    std::uint64_t literals_left;
    bool is_full = false;
    Literal last = k_true;
    std::vector<Literal> variables;  ///< by variable; 0 where the formula lacks it
    std::vector<Sum> sums;
    std::map<std::vector<Part>, std::uint32_t> known;  ///< sums by their parts
    std::optional<std::uint32_t> people;               ///< the sum of all variables
    std::uint64_t variable_count = 0;

    Literal fresh() { return ++last; }

    void clause(std::span<const Literal> literals) {
        if (std::ranges::find(literals, k_true) != literals.end() && literals.size() > 1) {
            return;
        }
        if (literals.size() > literals_left) {
            is_full = true;
            return;
        }
        literals_left -= literals.size();
        for (const Literal literal : literals) {
            if (literal != k_false) {
                solver.add(literal);
            }
        }
        solver.add(0);
    }
    void clause(std::initializer_list<Literal> literals) {
        clause(std::span(literals.begin(), literals.size()));
    }

    std::uint32_t sum_of(const std::vector<Part>& parts) {
        if (const auto found = known.find(parts); found != known.end()) {
            return found->second;
        }
        Sum sum;
        if (parts.size() == 1) {
            sum.part = parts[0];
            sum.values = {0, parts[0].weight};
        } else {
            const auto middle = parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2);
            sum.is_leaf = false;
            sum.left = sum_of({parts.begin(), middle});
            sum.right = sum_of({middle, parts.end()});
            sum.values = sums_of_both(sums[sum.left].values, sums[sum.right].values);
        }
        sums.push_back(std::move(sum));
        const auto number = static_cast<std::uint32_t>(sums.size() - 1);
        known.emplace(parts, number);
        return number;
    }

    std::vector<std::uint64_t> sums_of_both(const std::vector<std::uint64_t>& left,
                                            const std::vector<std::uint64_t>& right) {
        std::vector<std::uint64_t> both;
        if (left.back() < left.size() && right.back() < right.size()) {  // each from 0 on
            both.resize(left.size() + right.size() - 1);
            std::iota(both.begin(), both.end(), std::uint64_t{0});
            is_full = is_full || both.size() > k_most_sums;
            return both;
        }
        if (left.size() * right.size() > literals_left) {
            is_full = true;
            return {0};
        }
        for (const std::uint64_t one : left) {
            for (const std::uint64_t other : right) {
                std::uint64_t sum = 0;
                both.push_back(__builtin_add_overflow(one, other, &sum) ? ~std::uint64_t{0} : sum);
            }
            if (both.size() > 64 * k_most_sums) {
                make_distinct(both);
            }
        }
        make_distinct(both);
        is_full = is_full || both.size() > k_most_sums;
        return is_full ? std::vector<std::uint64_t>{0} : both;
    }
    static void make_distinct(std::vector<std::uint64_t>& values) {
        std::ranges::sort(values);
        const auto repeated = std::ranges::unique(values);
        values.erase(repeated.begin(), repeated.end());
    }

    /// A literal that demands of a sum that it be at least `need`.
    Literal demanded(std::uint32_t number, std::uint64_t need) {
        if (need == 0) {
            return k_true;
        }
        const auto next = std::ranges::lower_bound(sums[number].values, need);
        if (is_full || next == sums[number].values.end()) {
            return k_false;
        }
        need = *next;
        if (sums[number].is_leaf) {
            return sums[number].part.literal;
        }
        if (const auto found = sums[number].at_least.find(need);
            found != sums[number].at_least.end()) {
            return found->second;
        }
        const Literal result = fresh();
        sums[number].at_least.emplace(need, result);
        const std::uint32_t left = sums[number].left;
        const std::uint32_t right = sums[number].right;
        // Whatever the left is, short of the next larger value, the right makes up for it.
        for (std::size_t i = 0; i < sums[left].values.size() && sums[left].values[i] < need; ++i) {
            const std::uint64_t value = sums[left].values[i];
            const bool is_last = i + 1 == sums[left].values.size();
            const Literal more = is_last ? k_false : demanded(left, sums[left].values[i + 1]);
            clause({-result, more, demanded(right, need - value)});
        }
        return result;
    }

    /// A literal that every `count` parts of a sum of weights 1 demand.
    Literal reached(std::uint32_t number, std::uint64_t count) {
        if (count == 0) {
            return k_true;
        }
        if (count >= sums[number].values.size()) {
            return k_false;
        }
        if (sums[number].is_leaf) {
            return sums[number].part.literal;
        }
        if (const auto found = sums[number].at_least.find(count);
            found != sums[number].at_least.end()) {
            return found->second;
        }
        const Literal result = fresh();
        sums[number].at_least.emplace(count, result);
        for (std::uint64_t of_left = 0; of_left <= count; ++of_left) {
            const Literal one = reached(sums[number].left, of_left);
            const Literal other = reached(sums[number].right, count - of_left);
            if (one != k_false && other != k_false) {
                clause(
                    {one == k_true ? k_false : -one, other == k_true ? k_false : -other, result});
            }
        }
        return result;
    }
};

Clauses::Clauses(std::uint64_t most_literals) : impl_(std::make_unique<Impl>(most_literals)) {}
Clauses::~Clauses() = default;
Clauses::Clauses(Clauses&&) noexcept = default;
Clauses& Clauses::operator=(Clauses&&) noexcept = default;

bool Clauses::demand(const Circuit& circuit, Wire root) {
    Impl& impl = *impl_;
    const std::vector<bool> reached = reachable(circuit, root);
    std::vector<Literal> literals(circuit.size(), k_false);
    impl.variables.assign(circuit.variables(), 0);
    std::vector<Part> people;
    for (std::uint32_t number = 1; number < circuit.size() && !impl.is_full; ++number) {
        if (!reached[number]) {
            continue;
        }
        const Circuit::Gate& gate = circuit.gate(number);
        const Literal own = literals[number] = impl.fresh();
        if (gate.kind == Circuit::Kind::variable) {
            impl.variables[gate.variable] = own;
            impl.solver.freeze(own);
            impl.solver.phase(-own);
            people.push_back({own, 1});
            continue;
        }
        std::vector<Part> parts;
        for (const Circuit::Input& input : circuit.inputs(gate)) {
            parts.push_back({literals[input.wire.gate()], input.weight});
        }
        if (circuit.is_and(gate)) {
            for (const Part& part : parts) {
                impl.clause({-own, part.literal});
            }
        } else if (circuit.is_or(gate)) {
            std::vector<Literal> any{-own};
            for (const Part& part : parts) {
                any.push_back(part.literal);
            }
            impl.clause(any);
        } else {
            impl.clause({-own, impl.demanded(impl.sum_of(parts), gate.need)});
        }
    }
    impl.clause({literals[root.gate()]});
    impl.variable_count = people.size();
    if (!people.empty() && !impl.is_full) {
        // A sum of its own: what is known of these parts has literals of the other kind.
        impl.known.clear();
        impl.people = impl.sum_of(people);
    }
    return !impl.is_full;
}

void Clauses::demand_one(std::span<const std::uint32_t> variables, bool in) {
    std::vector<Literal> literals;
    for (const std::uint32_t variable : variables) {
        const Literal literal = impl_->variables[variable];
        literals.push_back(in ? literal : -literal);
    }
    impl_->clause(literals);
}

Clauses::Answer Clauses::solve(std::optional<std::uint64_t> size, int conflicts,
                               const std::function<bool()>& go_on) {
    Impl& impl = *impl_;
    if (impl.is_full) {
        return Answer::stopped;
    }
    Literal bound = k_false;
    if (size && *size < impl.variable_count) {
        bound = impl.reached(*impl.people, *size + 1);
        if (impl.is_full) {
            return Answer::stopped;
        }
        impl.solver.assume(-bound);
    }
    Stopping stopping(go_on);
    impl.solver.connect_terminator(&stopping);
    impl.solver.limit("conflicts", conflicts);
    const int status = impl.solver.solve();
    impl.solver.disconnect_terminator();
    constexpr int k_satisfiable = 10;
    constexpr int k_unsatisfiable = 20;
    if (status == k_satisfiable) {
        return Answer::found;
    }
    if (status != k_unsatisfiable) {
        return Answer::stopped;
    }
    return bound != k_false && impl.solver.failed(-bound) ? Answer::none : Answer::never;
}

bool Clauses::is_full() const {
    return impl_->is_full;
}

bool Clauses::has(std::uint32_t variable) const {
    const Literal literal = variable < impl_->variables.size() ? impl_->variables[variable] : 0;
    return literal != 0 && impl_->solver.val(literal) > 0;
}

}  // namespace cheget::analysis
