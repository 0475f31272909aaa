// What lies beyond a single rule: amending first, servers, pages and witnesses that misbehave,
// rations, and how much each principal's voice weighs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/policy_stretches.h"

namespace cheget::analysis {

/// Who can have the rules changed to any others, and so whatever they want, by the rule that an
/// amendment needs which lowers (`amend` where there is no `amend lowering`).
struct AmendFirst {
    RuleName rule;
    Ability able;
    base::Span wait;  ///< 0 without one; no earlier does the new policy take force
};
base::Result<AmendFirst> amend_first(const policy::Policy& policy, std::size_t most_sets,
                                     const Budget& budget);

/// A page whose server signs with the `web` keys of all who use it.
struct PageReach {
    std::string origin;
    std::vector<policy::PrincipalIndex> people;  ///< who has a key there
    /// Who besides can act with it; smallest is 0 where the page alone can.
    Ability with_page;
    bool is_needed = false;  ///< if it serves nobody, nobody can act
};
base::Result<std::vector<PageReach>> pages_of(const policy::Policy& policy, RuleName rule,
                                              std::size_t most_sets, const Budget& budget);

/// What to think over about the pages of a rule.
std::vector<Advice> advice_on(const std::vector<PageReach>& pages);
/// And about changing the rules first, which may be easier than what they rule.
std::vector<Advice> advice_on(const policy::Policy& policy, const AmendFirst& first,
                              const std::vector<RuleAnswers>& rules);

/// How many of the witnesses may misbehave, and what stands all the same: `log witnesses` of the
/// policy, n with quorum k. Nothing without witnesses.
struct WitnessFaults {
    std::uint32_t witnesses = 0;
    std::uint32_t quorum = 0;
    std::uint32_t time = 0;      ///< k - 1 may lie about the time
    std::uint32_t forks = 0;     ///< 2k - n - 1 may sign two histories
    std::uint32_t liveness = 0;  ///< n - k may be silent
};
std::optional<WitnessFaults> witness_faults(const policy::Policy& policy);

/// Power of one principal in one rule.
struct Power {
    policy::PrincipalIndex principal = 0;
    /// Banzhaf: among all sets of the others, the share of those that can't act without this
    /// principal and can with it. 1 for who alone decides, 0 for whose voice never counts.
    long double banzhaf = 0;
    /// Banzhaf's shares of each, together 1 (or all 0 where nobody can act, or everybody).
    long double banzhaf_share = 0;
    /// Shapley and Shubik: among all orders in which all principals join one after the other, the
    /// share of those in which this one makes the coalition able. Together 1.
    long double shapley = 0;
};

/// How likely each principal is to be there, and to be in an attacker's hand: each for itself.
struct Odds {
    std::vector<long double> available;
    std::vector<long double> compromised;
};

/// What the odds come to for one rule.
struct Likelihood {
    long double quorum = 0;  ///< those who are there suffice
    long double breach = 0;  ///< those in the attacker's hand suffice
};

/// Numbers of one rule that take all its diagrams; off by less than 1e-12.
struct Weights {
    std::vector<Power> power;  ///< of those who have any, the strongest first
    std::optional<Likelihood> likelihood;
};
base::Result<Weights> weights_of(const policy::Policy& policy, RuleName rule,
                                 const Surroundings& surroundings, const std::optional<Odds>& odds,
                                 const Budget& budget);

}  // namespace cheget::analysis
