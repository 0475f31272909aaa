// bind(): an order fits the policy exactly, or is denied with the reason.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/policy.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

using Check = base::Result<void>;

auto deny(std::string message) {
    return base::fail(base::ErrorKind::denied, std::move(message));
}

Check check_domain(const Policy& policy, const statement::Order& order) {
    if (order.domain.name != policy.header.domain) {
        return deny(fmt::format("the order is for the domain `{}`, the policy rules `{}`",
                                base::shown(order.domain.name), policy.header.domain));
    }
    if (order.domain.first_policy != policy.domain_id) {
        return deny(
            fmt::format("the order is for another domain named `{}`: it began with {}, this "
                        "one with {}",
                        policy.header.domain, base::to_text(order.domain.first_policy),
                        base::to_text(policy.domain_id)));
    }
    return {};
}

Check check_policy_reference(const Policy& policy, const statement::Order& order) {
    if (order.policy.version != policy.header.version || order.policy.id != policy.id) {
        return deny(
            fmt::format("the order was made under policy {} {}, and policy {} {} is in force; "
                        "propose it anew",
                        order.policy.version, base::to_text(order.policy.id), policy.header.version,
                        base::to_text(policy.id)));
    }
    return {};
}

base::Result<std::size_t> find_rule(const Policy& policy, const statement::Order& order) {
    if (order.rule.emergency) {
        return deny("the order asks for an emergency, and this policy has none");
    }
    const Action* action = policy.find_action(order.rule.action);
    if (action == nullptr) {
        return deny(fmt::format("the policy has no action `{}`", base::shown(order.rule.action)));
    }
    return static_cast<std::size_t>(action - policy.actions.data());
}

base::Result<Captures> match_order_target(const Action& action, const statement::Order& order) {
    const auto* target = std::get_if<std::string>(&order.target);
    if (target == nullptr) {
        return deny(
            "the order names a list of targets, which this version does not act on; write "
            "one order for each target");
    }
    auto captures = match_target(action.target, *target);
    if (!captures) {
        return deny(fmt::format("the target `{}` is not one of `{}`, which rules `{}`",
                                base::shown(*target), action.name, to_text(action.target)));
    }
    return std::move(*captures);
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
        if (!in_command && !is_allowed_path(action.allow.files, captures, file.path)) {
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

Check check_parameters(const Action& action, const Captures& captures,
                       const statement::Order& order) {
    for (const statement::Parameter& parameter : order.parameters) {
        auto captured = captures.find(parameter.name);
        if (captured == captures.end()) {
            return deny(fmt::format("`{}` captures no parameter `{}`", action.name,
                                    base::shown(parameter.name)));
        }
        if (captured->second != parameter.value) {
            return deny(fmt::format("the parameter `{}` is `{}`, and the target says `{}`",
                                    parameter.name, base::shown(parameter.value),
                                    captured->second));
        }
    }
    return {};
}

Check check_times(const Action& action, const statement::Order& order) {
    if (order.expires <= order.proposed) {
        return deny("the order expires before it is proposed");
    }
    base::Span span{order.expires.seconds - order.proposed.seconds};
    if (span > action.expire) {
        return deny(fmt::format("the order stays open for {}, `{}` allows {}", base::to_text(span),
                                action.name, base::to_text(action.expire)));
    }
    return {};
}

}  // namespace

base::Result<BoundOrder> bind(const Policy& policy, const statement::Order& order) {
    TRY(check_domain(policy, order));
    TRY(check_policy_reference(policy, order));
    std::size_t index = TRY(find_rule(policy, order));
    const Action& action = policy.actions[index];
    Captures captures = TRY(match_order_target(action, order));
    const auto* run = std::get_if<statement::Run>(&order.deed);
    if (run == nullptr) {
        return deny(
            fmt::format("`{}` runs commands, and the order asks for another deed", action.name));
    }
    TRY(check_argv(action, captures, run->argv));
    TRY(check_user(action, order));
    TRY(check_environment(action, order));
    TRY(check_directory(action, captures, order));
    TRY(check_files(action, captures, order, run->argv));
    TRY(check_parameters(action, captures, order));
    TRY(check_times(action, order));
    auto proposer = policy.find_principal(order.proposer);
    if (!proposer) {
        return deny(
            fmt::format("the proposer `{}` is nobody in the policy", base::shown(order.proposer)));
    }
    BoundOrder bound;
    bound.policy_ = &policy;
    bound.action_ = index;
    bound.target_ = std::get<std::string>(order.target);
    for (const auto& parameter : action.parameters) {
        bound.parameters_.push_back(captures.find(parameter.name)->second);
    }
    bound.proposer_ = *proposer;
    bound.proposed_ = order.proposed;
    bound.expires_ = order.expires;
    return bound;
}

}  // namespace cheget::policy
