// What coalitions.cpp and what reads answers off share: the modules with their diagrams. Not for
// use from outside the folder.
#pragma once

#include <memory>
#include <vector>

#include "analysis/build_diagram.h"
#include "analysis/coalitions.h"
#include "analysis/family.h"
#include "analysis/modules.h"
#include "analysis/phases.h"

namespace cheget::analysis {

/// A module solved: its diagram, and on each side its minimal sets over its leaves.
struct Solved {
    std::vector<Module::Leaf> leaves;
    std::vector<std::uint32_t> leaf_at;  ///< by level
    Built built;
    std::unique_ptr<Family> family;
    Family::Node sets[2] = {Family::k_none, Family::k_none};
    bool monotone = true;

    const Module::Leaf& leaf(std::uint32_t level) const { return leaves[leaf_at[level]]; }
    Family::Node root(Side side) const { return sets[static_cast<std::size_t>(side)]; }
};

struct Analysis::Parts {
    explicit Parts(const Budget& budget) : meter(budget) {}

    Meter meter;  ///< the diagrams refer to it
    Modules::Root root = Modules::Root::module;
    bool inverted = false;
    std::vector<Solved> modules;
    std::vector<Phases> phases;  ///< beside modules

    /// Solves one module more, the root's as it is or inverted. False past the budget.
    bool solve(Module module, std::optional<bool> root_inverted);

    /// Of a constant formula: whether the empty set is the only one on that side, or there is none.
    bool has_empty_set(Side side) const {
        return (root == Modules::Root::always) == (side == Side::acting);
    }
};

/// The nodes of a module's diagram by level, the root first; no constants.
std::vector<Diagram::Node> nodes_from_root(const Solved& solved);

/// The nodes of a family below `root`, itself among them, those they refer to first; no constants.
std::vector<Family::Node> nodes_below(const Family& family, Family::Node root);

}  // namespace cheget::analysis
