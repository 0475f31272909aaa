// Numbers read off the diagrams in one pass: how many minimal sets have each size, how probable it
// is that the formula holds, and how often each variable decides.
#include <algorithm>
#include <cmath>

#include "analysis/solved.h"

namespace cheget::analysis {

namespace {

using Wide = unsigned __int128;

// Polynomials: coefficient i counts the sets of size i.
template <typename Number>
using Polynomial = std::vector<Number>;

void add_product(Wide& sum, const Wide& left, const Wide& right) {
    sum += left * right;
}
void add_product(Count& sum, const Count& left, const Count& right) {
    sum += left * right;
}
bool is_zero(const Wide& number) {
    return number == 0;
}
bool is_zero(const Count& number) {
    return number.is_zero();
}

/// Limits the coefficients that are multiplied.
class Work {
  public:
    bool take(std::size_t products) {
        done_ += products;
        return done_ <= k_most;
    }

  private:
    static constexpr std::size_t k_most = 400'000'000;
    std::size_t done_ = 0;
};

/// sum += factor · one.
template <typename Number>
bool add(Polynomial<Number>& sum, const Polynomial<Number>& factor, const Polynomial<Number>& one,
         Work& work) {
    if (factor.empty() || one.empty()) {
        return true;
    }
    sum.resize(std::max(sum.size(), factor.size() + one.size() - 1));
    for (std::size_t i = 0; i < factor.size(); ++i) {
        if (is_zero(factor[i])) {
            continue;
        }
        if (!work.take(one.size())) {
            return false;
        }
        for (std::size_t j = 0; j < one.size(); ++j) {
            add_product(sum[i + j], factor[i], one[j]);
        }
    }
    return true;
}

template <typename Number>
std::optional<Polynomial<Number>> sizes_of(const Solved& solved, Side side,
                                           const std::vector<Polynomial<Number>>& below,
                                           Work& work) {
    const Family& family = *solved.family;
    const Family::Node root = solved.root(side);
    const Polynomial<Number> one_variable{Number(0U), Number(1U)};
    const auto nodes = nodes_below(family, root);
    std::vector<std::uint32_t> uses(std::size_t{root} + 2);
    for (const Family::Node node : nodes) {
        ++uses[family.entry(node).without];
        ++uses[family.entry(node).with];
    }
    std::vector<Polynomial<Number>> found(std::size_t{root} + 2);
    found[Family::k_empty] = {Number(1U)};
    for (const Family::Node node : nodes) {
        const Family::Entry& entry = family.entry(node);
        const Module::Leaf& leaf = solved.leaf(entry.level);
        found[node] = found[entry.without];
        if (!work.take(found[node].size()) ||
            !add(found[node], leaf.is_module ? below[leaf.index] : one_variable, found[entry.with],
                 work)) {
            return std::nullopt;
        }
        for (const Family::Node used : {entry.without, entry.with}) {
            if (--uses[used] == 0 && used > Family::k_empty) {
                Polynomial<Number>().swap(found[used]);
            }
        }
    }
    return std::move(found[root]);
}

Count to_count(const Wide& number) {
    return Count::of_bits(static_cast<std::uint64_t>(number >> 64U),
                          static_cast<std::uint64_t>(number));
}
Count to_count(const Count& number) {
    return number;
}

template <typename Number>
std::optional<std::vector<Count>> sizes_of_all(const std::vector<Solved>& modules, Side side) {
    Work work;
    std::vector<Polynomial<Number>> found;
    for (const Solved& solved : modules) {
        auto one = sizes_of<Number>(solved, side, found, work);
        if (!one) {
            return std::nullopt;
        }
        found.push_back(std::move(*one));
    }
    std::vector<Count> counts;
    for (const Number& number : found.back()) {
        counts.push_back(to_count(number));
    }
    return counts;
}

using Real = long double;

}  // namespace

std::optional<std::vector<Count>> Analysis::sizes(Side side) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->has_empty_set(side) ? std::vector<Count>{Count(1)} : std::vector<Count>{};
    }
    // No part of a family has more sets than the whole.
    return coalitions(side).count.bits() <= 128 ? sizes_of_all<Wide>(parts_->modules, side)
                                                : sizes_of_all<Count>(parts_->modules, side);
}

/// A module's diagram with a probability for each level.
class Analysis::Passes {
  public:
    explicit Passes(const Parts& parts) : parts_(parts) {
        for (const Solved& solved : parts.modules) {
            nodes_.push_back(nodes_from_root(solved));
        }
    }

    /// The probability of the root; fills what deciding() needs.
    Real up(const std::vector<Real>& of_variable) {
        values_.assign(parts_.modules.size(), {});
        roots_.clear();
        for (std::size_t i = 0; i < parts_.modules.size(); ++i) {
            const Solved& solved = parts_.modules[i];
            const Diagram& diagram = solved.built.diagram;
            std::vector<Real>& values = values_[i];
            values.assign(diagram.span(), 0);
            values[Diagram::k_true] = 1;
            for (auto node = nodes_[i].rbegin(); node != nodes_[i].rend(); ++node) {
                const Real holds = leaf_value(solved, diagram.level(*node), of_variable);
                values[*node] =
                    (1 - holds) * values[diagram.low(*node)] + holds * values[diagram.high(*node)];
            }
            roots_.push_back(values[solved.built.root]);
        }
        return parts_.inverted ? 1 - roots_.back() : roots_.back();
    }

    /// By how much each variable's being true rather than false changes the root's probability.
    std::vector<Real> deciding(const std::vector<Real>& of_variable) {
        up(of_variable);
        std::vector<Real> deciding(of_variable.size());
        std::vector<Real> outer(parts_.modules.size());
        outer.back() = parts_.inverted ? -1 : 1;
        for (std::size_t i = parts_.modules.size(); i-- > 0;) {
            const Solved& solved = parts_.modules[i];
            const Diagram& diagram = solved.built.diagram;
            std::vector<Real> reached(diagram.span());
            reached[solved.built.root] = outer[i];
            for (const Diagram::Node node : nodes_[i]) {
                const std::uint32_t level = diagram.level(node);
                const Module::Leaf& leaf = solved.leaf(level);
                const Real holds = leaf_value(solved, level, of_variable);
                const Diagram::Node low = diagram.low(node);
                const Diagram::Node high = diagram.high(node);
                reached[low] += reached[node] * (1 - holds);
                reached[high] += reached[node] * holds;
                const Real change = reached[node] * (values_[i][high] - values_[i][low]);
                (leaf.is_module ? outer[leaf.index] : deciding[leaf.index]) += change;
            }
        }
        return deciding;
    }

  private:
    Real leaf_value(const Solved& solved, std::uint32_t level,
                    const std::vector<Real>& of_variable) const {
        const Module::Leaf& leaf = solved.leaf(level);
        return leaf.is_module ? roots_[leaf.index] : of_variable[leaf.index];
    }

    const Parts& parts_;
    std::vector<std::vector<Diagram::Node>> nodes_;
    std::vector<std::vector<Real>> values_;
    std::vector<Real> roots_;
};

long double Analysis::probability(const std::vector<long double>& of_variable) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->root == Modules::Root::always ? 1 : 0;
    }
    return Passes(*parts_).up(of_variable);
}

std::vector<long double> Analysis::banzhaf(std::uint32_t variables) const {
    if (parts_->root != Modules::Root::module) {
        return std::vector<Real>(variables);
    }
    return Passes(*parts_).deciding(std::vector<Real>(variables, 0.5L));
}

namespace {

struct QuadraturePoint {
    Real at;
    Real weight;
};

/// Gauss and Legendre's points for [0, 1]: exact for polynomials up to degree 2 · points - 1.
std::vector<QuadraturePoint> quadrature(std::uint32_t points) {
    std::vector<QuadraturePoint> all(points);
    const Real pi = std::acos(Real{-1});
    for (std::uint32_t i = 0; i < points; ++i) {
        Real x = std::cos(pi * (i + 0.75L) / (points + 0.5L));
        Real slope = 1;
        for (int round = 0; round < 20; ++round) {  // Newton's steps; they double the digits
            Real value = x;
            Real before = 1;
            for (std::uint32_t k = 2; k <= points; ++k) {
                const Real next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
                before = value;
                value = next;
            }
            if (points == 1) {
                before = 1;
            }
            slope = points * (x * value - before) / (x * x - 1);
            x -= value / slope;
        }
        all[i] = {(1 - x) / 2, 1 / ((1 - x * x) * slope * slope)};
    }
    return all;
}

}  // namespace

std::vector<long double> Analysis::shapley(std::uint32_t variables) const {
    std::vector<Real> power(variables);
    if (parts_->root != Modules::Root::module) {
        return power;
    }
    // Owen (1972): the integral of what each decides when all others join with the same
    // probability, a polynomial of degree variables - 1 in it.
    Passes passes(*parts_);
    for (const QuadraturePoint& point : quadrature(variables / 2 + 1)) {
        const auto deciding = passes.deciding(std::vector<Real>(variables, point.at));
        for (std::uint32_t i = 0; i < variables; ++i) {
            power[i] += point.weight * deciding[i];
        }
    }
    return power;
}

}  // namespace cheget::analysis
