// Makes orders. What the scenario does not say is made up, always in the same way.
#include "scenario/order.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/templates.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

using policy::Action;
using policy::Captures;
using policy::Policy;

/// As `{rows}` takes it: a whole number is one, any other text a string.
base::Json value_of(const policy::ValuePattern& pattern, const Captures& captures) {
    std::string text = policy::fill(pattern.text, captures);
    base::Json value;
    if (pattern.bare && policy::parameter_number(text)) {
        value.value = base::Json::Number{std::move(text)};
    } else {
        value.value = std::move(text);
    }
    return value;
}

statement::Run make_run(const policy::RunPattern& pattern, const Captures& captures) {
    statement::Run run;
    for (const policy::Template& element : pattern.argv) {
        run.argv.push_back(policy::fill(element, captures));
    }
    if (pattern.any) {
        run.argv.emplace_back("/usr/bin/true");
    }
    return run;
}

statement::Call make_call(const policy::CallPattern& pattern, const Captures& captures) {
    base::Json::Object arguments;
    for (const auto& argument : pattern.arguments) {
        arguments.emplace(argument.key, value_of(argument.value, captures));
    }
    statement::Call call;
    call.server = policy::fill(pattern.server, captures);
    call.tool = policy::fill(pattern.tool, captures);
    call.arguments.value = std::move(arguments);
    return call;
}

statement::Sql make_sql(const policy::SqlPattern& pattern, const Captures& captures) {
    statement::Sql sql;
    sql.database = policy::fill(pattern.database, captures);
    sql.statements = pattern.statements;
    for (const policy::ValuePattern& parameter : pattern.parameters) {
        sql.parameters.push_back(value_of(parameter, captures));
    }
    return sql;
}

statement::Deed make_deed(const Action& action, const Captures& captures,
                          const std::string& target) {
    switch (action.deed) {
        case policy::DeedKind::call:
            return make_call(action.call, captures);
        case policy::DeedKind::sql:
            return make_sql(action.sql, captures);
        case policy::DeedKind::ref:
            return statement::Ref{policy::fill(action.ref.repository, captures),
                                  policy::fill(action.ref.ref, captures), std::string(40, '0'),
                                  std::string(40, '1')};
        case policy::DeedKind::sign:
            return statement::Sign{target.size(), base::sha256(target), action.sign.form,
                                   policy::fill(action.sign.key, captures),
                                   policy::fill(action.sign.name_space, captures)};
        case policy::DeedKind::run:
            break;
    }
    return make_run(action.run, captures);
}

bool expects_refusal(const Scenario& scenario) {
    return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
        const auto* expected = std::get_if<Expected>(&step.what);
        return expected != nullptr && expected->answer == Expected::Answer::refused;
    });
}

class OrderMaker {
  public:
    OrderMaker(const Policy& policy, const Scenario& scenario, policy::Diagnostics& diagnostics)
        : policy_(policy),
          scenario_(scenario),
          given_(std::get<OrderGiven>(scenario.subject)),
          diagnostics_(diagnostics) {}

    std::optional<statement::Order> make(const OrderTimes& times) {
        const Action* action = find_action();
        if (action == nullptr) {
            return std::nullopt;
        }
        const policy::Emergency* emergency = policy_.find_emergency(given_.action.text);
        if (given_.emergency && emergency != nullptr) {
            action = &emergency->rule;
        }
        if (!policy_.find_principal(given_.by.text)) {
            complain_of_stranger(policy_, given_.by, diagnostics_);
            return std::nullopt;
        }
        statement::Order order;
        order.domain = policy_.domain();
        order.policy = policy_.reference();
        order.rule = {given_.emergency, given_.action.text};
        order.target = given_.target.text;
        order.user = action->run.user;
        order.reason = scenario_.name;
        order.proposer = given_.by.text;
        order.proposed = times.proposed;
        order.expires = times.expires.value_or(times.proposed + action->expire);
        const auto captures = take_captures(*action, order);
        if (!captures) {
            return std::nullopt;
        }
        order.deed = make_deed(*action, *captures, given_.target.text);
        add_files(*action, *captures, order);
        return order;
    }

  private:
    const Action* find_action() {
        const Action* action = policy_.find_action(given_.action.text);
        if (action == nullptr) {
            std::vector<std::string_view> names;
            for (const Action& each : policy_.actions) {
                names.push_back(each.name);
            }
            diagnostics_.add(given_.action.at,
                             fmt::format("the policy has no action `{}`", given_.action.text),
                             advice_for(given_.action.text, names,
                                        fmt::format("it has `{}`", fmt::join(names, "`, `"))));
        }
        return action;
    }

    /// The target's captures and the parameters given, which become the order's. Nothing if some
    /// are missing or unknown, which it has complained about.
    std::optional<Captures> take_captures(const Action& action, statement::Order& order) {
        const auto matched = policy::match_target(action.target, given_.target.text);
        const bool may_be_refused = !matched || expects_refusal(scenario_);
        Captures captures = matched.value_or(Captures());
        for (const ParameterGiven& parameter : scenario_.parameters) {
            if (!may_be_refused && !check_known(action, parameter.name)) {
                return std::nullopt;
            }
            captures.emplace(parameter.name.text, parameter.value);
            order.parameters.push_back({parameter.name.text, parameter.value});
        }
        std::sort(order.parameters.begin(), order.parameters.end(),
                  [](const auto& left, const auto& right) { return left.name < right.name; });
        if (!fill_missing(action, may_be_refused, captures)) {
            return std::nullopt;
        }
        return captures;
    }

    bool check_known(const Action& action, const Word& name) {
        std::vector<std::string_view> names;
        for (const policy::Parameter& parameter : action.parameters) {
            names.push_back(parameter.name);
        }
        if (std::find(names.begin(), names.end(), name.text) != names.end()) {
            return true;
        }
        diagnostics_.add(
            name.at,
            fmt::format("`{}` captures no parameter `{}`", action.name, base::shown(name.text)),
            advice_for(name.text, names,
                       names.empty() ? std::string("leave the line out")
                                     : fmt::format("it captures `{}`", fmt::join(names, "`, `"))));
        return false;
    }

    bool fill_missing(const Action& action, bool may_be_refused, Captures& captures) {
        std::vector<std::string> missing;
        for (const policy::Parameter& parameter : action.parameters) {
            if (captures.emplace(parameter.name, "missing").second) {
                missing.push_back(fmt::format("`{}`", parameter.name));
            }
        }
        if (missing.empty() || may_be_refused) {
            return true;
        }
        diagnostics_.add(given_.at,
                         fmt::format("the order of `{}` lacks {}, which its target does not say",
                                     action.name, base::join_words(missing)),
                         fmt::format("add `given parameter {} VALUE`",
                                     missing[0].substr(1, missing[0].size() - 2)));
        return false;
    }

    /// Files given, and those that the action binds. The made-up bytes of a file are its path.
    void add_files(const Action& action, const Captures& captures, statement::Order& order) {
        for (const FileGiven& file : scenario_.files) {
            order.files.push_back({file.digest.value_or(base::sha256(file.path.text)),
                                   file.digest ? 0 : file.path.text.size(), file.path.text});
        }
        for (const std::uint32_t index : action.files) {
            const std::string& path = captures.find(action.parameters[index].name)->second;
            if (std::none_of(order.files.begin(), order.files.end(),
                             [&](const auto& file) { return file.path == path; })) {
                order.files.push_back({base::sha256(path), path.size(), path});
            }
        }
        std::sort(order.files.begin(), order.files.end(),
                  [](const auto& left, const auto& right) { return left.path < right.path; });
    }

    const Policy& policy_;
    const Scenario& scenario_;
    const OrderGiven& given_;
    policy::Diagnostics& diagnostics_;
};

}  // namespace

std::optional<statement::Order> make_order(const Policy& policy, const Scenario& scenario,
                                           const OrderTimes& times,
                                           policy::Diagnostics& diagnostics) {
    return OrderMaker(policy, scenario, diagnostics).make(times);
}

void complain_of_stranger(const Policy& policy, const Word& name,
                          policy::Diagnostics& diagnostics) {
    if (const policy::Group* group = policy.find_group(name.text)) {
        std::vector<std::string> members;
        for (const policy::PrincipalIndex member : group->members) {
            members.push_back(policy.principals[member].name);
        }
        diagnostics.add(name.at,
                        fmt::format("`{}` is a group, and people speak one by one", name.text),
                        fmt::format("name those who do it: {}", base::join_words(members, "or")));
        return;
    }
    std::vector<std::string_view> names;
    for (const policy::Principal& principal : policy.principals) {
        names.push_back(principal.name);
    }
    diagnostics.add(
        name.at, fmt::format("the policy knows no `{}`", base::shown(name.text)),
        advice_for(name.text, names, fmt::format("it knows {}", fmt::join(names, ", "))));
}

}  // namespace cheget::scenario
