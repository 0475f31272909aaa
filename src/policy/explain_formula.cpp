// Formulas in plain English, walked with an explicit stack.
#include "policy/explain_formula.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"

namespace cheget::policy {
namespace {

using Node = Formula::Node;

std::string_view subject_of(Fact::About about) {
    switch (about) {
        case Fact::About::world:
            return "";
        case Fact::About::target:
            return " of the target";
        case Fact::About::file:
            return " of every file whose bytes the order names";
        case Fact::About::order:
            return " of this order";
    }
    return "";
}

std::string fact_sentence(const Policy& policy, const Node& node) {
    const Fact& fact = policy.facts[node.fact];
    std::string value;
    switch (fact.type) {
        case Fact::Type::truth:
            value = "is true";
            break;
        case Fact::Type::words:
            value = fmt::format("is {}{}", node.number + 1 == fact.words.size() ? "" : "at least ",
                                fact.words[node.number]);
            break;
        case Fact::Type::number:
            value = fmt::format("is at {} {}", node.compare == Compare::at_most ? "most" : "least",
                                node.number);
            break;
    }
    return fmt::format("word that {} {}{}, no older than {}", fact.name, value,
                       subject_of(fact.about), base::to_words(fact.fresh));
}

std::string parameter_sentence(const Action* action, const Node& node) {
    if (action == nullptr) {
        return node.source;
    }
    std::string name = fmt::format("{{{}}}", action->parameters[node.parameter].name);
    switch (node.compare) {
        case Compare::at_least:
            return fmt::format("that the order's {} is a number of at least {}", name, node.number);
        case Compare::at_most:
            return fmt::format("that the order's {} is a number of at most {}", name, node.number);
        case Compare::equal:
            break;
    }
    return fmt::format("that the order's {} is `{}`", name, node.text);
}

std::string people_sentence(const Policy& policy, const Node& node) {
    std::size_t size = node.people.size();
    if (size == 1) {
        return names_of(policy, node.people);
    }
    if (node.need == size) {
        return fmt::format("{}: {}", size == 2 ? "both of these" : "all of these",
                           names_of(policy, node.people));
    }
    return fmt::format("any {} of these {}: {}", node.need, size, names_of(policy, node.people));
}

std::string weight_sentence(const Policy& policy, const Node& node) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < node.people.size(); ++i) {
        words.push_back(
            fmt::format("{} ({})", policy.principals[node.people[i]].name, node.weights[i]));
    }
    return fmt::format("people whose votes together weigh at least {}: {}", node.need,
                       base::join_words(words));
}

/// Everyone whom a node or those below it name.
std::vector<PrincipalIndex> people_of(const Formula& formula, std::uint32_t root) {
    std::vector<PrincipalIndex> people;
    std::vector<std::uint32_t> open{root};
    while (!open.empty()) {
        const Node& node = formula.nodes[open.back()];
        open.pop_back();
        people.insert(people.end(), node.people.begin(), node.people.end());
        open.insert(open.end(), node.children.begin(), node.children.end());
    }
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
}

/// Whether somebody stands in two of a node's parts.
bool has_overlap(const Formula& formula, const Node& node) {
    std::vector<PrincipalIndex> all;
    for (const std::uint32_t child : node.children) {
        const std::vector<PrincipalIndex> people = people_of(formula, child);
        all.insert(all.end(), people.begin(), people.end());
    }
    std::sort(all.begin(), all.end());
    return std::adjacent_find(all.begin(), all.end()) != all.end();
}

std::string threshold_sentence(const Formula& formula, const Node& node) {
    std::size_t size = node.children.size();
    if (node.in_sequence) {
        return "each of the following, in this order and by different people; each vote names the "
               "one before it";
    }
    std::string text = node.need == size ? "each of the following"
                       : node.need == 1  ? "one of the following"
                                         : fmt::format("{} of the following {}", node.need, size);
    if (node.shared) {
        text += "; one person may count for several of them";
    } else if (node.need > 1 && has_overlap(formula, node)) {
        text += "; each person counts for one of them alone";
    }
    return text;
}

}  // namespace

std::string names_of(const Policy& policy, const std::vector<PrincipalIndex>& people) {
    std::vector<std::string> words;
    words.reserve(people.size());
    for (PrincipalIndex person : people) {
        words.push_back(policy.principals[person].name);
    }
    return base::join_words(words);
}

std::string sentence_of(const Policy& policy, const Action* action, const Formula& formula,
                        std::size_t index) {
    const Node& node = formula.nodes[index];
    switch (node.kind) {
        case Node::Kind::people:
            return people_sentence(policy, node);
        case Node::Kind::weight:
            return weight_sentence(policy, node);
        case Node::Kind::fact:
            return fact_sentence(policy, node);
        case Node::Kind::parameter:
            return parameter_sentence(action, node);
        case Node::Kind::threshold:
            break;
    }
    return threshold_sentence(formula, node);
}

bool has_conditions(const Formula& formula) {
    return std::any_of(formula.nodes.begin(), formula.nodes.end(), [](const Node& node) {
        return node.kind == Node::Kind::fact || node.kind == Node::Kind::parameter;
    });
}

std::string formula_list(const Policy& policy, const Action* action, const Formula& formula,
                         std::size_t indent, std::string_view whose) {
    struct Visit {
        std::size_t node;
        std::size_t depth;
    };
    std::string text;
    std::vector<Visit> open{{formula.nodes.size() - 1, 0}};
    while (!open.empty()) {
        Visit visit = open.back();
        open.pop_back();
        const Node& node = formula.nodes[visit.node];
        text.append(indent + visit.depth * 2, ' ');
        const bool is_of_people =
            node.kind == Node::Kind::people || node.kind == Node::Kind::weight;
        text += fmt::format("- {}{}\n", is_of_people ? whose : "",
                            sentence_of(policy, action, formula, visit.node));
        for (std::size_t i = node.children.size(); i > 0; --i) {
            open.push_back({node.children[i - 1], visit.depth + 1});
        }
    }
    return text;
}

}  // namespace cheget::policy
