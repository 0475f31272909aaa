// What policy_formula.cpp and policy_confirm.cpp share. Not for use from outside the folder.
#pragma once

#include "analysis/policy_formula.h"
#include "policy/compile.h"

namespace cheget::analysis {

struct PolicyFormula::Context {
    /// `given` outlives the context.
    Context(const ReadyPolicy& given, RuleName rule_name, Surroundings around);

    const policy::Policy& policy;
    const policy::Rules& rules;
    RuleName name;
    Surroundings surroundings;
    Parties parties;
    bool is_plain = false;  ///< no wire is inverted
    const policy::CompiledRule* rule = nullptr;
    const policy::Action* action = nullptr;  ///< absent for changes
    base::Time now;
    base::Time proposed;
    base::Time expires;

    bool is_change() const { return action == nullptr; }
    bool has_direct_key(policy::PrincipalIndex person) const;
    /// Whether a page of the coalition speaks for the person.
    bool is_spoken_for(policy::PrincipalIndex person) const;
    /// Whether dark pages leave the person without a key.
    bool is_mute(policy::PrincipalIndex person) const;
    /// What a fact says: fixed, or the best value that conditions of the rule ask for.
    std::uint64_t value_of(policy::FactIndex fact) const;
    /// Whether someone may sign with a `web` key and someone else with another, both as `person`.
    bool is_mixed(policy::PrincipalIndex person) const;
    /// Variables from here on stand for nobody.
    std::uint32_t first_free_variable() const;
    static bool meets(const policy::Condition& condition, std::uint64_t value);
    static bool meets(const policy::Condition& condition, const std::vector<std::string>& values);
    void set_times();
    /// Fails where there are more than k_most_branches.
    base::Result<std::vector<Branch>> branches() const;
    /// Inputs of gates that a branch takes, about.
    std::uint64_t inputs_of_branch() const;
};

}  // namespace cheget::analysis
