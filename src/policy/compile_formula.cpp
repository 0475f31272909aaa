// Builds compiled formulas from a policy's.
#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <map>

#include "policy/compile.h"

namespace cheget::policy {

namespace {

bool sorted_and_distinct(const std::vector<PrincipalIndex>& people) {
    return std::adjacent_find(people.begin(), people.end(), std::greater_equal<>{}) == people.end();
}

}  // namespace

bool have_common(const std::vector<PrincipalIndex>& left,
                 const std::vector<PrincipalIndex>& right) {
    auto l = left.begin();
    auto r = right.begin();
    while (l != left.end() && r != right.end()) {
        if (*l == *r) {
            return true;
        }
        *l < *r ? ++l : ++r;
    }
    return false;
}

std::vector<std::vector<PrincipalIndex>> people_below(const Formula& formula,
                                                      const std::vector<DeputyPlaces>& deputies) {
    std::vector<std::vector<PrincipalIndex>> below(formula.nodes.size());
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        const auto& node = formula.nodes[i];
        std::vector<PrincipalIndex> all = node.people;
        for (const DeputyPlaces& one : deputies) {
            if (std::find(node.people.begin(), node.people.end(), one.stands_for) !=
                node.people.end()) {
                all.push_back(one.deputy);
            }
        }
        for (const std::uint32_t child : node.children) {
            if (child < i) {
                all.insert(all.end(), below[child].begin(), below[child].end());
            }
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        below[i] = std::move(all);
    }
    return below;
}

class FormulaCompiler {
  public:
    FormulaCompiler(const Formula& formula, RuleFrame& frame) : formula_(formula), frame_(frame) {}

    CompiledFormula compile() {
        if (!is_tree() || !sequence_stands_alone()) {
            return CompiledFormula::never();
        }
        order_depth_first();
        if (result_.deepest_ > k_deepest_evaluated) {
            return CompiledFormula::never();
        }
        below_ = people_below(formula_, frame_.deputies);
        for (auto& node : result_.nodes_) {
            fill(node);
        }
        return std::move(result_);
    }

  private:
    /// Children lie below their parents and each node but the root, the last, is used once.
    bool is_tree() const {
        const auto& nodes = formula_.nodes;
        if (nodes.empty() || nodes.size() > std::numeric_limits<std::uint32_t>::max()) {
            return false;
        }
        std::vector<bool> used(nodes.size(), false);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (const std::uint32_t child : nodes[i].children) {
                if (child >= i || used[child]) {
                    return false;
                }
                used[child] = true;
            }
        }
        return std::find(used.begin(), used.end() - 1, false) == used.end() - 1;
    }

    /// Evaluation keeps one counter per depth, which needs each node right after its descendants.
    void order_depth_first() {
        struct Visit {
            std::uint32_t node;
            std::size_t next_child;
        };
        std::vector<Visit> path{{static_cast<std::uint32_t>(formula_.nodes.size() - 1), 0}};
        while (!path.empty()) {
            Visit& visit = path.back();
            const auto& children = formula_.nodes[visit.node].children;
            if (visit.next_child < children.size()) {
                const std::uint32_t child = children[visit.next_child++];
                path.push_back({child, 0});
                continue;
            }
            CompiledFormula::Node node;
            node.source = visit.node;
            node.depth = static_cast<std::uint16_t>(std::min<std::size_t>(path.size() - 1, 0xFFFF));
            result_.deepest_ = std::max(result_.deepest_, node.depth);
            result_.nodes_.push_back(node);
            path.pop_back();
        }
    }

    /// A sequence is the root, or beside it in an `all of` at the root stand conditions alone: its
    /// people are distinct among themselves, and nothing else here may ask for people.
    bool sequence_stands_alone() const {
        const auto& nodes = formula_.nodes;
        const auto sequences = std::count_if(nodes.begin(), nodes.end(),
                                             [](const auto& node) { return node.in_sequence; });
        if (sequences == 0) {
            return true;
        }
        const auto& root = nodes.back();
        if (sequences > 1) {
            return false;
        }
        if (root.in_sequence) {
            return true;
        }
        return root.need == root.children.size() &&
               std::all_of(root.children.begin(), root.children.end(), [&](std::uint32_t child) {
                   return nodes[child].in_sequence || is_condition(nodes[child].kind);
               });
    }

    static bool is_condition(Formula::Node::Kind kind) {
        return kind == Formula::Node::Kind::fact || kind == Formula::Node::Kind::parameter;
    }

    void fill(CompiledFormula::Node& node) {
        using Kind = Formula::Node::Kind;
        const auto& source = formula_.nodes[node.source];
        node.need = source.need;
        const bool names_people = source.kind == Kind::people || source.kind == Kind::weight;
        if (source.need < 1 || (source.kind != Kind::threshold && !source.children.empty()) ||
            (!names_people && !source.people.empty())) {
            return;  // stays `never`
        }
        switch (source.kind) {
            case Kind::people:
                if (source.need <= source.people.size()) {
                    fill_people(node, source, CompiledFormula::Kind::people);
                }
                break;
            case Kind::weight:
                fill_weight(node, source);
                break;
            case Kind::threshold:
                if (source.need <= source.children.size()) {
                    fill_threshold(node, source);
                }
                break;
            case Kind::fact:
            case Kind::parameter:
                fill_condition(node, source);
                break;
        }
    }

    void fill_people(CompiledFormula::Node& node, const Formula::Node& source,
                     CompiledFormula::Kind kind) {
        if (!sorted_and_distinct(source.people)) {
            return;
        }
        const std::uint32_t start = new_set();
        if (!add_people(start, source.people)) {
            return;
        }
        node.people = start;
        node.kind = kind;
    }

    void fill_weight(CompiledFormula::Node& node, const Formula::Node& source) {
        std::uint64_t together = 0;
        for (const std::uint32_t weight : source.weights) {
            together += weight;
        }
        if (source.weights.size() != source.people.size() || source.need > together ||
            std::find(source.weights.begin(), source.weights.end(), 0U) != source.weights.end()) {
            return;
        }
        fill_people(node, source, CompiledFormula::Kind::weight);
        if (node.kind == CompiledFormula::Kind::never) {
            return;
        }
        node.detail = static_cast<std::uint32_t>(result_.weights_.size());
        for (std::size_t i = 0; i < source.people.size(); ++i) {
            const Place place = frame_.place_of[source.people[i]];
            result_.weights_.push_back({place, place, source.weights[i]});
            for (const DeputyPlaces& one : frame_.deputies) {
                if (one.stands_for == source.people[i]) {
                    result_.weights_.push_back({one.approval, one.self, source.weights[i]});
                }
            }
        }
        node.weight_count = static_cast<std::uint32_t>(result_.weights_.size()) - node.detail;
    }

    void fill_condition(CompiledFormula::Node& node, const Formula::Node& source) {
        const bool is_fact = source.kind == Formula::Node::Kind::fact;
        if (!frame_.takes_conditions || source.need != 1 ||
            frame_.conditions.size() >= k_most_conditions ||
            (is_fact && source.compare == Compare::equal)) {
            return;
        }
        node.detail = static_cast<std::uint32_t>(frame_.conditions.size());
        frame_.conditions.push_back(
            {is_fact, source.fact, source.parameter, source.compare, source.number, source.text});
        node.kind = CompiledFormula::Kind::condition;
    }

    /// One person fills one place. Nothing more is to be demanded where the parts have nobody in
    /// common, where the policy says `shared`, and in an `any of`, of which one part is enough. An
    /// `all of` may overlap in its flat parts, by Hall's condition; other overlaps never hold.
    void fill_threshold(CompiledFormula::Node& node, const Formula::Node& source) {
        std::vector<std::uint32_t> overlapping;
        if (!source.shared && source.need > 1) {
            overlapping = overlapping_parts(source.children);
        }
        const bool flat = std::all_of(overlapping.begin(), overlapping.end(), [&](auto part) {
            return formula_.nodes[part].kind == Formula::Node::Kind::people;
        });
        if (!overlapping.empty() && (source.need != source.children.size() || !flat ||
                                     overlapping.size() > k_most_hall_parts)) {
            return;
        }
        node.first_demand = static_cast<std::uint32_t>(result_.demands_.size());
        if (!add_demands(overlapping)) {
            return;
        }
        node.demand_count = static_cast<std::uint32_t>(result_.demands_.size()) - node.first_demand;
        node.kind = source.in_sequence ? sequence_kind(source) : CompiledFormula::Kind::threshold;
    }

    /// A sequence is an `all of` parts that ask for one person each.
    CompiledFormula::Kind sequence_kind(const Formula::Node& source) {
        const bool ones = std::all_of(source.children.begin(), source.children.end(), [&](auto i) {
            const auto& part = formula_.nodes[i];
            return part.kind == Formula::Node::Kind::people && part.need == 1;
        });
        if (!ones || source.shared || source.need != source.children.size() ||
            source.children.size() > k_longest_sequence) {
            return CompiledFormula::Kind::never;
        }
        for (const std::uint32_t part : source.children) {
            result_.sequence_.push_back(new_set());
            if (!add_people(result_.sequence_.back(), formula_.nodes[part].people)) {
                return CompiledFormula::Kind::never;
            }
        }
        return CompiledFormula::Kind::sequence;
    }

    /// The parts that have a person in common with another, in the order given.
    std::vector<std::uint32_t> overlapping_parts(const std::vector<std::uint32_t>& parts) const {
        std::map<PrincipalIndex, std::size_t> first_part_of;
        std::vector<bool> overlaps(parts.size(), false);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            for (const PrincipalIndex person : below_[parts[i]]) {
                const auto [known, is_new] = first_part_of.try_emplace(person, i);
                if (!is_new) {
                    overlaps[i] = overlaps[known->second] = true;
                }
            }
        }
        std::vector<std::uint32_t> result;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (overlaps[i]) {
                result.push_back(parts[i]);
            }
        }
        return result;
    }

    /// Hall's condition for every subset of at least two parts; one part alone is its own node's.
    /// A subset that falls into halves without a person in common follows from its halves.
    bool add_demands(const std::vector<std::uint32_t>& parts) {
        for (unsigned subset = 0; subset < 1U << parts.size(); ++subset) {
            if (std::popcount(subset) < 2 || !hangs_together(parts, subset)) {
                continue;
            }
            CompiledFormula::Demand demand{0, new_set()};
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if ((subset >> i & 1U) != 0) {
                    const auto& part = formula_.nodes[parts[i]];
                    demand.need += part.need;
                    if (!add_people(demand.people, part.people)) {
                        return false;
                    }
                }
            }
            result_.demands_.push_back(demand);
        }
        return true;
    }

    bool hangs_together(const std::vector<std::uint32_t>& parts, unsigned subset) const {
        unsigned reached = subset & (~subset + 1);  // its lowest part
        for (bool grew = true; grew;) {
            grew = false;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if ((subset >> i & 1U) == 0 || (reached >> i & 1U) != 0) {
                    continue;
                }
                for (std::size_t j = 0; j < parts.size(); ++j) {
                    if ((reached >> j & 1U) != 0 &&
                        have_common(below_[parts[i]], below_[parts[j]])) {
                        reached |= 1U << i;
                        grew = true;
                        break;
                    }
                }
            }
        }
        return reached == subset;
    }

    std::uint32_t new_set() {
        const auto start = static_cast<std::uint32_t>(result_.words_.size());
        result_.words_.resize(result_.words_.size() + frame_.words);
        return start;
    }

    bool add_people(std::uint32_t start, const std::vector<PrincipalIndex>& people) {
        Word* words = result_.words_.data() + start;
        for (const PrincipalIndex person : people) {
            if (person >= frame_.place_of.size() || frame_.place_of[person] == k_no_place) {
                return false;
            }
            add_place(words, frame_.place_of[person]);
            for (const DeputyPlaces& one : frame_.deputies) {
                if (one.stands_for == person) {
                    add_place(words, one.approval);
                }
            }
        }
        return true;
    }

    const Formula& formula_;
    RuleFrame& frame_;
    std::vector<std::vector<PrincipalIndex>> below_;
    CompiledFormula result_;
};

CompiledFormula CompiledFormula::compile(const Formula& formula, RuleFrame& frame) {
    return FormulaCompiler(formula, frame).compile();
}

CompiledFormula CompiledFormula::never() {
    CompiledFormula formula;
    formula.nodes_.emplace_back();
    return formula;
}

}  // namespace cheget::policy
