// Making nodes and combining them (Bryant 1986; unique tables by variable as Rudell 1993 has them).
#include "analysis/diagram.h"

#include <algorithm>
#include <utility>

#include "analysis/node_hash.h"

namespace cheget::analysis {

namespace {

constexpr std::size_t k_smallest_table = 16;
constexpr std::size_t k_smallest_cache = 256;
constexpr std::size_t k_largest_cache = std::size_t{1} << 22U;

}  // namespace

Diagram::Diagram(std::span<const std::uint32_t> order, Meter& meter)
    : meter_(meter),
      nodes_{{static_cast<std::uint32_t>(order.size()), 0, 0, 0},
             {static_cast<std::uint32_t>(order.size()), 1, 1, 0}},
      tables_(order.size()),
      variable_at_(order.begin(), order.end()),
      level_of_(order.size() + 1),
      cache_(k_smallest_cache),
      most_nodes_(meter.most_nodes()) {
    for (std::uint32_t level = 0; level < order.size(); ++level) {
        level_of_[order[level]] = level;
    }
    level_of_[order.size()] = k_most_variables;
}

void Diagram::grow(Table& table) {
    std::vector<Node> before = std::exchange(
        table.buckets,
        std::vector<Node>(std::max(k_smallest_table, 2 * table.buckets.size()), k_nothing));
    const std::size_t mask = table.buckets.size() - 1;
    for (Node head : before) {
        while (head != k_nothing) {
            Entry& entry = nodes_[head];
            Node& bucket = table.buckets[node_hash(entry.low, entry.high) & mask];
            Node next = std::exchange(entry.next, bucket);
            bucket = head;
            head = next;
        }
    }
}

void Diagram::insert(Node node) {
    Entry& entry = nodes_[node];
    Table& table = tables_[entry.variable];
    if (table.count >= table.buckets.size()) {
        grow(table);
    }
    Node& bucket = table.buckets[node_hash(entry.low, entry.high) & (table.buckets.size() - 1)];
    entry.next = std::exchange(bucket, node);
    ++table.count;
    ++alive_;
}

void Diagram::remove(Node node) {
    const Entry& entry = nodes_[node];
    Table& table = tables_[entry.variable];
    Node* place = &table.buckets[node_hash(entry.low, entry.high) & (table.buckets.size() - 1)];
    while (*place != node) {
        place = &nodes_[*place].next;
    }
    *place = entry.next;
    --table.count;
    --alive_;
}

Diagram::Node Diagram::make(std::uint32_t variable, Node low, Node high) {
    if (low == high) {
        return low;
    }
    const Table& table = tables_[variable];
    if (!table.buckets.empty()) {
        const Entry* const nodes = nodes_.data();
        Node node = table.buckets[node_hash(low, high) & (table.buckets.size() - 1)];
        for (; node != k_nothing; node = nodes[node].next) {
            if (nodes[node].low == low && nodes[node].high == high) {
                return node;
            }
        }
    }
    if (alive_ >= most_nodes_) {
        return k_nothing;
    }
    Node node = free_;
    if (node == k_nothing) {
        node = static_cast<Node>(nodes_.size());
        nodes_.push_back({variable, low, high, k_nothing});
        fit_cache();
    } else {
        free_ = nodes_[node].next;
        nodes_[node] = {variable, low, high, k_nothing};
    }
    insert(node);
    return node;
}

Diagram::Node Diagram::variable(std::uint32_t variable) {
    return make(variable, k_false, k_true);
}

/// Keeps the cache about as large as the nodes are many, and what is in it.
void Diagram::fit_cache() {
    if (nodes_.size() <= cache_.size() || cache_.size() >= k_largest_cache) {
        return;
    }
    std::vector<Cached> before = std::exchange(cache_, std::vector<Cached>(4 * cache_.size()));
    for (const Cached& entry : before) {
        if (entry.a != k_nothing) {
            cached(node_hash(entry.a, entry.b, entry.c)) = entry;
        }
    }
}

Diagram::Node Diagram::remember(std::uint64_t hash, const Cached& entry) {
    if (entry.result != k_nothing) {
        cached(hash) = entry;
    }
    return entry.result;
}

/// What needs no recursion; k_nothing for the rest.
Diagram::Node Diagram::terminal(Operation operation, Node left, Node right) const {
    // left <= right
    if (operation == op_both) {
        return left == k_false ? k_false : left == k_true || left == right ? right : k_nothing;
    }
    if (operation == op_either) {
        return left == k_true ? k_true : left == k_false || left == right ? right : k_nothing;
    }
    return left == right ? k_false : left == k_false ? right : k_nothing;
}

Diagram::Node Diagram::combined(Operation operation, Node left, Node right) {
    if (left > right) {
        std::swap(left, right);
    }
    if (Node known = terminal(operation, left, right); known != k_nothing) {
        return known;
    }
    const std::uint64_t hash = node_hash(left, right, operation);
    if (const Cached& entry = cached(hash);
        entry.a == left && entry.b == right && entry.c == operation) {
        return entry.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    const Parted one = parted(left);
    const Parted other = parted(right);
    const std::uint32_t top = std::min(one.level, other.level);
    Node no = combined(operation, one.side(top, left, false), other.side(top, right, false));
    if (no == k_nothing) {
        return k_nothing;
    }
    Node yes = combined(operation, one.side(top, left, true), other.side(top, right, true));
    if (yes == k_nothing) {
        return k_nothing;
    }
    return remember(hash, {left, right, operation, make(variable_at_[top], no, yes)});
}

Diagram::Node Diagram::both(Node left, Node right) {
    return left == k_nothing || right == k_nothing ? k_nothing : combined(op_both, left, right);
}

Diagram::Node Diagram::either(Node left, Node right) {
    return left == k_nothing || right == k_nothing ? k_nothing : combined(op_either, left, right);
}

Diagram::Node Diagram::differ(Node left, Node right) {
    return left == k_nothing || right == k_nothing ? k_nothing : combined(op_differ, left, right);
}

Diagram::Node Diagram::if_then_else(Node condition, Node yes, Node no) {
    if (condition == k_nothing || yes == k_nothing || no == k_nothing) {
        return k_nothing;
    }
    if (condition <= k_true) {
        return condition == k_true ? yes : no;
    }
    if (yes == no) {
        return yes;
    }
    if (yes == k_true || yes == condition) {
        return combined(op_either, condition, no);
    }
    if (no == k_false || no == condition) {
        return combined(op_both, condition, yes);
    }
    const std::uint64_t hash = node_hash(condition, yes, no);
    if (const Cached& entry = cached(hash);
        entry.a == condition && entry.b == yes && entry.c == no) {
        return entry.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    const Parted asked = parted(condition);
    const Parted then = parted(yes);
    const Parted otherwise = parted(no);
    const std::uint32_t top = std::min({asked.level, then.level, otherwise.level});
    const auto side = [&](bool high) {
        return if_then_else(asked.side(top, condition, high), then.side(top, yes, high),
                            otherwise.side(top, no, high));
    };
    Node below = side(false);
    if (below == k_nothing) {
        return k_nothing;
    }
    Node above = side(true);
    if (above == k_nothing) {
        return k_nothing;
    }
    return remember(hash, {condition, yes, no, make(variable_at_[top], below, above)});
}

void Diagram::collect(std::span<const Node> roots) {
    std::vector<std::uint8_t> marked(nodes_.size());
    marked[k_false] = marked[k_true] = 1;
    std::vector<Node> waiting;
    const auto mark = [&](Node node) {
        if (marked[node] == 0) {
            marked[node] = 1;
            waiting.push_back(node);
        }
    };
    for (Node root : roots) {
        if (root != k_nothing) {
            mark(root);
        }
    }
    while (!waiting.empty()) {
        const Entry& entry = nodes_[waiting.back()];
        waiting.pop_back();
        mark(entry.low);
        mark(entry.high);
    }
    for (Table& table : tables_) {
        for (Node& bucket : table.buckets) {
            Node* place = &bucket;
            while (*place != k_nothing) {
                Node node = *place;
                if (marked[node] != 0) {
                    place = &nodes_[node].next;
                } else {
                    *place = nodes_[node].next;
                    nodes_[node].next = std::exchange(free_, node);
                    --table.count;
                    --alive_;
                }
            }
        }
    }
    // What is known of nodes that stay remains known.
    for (Cached& entry : cache_) {
        if (entry.a != k_nothing &&
            (marked[entry.a] == 0 || marked[entry.b] == 0 || marked[entry.result] == 0 ||
             (entry.c < op_both && marked[entry.c] == 0))) {
            entry = {};
        }
    }
}

}  // namespace cheget::analysis
