// The decisions that a coalition has besides what its members sign: who proposes, who keeps silent
// for a deputy's sake, which values the order's parameters have.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/policy_context.h"
#include "policy/decide_whole.h"

namespace cheget::analysis {

using policy::Condition;
using policy::PrincipalIndex;

namespace {

/// For each parameter the values that matter: every other one meets no more conditions.
std::vector<std::vector<std::string>> parameter_values(const policy::CompiledRule& rule,
                                                       std::size_t parameters) {
    std::vector<std::vector<std::string>> values(parameters);
    for (const Condition& one : rule.conditions) {
        if (!one.is_fact && one.parameter < parameters) {
            values[one.parameter].push_back(
                one.compare == policy::Compare::equal ? one.text : fmt::to_string(one.number));
        }
    }
    for (auto& some : values) {
        if (some.empty()) {
            some.emplace_back("0");
        }
        std::sort(some.begin(), some.end());
        some.erase(std::unique(some.begin(), some.end()), some.end());
    }
    return values;
}

/// Those for whom a deputy with a key that is not `web` can do what they can't; in a plain formula
/// all who have a deputy.
std::vector<PrincipalIndex> better_silent(const auto& context) {
    std::vector<PrincipalIndex> people;
    for (const auto& one : context.rule->deputies) {
        if (context.is_plain ||
            (!context.rule->web_suffices && one.has_direct_key &&
             (!context.has_direct_key(one.stands_for) || context.is_spoken_for(one.stands_for)))) {
            people.push_back(one.stands_for);
        }
    }
    return people;
}

/// Who may propose, with nothing else in the branches yet.
std::vector<Branch> proposers_of(const auto& context) {
    if (context.is_change()) {
        return {{}};
    }
    const auto& rule = *context.rule;
    Branch alike;          // of whom it makes no difference who does
    Branch without_place;  // of whom it costs the place that they would fill, and no more
    without_place.fill_no_place = true;
    std::vector<Branch> branches;
    for (std::size_t i = 0; i < rule.place_of.size(); ++i) {
        const auto person = static_cast<PrincipalIndex>(i);
        if (!policy::may_propose(rule, person)) {
            continue;
        }
        const bool has_deputy =
            std::any_of(rule.deputies.begin(), rule.deputies.end(),
                        [&](const auto& one) { return one.stands_for == person; });
        const bool is_deputy = std::any_of(rule.deputies.begin(), rule.deputies.end(),
                                           [&](const auto& one) { return one.deputy == person; });
        if (rule.place_of[i] == policy::k_no_place || (rule.proposer_counts && !has_deputy)) {
            alike.proposers.push_back(person);
        } else if (!has_deputy && !is_deputy && !context.is_mixed(person)) {
            without_place.proposers.push_back(person);
        } else {
            branches.emplace_back().proposers = {person};
        }
    }
    for (Branch* several : {&alike, &without_place}) {
        if (!several->proposers.empty()) {
            branches.push_back(std::move(*several));
        }
    }
    return branches;
}

}  // namespace

base::Result<std::vector<Branch>> PolicyFormula::Context::branches() const {
    const PolicyFormula::Context& context = *this;
    const std::vector<Branch> proposers = proposers_of(context);
    const auto silent = better_silent(context);
    auto values = parameter_values(*context.rule,
                                   context.is_change() ? 0 : context.action->parameters.size());
    if (const auto& given = surroundings.parameters) {
        for (std::size_t i = 0; i < std::min(values.size(), given->size()); ++i) {
            values[i] = {(*given)[i]};
        }
    }
    double count = static_cast<double>(proposers.size());
    for (const auto& some : values) {
        count *= static_cast<double>(some.size());
    }
    for (std::size_t i = 0; i < silent.size(); ++i) {
        count *= 2;
    }
    if (count > static_cast<double>(PolicyFormula::k_most_branches)) {
        return base::bad_input(fmt::format(
            "the rule has {} combinations of proposers, deputies who stand in for `web` keys, and "
            "values of parameters; at most {} are analysed. Ask fewer values of parameters, or "
            "write `web suffices` or `proposer counts`",
            count, PolicyFormula::k_most_branches));
    }
    std::vector<Branch> branches = proposers;
    for (const auto& some : values) {
        std::vector<Branch> longer;
        for (const Branch& branch : branches) {
            for (const std::string& value : some) {
                longer.push_back(branch);
                longer.back().parameters.push_back(value);
            }
        }
        branches = std::move(longer);
    }
    for (const PrincipalIndex person : silent) {
        const std::size_t spoken = branches.size();
        for (std::size_t i = 0; i < spoken; ++i) {
            // Who proposes has spoken.
            if (branches[i].proposers != std::vector{person}) {
                branches.push_back(branches[i]);
                branches.back().silent.push_back(person);
            }
        }
    }
    return branches;
}

}  // namespace cheget::analysis
