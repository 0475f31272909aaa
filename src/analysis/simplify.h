// Rewriting a circuit into an equal one that is easier on diagrams: nested gates of one kind become
// one, inputs that always go together become one, what parts have in common is taken out of them,
// what a sibling decides is dropped. It makes modules appear that the author's layout hides.
#pragma once

#include "analysis/circuit.h"
#include "analysis/meter.h"

namespace cheget::analysis {

struct Rooted {
    Circuit circuit;
    Wire root;
};

/// An equal circuit, simplified until nothing changes or for `most_rounds` rounds. Each round takes
/// time in proportion to the wires, which are steps of the meter if one is given; once that is
/// spent there are no further ones.
Rooted simplified(const Circuit& circuit, Wire root, Meter* meter = nullptr, int most_rounds = 12);

}  // namespace cheget::analysis
