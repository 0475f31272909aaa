// Families of sets as zero-suppressed diagrams (Minato 1993), and the minimal sets of a function as
// such a family. Sets are of levels: the places of a diagram's variables in its order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/diagram.h"

namespace cheget::analysis {

/// Which minimal sets of a function are meant.
enum class Side : std::uint8_t {
    acting,    ///< those that suffice while all others are false
    blocking,  ///< those whose being false suffices while all others are true
};

class Family {
  public:
    using Node = std::uint32_t;
    static constexpr Node k_none = 0;   ///< no set at all
    static constexpr Node k_empty = 1;  ///< the empty set alone
    static constexpr Node k_nothing = ~Node{0};

    struct Entry {
        std::uint32_t level;
        Node without;  ///< the sets that lack the level
        Node with;     ///< the sets that have it, without it; never k_none
    };

    explicit Family(Meter& meter) : meter_(meter), nodes_{{~0U, 0, 0}, {~0U, 1, 1}} {}

    /// The minimal sets of a function that is monotone by `diagram`'s order as it is now; k_nothing
    /// past the budget.
    Node minimal(const Diagram& diagram, Diagram::Node function, Side side);

    /// The minimal sets of `able` for which `before` does not hold, both being monotone; k_nothing
    /// past the budget.
    Node newly_minimal(const Diagram& diagram, Diagram::Node able, Diagram::Node before);

    const Entry& entry(Node node) const { return nodes_[node]; }
    /// Nodes lie above those that they refer to: numbers below this, the constants included.
    std::size_t size() const { return nodes_.size(); }

    Node make(std::uint32_t level, Node without, Node with);

  private:
    /// What is known of pairs, as far as there is room.
    class Cache {
      public:
        struct Entry {
            Node a = k_nothing;
            Node b = 0;
            Node result = 0;
        };
        /// Empties it.
        void start(std::size_t wanted);
        const Entry& at(std::uint64_t hash) const { return entries_[hash & (entries_.size() - 1)]; }
        void keep(std::uint64_t hash, const Entry& entry);

      private:
        Entry& place(std::uint64_t hash) { return entries_[hash & (entries_.size() - 1)]; }

        std::vector<Entry> entries_;
        std::size_t kept_ = 0;
    };

    void begin(const Diagram& diagram, Side side);
    void end();
    Node minimal_below(Diagram::Node function);
    Node newly_below(Diagram::Node able, Diagram::Node before);
    Node outside(Node sets, Diagram::Node function);
    Diagram::Node part(Diagram::Node function, bool with) const {
        return with == (side_ == Side::acting) ? diagram_->high(function) : diagram_->low(function);
    }
    void grow();

    Meter& meter_;
    std::vector<Entry> nodes_;
    std::vector<Node> buckets_;  ///< open addressing; k_none is free
    // At work.
    const Diagram* diagram_ = nullptr;
    Side side_ = Side::acting;
    std::vector<Node> found_;  ///< minimal sets by function
    Cache cache_;              ///< by sets and the function that must not hold for them
    Cache pairs_;              ///< by a function and the one before it
};

}  // namespace cheget::analysis
