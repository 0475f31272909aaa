// Filling in an order.
#include "cli/propose_order.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/named_files.h"
#include "cli/propose_deed.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using policy::Captures;

Result<const policy::Action*> find_action(const policy::Policy& policy, const std::string& name) {
    if (const policy::Action* action = policy.find_action(name)) {
        return action;
    }
    std::vector<std::string> names;
    for (const policy::Action& action : policy.actions) {
        names.push_back(action.name);
    }
    std::vector<std::string_view> candidates(names.begin(), names.end());
    auto nearest = base::nearest(name, candidates);
    return fail(
        ErrorKind::usage,
        fmt::format("proposing `{}`: the policy has no such action{}; it has {}", base::shown(name),
                    nearest ? fmt::format(" (did you mean {}?)", *nearest) : "",
                    base::join_words(names)));
}

/// The rule that the order names: the action, or its emergency.
Result<const policy::Action*> find_rule(const policy::Policy& policy,
                                        const ProposeOptions& options) {
    const policy::Action* action = TRY(find_action(policy, options.action));
    if (!options.emergency) {
        return action;
    }
    const policy::Emergency* emergency = policy.find_emergency(action->name);
    if (emergency == nullptr) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing an emergency: the policy has none for {}; propose it "
                                "without --emergency",
                                action->name));
    }
    return &emergency->rule;
}

/// What the target's captures stand for. bind() checks the whole order again; this only fills in.
Result<Captures> capture(const policy::Action& action, const std::string& target) {
    auto captures = policy::match_target(action.target, target);
    if (!captures) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {} on `{}`: its targets look like {}", action.name,
                                base::shown(target), policy::to_text(action.target)));
    }
    return std::move(*captures);
}

/// The parameters that the target does not tell, from --parameter.
Result<void> take_parameters(const policy::Action& action, const ProposeOptions& options,
                             Captures& captures, statement::Order& order) {
    for (const std::string& setting : options.parameters) {
        std::size_t equals = setting.find('=');
        std::string name = setting.substr(0, equals);
        if (equals == std::string::npos || equals == 0) {
            return fail(ErrorKind::usage,
                        fmt::format("reading --parameter `{}`: it should be NAME=VALUE",
                                    base::shown(setting)));
        }
        bool known = std::any_of(action.parameters.begin(), action.parameters.end(),
                                 [&](const auto& one) { return one.name == name; });
        if (!known) {
            return fail(ErrorKind::usage, fmt::format("--parameter: {} captures no `{}`",
                                                      action.name, base::shown(name)));
        }
        if (!captures.emplace(name, setting.substr(equals + 1)).second) {
            return fail(ErrorKind::usage,
                        fmt::format("--parameter: `{}` is told twice, by this and by the target "
                                    "or another --parameter",
                                    name));
        }
    }
    take_from_call(action, options, captures);
    for (const policy::Parameter& parameter : action.parameters) {
        auto value = captures.find(parameter.name);
        if (value == captures.end()) {
            return fail(ErrorKind::usage,
                        fmt::format("proposing {}: the target does not tell what {{{}}} is; say "
                                    "it with --parameter {}=VALUE",
                                    action.name, parameter.name, parameter.name));
        }
        if (parameter.from != policy::Parameter::From::target) {
            order.parameters.push_back({parameter.name, value->second});
        }
    }
    std::sort(order.parameters.begin(), order.parameters.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return {};
}

Result<void> set_environment(statement::Order& order, const ProposeOptions& options) {
    std::map<std::string, std::string> values;
    for (const std::string& setting : options.environment) {
        std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(ErrorKind::usage, fmt::format("reading --environment `{}`: it should be "
                                                      "NAME=VALUE",
                                                      base::shown(setting)));
        }
        if (!values.emplace(setting.substr(0, equals), setting.substr(equals + 1)).second) {
            return fail(ErrorKind::usage, fmt::format("reading --environment: {} is set twice",
                                                      base::shown(setting.substr(0, equals))));
        }
    }
    order.environment.assign(values.begin(), values.end());
    return {};
}

Result<void> add_file(statement::Order& order, statement::FileReference file) {
    for (const statement::FileReference& known : order.files) {
        if (known.path == file.path && known.digest != file.digest) {
            return fail(ErrorKind::usage, fmt::format("naming the file {}: it is given twice, with "
                                                      "different bytes",
                                                      base::shown(file.path)));
        }
        if (known.path == file.path) {
            return {};
        }
    }
    order.files.push_back(std::move(file));
    return {};
}

bool names_file(const statement::Order& order, std::string_view path) {
    return std::any_of(order.files.begin(), order.files.end(),
                       [&](const auto& file) { return file.path == path; });
}

/// The program and, if it is a script, its interpreter: what runs is what was hashed.
Result<void> add_program(store::DomainFolder& folder, statement::Order& order) {
    const auto* run = std::get_if<statement::Run>(&order.deed);
    if (run == nullptr) {
        return {};
    }
    std::string path = run->argv.front();
    for (int depth = 0; depth < 2; ++depth) {
        if (path.empty() || path[0] != '/') {
            return fail(ErrorKind::usage,
                        fmt::format("proposing to run `{}`: a program is named by its absolute "
                                    "path",
                                    base::shown(path)));
        }
        if (names_file(order, path)) {
            return {};
        }
        auto file = take_file(folder, path);
        if (!file) {
            return fail(file.error().kind,
                        fmt::format("{}; if it lies on the executor alone, run `cheget-exec "
                                    "fingerprint {}` there and give each line that it prints with "
                                    "--file-reference",
                                    file.error().message, base::shown(path)));
        }
        TRY(add_file(order, std::move(*file)));
        auto interpreter = TRY(interpreter_of(path));
        if (!interpreter) {
            return {};
        }
        path = *interpreter;
    }
    return {};
}

Result<void> set_files(store::DomainFolder& folder, statement::Order& order,
                       const ProposeOptions& options, const policy::Action& action,
                       const Captures& captures) {
    for (const std::string& reference : options.file_references) {
        statement::FileReference file = TRY(parse_file_reference(reference));
        TRY(add_file(order, std::move(file)));
    }
    for (const std::string& path : options.files) {
        statement::FileReference file = TRY(take_file(folder, path));
        TRY(add_file(order, std::move(file)));
    }
    for (std::uint32_t index : action.files) {  // `file {artifact}`
        const std::string& path = captures.find(action.parameters[index].name)->second;
        if (!names_file(order, path)) {
            statement::FileReference file = TRY(take_file(folder, path));
            TRY(add_file(order, std::move(file)));
        }
    }
    TRY(add_program(folder, order));
    std::sort(order.files.begin(), order.files.end(),
              [](const auto& left, const auto& right) { return left.path < right.path; });
    if (!options.standard_input.empty()) {
        order.standard_input = TRY(take_standard_input(folder, options.standard_input));
    }
    return {};
}

}  // namespace

Result<statement::Order> make_order(OpenDomain& domain, const ProposeOptions& options,
                                    const std::string& proposer) {
    const policy::Policy& policy = domain.policy();
    const policy::Action& action = *TRY(find_rule(policy, options));
    Captures captures = TRY(capture(action, options.target));
    statement::Order order;
    TRY(take_parameters(action, options, captures, order));
    order.domain = policy.domain();
    order.policy = policy.reference();
    order.rule = {options.emergency, action.name};
    order.target = options.target;
    order.deed = TRY(make_deed(domain.folder, action, captures, options));
    order.user = action.run.user;
    if (!options.directory.empty()) {
        order.directory = options.directory;
    } else if (action.allow.directories.size() == 1) {
        order.directory = policy::fill(action.allow.directories.front(), captures);
    }
    TRY(set_environment(order, options));
    TRY(set_files(domain.folder, order, options, action, captures));
    order.drill = options.drill;
    order.reason = options.reason;
    order.proposer = proposer;
    order.proposed = now();
    base::Span span = action.expire;
    if (!options.expires.empty()) {
        span = TRY(base::parse_span(options.expires));
    }
    order.expires = order.proposed + span;
    fill_random(order.nonce.data(), order.nonce.size());
    return order;
}

}  // namespace cheget::cli
