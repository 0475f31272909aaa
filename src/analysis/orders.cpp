// Walks over a module, each of which puts its leaves in an order.
#include "analysis/orders.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

namespace cheget::analysis {

namespace {

constexpr int k_force_rounds = 40;
// Minato's weights are spread anew for every leaf; a larger module takes a cheaper heuristic.
constexpr std::size_t k_largest_weighed = 2000;

class Ordering {
  public:
    explicit Ordering(const Module& module)
        : module_(module), leaves_(static_cast<std::uint32_t>(module.leaves.size())), first_{0} {
        for (const Module::Gate& gate : module.gates) {
            for (const Module::Input& input : gate.inputs) {
                inputs_.push_back(input.node);
            }
            first_.push_back(inputs_.size());
        }
    }

    /// Depth first; of a gate's inputs those with the smallest key first, and as they stand on
    /// ties.
    std::vector<std::uint32_t> depth_first(const std::vector<double>& keys) const {
        std::vector<std::uint32_t> order;
        std::vector<bool> met(module_.size());
        std::vector<std::uint32_t> below;
        std::vector<std::uint32_t> waiting{last()};
        while (!waiting.empty()) {
            std::uint32_t node = waiting.back();
            waiting.pop_back();
            if (met[node]) {
                continue;
            }
            met[node] = true;
            if (node < leaves_) {
                order.push_back(node);
                continue;
            }
            const auto own = inputs(node);
            below.assign(own.begin(), own.end());
            std::ranges::stable_sort(below, {}, [&](std::uint32_t input) { return keys[input]; });
            waiting.insert(waiting.end(), below.rbegin(), below.rend());
        }
        return order;
    }

    std::vector<std::uint32_t> breadth_first() const {
        std::vector<std::uint32_t> order;
        std::vector<bool> met(module_.size());
        std::vector<std::uint32_t> queue{last()};
        for (std::size_t i = 0; i < queue.size(); ++i) {
            for (std::uint32_t input : inputs(queue[i])) {
                if (!met[input]) {
                    met[input] = true;
                    (input < leaves_ ? order : queue).push_back(input);
                }
            }
        }
        return order;
    }

    /// How many leaves a node would have below it if nothing were shared.
    std::vector<double> sizes() const {
        std::vector<double> sizes(module_.size(), 1);
        for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
            sizes[node] = 0;
            for (std::uint32_t input : inputs(node)) {
                sizes[node] += sizes[input];
            }
        }
        return sizes;
    }

    std::vector<double> depths() const {
        std::vector<double> depths(module_.size());
        for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
            for (std::uint32_t input : inputs(node)) {
                depths[node] = std::max(depths[node], depths[input] + 1);
            }
        }
        return depths;
    }

    std::vector<std::uint32_t> by_weight() const {
        std::vector<std::uint32_t> order;
        std::vector<bool> gone(module_.size());
        while (order.size() < leaves_) {
            std::vector<double> weights(module_.size());
            std::vector<std::uint32_t> left(module_.size());
            for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
                for (std::uint32_t input : inputs(node)) {
                    left[node] += gone[input] ? 0U : 1U;
                }
                gone[node] = left[node] == 0;
            }
            weights[last()] = 1;
            for (std::uint32_t node = last(); node >= leaves_; --node) {
                for (std::uint32_t input : inputs(node)) {
                    if (!gone[input] && left[node] > 0) {
                        weights[input] += weights[node] / left[node];
                    }
                }
            }
            std::uint32_t best = 0;
            for (std::uint32_t leaf = 1; leaf < leaves_; ++leaf) {
                if (gone[best] || (!gone[leaf] && weights[leaf] > weights[best])) {
                    best = leaf;
                }
            }
            gone[best] = true;
            order.push_back(best);
        }
        return order;
    }

    std::vector<std::uint32_t> forced(std::vector<std::uint32_t> order) const {
        std::vector<double> places(module_.size());
        std::vector<std::uint32_t> best = order;
        double best_span = 0;
        for (int round = 0; round < k_force_rounds; ++round) {
            for (std::uint32_t i = 0; i < order.size(); ++i) {
                places[order[i]] = i;
            }
            double span = 0;
            std::vector<double> pull(module_.size());
            std::vector<std::uint32_t> pulls(module_.size());
            for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
                double sum = 0;
                double first = 1e9;
                double final = 0;
                const auto below = inputs(node);
                for (std::uint32_t input : below) {
                    sum += places[input];
                    first = std::min(first, places[input]);
                    final = std::max(final, places[input]);
                }
                span += final - first;
                places[node] = sum / static_cast<double>(below.size());
            }
            if (round == 0 || span < best_span) {
                best_span = span;
                best = order;
            }
            for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
                for (std::uint32_t input : inputs(node)) {
                    pull[input] += places[node];
                    ++pulls[input];
                }
            }
            std::ranges::stable_sort(order, {}, [&](std::uint32_t leaf) {
                return pulls[leaf] == 0 ? places[leaf] : pull[leaf] / pulls[leaf];
            });
        }
        return best;
    }

    /// Whole gates, one after the other: always the one after whose leaves the fewest gates have
    /// some of their leaves and lack others. A diagram has to remember how far each of these is.
    std::vector<std::uint32_t> by_frontier() const {
        std::vector<std::uint32_t> order;
        std::vector<std::uint32_t> lacking(module_.size());  // inputs that are not done
        std::vector<std::uint32_t> touched(module_.size());  // inputs that are done or begun
        for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
            lacking[node] = static_cast<std::uint32_t>(inputs(node).size());
        }
        const std::vector<std::vector<std::uint32_t>> users = users_of_nodes();
        std::vector<bool> done(module_.size());
        while (order.size() < leaves_) {
            std::uint32_t best = last();
            std::pair<std::int64_t, std::size_t> least{k_many, 0};
            for (std::uint32_t node = leaves_; node < last(); ++node) {
                if (done[node]) {
                    continue;
                }
                Walk walk(*this, users, lacking, touched, done);
                walk.place_below(node);
                const std::pair cost{walk.opened(), walk.placed().size()};
                if (cost < least) {
                    least = cost;
                    best = node;
                }
                walk.take_back();
            }
            Walk walk(*this, users, lacking, touched, done);
            walk.place_below(best);
            order.insert(order.end(), walk.placed().begin(), walk.placed().end());
        }
        return order;
    }

    /// The same order, but leaves that may stand for one another, since they go into the same gates
    /// in the same way, follow the first of them: a diagram then only counts them.
    std::vector<std::uint32_t> with_alike_together(const std::vector<std::uint32_t>& order) const {
        using Use = std::tuple<std::size_t, std::uint64_t, bool>;
        std::vector<std::vector<Use>> uses(leaves_);
        for (std::size_t gate = 0; gate < module_.gates.size(); ++gate) {
            for (const Module::Input& input : module_.gates[gate].inputs) {
                if (input.node < leaves_) {
                    uses[input.node].emplace_back(gate, input.weight, input.inverted);
                }
            }
        }
        std::map<std::vector<Use>, std::size_t> classes;
        std::vector<std::vector<std::uint32_t>> members;
        for (std::uint32_t leaf : order) {
            const auto [found, is_new] = classes.emplace(uses[leaf], members.size());
            if (is_new) {
                members.emplace_back();
            }
            members[found->second].push_back(leaf);
        }
        std::vector<std::uint32_t> together;
        for (const auto& some : members) {
            together.insert(together.end(), some.begin(), some.end());
        }
        return together;
    }

  private:
    static constexpr std::int64_t k_many = std::int64_t{1} << 60U;

    /// What placing the leaves below a gate does to the gates above them.
    class Walk {
      public:
        Walk(const Ordering& ordering, const std::vector<std::vector<std::uint32_t>>& users,
             std::vector<std::uint32_t>& lacking, std::vector<std::uint32_t>& touched,
             std::vector<bool>& done)
            : ordering_(ordering),
              users_(users),
              lacking_(lacking),
              touched_(touched),
              done_(done) {}

        void place_below(std::uint32_t root) {
            std::vector<std::uint32_t> waiting{root};
            while (!waiting.empty()) {
                const std::uint32_t node = waiting.back();
                waiting.pop_back();
                if (done_[node]) {
                    continue;
                }
                if (node < ordering_.leaves_) {
                    placed_.push_back(node);
                    finish(node);
                    continue;
                }
                const auto below = ordering_.inputs(node);
                waiting.insert(waiting.end(), below.rbegin(), below.rend());
            }
        }
        const std::vector<std::uint32_t>& placed() const { return placed_; }
        /// Gates that are half done now and were not before, less those that were and are not.
        std::int64_t opened() const { return opened_; }
        void take_back() {
            for (const std::uint32_t node : lacked_) {
                ++lacking_[node];
            }
            for (const std::uint32_t node : begun_) {
                --touched_[node];
            }
            for (const std::uint32_t node : finished_) {
                done_[node] = false;
            }
        }

      private:
        void finish(std::uint32_t first) {
            std::vector<std::uint32_t> waiting{first};
            while (!waiting.empty()) {
                const std::uint32_t node = waiting.back();
                waiting.pop_back();
                done_[node] = true;
                finished_.push_back(node);
                for (const std::uint32_t user : users_[node]) {
                    touch(user);
                    lacked_.push_back(user);
                    if (--lacking_[user] == 0) {
                        --opened_;
                        waiting.push_back(user);
                    }
                }
            }
        }
        void touch(std::uint32_t first) {
            std::vector<std::uint32_t> waiting{first};
            while (!waiting.empty()) {
                const std::uint32_t node = waiting.back();
                waiting.pop_back();
                begun_.push_back(node);
                if (touched_[node]++ == 0) {
                    ++opened_;
                    waiting.insert(waiting.end(), users_[node].begin(), users_[node].end());
                }
            }
        }

        const Ordering& ordering_;
        const std::vector<std::vector<std::uint32_t>>& users_;
        std::vector<std::uint32_t>& lacking_;
        std::vector<std::uint32_t>& touched_;
        std::vector<bool>& done_;
        std::vector<std::uint32_t> placed_;
        std::vector<std::uint32_t> lacked_;
        std::vector<std::uint32_t> begun_;
        std::vector<std::uint32_t> finished_;
        std::int64_t opened_ = 0;
    };

    std::vector<std::vector<std::uint32_t>> users_of_nodes() const {
        std::vector<std::vector<std::uint32_t>> users(module_.size());
        for (std::uint32_t node = leaves_; node < module_.size(); ++node) {
            for (const std::uint32_t input : inputs(node)) {
                users[input].push_back(node);
            }
        }
        return users;
    }

    std::uint32_t last() const { return static_cast<std::uint32_t>(module_.size() - 1); }

    std::span<const std::uint32_t> inputs(std::uint32_t node) const {
        const std::size_t gate = node - leaves_;
        return std::span(inputs_).subspan(first_[gate], first_[gate + 1] - first_[gate]);
    }

    const Module& module_;
    std::uint32_t leaves_;
    std::vector<std::uint32_t> inputs_;  ///< of all gates
    std::vector<std::size_t> first_;     ///< of each gate's, and one more
};

std::vector<double> negated(std::vector<double> keys) {
    for (double& key : keys) {
        key = -key;
    }
    return keys;
}

std::vector<std::uint32_t> plain_order(const Module& module, const Ordering& ordering,
                                       Heuristic heuristic) {
    switch (heuristic) {
        case Heuristic::small_first:
            return ordering.depth_first(ordering.sizes());
        case Heuristic::large_first:
            return ordering.depth_first(negated(ordering.sizes()));
        case Heuristic::deep_first:
            return ordering.depth_first(negated(ordering.depths()));
        case Heuristic::weights:
            return module.size() <= k_largest_weighed ? ordering.by_weight()
                                                      : ordering.breadth_first();
        case Heuristic::frontier:
            return module.size() <= k_largest_weighed ? ordering.by_frontier()
                                                      : ordering.breadth_first();
        case Heuristic::by_level:
            return ordering.breadth_first();
        case Heuristic::force:
            return ordering.forced(ordering.depth_first(ordering.sizes()));
        case Heuristic::as_written:
            break;
    }
    return ordering.depth_first(std::vector<double>(module.size()));
}

}  // namespace

std::vector<Heuristic> heuristics_for(const Module& module) {
    std::vector<Heuristic> all{Heuristic::small_first, Heuristic::force,      Heuristic::deep_first,
                               Heuristic::as_written,  Heuristic::frontier,   Heuristic::weights,
                               Heuristic::by_level,    Heuristic::large_first};
    // Of thresholds over leaves that they share no walk is as good as pulling together what belongs
    // together; of trees of AND and OR it seldom is.
    const auto thresholds = std::ranges::count_if(module.gates, [](const Module::Gate& gate) {
        std::uint64_t total = 0;
        for (const Module::Input& input : gate.inputs) {
            total += input.weight;
        }
        return !gate.exclusive && gate.need > 1 && gate.need < total;
    });
    if (2 * static_cast<std::size_t>(thresholds) >= module.gates.size()) {
        std::swap(all[0], all[1]);
    }
    return all;
}

std::vector<std::uint32_t> order_of(const Module& module, Heuristic heuristic) {
    const Ordering ordering(module);
    return ordering.with_alike_together(plain_order(module, ordering, heuristic));
}

}  // namespace cheget::analysis
