// Assertions in plain English.
#include <fmt/format.h>

#include "policy/explain_formula.h"

namespace cheget::policy {
namespace {

using Claim = Assertion::Claim;
using Subject = Assertion::Subject;

/// What the coalition would do, after `to`.
std::string deed_of(const Policy& policy, const Assertion& assertion) {
    switch (assertion.subject) {
        case Subject::action:
            return fmt::format("have {} done", policy.actions[assertion.number].name);
        case Subject::emergency:
            return fmt::format("have {} done as an emergency",
                               policy.actions[policy.emergencies[assertion.number].action].name);
        case Subject::amend:
            return "change the policy";
        case Subject::amend_lowering:
            return "lower the policy";
        case Subject::revoke:
            return "make another's key void";
    }
    return "";
}

/// What the promise includes besides, or does not.
std::string_view besides(const Policy& policy, const Assertion& assertion) {
    const bool blocking = assertion.claim == Claim::smallest_blocking;
    if (assertion.subject == Subject::action &&
        policy.find_emergency(policy.actions[assertion.number].name) != nullptr) {
        return blocking ? " (its emergency not counted on)" : " (its emergency included)";
    }
    if (assertion.subject == Subject::amend && policy.amend_lowering && !blocking) {
        return " (lowered or not)";
    }
    return "";
}

std::string promise(const Policy& policy, const Assertion& assertion) {
    const std::string deed = deed_of(policy, assertion) + std::string(besides(policy, assertion));
    const std::string people = names_of(policy, assertion.people);
    const std::size_t size = assertion.people.size();
    switch (assertion.claim) {
        case Claim::smallest_coalition:
            return fmt::format("It takes at least {} to {}", assertion.need, deed);
        case Claim::smallest_blocking:
            return fmt::format("It takes at least {} to stop others who would {}", assertion.need,
                               deed);
        case Claim::none_inside:
            return size == 1
                       ? fmt::format("{} alone can't {}", people, deed)
                       : fmt::format("Among themselves these {} can't {}: {}", size, deed, people);
        case Claim::every_has:
            return size == 1
                       ? fmt::format("Nobody can {} without {}", deed, people)
                       : fmt::format("Nobody can {} without {} of these {}: {}", deed,
                                     assertion.need == size ? std::string("all")
                                                            : fmt::format("{}", assertion.need),
                                     size, people);
    }
    return "";
}

}  // namespace

std::string assertions_text(const Policy& policy) {
    std::string text;
    for (const Assertion& assertion : policy.assertions) {
        text += text.empty() ? "\nWhat the policy promises of itself; one that does not keep it is "
                               "refused:\n"
                             : "";
        text += fmt::format("  {}.\n", promise(policy, assertion));
    }
    return text;
}

}  // namespace cheget::policy
