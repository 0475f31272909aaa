// Building a diagram gate by gate, in several orders of the leaves until one is small enough.
#include "analysis/build_diagram.h"

#include <algorithm>
#include <map>

#include "analysis/orders.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_first_limit = 20'000;
constexpr std::size_t k_limit_growth = 8;
constexpr std::size_t k_first_sifting = 2000;
constexpr std::size_t k_small = 200;     // nodes; no better order is looked for
constexpr std::size_t k_large = 50'000;  // nodes; sifting pays off before minimal sets are sought
constexpr std::size_t k_sifting_costs = 4;  // times what building in one order does, about
constexpr std::size_t k_orders_kept = 3;    // after the first limit

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

    /// With `sifting` the order is improved whenever the diagram has doubled.
    std::optional<Built> build(bool sifting) {
        for (std::uint32_t leaf = 0; leaf < leaves_; ++leaf) {
            values_[leaf] = diagram_.variable(leaf);
        }
        for (const Module::Gate& gate : module_.gates) {
            Diagram::Node value = value_of(gate);
            if (value == Diagram::k_nothing && sifting) {
                diagram_.sift(values_);
                value = value_of(gate);
            }
            if (value == Diagram::k_nothing) {
                return std::nullopt;
            }
            values_[leaves_ + done_++] = value;
            for (const Module::Input& input : gate.inputs) {
                if (--uses_[input.node] == 0) {
                    values_[input.node] = Diagram::k_false;
                }
            }
            if (diagram_.size() > collect_at_) {
                diagram_.collect(values_);
                if (sifting && diagram_.size() > sift_at_) {
                    diagram_.sift(values_);
                    sift_at_ = std::max(k_first_sifting, 2 * diagram_.size());
                }
                collect_at_ = std::max<std::size_t>(1000, 2 * diagram_.size());
            }
        }
        Diagram::Node root = values_.back();
        if (sifting) {
            diagram_.sift({&root, 1});
        } else {
            diagram_.collect({&root, 1});
        }
        return Built{std::move(diagram_), root};
    }

    /// Gates done so far.
    std::size_t done() const { return done_; }

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
    std::size_t done_ = 0;
    std::size_t collect_at_ = 1000;
    std::size_t sift_at_ = k_first_sifting;
};

}  // namespace

namespace {

struct Candidate {
    std::vector<std::uint32_t> order;
    std::size_t done = 0;  ///< gates done before the last limit was reached
};

/// Builds by the candidate's order, which it keeps the progress of.
std::optional<Built> attempt(const Module& module, Candidate& candidate, std::size_t nodes,
                             bool sifting, Meter& meter) {
    Builder builder(module, candidate.order,
                    static_cast<std::size_t>(std::min<std::uint64_t>(nodes, meter.most_nodes())),
                    meter);
    auto built = builder.build(sifting);
    candidate.done = builder.done();
    return built;
}

/// The smallest diagram by the candidates' orders. A first look makes the candidates, one after the
/// other, and none beyond one that is good enough.
std::optional<Built> best_in_order(const Module& module, std::vector<Candidate>& candidates,
                                   bool first_look, std::size_t limit, Meter& meter) {
    // Of one gate every order gives the same diagram, or nearly so.
    const std::size_t most = !first_look                ? candidates.size()
                             : module.gates.size() == 1 ? 1
                                                        : std::size(k_heuristics);
    std::optional<Built> best;
    std::size_t next = 0;
    for (std::size_t turn = 0; turn < most; ++turn) {
        if (first_look) {
            std::vector<std::uint32_t> order = order_of(module, k_heuristics[turn]);
            if (std::ranges::find(candidates, order, &Candidate::order) != candidates.end()) {
                continue;
            }
            candidates.push_back({std::move(order)});
        }
        Candidate& candidate = candidates[next++];
        std::size_t nodes = best ? std::min(limit, 2 * best->diagram.size() + 2000) : limit;
        auto built = attempt(module, candidate, nodes, false, meter);
        if (built && (!best || built->diagram.size() < best->diagram.size())) {
            best.emplace(std::move(*built));
        }
        if (best && best->diagram.size() < k_small) {
            break;
        }
    }
    if (best && best->diagram.size() > k_large && module.gates.size() > 1) {
        best->diagram.sift({&best->root, 1});
    }
    return best;
}

}  // namespace

std::optional<Built> build_diagram(const Module& module, Meter& meter) {
    if (module.leaves.size() > Diagram::k_most_variables) {
        return std::nullopt;
    }
    std::vector<Candidate> candidates;
    for (std::size_t limit = k_first_limit; !meter.spent(); limit *= k_limit_growth) {
        if (auto built = best_in_order(module, candidates, limit == k_first_limit, limit, meter)) {
            return built;
        }
        // The orders that got furthest go on, the first of them improved on the way.
        std::ranges::stable_sort(candidates, std::greater<>{}, &Candidate::done);
        if (limit > k_first_limit) {
            if (auto built =
                    attempt(module, candidates.front(), limit / k_sifting_costs, true, meter)) {
                return built;
            }
        }
        if (limit / k_sifting_costs >= meter.most_nodes()) {
            break;
        }
        candidates.resize(std::min<std::size_t>(candidates.size(), k_orders_kept));
    }
    return std::nullopt;
}

}  // namespace cheget::analysis
