// Improving the order of a diagram's variables in place (Rudell 1993): two neighbours are swapped
// by rewriting the nodes of the upper one, each of which keeps its number and its function.
#include <algorithm>
#include <numeric>
#include <utility>

#include "analysis/diagram.h"

namespace cheget::analysis {

namespace {

// A variable stops moving in a direction once the diagram is larger by this than at its best.
constexpr std::size_t k_growth_percent = 110;
// Nodes rewritten in one sifting, after which no further variable is moved: a second or so.
constexpr std::size_t k_most_work = 8'000'000;

}  // namespace

void Diagram::count_uses(std::span<const Node> roots) {
    uses_.assign(nodes_.size(), 0);
    for (const Table& table : tables_) {
        for (Node node : table.buckets) {
            for (; node != k_nothing; node = nodes_[node].next) {
                ++uses_[low(node)];
                ++uses_[high(node)];
            }
        }
    }
    for (Node root : roots) {
        if (root != k_nothing) {
            ++uses_[root];
        }
    }
}

/// Takes one use off a node; what nobody uses any more goes, with its own uses.
void Diagram::release(Node node) {
    if (is_constant(node) || --uses_[node] > 0) {
        return;
    }
    std::vector<Node> waiting{node};
    while (!waiting.empty()) {
        Node dead = waiting.back();
        waiting.pop_back();
        remove(dead);
        for (Node below : {low(dead), high(dead)}) {
            if (!is_constant(below) && --uses_[below] == 0) {
                waiting.push_back(below);
            }
        }
        nodes_[dead].next = std::exchange(free_, dead);
    }
}

/// make(), with one more use of the node it gives.
Diagram::Node Diagram::make_used(std::uint32_t variable, Node low, Node high) {
    std::size_t before = alive_;
    Node node = make(variable, low, high);
    if (uses_.size() < nodes_.size()) {
        uses_.resize(nodes_.size());
    }
    if (alive_ > before) {
        uses_[node] = 0;
        ++uses_[low];
        ++uses_[high];
    }
    ++uses_[node];
    return node;
}

void Diagram::swap_with_next(std::uint32_t level) {
    std::uint32_t upper = variable_at_[level];
    std::uint32_t lower = variable_at_[level + 1];
    Table& table = tables_[upper];
    std::vector<Node> moving;
    for (Node& bucket : table.buckets) {
        Node* place = &bucket;
        while (*place != k_nothing) {
            Node node = *place;
            const Entry& entry = nodes_[node];
            if (nodes_[entry.low].variable == lower || nodes_[entry.high].variable == lower) {
                *place = entry.next;
                --table.count;
                --alive_;
                moving.push_back(node);
            } else {
                place = &nodes_[node].next;
            }
        }
    }
    for (Node node : moving) {
        Node no = low(node);
        Node yes = high(node);
        auto side = [&](Node below, bool up) {
            return nodes_[below].variable != lower ? below : up ? high(below) : low(below);
        };
        Node new_low = make_used(upper, side(no, false), side(yes, false));
        Node new_high = make_used(upper, side(no, true), side(yes, true));
        nodes_[node].variable = lower;
        nodes_[node].low = new_low;
        nodes_[node].high = new_high;
        insert(node);
        release(no);
        release(yes);
    }
    swapped_ = moving.size() + 1;
    swapped_in_all_ += swapped_;
    std::swap(variable_at_[level], variable_at_[level + 1]);
    level_of_[upper] = level + 1;
    level_of_[lower] = level;
}

void Diagram::sift_variable(std::uint32_t variable) {
    std::uint32_t last = variables() - 1;
    std::uint32_t start = level_of_[variable];
    std::size_t best = alive_;
    std::uint32_t best_level = start;
    auto move = [&](bool down) {
        std::uint32_t level = level_of_[variable];
        while (down ? level < last : level > 0) {
            swap_with_next(down ? level : level - 1);
            level = level_of_[variable];
            if (alive_ < best) {
                best = alive_;
                best_level = level;
            }
            if (alive_ * 100 > best * k_growth_percent || !meter_.step(swapped_)) {
                break;
            }
        }
    };
    bool down_first = last - start < start;
    move(down_first);
    move(!down_first);
    while (level_of_[variable] < best_level) {
        swap_with_next(level_of_[variable]);
    }
    while (level_of_[variable] > best_level) {
        swap_with_next(level_of_[variable] - 1);
    }
}

void Diagram::sift(std::span<const Node> roots, std::size_t most_variables) {
    collect(roots);
    if (variables() < 2) {
        return;
    }
    count_uses(roots);
    std::size_t limit = std::exchange(most_nodes_, ~std::size_t{0});
    std::vector<std::uint32_t> by_size(variables());
    std::iota(by_size.begin(), by_size.end(), 0U);
    std::ranges::stable_sort(by_size, std::greater<>{},
                             [&](std::uint32_t variable) { return tables_[variable].count; });
    by_size.resize(std::min(by_size.size(), most_variables));
    swapped_in_all_ = 0;
    for (std::uint32_t variable : by_size) {
        if (tables_[variable].count > 0 && !meter_.spent() && swapped_in_all_ < k_most_work) {
            sift_variable(variable);
        }
    }
    most_nodes_ = limit;
    std::ranges::fill(cache_, Cached{});
}

}  // namespace cheget::analysis
