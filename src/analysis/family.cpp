// Minimal sets straight from the diagram: those without a variable are the lower side's, those with
// it the upper side's that the lower side does not hold without it (Rauzy 1993). The blocking ones
// are the same on the dual function, which is the same diagram read with sides and constants
// swapped, so that no dual is ever built.
#include "analysis/family.h"

#include <algorithm>
#include <utility>

#include "analysis/node_hash.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_smallest_table = 64;
constexpr std::size_t k_largest_cache = std::size_t{1} << 22U;

}  // namespace

void Family::grow() {
    buckets_.assign(std::max(k_smallest_table, 4 * buckets_.size()), k_none);
    const std::size_t mask = buckets_.size() - 1;
    for (Node node = 2; node < nodes_.size(); ++node) {
        const Entry& entry = nodes_[node];
        std::size_t place = node_hash(entry.without, entry.with, entry.level);
        while (buckets_[place & mask] != k_none) {
            ++place;
        }
        buckets_[place & mask] = node;
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
    const std::size_t mask = buckets_.size() - 1;
    for (std::size_t place = node_hash(without, with, level);; ++place) {
        Node& bucket = buckets_[place & mask];
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

void Family::Cache::start(std::size_t wanted) {
    std::size_t size = k_smallest_table;
    while (size < wanted && size < k_largest_cache) {
        size *= 2;
    }
    entries_.assign(size, Entry{});
    kept_ = 0;
}

/// Four times as large once as much was kept as there is room for, with what is in it.
void Family::Cache::keep(std::uint64_t hash, const Entry& entry) {
    if (++kept_ > entries_.size() && entries_.size() < k_largest_cache) {
        const std::vector<Entry> before =
            std::exchange(entries_, std::vector<Entry>(4 * entries_.size()));
        for (const Entry& one : before) {
            if (one.a != k_nothing) {
                place(node_hash(one.a, one.b)) = one;
            }
        }
    }
    place(hash) = entry;
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
    const std::uint64_t hash = node_hash(sets, function);
    if (const Cache::Entry& known = cache_.at(hash); known.a == sets && known.b == function) {
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
        cache_.keep(hash, {sets, function, result});
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

/// The minimal sets of `able` for which `before` does not hold: where the two are one function
/// there are none, so that only what differs is looked at.
Family::Node Family::newly_below(Diagram::Node able, Diagram::Node before) {
    while (diagram_->level(before) < diagram_->level(able)) {
        before = part(before, false);  // no minimal set has what `able` does not depend on
    }
    if (able == Diagram::k_false || before == Diagram::k_true || able == before) {
        return k_none;
    }
    if (before == Diagram::k_false) {
        return minimal_below(able);
    }
    const std::uint64_t hash = node_hash(able, before);
    if (const Cache::Entry& known = pairs_.at(hash); known.a == able && known.b == before) {
        return known.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    const bool same = diagram_->level(before) == diagram_->level(able);
    Node without = newly_below(part(able, false), same ? part(before, false) : before);
    if (without == k_nothing) {
        return k_nothing;
    }
    Node with = newly_below(part(able, true), same ? part(before, true) : before);
    if (with == k_nothing) {
        return k_nothing;
    }
    with = outside(with, part(able, false));
    if (with == k_nothing) {
        return k_nothing;
    }
    Node result = make(diagram_->level(able), without, with);
    if (result != k_nothing) {
        pairs_.keep(hash, {able, before, result});
    }
    return result;
}

void Family::begin(const Diagram& diagram, Side side) {
    diagram_ = &diagram;
    side_ = side;
    found_.assign(diagram.span(), k_nothing);
    cache_.start(8 * diagram.size());
}

void Family::end() {
    found_ = {};
    cache_ = {};
    pairs_ = {};
}

Family::Node Family::minimal(const Diagram& diagram, Diagram::Node function, Side side) {
    begin(diagram, side);
    Node result = minimal_below(function);
    end();
    return result;
}

Family::Node Family::newly_minimal(const Diagram& diagram, Diagram::Node able,
                                   Diagram::Node before) {
    begin(diagram, Side::acting);
    pairs_.start(4 * diagram.size());
    Node result = newly_below(able, before);
    end();
    return result;
}

}  // namespace cheget::analysis
