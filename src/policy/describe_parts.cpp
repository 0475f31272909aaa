// Names and citations.
#include "policy/describe_parts.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::policy {

using Kind = Formula::Node::Kind;

std::uint32_t statement_of(const std::vector<std::uint32_t>& of, PrincipalIndex person) {
    return person < of.size() ? of[person] : Tree::k_none;
}

std::string Described::cited(PrincipalIndex person, std::uint32_t statement) const {
    return statement < cite.size() ? fmt::format("{} ({})", name_of(person), cite[statement])
                                   : name_of(person);
}

bool Described::is_barred(PrincipalIndex person) const {
    return statement_of(tree.veto_of, person) != Tree::k_none ||
           statement_of(tree.withdrawal_of, person) != Tree::k_none ||
           (person == order.proposer() && !action().proposer_counts);
}

std::vector<std::string> Described::could_speak(
    const std::vector<PrincipalIndex>& people, const std::vector<std::uint32_t>& statements) const {
    std::vector<std::string> names;
    for (const PrincipalIndex person : people) {
        if (!is_barred(person) && statement_of(statements, person) == Tree::k_none) {
            names.push_back(name_of(person));
        }
    }
    return names;
}

std::string Described::source_of(const Formula::Node& node) const {
    if (!node.source.empty()) {
        return node.source;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < node.people.size(); ++i) {
        names.push_back(i < node.weights.size()
                            ? fmt::format("{}: {}", name_of(node.people[i]), node.weights[i])
                            : name_of(node.people[i]));
    }
    const std::string compare = node.compare == Compare::at_least  ? ">="
                                : node.compare == Compare::at_most ? "<="
                                                                   : "is";
    const std::string value =
        node.compare == Compare::equal ? node.text : fmt::format("{}", node.number);
    switch (node.kind) {
        case Kind::threshold:
            return fmt::format("{} of {} parts", node.need, node.children.size());
        case Kind::weight:
            return fmt::format("weight >= {} of {{ {} }}", node.need, fmt::join(names, ", "));
        case Kind::fact:
            return fmt::format("{} {} {}", order.policy().facts[node.fact].name, compare, value);
        case Kind::parameter:
            return fmt::format("{} {} {}", action().parameters[node.parameter].name, compare,
                               value);
        case Kind::people:
            break;
    }
    return fmt::format("{} of {{ {} }}", node.need, fmt::join(names, ", "));
}

std::string Described::fact_name(FactIndex number) const {
    const Fact& fact = order.policy().facts[number];
    switch (fact.about) {
        case Fact::About::target:
            return fact.name + "(target)";
        case Fact::About::file:
            return fact.name + "(file)";
        case Fact::About::order:
            return fact.name + "(order)";
        case Fact::About::world:
            break;
    }
    return fact.name;
}

std::string part_words(const Formula::Node& node) {
    if (node.in_sequence) {
        return fmt::format("{} voices, each after the one before it", node.children.size());
    }
    if (node.need == node.children.size()) {
        return fmt::format("all of {} parts", node.children.size());
    }
    if (node.need == 1) {
        return fmt::format("any of {} parts", node.children.size());
    }
    return fmt::format("{} of {} parts", node.need, node.children.size());
}

}  // namespace cheget::policy
