// What a rule of a policy adds up to: who can act, who can block, who can't be done without.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/policy_formula.h"
#include "analysis/solution.h"

namespace cheget::analysis {

/// Sets of principals that are minimal on one side: none of their members can be left out.
struct SideAnswers {
    using Set = std::vector<std::uint32_t>;  ///< principals by number, sorted

    Bounds bounds;                          ///< exact unless the engines were stopped
    Count count;                            ///< of all minimal sets, or of those found
    std::optional<std::uint64_t> smallest;  ///< size of the smallest found; nothing if none was
    /// The smallest sets; all that are of the smallest size, unless these are more than asked for
    /// or the engines were stopped.
    std::vector<Set> sets;
    bool has_all_smallest = true;
    /// How many there are of each size; empty where that is too much work (Analysis::sizes).
    std::map<std::size_t, Count> by_size;
    static constexpr std::uint64_t k_most_listed = 10'000;
};

struct RuleAnswers {
    RuleName rule;
    bool is_exact = true;
    Others others = Others::silent;  ///< with `veto`, who blocks may do so by a veto
    SideAnswers acting;    ///< the smallest is how many stolen keys, or bribed people, fire it
    SideAnswers blocking;  ///< the smallest is how many lost keys, or unwilling people, brick it
    std::vector<std::uint32_t> alone;          ///< who can act alone
    std::vector<std::uint32_t> indispensable;  ///< who is in every coalition that can act
};

/// Exact unless the engine gives bounds, or a failure: of the engine, of PolicyFormula::of, or
/// (corrupt_state) if decide() doesn't agree about a set that is named here. Each of them has been
/// put before decide(): an acting set is permitted and with any member less it is not; all people
/// but a blocking set are not, and with any of its members they are.
base::Result<RuleAnswers> answers_by(const Engine& engine, const policy::Policy& policy,
                                     RuleName rule, const Surroundings& surroundings,
                                     std::size_t most_sets);
/// By diagrams alone: exact or a failure.
base::Result<RuleAnswers> answers_of(const policy::Policy& policy, RuleName rule,
                                     const Surroundings& surroundings, std::size_t most_sets,
                                     const Budget& budget);

/// Who is in every coalition that can act, the others being silent; nobody if no coalition can. By
/// decide() alone, without an engine; fails as PolicyFormula::of does.
base::Result<std::vector<std::uint32_t>> indispensable_for(const policy::Policy& policy,
                                                           RuleName rule);

/// What to think over, and what to change.
struct Advice {
    std::string warning;
    std::string change;
};
std::vector<Advice> advice_on(const policy::Policy& policy, const RuleAnswers& answers);
/// Of the policy as a whole.
std::vector<Advice> advice_on(const policy::Policy& policy);

}  // namespace cheget::analysis
