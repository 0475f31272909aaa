// Binary decision diagrams of one module: every function of its variables is one node, equal
// functions are the same node. The order of the variables can be improved while nodes keep their
// meaning (sifting). Variables are numbered from 0; an operation past the limit of nodes or past
// the meter's budget gives k_nothing, and so does every operation on k_nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/meter.h"

namespace cheget::analysis {

class Diagram {
  public:
    using Node = std::uint32_t;
    static constexpr Node k_false = 0;
    static constexpr Node k_true = 1;
    static constexpr Node k_nothing = ~Node{0};
    /// Operations recurse to the depth of the variables.
    static constexpr std::uint32_t k_most_variables = 8192;

    /// `order` is a permutation of 0 … n-1, the topmost variable first; at most k_most_variables.
    Diagram(std::span<const std::uint32_t> order, Meter& meter);

    /// From now on at most `nodes` exist at a time; what is there already stays.
    void limit(std::size_t nodes) { most_nodes_ = nodes; }

    Node variable(std::uint32_t variable);
    Node both(Node left, Node right);
    Node either(Node left, Node right);
    Node differ(Node left, Node right);
    Node inverse(Node node) { return differ(node, k_true); }
    Node if_then_else(Node condition, Node yes, Node no);

    bool is_constant(Node node) const { return node <= k_true; }
    std::uint32_t variable_of(Node node) const { return nodes_[node].variable; }
    Node low(Node node) const { return nodes_[node].low; }
    Node high(Node node) const { return nodes_[node].high; }
    /// The place of a node's variable in the order, from 0; constants lie below all.
    std::uint32_t level(Node node) const { return level_of_[nodes_[node].variable]; }
    std::span<const std::uint32_t> order() const { return variable_at_; }
    std::uint32_t variables() const { return static_cast<std::uint32_t>(variable_at_.size()); }

    /// Nodes that exist, the constants aside.
    std::size_t size() const { return alive_; }
    /// Node numbers are below this.
    std::size_t span() const { return nodes_.size(); }

    /// Forgets every node that `roots` do not reach.
    void collect(std::span<const Node> roots);
    /// Collects, then moves each variable, those of most nodes first, to where the diagram is
    /// smallest. All nodes that `roots` reach keep their numbers and their functions.
    void sift(std::span<const Node> roots, std::size_t most_variables = k_most_variables);

    /// The node for (variable, low, high), which must lie below it in the order.
    Node make(std::uint32_t variable, Node low, Node high);

  private:
    struct Entry {
        std::uint32_t variable;  ///< of constants one more than the last
        Node low;
        Node high;
        Node next;  ///< in its bucket, or in the list of free nodes
    };
    struct Table {
        std::vector<Node> buckets;
        std::size_t count = 0;
    };
    struct Cached {
        Node a = k_nothing;
        Node b = 0;
        Node c = 0;
        Node result = 0;
    };
    /// A node taken apart.
    struct Parted {
        std::uint32_t level;
        Node low;
        Node high;

        /// Its part on one side of the variable at `top`; all of it if it lies below.
        Node side(std::uint32_t top, Node whole, bool upper) const {
            return level != top ? whole : upper ? high : low;
        }
    };
    enum Operation : Node { op_both = k_nothing - 3, op_either, op_differ };

    Parted parted(Node node) const {
        const Entry& entry = nodes_[node];
        return {level_of_[entry.variable], entry.low, entry.high};
    }
    Cached& cached(std::uint64_t hash) { return cache_[hash & (cache_.size() - 1)]; }
    Node remember(std::uint64_t hash, const Cached& entry);
    Node terminal(Operation operation, Node left, Node right) const;
    Node combined(Operation operation, Node left, Node right);
    void insert(Node node);
    void remove(Node node);
    void grow(Table& table);
    void fit_cache();

    // Of sifting, with the uses of every node counted.
    void count_uses(std::span<const Node> roots);
    void release(Node node);
    Node make_used(std::uint32_t variable, Node low, Node high);
    void swap_with_next(std::uint32_t level);
    void sift_variable(std::uint32_t variable);

    Meter& meter_;
    std::vector<Entry> nodes_;
    std::vector<Table> tables_;  ///< by variable
    std::vector<std::uint32_t> variable_at_;
    std::vector<std::uint32_t> level_of_;  ///< by variable; last, that of the constants
    std::vector<Cached> cache_;
    std::vector<std::uint32_t> uses_;
    std::size_t swapped_ = 0;         ///< nodes that the last swap rewrote
    std::size_t swapped_in_all_ = 0;  ///< since sifting began
    Node free_ = k_nothing;
    std::size_t alive_ = 0;
    std::size_t most_nodes_;
};

}  // namespace cheget::analysis
