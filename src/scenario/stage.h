// What both kinds of scenarios, on orders and on changes of the policy, play upon: names looked up,
// times reckoned, expectations compared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/diagnostics.h"
#include "scenario/scenario.h"

namespace cheget::scenario {

/// A policy and its rules made ready.
struct Ruled {
    explicit Ruled(const policy::Policy& of) : policy(of), rules(of) {}
    const policy::Policy& policy;
    policy::Rules rules;
};

/// The time of a scenario: what is proposed when, and the latest time named so far.
class Timeline {
  public:
    Timeline(base::Time proposed, policy::Diagnostics& diagnostics)
        : proposed_(proposed), diagnostics_(diagnostics) {}

    /// Complains about a time before 1970 or after 9999.
    std::optional<base::Time> time_of(const Moment& moment);
    /// When a statement of this line is made: at the time written, else at the latest so far.
    std::optional<base::Time> take(const std::optional<Moment>& moment);
    /// `now is TIME`: complains about a time before the latest one.
    bool go_on(const Moment& moment);
    base::Time now() const { return latest_.value_or(proposed_); }

  private:
    base::Time proposed_;
    std::optional<base::Time> latest_;
    policy::Diagnostics& diagnostics_;
};

/// The principal of the name; complains and gives nothing if the policy knows nobody so called.
std::optional<policy::PrincipalIndex> find_person(const policy::Policy& policy, const Word& name,
                                                  policy::Diagnostics& diagnostics);

/// Whether a vote of this person is by a `web` key: said so, or they have no other. Nothing, after
/// a complaint, if it is said of someone without such a key.
std::optional<bool> speaks_through_web(const policy::Principal& person, const Votes& votes,
                                       policy::Diagnostics& diagnostics);

/// Compares. `until` is the time expected, if one is.
Check compare(const Step& step, const Expected& expected, std::optional<base::Time> until,
              Result result);

/// How a scenario on an order, or on a change, is played. Gives nothing after a complaint.
std::optional<Played> play_order(const Ruled& ruled, const Scenario& scenario, Cite cite,
                                 policy::Diagnostics& diagnostics);
/// `next` is the new policy of an amendment; null for a revocation.
std::optional<Played> play_change(const Ruled& ruled, const Ruled* next, const Scenario& scenario,
                                  policy::Diagnostics& diagnostics);

}  // namespace cheget::scenario
