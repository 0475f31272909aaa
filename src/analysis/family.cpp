// Minimal sets straight from the diagram: those without a variable are the lower side's, those with
// it the upper side's that the lower side does not hold without it (Rauzy 1993). The blocking ones
// are the same on the dual function, which is the same diagram read with sides and constants
// swapped, so that no dual is ever built.
#include "analysis/family.h"

#include <algorithm>
#include <utility>

namespace cheget::analysis {

namespace {

constexpr std::size_t k_smallest_table = 64;
constexpr std::size_t k_largest_cache = std::size_t{1} << 22U;

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    return value ^ (value >> 32U);
}

}  // namespace

void Family::grow() {
    buckets_.assign(std::max(k_smallest_table, 2 * buckets_.size()), k_none);
    for (Node node = 2; node < nodes_.size(); ++node) {
        const Entry& entry = nodes_[node];
        std::size_t place =
            mixed(mixed(entry.without + (std::uint64_t{entry.with} << 32U)) + entry.level);
        while (buckets_[place & (buckets_.size() - 1)] != k_none) {
            ++place;
        }
        buckets_[place & (buckets_.size() - 1)] = node;
    }
}

Family::Node Family::make(std::uint32_t level, Node without, Node with) {
    if (with == k_none) {
        return without;
    }
    if (nodes_.size() >= meter_.most_nodes()) {
        return k_nothing;
    }
    if (2 * nodes_.size() >= buckets_.size()) {
        grow();
    }
    std::size_t place = mixed(mixed(without + (std::uint64_t{with} << 32U)) + level);
    for (;; ++place) {
        Node& bucket = buckets_[place & (buckets_.size() - 1)];
        if (bucket == k_none) {
            bucket = static_cast<Node>(nodes_.size());
            nodes_.push_back({level, without, with});
            return bucket;
        }
        const Entry& entry = nodes_[bucket];
        if (entry.level == level && entry.without == without && entry.with == with) {
            return bucket;
        }
    }
}

Family::Cached& Family::cached(Node sets, Diagram::Node function) {
    std::uint64_t key = mixed(sets + (std::uint64_t{function} << 32U));
    return cache_[(key >> 8U) & (cache_.size() - 1)];
}

/// Keeps the cache larger than the family, and what is in it.
void Family::fit_cache() {
    if (2 * nodes_.size() <= cache_.size() || cache_.size() >= k_largest_cache) {
        return;
    }
    std::vector<Cached> before = std::exchange(cache_, std::vector<Cached>(4 * cache_.size()));
    for (const Cached& entry : before) {
        if (entry.sets != k_nothing) {
            cached(entry.sets, entry.function) = entry;
        }
    }
}

/// The sets for which the function does not hold.
Family::Node Family::outside(Node sets, Diagram::Node function) {
    const Diagram::Node holds = side_ == Side::acting ? Diagram::k_true : Diagram::k_false;
    for (;;) {
        if (sets == k_none || function == holds) {
            return k_none;
        }
        if (sets == k_empty || diagram_->is_constant(function)) {
            return sets;  // a monotone function that is not constant does not hold for the empty
                          // set
        }
        if (diagram_->level(function) >= nodes_[sets].level) {
            break;
        }
        function = part(function, false);
    }
    if (const Cached& known = cached(sets, function);
        known.sets == sets && known.function == function) {
        return known.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    const Entry entry = nodes_[sets];
    bool same = diagram_->level(function) == entry.level;
    Node without = outside(entry.without, same ? part(function, false) : function);
    if (without == k_nothing) {
        return k_nothing;
    }
    Node with = outside(entry.with, same ? part(function, true) : function);
    if (with == k_nothing) {
        return k_nothing;
    }
    Node result = make(entry.level, without, with);
    if (result != k_nothing) {
        fit_cache();
        cached(sets, function) = {sets, function, result};
    }
    return result;
}

Family::Node Family::minimal_below(Diagram::Node function) {
    if (diagram_->is_constant(function)) {
        return (function == Diagram::k_true) == (side_ == Side::acting) ? k_empty : k_none;
    }
    if (found_[function] != k_nothing) {
        return found_[function];
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    Node without = minimal_below(part(function, false));
    if (without == k_nothing) {
        return k_nothing;
    }
    Node with = minimal_below(part(function, true));
    if (with == k_nothing) {
        return k_nothing;
    }
    with = outside(with, part(function, false));
    if (with == k_nothing) {
        return k_nothing;
    }
    return found_[function] = make(diagram_->level(function), without, with);
}

void Family::begin(const Diagram& diagram, Side side) {
    diagram_ = &diagram;
    side_ = side;
    std::size_t wanted = k_smallest_table;
    while (wanted < 8 * diagram.size() && wanted < k_largest_cache) {
        wanted *= 2;
    }
    cache_.assign(wanted, Cached{});
}

Family::Node Family::minimal(const Diagram& diagram, Diagram::Node function, Side side) {
    begin(diagram, side);
    found_.assign(diagram.span(), k_nothing);
    Node result = minimal_below(function);
    found_ = {};
    cache_ = {};
    return result;
}

Family::Node Family::without(Node sets, const Diagram& diagram, Diagram::Node function) {
    begin(diagram, Side::acting);
    Node result = outside(sets, function);
    cache_ = {};
    return result;
}

}  // namespace cheget::analysis
