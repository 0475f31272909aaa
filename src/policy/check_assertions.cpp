// Assertions: that what they speak about is there, and that they can fail at all.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/words.h"

namespace cheget::policy {

using Claim = Assertion::Claim;
using Subject = Assertion::Subject;

void Checker::check_assertions() {
    std::map<std::string_view, Position> seen;
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind != BlockSyntax::Kind::assertion) {
            continue;
        }
        Assertion assertion;
        if (check_assertion(block, assertion)) {
            policy_.assertions.push_back(std::move(assertion));
        }
    }
    for (const Assertion& assertion : policy_.assertions) {
        const auto [first, is_new] = seen.emplace(assertion.source, assertion.at);
        if (!is_new) {
            complain(assertion.at,
                     fmt::format("the same assertion stands in line {}", first->second.line),
                     "take one of them out");
        }
    }
}

bool Checker::check_assertion(const BlockSyntax& block, Assertion& assertion) {
    const AssertionSyntax& syntax = block.assertion;
    assertion.claim = syntax.claim;
    assertion.subject = syntax.subject;
    assertion.at = block.at;
    assertion.source = assertion_head(syntax);
    if (!syntax.set.nodes.empty()) {
        assertion.source += flat_texts(syntax.set).back();
    }
    const bool known = check_subject(syntax, block.at, assertion);
    const bool sound =
        syntax.set.nodes.empty() ? check_least(syntax, assertion) : check_set_of(syntax, assertion);
    if (syntax.set.nodes.empty()) {
        assertion.need = syntax.number;
    }
    return known && sound;
}

bool Checker::check_subject(const AssertionSyntax& syntax, Position at, Assertion& assertion) {
    if (syntax.subject == Subject::amend_lowering && !policy_.amend_lowering) {
        return complain(at,
                        "the policy has no `amend lowering`: `amend` serves for every amendment",
                        "write `for amend`");
    }
    if (syntax.subject != Subject::action && syntax.subject != Subject::emergency) {
        return true;
    }
    const std::string_view name = syntax.action.text;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < policy_.actions.size(); ++i) {
        names.push_back(policy_.actions[i].name);
    }
    const auto action = std::find(names.begin(), names.end(), name);
    if (action == names.end()) {
        const std::string hint = did_you_mean(name, names);
        return complain(syntax.action.at, fmt::format("there is no action `{}`", base::shown(name)),
                        hint.empty()
                            ? "name an action of this policy, `amend`, `amend lowering` or "
                              "`revoke`"
                            : hint);
    }
    assertion.number = static_cast<std::size_t>(action - names.begin());
    if (syntax.subject == Subject::action) {
        return true;
    }
    const auto emergency =
        std::find_if(policy_.emergencies.begin(), policy_.emergencies.end(),
                     [&](const Emergency& one) { return one.action == assertion.number; });
    if (emergency == policy_.emergencies.end()) {
        return complain(syntax.action.at, fmt::format("`{}` has no emergency", name),
                        fmt::format("write `for {}`", name));
    }
    assertion.number = static_cast<std::size_t>(emergency - policy_.emergencies.begin());
    return true;
}

bool Checker::check_least(const AssertionSyntax& syntax, const Assertion& assertion) {
    const std::size_t most = policy_.principals.size();
    const bool blocking = assertion.claim == Claim::smallest_blocking;
    if (syntax.number < 2) {
        return complain(
            syntax.number_at,
            fmt::format("`>= {}` holds of every policy, and so says nothing", syntax.number),
            blocking ? "write `>= 2`: nobody alone can block it"
                     : "write `>= 2`: nobody alone can do it");
    }
    if (syntax.number > most) {
        return complain(syntax.number_at,
                        fmt::format("the policy has {} principals: no smallest {} can count {}",
                                    most, blocking ? "blocking set" : "coalition", syntax.number),
                        fmt::format("write at most {}", most));
    }
    return true;
}

bool Checker::check_set_of(const AssertionSyntax& syntax, Assertion& assertion) {
    const FormulaSyntax::Node& root = syntax.set.nodes.back();
    const bool inside = assertion.claim == Claim::none_inside;
    if (inside && root.children.empty()) {
        const Name* name = look_up(root.name);
        if (name == nullptr) {
            return false;
        }
        if (!name->is_group) {
            return complain(root.at, fmt::format("`{}` is no group", root.name.text),
                            fmt::format("write `inside {{ {} }}`", root.name.text));
        }
    }
    const auto formula = check_formula(syntax.set, Role::source);
    if (!formula) {
        return false;
    }
    const Formula::Node& set = formula->root();
    if (formula->nodes.size() > 1 || set.kind != Formula::Node::Kind::people) {
        return complain(set.at, "an assertion speaks about one set",
                        inside ? "write `inside { ... }` with names alone"
                               : "write `has 1 of { ... }` with names alone");
    }
    assertion.people = set.people;
    assertion.need = inside ? 0 : set.need;
    if (inside && set.people.size() == policy_.principals.size()) {
        return complain(set.at, "all principals are in this set: nobody could ever act",
                        "name those with whom alone it must not lie");
    }
    return true;
}

}  // namespace cheget::policy
