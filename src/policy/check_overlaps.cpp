// One person fills one place: parts that name the same people, by themselves, through deputies and
// through consent.
#include <fmt/format.h>

#include "policy/checker.h"

namespace cheget::policy {
namespace {

using Kind = Formula::Node::Kind;

constexpr std::string_view k_how =
    "write `shared` before the formula if one person may fill places in several parts, or keep the "
    "parts apart";

}  // namespace

// All people whose voice may count in each node: who is named, and their deputies.
std::vector<PeopleSet> Checker::voices_of_nodes(const Formula& formula) const {
    std::vector<PeopleSet> people = people_of_nodes(formula);
    if (action_ == nullptr) {
        return people;
    }
    for (PeopleSet& set : people) {
        PeopleSet named = set;
        for (const Deputy& deputy : action_->deputies) {
            if (named.test(deputy.stands_for)) {
                set.set(deputy.deputy);
            }
        }
    }
    return people;
}

bool Checker::check_overlaps_of(const Formula& formula, const Formula::Node& node,
                                const std::vector<PeopleSet>& people) {
    auto overlapping = overlapping_children(node, people);
    if (node.shared && (overlapping.empty() || node.need == 1)) {
        return complain(node.at,
                        overlapping.empty()
                            ? "`shared` changes nothing: no two parts have a person in common"
                            : "`shared` changes nothing: one part alone suffices",
                        "take it out");
    }
    if (node.shared || overlapping.empty() || node.need == 1) {
        return true;
    }
    bool deputies = overlapping_children(node, people_of_nodes(formula)).empty();
    std::string_view why = deputies ? " (a deputy is in both)" : "";
    const Formula::Node& first = formula.nodes[node.children[overlapping[0]]];
    if (node.need != node.children.size()) {
        return complain(first.at,
                        fmt::format("`{}` and another part have people in common{}, and {} of {} "
                                    "parts can't tell whose place a person fills",
                                    first.source, why, node.need, node.children.size()),
                        std::string(k_how));
    }
    for (std::size_t part : overlapping) {
        const Formula::Node& child = formula.nodes[node.children[part]];
        if (child.kind != Kind::people) {
            return complain(child.at,
                            fmt::format("this part has people in common with another one{}, and is "
                                        "not a plain number of people",
                                        why),
                            "write the overlapping parts as `k of` sets side by side in one `all "
                            "of`; or " +
                                std::string(k_how));
        }
    }
    if (overlapping.size() > k_most_overlapping_parts) {
        return complain(node.at,
                        fmt::format("{} parts of one `all of` overlap{}; {} are the most",
                                    overlapping.size(), why, k_most_overlapping_parts),
                        std::string(k_how));
    }
    return true;
}

bool Checker::check_overlaps(const Formula& formula, const std::vector<PeopleSet>& people) {
    bool sound = true;
    for (const Formula::Node& node : formula.nodes) {
        if (node.kind == Kind::threshold) {
            sound = check_overlaps_of(formula, node, people) && sound;
        }
    }
    return sound && check_satisfiable(formula);
}

bool Checker::check_satisfiable(const Formula& formula) {
    std::vector<PeopleSet> people = people_of_nodes(formula);
    std::vector<bool> satisfiable = satisfiable_nodes(formula, people, people.back());
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

// Approvals and consents of one order fill places together, unless the consent is `shared`.
bool Checker::check_places_of_consent(const Action& action) {
    const Consent& consent = *action.consent;
    std::vector<PeopleSet> approvers = voices_of_nodes(action.approve);
    std::vector<PeopleSet> consenters = people_of_nodes(consent.formula);
    bool common = (approvers.back() & consenters.back()).any();
    if (consent.shared) {
        bool inside = consent.formula.root().shared;
        bool ordinary = policy_.find_action(action.name) == nullptr;  // not its emergency
        if (!common && !inside && ordinary) {
            return complain(consent.at,
                            "`shared` changes nothing: nobody in `consent` is in `approve`",
                            "take it out");
        }
        return true;
    }
    if (!common) {
        return true;
    }
    Position at = policy_.find_action(action.name) == nullptr ? consent.at : action.at;
    Formula both = joined(action.approve, consent.formula, consent.at);
    std::vector<PeopleSet> people = approvers;
    if (is_divisible(action.approve.root())) {
        people.pop_back();
    }
    people.insert(people.end(), consenters.begin(), consenters.end());
    if (is_divisible(consent.formula.root())) {
        people.pop_back();
    }
    people.push_back(approvers.back() | consenters.back());
    constexpr std::string_view how =
        "write `consent shared ...` if one person may fill places in both, or name others";
    std::vector<std::size_t> overlapping = overlapping_children(both.root(), people);
    for (std::size_t part : overlapping) {
        const Formula::Node& child = both.nodes[both.root().children[part]];
        if (child.kind != Kind::people) {
            return complain(at,
                            fmt::format("people of `consent` are also in `{}` of `approve`, which "
                                        "is not a plain number of people",
                                        child.source),
                            std::string(how));
        }
    }
    if (overlapping.size() > k_most_overlapping_parts) {
        return complain(at,
                        fmt::format("{} parts of `approve` and `consent` overlap; {} are the most",
                                    overlapping.size(), k_most_overlapping_parts),
                        std::string(how));
    }
    return true;
}

}  // namespace cheget::policy
