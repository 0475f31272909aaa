// Formulas: who is meant, how many can be needed, and that one person fills one place.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/checker.h"

namespace cheget::policy {
namespace {

std::string people_word(std::size_t count) {
    return count == 1 ? "1 principal" : fmt::format("{} principals", count);
}

}  // namespace

// A machine where people are counted, or a person where machines act.
bool Checker::check_role(const WordSyntax& word, Role role) {
    const Name& name = names_.find(word.text)->second;
    PeopleSet people;
    if (name.is_group) {
        people = group_people_[name.index];
    } else {
        people.set(name.index);
    }
    PrincipalKind wanted = role == Role::execute ? PrincipalKind::machine : PrincipalKind::person;
    for (PrincipalIndex member : members_of(people)) {
        const Principal& principal = policy_.principals[member];
        if (role == Role::propose || principal.kind == wanted) {
            continue;
        }
        std::string who = name.is_group ? fmt::format("`{}` in `{}`", principal.name, word.text)
                                        : fmt::format("`{}`", word.text);
        if (role == Role::execute) {
            return complain(word.at, fmt::format("{} is a person, and only machines execute", who),
                            "name machines, declared with `machine`");
        }
        return complain(word.at,
                        fmt::format("{} is a machine, and only people {}", who,
                                    role == Role::veto ? "veto" : "approve"),
                        "name people; a machine may propose and execute");
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

std::optional<Formula> Checker::check_formula(const FormulaSyntax& syntax, Role role) {
    Formula formula;
    std::vector<std::string> texts = flat_texts(syntax);
    std::vector<std::uint32_t> place(syntax.nodes.size(), 0);
    std::vector<bool> in_flat_set(syntax.nodes.size(), false);
    for (const FormulaSyntax::Node& node : syntax.nodes) {
        bool flat = true;
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
        bool flat = node.children.empty() || in_flat_set[node.children[0]];
        if (node.is_name) {
            sound = check_person_element(node, role, out) && sound;
        } else if (flat) {
            PeopleSet people;
            bool known = check_flat_set(syntax, node, people);
            if (known && node.children.empty()) {
                known = check_role(node.name, role);
            }
            for (std::uint32_t child : node.children) {
                known = known && check_role(syntax.nodes[child].name, role);
            }
            out.people = members_of(people);
            sound = known && check_threshold(node, out.people.size(), out) && sound;
            if (node.shared) {
                sound = complain(node.at, "`shared` before a set of people changes nothing",
                                 "write it before a formula whose parts overlap");
            }
        } else {
            out.kind = Formula::Node::Kind::threshold;
            out.shared = node.shared;
            std::vector<WordSyntax> names;
            for (std::uint32_t child : node.children) {
                out.children.push_back(place[child]);
                if (syntax.nodes[child].is_name) {
                    names.push_back(syntax.nodes[child].name);
                }
            }
            sound = check_members(names) && sound;
            sound = check_threshold(node, node.children.size(), out) && sound;
        }
        place[i] = static_cast<std::uint32_t>(formula.nodes.size());
        formula.nodes.push_back(std::move(out));
    }
    if (!sound || !check_overlaps(formula, people_of_nodes(formula))) {
        return std::nullopt;
    }
    return formula;
}

bool Checker::check_overlaps(const Formula& formula, const std::vector<PeopleSet>& people) {
    constexpr std::string_view how =
        "write `shared` before the formula if one person may fill places in several parts, or keep "
        "the parts apart";
    bool sound = true;
    for (const Formula::Node& node : formula.nodes) {
        if (node.kind != Formula::Node::Kind::threshold) {
            continue;
        }
        auto overlapping = overlapping_children(node, people);
        bool all = node.need == node.children.size();
        if (node.shared && (overlapping.empty() || node.need == 1)) {
            sound = complain(node.at,
                             overlapping.empty()
                                 ? "`shared` changes nothing: no two parts have a person in common"
                                 : "`shared` changes nothing: one part alone suffices",
                             "take it out");
        }
        if (node.shared || overlapping.empty() || node.need == 1) {
            continue;
        }
        const Formula::Node& first = formula.nodes[node.children[overlapping[0]]];
        if (!all) {
            sound =
                complain(first.at,
                         fmt::format("`{}` and another part have people in common, and {} of {} "
                                     "parts can't tell whose place a person fills",
                                     first.source, node.need, node.children.size()),
                         std::string(how));
            continue;
        }
        for (std::size_t part : overlapping) {
            const Formula::Node& child = formula.nodes[node.children[part]];
            if (child.kind != Formula::Node::Kind::people) {
                sound = complain(child.at,
                                 "this part has people in common with another one, and is not a "
                                 "plain number of people",
                                 "write the overlapping parts as `k of` sets side by side in one "
                                 "`all of`; or " +
                                     std::string(how));
                break;
            }
        }
        if (overlapping.size() > k_most_overlapping_parts) {
            sound = complain(node.at,
                             fmt::format("{} parts of one `all of` overlap; {} are the most",
                                         overlapping.size(), k_most_overlapping_parts),
                             std::string(how));
        }
    }
    if (!sound) {
        return false;
    }
    PeopleSet everyone = people.back();
    std::vector<bool> satisfiable = satisfiable_nodes(formula, people, everyone);
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        if (!satisfiable[i]) {
            return complain(formula.nodes[i].at,
                            "even all of its people together could never satisfy this: its parts "
                            "share too few people, and one person fills one place",
                            "name more people, or write `shared` before it");
        }
    }
    return true;
}

}  // namespace cheget::policy
