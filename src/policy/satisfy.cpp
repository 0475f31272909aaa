// Satisfiability by everyone who is willing: formulas are monotone, so all of them speak at once.
#include "policy/satisfy.h"

namespace cheget::policy {
namespace {

// Hall's condition: for every choice among the overlapping flat parts, the willing people of the
// chosen parts together are at least as many as the parts need.
bool hall_holds(const Formula& formula, const Formula::Node& node,
                const std::vector<PeopleSet>& people, const std::vector<std::size_t>& parts,
                const PeopleSet& willing) {
    for (std::uint32_t choice = 1; choice < (1U << parts.size()); ++choice) {
        PeopleSet together;
        std::size_t needed = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if ((choice >> i & 1U) != 0) {
                std::uint32_t child = node.children[parts[i]];
                together |= people[child];
                needed += formula.nodes[child].need;
            }
        }
        if ((together & willing).count() < needed) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_divisible(const Formula::Node& root) {
    return root.kind == Formula::Node::Kind::threshold && !root.shared && !root.in_sequence &&
           root.need == root.children.size();
}

Formula joined(const Formula& approve, const Formula& consent, Position at) {
    Formula both;
    Formula::Node root;
    root.kind = Formula::Node::Kind::threshold;
    root.at = at;
    for (const Formula* formula : {&approve, &consent}) {
        auto offset = static_cast<std::uint32_t>(both.nodes.size());
        bool divisible = is_divisible(formula->root());
        std::size_t count = formula->nodes.size() - (divisible ? 1U : 0U);
        for (std::size_t i = 0; i < count; ++i) {
            both.nodes.push_back(formula->nodes[i]);
            for (std::uint32_t& child : both.nodes.back().children) {
                child += offset;
            }
        }
        if (divisible) {
            for (std::uint32_t child : formula->root().children) {
                root.children.push_back(offset + child);
            }
        } else {
            root.children.push_back(static_cast<std::uint32_t>(both.nodes.size() - 1));
        }
    }
    root.need = static_cast<std::uint32_t>(root.children.size());
    both.nodes.push_back(std::move(root));
    return both;
}

std::vector<PeopleSet> people_of_nodes(const Formula& formula) {
    std::vector<PeopleSet> people(formula.nodes.size());
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        for (PrincipalIndex person : formula.nodes[i].people) {
            people[i].set(person);
        }
        for (std::uint32_t child : formula.nodes[i].children) {
            people[i] |= people[child];
        }
    }
    return people;
}

std::vector<std::size_t> overlapping_children(const Formula::Node& node,
                                              const std::vector<PeopleSet>& people) {
    PeopleSet once;
    PeopleSet twice;
    for (std::uint32_t child : node.children) {
        twice |= once & people[child];
        once |= people[child];
    }
    std::vector<std::size_t> overlapping;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if ((people[node.children[i]] & twice).any()) {
            overlapping.push_back(i);
        }
    }
    return overlapping;
}

std::vector<bool> satisfiable_nodes(const Formula& formula, const std::vector<PeopleSet>& people,
                                    const PeopleSet& willing) {
    std::vector<bool> satisfiable(formula.nodes.size());
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        const Formula::Node& node = formula.nodes[i];
        if (node.kind == Formula::Node::Kind::people) {
            satisfiable[i] = (people[i] & willing).count() >= node.need;
            continue;
        }
        if (node.kind == Formula::Node::Kind::weight) {
            std::uint64_t weight = 0;
            for (std::size_t j = 0; j < node.people.size(); ++j) {
                weight += willing.test(node.people[j]) ? node.weights[j] : 0U;
            }
            satisfiable[i] = weight >= node.need;
            continue;
        }
        if (node.kind != Formula::Node::Kind::threshold) {
            satisfiable[i] = true;  // a condition, which may come true
            continue;
        }
        std::size_t satisfied = 0;
        for (std::uint32_t child : node.children) {
            satisfied += satisfiable[child] ? 1U : 0U;
        }
        satisfiable[i] = satisfied >= node.need;
        bool all = node.need == node.children.size() && node.need > 1;
        if (satisfiable[i] && all && !node.shared) {
            auto parts = overlapping_children(node, people);
            satisfiable[i] = parts.empty() || hall_holds(formula, node, people, parts, willing);
        }
    }
    return satisfiable;
}

}  // namespace cheget::policy
