// Building a diagram gate by gate, in several orders of the leaves until one is small enough.
#include "analysis/build_diagram.h"

#include <algorithm>
#include <map>

#include "analysis/orders.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_first_limit = 20'000;
constexpr std::size_t k_limit_growth = 8;
constexpr std::size_t k_small = 200;  // nodes; no better order is looked for

/// One gate after the other, each forgotten when no gate above needs it any more.
class Builder {
  public:
    Builder(const Module& module, std::span<const std::uint32_t> order, std::size_t nodes,
            Meter& meter)
        : module_(module),
          leaves_(static_cast<std::uint32_t>(module.leaves.size())),
          diagram_(order, meter),
          values_(module.size(), Diagram::k_false),
          uses_(module.size()) {
        diagram_.limit(nodes);
        for (const Module::Gate& gate : module.gates) {
            for (const Module::Input& input : gate.inputs) {
                ++uses_[input.node];
            }
        }
    }

    std::optional<Built> build() && {
        for (std::uint32_t leaf = 0; leaf < leaves_; ++leaf) {
            values_[leaf] = diagram_.variable(leaf);
        }
        for (std::size_t i = 0; i < module_.gates.size(); ++i) {
            const Module::Gate& gate = module_.gates[i];
            Diagram::Node value = value_of(gate);
            if (value == Diagram::k_nothing) {
                return std::nullopt;
            }
            values_[leaves_ + i] = value;
            for (const Module::Input& input : gate.inputs) {
                if (--uses_[input.node] == 0) {
                    values_[input.node] = Diagram::k_false;
                }
            }
            if (diagram_.size() > collect_at_) {
                diagram_.collect(values_);
                collect_at_ = std::max<std::size_t>(1000, 2 * diagram_.size());
            }
        }
        Diagram::Node root = values_.back();
        diagram_.collect({&root, 1});
        return Built{std::move(diagram_), root};
    }

  private:
    struct Part {
        Diagram::Node value;
        std::uint64_t weight;
    };

    Diagram::Node value_of(const Module::Gate& gate) {
        std::vector<Part> parts;
        std::uint64_t total = 0;
        for (const Module::Input& input : gate.inputs) {
            Diagram::Node value = values_[input.node];
            parts.push_back({input.inverted ? diagram_.inverse(value) : value, input.weight});
            if (parts.back().value == Diagram::k_nothing) {
                return Diagram::k_nothing;
            }
            total += input.weight;
        }
        std::ranges::stable_sort(parts, {},
                                 [&](const Part& part) { return diagram_.level(part.value); });
        if (gate.exclusive) {
            return folded(parts, Diagram::k_false, &Diagram::differ);
        }
        if (gate.need == 1) {
            return folded(parts, Diagram::k_false, &Diagram::either);
        }
        if (gate.need == total) {
            return folded(parts, Diagram::k_true, &Diagram::both);
        }
        return threshold(gate.need, parts);
    }

    /// The lowest first, so that literals cost nothing.
    Diagram::Node folded(const std::vector<Part>& parts, Diagram::Node neutral,
                         Diagram::Node (Diagram::*combine)(Diagram::Node, Diagram::Node)) {
        Diagram::Node value = neutral;
        for (std::size_t i = parts.size(); i-- > 0;) {
            value = (diagram_.*combine)(parts[i].value, value);
        }
        return value;
    }

    /// Row by row from the last part: for every need that may be left there, whether it is met.
    Diagram::Node threshold(std::uint64_t need, const std::vector<Part>& parts) {
        std::vector<std::vector<std::uint64_t>> needs(parts.size() + 1);
        std::vector<std::uint64_t> left(parts.size() + 1);  // weights from here on
        for (std::size_t i = parts.size(); i-- > 0;) {
            left[i] = left[i + 1] + parts[i].weight;
        }
        needs[0] = {need};
        std::size_t states = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            std::vector<std::uint64_t>& next = needs[i + 1];
            for (std::uint64_t now : needs[i]) {
                for (std::uint64_t rest : {now, now - std::min(now, parts[i].weight)}) {
                    if (rest > 0 && rest <= left[i + 1]) {
                        next.push_back(rest);
                    }
                }
            }
            std::ranges::sort(next);
            auto repeated = std::ranges::unique(next);
            next.erase(repeated.begin(), repeated.end());
            states += next.size();
            if (states > k_most_states) {
                return Diagram::k_nothing;
            }
        }
        std::vector<Diagram::Node> below;  // beside needs[i + 1]
        for (std::size_t i = parts.size(); i-- > 0;) {
            auto value_for = [&](std::uint64_t rest) {
                if (rest == 0) {
                    return Diagram::k_true;
                }
                if (rest > left[i + 1]) {
                    return Diagram::k_false;
                }
                auto place = std::ranges::lower_bound(needs[i + 1], rest) - needs[i + 1].begin();
                return below[static_cast<std::size_t>(place)];
            };
            std::vector<Diagram::Node> row;
            for (std::uint64_t now : needs[i]) {
                Diagram::Node yes = value_for(now - std::min(now, parts[i].weight));
                row.push_back(diagram_.if_then_else(parts[i].value, yes, value_for(now)));
                if (row.back() == Diagram::k_nothing) {
                    return Diagram::k_nothing;
                }
            }
            below = std::move(row);
        }
        return below[0];
    }

    static constexpr std::size_t k_most_states = 20'000'000;

    const Module& module_;
    std::uint32_t leaves_;
    Diagram diagram_;
    std::vector<Diagram::Node> values_;
    std::vector<std::uint32_t> uses_;
    std::size_t collect_at_ = 1000;
};

}  // namespace

std::optional<Built> build_in_order(const Module& module, std::span<const std::uint32_t> order,
                                    std::size_t nodes, Meter& meter) {
    return Builder(module, order, nodes, meter).build();
}

std::optional<Built> build_diagram(const Module& module, Meter& meter) {
    if (module.leaves.size() > Diagram::k_most_variables) {
        return std::nullopt;
    }
    std::optional<Built> best;
    std::size_t limit = k_first_limit;
    while (!best && !meter.spent()) {
        for (Heuristic heuristic : k_heuristics) {
            std::size_t nodes = best ? std::min(limit, 2 * best->diagram.size() + 2000) : limit;
            auto built = build_in_order(module, order_of(module, heuristic),
                                        std::min<std::size_t>(nodes, meter.most_nodes()), meter);
            if (built && (!best || built->diagram.size() < best->diagram.size())) {
                best.emplace(std::move(*built));
            }
            if (best && (best->diagram.size() < k_small || module.gates.size() == 1)) {
                return best;  // of one gate every order gives the same
            }
        }
        if (limit >= meter.most_nodes()) {
            break;
        }
        limit *= k_limit_growth;
    }
    return best;
}

}  // namespace cheget::analysis
