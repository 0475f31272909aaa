// Each step reads one circuit from the inputs to the root and writes the next one.
#include "analysis/simplify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace cheget::analysis {

namespace {

/// What a wire means to an AND or an OR above it: the inputs of the gate below, if that one is an
/// AND (an OR); through an inversion it is the other kind of the inverted inputs.
enum class Join : std::uint8_t { all, any };

constexpr Join other(Join join) {
    return join == Join::all ? Join::any : Join::all;
}

std::optional<Join> join_of(const Circuit& circuit, Wire wire) {
    const Circuit::Gate& gate = circuit.gate(wire.gate());
    if (circuit.is_and(gate)) {
        return wire.inverted() ? Join::any : Join::all;
    }
    if (circuit.is_or(gate)) {
        return wire.inverted() ? Join::all : Join::any;
    }
    return std::nullopt;
}

std::vector<Wire> inputs_of(const Circuit& circuit, Wire wire) {
    std::vector<Wire> wires;
    for (const Circuit::Input& input : circuit.inputs(wire.gate())) {
        wires.push_back(input.wire ^ wire.inverted());
    }
    return wires;
}

Wire joined(Circuit& circuit, Join join, std::span<const Wire> wires) {
    return join == Join::all ? circuit.all_of(wires) : circuit.any_of(wires);
}

/// One step from `from` to `to`.
class Step {
  public:
    explicit Step(const Circuit& from, Wire root) : from_(from), uses_(count_uses(from, root)) {}

    Circuit to;

    Wire image(Wire wire) const { return images_[wire.gate()] ^ wire.inverted(); }

    /// Whether only one gate uses it, so that it may be taken apart there.
    bool is_private(Wire wire) const { return uses_[wire.gate()] == 1; }

    /// Rewrites every gate that the root reaches; `rewrite` gives the image of an AND or OR.
    template <typename Rewrite>
    void run(Rewrite rewrite) {
        images_.resize(from_.size());
        for (std::uint32_t number = 0; number < from_.size(); ++number) {
            if (uses_[number] > 0 || number == 0) {
                images_[number] = image_of(number, rewrite);
            }
        }
    }

  private:
    template <typename Rewrite>
    Wire image_of(std::uint32_t number, Rewrite& rewrite) {
        const Circuit::Gate& gate = from_.gate(number);
        switch (gate.kind) {
            case Circuit::Kind::constant:
                return to.constant(false);
            case Circuit::Kind::variable:
                return to.variable(gate.variable);
            case Circuit::Kind::exclusive: {
                std::vector<Wire> wires;
                for (const Circuit::Input& input : from_.inputs(gate)) {
                    wires.push_back(image(input.wire));
                }
                return to.exclusive(std::move(wires));
            }
            case Circuit::Kind::threshold:
                break;
        }
        if (auto join = join_of(from_, Wire(number))) {
            return rewrite(number, *join);
        }
        std::vector<Circuit::Input> inputs;
        for (const Circuit::Input& input : from_.inputs(gate)) {
            inputs.push_back({image(input.wire), input.weight});
        }
        return to.threshold(gate.need, std::move(inputs));
    }

    const Circuit& from_;
    std::vector<std::uint32_t> uses_;
    std::vector<Wire> images_;
};

/// a or (a and b) is a; a or (¬a and b) is a or b: what siblings decide about a part is used in it.
void absorb(Circuit& circuit, Join join, std::vector<Wire>& wires) {
    std::ranges::sort(wires);
    for (Wire& wire : wires) {
        if (join_of(circuit, wire) != other(join)) {
            continue;
        }
        std::vector<Wire> inner = inputs_of(circuit, wire);
        auto decided = [&](Wire input) { return std::ranges::binary_search(wires, input); };
        if (std::ranges::any_of(inner, decided)) {
            wire = circuit.constant(join == Join::all);
        } else if (std::erase_if(inner, [&](Wire input) { return decided(!input); }) > 0) {
            wire = joined(circuit, other(join), inner);
        }
        // `wires` stays near enough to sorted: a wire replaced is one that no search looks for.
    }
}

/// (a and b) or (a and c) is a and (b or c): the commonest input first, while two parts have one.
class Factoring {
  public:
    Factoring(Circuit& circuit, Join join) : circuit_(circuit), join_(join) {}

    Wire factored(std::vector<Wire> plain, std::vector<std::vector<Wire>> parts) {
        std::size_t work = 0;
        while (parts.size() > 1 && work < k_most_factoring) {
            auto common = commonest(parts, work);
            if (!common) {
                break;
            }
            plain.push_back(take_out(*common, parts));
        }
        for (const std::vector<Wire>& part : parts) {
            plain.push_back(joined(circuit_, other(join_), part));
        }
        return joined(circuit_, join_, plain);
    }

  private:
    static constexpr std::size_t k_most_factoring = 200'000;  // inputs looked at, in one gate

    static std::optional<Wire> commonest(const std::vector<std::vector<Wire>>& parts,
                                         std::size_t& work) {
        std::vector<Wire> all;
        for (const std::vector<Wire>& part : parts) {
            all.insert(all.end(), part.begin(), part.end());
        }
        work += all.size();
        std::ranges::sort(all);
        std::optional<Wire> best;
        std::ptrdiff_t most = 1;
        for (auto run = all.begin(); run != all.end();) {
            auto end = std::upper_bound(run, all.end(), *run);
            if (end - run > most) {
                most = end - run;
                best = *run;
            }
            run = end;
        }
        return best;
    }

    /// Takes the parts with `common` away and gives `common` with the rest of them joined.
    Wire take_out(Wire common, std::vector<std::vector<Wire>>& parts) {
        std::vector<Wire> rests;
        std::erase_if(parts, [&](std::vector<Wire>& part) {
            if (std::erase(part, common) == 0) {
                return false;
            }
            rests.push_back(joined(circuit_, other(join_), part));
            return true;
        });
        const std::vector<Wire> both{common, joined(circuit_, join_, rests)};
        return joined(circuit_, other(join_), both);
    }

    Circuit& circuit_;
    Join join_;
};

/// For each gate the lowest other one that every way from the root to it passes; the root's is
/// itself.
std::vector<std::uint32_t> dominators(const Circuit& circuit, Wire root) {
    constexpr std::uint32_t k_unknown = ~0U;
    std::vector<std::uint32_t> above(circuit.size(), k_unknown);
    above[root.gate()] = root.gate();
    // Gates above have higher numbers, so both climb until they meet.
    auto meet = [&](std::uint32_t left, std::uint32_t right) {
        while (left != right) {
            (left < right ? left : right) = above[std::min(left, right)];
        }
        return left;
    };
    for (std::uint32_t number = root.gate() + 1; number-- > 0;) {
        if (above[number] == k_unknown) {
            continue;
        }
        for (const Circuit::Input& input : circuit.inputs(number)) {
            std::uint32_t& known = above[input.wire.gate()];
            known = known == k_unknown ? number : meet(known, number);
        }
    }
    return above;
}

/// x or g is x or (g with x false), and x and g is x and (g with x true), however deep x stands in
/// g, as long as every way to that place passes the gate where x decides.
class Deciding {
  public:
    Deciding(const Circuit& circuit, Wire root)
        : circuit_(circuit), root_(root.gate()), above_(dominators(circuit, root)) {}

    /// What an input of a gate may be taken for: itself or a constant.
    std::optional<bool> decided(std::uint32_t number, Wire wire) {
        std::optional<bool> value;
        while (number != root_ && work_ < k_most_climbing) {
            number = above_[number];
            ++work_;
            auto join = join_of(circuit_, Wire(number));
            if (!join) {
                continue;
            }
            // The highest gate where it decides counts: below that the others no longer have it.
            bool neutral = *join == Join::all;
            if (has(number, wire)) {
                value = neutral;
            } else if (has(number, !wire)) {
                value = !neutral;
            }
        }
        return value;
    }

  private:
    static constexpr std::size_t k_most_climbing = 20'000'000;

    bool has(std::uint32_t number, Wire wire) const {
        auto inputs = circuit_.inputs(number);
        auto found = std::ranges::lower_bound(inputs, wire, {}, &Circuit::Input::wire);
        return found != inputs.end() && found->wire == wire;
    }

    const Circuit& circuit_;
    std::uint32_t root_;
    std::vector<std::uint32_t> above_;
    std::size_t work_ = 0;
};

Rooted settled(const Circuit& from, Wire root) {
    Deciding deciding(from, root);
    Rooted result;
    std::vector<bool> reached = reachable(from, root);
    std::vector<Wire> images(from.size());
    for (std::uint32_t number = 1; number < from.size(); ++number) {
        if (!reached[number]) {
            continue;
        }
        const Circuit::Gate& gate = from.gate(number);
        std::vector<Circuit::Input> inputs;
        std::vector<Wire> wires;
        for (const Circuit::Input& input : from.inputs(gate)) {
            auto value = deciding.decided(number, input.wire);
            wires.push_back(value ? result.circuit.constant(*value)
                                  : images[input.wire.gate()] ^ input.wire.inverted());
            inputs.push_back({wires.back(), input.weight});
        }
        images[number] = gate.kind == Circuit::Kind::variable
                             ? result.circuit.variable(gate.variable)
                         : gate.kind == Circuit::Kind::exclusive
                             ? result.circuit.exclusive(std::move(wires))
                             : result.circuit.threshold(gate.need, std::move(inputs));
    }
    result.root = images[root.gate()] ^ root.inverted();
    return result;
}

/// Flattens, absorbs and factors every AND and OR.
Rooted rearranged(const Circuit& from, Wire root) {
    Step step(from, root);
    step.run([&](std::uint32_t number, Join join) {
        std::vector<Wire> wires;
        std::vector<std::uint32_t> private_gates;
        for (const Circuit::Input& input : from.inputs(number)) {
            Wire image = step.image(input.wire);
            if (step.is_private(input.wire) && join_of(step.to, image) == join) {
                std::ranges::copy(inputs_of(step.to, image), std::back_inserter(wires));
            } else {
                wires.push_back(image);
                if (step.is_private(input.wire)) {
                    private_gates.push_back(image.gate());
                }
            }
        }
        absorb(step.to, join, wires);
        std::ranges::sort(private_gates);
        std::vector<Wire> plain;
        std::vector<std::vector<Wire>> parts;
        for (Wire wire : wires) {
            bool may_part = std::ranges::binary_search(private_gates, wire.gate());
            if (may_part && join_of(step.to, wire) == other(join)) {
                parts.push_back(inputs_of(step.to, wire));
            } else {
                plain.push_back(wire);
            }
        }
        return Factoring(step.to, join).factored(std::move(plain), std::move(parts));
    });
    Wire image = step.image(root);
    return {std::move(step.to), image};
}

/// A place where a wire goes in: the gate and whether it is inverted there.
using Places = std::vector<std::pair<std::uint32_t, bool>>;

/// Inputs that go into the same ANDs (the same ORs), two at least, become one input.
Rooted coupled(const Circuit& from, Wire root) {
    std::vector<bool> reached = reachable(from, root);
    std::vector<Places> places(from.size());
    std::vector<bool> mixed(from.size());  // goes into what is neither, or into both kinds
    std::vector<std::optional<Join>> joins(from.size());
    for (std::uint32_t number = 0; number < from.size(); ++number) {
        if (!reached[number]) {
            continue;
        }
        std::optional<Join> join = join_of(from, Wire(number));
        for (const Circuit::Input& input : from.inputs(number)) {
            std::uint32_t below = input.wire.gate();
            std::optional<Join> seen =
                join && input.wire.inverted() ? std::optional(other(*join)) : join;
            mixed[below] = mixed[below] || !join || (joins[below] && joins[below] != seen);
            joins[below] = seen;
            places[below].emplace_back(number, input.wire.inverted());
        }
    }
    mixed[root.gate()] = true;
    std::map<Places, std::vector<std::uint32_t>> together;
    for (std::uint32_t number = 1; number < from.size(); ++number) {
        if (reached[number] && !mixed[number] && places[number].size() > 1) {
            together[places[number]].push_back(number);
        }
    }
    std::vector<const std::vector<std::uint32_t>*> group_of(from.size());
    for (const auto& [where, members] : together) {
        if (members.size() > 1) {
            for (std::uint32_t member : members) {
                group_of[member] = &members;
            }
        }
    }
    Step step(from, root);
    step.run([&](std::uint32_t number, Join join) {
        std::vector<Wire> wires;
        for (const Circuit::Input& input : from.inputs(number)) {
            const auto* group = group_of[input.wire.gate()];
            if (group == nullptr) {
                wires.push_back(step.image(input.wire));
            } else if (group->front() == input.wire.gate()) {
                std::vector<Wire> members;
                for (std::uint32_t member : *group) {
                    members.push_back(step.image(Wire(member, input.wire.inverted())));
                }
                wires.push_back(joined(step.to, join, members));
            }
        }
        return joined(step.to, join, wires);
    });
    Wire image = step.image(root);
    return {std::move(step.to), image};
}

std::size_t size_of(const Rooted& rooted) {
    std::size_t wires = 0;
    std::vector<bool> reached = reachable(rooted.circuit, rooted.root);
    for (std::uint32_t number = 0; number < rooted.circuit.size(); ++number) {
        wires += reached[number] ? 1 + rooted.circuit.inputs(number).size() : 0;
    }
    return wires;
}

}  // namespace

Rooted simplified(const Circuit& circuit, Wire root, Meter* meter, int most_rounds) {
    Rooted now = rearranged(circuit, root);
    std::size_t size = size_of(now);
    for (int round = 0; round < most_rounds; ++round) {
        if (meter != nullptr && !meter->step(size)) {
            break;
        }
        Rooted next = settled(now.circuit, now.root);
        next = rearranged(next.circuit, next.root);
        next = coupled(next.circuit, next.root);
        std::size_t next_size = size_of(next);
        bool changed = next_size != size;
        now = std::move(next);
        size = next_size;
        if (!changed) {
            break;
        }
    }
    return now;
}

}  // namespace cheget::analysis
