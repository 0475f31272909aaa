// Gates that are spelt differently and mean the same: found by small diagrams, and made one.
#pragma once

#include "analysis/meter.h"
#include "analysis/simplify.h"

namespace cheget::analysis {

/// An equal circuit where gates of equal functions are one gate, as far as their diagrams are
/// small.
Rooted with_equal_gates_merged(const Circuit& circuit, Wire root, Meter& meter);

}  // namespace cheget::analysis
