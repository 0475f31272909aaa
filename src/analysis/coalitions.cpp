// Solving the modules from the lowest to the root's, and counting their minimal sets.
#include "analysis/coalitions.h"

#include <algorithm>
#include <ranges>

#include "analysis/phases.h"
#include "analysis/simplify.h"
#include "analysis/solved.h"

namespace cheget::analysis {

namespace {

using Wide = unsigned __int128;

/// Counts the sets of a family whose levels stand for `weights[level]` sets each. `add_product(sum,
/// weight, count)` gives false when the sum does not fit.
template <typename Number, typename AddProduct>
std::optional<Number> counted(const Family& family, Family::Node root,
                              const std::vector<Number>& weights, AddProduct add_product) {
    std::vector<Number> counts(std::size_t{root} + 2);
    counts[Family::k_empty] = Number(1U);
    for (Family::Node node : nodes_below(family, root)) {
        const Family::Entry& entry = family.entry(node);
        counts[node] = counts[entry.without];
        if (!add_product(counts[node], weights[entry.level], counts[entry.with])) {
            return std::nullopt;
        }
    }
    return counts[root];
}

bool add_product_wide(Wide& sum, Wide weight, Wide count) {
    Wide product = 0;
    return !__builtin_mul_overflow(weight, count, &product) &&
           !__builtin_add_overflow(sum, product, &sum);
}

bool add_product_exact(Count& sum, const Count& weight, const Count& count) {
    sum += weight == Count(1) ? count : weight * count;
    return true;
}

Count count_sets(const Solved& solved, Side side, const std::vector<Count>& below) {
    std::vector<Count> weights;
    bool narrow = true;
    for (std::uint32_t level = 0; level < solved.leaf_at.size(); ++level) {
        const Module::Leaf& leaf = solved.leaf(level);
        weights.push_back(leaf.is_module ? below[leaf.index] : Count(1));
        narrow = narrow && weights.back().bits() <= 64;
    }
    if (narrow) {
        std::vector<Wide> narrow_weights;
        for (const Count& weight : weights) {
            narrow_weights.push_back(weight.low_bits());
        }
        if (auto count =
                counted(*solved.family, solved.root(side), narrow_weights, add_product_wide)) {
            return Count::of_bits(static_cast<std::uint64_t>(*count >> 64U),
                                  static_cast<std::uint64_t>(*count));
        }
    }
    return *counted(*solved.family, solved.root(side), weights, add_product_exact);
}

using Size = std::optional<std::uint64_t>;

Size smallest_size(const Solved& solved, Side side, const std::vector<Size>& below) {
    constexpr std::uint64_t k_never = ~std::uint64_t{0} / 4;
    Family::Node root = solved.root(side);
    std::vector<std::uint64_t> sizes(std::size_t{root} + 2, k_never);
    sizes[Family::k_empty] = 0;
    for (Family::Node node : nodes_below(*solved.family, root)) {
        const Family::Entry& entry = solved.family->entry(node);
        const Module::Leaf& leaf = solved.leaf(entry.level);
        std::uint64_t weight = leaf.is_module ? below[leaf.index].value_or(k_never) : 1;
        sizes[node] = std::min({sizes[entry.without], sizes[entry.with] + weight, k_never});
    }
    return sizes[root] == k_never ? std::nullopt : Size(sizes[root]);
}

/// The models of a module's function and of its opposite, each over the variables below it.
struct Models {
    Count holds;
    Count fails;
    std::size_t variables = 0;
};

Models count_models(const Solved& solved, const std::vector<Models>& below) {
    const Diagram& diagram = solved.built.diagram;
    std::uint32_t levels = diagram.variables();
    std::vector<Models> leaves;
    std::vector<std::size_t> left(levels + 1);  // variables at a level and under it
    for (std::uint32_t level = 0; level < levels; ++level) {
        const Module::Leaf& leaf = solved.leaf(level);
        leaves.push_back(leaf.is_module ? below[leaf.index] : Models{Count(1), Count(1), 1});
    }
    for (std::uint32_t level = levels; level-- > 0;) {
        left[level] = left[level + 1] + leaves[level].variables;
    }
    auto left_at = [&](Diagram::Node node) { return left[std::min(diagram.level(node), levels)]; };
    std::vector<Count> counts(diagram.span());
    counts[Diagram::k_true] = Count(1);
    for (const Diagram::Node node : nodes_from_root(solved) | std::views::reverse) {
        std::uint32_t level = diagram.level(node);
        auto side = [&](const Count& weight, Diagram::Node next) {
            return weight * counts[next] * Count::power_of_two(left[level + 1] - left_at(next));
        };
        counts[node] = side(leaves[level].fails, diagram.low(node)) +
                       side(leaves[level].holds, diagram.high(node));
    }
    Count holds =
        counts[solved.built.root] * Count::power_of_two(left[0] - left_at(solved.built.root));
    return {holds, Count::power_of_two(left[0]) - holds, left[0]};
}

}  // namespace

std::vector<Diagram::Node> nodes_from_root(const Solved& solved) {
    const Diagram& diagram = solved.built.diagram;
    std::vector<bool> met(diagram.span());
    std::vector<Diagram::Node> nodes;
    std::vector<Diagram::Node> waiting{solved.built.root};
    while (!waiting.empty()) {
        const Diagram::Node node = waiting.back();
        waiting.pop_back();
        if (!diagram.is_constant(node) && !met[node]) {
            met[node] = true;
            nodes.push_back(node);
            waiting.push_back(diagram.low(node));
            waiting.push_back(diagram.high(node));
        }
    }
    std::ranges::sort(nodes, {}, [&](Diagram::Node node) { return diagram.level(node); });
    return nodes;
}

std::vector<Family::Node> nodes_below(const Family& family, Family::Node root) {
    std::vector<bool> marked(std::max<std::size_t>(2, std::size_t{root} + 1));
    marked[root] = true;
    std::vector<Family::Node> nodes;
    for (Family::Node node = root; node > Family::k_empty; --node) {
        if (marked[node]) {
            marked[family.entry(node).without] = true;
            marked[family.entry(node).with] = true;
            nodes.push_back(node);
        }
    }
    std::ranges::reverse(nodes);
    return nodes;
}

Analysis::Analysis(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Analysis::Analysis(Analysis&&) noexcept = default;
Analysis& Analysis::operator=(Analysis&&) noexcept = default;
Analysis::~Analysis() = default;

bool Analysis::Parts::solve(Module module, std::optional<bool> root_inverted) {
    auto built = build_diagram(module, meter);
    if (!built) {
        return false;
    }
    Solved solved{std::move(module.leaves),        {},   std::move(*built),
                  std::make_unique<Family>(meter), {{}}, true};
    auto order = solved.built.diagram.order();
    solved.leaf_at.assign(order.begin(), order.end());
    auto prepared = prepare(module, solved.leaves, solved.built, phases, root_inverted);
    if (!prepared) {
        return false;
    }
    solved.monotone = prepared->monotone;
    phases.push_back(prepared->phases);
    for (Side side : {Side::acting, Side::blocking}) {
        auto index = static_cast<std::size_t>(side);
        solved.sets[index] =
            solved.family->minimal(solved.built.diagram, prepared->functions[index], side);
        if (solved.sets[index] == Family::k_nothing) {
            return false;
        }
    }
    meter.keep(solved.built.diagram.span() + solved.family->size());
    modules.push_back(std::move(solved));
    return true;
}

std::optional<Analysis> Analysis::of(const Circuit& circuit, Wire root, const Budget& budget) {
    auto parts = std::make_unique<Parts>(budget);
    Rooted simple = simplified(circuit, root, &parts->meter);
    simple = grouped(simple.circuit, simple.root);
    Modules taken_apart = modules_of(simple.circuit, simple.root);
    parts->root = taken_apart.root;
    parts->inverted = taken_apart.inverted;
    for (std::size_t i = 0; i < taken_apart.all.size(); ++i) {
        bool is_root = i + 1 == taken_apart.all.size();
        if (!parts->solve(std::move(taken_apart.all[i]),
                          is_root ? std::optional(taken_apart.inverted) : std::nullopt)) {
            return std::nullopt;
        }
    }
    return Analysis(std::move(parts));
}

Coalitions Analysis::coalitions(Side side) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->has_empty_set(side) ? Coalitions{Count(1), 0} : Coalitions{};
    }
    std::vector<Count> counts;
    std::vector<Size> sizes;
    for (const Solved& solved : parts_->modules) {
        counts.push_back(count_sets(solved, side, counts));
        sizes.push_back(smallest_size(solved, side, sizes));
    }
    return {counts.back(), sizes.back()};
}

Count Analysis::models(std::uint32_t variables) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->root == Modules::Root::always ? Count::power_of_two(variables) : Count();
    }
    std::vector<Models> models;
    for (const Solved& solved : parts_->modules) {
        models.push_back(count_models(solved, models));
    }
    const Models& root = models.back();
    return (parts_->inverted ? root.fails : root.holds) *
           Count::power_of_two(variables - root.variables);
}

bool Analysis::is_monotone() const {
    return std::ranges::all_of(parts_->modules, &Solved::monotone);
}

std::size_t Analysis::diagram_nodes() const {
    std::size_t nodes = 0;
    for (const Solved& solved : parts_->modules) {
        nodes += solved.built.diagram.size();
    }
    return nodes;
}

std::uint64_t Analysis::steps_taken() const {
    return parts_->meter.steps_taken();
}

std::size_t Analysis::family_nodes() const {
    std::size_t nodes = 0;
    for (const Solved& solved : parts_->modules) {
        nodes += solved.family->size();
    }
    return nodes;
}

}  // namespace cheget::analysis
