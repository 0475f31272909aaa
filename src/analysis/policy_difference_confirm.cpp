// Asks decide() about every coalition that the comparison of two policies names.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/policy_difference.h"
#include "analysis/policy_parties.h"

namespace cheget::analysis {

namespace {

using Kind = RuleName::Kind;
using policy::Policy;

/// What all rules share.
struct Both {
    Both(const Policy& before, const Policy& after)
        : numbering(before, after),
          whole{std::make_shared<const ReadyPolicy>(before),
                std::make_shared<const ReadyPolicy>(after)} {}

    Numbering numbering;
    std::shared_ptr<const ReadyPolicy> whole[2];  ///< with everybody's keys
};

class Confirmation {
  public:
    Confirmation(const Policy& before, const Policy& after, const RuleDifference& rule,
                 const Both& both)
        : policies_{&before, &after},
          rule_(rule),
          both_(both),
          numbering_(both.numbering),
          conditions_(before, action_of(Time::before), after, action_of(Time::after),
                      static_cast<std::uint32_t>(numbering_.parties().size())) {}

    /// `able` names the policy under which they can act.
    base::Result<bool> holds(const CoalitionSet& set, Time able,
                             const SituationDifference* situation) {
        const Time unable = able == Time::before ? Time::after : Time::before;
        for (const Coalition& one : set.smallest) {
            bool agreed =
                TRY(permits(able, one, situation)) && !TRY(permits(unable, one, situation));
            for (std::size_t i = 0; i < one.parties.size(); ++i) {
                Coalition less = one;
                less.parties.erase(less.parties.begin() + static_cast<std::ptrdiff_t>(i));
                agreed = agreed && !TRY(permits(able, less, situation));
            }
            if (!agreed) {
                return false;
            }
        }
        return true;
    }

  private:
    std::optional<RuleName> name(Time time) const {
        return time == Time::before ? rule_.before : rule_.after;
    }

    const policy::Action* action_of(Time time) const {
        const auto rule = name(time);
        const Policy& policy = *policies_[index_of(time)];
        return !rule                           ? nullptr
               : rule->kind == Kind::action    ? &policy.actions[rule->index]
               : rule->kind == Kind::emergency ? &policy.emergencies[rule->index].rule
                                               : nullptr;
    }

    base::Result<bool> permits(Time time, const Coalition& coalition,
                               const SituationDifference* situation) {
        if (!name(time)) {
            return false;
        }
        std::vector<std::uint32_t> people;
        const bool has_all_keys = numbering_.have_all_keys(time, coalition.parties, people);
        if (has_all_keys && situation == nullptr && at_best_[index_of(time)]) {
            return at_best_[index_of(time)]->permits(people);
        }
        auto ready = has_all_keys ? both_.whole[index_of(time)]
                                  : std::make_shared<const ReadyPolicy>(
                                        numbering_.with_keys_of(time, coalition.parties, people));
        Surroundings surroundings;
        if (situation != nullptr) {
            surroundings =
                surroundings_of(action_of(time), situation->parameters, situation->after_proposal);
            std::vector<std::uint32_t> variables;
            for (const std::uint32_t fact : coalition.facts) {
                variables.push_back(fact + static_cast<std::uint32_t>(numbering_.parties().size()));
            }
            surroundings.fixed = conditions_.fixed(time, variables);
        }
        PolicyFormula formula =
            TRY(PolicyFormula::of(std::move(ready), *name(time), std::move(surroundings)));
        const bool permitted = formula.permits(people);
        if (has_all_keys && situation == nullptr) {
            at_best_[index_of(time)] = std::move(formula);
        }
        return permitted;
    }

    const Policy* policies_[2];
    const RuleDifference& rule_;
    const Both& both_;
    const Numbering& numbering_;
    Conditions conditions_;
    std::optional<PolicyFormula> at_best_[2];  ///< of the rule, with everybody's keys
};

base::Result<bool> holds(const Policy& before, const Policy& after, const RuleDifference& rule,
                         const Both& both) {
    if (!rule.has_gain() && !rule.has_loss()) {
        return true;
    }
    Confirmation confirmation(before, after, rule, both);
    bool agreed = TRY(confirmation.holds(rule.gained, Time::after, nullptr)) &&
                  TRY(confirmation.holds(rule.lost, Time::before, nullptr));
    for (const SituationDifference& one : rule.situations) {
        agreed = agreed && TRY(confirmation.holds(one.gained, Time::after, &one)) &&
                 TRY(confirmation.holds(one.lost, Time::before, &one));
    }
    return agreed;
}

}  // namespace

base::Result<void> confirm(const Policy& before, const Policy& after,
                           const PolicyDifference& difference) {
    const Both both(before, after);
    for (const RuleDifference& rule : difference.rules) {
        if (!TRY(holds(before, after, rule, both))) {
            return base::fail(
                base::ErrorKind::corrupt_state,
                fmt::format("the comparison of {} and decide() do not agree, so that none of it "
                            "can be trusted; please report it with both policies",
                            rule.name));
        }
    }
    return {};
}

}  // namespace cheget::analysis
