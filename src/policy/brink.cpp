// Looking one loss ahead. A rule is evaluated with everyone who has a key left speaking at once: it
// is monotone in them, but for what deputies ask for, who speak only for the silent.
#include "policy/brink.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/satisfy.h"

namespace cheget::policy {
namespace {

using Kind = Formula::Node::Kind;

/// Who has a key left, and who one that is not `web`.
struct Speakers {
    PeopleSet any;
    PeopleSet direct;
};

bool is_lost(const LostKeys& lost, std::size_t principal, std::size_t key) {
    return principal < lost.size() && key < lost[principal].size() && lost[principal][key];
}

Speakers speakers_of(const Policy& policy, const LostKeys& lost) {
    Speakers speakers;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        const auto& keys = policy.principals[i].keys;
        for (std::size_t key = 0; key < keys.size(); ++key) {
            if (!is_lost(lost, i, key)) {
                speakers.any.set(i);
                if (!keys[key].web_origin) {
                    speakers.direct.set(i);
                }
            }
        }
    }
    return speakers;
}

/// The same, and all that lie in briefcases.
LostKeys without_briefcases(const Policy& policy, LostKeys lost) {
    lost.resize(policy.principals.size());
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        const auto& keys = policy.principals[i].keys;
        lost[i].resize(keys.size());
        for (std::size_t key = 0; key < keys.size(); ++key) {
            lost[i][key] = lost[i][key] || keys[key].briefcase;
        }
    }
    return lost;
}

/// One rule with what can be asked about it.
struct Rule {
    Brink::Rule kind = Brink::Rule::action;
    std::size_t number = 0;
    const Action* action = nullptr;      ///< of an action or emergency
    const ChangeRule* change = nullptr;  ///< of amend and revoke
};

std::vector<Rule> rules_of(const Policy& policy) {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < policy.actions.size(); ++i) {
        rules.push_back({Brink::Rule::action, i, &policy.actions[i], nullptr});
    }
    for (std::size_t i = 0; i < policy.emergencies.size(); ++i) {
        rules.push_back({Brink::Rule::emergency, i, &policy.emergencies[i].rule, nullptr});
    }
    if (policy.amend_lowering) {
        rules.push_back({Brink::Rule::everyday_amend, 0, nullptr, &policy.amend});
    }
    const ChangeRule& amend = policy.amend_lowering ? *policy.amend_lowering : policy.amend;
    rules.push_back({Brink::Rule::amend, 0, nullptr, &amend});
    rules.push_back({Brink::Rule::revoke, 0, nullptr, &policy.revoke});
    return rules;
}

/// The facts that enough sources could still attest.
std::vector<bool> possible_facts(const Policy& policy, const Speakers& speakers) {
    std::vector<bool> possible;
    for (const Fact& fact : policy.facts) {
        auto speaking = std::count_if(fact.sources.begin(), fact.sources.end(),
                                      [&](PrincipalIndex one) { return speakers.any.test(one); });
        possible.push_back(static_cast<std::size_t>(speaking) >= fact.need);
    }
    return possible;
}

/// The formula as it is without the facts that nobody can attest: these become a number of people
/// of an empty set, which nobody satisfies.
Formula without(Formula formula, const std::vector<bool>& possible) {
    for (Formula::Node& node : formula.nodes) {
        if (node.kind == Kind::fact && (node.fact >= possible.size() || !possible[node.fact])) {
            node.kind = Kind::people;
            node.people.clear();
            node.need = 1;
        }
    }
    return formula;
}

/// An `all of` within an `all of` is its parts: so consent can be matched with each of them.
Formula flattened(Formula formula) {
    if (!is_divisible(formula.root())) {
        return formula;
    }
    std::vector<std::uint32_t> open = formula.root().children;
    std::vector<std::uint32_t> parts;
    while (!open.empty()) {
        const std::uint32_t number = open.back();
        open.pop_back();
        const Formula::Node& node = formula.nodes[number];
        if (is_divisible(node)) {
            open.insert(open.end(), node.children.begin(), node.children.end());
        } else {
            parts.push_back(number);
        }
    }
    Formula::Node& root = formula.nodes.back();
    root.need = static_cast<std::uint32_t>(parts.size());
    root.children = std::move(parts);
    return formula;
}

/// Puts the deputy beside the silent one, with that one's weight where it is the heavier.
void stand_in(Formula& formula, PrincipalIndex silent, PrincipalIndex deputy) {
    for (Formula::Node& node : formula.nodes) {
        auto place = std::lower_bound(node.people.begin(), node.people.end(), silent);
        if (place == node.people.end() || *place != silent) {
            continue;
        }
        std::uint32_t weight =
            node.weights.empty()
                ? 0
                : node.weights[static_cast<std::size_t>(place - node.people.begin())];
        auto own = std::lower_bound(node.people.begin(), node.people.end(), deputy);
        auto number = static_cast<std::size_t>(own - node.people.begin());
        bool is_new = own == node.people.end() || *own != deputy;
        if (is_new) {
            node.people.insert(own, deputy);
        }
        if (node.weights.empty()) {
            continue;
        }
        if (is_new) {
            node.weights.insert(node.weights.begin() + static_cast<std::ptrdiff_t>(number), weight);
        } else {
            node.weights[number] = std::max(node.weights[number], weight);
        }
    }
}

/// For each node whether a voice by a direct key could fill a place in it.
bool holds_directly(const Formula& formula, const std::vector<bool>& satisfied,
                    const PeopleSet& direct) {
    std::vector<bool> directly(formula.nodes.size());
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        const Formula::Node& node = formula.nodes[i];
        directly[i] = std::any_of(node.people.begin(), node.people.end(),
                                  [&](PrincipalIndex one) { return direct.test(one); }) ||
                      std::any_of(node.children.begin(), node.children.end(),
                                  [&](std::uint32_t child) { return directly[child]; });
        directly[i] = directly[i] && satisfied[i];
    }
    return directly.back();
}

/// Whether approve and consent hold with these speakers, and how directly.
bool voices_suffice(const Action& action, const Formula& approve, const Formula* consent,
                    const Speakers& speakers, bool& direct) {
    const auto hold = [&](const Formula& formula) {
        const auto satisfied = satisfiable_nodes(formula, people_of_nodes(formula), speakers.any);
        direct =
            direct || (satisfied.back() && holds_directly(formula, satisfied, speakers.direct));
        return static_cast<bool>(satisfied.back());
    };
    direct = action.web_suffices;
    if (consent == nullptr) {
        return hold(approve);
    }
    if (action.consent->shared) {
        const bool approved = hold(approve);
        return hold(*consent) && approved;
    }
    return hold(joined(approve, *consent, {}));
}

bool holds_for(const Action& action, PrincipalIndex proposer, const std::vector<bool>& possible,
               Speakers speakers) {
    if (!action.proposer_counts) {
        speakers.any.reset(proposer);
        speakers.direct.reset(proposer);
    }
    const auto is_seen = [&](const Speakers& by) {
        return !action.seen_by ||
               satisfiable_nodes(*action.seen_by, people_of_nodes(*action.seen_by), by.any).back();
    };
    if (!is_seen(speakers)) {
        return false;
    }
    Formula approve = flattened(without(action.approve, possible));
    const Formula* consent = action.consent ? &action.consent->formula : nullptr;
    for (const Deputy& one : action.deputies) {
        const bool silent = !speakers.any.test(one.stands_for) && one.stands_for != proposer;
        if (silent && speakers.any.test(one.deputy)) {
            stand_in(approve, one.stands_for, one.deputy);
        }
    }
    bool direct = false;
    if (!voices_suffice(action, approve, consent, speakers, direct)) {
        return false;
    }
    if (direct) {
        return true;
    }
    // All voices are by pages: one who keeps silent could let a deputy speak by another key.
    return std::any_of(action.deputies.begin(), action.deputies.end(), [&](const Deputy& one) {
        if (!speakers.any.test(one.stands_for) || !speakers.direct.test(one.deputy) ||
            one.stands_for == proposer) {
            return false;
        }
        Speakers fewer = speakers;
        fewer.any.reset(one.stands_for);
        fewer.direct.reset(one.stands_for);
        Formula then = approve;
        stand_in(then, one.stands_for, one.deputy);
        bool then_direct = false;
        return is_seen(fewer) && voices_suffice(action, then, consent, fewer, then_direct) &&
               then_direct;
    });
}

bool is_satisfiable(const Policy& policy, const Rule& rule, const Speakers& speakers) {
    if (rule.change != nullptr) {
        const Formula& approve = rule.change->approve;
        const auto satisfied = satisfiable_nodes(approve, people_of_nodes(approve), speakers.any);
        return satisfied.back() && (rule.kind == Brink::Rule::revoke ||
                                    holds_directly(approve, satisfied, speakers.direct));
    }
    const std::vector<bool> possible = possible_facts(policy, speakers);
    const auto& proposers = rule.action->propose.root().people;
    return std::any_of(proposers.begin(), proposers.end(), [&](PrincipalIndex proposer) {
        return speakers.any.test(proposer) && holds_for(*rule.action, proposer, possible, speakers);
    });
}

/// Everyone whose word the rule asks for in some way.
PeopleSet people_of(const Policy& policy, const Rule& rule) {
    PeopleSet people;
    const auto add = [&](const Formula& formula) {
        people |= people_of_nodes(formula).back();
        for (const Formula::Node& node : formula.nodes) {
            if (node.kind == Kind::fact && node.fact < policy.facts.size()) {
                for (PrincipalIndex source : policy.facts[node.fact].sources) {
                    people.set(source);
                }
            }
        }
    };
    if (rule.change != nullptr) {
        add(rule.change->approve);
        return people;
    }
    add(rule.action->approve);
    add(rule.action->propose);
    if (rule.action->consent) {
        add(rule.action->consent->formula);
    }
    if (rule.action->seen_by) {
        add(*rule.action->seen_by);
    }
    for (const Deputy& one : rule.action->deputies) {
        people.set(one.deputy);
    }
    return people;
}

/// Losses of one key that leave its owner others: only the last direct one can matter.
void look_at_keys(const Policy& policy, const LostKeys& lost, const Rule& rule,
                  const Speakers& speakers, PrincipalIndex person, Brink& brink) {
    const auto& keys = policy.principals[person].keys;
    std::size_t left = 0;
    std::vector<std::size_t> direct;
    for (std::size_t key = 0; key < keys.size(); ++key) {
        if (!is_lost(lost, person, key)) {
            ++left;
            if (!keys[key].web_origin) {
                direct.push_back(key);
            }
        }
    }
    if (left < 2 || direct.size() != 1) {
        return;
    }
    Speakers fewer = speakers;
    fewer.direct.reset(person);
    if (!is_satisfiable(policy, rule, fewer)) {
        brink.keys.push_back({person, direct.front()});
    }
}

std::string names_of(const Policy& policy, const std::vector<PrincipalIndex>& people) {
    std::vector<std::string> names;
    for (PrincipalIndex person : people) {
        names.push_back(policy.principals[person].name);
    }
    return base::join_words(names, "or");
}

}  // namespace

std::vector<Brink> find_brinks(const Policy& policy, const LostKeys& every_lost) {
    const LostKeys without_cases = without_briefcases(policy, every_lost);
    std::vector<Brink> brinks;
    for (const Rule& rule : rules_of(policy)) {
        const bool is_by_hand = rule.change != nullptr && rule.kind != Brink::Rule::revoke &&
                                !rule.change->briefcase_counts;
        const LostKeys& lost = is_by_hand ? without_cases : every_lost;
        const Speakers speakers = speakers_of(policy, lost);
        Brink brink{rule.kind, rule.number, !is_satisfiable(policy, rule, speakers), {}, {}};
        const PeopleSet people = brink.bricked ? PeopleSet() : people_of(policy, rule);
        for (std::size_t i = 0; i < policy.principals.size(); ++i) {
            if (!people.test(i) || !speakers.any.test(i)) {
                continue;
            }
            const auto person = static_cast<PrincipalIndex>(i);
            Speakers fewer = speakers;
            fewer.any.reset(i);
            fewer.direct.reset(i);
            if (!is_satisfiable(policy, rule, fewer)) {
                brink.people.push_back(person);
            }
            look_at_keys(policy, lost, rule, speakers, person, brink);
        }
        if (brink.bricked || !brink.people.empty() || !brink.keys.empty()) {
            brinks.push_back(std::move(brink));
        }
    }
    return brinks;
}

std::string name_of(const Policy& policy, const Brink& brink) {
    switch (brink.rule) {
        case Brink::Rule::action:
            return policy.actions[brink.number].name;
        case Brink::Rule::emergency:
            return "emergency " + policy.emergencies[brink.number].rule.name;
        case Brink::Rule::amend:
            return policy.amend_lowering ? "amend lowering" : "amend";
        case Brink::Rule::everyday_amend:
            return "amend";
        case Brink::Rule::revoke:
            return "revoke";
    }
    return {};
}

namespace {

/// What a bricked rule ends.
std::string_view end_of(const Policy& policy, const Brink& brink) {
    switch (brink.rule) {
        case Brink::Rule::amend:
            return policy.amend_lowering
                       ? ", and no new key or person can ever come in again, nor any rule be eased"
                       : ", and this policy can never be changed again";
        case Brink::Rule::everyday_amend:
            return ", and only what `amend lowering` decides can be changed";
        default:
            return "";
    }
}

}  // namespace

std::string to_words(const Policy& policy, const Brink& brink) {
    const std::string name = name_of(policy, brink);
    const std::string_view end = end_of(policy, brink);
    if (brink.bricked) {
        return fmt::format("{}: too few keys are left, so that nobody can satisfy it any more{}",
                           name, end.empty() ? "; amend the policy while that can be done" : end);
    }
    std::string words;
    if (!brink.people.empty()) {
        words = fmt::format("{}: once {} is lost, nobody can satisfy it", name,
                            names_of(policy, brink.people));
    }
    for (const Policy::KeyPlace& key : brink.keys) {
        words +=
            fmt::format("{} once {}'s key {} is lost, only `web` keys are left for it",
                        words.empty() ? name + ":" : ";", policy.principals[key.principal].name,
                        policy.principals[key.principal].keys[key.key].key.fingerprint());
    }
    return words.append(end);
}

}  // namespace cheget::policy
