// Building a diagram gate by gate, in several orders of the leaves until one is small enough.
#include "analysis/build_diagram.h"

#include <algorithm>
#include <map>

#include "analysis/order_search.h"
#include "analysis/orders.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_first_limit = 20'000;
constexpr std::size_t k_limit_growth = 8;
constexpr std::size_t k_first_sifting = 2000;
constexpr std::size_t k_small = 200;      // nodes; no better order is looked for
constexpr std::size_t k_modest = 12'000;  // nodes; looking on must not cost more than it can save
constexpr std::uint64_t k_steps_to_come = 8;  // for each node of a modest one, once it is built
constexpr std::size_t k_large = 50'000;  // nodes; sifting pays off before minimal sets are sought
constexpr std::size_t k_sifting_divides = 4;  // the limit of nodes, where an order is improved
constexpr std::uint64_t k_sifting_costs = 3;  // times what all attempts before did, at most
constexpr std::uint64_t k_steps_per_node = 50;
constexpr std::size_t k_most_changes = 40'000;     // of an order that is searched for
constexpr std::size_t k_search_work = 20'000'000;  // nodes of the module looked at
constexpr std::uint64_t k_search_divides = 8;      // the steps left
constexpr std::uint64_t k_wires_per_step = 4;      // looked at while searching
constexpr std::size_t k_orders_kept = 3;           // after the first limit

/// From the root down and back, each gate forgotten when no gate above needs it any more. ANDs, ORs
/// and XORs take their inputs in one by one as they are made, so that few are there at a time.
class Builder {
  public:
    Builder(const Module& module, std::span<const std::uint32_t> order, std::size_t nodes,
            Meter& meter)
        : module_(module),
          leaves_(static_cast<std::uint32_t>(module.leaves.size())),
          diagram_(order, meter),
          meter_(meter),
          most_nodes_(nodes),
          values_(module.size(), Diagram::k_false),
          is_made_(module.size()),
          uses_(module.size()) {
        diagram_.limit(nodes);
        for (const Module::Gate& gate : module.gates) {
            for (const Module::Input& input : gate.inputs) {
                ++uses_[input.node];
            }
        }
        find_tops(order);
    }

    /// With `sifting` the order is improved whenever the diagram has doubled.
    std::optional<Built> build(bool sifting) {
        sifting_ = sifting;
        for (std::uint32_t leaf = 0; leaf < leaves_; ++leaf) {
            values_[leaf] = diagram_.variable(leaf);
            is_made_[leaf] = true;
        }
        open(static_cast<std::uint32_t>(module_.size() - 1));
        while (!works_.empty()) {
            Work& work = works_.back();
            if (work.next < work.inputs.size()) {
                const std::uint32_t below = work.inputs[work.next]->node;
                if (!is_made_[below]) {
                    open(below);
                } else if (!take_in(work)) {
                    return std::nullopt;
                }
            } else if (!close()) {
                return std::nullopt;
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

    /// A gate that is being made.
    struct Work {
        std::uint32_t node = 0;
        std::vector<const Module::Input*> inputs;  ///< in the order in which they are taken in
        std::size_t next = 0;
        Diagram::Node value = Diagram::k_false;
        Diagram::Node (Diagram::*fold)(Diagram::Node, Diagram::Node) = nullptr;
    };

    /// For each node the highest level of a leaf below it, by the order as it is at first.
    void find_tops(std::span<const std::uint32_t> order) {
        tops_.assign(module_.size(), ~0U);
        for (std::uint32_t level = 0; level < order.size(); ++level) {
            tops_[order[level]] = level;
        }
        for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
            for (const Module::Input& input : module_.gates[node - leaves_].inputs) {
                tops_[node] = std::min(tops_[node], tops_[input.node]);
            }
        }
    }

    void open(std::uint32_t node) {
        const Module::Gate& gate = module_.gates[node - leaves_];
        Work& work = works_.emplace_back();
        work.node = node;
        std::uint64_t total = 0;
        for (const Module::Input& input : gate.inputs) {
            work.inputs.push_back(&input);
            total += input.weight;
        }
        // The lowest first, so that literals cost nothing.
        std::ranges::stable_sort(work.inputs, std::greater<>{},
                                 [&](const Module::Input* input) { return tops_[input->node]; });
        if (gate.exclusive) {
            work.fold = &Diagram::differ;
        } else if (gate.need == 1) {
            work.fold = &Diagram::either;
        } else if (gate.need == total) {
            work.fold = &Diagram::both;
            work.value = Diagram::k_true;
        }
    }

    Diagram::Node value_of(const Module::Input& input) {
        const Diagram::Node value = values_[input.node];
        return input.inverted ? diagram_.inverse(value) : value;
    }

    bool take_in(Work& work) {
        const Module::Input& input = *work.inputs[work.next++];
        if (work.fold == nullptr) {
            return true;
        }
        work.value = tried([&] { return (diagram_.*work.fold)(value_of(input), work.value); });
        release(input.node);
        return work.value != Diagram::k_nothing;
    }

    bool close() {
        const std::uint32_t node = works_.back().node;
        const Module::Gate& gate = module_.gates[node - leaves_];
        Diagram::Node value = works_.back().value;
        if (works_.back().fold == nullptr) {
            value = tried([&] { return threshold(gate); });
            for (const Module::Input& input : gate.inputs) {
                release(input.node);
            }
        }
        values_[node] = value;
        is_made_[node] = true;
        ++done_;
        works_.pop_back();
        if (value != Diagram::k_nothing && diagram_.size() > collect_at_) {
            collect();
            if (sifting_ && diagram_.size() > sift_at_) {
                diagram_.sift(roots());
                sift_at_ = std::max(k_first_sifting, 2 * diagram_.size());
            }
        }
        return value != Diagram::k_nothing;
    }

    void release(std::uint32_t node) {
        if (--uses_[node] == 0) {
            values_[node] = Diagram::k_false;
        }
    }

    std::vector<Diagram::Node> roots() const {
        std::vector<Diagram::Node> roots = values_;
        for (const Work& work : works_) {
            roots.push_back(work.value);
        }
        return roots;
    }

    void collect() {
        diagram_.collect(roots());
        collect_at_ = std::max<std::size_t>(1000, 2 * diagram_.size());
    }

    /// What `make` gives, again after a collection that made room, or after sifting.
    template <typename Make>
    Diagram::Node tried(Make make) {
        Diagram::Node value = make();
        if (value == Diagram::k_nothing && !meter_.spent()) {
            collect();
            if (diagram_.size() < most_nodes_ / 2) {
                value = make();
            }
        }
        if (value == Diagram::k_nothing && sifting_ && !meter_.spent()) {
            diagram_.sift(roots());
            value = make();
        }
        return value;
    }

    /// Row by row from the last part: for every need that may be left there, whether it is met.
    Diagram::Node threshold(const Module::Gate& gate) {
        const std::uint64_t need = gate.need;
        std::vector<Part> parts;
        for (const Module::Input& input : gate.inputs) {
            parts.push_back({value_of(input), input.weight});
            if (parts.back().value == Diagram::k_nothing) {
                return Diagram::k_nothing;
            }
        }
        std::ranges::stable_sort(parts, {},
                                 [&](const Part& part) { return diagram_.level(part.value); });
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
            if (states > k_most_states || !meter_.step(next.size())) {
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
    Meter& meter_;
    std::size_t most_nodes_;
    bool sifting_ = false;
    std::vector<Diagram::Node> values_;  ///< of what is made and still needed
    std::vector<bool> is_made_;
    std::vector<std::uint32_t> uses_;
    std::vector<std::uint32_t> tops_;
    std::vector<Work> works_;
    std::size_t done_ = 0;
    std::size_t collect_at_ = 1000;
    std::size_t sift_at_ = k_first_sifting;
};

struct Candidate {
    std::vector<std::uint32_t> order;
    std::size_t done = 0;  ///< gates done before the last limit was reached
};

/// How far an attempt may go.
struct Limit {
    std::size_t nodes;
    std::uint64_t steps = ~std::uint64_t{0};
    bool sifting = false;
};

/// Builds by the candidate's order, which it keeps the progress of.
std::optional<Built> attempt(const Module& module, Candidate& candidate, const Limit& limit,
                             Meter& meter) {
    Builder builder(
        module, candidate.order,
        static_cast<std::size_t>(std::min<std::uint64_t>(limit.nodes, meter.most_nodes())), meter);
    meter.allow(limit.steps);
    auto built = builder.build(limit.sifting);
    meter.allow();
    candidate.done = builder.done();
    return built;
}

/// Tries orders, one after the other.
class Search {
  public:
    Search(const Module& module, Meter& meter)
        : module_(module), meter_(meter), began_(meter.steps_taken()) {}

    /// The smallest diagram by the orders known so far. A first look makes them, one after the
    /// other, and none beyond one that is good enough.
    std::optional<Built> in_order(bool first_look, std::size_t nodes) {
        const std::vector<Heuristic> heuristics = heuristics_for(module_);
        // Of one gate every order gives the same diagram, or nearly so.
        const std::size_t most = !first_look                 ? candidates_.size()
                                 : module_.gates.size() == 1 ? 1
                                                             : heuristics.size();
        const std::uint64_t begin = meter_.steps_taken();
        std::optional<Built> best;
        Limit limit{nodes, nodes * k_steps_per_node};
        std::size_t next = 0;
        for (std::size_t turn = 0; turn < most; ++turn) {
            if (first_look && !make_candidate(heuristics[turn])) {
                continue;
            }
            const std::uint64_t before = meter_.steps_taken();
            auto built = attempt(module_, candidates_[next++], limit, meter_);
            if (built && (!best || built->diagram.size() < best->diagram.size())) {
                best.emplace(std::move(*built));
                limit.nodes = std::min(limit.nodes, 2 * best->diagram.size() + 2000);
                limit.steps = std::min(limit.steps, 2 * (meter_.steps_taken() - before) + 2000);
            }
            if (best && is_good(best->diagram.size(), meter_.steps_taken() - begin)) {
                break;
            }
        }
        if (best && best->diagram.size() > k_large && module_.gates.size() > 1) {
            best->diagram.sift({&best->root, 1});
        }
        return best;
    }

    /// The orders that got furthest go on, the first of them improved on the way.
    std::optional<Built> sifting(std::size_t nodes) {
        const std::uint64_t steps = meter_.steps_taken() - began_;
        return attempt(module_, candidates_.front(), {nodes, k_sifting_costs * steps, true},
                       meter_);
    }

    void keep_the_furthest() {
        std::ranges::stable_sort(candidates_, std::greater<>{}, &Candidate::done);
        candidates_.resize(std::min<std::size_t>(candidates_.size(), k_orders_kept));
    }

    /// Orders better by estimate than the best that are there, for a share of the steps left.
    void search_orders() {
        std::uint64_t wires = module_.size();
        for (const Module::Gate& gate : module_.gates) {
            wires += gate.inputs.size();
        }
        const std::uint64_t steps = candidates_.size() * wires / k_wires_per_step + 1;  // a change
        const std::uint64_t changes =
            std::min({std::uint64_t{k_most_changes}, k_search_work / module_.size(),
                      meter_.steps_left() / k_search_divides / steps});
        meter_.step(changes * steps);
        for (std::size_t i = 0, count = candidates_.size(); i < count; ++i) {
            candidates_.push_back(
                {searched_order(module_, candidates_[i].order, static_cast<int>(changes))});
        }
        std::ranges::rotate(
            candidates_, candidates_.begin() + static_cast<std::ptrdiff_t>(candidates_.size() / 2));
    }

  private:
    static bool is_good(std::size_t nodes, std::uint64_t steps) {
        return nodes < k_small || (nodes < k_modest && steps > k_steps_to_come * nodes);
    }

    bool make_candidate(Heuristic heuristic) {
        std::vector<std::uint32_t> order = order_of(module_, heuristic);
        if (std::ranges::find(candidates_, order, &Candidate::order) != candidates_.end()) {
            return false;
        }
        candidates_.push_back({std::move(order)});
        return true;
    }

    const Module& module_;
    Meter& meter_;
    std::uint64_t began_;
    std::vector<Candidate> candidates_;
};

}  // namespace

std::optional<Built> build_diagram(const Module& module, Meter& meter) {
    if (module.leaves.size() > Diagram::k_most_variables) {
        return std::nullopt;
    }
    Search search(module, meter);
    const auto is_within = [&](std::size_t limit) {
        return limit == k_first_limit ||
               limit / k_limit_growth / k_sifting_divides < meter.most_nodes();
    };
    for (std::size_t limit = k_first_limit; !meter.spent() && is_within(limit);
         limit *= k_limit_growth) {
        if (auto built = search.in_order(limit == k_first_limit, limit)) {
            return built;
        }
        search.keep_the_furthest();
        if (module.gates.size() == 1) {
            continue;  // no order is better than another
        }
        if (limit > k_first_limit && limit <= k_first_limit * k_limit_growth) {
            search.search_orders();
        }
        if (limit > k_first_limit) {
            if (auto built = search.sifting(limit / k_sifting_divides)) {
                return built;
            }
        }
    }
    return std::nullopt;
}

}  // namespace cheget::analysis
