// An order's parameters, deed and surroundings, compared with its action byte for byte.
#include "policy/bind_deed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::policy {
namespace {

std::string_view name_of(DeedKind kind) {
    switch (kind) {
        case DeedKind::run:
            return "runs commands";
        case DeedKind::call:
            return "calls tools";
        case DeedKind::sign:
            return "signs";
        case DeedKind::ref:
            return "moves refs";
        case DeedKind::sql:
            return "runs SQL statements";
    }
    return "";
}

Check check_argv(const Action& action, const Captures& captures,
                 const std::vector<std::string>& argv) {
    if (argv.empty() || !is_clean_path(argv[0])) {
        return deny("the program of the order is not a plain absolute path");
    }
    if (action.run.any) {
        return {};
    }
    if (argv.size() != action.run.argv.size()) {
        return deny(fmt::format("the command has {} elements, `{}` runs {}", argv.size(),
                                action.name, action.run.argv.size()));
    }
    for (std::size_t i = 0; i < argv.size(); ++i) {
        std::string expected = fill(action.run.argv[i], captures);
        if (argv[i] != expected) {
            return deny(fmt::format("element {} of the command is `{}`, `{}` runs `{}` there", i,
                                    base::shown(argv[i]), action.name, base::shown(expected)));
        }
    }
    return {};
}

// Whether a text of the order is the filled-in template; `what` names it.
Check check_same(const Action& action, const Captures& captures, std::string_view what,
                 const std::string& text, const Template& pattern) {
    std::string expected = fill(pattern, captures);
    if (text != expected) {
        return deny(fmt::format("the {} is `{}`, `{}` says `{}` there", what, base::shown(text),
                                action.name, base::shown(expected)));
    }
    return {};
}

// A string, or for a bare capture the digits of a whole number too, is the filled-in template.
Check check_value(const Action& action, const Captures& captures, std::string_view what,
                  const base::Json& value, const ValuePattern& pattern) {
    std::string expected = fill(pattern.text, captures);
    const auto* text = std::get_if<std::string>(&value.value);
    const auto* number = std::get_if<base::Json::Number>(&value.value);
    bool is_text = text != nullptr && *text == expected;
    bool is_number = pattern.bare && number != nullptr && number->text == expected &&
                     parameter_number(number->text).has_value();
    if (!is_text && !is_number) {
        return deny(fmt::format("the {} is {}, `{}` says {} there", what,
                                base::shown(base::to_canonical(value)), action.name,
                                base::shown(base::to_canonical(expected))));
    }
    return {};
}

Check check_call(const Action& action, const Captures& captures, const statement::Call& call) {
    TRY(check_same(action, captures, "server", call.server, action.call.server));
    TRY(check_same(action, captures, "tool", call.tool, action.call.tool));
    const auto* arguments = std::get_if<base::Json::Object>(&call.arguments.value);
    if (arguments == nullptr) {
        return deny("the arguments of the call are no object");
    }
    for (const CallPattern::Argument& wanted : action.call.arguments) {
        auto place = arguments->find(wanted.key);
        if (place == arguments->end()) {
            return deny(fmt::format("the call lacks the argument `{}`", base::shown(wanted.key)));
        }
        TRY(check_value(action, captures, fmt::format("argument `{}`", base::shown(wanted.key)),
                        place->second, wanted.value));
    }
    for (const auto& [key, value] : *arguments) {
        bool known = std::any_of(action.call.arguments.begin(), action.call.arguments.end(),
                                 [&](const auto& wanted) { return wanted.key == key; });
        if (!known && !action.call.any) {
            return deny(fmt::format("the argument `{}` is not one that `{}` has", base::shown(key),
                                    action.name));
        }
    }
    return {};
}

Check check_sql(const Action& action, const Captures& captures, const statement::Sql& sql) {
    TRY(check_same(action, captures, "database", sql.database, action.sql.database));
    if (sql.statements != action.sql.statements) {
        return deny(fmt::format("the statements are not those of `{}`", action.name));
    }
    if (sql.parameters.size() != action.sql.parameters.size()) {
        return deny(fmt::format("the statements have {} parameters, `{}` gives {}",
                                sql.parameters.size(), action.name, action.sql.parameters.size()));
    }
    for (std::size_t i = 0; i < sql.parameters.size(); ++i) {
        TRY(check_value(action, captures, fmt::format("parameter {} of the statements", i + 1),
                        sql.parameters[i], action.sql.parameters[i]));
    }
    return {};
}

Check check_ref(const Action& action, const Captures& captures, const statement::Ref& ref) {
    TRY(check_same(action, captures, "repository", ref.repository, action.ref.repository));
    return check_same(action, captures, "ref", ref.ref, action.ref.ref);
}

Check check_sign(const Action& action, const Captures& captures, const statement::Sign& sign) {
    if (sign.form != action.sign.form) {
        return deny(fmt::format("the form of the signature is `{}`, `{}` makes `{}`",
                                base::shown(sign.form), action.name, action.sign.form));
    }
    TRY(check_same(action, captures, "key", sign.key, action.sign.key));
    return check_same(action, captures, "namespace", sign.name_space, action.sign.name_space);
}

Check check_user(const Action& action, const statement::Order& order) {
    if (order.user == action.run.user) {
        return {};
    }
    auto told = [](const std::optional<std::string>& user) {
        return user ? fmt::format("as `{}`", base::shown(*user)) : std::string("without `user`");
    };
    return deny(fmt::format("the order runs {}, `{}` runs {}", told(order.user), action.name,
                            told(action.run.user)));
}

Check check_environment(const Action& action, const statement::Order& order) {
    for (const auto& [name, value] : order.environment) {
        const auto& allowed = action.allow.environment;
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
            return deny(fmt::format("the environment variable `{}` is not allowed by `{}`",
                                    base::shown(name), action.name));
        }
    }
    return {};
}

bool is_allowed_path(const std::vector<Template>& allowed, const Captures& captures,
                     std::string_view path) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const Template& pattern) { return fill(pattern, captures) == path; });
}

Check check_directory(const Action& action, const Captures& captures,
                      const statement::Order& order) {
    if (order.directory && !is_allowed_path(action.allow.directories, captures, *order.directory)) {
        return deny(fmt::format("the directory `{}` is not allowed by `{}`",
                                base::shown(*order.directory), action.name));
    }
    return {};
}

// A file may be named if the command names it, or the action does.
Check check_files(const Action& action, const Captures& captures, const statement::Order& order,
                  const std::vector<std::string>& argv) {
    for (const statement::FileReference& file : order.files) {
        bool in_command = file.path.starts_with('/') &&
                          std::find(argv.begin(), argv.end(), file.path) != argv.end();
        bool by_clause = std::any_of(action.files.begin(), action.files.end(), [&](auto index) {
            return captures.find(action.parameters[index].name)->second == file.path;
        });
        if (!in_command && !by_clause &&
            !is_allowed_path(action.allow.files, captures, file.path)) {
            return deny(
                fmt::format("the file `{}` is neither an element of the command nor allowed "
                            "by `{}`; an interpreter is allowed by `allow file`",
                            base::shown(file.path), action.name));
        }
    }
    if (order.standard_input && !action.allow.standard_input) {
        return deny(fmt::format("standard input is not allowed by `{}`", action.name));
    }
    return {};
}

// Whether a parameter can stand for what captures it.
bool is_value_of(const Parameter& parameter, std::string_view value) {
    if (parameter.from == Parameter::From::file) {
        return is_clean_path(value) && value != "/";
    }
    return parameter.bare || is_capture_value(value);
}

}  // namespace

Check take_parameters(const Action& action, const statement::Order& order, Captures& captures) {
    for (const statement::Parameter& parameter : order.parameters) {
        auto known = std::find_if(action.parameters.begin(), action.parameters.end(),
                                  [&](const auto& each) { return each.name == parameter.name; });
        if (known == action.parameters.end()) {
            return deny(fmt::format("`{}` captures no parameter `{}`", action.name,
                                    base::shown(parameter.name)));
        }
        auto [place, is_new] = captures.emplace(parameter.name, parameter.value);
        if (place->second != parameter.value) {
            return deny(fmt::format("the parameter `{}` is `{}`, and the target says `{}`",
                                    parameter.name, base::shown(parameter.value), place->second));
        }
        if (is_new && !is_value_of(*known, parameter.value)) {
            return deny(fmt::format(
                "the parameter `{}` is `{}`, and {}", parameter.name, base::shown(parameter.value),
                known->from == Parameter::From::file
                    ? "a file is named by a plain absolute path"
                    : "a capture stands for letters, digits, `_`, `.` and `-` alone"));
        }
    }
    for (const Parameter& parameter : action.parameters) {
        if (!captures.contains(parameter.name)) {
            return deny(fmt::format("the order lacks the parameter `{}`, which `{}` captures",
                                    parameter.name, action.name));
        }
    }
    return {};
}

Check check_deed(const Action& action, const statement::Order& order, const Captures& captures) {
    const statement::Deed& deed = order.deed;
    if (const auto* run = std::get_if<statement::Run>(&deed); run && action.deed == DeedKind::run) {
        return check_argv(action, captures, run->argv);
    }
    if (const auto* call = std::get_if<statement::Call>(&deed);
        call && action.deed == DeedKind::call) {
        return check_call(action, captures, *call);
    }
    if (const auto* sign = std::get_if<statement::Sign>(&deed);
        sign && action.deed == DeedKind::sign) {
        return check_sign(action, captures, *sign);
    }
    if (const auto* ref = std::get_if<statement::Ref>(&deed); ref && action.deed == DeedKind::ref) {
        return check_ref(action, captures, *ref);
    }
    if (const auto* sql = std::get_if<statement::Sql>(&deed); sql && action.deed == DeedKind::sql) {
        return check_sql(action, captures, *sql);
    }
    return deny(fmt::format("`{}` {}, and the order asks for another deed", action.name,
                            name_of(action.deed)));
}

Check check_surroundings(const Action& action, const statement::Order& order,
                         const Captures& captures) {
    const auto* run = std::get_if<statement::Run>(&order.deed);
    TRY(check_user(action, order));
    TRY(check_environment(action, order));
    TRY(check_directory(action, captures, order));
    return check_files(action, captures, order,
                       run == nullptr ? std::vector<std::string>() : run->argv);
}

base::Result<std::vector<base::Digest>> bound_files(const Action& action,
                                                    const statement::Order& order,
                                                    const Captures& captures) {
    std::vector<base::Digest> digests;
    for (std::uint32_t index : action.files) {
        const Parameter& parameter = action.parameters[index];
        const std::string& path = captures.find(parameter.name)->second;
        std::size_t lines = 0;
        for (const statement::FileReference& file : order.files) {
            if (file.path == path) {
                digests.push_back(file.digest);
                ++lines;
            }
        }
        if (lines != 1) {
            return deny(
                fmt::format("the order has {} `file` lines for `{}`, which `{}` binds as "
                            "`{}`: it needs one",
                            lines, base::shown(path), action.name, parameter.name));
        }
    }
    if (const auto* sign = std::get_if<statement::Sign>(&order.deed)) {
        digests.push_back(sign->digest);
    }
    std::sort(digests.begin(), digests.end());
    digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
    return digests;
}

}  // namespace cheget::policy
