// Making deeds.
#include "cli/propose_deed.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/named_files.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using policy::Captures;

Result<Json> read_json(const std::string& text, std::string_view option) {
    auto value = base::parse_json(text);
    if (!value) {
        return fail(ErrorKind::usage,
                    fmt::format("reading {}: `{}`: {}", option, base::shown(text.substr(0, 60)),
                                value.error().message));
    }
    return std::move(*value);
}

Result<Json::Array> read_array(const std::string& text, std::string_view option) {
    Json value = TRY(read_json(text, option));
    auto* array = std::get_if<Json::Array>(&value.value);
    if (array == nullptr) {
        return fail(ErrorKind::usage, fmt::format("reading {}: `{}` is no JSON array", option,
                                                  base::shown(text.substr(0, 60))));
    }
    return std::move(*array);
}

/// A bare capture that holds a whole number is taken for one; --call and --sql can say otherwise.
Json value_of(const policy::ValuePattern& pattern, const Captures& captures) {
    std::string text = policy::fill(pattern.text, captures);
    if (pattern.bare && policy::parameter_number(text)) {
        return {Json::Number{std::move(text)}};
    }
    return {std::move(text)};
}

Result<statement::Deed> make_run(const policy::Action& action, const Captures& captures,
                                 const ProposeOptions& options) {
    if (!options.argv.empty()) {
        return statement::Run{options.argv};
    }
    if (action.run.any) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {}: its policy says `run any`, so give "
                                "the command after `--`",
                                action.name));
    }
    statement::Run run;
    for (const policy::Template& element : action.run.argv) {
        run.argv.push_back(policy::fill(element, captures));
    }
    return run;
}

Result<statement::Deed> make_call(const policy::Action& action, const Captures& captures,
                                  const ProposeOptions& options) {
    if (!options.call.empty()) {
        Json arguments = TRY(read_json(options.call[2], "--call"));
        return statement::Call{options.call[0], options.call[1], std::move(arguments)};
    }
    Json::Object arguments;
    for (const policy::CallPattern::Argument& argument : action.call.arguments) {
        arguments[argument.key] = value_of(argument.value, captures);
    }
    return statement::Call{policy::fill(action.call.server, captures),
                           policy::fill(action.call.tool, captures),
                           {std::move(arguments)}};
}

Result<statement::Deed> make_sql(const policy::Action& action, const Captures& captures,
                                 const ProposeOptions& options) {
    statement::Sql sql;
    if (options.sql.empty()) {
        sql.database = policy::fill(action.sql.database, captures);
        sql.statements = action.sql.statements;
        for (const policy::ValuePattern& pattern : action.sql.parameters) {
            sql.parameters.push_back(value_of(pattern, captures));
        }
        return sql;
    }
    sql.database = options.sql[0];
    for (const Json& one : TRY(read_array(options.sql[1], "--sql"))) {
        const auto* text = std::get_if<std::string>(&one.value);
        if (text == nullptr) {
            return fail(ErrorKind::usage, "reading --sql: a statement is a JSON string");
        }
        sql.statements.push_back(*text);
    }
    sql.parameters = TRY(read_array(options.sql[2], "--sql"));
    return sql;
}

Result<statement::Deed> make_ref(const policy::Action& action, const ProposeOptions& options) {
    if (options.ref.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {}: it moves a ref, so say which and from where to "
                                "where: --ref REPOSITORY REF OLD NEW",
                                action.name));
    }
    return statement::Ref{options.ref[0], options.ref[1], options.ref[2], options.ref[3]};
}

Result<statement::Deed> make_sign(store::DomainFolder& folder, const policy::Action& action,
                                  const Captures& captures, const ProposeOptions& options) {
    if (options.sign.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {}: it signs, so say what: --sign FILE", action.name));
    }
    statement::ContentReference content = TRY(take_standard_input(folder, options.sign));
    return statement::Sign{content.bytes, content.digest, action.sign.form,
                           policy::fill(action.sign.key, captures),
                           policy::fill(action.sign.name_space, captures)};
}

/// A flag for another kind of deed than the action's would be passed over in silence.
Result<void> check_flags(const policy::Action& action, const ProposeOptions& options) {
    struct Flag {
        std::string_view name;
        bool given;
        policy::DeedKind kind;
    };
    const Flag flags[] = {{"a command after `--`", !options.argv.empty(), policy::DeedKind::run},
                          {"--call", !options.call.empty(), policy::DeedKind::call},
                          {"--sql", !options.sql.empty(), policy::DeedKind::sql},
                          {"--ref", !options.ref.empty(), policy::DeedKind::ref},
                          {"--sign", !options.sign.empty(), policy::DeedKind::sign}};
    for (const Flag& flag : flags) {
        if (flag.given && flag.kind != action.deed) {
            return fail(ErrorKind::usage,
                        fmt::format("proposing {}: {} is for another kind of action; `cheget "
                                    "policy explain` says what this one does",
                                    action.name, flag.name));
        }
    }
    return {};
}

}  // namespace

Result<statement::Deed> make_deed(store::DomainFolder& folder, const policy::Action& action,
                                  const Captures& captures, const ProposeOptions& options) {
    TRY(check_flags(action, options));
    switch (action.deed) {
        case policy::DeedKind::run:
            return make_run(action, captures, options);
        case policy::DeedKind::call:
            return make_call(action, captures, options);
        case policy::DeedKind::sql:
            return make_sql(action, captures, options);
        case policy::DeedKind::ref:
            return make_ref(action, options);
        case policy::DeedKind::sign:
            return make_sign(folder, action, captures, options);
    }
    std::unreachable();
}

void take_from_call(const policy::Action& action, const ProposeOptions& options,
                    Captures& captures) {
    if (options.call.empty() || action.deed != policy::DeedKind::call) {
        return;
    }
    auto arguments = base::parse_json(options.call[2]);
    const auto* object = arguments ? std::get_if<Json::Object>(&arguments->value) : nullptr;
    for (const policy::CallPattern::Argument& argument : action.call.arguments) {
        if (object == nullptr || !argument.value.bare || !object->contains(argument.key)) {
            continue;
        }
        const Json& value = object->find(argument.key)->second;
        const std::string& name = argument.value.text.captures.front();
        if (const auto* text = std::get_if<std::string>(&value.value)) {
            captures.emplace(name, *text);
        } else if (const auto* number = std::get_if<Json::Number>(&value.value)) {
            captures.emplace(name, number->text);
        }
    }
}

}  // namespace cheget::cli
