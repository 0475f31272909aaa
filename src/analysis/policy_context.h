// What policy_formula.cpp and policy_confirm.cpp share. Not for use from outside the folder.
#pragma once

#include "analysis/policy_formula.h"
#include "policy/compile.h"

namespace cheget::analysis {

struct PolicyFormula::Context {
    explicit Context(policy::Policy given) : policy(std::move(given)), rules(policy) {}

    policy::Policy policy;  ///< a copy: without `amend lowering` where `amend` is asked about
    policy::Rules rules;
    RuleName name;
    Surroundings surroundings;
    const policy::CompiledRule* rule = nullptr;
    const policy::Action* action = nullptr;  ///< absent for changes
    base::Time now;
    base::Time proposed;
    base::Time expires;

    bool is_change() const { return action == nullptr; }
    bool has_direct_key(policy::PrincipalIndex person) const;
    /// What a fact says: fixed, or the best value that conditions of the rule ask for.
    std::uint64_t value_of(policy::FactIndex fact) const;
    static bool meets(const policy::Condition& condition, std::uint64_t value);
    static bool meets(const policy::Condition& condition, const std::vector<std::string>& values);
    void set_times();
    /// Fails where there are more than k_most_branches.
    base::Result<std::vector<Branch>> branches() const;
};

}  // namespace cheget::analysis
