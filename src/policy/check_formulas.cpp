// Formulas: who is meant, how many can be needed, and that one person fills one place.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/checker.h"

namespace cheget::policy {
namespace {

std::string people_word(std::size_t count) {
    return count == 1 ? "1 principal" : fmt::format("{} principals", count);
}

}  // namespace

std::string_view Checker::verb_of(Role role) {
    switch (role) {
        case Role::veto:
            return "veto";
        case Role::consent:
            return "consent";
        case Role::seen:
            return "sign that they have seen it";
        default:
            return "approve";
    }
}

// A machine where people are counted, or a person where machines act.
bool Checker::check_role(const WordSyntax& word, Role role) {
    const Name& name = names_.find(word.text)->second;
    PeopleSet people;
    if (name.is_group) {
        people = group_people_[name.index];
    } else {
        people.set(name.index);
    }
    if (role == Role::propose || role == Role::source) {
        return true;
    }
    PrincipalKind wanted = role == Role::execute ? PrincipalKind::machine : PrincipalKind::person;
    for (PrincipalIndex member : members_of(people)) {
        const Principal& principal = policy_.principals[member];
        if (principal.kind == wanted) {
            continue;
        }
        std::string who = name.is_group ? fmt::format("`{}` in `{}`", principal.name, word.text)
                                        : fmt::format("`{}`", word.text);
        if (role == Role::execute) {
            return complain(word.at, fmt::format("{} is a person, and only machines execute", who),
                            "name machines, declared with `machine`");
        }
        return complain(word.at,
                        fmt::format("{} is a machine, and only people {}", who, verb_of(role)),
                        "name people; a machine may propose, execute and be a fact's source");
    }
    return true;
}

// Names side by side in braces: each must add someone, so that nobody reads more people into the
// braces than there are.
bool Checker::check_members(const std::vector<WordSyntax>& words) {
    std::unordered_map<std::string_view, Position> seen;
    std::vector<const WordSyntax*> groups;
    for (const WordSyntax& word : words) {
        auto [place, is_new] = seen.emplace(word.text, word.at);
        if (!is_new) {
            return complain(word.at, fmt::format("`{}` stands twice in one set", word.text),
                            "name each once: people are counted, not names");
        }
        if (auto name = names_.find(word.text); name != names_.end() && name->second.is_group) {
            groups.push_back(&word);
        }
    }
    for (const WordSyntax* group : groups) {
        const PeopleSet& people = group_people_[names_.find(group->text)->second.index];
        for (const WordSyntax& word : words) {
            auto name = names_.find(word.text);
            if (name == names_.end() || &word == group) {
                continue;
            }
            PeopleSet added;
            if (name->second.is_group) {
                added = group_people_[name->second.index];
            } else {
                added.set(name->second.index);
            }
            if ((added & ~people).none()) {
                return complain(word.at,
                                fmt::format("`{}` adds nobody: all of it is in `{}` already",
                                            word.text, group->text),
                                "take it out: people are counted once in a set");
            }
        }
    }
    return true;
}

bool Checker::check_flat_set(const FormulaSyntax& syntax, const FormulaSyntax::Node& node,
                             PeopleSet& people) {
    std::vector<WordSyntax> words;
    if (node.children.empty()) {
        words.push_back(node.name);
    }
    for (std::uint32_t child : node.children) {
        words.push_back(syntax.nodes[child].name);
    }
    bool known = true;
    for (const WordSyntax& word : words) {
        const Name* name = look_up(word);
        if (name == nullptr) {
            known = false;
        } else if (name->is_group) {
            people |= group_people_[name->index];
        } else if (node.children.empty()) {
            known = complain(word.at, fmt::format("`{}` is no group", word.text),
                             fmt::format("write `1 of {{ {} }}`", word.text));
        } else {
            people.set(name->index);
        }
    }
    return known && check_members(words);
}

bool Checker::check_person_element(const FormulaSyntax::Node& node, Role role, Formula::Node& out) {
    const Name* name = look_up(node.name);
    if (name == nullptr) {
        return false;
    }
    if (name->is_group) {
        return complain(
            node.name.at,
            fmt::format("the group `{}` stands beside formulas without a number", node.name.text),
            fmt::format("write `1 of {}` or `all of {}`", node.name.text, node.name.text));
    }
    out.kind = Formula::Node::Kind::people;
    out.need = 1;
    out.people = {static_cast<PrincipalIndex>(name->index)};
    return check_role(node.name, role);
}

bool Checker::check_threshold(const FormulaSyntax::Node& syntax, std::size_t size,
                              Formula::Node& out) {
    bool flat = out.kind == Formula::Node::Kind::people;
    if (syntax.quantity != FormulaSyntax::Quantity::number) {
        bool all = syntax.quantity == FormulaSyntax::Quantity::all;
        out.need = all ? static_cast<std::uint32_t>(size) : 1;
        return true;
    }
    out.need = syntax.number;
    if (syntax.number == 0) {
        return complain(syntax.at, "a threshold of 0 would need nobody",
                        fmt::format("write a number from 1 to {}, `any of` or `all of`", size));
    }
    if (syntax.number > size) {
        return complain(syntax.at,
                        fmt::format("{} are needed of {}: nobody can satisfy that", syntax.number,
                                    flat ? people_word(size) : fmt::format("{} parts", size)),
                        fmt::format("write at most {}, or name more", size));
    }
    return true;
}

// `weight >= 5 of { alice: 3, bob: 2 }`.
bool Checker::check_weights(const FormulaSyntax::Node& node, Role role, Formula::Node& out) {
    if (role != Role::approve && role != Role::change && role != Role::veto) {
        return complain(node.at, "voices are weighed in `approve` and `veto` alone",
                        "write `k of { ... }`");
    }
    out.kind = Formula::Node::Kind::weight;
    out.need = node.number;
    out.shared = false;
    std::vector<std::pair<PrincipalIndex, std::uint32_t>> people;
    std::uint64_t all = 0;
    bool sound = check_members(node.members);
    for (std::size_t i = 0; i < node.members.size(); ++i) {
        const WordSyntax& word = node.members[i];
        const Name* name = look_up(word);
        if (name == nullptr) {
            sound = false;
            continue;
        }
        if (name->is_group) {
            sound = complain(word.at,
                             fmt::format("`{}` is a group, and weights are people's", word.text),
                             "name each of its people with a weight of their own");
            continue;
        }
        sound = check_role(word, role) && sound;
        people.emplace_back(static_cast<PrincipalIndex>(name->index), node.weights[i]);
        all += node.weights[i];
        if (node.weights[i] > node.number) {
            sound = complain(word.at,
                             fmt::format("`{}` weighs {}, and {} are needed: more changes nothing",
                                         word.text, node.weights[i], node.number),
                             fmt::format("write {}", node.number));
        }
    }
    if (sound && all < node.number) {
        sound = complain(node.at,
                         fmt::format("{} are needed, and all together weigh {}: nobody can satisfy "
                                     "that",
                                     node.number, all),
                         fmt::format("write at most {}, or name more", all));
    }
    std::sort(people.begin(), people.end());
    for (const auto& [person, weight] : people) {
        out.people.push_back(person);
        out.weights.push_back(weight);
    }
    return sound;
}

// A node that holds no other nodes: a set, weights, a name or a condition.
bool Checker::check_leaf(const FormulaSyntax& syntax, const FormulaSyntax::Node& node, Role role,
                         Formula::Node& out) {
    if (node.relation != FormulaSyntax::Relation::none) {
        if (role != Role::approve) {
            return complain(node.at, "a condition stands in `approve` or `when` of an action alone",
                            "take it out, and name people here");
        }
        return check_condition(node, out);
    }
    if (node.is_name) {
        return check_person_element(node, role, out);
    }
    if (!node.members.empty()) {
        return check_weights(node, role, out);
    }
    PeopleSet people;
    bool known = check_flat_set(syntax, node, people);
    if (known && node.children.empty()) {
        known = check_role(node.name, role);
    }
    for (std::uint32_t child : node.children) {
        known = known && check_role(syntax.nodes[child].name, role);
    }
    out.people = members_of(people);
    bool sound = known && check_threshold(node, out.people.size(), out);
    if (node.shared && role != Role::consent) {
        sound = complain(node.at, "`shared` before a set of people changes nothing",
                         "write it before a formula whose parts overlap");
    }
    return sound;
}

// A node whose braces hold formulas.
bool Checker::check_braces(const FormulaSyntax& syntax, const FormulaSyntax::Node& node,
                           const std::vector<std::uint32_t>& place, Formula::Node& out) {
    out.kind = Formula::Node::Kind::threshold;
    out.shared = node.shared;
    std::vector<WordSyntax> names;
    for (std::uint32_t child : node.children) {
        out.children.push_back(place[child]);
        if (syntax.nodes[child].is_name) {
            names.push_back(syntax.nodes[child].name);
        }
    }
    bool sound = check_members(names);
    if (node.quantity == FormulaSyntax::Quantity::sequence ||
        node.quantity == FormulaSyntax::Quantity::braces) {
        out.need = static_cast<std::uint32_t>(node.children.size());
        out.in_sequence = node.quantity == FormulaSyntax::Quantity::sequence;
        return sound;
    }
    return check_threshold(node, node.children.size(), out) && sound;
}

bool Checker::check_sequence(const Formula& formula, const Formula::Node& node) {
    if (node.children.size() < 2) {
        return complain(node.at, "a sequence of one part has no order",
                        "write `approve 1 of NAME`, or name further parts");
    }
    for (std::uint32_t child : node.children) {
        const Formula::Node& part = formula.nodes[child];
        if (part.kind != Formula::Node::Kind::people || part.need != 1) {
            return complain(part.at, "each part of a sequence is one voice",
                            "write `1 of` one set, and a part for each further voice");
        }
    }
    if (node.children.size() > k_most_overlapping_parts) {
        return complain(node.at,
                        fmt::format("{} parts in sequence; {} are the most", node.children.size(),
                                    k_most_overlapping_parts),
                        "make the sequence shorter");
    }
    return true;
}

// A briefcase's approval counts here only where the rule says so: who has no other key is no part
// of it. A set that could not be met then stays as it is written: it needs them, and find_brinks()
// and the analyser say that it can't be met.
void Checker::leave_out_briefcases(Formula& formula) const {
    for (Formula::Node& node : formula.nodes) {
        std::vector<PrincipalIndex> people;
        std::vector<std::uint32_t> weights;
        std::uint64_t have = 0;
        for (std::size_t i = 0; i < node.people.size(); ++i) {
            if (policy_.principals[node.people[i]].has_briefcase_alone()) {
                continue;
            }
            people.push_back(node.people[i]);
            have += node.weights.empty() ? 1 : node.weights[i];
            if (!node.weights.empty()) {
                weights.push_back(node.weights[i]);
            }
        }
        if (have >= node.need) {
            node.people = std::move(people);
            node.weights = std::move(weights);
        }
    }
}

std::optional<Formula> Checker::check_formula(const FormulaSyntax& syntax, Role role) {
    Formula formula;
    std::vector<std::string> texts = flat_texts(syntax);
    std::vector<std::uint32_t> place(syntax.nodes.size(), 0);
    std::vector<bool> in_flat_set(syntax.nodes.size(), false);
    for (const FormulaSyntax::Node& node : syntax.nodes) {
        bool flat = node.quantity != FormulaSyntax::Quantity::sequence;
        for (std::uint32_t child : node.children) {
            flat = flat && syntax.nodes[child].is_name;
        }
        for (std::uint32_t child : node.children) {
            in_flat_set[child] = flat;
        }
    }
    bool sound = true;
    for (std::size_t i = 0; i < syntax.nodes.size(); ++i) {
        const FormulaSyntax::Node& node = syntax.nodes[i];
        if (in_flat_set[i]) {
            continue;
        }
        Formula::Node out;
        out.at = node.at;
        out.source = std::move(texts[i]);
        bool leaf = node.children.empty() || in_flat_set[node.children[0]];
        sound =
            (leaf ? check_leaf(syntax, node, role, out) : check_braces(syntax, node, place, out)) &&
            sound;
        if (out.in_sequence) {
            sound = check_sequence(formula, out) && sound;
        }
        place[i] = static_cast<std::uint32_t>(formula.nodes.size());
        formula.nodes.push_back(std::move(out));
    }
    if (role == Role::change && !briefcase_counts_) {
        leave_out_briefcases(formula);
    }
    if (role == Role::consent && sound) {  // else it is about `approve`
        Formula::Node& root = formula.nodes.back();
        root.shared = root.shared && !overlapping_children(root, people_of_nodes(formula)).empty();
    }
    if (!sound || !check_overlaps(formula, role == Role::approve ? voices_of_nodes(formula)
                                                                 : people_of_nodes(formula))) {
        return std::nullopt;
    }
    return formula;
}

}  // namespace cheget::policy
