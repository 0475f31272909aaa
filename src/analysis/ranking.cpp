// The smallest minimal sets, read off the families: for every node its few smallest sets, each as a
// choice and the ranks of what it is made of, so that only the sets asked for are ever written out.
#include <algorithm>

#include "analysis/solved.h"

namespace cheget::analysis {

namespace {

/// One of a node's smallest sets: a set of `without`, or one of `with` and, where the level is a
/// module, one of that module's.
struct Ranked {
    std::uint64_t size = 0;
    bool with = false;
    std::uint32_t rest = 0;   ///< rank among the sets of the node below
    std::uint32_t inner = 0;  ///< rank among the sets of the level's module
};
using Ranking = std::vector<Ranked>;

/// The rankings of a module's nodes, by node.
using Rankings = std::vector<Ranking>;

void add_with(Ranking& all, const Ranking& rests, const Ranking& inners, std::size_t most) {
    for (std::uint32_t rest = 0; rest < rests.size(); ++rest) {
        // The sum of ranks that can be among the `most` smallest: all pairs of lower ranks precede.
        for (std::uint32_t inner = 0;
             inner < inners.size() && (rest + 1ULL) * (inner + 1ULL) <= most; ++inner) {
            all.push_back({rests[rest].size + inners[inner].size, true, rest, inner});
        }
    }
}

Rankings rank(const Solved& solved, Side side, const std::vector<Ranking>& below,
              std::size_t most) {
    const Ranking one_variable{{1, false, 0, 0}};
    Family::Node root = solved.root(side);
    Rankings rankings(std::size_t{root} + 2);
    rankings[Family::k_empty] = {{}};
    for (Family::Node node : nodes_below(*solved.family, root)) {
        const Family::Entry& entry = solved.family->entry(node);
        const Module::Leaf& leaf = solved.leaf(entry.level);
        Ranking& all = rankings[node];
        for (std::uint32_t rest = 0; rest < rankings[entry.without].size(); ++rest) {
            all.push_back({rankings[entry.without][rest].size, false, rest, 0});
        }
        add_with(all, rankings[entry.with], leaf.is_module ? below[leaf.index] : one_variable,
                 most);
        std::ranges::stable_sort(all, {}, &Ranked::size);
        all.resize(std::min(all.size(), most));
        all.shrink_to_fit();
    }
    return rankings;
}

struct Wanted {
    std::size_t module;
    std::uint32_t rank;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> Analysis::smallest_sets(Side side, std::size_t most) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->has_empty_set(side) && most > 0 ? std::vector<std::vector<std::uint32_t>>{{}}
                                                       : std::vector<std::vector<std::uint32_t>>{};
    }
    std::vector<Rankings> rankings;
    std::vector<Ranking> roots;
    for (const Solved& solved : parts_->modules) {
        rankings.push_back(rank(solved, side, roots, most));
        roots.push_back(rankings.back()[solved.root(side)]);
    }
    std::vector<std::vector<std::uint32_t>> sets;
    for (std::uint32_t first = 0; first < roots.back().size(); ++first) {
        std::vector<std::uint32_t>& set = sets.emplace_back();
        std::vector<Wanted> waiting{{roots.size() - 1, first}};
        while (!waiting.empty()) {
            Wanted wanted = waiting.back();
            waiting.pop_back();
            const Solved& solved = parts_->modules[wanted.module];
            Family::Node node = solved.root(side);
            while (node != Family::k_empty) {
                const Family::Entry& entry = solved.family->entry(node);
                const Ranked& ranked = rankings[wanted.module][node][wanted.rank];
                wanted.rank = ranked.rest;
                node = ranked.with ? entry.with : entry.without;
                if (!ranked.with) {
                    continue;
                }
                const Module::Leaf& leaf = solved.leaf(entry.level);
                if (leaf.is_module) {
                    waiting.push_back({leaf.index, ranked.inner});
                } else {
                    set.push_back(leaf.index);
                }
            }
        }
        std::ranges::sort(set);
    }
    return sets;
}

std::vector<std::uint32_t> Analysis::singles(Side side) const {
    std::vector<std::uint32_t> found;
    std::vector<std::size_t> waiting;
    if (parts_->root == Modules::Root::module) {
        waiting.push_back(parts_->modules.size() - 1);
    }
    while (!waiting.empty()) {
        const Solved& solved = parts_->modules[waiting.back()];
        waiting.pop_back();
        // A set of one level is that level with nothing, after none of those above it.
        for (Family::Node node = solved.root(side); node > Family::k_empty;
             node = solved.family->entry(node).without) {
            const Family::Entry& entry = solved.family->entry(node);
            if (entry.with != Family::k_empty) {
                continue;
            }
            const Module::Leaf& leaf = solved.leaf(entry.level);
            if (leaf.is_module) {
                waiting.push_back(leaf.index);
            } else {
                found.push_back(leaf.index);
            }
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace cheget::analysis
