// What a change of a policy makes easier and what it makes harder, rule by rule: who can act now
// and could not before, who could and can't any more, and what else has become looser or stricter.
// Executors ask it whether an amendment lowers (docs/policy-language.md, "Change"): it is pure and
// deterministic, and spends steps that the version of the language fixes, never time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/count.h"
#include "analysis/policy_formula.h"
#include "policy/policy.h"

namespace cheget::analysis {

/// What the comparison of two policies may cost; version 1 of the language. What isn't settled by
/// then counts as lowering. Chosen so that the worst found stays within some two seconds.
constexpr std::uint64_t k_comparison_steps = 6'000'000;
constexpr std::uint64_t k_comparison_nodes = 200'000;
/// What any one formula costs besides, however small, and each input of its gates.
constexpr std::uint64_t k_steps_of_formula = 16'384;
constexpr std::uint64_t k_steps_of_input = 8;
/// Combinations of the parameters' ranges and of the deputies' hours, for one rule.
constexpr std::size_t k_most_situations = 512;

/// Where a rule went. The order is that of `policy diff`'s exit codes.
enum class Shift : std::uint8_t {
    same,
    raised,   ///< nobody gains; somebody loses, or something is stricter
    changed,  ///< some coalitions gain and some lose, and nothing else is looser
    lowered,  ///< some gain and none lose, or something else is looser, or can't be shown not to be
};

/// Something outside the approval formulas that differs.
struct Remark {
    bool lowers = false;  ///< else it is provably stricter
    std::string what;     ///< `wait is 30m, was 1h`
};

/// Those who can sign: a principal with the keys that they had before (with those that they have
/// now, if they are new), whoever holds a principal's new keys, or the server of a web page.
struct PartyName {
    enum class Kind : std::uint8_t { principal, new_keys, page };
    Kind kind = Kind::principal;
    std::string name;  ///< the principal's; of a page the origin
};

/// Parties by number in PolicyDifference::parties, and the facts they need, by number in
/// RuleDifference::facts; sorted.
struct Coalition {
    std::vector<std::uint32_t> parties;
    std::vector<std::uint32_t> facts;
};

/// Minimal coalitions, counted exactly, and some of the smallest.
struct CoalitionSet {
    Count count;
    std::vector<Coalition> smallest;
};

/// What differs only in some situation: the servers of pages may sign, and the facts stand as each
/// coalition says and no better. Coalitions that need different facts are counted apart.
struct SituationDifference {
    std::map<std::string, std::string> parameters;  ///< those that conditions ask for
    /// So long after the order was proposed, `wait` not counted; else as late as can be.
    std::optional<base::Span> after_proposal;
    CoalitionSet gained;
    CoalitionSet lost;
};

struct RuleDifference {
    std::string name;  ///< `action drop`
    std::optional<RuleName> before;
    std::optional<RuleName> after;
    Shift shift = Shift::same;
    bool settled = true;  ///< false where the budget was spent: then it counts as lowered
    std::vector<Remark> remarks;
    std::vector<std::string> facts;  ///< `alert >= high`
    /// At best: facts and parameters as the coalition likes them, the order as old as can be. Each
    /// coalition that gained is minimal among those that can act now, and could not before.
    CoalitionSet gained;
    CoalitionSet lost;
    /// Looked for on each side on which there is nothing at best.
    std::vector<SituationDifference> situations;

    bool has_gain() const;
    bool has_loss() const;
};

struct PolicyDifference {
    /// The worst of all rules and remarks.
    Shift shift = Shift::same;
    /// Whether an amendment from the one to the other needs `amend lowering`: some coalition gains,
    /// or something else is not provably as strict.
    bool lowering = false;
    std::vector<Remark> remarks;  ///< people, keys, log, witnesses, facts
    std::vector<RuleDifference> rules;
    std::vector<PartyName> parties;
};

/// Compares two policies. `most_sets` coalitions are named on each side; their number changes
/// neither verdicts nor counts.
PolicyDifference difference_of(const policy::Policy& before, const policy::Policy& after,
                               std::size_t most_sets = 1);

/// Puts every coalition that is named before decide(): who gained is permitted under the new policy
/// and not under the old, and with any member less is not permitted; who lost the other way round.
/// Fails (corrupt_state) where decide() does not agree.
base::Result<void> confirm(const policy::Policy& before, const policy::Policy& after,
                           const PolicyDifference& difference);

}  // namespace cheget::analysis
