// The diagram of one module, in the best order found within limits.
#pragma once

#include <optional>

#include "analysis/diagram.h"
#include "analysis/modules.h"

namespace cheget::analysis {

struct Built {
    Diagram diagram;
    Diagram::Node root;
};

/// Tries the orders under a limit that grows, then improves the best by sifting. Nothing when the
/// budget is spent or the module has more than Diagram::k_most_variables leaves.
std::optional<Built> build_diagram(const Module& module, Meter& meter);

}  // namespace cheget::analysis
