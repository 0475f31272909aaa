// Making nodes and combining them (Bryant 1986; unique tables by variable as Rudell 1993 has them).
#include "analysis/diagram.h"

#include <algorithm>
#include <utility>

namespace cheget::analysis {

namespace {

constexpr std::size_t k_smallest_table = 4;
constexpr std::size_t k_smallest_cache = 256;
constexpr std::size_t k_largest_cache = std::size_t{1} << 22U;

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    return value ^ (value >> 32U);
}

}  // namespace

Diagram::Diagram(std::span<const std::uint32_t> order, Meter& meter)
    : meter_(meter),
      nodes_{{k_most_variables, 0, 0, 0}, {k_most_variables, 1, 1, 0}},
      tables_(order.size()),
      variable_at_(order.begin(), order.end()),
      level_of_(order.size()),
      cache_(k_smallest_cache),
      most_nodes_(meter.most_nodes()) {
    for (std::uint32_t level = 0; level < order.size(); ++level) {
        level_of_[order[level]] = level;
    }
}

std::size_t Diagram::bucket_of(const Table& table, Node low, Node high) {
    return mixed(low + (std::uint64_t{high} << 32U)) & (table.buckets.size() - 1);
}

void Diagram::grow(Table& table) {
    std::vector<Node> before = std::exchange(
        table.buckets,
        std::vector<Node>(std::max(k_smallest_table, 2 * table.buckets.size()), k_nothing));
    for (Node head : before) {
        while (head != k_nothing) {
            Entry& entry = nodes_[head];
            Node& bucket = table.buckets[bucket_of(table, entry.low, entry.high)];
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
    Node& bucket = table.buckets[bucket_of(table, entry.low, entry.high)];
    entry.next = std::exchange(bucket, node);
    ++table.count;
    ++alive_;
}

void Diagram::remove(Node node) {
    const Entry& entry = nodes_[node];
    Table& table = tables_[entry.variable];
    Node* place = &table.buckets[bucket_of(table, entry.low, entry.high)];
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
        Node node = table.buckets[bucket_of(table, low, high)];
        for (; node != k_nothing; node = nodes_[node].next) {
            if (nodes_[node].low == low && nodes_[node].high == high) {
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
            cached(entry.a, entry.b, entry.c) = entry;
        }
    }
}

Diagram::Cached& Diagram::cached(Node a, Node b, Node c) {
    std::uint64_t key = mixed(mixed(a + (std::uint64_t{b} << 32U)) + c);
    return cache_[(key >> 8U) & (cache_.size() - 1)];
}

Diagram::Node Diagram::remember(Node a, Node b, Node c, Node result) {
    if (result != k_nothing) {
        cached(a, b, c) = {a, b, c, result};
    }
    return result;
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
    if (const Cached& entry = cached(left, right, operation);
        entry.a == left && entry.b == right && entry.c == operation) {
        return entry.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    std::uint32_t left_level = level(left);
    std::uint32_t right_level = level(right);
    std::uint32_t top = std::min(left_level, right_level);
    Node left_low = left_level == top ? low(left) : left;
    Node left_high = left_level == top ? high(left) : left;
    Node right_low = right_level == top ? low(right) : right;
    Node right_high = right_level == top ? high(right) : right;
    Node no = combined(operation, left_low, right_low);
    if (no == k_nothing) {
        return k_nothing;
    }
    Node yes = combined(operation, left_high, right_high);
    if (yes == k_nothing) {
        return k_nothing;
    }
    return remember(left, right, operation, make(variable_at_[top], no, yes));
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
    if (const Cached& entry = cached(condition, yes, no);
        entry.a == condition && entry.b == yes && entry.c == no) {
        return entry.result;
    }
    if (!meter_.step()) {
        return k_nothing;
    }
    std::uint32_t top = std::min({level(condition), level(yes), level(no)});
    auto side = [&](Node node, bool upper) {
        return level(node) != top ? node : upper ? high(node) : low(node);
    };
    Node below = if_then_else(side(condition, false), side(yes, false), side(no, false));
    if (below == k_nothing) {
        return k_nothing;
    }
    Node above = if_then_else(side(condition, true), side(yes, true), side(no, true));
    if (above == k_nothing) {
        return k_nothing;
    }
    return remember(condition, yes, no, make(variable_at_[top], below, above));
}

void Diagram::collect(std::span<const Node> roots) {
    std::vector<bool> marked(nodes_.size());
    std::vector<Node> waiting;
    for (Node root : roots) {
        if (root != k_nothing) {
            waiting.push_back(root);
        }
    }
    while (!waiting.empty()) {
        Node node = waiting.back();
        waiting.pop_back();
        if (!is_constant(node) && !marked[node]) {
            marked[node] = true;
            waiting.push_back(low(node));
            waiting.push_back(high(node));
        }
    }
    for (Table& table : tables_) {
        for (Node& bucket : table.buckets) {
            Node* place = &bucket;
            while (*place != k_nothing) {
                Node node = *place;
                if (marked[node]) {
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
    std::ranges::fill(cache_, Cached{});
}

}  // namespace cheget::analysis
