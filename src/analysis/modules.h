// Modules: parts of a circuit whose variables occur nowhere else. Each is solved by itself and
// stands as one leaf in the module above it, so that what is independent is never multiplied out.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simplify.h"

namespace cheget::analysis {

/// One module's own gates, in a numbering of its own: leaves first, then gates, inputs before the
/// gates that use them; the last gate is the module's root.
struct Module {
    struct Leaf {
        bool is_module = false;
        std::uint32_t index = 0;  ///< the variable, or the place in Modules::all
    };
    struct Input {
        std::uint32_t node = 0;  ///< a leaf, or leaves.size() + a gate
        bool inverted = false;
        std::uint64_t weight = 1;
    };
    struct Gate {
        bool exclusive = false;  ///< else a threshold
        std::uint64_t need = 0;
        std::vector<Input> inputs;
    };
    std::vector<Leaf> leaves;
    std::vector<Gate> gates;

    std::size_t size() const { return leaves.size() + gates.size(); }
};

struct Modules {
    enum class Root : std::uint8_t { never, always, module };
    Root root = Root::module;
    bool inverted = false;    ///< the root stands for the last module's opposite
    std::vector<Module> all;  ///< below before above; the last is the root's
};

/// An equal circuit where inputs of an AND or OR that share no variable with other inputs, nor with
/// anything else, have become gates of their own, and wide gates are trees of narrower ones.
Rooted grouped(const Circuit& circuit, Wire root);

/// Takes a circuit apart into its modules.
Modules modules_of(const Circuit& circuit, Wire root);

}  // namespace cheget::analysis
