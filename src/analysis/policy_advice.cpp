// Warnings that an analysis gives rise to, each with what to change.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/policy_answers.h"
#include "base/text.h"

namespace cheget::analysis {

namespace {

using Kind = RuleName::Kind;
using NodeKind = policy::Formula::Node::Kind;

const policy::Action* action_of(const policy::Policy& policy, RuleName rule) {
    switch (rule.kind) {
        case Kind::action:
            return &policy.actions[rule.index];
        case Kind::emergency:
            return &policy.emergencies[rule.index].rule;
        default:
            return nullptr;
    }
}

std::string names_of(const policy::Policy& policy, const std::vector<std::uint32_t>& people,
                     std::string_view conjunction) {
    std::vector<std::string> names;
    for (const std::uint32_t one : people) {
        names.push_back(policy.principals[one].name);
    }
    return base::join_words(names, conjunction);
}

/// One machine whose word alone makes a condition of the rule true.
void advise_on_facts(const policy::Policy& policy, const policy::Action& action,
                     std::vector<Advice>& advice) {
    std::vector<bool> told(policy.facts.size());
    for (const auto& node : action.approve.nodes) {
        if (node.kind != NodeKind::fact || node.fact >= told.size() || told[node.fact]) {
            continue;
        }
        told[node.fact] = true;
        const policy::Fact& fact = policy.facts[node.fact];
        const bool machine =
            std::any_of(fact.sources.begin(), fact.sources.end(), [&](policy::PrincipalIndex one) {
                return policy.principals[one].kind == policy::PrincipalKind::machine;
            });
        if (machine && fact.need == 1) {
            advice.push_back(
                {fmt::format("one machine's key satisfies the condition on {}", fact.name),
                 fmt::format("let two sources say so: `fact {} … from 2 of {{ … }}`", fact.name)});
        }
    }
}

/// People whom an amendment needs and whose approval can't count for it.
void advise_on_briefcases(const policy::Policy& policy, RuleName rule,
                          std::vector<Advice>& advice) {
    if (rule.kind != Kind::amend && rule.kind != Kind::amend_lowering) {
        return;
    }
    const policy::ChangeRule& change = rule.kind == Kind::amend_lowering && policy.amend_lowering
                                           ? *policy.amend_lowering
                                           : policy.amend;
    std::vector<std::uint32_t> people;
    for (const auto& node : change.approve.nodes) {
        for (const policy::PrincipalIndex one : node.people) {
            if (!change.briefcase_counts && policy.principals[one].has_briefcase_alone() &&
                std::find(people.begin(), people.end(), one) == people.end()) {
                people.push_back(one);
            }
        }
    }
    if (!people.empty()) {
        advice.push_back(
            {fmt::format("nobody can satisfy it: it needs {}, who {} from a briefcase alone, and "
                         "that doesn't count for amendments",
                         names_of(policy, people, "and"), people.size() == 1 ? "votes" : "vote"),
             "add `briefcase counts` to the rule, ask for fewer, or give them another key"});
    }
}

void advise_on_action(const policy::Policy& policy, const policy::Action& action,
                      std::vector<Advice>& advice) {
    advise_on_facts(policy, action, advice);
    if (action.deed == policy::DeedKind::run && action.run.any) {
        advice.push_back({"`run any` lets an order run every program there is",
                          "name the command and what may vary in it: `run [\"/usr/bin/dropdb\", "
                          "\"{name}\"]`"});
    }
    if (action.web_suffices) {
        advice.push_back(
            {"all voices may come through web pages: whoever serves one page can sign for all who "
             "use it",
             "take `web suffices` out, so that one voice must come from a key outside any page"});
    }
    if (action.veto && !action.wait) {
        advice.push_back(
            {"the veto has no time of its own: once the approvals are there, a server "
             "that keeps silent about a veto has outwaited it",
             "add `wait SPAN`, as long as those who may veto need to answer"});
    } else if (action.veto && (!policy.has_log || policy.witnesses_needed == 0)) {
        advice.push_back({"a server that keeps a veto to itself can outwait it",
                          "keep a log with witnesses, so that what is kept back is noticed"});
    } else if (action.veto && !action.seen_by) {
        advice.push_back(
            {"a server that shows an order to nobody who may veto it can outwait the veto",
             fmt::format(
                 "let the time begin when one of them has seen it: `wait {} seen by 1 of …`",
                 base::to_text(*action.wait))});
    }
    for (const policy::Deputy& one : action.deputies) {
        if (one.after.seconds >= action.expire.seconds) {
            continue;  // idle in an emergency
        }
        advice.push_back(
            {fmt::format("a server that keeps {0}'s word to itself lets {1} stand in for {0} after "
                         "{2}",
                         policy.principals[one.stands_for].name, policy.principals[one.deputy].name,
                         base::to_text(one.after)),
             "let it reach the executors by another way too: their drop folders"});
    }
}

}  // namespace

std::vector<Advice> advice_on(const policy::Policy& policy, const RuleAnswers& answers) {
    std::vector<Advice> advice;
    if (!answers.acting.smallest) {
        advice.push_back({"nobody can make it happen as asked: all together do not suffice",
                          "look at --others, --facts and --at, then at the rule itself"});
    }
    if (!answers.alone.empty() && answers.rule.kind != Kind::revoke) {
        advice.push_back({fmt::format("{} can act alone", names_of(policy, answers.alone, "or")),
                          "ask for the approval of one more person"});
    }
    // A single person's veto is what the rule gives them; a single lost key is not.
    if (!answers.indispensable.empty() && answers.acting.smallest &&
        answers.others == Others::silent) {
        const bool one = answers.indispensable.size() == 1;
        advice.push_back(
            {fmt::format("a single person can block: nobody acts without {}; {} lost key ends it",
                         names_of(policy, answers.indispensable, "and"), one ? "this" : "each"),
             "let somebody else fill that place too, or have a deputy"});
    }
    advise_on_briefcases(policy, answers.rule, advice);
    if (const policy::Action* action = action_of(policy, answers.rule)) {
        advise_on_action(policy, *action, advice);
    }
    return advice;
}

std::vector<Advice> advice_on(const policy::Policy& policy) {
    if (!policy.has_log) {
        return {
            {"there is no log: nobody notices a veto, a withdrawal or a new policy that is kept "
             "from the verifier",
             "where that matters, keep a log with witnesses: `log: KEY`, `witnesses: 2 of …`"}};
    }
    if (policy.witnesses_needed == 0) {
        return {{"there are no witnesses: whoever keeps the log can show each verifier another one",
                 "name witnesses: `witnesses: 2 of { w1, w2, w3 }`"}};
    }
    return {};
}

}  // namespace cheget::analysis
