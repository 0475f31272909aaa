// What an action does, in plain English.
#include "policy/explain_deed.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "policy/format.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

class DeedExplainer {
  public:
    std::string explain(const Action& action) {
        add_deed(action);
        add_parameters(action);
        add_allowed(action);
        return std::move(text_);
    }

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    void add_deed(const Action& action);
    void add_command(const Action& action);
    void add_arguments(const Action& action);
    void add_sql(const SqlPattern& sql);
    void add_parameters(const Action& action);
    void add_allowed(const Action& action);

    std::string text_;
};

void DeedExplainer::add_deed(const Action& action) {
    switch (action.deed) {
        case DeedKind::run:
            return add_command(action);
        case DeedKind::call:
            add("  It calls the tool {} of the server {}", quoted(to_text(action.call.tool)),
                quoted(to_text(action.call.server)));
            return add_arguments(action);
        case DeedKind::sql:
            return add_sql(action.sql);
        case DeedKind::ref:
            add("  It moves {} of the repository {}; the order says from which commit to which.\n",
                quoted(to_text(action.ref.ref)), quoted(to_text(action.ref.repository)));
            return;
        case DeedKind::sign:
            add("  It makes a signature of the form {} with the key {}", action.sign.form,
                quoted(to_text(action.sign.key)));
            if (!to_text(action.sign.name_space).empty()) {
                add(", in the namespace {}", quoted(to_text(action.sign.name_space)));
            }
            add(", of the bytes\n  that the order names by their digest.\n");
    }
}

void DeedExplainer::add_sql(const SqlPattern& sql) {
    add("  It runs in the database {}\n", quoted(to_text(sql.database)));
    for (const std::string& statement : sql.statements) {
        add("    {}\n", quoted(statement));
    }
    if (!sql.parameters.empty()) {
        add("  with the parameters\n");
    }
    for (const ValuePattern& value : sql.parameters) {
        add("    {}\n", value.bare ? to_text(value.text) : quoted(to_text(value.text)));
    }
}

void DeedExplainer::add_arguments(const Action& action) {
    const CallPattern& call = action.call;
    if (call.arguments.empty()) {
        add(" with {}.\n", call.any ? "any arguments" : "no arguments");
        return;
    }
    add(" with the arguments\n");
    for (const CallPattern::Argument& argument : call.arguments) {
        const ValuePattern& value = argument.value;
        add("    {}: {}\n", quoted(argument.key),
            value.bare ? to_text(value.text) : quoted(to_text(value.text)));
    }
    add("  and {} further ones.\n", call.any ? "any" : "no");
}

void DeedExplainer::add_parameters(const Action& action) {
    for (const Parameter& parameter : action.parameters) {
        if (parameter.from == Parameter::From::file) {
            add("  {{{}}} stands for the path of a file that the order names, with its exact "
                "bytes.\n",
                parameter.name);
        } else if (parameter.from == Parameter::From::deed) {
            add("  {{{}}} stands for what the order says there: {}.\n", parameter.name,
                parameter.bare ? "any text or whole number" : "letters, digits, `_`, `.` and `-`");
        }
    }
}

void DeedExplainer::add_command(const Action& action) {
    std::string user = action.run.user ? fmt::format("as the user {}", *action.run.user)
                                       : std::string("as the executor's own user");
    if (action.run.any) {
        add("  It runs any command that the order states, {}.\n", user);
        return;
    }
    add("  It runs this command, {}, without a shell:\n   ", user);
    bool doubled = false;
    for (const Template& element : action.run.argv) {
        for (const std::string& literal : element.literals) {
            doubled = doubled || literal.find_first_of("{}") != std::string::npos;
        }
        add(" {}", quoted(to_text(element)));
    }
    add("\n");
    if (doubled) {
        add("  Doubled braces in it stand for single ones.\n");
    }
}

void DeedExplainer::add_allowed(const Action& action) {
    std::vector<std::string> allowed;
    for (const std::string& name : action.allow.environment) {
        allowed.push_back("a value for the environment variable " + name);
    }
    for (const Template& path : action.allow.directories) {
        allowed.push_back("to run in the directory " + quoted(to_text(path)));
    }
    for (const Template& path : action.allow.files) {
        allowed.push_back("the bytes of the file " + quoted(to_text(path)));
    }
    if (action.allow.standard_input) {
        allowed.emplace_back("the bytes of standard input");
    }
    if (action.deed != DeedKind::run) {
        return;
    }
    if (allowed.empty()) {
        add("  The order can add nothing to that but the bytes of files that the command names.\n");
        return;
    }
    add("  The order may add, besides the bytes of files that the command names:\n");
    for (const std::string& item : allowed) {
        add("    - {}\n", item);
    }
}

}  // namespace

std::string deed_text(const Action& action) {
    return DeedExplainer().explain(action);
}

}  // namespace cheget::policy
