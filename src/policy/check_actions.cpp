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

bool is_environment_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return (character >= 'A' && character <= 'Z') ||
                      (character >= 'a' && character <= 'z') ||
                      (character >= '0' && character <= '9') || character == '_';
           });
}

bool is_user_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 && !(text[0] >= '0' && text[0] <= '9') &&
           text[0] != '-' && text[0] != '.' &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9') || character == '_' ||
                      character == '-' || character == '.';
           });
}

bool names_capture(const std::vector<Template>& target, std::string_view capture) {
    for (const Template& segment : target) {
        for (const std::string& name : segment.captures) {
            if (name == capture) {
                return true;
            }
        }
    }
    return false;
}

bool may_repeat(Clause kind) {
    return kind == Clause::allow_environment || kind == Clause::allow_directory ||
           kind == Clause::allow_file;
}

}  // namespace

void Checker::check_actions() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind == BlockSyntax::Kind::action) {
            check_action(block);
        }
    }
    check_targets_apart();
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
    constexpr std::array<std::pair<Clause, std::string_view>, 5> needed{{
        {Clause::run,
         "write `run [\"/path/to/program\", \"argument\"]`, with `as USER` if need be"},
        {Clause::propose, "write who may ask for it, such as `propose 1 of dba`"},
        {Clause::approve, "write who must agree, such as `approve 2 of dba`"},
        {Clause::expire, "write how long an order stays open, such as `expire 8h`"},
        {Clause::execute, "write which machines may act, such as `execute 1 of { db1 }`"},
    }};
    bool sound = true;
    for (const auto& [wanted, advice] : needed) {
        bool there = false;
        for (const ClauseSyntax& clause : block.clauses) {
            there = there || clause.kind == wanted;
        }
        if (!there) {
            sound = complain(
                block.name.at,
                fmt::format("the action `{}` lacks `{}`", block.name.text, keyword(wanted)),
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
    bool sound = check_clauses_once(block);
    auto target = parse_target(block.target.text);
    if (target) {
        action.target = std::move(*target);
        for (const Template& segment : action.target) {
            for (const std::string& name : segment.captures) {
                action.parameters.push_back({name, Parameter::From::target, false});
            }
        }
    } else {
        sound = complain(
            block.target.at,
            fmt::format("`{}` is no target: {}", block.target.text, target.error().message),
            "write segments of A-Z, a-z, 0-9, `_`, `.`, `-`, `:`, `@` and `+` joined by "
            "`/`, each with at most one capture, such as `prod/delete_{what}`");
    }
    std::size_t before = diagnostics_.count();
    for (const ClauseSyntax& clause : block.clauses) {
        check_clause(clause, action);
    }
    sound = check_clauses_there(block) && sound;
    bool complete = !action.propose.nodes.empty() && !action.approve.nodes.empty();
    if (sound && complete && diagnostics_.count() == before) {
        check_can_be_satisfied(action, block);
    }
    policy_.actions.push_back(std::move(action));
    action_blocks_.push_back(&block);
}

void Checker::check_clause(const ClauseSyntax& clause, Action& action) {
    switch (clause.kind) {
        case Clause::run:
            return check_run(clause, action);
        case Clause::allow_environment:
            return check_environment(clause, action);
        case Clause::allow_stdin:
            action.allow.standard_input = true;
            return;
        case Clause::allow_directory:
            return check_paths(clause, action, action.allow.directories);
        case Clause::allow_file:
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
        case Clause::web_suffices:
            action.web_suffices = true;
            return;
        case Clause::by_digest:
            action.by_digest = true;
            return;
        case Clause::veto:
            action.veto = check_formula(clause.formula, Role::veto);
            return;
        case Clause::expire:
            action.expire = clause.span;
            return;
        case Clause::execute:
            return check_execute(clause, action);
    }
}

std::optional<Template> Checker::check_template(const StringSyntax& string, const Action& action) {
    auto pattern = parse_template(string.value);
    if (!pattern) {
        complain(string.at, pattern.error().message,
                 "write a capture as `{name}` with a-z, 0-9 and `_`, and a brace itself as `{{` or "
                 "`}}`");
        return std::nullopt;
    }
    pattern->at = string.at;
    std::vector<std::string_view> captures;
    for (const Template& segment : action.target) {
        captures.insert(captures.end(), segment.captures.begin(), segment.captures.end());
    }
    for (const std::string& name : pattern->captures) {
        if (action.target.empty() || names_capture(action.target, name)) {
            continue;  // a broken target was complained about
        }
        std::string hint = did_you_mean(name, captures);
        complain(string.at, fmt::format("the target has no capture `{}`", name),
                 !hint.empty()
                     ? hint
                     : fmt::format("write `{{{}}}` in the target, or a doubled brace for a "
                                   "brace itself",
                                   name));
        return std::nullopt;
    }
    return std::move(*pattern);
}

void Checker::check_run(const ClauseSyntax& clause, Action& action) {
    action.run.any = clause.any;
    action.run.at = clause.at;
    if (clause.user) {
        action.run.user = clause.user->text;
        if (!is_user_name(clause.user->text)) {
            complain(clause.user->at, fmt::format("`{}` is no user's name", clause.user->text),
                     "write a name from /etc/passwd, such as `as postgres`");
        }
    }
    for (const StringSyntax& string : clause.strings) {
        if (auto pattern = check_template(string, action)) {
            action.run.argv.push_back(std::move(*pattern));
        }
    }
    if (!clause.any && !is_clean_path(clause.strings[0].value)) {
        complain(
            clause.strings[0].at,
            fmt::format("the program `{}` is not a plain absolute path",
                        base::shown(clause.strings[0].value)),
            "write the whole path, without `.`, `..` or doubled slashes: PATH is never searched");
    }
}

void Checker::check_paths(const ClauseSyntax& clause, const Action& action,
                          std::vector<Template>& paths) {
    for (const StringSyntax& string : clause.strings) {
        auto pattern = check_template(string, action);
        bool directory = clause.kind == Clause::allow_directory;
        if (!is_clean_path(string.value) || (string.value == "/" && !directory)) {
            complain(string.at,
                     fmt::format("`{}` is not a plain absolute path", base::shown(string.value)),
                     "write the whole path, without `.`, `..`, doubled slashes or one at the end");
        } else if (pattern) {
            for (const Template& earlier : paths) {
                if (to_text(earlier) == to_text(*pattern)) {
                    complain(string.at,
                             fmt::format("`{}` is allowed already", base::shown(string.value)),
                             "name each path once");
                }
            }
            paths.push_back(std::move(*pattern));
        }
    }
}

void Checker::check_environment(const ClauseSyntax& clause, Action& action) {
    for (const WordSyntax& name : clause.names) {
        auto& names = action.allow.environment;
        if (!is_environment_name(name.text)) {
            complain(name.at, fmt::format("`{}` is no name of an environment variable", name.text),
                     "write letters, digits and `_`, such as `PGHOST`");
        } else if (std::find(names.begin(), names.end(), name.text) != names.end()) {
            complain(name.at, fmt::format("`{}` is allowed already", name.text),
                     "name each variable once");
        } else {
            names.emplace_back(name.text);
        }
    }
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

// Whether someone may propose such that the others can still approve.
void Checker::check_can_be_satisfied(const Action& action, const BlockSyntax& block) {
    std::vector<PeopleSet> people = people_of_nodes(action.approve);
    const PeopleSet& approvers = people.back();
    bool proposer_approves = false;
    bool satisfiable = false;
    PeopleSet willing;
    for (PrincipalIndex proposer : action.propose.root().people) {
        PeopleSet others = approvers;
        proposer_approves = proposer_approves || approvers.test(proposer);
        if (!action.proposer_counts) {
            others.reset(proposer);
        }
        if (!satisfiable && satisfiable_nodes(action.approve, people, others).back()) {
            satisfiable = true;
            willing |= others;
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
    if (action.proposer_counts && !proposer_approves) {
        complain(place_of(Clause::proposer_counts),
                 "`proposer counts` changes nothing: nobody who may propose is in `approve`",
                 "take it out");
    }
    if (!satisfiable) {
        complain(place_of(Clause::approve),
                 "whoever proposes, the others can never satisfy this: the proposer fills no place",
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
