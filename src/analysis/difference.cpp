// Both formulas become one, with a variable that chooses between them: if s then `after` else
// `before`. So what they share is rewritten, taken apart and built once, and equal ones fall
// together at once.
#include "analysis/difference.h"

#include <algorithm>

#include "analysis/coalitions.h"
#include "analysis/equal_gates.h"
#include "analysis/simplify.h"
#include "analysis/solved.h"

namespace cheget::analysis {

namespace {

/// A function with one variable fixed, by depth of the variables.
class Fixing {
  public:
    Fixing(Diagram& diagram, std::uint32_t variable, bool value)
        : diagram_(diagram),
          variable_(variable),
          value_(value),
          done_(diagram.span(), Diagram::k_nothing) {}

    Diagram::Node fixed(Diagram::Node function) {
        if (diagram_.is_constant(function)) {
            return function;
        }
        if (done_[function] != Diagram::k_nothing) {
            return done_[function];
        }
        if (diagram_.variable_of(function) == variable_) {
            return done_[function] = value_ ? diagram_.high(function) : diagram_.low(function);
        }
        Diagram::Node low = fixed(diagram_.low(function));
        Diagram::Node high = low == Diagram::k_nothing ? low : fixed(diagram_.high(function));
        return done_[function] = high == Diagram::k_nothing
                                     ? high
                                     : diagram_.make(diagram_.variable_of(function), low, high);
    }

  private:
    Diagram& diagram_;
    std::uint32_t variable_;
    bool value_;
    std::vector<Diagram::Node> done_;
};

/// The minimal sets of `able` for which `before` does not hold, in the root module.
std::optional<Able> newly_able(Analysis& analysis, Solved& root, Diagram::Node able,
                               Diagram::Node before, std::size_t most_sets) {
    const Family::Node sets = root.family->newly_minimal(root.built.diagram, able, before);
    if (sets == Family::k_nothing) {
        return std::nullopt;
    }
    if (sets == Family::k_none) {
        return Able{};  // whoever is able was so before
    }
    root.sets[static_cast<std::size_t>(Side::acting)] = sets;
    return Able{analysis.coalitions(Side::acting).count,
                analysis.smallest_sets(Side::acting, most_sets)};
}

/// The two sides of the choice, `choice and one` xor `not choice and other`, without it: nothing if
/// they are not to be told apart any more.
struct TwoSides {
    std::vector<Wire> one;
    std::vector<Wire> other;
};
std::optional<TwoSides> sides_of(const Rooted& chosen, std::uint32_t chooser) {
    const Circuit& circuit = chosen.circuit;
    if (circuit.gate(chosen.root.gate()).kind != Circuit::Kind::exclusive) {
        return std::nullopt;
    }
    std::vector<std::vector<Wire>> sides;
    for (const Circuit::Input& side : circuit.inputs(chosen.root.gate())) {
        std::vector<Wire>& rest = sides.emplace_back();
        for (const Circuit::Input& input : circuit.inputs(side.wire.gate())) {
            const Circuit::Gate& gate = circuit.gate(input.wire.gate());
            if (gate.kind != Circuit::Kind::variable || gate.variable != chooser) {
                rest.push_back(input.wire);
            }
        }
    }
    return sides.size() == 2 ? std::optional(TwoSides{sides[0], sides[1]}) : std::nullopt;
}

/// Whether the formula, once its equal gates are one, still depends on the choice.
bool depends_on_choice(const Rooted& chosen, const std::optional<TwoSides>& sides) {
    const Circuit& circuit = chosen.circuit;
    return sides ? sides->one != sides->other
                 : circuit.gate(chosen.root.gate()).kind != Circuit::Kind::variable &&
                       circuit.gate(chosen.root.gate()).kind != Circuit::Kind::constant;
}

/// Both sides with a variable for each gate that they share and that is not below another such one.
/// If they are equal whatever these are, they are equal.
class Cut {
  public:
    Cut(const Circuit& from, Wire one, Wire other)
        : from_(from),
          below_one_(reachable(from, one)),
          below_other_(reachable(from, other)),
          images_(from.size()),
          next_(from.variables()) {
        one_ = image_of(one);
        other_ = image_of(other);
    }

    bool cuts() const { return next_ > from_.variables(); }
    bool is_equal(const Budget& budget) const {
        if (one_ == other_) {
            return true;
        }
        if (one_.gate() == 0 || other_.gate() == 0) {
            return false;
        }
        const auto found = difference(circuit_, one_, other_, budget);
        return found && found->same();
    }

  private:
    Wire image_of(Wire root) {
        const std::vector<bool> reached = needed(root);
        for (std::uint32_t number = 1; number <= root.gate(); ++number) {
            if (!reached[number]) {
                continue;
            }
            const Circuit::Gate& gate = from_.gate(number);
            if (gate.kind == Circuit::Kind::variable) {
                images_[number] = circuit_.variable(gate.variable);
            } else if (is_shared(number)) {
                if (images_[number].gate() == 0) {
                    images_[number] = circuit_.variable(next_++);
                }
            } else {
                std::vector<Circuit::Input> inputs;
                for (const Circuit::Input& input : from_.inputs(gate)) {
                    inputs.push_back({images_[input.wire.gate()], input.weight});
                }
                images_[number] = circuit_.threshold(gate.need, std::move(inputs));
            }
        }
        return images_[root.gate()];
    }

    bool is_shared(std::uint32_t number) const {
        return below_one_[number] && below_other_[number];
    }

    /// The gates down to those that are shared.
    std::vector<bool> needed(Wire root) const {
        std::vector<bool> marked(from_.size());
        marked[root.gate()] = true;
        for (std::uint32_t number = root.gate() + 1; number-- > 0;) {
            if (marked[number] && !is_shared(number)) {
                for (const Circuit::Input& input : from_.inputs(number)) {
                    marked[input.wire.gate()] = true;
                }
            }
        }
        return marked;
    }

    const Circuit& from_;
    std::vector<bool> below_one_;
    std::vector<bool> below_other_;
    std::vector<Wire> images_;
    std::uint32_t next_;
    Circuit circuit_;
    Wire one_;
    Wire other_;
};

constexpr std::uint64_t k_steps_of_cut = 20'000'000;
constexpr std::uint64_t k_nodes_of_cut = 1'000'000;

/// Whether both sides are equal for what they are made of, whatever that is.
bool is_equal_over_parts(const Circuit& circuit, const TwoSides& sides, const Budget& budget) {
    if (sides.one.size() != 1 || sides.other.size() != 1) {
        return false;
    }
    const Cut cut(circuit, sides.one[0], sides.other[0]);
    Budget small = budget;
    small.steps = std::min(budget.steps, k_steps_of_cut);
    small.nodes = std::min(budget.nodes, k_nodes_of_cut);
    return cut.cuts() && cut.is_equal(small);
}

/// All minimal coalitions of a formula, or none where all of them are able anyway.
std::optional<Able> all_able(const Circuit& circuit, Wire formula, const Budget& budget,
                             std::size_t most_sets) {
    auto analysis = Analysis::of(circuit, formula, budget);
    if (!analysis) {
        return std::nullopt;
    }
    return Able{analysis->coalitions(Side::acting).count,
                analysis->smallest_sets(Side::acting, most_sets)};
}

/// One of the two, or both, always hold or never do. A plain formula that is no constant holds for
/// everybody together and not for nobody.
std::optional<Difference> difference_of_constants(const Circuit& circuit, Wire before, Wire after,
                                                  const Budget& budget, std::size_t most_sets) {
    Difference difference;
    if (before != after && before != circuit.constant(true)) {
        if (before == circuit.constant(false) || after == circuit.constant(true)) {
            auto gained = all_able(circuit, after, budget, most_sets);
            if (!gained) {
                return std::nullopt;
            }
            difference.gained = std::move(*gained);
        }
    }
    if (before != after && after != circuit.constant(true)) {
        if (after == circuit.constant(false) || before == circuit.constant(true)) {
            auto lost = all_able(circuit, before, budget, most_sets);
            if (!lost) {
                return std::nullopt;
            }
            difference.lost = std::move(*lost);
        }
    }
    return difference;
}

}  // namespace

bool is_plain(const Circuit& circuit, Wire root) {
    std::vector<bool> reached = reachable(circuit, root);
    bool plain = !root.inverted() || root.gate() == 0;
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        if (!reached[number]) {
            continue;
        }
        plain = plain && circuit.gate(number).kind != Circuit::Kind::exclusive;
        for (const Circuit::Input& input : circuit.inputs(number)) {
            plain = plain && !input.wire.inverted();
        }
    }
    return plain;
}

std::optional<Difference> difference(const Circuit& circuit, Wire before, Wire after,
                                     const Budget& budget, std::size_t most_sets) {
    if (before.gate() == 0 || after.gate() == 0) {
        return difference_of_constants(circuit, before, after, budget, most_sets);
    }
    Circuit both = circuit;
    std::uint32_t chooser = both.variables();
    Wire choice = both.variable(chooser);
    const std::vector<Wire> new_side{choice, after};
    const std::vector<Wire> old_side{!choice, before};
    // Never both at once, so XOR is OR here; unlike an OR it keeps the choice at the top.
    Wire chosen = both.exclusive({both.all_of(new_side), both.all_of(old_side)});
    auto parts = std::make_unique<Analysis::Parts>(budget);
    Rooted simple = with_equal_gates_merged(both, chosen, parts->meter);
    const auto sides = sides_of(simple, chooser);
    if (!depends_on_choice(simple, sides) ||
        (sides && is_equal_over_parts(simple.circuit, *sides, budget))) {
        return Difference{};  // both sides turned out to be one gate, or equal over their parts
    }
    simple = simplified(simple.circuit, simple.root, &parts->meter);
    simple = grouped(simple.circuit, simple.root);
    Modules modules = modules_of(simple.circuit, simple.root);
    const std::vector<Module::Leaf>& leaves = modules.all.back().leaves;
    std::uint32_t leaf = 0;
    while (leaf < leaves.size() && (leaves[leaf].is_module || leaves[leaf].index != chooser)) {
        ++leaf;
    }
    if (leaf == leaves.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i + 1 < modules.all.size(); ++i) {
        if (!parts->solve(std::move(modules.all[i]), std::nullopt)) {
            return std::nullopt;
        }
    }
    auto built = build_diagram(modules.all.back(), parts->meter);
    if (!built) {
        return std::nullopt;
    }
    Diagram& diagram = built->diagram;
    Diagram::Node root = modules.inverted ? diagram.inverse(built->root) : built->root;
    if (root == Diagram::k_nothing) {
        return std::nullopt;
    }
    Diagram::Node old_root = Fixing(diagram, leaf, false).fixed(root);
    Diagram::Node new_root = Fixing(diagram, leaf, true).fixed(root);
    if (old_root == Diagram::k_nothing || new_root == Diagram::k_nothing) {
        return std::nullopt;
    }
    Solved solved{std::move(modules.all.back().leaves),   {},   std::move(*built),
                  std::make_unique<Family>(parts->meter), {{}}, true};
    auto order = solved.built.diagram.order();
    solved.leaf_at.assign(order.begin(), order.end());
    parts->modules.push_back(std::move(solved));
    Solved& last = parts->modules.back();
    Analysis analysis(std::move(parts));
    auto gained = newly_able(analysis, last, new_root, old_root, most_sets);
    auto lost = gained ? newly_able(analysis, last, old_root, new_root, most_sets) : std::nullopt;
    return lost ? std::optional(Difference{std::move(*gained), std::move(*lost)}) : std::nullopt;
}

}  // namespace cheget::analysis
