// Actions and the rules of change: that clauses are there, fit each other and can come true.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/templates.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

using Clause = ClauseSyntax::Kind;

bool is_deed(Clause kind) {
    return kind == Clause::run || kind == Clause::call || kind == Clause::sql ||
           kind == Clause::ref || kind == Clause::sign;
}

bool may_repeat(Clause kind) {
    return kind == Clause::allow_environment || kind == Clause::allow_directory ||
           kind == Clause::allow_file || kind == Clause::file || kind == Clause::deputy;
}

}  // namespace

void Checker::check_actions() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind == BlockSyntax::Kind::action) {
            check_action(block);
        }
    }
    check_targets_apart();
    check_emergencies();
}

bool Checker::check_clauses_once(const BlockSyntax& block) {
    bool sound = true;
    for (std::size_t i = 0; i < block.clauses.size(); ++i) {
        for (std::size_t earlier = 0; earlier < i; ++earlier) {
            Clause kind = block.clauses[i].kind;
            if (block.clauses[earlier].kind == kind && !may_repeat(kind)) {
                sound = complain(block.clauses[i].at,
                                 fmt::format("a second `{}`; the first is in line {}",
                                             keyword(kind), block.clauses[earlier].at.line),
                                 "keep one of them");
                break;
            }
        }
    }
    return sound;
}

bool Checker::check_clauses_there(const BlockSyntax& block) {
    constexpr std::array<std::pair<Clause, std::string_view>, 6> needed{{
        {Clause::run,
         "write `run [\"/path/to/program\", \"argument\"]`, with `as USER` if need be; or "
         "`call`, `sql`, `ref` or `sign`"},
        {Clause::propose, "write who may ask for it, such as `propose 1 of dba`"},
        {Clause::approve, "write who must agree, such as `approve 2 of dba`"},
        {Clause::expire, "write how long an order stays open, such as `expire 8h`"},
        {Clause::execute, "write which machines may act, such as `execute 1 of { db1 }`"},
        {Clause::at_most, "write how often it may be used, such as `at most 1 per 30d`"},
    }};
    bool emergency = block.kind == BlockSyntax::Kind::emergency;
    bool sound = true;
    for (const auto& [wanted, advice] : needed) {
        bool replaced = wanted == Clause::approve || wanted == Clause::expire;
        if (!replaced && emergency != (wanted == Clause::at_most)) {
            continue;
        }
        bool there = false;
        for (const ClauseSyntax& clause : block.clauses) {
            there =
                there || clause.kind == wanted || (wanted == Clause::run && is_deed(clause.kind));
        }
        if (!there) {
            sound = complain(block.name.at,
                             fmt::format("the {} `{}` lacks `{}`", keyword(block.kind),
                                         block.name.text, keyword(wanted)),
                             std::string(advice));
        }
    }
    return sound;
}

void Checker::check_action(const BlockSyntax& block) {
    Action action;
    action.name = block.name.text;
    action.at = block.at;
    if (const Action* other = policy_.find_action(action.name)) {
        complain(
            block.name.at,
            fmt::format("an action named `{}` is in line {} already", action.name, other->at.line),
            "give each action a name of its own");
    }
    std::size_t before = diagnostics_.count();
    check_clauses_once(block);
    auto target = parse_target(block.target.text);
    if (target) {
        action.target = std::move(*target);
        for (const Template& segment : action.target) {
            for (const std::string& name : segment.captures) {
                action.parameters.push_back({name, Parameter::From::target, false});
            }
        }
    } else {
        complain(block.target.at,
                 fmt::format("`{}` is no target: {}", block.target.text, target.error().message),
                 "write segments of A-Z, a-z, 0-9, `_`, `.`, `-`, `:`, `@` and `+` joined by "
                 "`/`, each with at most one capture, such as `prod/delete_{what}`");
    }
    // What conditions compare, and who stands for whom, is known before formulas are read.
    check_deed(block, action);
    check_deputies(block, action);
    check_clauses(block, action);
    check_clauses_there(block);
    finish_action(block, action, before);
    policy_.actions.push_back(std::move(action));
    action_blocks_.push_back(&block);
}

void Checker::check_clauses(const BlockSyntax& block, Action& action) {
    action_ = &action;
    conditions_.reset();
    for (const ClauseSyntax& clause : block.clauses) {
        check_clause(clause, action);
    }
    add_conditions(action);
    action_ = nullptr;
}

// The checks that need the whole rule.
void Checker::finish_action(const BlockSyntax& block, Action& action, std::size_t before) {
    action_ = &action;
    check_times(block, action);
    bool complete = !action.propose.nodes.empty() && !action.approve.nodes.empty();
    if (complete && diagnostics_.count() == before &&
        (!action.consent || check_places_of_consent(action))) {
        check_can_be_satisfied(action, block);
    }
    action_ = nullptr;
}

void Checker::check_emergencies() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind == BlockSyntax::Kind::emergency) {
            check_emergency(block);
        }
    }
}

void Checker::check_emergency(const BlockSyntax& block) {
    const Action* ordinary = policy_.find_action(block.name.text);
    if (ordinary == nullptr) {
        std::vector<std::string_view> names;
        for (const Action& action : policy_.actions) {
            names.push_back(action.name);
        }
        std::string hint = did_you_mean(block.name.text, names);
        complain(block.name.at, fmt::format("no action is named `{}`", block.name.text),
                 hint.empty() ? "an emergency bears the name of the action that it is for" : hint);
        return;
    }
    if (const Emergency* other = policy_.find_emergency(block.name.text)) {
        complain(block.name.at,
                 fmt::format("an emergency for `{}` is in line {} already", block.name.text,
                             other->at.line),
                 "keep one of them");
        return;
    }
    needs_log(block.at, "emergency", "that it was made known, or how often it was used");
    std::size_t before = diagnostics_.count();
    Emergency emergency;
    emergency.action = static_cast<std::size_t>(ordinary - policy_.actions.data());
    emergency.at = block.at;
    emergency.rule = *ordinary;
    emergency.rule.at = block.at;
    emergency.rule.approve.nodes.clear();
    emergency.rule.wait.reset();
    emergency.rule.seen_by.reset();
    check_clauses_once(block);
    check_clauses(block, emergency.rule);
    check_clauses_there(block);
    for (const ClauseSyntax& clause : block.clauses) {
        if (clause.kind == Clause::at_most) {
            emergency.most = clause.number;
            emergency.per = clause.span;
        }
        bool again = (clause.kind == Clause::proposer_counts && ordinary->proposer_counts) ||
                     (clause.kind == Clause::web_suffices && ordinary->web_suffices);
        if (again) {
            complain(clause.at,
                     fmt::format("`{}` changes nothing: the action says so already",
                                 keyword(clause.kind)),
                     "take it out");
        }
    }
    finish_action(block, emergency.rule, before);
    policy_.emergencies.push_back(std::move(emergency));
}

void Checker::check_clause(const ClauseSyntax& clause, Action& action) {
    switch (clause.kind) {
        case Clause::run:
        case Clause::call:
        case Clause::sql:
        case Clause::ref:
        case Clause::sign:
        case Clause::file:
        case Clause::deputy:
        case Clause::at_most:
        case Clause::briefcase_counts:
            return;  // read already, by check_emergency, or never in an action
        case Clause::allow_environment:
            check_run_alone(clause, action);
            return check_environment(clause, action);
        case Clause::allow_stdin:
            check_run_alone(clause, action);
            action.allow.standard_input = true;
            return;
        case Clause::allow_directory:
            check_run_alone(clause, action);
            return check_paths(clause, action, action.allow.directories);
        case Clause::allow_file:
            check_run_alone(clause, action);
            return check_paths(clause, action, action.allow.files);
        case Clause::propose:
            return check_propose(clause, action);
        case Clause::proposer_counts:
            action.proposer_counts = true;
            return;
        case Clause::approve:
            if (auto formula = check_formula(clause.formula, Role::approve)) {
                action.approve = std::move(*formula);
            }
            return;
        case Clause::when:
            return check_conditions_alone(clause);
        case Clause::consent:
            return check_consent(clause, action);
        case Clause::web_suffices:
            action.web_suffices = true;
            return;
        case Clause::by_digest:
            action.by_digest = true;
            return;
        case Clause::veto:
            action.veto = check_formula(clause.formula, Role::veto);
            return;
        case Clause::wait:
            action.wait = clause.span;
            if (!clause.formula.nodes.empty()) {
                action.seen_by = check_formula(clause.formula, Role::seen);
                if (action.seen_by && action.seen_by->root().kind != Formula::Node::Kind::people) {
                    complain(clause.formula.nodes.back().at, "`seen by` names one set",
                             "write `seen by 1 of NAME` or `seen by 1 of { ... }`");
                }
            }
            return;
        case Clause::expire:
            action.expire = clause.span;
            return;
        case Clause::execute:
            return check_execute(clause, action);
        case Clause::valid:
            action.valid_from = clause.from;
            action.valid_until = clause.until;
            return;
        case Clause::offline:
            action.offline = clause.span;
            return;
    }
}

void Checker::check_consent(const ClauseSyntax& clause, Action& action) {
    auto formula = check_formula(clause.formula, Role::consent);
    if (!formula) {
        return;
    }
    const Formula::Node& root = formula->root();
    bool flat = root.kind == Formula::Node::Kind::people || root.need == root.children.size();
    for (std::uint32_t child : root.children) {
        flat = flat && formula->nodes[child].kind == Formula::Node::Kind::people;
    }
    if (!flat) {
        complain(root.at, "consent is `k of` one set, or an `all of` such sets",
                 "write `consent 1 of NAME`, or `consent all of { 1 of NAME, 1 of NAME }`");
        return;
    }
    bool shared = clause.formula.nodes.back().shared;
    action.consent = Consent{std::move(*formula), shared, clause.within, clause.at};
}

// `when` names conditions; whose voices are needed stands in `approve`.
void Checker::check_conditions_alone(const ClauseSyntax& clause) {
    for (const FormulaSyntax::Node& node : clause.formula.nodes) {
        bool leaf = node.children.empty();
        if (leaf && node.relation == FormulaSyntax::Relation::none) {
            complain(node.at, "`when` holds conditions alone",
                     "name people in `approve`, and facts and parameters here");
            return;
        }
    }
    conditions_ = check_formula(clause.formula, Role::approve);
}

// The conditions of `when` become further parts of `approve`.
void Checker::add_conditions(Action& action) {
    if (!conditions_ || action.approve.nodes.empty()) {
        return;
    }
    Position at = action.approve.root().at;
    std::vector<std::string> sources;
    Formula whole = joined(action.approve, *conditions_, at);
    Formula::Node& root = whole.nodes.back();
    for (std::uint32_t child : root.children) {
        sources.push_back(whole.nodes[child].source);
    }
    root.source = fmt::format("all of {{ {} }}", fmt::join(sources, ", "));
    action.approve = std::move(whole);
}

void Checker::check_propose(const ClauseSyntax& clause, Action& action) {
    auto formula = check_formula(clause.formula, Role::propose);
    if (!formula) {
        return;
    }
    const Formula::Node& root = formula->root();
    if (root.kind != Formula::Node::Kind::people || root.need != 1) {
        complain(root.at, "an order has one proposer",
                 "write `1 of NAME` or `1 of { ... }` with names alone");
        return;
    }
    action.propose = std::move(*formula);
}

void Checker::check_execute(const ClauseSyntax& clause, Action& action) {
    auto formula = check_formula(clause.formula, Role::execute);
    if (!formula) {
        return;
    }
    if (formula->root().kind != Formula::Node::Kind::people) {
        complain(formula->root().at, "executors are one set of machines",
                 "write `1 of { ... }` with names alone");
        return;
    }
    action.executors = formula->root().people;
    action.executors_needed = formula->root().need;
}

// Whether someone may propose such that the others can still approve and consent.
void Checker::check_can_be_satisfied(const Action& action, const BlockSyntax& block) {
    bool apart = !action.consent || action.consent->shared;
    Formula whole =
        apart ? action.approve : joined(action.approve, action.consent->formula, block.at);
    std::vector<PeopleSet> people = people_of_nodes(whole);
    std::vector<PeopleSet> consenters =
        action.consent ? people_of_nodes(action.consent->formula) : std::vector<PeopleSet>();
    PeopleSet approvers = people_of_nodes(action.approve).back();
    PeopleSet everyone = approvers;
    everyone |= action.consent ? consenters.back() : PeopleSet();
    bool proposer_counts_for_something = false;
    bool satisfiable = false;
    PeopleSet willing;
    for (PrincipalIndex proposer : action.propose.root().people) {
        PeopleSet others = everyone;
        proposer_counts_for_something = proposer_counts_for_something || everyone.test(proposer);
        if (!action.proposer_counts) {
            others.reset(proposer);
        }
        if (!satisfiable && satisfiable_nodes(whole, people, others).back() &&
            (!apart || !action.consent ||
             satisfiable_nodes(action.consent->formula, consenters, others).back())) {
            satisfiable = true;
            willing |= others & approvers;
        }
    }
    auto place_of = [&](Clause kind) {
        for (const ClauseSyntax& clause : block.clauses) {
            if (clause.kind == kind) {
                return clause.at;
            }
        }
        return block.at;
    };
    bool emergency = block.kind == BlockSyntax::Kind::emergency;
    if (action.proposer_counts && !proposer_counts_for_something && !emergency) {
        complain(place_of(Clause::proposer_counts),
                 "`proposer counts` changes nothing: nobody who may propose is in `approve`",
                 "take it out");
    }
    if (satisfiable_nodes(action.approve, people_of_nodes(action.approve), PeopleSet()).back()) {
        complain(place_of(Clause::approve),
                 "conditions alone could satisfy this: nobody would have to approve",
                 "ask for a person's voice in every way to satisfy it");
        return;
    }
    if (!satisfiable) {
        complain(place_of(Clause::approve),
                 action.consent ? "whoever proposes, the others can never satisfy this and "
                                  "`consent` together: the proposer fills no place, and one person "
                                  "fills one"
                                : "whoever proposes, the others can never satisfy this: the "
                                  "proposer fills no place",
                 "name more people, let others propose, or write `proposer counts`");
        return;
    }
    check_web(action, block, willing);
}

void Checker::check_web(const Action& action, const BlockSyntax& block,
                        const PeopleSet& approvers) {
    bool some_web = false;
    bool some_direct = false;
    for (PrincipalIndex person : members_of(approvers)) {
        for (const Key& key : policy_.principals[person].keys) {
            some_web = some_web || key.web_origin.has_value();
            some_direct = some_direct || !key.web_origin.has_value();
        }
    }
    for (const ClauseSyntax& clause : block.clauses) {
        if (clause.kind == Clause::web_suffices && !some_web) {
            complain(clause.at, "`web suffices` changes nothing: no approver has a `web` key",
                     "take it out");
        }
        if (clause.kind == Clause::approve && !some_direct && !action.web_suffices) {
            complain(clause.at,
                     "all approvers have `web` keys alone, and one voice at least must come by "
                     "another key",
                     "give one of them another key, or write `web suffices`");
        }
    }
}

void Checker::check_targets_apart() {
    for (std::size_t i = 0; i < policy_.actions.size(); ++i) {
        for (std::size_t earlier = 0; earlier < i; ++earlier) {
            const Action& action = policy_.actions[i];
            const Action& other = policy_.actions[earlier];
            if (action.target.empty() || other.target.empty()) {
                continue;
            }
            if (auto common = common_target(other.target, action.target)) {
                complain(action_blocks_[i]->target.at,
                         fmt::format("`{}` and `{}` both rule the target `{}`", other.name,
                                     action.name, *common),
                         "give each action targets of its own, such as `drop/...` and `dump/...`: "
                         "nobody may choose the weaker rule");
                break;
            }
        }
    }
}

}  // namespace cheget::policy
