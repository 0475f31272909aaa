// What an action does, and what an order may add to it.
#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

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

// A capture that the target does not have: the order states its value, as a parameter.
void Checker::add_parameter(const StringSyntax& string, std::string_view name, bool bare,
                            Action& action) {
    for (Parameter& known : action.parameters) {
        if (known.name == name) {
            known.bare = known.bare && bare;
            return;
        }
    }
    std::vector<std::string_view> captures;
    for (const Parameter& known : action.parameters) {
        captures.emplace_back(known.name);
    }
    if (std::string hint = did_you_mean(name, captures); !hint.empty()) {
        complain(string.at,
                 fmt::format("nothing here captures `{}`, and as a parameter its name is too near "
                             "to another's",
                             name),
                 hint + " If not, give the parameter a name less like it");
    }
    if (policy_.find_fact(name) != nullptr) {
        complain(
            string.at,
            fmt::format("`{}` is a fact: one name can't stand for it and for a parameter", name),
            "give the parameter another name");
    }
    action.parameters.push_back({std::string(name), Parameter::From::deed, bare});
}

// A template whose captures are the target's, or one parameter.
std::optional<Template> Checker::check_parameters(const StringSyntax& string, Action& action) {
    auto pattern = parse_template(string.value);
    if (!pattern || action.target.empty()) {
        return check_template(string,
                              action);  // complains, or a broken target was complained about
    }
    pattern->at = string.at;
    std::size_t parameters = 0;
    for (const std::string& name : pattern->captures) {
        if (!names_capture(action.target, name)) {
            add_parameter(string, name, false, action);
            ++parameters;
        }
    }
    if (parameters > 1) {
        complain(string.at,
                 "more than one parameter in one string: what stands there could be divided "
                 "between them in several ways",
                 "keep one of them in each string; captures of the target may stand beside it");
    }
    return std::move(*pattern);
}

// A template in which the order has no say: the target's captures alone.
Template Checker::check_fixed(const StringSyntax& string, const Action& action) {
    if (string.value.empty()) {
        complain(string.at, "an empty name names nothing", "write the name");
    }
    return check_template(string, action).value_or(Template{{""}, {}, string.at});
}

ValuePattern Checker::check_value(const ValueSyntax& value, Action& action) {
    if (!value.bare) {
        auto pattern = check_parameters(value.string, action);
        return {pattern ? std::move(*pattern) : Template{{""}, {}, value.string.at}, false};
    }
    const std::string& name = value.string.value;
    if (!names_capture(action.target, name)) {
        add_parameter(value.string, name, true, action);
    }
    return {Template{{"", ""}, {name}, value.string.at}, true};
}

void Checker::check_deed(const BlockSyntax& block, Action& action) {
    const ClauseSyntax* first = nullptr;
    auto is_deed = [](Clause kind) {
        return kind == Clause::run || kind == Clause::call || kind == Clause::sql ||
               kind == Clause::ref || kind == Clause::sign;
    };
    for (const ClauseSyntax& clause : block.clauses) {
        if (!is_deed(clause.kind)) {
            continue;
        }
        if (first != nullptr) {
            if (first->kind != clause.kind) {
                complain(clause.at,
                         fmt::format("`{}` beside `{}`: an action does one thing",
                                     keyword(clause.kind), keyword(first->kind)),
                         "keep one of them, or make two actions");
            }
            continue;
        }
        first = &clause;
        switch (clause.kind) {
            case Clause::call:
                check_call(clause, action);
                break;
            case Clause::sql:
                check_sql(clause, action);
                break;
            case Clause::ref:
                action.deed = DeedKind::ref;
                action.ref = {check_fixed(clause.names_of_deed[0], action),
                              check_fixed(clause.names_of_deed[1], action), clause.at};
                break;
            case Clause::sign:
                action.deed = DeedKind::sign;
                action.sign = {std::string(clause.names[0].text),
                               check_fixed(clause.strings[0], action),
                               check_fixed(clause.strings[1], action), clause.at};
                break;
            default:
                check_run(clause, action);
        }
    }
    for (const ClauseSyntax& clause : block.clauses) {
        if (clause.kind == Clause::file) {
            check_file(clause, action);
        }
    }
}

void Checker::check_run_alone(const ClauseSyntax& clause, const Action& action) {
    if (action.deed != DeedKind::run) {
        complain(clause.at,
                 fmt::format("`{}` means something to a command alone", keyword(clause.kind)),
                 "take it out: this action runs none");
    }
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
        bool program = &string == clause.strings.data();
        auto pattern = program ? check_template(string, action) : check_parameters(string, action);
        if (pattern) {
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

void Checker::check_call(const ClauseSyntax& clause, Action& action) {
    action.deed = DeedKind::call;
    action.call.at = clause.at;
    action.call.server = check_fixed(clause.names_of_deed[0], action);
    action.call.tool = check_fixed(clause.names_of_deed[1], action);
    action.call.any = clause.any;
    for (std::size_t i = 0; i < clause.keys.size(); ++i) {
        const StringSyntax& key = clause.keys[i];
        for (const auto& earlier : action.call.arguments) {
            if (earlier.key == key.value) {
                complain(key.at, fmt::format("the key `{}` stands twice", base::shown(key.value)),
                         "write each key once");
            }
        }
        action.call.arguments.push_back({key.value, check_value(clause.values[i], action)});
    }
}

void Checker::check_sql(const ClauseSyntax& clause, Action& action) {
    action.deed = DeedKind::sql;
    action.sql.at = clause.at;
    action.sql.database = check_fixed(clause.names_of_deed[0], action);
    for (const StringSyntax& statement : clause.strings) {
        if (statement.value.empty()) {
            complain(statement.at, "an empty statement does nothing", "take it out");
        }
        for (const Parameter& parameter : action.parameters) {
            if (statement.value.find('{' + parameter.name + '}') != std::string::npos) {
                complain(statement.at,
                         fmt::format("`{{{}}}` inside a statement is not filled in: what stands "
                                     "there could change what the statement does",
                                     parameter.name),
                         fmt::format("write the database's own mark, such as `$1`, and "
                                     "`with [\"{{{}}}\"]`",
                                     parameter.name));
            }
        }
        action.sql.statements.push_back(statement.value);
    }
    for (const ValueSyntax& value : clause.values) {
        action.sql.parameters.push_back(check_value(value, action));
    }
}

// `file {artifact}`: the capture is a parameter of `run`, and stands for a path.
void Checker::check_file(const ClauseSyntax& clause, Action& action) {
    const StringSyntax& capture = clause.strings[0];
    if (action.deed != DeedKind::run || action.run.any) {
        return (void)complain(clause.at, "`file` binds a file that a stated command names",
                              "write it beside `run [...]`, or take it out");
    }
    for (std::size_t i = 0; i < action.parameters.size(); ++i) {
        Parameter& parameter = action.parameters[i];
        if (parameter.name != capture.value) {
            continue;
        }
        if (parameter.from == Parameter::From::target) {
            complain(capture.at,
                     fmt::format("`{}` is captured by the target, and no target holds a path",
                                 parameter.name),
                     "give the file a capture of its own, in `run` alone");
        } else if (parameter.from == Parameter::From::file) {
            complain(capture.at, fmt::format("a second `file {{{}}}`", parameter.name),
                     "take one out");
        } else {
            parameter.from = Parameter::From::file;
            action.files.push_back(static_cast<std::uint32_t>(i));
        }
        return;
    }
    std::vector<std::string_view> names;
    for (const Parameter& parameter : action.parameters) {
        names.emplace_back(parameter.name);
    }
    std::string hint = did_you_mean(capture.value, names);
    complain(capture.at, fmt::format("`run` has no capture `{}`", capture.value),
             hint.empty()
                 ? fmt::format("write `\"{{{}}}\"` where the command names the file", capture.value)
                 : hint);
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

}  // namespace cheget::policy
