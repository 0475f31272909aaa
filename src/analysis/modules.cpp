// Finding modules in time linear in the wires: a gate is a module if a walk over the circuit sees
// nothing below it before it enters the gate first or after it leaves it (Dutuit, Rauzy 1996).
#include "analysis/modules.h"

#include <algorithm>
#include <numeric>

namespace cheget::analysis {

namespace {

// An AND or OR of more independent inputs than this becomes a tree of such gates.
constexpr std::size_t k_widest_group = 64;
// Gates visited in search of groups; a circuit that would need more keeps the rest ungrouped.
constexpr std::size_t k_most_grouping_visits = 50'000'000;

struct Visit {
    std::uint32_t entered = 0;
    std::uint32_t left = 0;  ///< 0 while still inside
    std::uint32_t last = 0;
};

/// A walk from the root; each gate's inputs are walked the first time it is met.
std::vector<Visit> walk(const Circuit& circuit, Wire root) {
    struct Open {
        std::uint32_t gate;
        std::size_t next;
    };
    std::vector<Visit> visits(circuit.size());
    std::uint32_t date = 1;
    std::vector<Open> open{{root.gate(), 0}};
    visits[root.gate()].entered = date;
    while (!open.empty()) {
        Open& top = open.back();
        std::uint32_t gate = top.gate;
        auto inputs = circuit.inputs(gate);
        if (top.next == inputs.size()) {
            visits[gate].left = visits[gate].last = ++date;
            open.pop_back();
            continue;
        }
        std::uint32_t below = inputs[top.next++].wire.gate();
        if (visits[below].entered == 0) {
            visits[below].entered = ++date;
            open.push_back({below, 0});
        } else {
            visits[below].last = ++date;
        }
    }
    return visits;
}

std::vector<bool> find_modules(const Circuit& circuit, Wire root) {
    std::vector<Visit> visits = walk(circuit, root);
    struct Range {
        std::uint32_t first;
        std::uint32_t last;
    };
    std::vector<Range> below(circuit.size());
    std::vector<bool> is_module(circuit.size());
    for (std::uint32_t number = 0; number <= root.gate(); ++number) {
        if (visits[number].entered == 0) {
            continue;
        }
        Range range{~0U, 0};
        for (const Circuit::Input& input : circuit.inputs(number)) {
            std::uint32_t gate = input.wire.gate();
            range.first = std::min({range.first, visits[gate].entered, below[gate].first});
            range.last = std::max({range.last, visits[gate].last, below[gate].last});
        }
        below[number] = range;
        is_module[number] = circuit.gate(number).count > 0 &&
                            range.first > visits[number].entered &&
                            range.last < visits[number].left;
    }
    return is_module;
}

/// Finds, for one AND or OR, which of its inputs hang together below it, and which of those parts
/// nothing else uses.
class Grouping {
  public:
    Grouping(const Circuit& circuit, Wire root)
        : circuit_(circuit), uses_(count_uses(circuit, root)), owner_(circuit.size(), k_nobody) {}

    struct Part {
        std::vector<Wire> wires;
        bool is_private = false;
    };

    /// Nothing once too many gates were visited.
    std::vector<Part> parts_of(std::uint32_t number) {
        auto inputs = circuit_.inputs(number);
        parents_.resize(inputs.size());
        std::iota(parents_.begin(), parents_.end(), 0U);
        balance_.assign(inputs.size(), 0);
        seen_.clear();
        for (std::uint32_t i = 0; i < inputs.size(); ++i) {
            visit_below(inputs[i].wire.gate(), i);
        }
        std::vector<Part> parts(inputs.size());
        std::vector<std::int64_t> balance(inputs.size());
        for (std::uint32_t i = 0; i < inputs.size(); ++i) {
            parts[find(i)].wires.push_back(inputs[i].wire);
            balance[find(i)] += balance_[i];
        }
        for (std::uint32_t i = 0; i < inputs.size(); ++i) {
            parts[i].is_private = balance[i] == 0;
        }
        for (std::uint32_t gate : seen_) {
            owner_[gate] = k_nobody;
        }
        std::erase_if(parts, [](const Part& part) { return part.wires.empty(); });
        return parts;
    }

    bool exhausted() const { return visited_ > k_most_grouping_visits; }

  private:
    static constexpr std::uint32_t k_nobody = ~0U;

    std::uint32_t find(std::uint32_t input) {
        while (parents_[input] != input) {
            parents_[input] = parents_[parents_[input]];
            input = parents_[input];
        }
        return input;
    }

    /// Each use met takes one off the balance, each gate met adds all of its uses.
    void visit_below(std::uint32_t gate, std::uint32_t input) {
        std::vector<std::uint32_t> waiting{gate};
        while (!waiting.empty()) {
            std::uint32_t next = waiting.back();
            waiting.pop_back();
            ++visited_;
            --balance_[input];
            if (owner_[next] != k_nobody) {
                parents_[find(owner_[next])] = find(input);
                continue;
            }
            owner_[next] = input;
            seen_.push_back(next);
            balance_[input] += uses_[next];
            for (const Circuit::Input& below : circuit_.inputs(next)) {
                waiting.push_back(below.wire.gate());
            }
        }
    }

    const Circuit& circuit_;
    std::vector<std::uint32_t> uses_;
    std::vector<std::uint32_t> owner_;
    std::vector<std::uint32_t> parents_;
    std::vector<std::int64_t> balance_;
    std::vector<std::uint32_t> seen_;
    std::size_t visited_ = 0;
};

Wire joined(Circuit& circuit, bool all, std::span<const Wire> wires) {
    return all ? circuit.all_of(wires) : circuit.any_of(wires);
}

/// The independent wires in groups of at most k_widest_group, those in groups, and so on.
std::vector<Wire> in_groups(Circuit& circuit, bool all, std::vector<Wire> wires) {
    while (wires.size() > k_widest_group) {
        std::vector<Wire> groups;
        for (std::size_t first = 0; first < wires.size(); first += k_widest_group) {
            std::size_t count = std::min(k_widest_group, wires.size() - first);
            groups.push_back(joined(circuit, all, std::span(wires).subspan(first, count)));
        }
        wires = std::move(groups);
    }
    return wires;
}

}  // namespace

Rooted grouped(const Circuit& from, Wire root) {
    Rooted result;
    Circuit& to = result.circuit;
    Grouping grouping(from, root);
    std::vector<bool> reached = reachable(from, root);
    std::vector<Wire> images(from.size());
    auto image = [&](Wire wire) { return images[wire.gate()] ^ wire.inverted(); };
    for (std::uint32_t number = 0; number < from.size(); ++number) {
        const Circuit::Gate& gate = from.gate(number);
        if (!reached[number] || gate.kind == Circuit::Kind::constant) {
            continue;
        }
        if (gate.kind == Circuit::Kind::variable) {
            images[number] = to.variable(gate.variable);
            continue;
        }
        bool all = from.is_and(gate);
        if ((all || from.is_or(gate)) && gate.count > 2 && !grouping.exhausted()) {
            std::vector<Wire> alone;
            std::vector<Wire> rest;
            for (const Grouping::Part& part : grouping.parts_of(number)) {
                std::vector<Wire> members;
                for (Wire wire : part.wires) {
                    members.push_back(image(wire));
                }
                if (part.is_private) {
                    alone.push_back(joined(to, all, members));
                } else {
                    rest.insert(rest.end(), members.begin(), members.end());
                }
            }
            if (!rest.empty() && alone.size() > 1) {
                alone = {joined(to, all, in_groups(to, all, std::move(alone)))};
            }
            alone = in_groups(to, all, std::move(alone));
            rest.insert(rest.end(), alone.begin(), alone.end());
            images[number] = joined(to, all, rest);
            continue;
        }
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> wires;
        for (const Circuit::Input& input : from.inputs(number)) {
            inputs.push_back({image(input.wire), input.weight});
            wires.push_back(image(input.wire));
        }
        images[number] = gate.kind == Circuit::Kind::exclusive
                             ? to.exclusive(std::move(wires))
                             : to.threshold(gate.need, std::move(inputs));
    }
    result.root = image(root);
    return result;
}

Modules modules_of(const Circuit& circuit, Wire root) {
    Modules modules;
    modules.inverted = root.inverted();
    if (root.gate() == 0) {
        modules.root = root.inverted() ? Modules::Root::always : Modules::Root::never;
        return modules;
    }
    if (circuit.gate(root.gate()).kind == Circuit::Kind::variable) {
        // A lone variable is a module of one gate, an OR of one input.
        modules.all.push_back(
            {{{false, circuit.gate(root.gate()).variable}}, {{false, 1, {{0, false, 1}}}}});
        return modules;
    }
    std::vector<bool> is_module = find_modules(circuit, root);
    std::vector<bool> reached = reachable(circuit, root);
    std::vector<std::uint32_t> module_of(circuit.size());
    std::vector<std::uint32_t> place(circuit.size());      // within the module at work
    std::vector<std::uint32_t> placed_in(circuit.size());  // which module that is, + 1
    for (std::uint32_t number = 1; number <= root.gate(); ++number) {
        if (!reached[number] || !is_module[number]) {
            continue;
        }
        auto index = static_cast<std::uint32_t>(modules.all.size());
        module_of[number] = index;
        Module& module = modules.all.emplace_back();
        std::vector<std::uint32_t> inner{number};  // the module's gates, then sorted
        placed_in[number] = index + 1;
        for (std::size_t i = 0; i < inner.size(); ++i) {
            for (const Circuit::Input& input : circuit.inputs(inner[i])) {
                std::uint32_t gate = input.wire.gate();
                if (placed_in[gate] == index + 1) {
                    continue;
                }
                placed_in[gate] = index + 1;
                if (circuit.gate(gate).kind == Circuit::Kind::variable || is_module[gate]) {
                    bool variable = circuit.gate(gate).kind == Circuit::Kind::variable;
                    place[gate] = static_cast<std::uint32_t>(module.leaves.size());
                    module.leaves.push_back(
                        {!variable, variable ? circuit.gate(gate).variable : module_of[gate]});
                } else {
                    inner.push_back(gate);
                }
            }
        }
        std::ranges::sort(inner);
        for (std::uint32_t gate : inner) {
            place[gate] = static_cast<std::uint32_t>(module.size());
            Module::Gate& own = module.gates.emplace_back();
            own.exclusive = circuit.gate(gate).kind == Circuit::Kind::exclusive;
            own.need = circuit.gate(gate).need;
            for (const Circuit::Input& input : circuit.inputs(gate)) {
                own.inputs.push_back(
                    {place[input.wire.gate()], input.wire.inverted(), input.weight});
            }
        }
    }
    return modules;
}

}  // namespace cheget::analysis
