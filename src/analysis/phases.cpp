// Rewriting diagrams of formulas that are not monotone.
#include "analysis/phases.h"

#include <algorithm>

namespace cheget::analysis {

namespace {

bool is_plain(const Module& module) {
    return std::ranges::none_of(module.gates, [](const Module::Gate& gate) {
        return gate.exclusive || std::ranges::any_of(gate.inputs, &Module::Input::inverted);
    });
}

/// Functions of one diagram rewritten from below; each node once.
class Rewriting {
  public:
    explicit Rewriting(Diagram& diagram) : diagram_(diagram) {}

    /// The function with some variables inverted.
    Diagram::Node inverted(Diagram::Node function, const std::vector<bool>& variables) {
        return rewritten(function,
                         [&](std::uint32_t variable, Diagram::Node low, Diagram::Node high) {
                             return variables[variable] ? diagram_.make(variable, high, low)
                                                        : diagram_.make(variable, low, high);
                         });
    }

    /// The smallest monotone function above it, or the largest below it.
    Diagram::Node closed(Diagram::Node function, Side side) {
        return rewritten(function,
                         [&](std::uint32_t variable, Diagram::Node low, Diagram::Node high) {
                             if (side == Side::acting) {
                                 high = diagram_.either(low, high);
                             } else {
                                 low = diagram_.both(low, high);
                             }
                             return low == Diagram::k_nothing || high == Diagram::k_nothing
                                        ? Diagram::k_nothing
                                        : diagram_.make(variable, low, high);
                         });
    }

  private:
    template <typename Make>
    Diagram::Node rewritten(Diagram::Node function, Make make) {
        done_.assign(diagram_.span(), Diagram::k_nothing);
        return below(function, make);
    }

    template <typename Make>
    Diagram::Node below(Diagram::Node function, Make& make) {
        if (diagram_.is_constant(function)) {
            return function;
        }
        if (done_[function] != Diagram::k_nothing) {
            return done_[function];
        }
        Diagram::Node low = below(diagram_.low(function), make);
        Diagram::Node high = low == Diagram::k_nothing ? low : below(diagram_.high(function), make);
        if (high == Diagram::k_nothing) {
            return high;
        }
        return done_[function] = make(diagram_.variable_of(function), low, high);
    }

    Diagram& diagram_;
    std::vector<Diagram::Node> done_;
};

/// The function's value for nobody, or for everybody.
bool value_at_end(const Diagram& diagram, Diagram::Node function, Side side) {
    while (!diagram.is_constant(function)) {
        function = side == Side::acting ? diagram.low(function) : diagram.high(function);
    }
    return function == Diagram::k_true;
}

}  // namespace

std::optional<Prepared> prepare(const Module& module, const std::vector<Module::Leaf>& leaves,
                                Built& built, const std::vector<Phases>& below,
                                std::optional<bool> root_inverted) {
    Prepared prepared{{built.root, built.root}, {}, true};
    Diagram& diagram = built.diagram;
    bool plain = is_plain(module) && !root_inverted.value_or(false);
    for (Side side : {Side::acting, Side::blocking}) {
        auto index = static_cast<std::size_t>(side);
        std::vector<bool> inverted;
        for (const Module::Leaf& leaf : leaves) {
            inverted.push_back(leaf.is_module && below[leaf.index].flipped[index]);
        }
        bool any = std::ranges::find(inverted, true) != inverted.end();
        if (plain && !any) {
            continue;
        }
        Rewriting rewriting(diagram);
        Diagram::Node function = built.root;
        if (any) {
            function = rewriting.inverted(function, inverted);
        }
        bool flip = root_inverted
                        ? *root_inverted
                        : function != Diagram::k_nothing &&
                              value_at_end(diagram, function, side) == (side == Side::acting);
        if (flip) {
            function = diagram.inverse(function);
        }
        prepared.phases.flipped[index] = !root_inverted && flip;
        if (function == Diagram::k_nothing) {
            return std::nullopt;
        }
        Diagram::Node closed = rewriting.closed(function, side);
        if (closed == Diagram::k_nothing) {
            return std::nullopt;
        }
        prepared.monotone =
            prepared.monotone && closed == function && !any && !prepared.phases.flipped[index];
        prepared.functions[index] = closed;
    }
    return prepared;
}

}  // namespace cheget::analysis
