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

/// Builds the module's function in the given order with at most `nodes` nodes at a time.
std::optional<Built> build_in_order(const Module& module, std::span<const std::uint32_t> order,
                                    std::size_t nodes, Meter& meter);

/// Tries the orders under a limit that grows, then improves the best by sifting. Nothing when the
/// budget is spent or the module has more than Diagram::k_most_variables leaves.
std::optional<Built> build_diagram(const Module& module, Meter& meter);

}  // namespace cheget::analysis
