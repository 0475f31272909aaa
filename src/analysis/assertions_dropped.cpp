// One assertion follows from another of the same kind with a larger number, or about a set that is
// larger where it must not suffice, or smaller where it must be part of it.
#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "analysis/assertions.h"

namespace cheget::analysis {

namespace {

using policy::Assertion;
using Claim = Assertion::Claim;
using Subject = Assertion::Subject;
using Names = std::set<std::string>;

/// What an assertion speaks about, by name.
std::string action_of(const policy::Policy& policy, const Assertion& assertion) {
    switch (assertion.subject) {
        case Subject::action:
            return policy.actions[assertion.number].name;
        case Subject::emergency:
            return policy.actions[policy.emergencies[assertion.number].action].name;
        default:
            return "";
    }
}

Names names_of(const policy::Policy& policy, const Assertion& assertion) {
    Names names;
    for (const policy::PrincipalIndex one : assertion.people) {
        names.insert(policy.principals[one].name);
    }
    return names;
}

/// Of the names those that the policy still has.
Names still_in(const policy::Policy& policy, const Names& names) {
    Names left;
    std::copy_if(names.begin(), names.end(), std::inserter(left, left.end()),
                 [&](const std::string& name) { return policy.find_principal(name).has_value(); });
    return left;
}

bool is_within(const Names& inner, const Names& outer) {
    return std::includes(outer.begin(), outer.end(), inner.begin(), inner.end());
}

/// Whether `after` has nothing any more that the assertion could be about.
bool is_moot(const policy::Policy& before, const Assertion& assertion,
             const policy::Policy& after) {
    const std::string action = action_of(before, assertion);
    switch (assertion.subject) {
        case Subject::action:
            return after.find_action(action) == nullptr;
        case Subject::emergency:
            return after.find_emergency(action) == nullptr;
        case Subject::amend_lowering:
            return false;  // without it `amend` serves for lowering too
        default:
            return false;
    }
}

/// Whether what one assertion is about includes what the other is.
bool covers(Subject other, Subject one, bool blocking) {
    if (other == one) {
        return true;
    }
    return !blocking && ((other == Subject::action && one == Subject::emergency) ||
                         (other == Subject::amend && one == Subject::amend_lowering));
}

class Comparison {
  public:
    Comparison(const policy::Policy& before, const policy::Policy& after)
        : before_(before), after_(after) {}

    bool is_kept(const Assertion& old) const {
        if (is_moot(before_, old, after_)) {
            return true;
        }
        const Names people = still_in(after_, names_of(before_, old));
        if (old.claim == Claim::none_inside && people.empty()) {
            return true;
        }
        return std::any_of(after_.assertions.begin(), after_.assertions.end(),
                           [&](const Assertion& kept) { return implies(kept, old, people); });
    }

  private:
    bool implies(const Assertion& kept, const Assertion& old, const Names& people) const {
        const bool blocking = old.claim == Claim::smallest_blocking;
        if (kept.claim != old.claim || !covers(kept.subject, old.subject, blocking) ||
            action_of(after_, kept) != action_of(before_, old)) {
            return false;
        }
        const Names now = names_of(after_, kept);
        switch (old.claim) {
            case Claim::smallest_coalition:
            case Claim::smallest_blocking:
                return kept.need >= old.need;
            case Claim::none_inside:
                return is_within(people, now);
            case Claim::every_has: {
                // Of those now asked for, so many may be outside the old set.
                const auto outside = static_cast<std::uint32_t>(
                    std::count_if(now.begin(), now.end(),
                                  [&](const std::string& name) { return !people.contains(name); }));
                return kept.need >= old.need + outside;
            }
        }
        return false;
    }

    const policy::Policy& before_;
    const policy::Policy& after_;
};

}  // namespace

std::vector<std::size_t> assertions_dropped(const policy::Policy& before,
                                            const policy::Policy& after) {
    const Comparison comparison(before, after);
    std::vector<std::size_t> dropped;
    for (std::size_t i = 0; i < before.assertions.size(); ++i) {
        if (!comparison.is_kept(before.assertions[i])) {
            dropped.push_back(i);
        }
    }
    return dropped;
}

}  // namespace cheget::analysis
