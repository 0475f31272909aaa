// bind(): an order fits the policy exactly, or is denied with the reason.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/bind_deed.h"
#include "policy/policy.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

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

base::Result<std::size_t> find_action(const Policy& policy, const statement::Order& order) {
    const Action* action = policy.find_action(order.rule.action);
    if (action == nullptr) {
        return deny(fmt::format("the policy has no action `{}`", base::shown(order.rule.action)));
    }
    return static_cast<std::size_t>(action - policy.actions.data());
}

base::Result<std::optional<std::size_t>> find_emergency(const Policy& policy,
                                                        const statement::Order& order) {
    if (!order.rule.emergency) {
        return std::nullopt;
    }
    const Emergency* emergency = policy.find_emergency(order.rule.action);
    if (emergency == nullptr) {
        return deny(fmt::format("the order asks for an emergency, and `{}` has none",
                                base::shown(order.rule.action)));
    }
    return static_cast<std::size_t>(emergency - policy.emergencies.data());
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
    BoundOrder bound;
    bound.policy_ = &policy;
    bound.action_ = TRY(find_action(policy, order));
    bound.emergency_ = TRY(find_emergency(policy, order));
    const Action& action = bound.action();
    Captures captures = TRY(match_order_target(action, order));
    TRY(take_parameters(action, order, captures));
    TRY(check_deed(action, order, captures));
    TRY(check_surroundings(action, order, captures));
    TRY(check_times(action, order));
    auto proposer = policy.find_principal(order.proposer);
    if (!proposer) {
        return deny(
            fmt::format("the proposer `{}` is nobody in the policy", base::shown(order.proposer)));
    }
    bound.target_ = std::get<std::string>(order.target);
    for (const Parameter& parameter : action.parameters) {
        bound.parameters_.push_back(captures.find(parameter.name)->second);
    }
    bound.files_ = TRY(bound_files(action, order, captures));
    bound.proposer_ = *proposer;
    bound.proposed_ = order.proposed;
    bound.expires_ = order.expires;
    return bound;
}

}  // namespace cheget::policy
