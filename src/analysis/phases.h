// Formulas with NOT and XOR. A minimal set is taken among all sets for which the formula holds, so
// the diagram is first closed upwards (for acting sets) or downwards (for blocking ones); a
// monotone diagram already is. A module may be true of nobody, or false of everybody: then its
// opposite takes its place, so that its leaf above means "some minimal set of it is there".
#pragma once

#include <optional>
#include <vector>

#include "analysis/build_diagram.h"
#include "analysis/family.h"

namespace cheget::analysis {

/// For each side whether a module stands for its opposite: by Side's numbers.
struct Phases {
    bool flipped[2] = {false, false};
};

struct Prepared {
    Diagram::Node functions[2];  ///< monotone; by Side's numbers
    Phases phases;
    bool monotone = true;
};

/// Prepares a module's diagram, whose leaves of modules have the phases `below`. The root module's
/// function is meant as it is, or inverted: `root_inverted`; others choose their phases. Nothing
/// when the budget is spent.
std::optional<Prepared> prepare(const Module& module, const std::vector<Module::Leaf>& leaves,
                                Built& built, const std::vector<Phases>& below,
                                std::optional<bool> root_inverted);

}  // namespace cheget::analysis
