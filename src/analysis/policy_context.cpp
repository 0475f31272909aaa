// What is known of a rule before its branches are told apart.
#include "analysis/policy_context.h"

#include <algorithm>
#include <utility>

namespace cheget::analysis {

using policy::Place;
using policy::PrincipalIndex;
using Kind = RuleName::Kind;

Parties Parties::of_one(const policy::Policy& policy) {
    Parties parties;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        parties.of.push_back({{static_cast<std::uint32_t>(i), true}});
    }
    return parties;
}

PolicyFormula::Context::Context(const ReadyPolicy& given, RuleName rule_name, Surroundings around)
    : policy(given.policy), rules(given.rules), name(rule_name), surroundings(std::move(around)) {
    const auto& ready = rules.impl();
    switch (name.kind) {
        case Kind::action:
            rule = &ready.actions[name.index];
            action = &policy.actions[name.index];
            break;
        case Kind::emergency:
            rule = &ready.emergencies[name.index];
            action = &policy.emergencies[name.index].rule;
            break;
        case Kind::amend:
            rule = &ready.everyday_amend;
            break;
        case Kind::amend_lowering:
            rule = &ready.amend;
            break;
        case Kind::revoke:
            rule = &ready.revoke;
            break;
    }
    set_times();
}

bool PolicyFormula::Context::is_spoken_for(PrincipalIndex person) const {
    const auto& pages = surroundings.speaking;
    const auto& keys = policy.principals[person].keys;
    return !pages.empty() && std::any_of(keys.begin(), keys.end(), [&](const policy::Key& key) {
        return key.web_origin && std::count(pages.begin(), pages.end(), *key.web_origin) > 0;
    });
}

bool PolicyFormula::Context::is_mute(PrincipalIndex person) const {
    const auto& pages = surroundings.dark;
    const auto& keys = policy.principals[person].keys;
    return !pages.empty() && std::all_of(keys.begin(), keys.end(), [&](const policy::Key& key) {
        return key.web_origin && std::count(pages.begin(), pages.end(), *key.web_origin) > 0;
    });
}

bool PolicyFormula::Context::is_mixed(PrincipalIndex person) const {
    return has_direct_key(person) &&
           (is_spoken_for(person) ||
            std::any_of(parties.of[person].begin(), parties.of[person].end(),
                        [](const Parties::Party& one) { return !one.direct; }));
}

std::uint32_t PolicyFormula::Context::first_free_variable() const {
    std::uint32_t last = 0;
    for (const auto& signers : parties.of) {
        for (const Parties::Party& one : signers) {
            last = std::max(last, one.variable);
        }
    }
    for (const auto& [fact, levels] : parties.facts) {
        for (const Parties::Level& level : levels) {
            last = std::max(last, level.variable);
        }
    }
    return last + 1;
}

std::uint64_t PolicyFormula::Context::inputs_of_branch() const {
    std::size_t counts = rule->approve.nodes().size() + rule->approve.demands().size();
    if (rule->consent) {
        const auto& formula = rule->consent->formula;
        counts += formula.nodes().size() + formula.demands().size() + rule->consent->joint.size();
    }
    if (rule->seen_by) {
        counts += rule->seen_by->nodes().size() + rule->seen_by->demands().size();
    }
    const auto places = static_cast<std::size_t>(
        std::count_if(rule->place_of.begin(), rule->place_of.end(),
                      [](Place place) { return place != policy::k_no_place; }));
    return (counts + 1) * (places + rule->deputies.size() + 1);
}

}  // namespace cheget::analysis
