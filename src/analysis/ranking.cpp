// The smallest minimal sets, read off the families: for a node its few smallest sets, each as a
// choice and the ranks of what it is made of. Only the ranks asked for are ever made, and only the
// sets asked for are written out.
#include <algorithm>
#include <deque>
#include <functional>

#include "analysis/solved.h"

namespace cheget::analysis {

namespace {

constexpr std::uint64_t k_never = ~std::uint64_t{0} / 4;

/// One of a node's smallest sets: a set of `without`, or one of `with` and, where the level is a
/// module, one of that module's.
struct Ranked {
    std::uint64_t size = 0;
    bool with = false;
    std::uint32_t rest = 0;   ///< rank among the sets of the node below
    std::uint32_t inner = 0;  ///< rank among the sets of the level's module
};

/// The sets of the modules' families by size, those without a level before those with it, these by
/// their ranks. Without recursion: modules may lie as deep in each other as a formula is.
class Rankings {
  public:
    Rankings(const std::vector<Solved>& modules, Side side) : modules_(modules), side_(side) {
        for (const Solved& solved : modules) {
            const Family::Node root = solved.root(side);
            std::vector<std::uint64_t> sizes(std::size_t{root} + 2, k_never);
            sizes[Family::k_empty] = 0;
            for (const Family::Node node : nodes_below(*solved.family, root)) {
                const Family::Entry& entry = solved.family->entry(node);
                const Module::Leaf& leaf = solved.leaf(entry.level);
                const std::uint64_t inner =
                    leaf.is_module ? smallest_[leaf.index][root_of(leaf.index).node] : 1;
                sizes[node] = std::min({sizes[entry.without], sizes[entry.with] + inner, k_never});
            }
            smallest_.push_back(std::move(sizes));
            list_of_.emplace_back(std::size_t{root} + 2);
        }
    }

    /// A set of a node's, by rank from 0.
    struct Place {
        std::size_t module;
        Family::Node node;
        std::uint32_t rank = 0;
    };
    Place root_of(std::size_t module, std::uint32_t rank = 0) const {
        return {module, modules_[module].root(side_), rank};
    }

    /// Makes the node's sets up to that one; false where it has not so many.
    bool make(Place place) {
        std::vector<Place> waiting{place};
        while (!waiting.empty()) {
            if (is_made(waiting.back())) {
                waiting.pop_back();
            } else if (const auto first = advance(waiting.back())) {
                waiting.push_back(*first);
            }
        }
        return size(place) != k_never;
    }

    /// One that the node has, which is no constant.
    const Ranked& at(Place place) {
        make(place);
        return list(place).found[place.rank];
    }

  private:
    /// Sets with the level; those of the next ranks come after it.
    struct Candidate {
        std::uint64_t size;
        std::uint32_t rest;
        std::uint32_t inner;
        auto operator<=>(const Candidate&) const = default;
    };
    struct List {
        std::vector<Ranked> found;
        bool is_whole = false;
        std::uint32_t next_without = 0;
        std::vector<Candidate> with;               ///< a heap, the least on top
        std::vector<Candidate> coming{{0, 0, 0}};  ///< those whose size is not known yet
    };

    List& list(Place place) {
        std::uint32_t& number = list_of_[place.module][place.node];
        if (number == 0) {
            lists_.emplace_back();
            number = static_cast<std::uint32_t>(lists_.size());
        }
        return lists_[number - 1];
    }

    bool is_made(Place place) {
        if (place.node <= Family::k_empty) {
            return true;
        }
        const List& sets = list(place);
        return sets.is_whole || sets.found.size() > place.rank;
    }

    bool has_size(Place place) { return place.rank == 0 || is_made(place); }
    /// k_never where there are not so many.
    std::uint64_t size(Place place) {
        if (place.rank == 0) {
            return smallest_[place.module][place.node];
        }
        if (place.node <= Family::k_empty) {
            return k_never;
        }
        const List& sets = list(place);
        return sets.found.size() > place.rank ? sets.found[place.rank].size : k_never;
    }

    /// Makes the node's next set; or says which must be made before.
    std::optional<Place> advance(Place place) {
        const Family::Entry& entry = modules_[place.module].family->entry(place.node);
        List& sets = list(place);
        while (!sets.coming.empty()) {
            Candidate next = sets.coming.back();
            const Module::Leaf& leaf = modules_[place.module].leaf(entry.level);
            std::uint64_t inner_size = next.inner == 0 ? 1 : k_never;
            if (leaf.is_module) {
                const Place inner = root_of(leaf.index, next.inner);
                if (!has_size(inner)) {
                    return inner;
                }
                inner_size = size(inner);
            }
            const Place rest{place.module, entry.with, next.rest};
            if (!has_size(rest)) {
                return rest;
            }
            next.size = std::min(k_never, size(rest) + inner_size);
            sets.coming.pop_back();
            if (next.size != k_never) {
                sets.with.push_back(next);
                std::ranges::push_heap(sets.with, std::greater<>{});
            }
        }
        const Place without{place.module, entry.without, sets.next_without};
        if (!has_size(without)) {
            return without;
        }
        const std::uint64_t without_size = size(without);
        if (!sets.with.empty() && sets.with.front().size < without_size) {
            std::ranges::pop_heap(sets.with, std::greater<>{});
            const Candidate next = sets.with.back();
            sets.with.pop_back();
            sets.found.push_back({next.size, true, next.rest, next.inner});
            sets.coming.push_back({0, next.rest, next.inner + 1});
            if (next.inner == 0) {
                sets.coming.push_back({0, next.rest + 1, 0});
            }
        } else if (without_size != k_never) {
            sets.found.push_back({without_size, false, sets.next_without++, 0});
        } else {
            sets.is_whole = true;
        }
        return std::nullopt;
    }

    const std::vector<Solved>& modules_;
    Side side_;
    std::vector<std::vector<std::uint64_t>> smallest_;  ///< sizes, by module and node
    std::vector<std::vector<std::uint32_t>> list_of_;   ///< likewise, from 1; 0 for none yet
    std::deque<List> lists_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> Analysis::smallest_sets(Side side, std::size_t most) const {
    if (parts_->root != Modules::Root::module) {
        return parts_->has_empty_set(side) && most > 0 ? std::vector<std::vector<std::uint32_t>>{{}}
                                                       : std::vector<std::vector<std::uint32_t>>{};
    }
    Rankings rankings(parts_->modules, side);
    std::vector<std::vector<std::uint32_t>> sets;
    for (std::uint32_t first = 0; first < most; ++first) {
        const Rankings::Place root = rankings.root_of(parts_->modules.size() - 1, first);
        if (!rankings.make(root)) {
            break;
        }
        std::vector<std::uint32_t>& set = sets.emplace_back();
        std::vector<Rankings::Place> waiting{root};
        while (!waiting.empty()) {
            Rankings::Place place = waiting.back();
            waiting.pop_back();
            const Solved& solved = parts_->modules[place.module];
            while (place.node != Family::k_empty) {
                const Family::Entry& entry = solved.family->entry(place.node);
                const Ranked ranked = rankings.at(place);
                place.rank = ranked.rest;
                place.node = ranked.with ? entry.with : entry.without;
                if (!ranked.with) {
                    continue;
                }
                const Module::Leaf& leaf = solved.leaf(entry.level);
                if (leaf.is_module) {
                    waiting.push_back(rankings.root_of(leaf.index, ranked.inner));
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
