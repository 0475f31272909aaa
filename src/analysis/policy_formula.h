// A policy's rule as a formula over people: which coalitions can bring its permit about.
//
// Variable i of the circuit is principal i of the policy, person or machine: "this principal is of
// the coalition", with all their keys, and does whatever helps it: proposes, approves, consents,
// signs `seen`, stands in as a deputy, keeps silent so that a deputy may, signs facts.
// The formula is true of a coalition if there is an order, a proposer among its members and
// statements by its members for which decide() permits. It is false if there are none.
//
// Assumed, because no formula over people says it: statements arrive at once, the order's proposal
// and its entry in the log are one instant, parameters can have any value (captures are not matched
// against the target), an action on files names one, no earlier claim counts against a ration.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/circuit.h"
#include "base/result.h"
#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::analysis {

/// Which rule of a policy.
struct RuleName {
    enum class Kind : std::uint8_t { action, emergency, amend, amend_lowering, revoke };
    Kind kind = Kind::action;
    std::size_t index = 0;  ///< of actions and emergencies
};

/// Every rule that a policy has, actions first, each followed by its emergency.
std::vector<RuleName> rules_of(const policy::Policy& policy);
/// `action drop`, `emergency drop`, `amend`, `amend lowering`, `revoke`.
std::string to_text(const policy::Policy& policy, RuleName rule);

/// What those outside the coalition do.
enum class Others : std::uint8_t {
    silent,
    veto,  ///< each of them vetoes at once
    help,  ///< they sign whatever is asked of them, but propose nothing
};

struct Surroundings {
    Others others = Others::silent;
    /// Facts say what their sources in the coalition want. Else every fact is as the rule wishes,
    /// whoever its sources are.
    bool colluding_facts = false;
    std::map<policy::FactIndex, std::uint64_t> fixed;  ///< facts that say this, whoever lies
    /// Pages, by origin, that are of the coalition: each speaks for everybody who has a `web` key
    /// there, by that key. Not asked together with vetoes.
    std::vector<std::string> speaking;
    /// Pages that serve nobody: who has only keys of such pages can't sign.
    std::vector<std::string> dark;
    /// How long the order has rested; else as long as it can.
    std::optional<base::Span> rested;
    /// When it is decided; else while the rule is valid.
    std::optional<base::Time> instant;
    /// The values of the order's parameters, one each; else whatever the coalition likes best.
    std::optional<std::vector<std::string>> parameters;
};

/// What the variables of a circuit stand for, where rules of several policies share one.
struct Parties {
    /// Whoever can sign as some principal: the variable, and whether a key without `web` is theirs.
    struct Party {
        std::uint32_t variable = 0;
        bool direct = false;
    };
    std::vector<std::vector<Party>> of;  ///< by principal

    /// The variable holds if the fact stands at this number, or further where its rule wants it.
    struct Level {
        std::uint64_t number = 0;
        std::uint32_t variable = 0;
    };
    std::map<policy::FactIndex, std::vector<Level>> facts;  ///< whoever their sources are

    /// Principal i is variable i, and no fact has one.
    static Parties of_one(const policy::Policy& policy);
};

/// Decisions that a coalition has besides what its members sign: they are joined by `or`.
struct Branch {
    /// One of whom proposes, sorted; empty for changes. More than one where it makes no difference
    /// but for the place that this one does not fill.
    std::vector<policy::PrincipalIndex> proposers;
    bool fill_no_place = false;  ///< whoever proposes has no other voice than that
    /// Members who say nothing, so that a deputy with a better key may speak for them.
    std::vector<policy::PrincipalIndex> silent;
    std::vector<std::string> parameters;
};

/// A policy with its rules made ready once, for many formulas.
struct ReadyPolicy {
    explicit ReadyPolicy(policy::Policy given) : policy(std::move(given)), rules(policy) {}
    ReadyPolicy(const ReadyPolicy&) = delete;
    ReadyPolicy& operator=(const ReadyPolicy&) = delete;
    ~ReadyPolicy() = default;

    policy::Policy policy;
    policy::Rules rules;
};

class PolicyFormula {
  public:
    /// Fails where there are more branches than k_most_branches, or where it could take more than
    /// `most_inputs` inputs of gates; never truncates.
    static base::Result<PolicyFormula> of(std::shared_ptr<const ReadyPolicy> ready, RuleName rule,
                                          Surroundings surroundings,
                                          std::uint64_t most_inputs = ~std::uint64_t{0});
    static base::Result<PolicyFormula> of(const policy::Policy& policy, RuleName rule,
                                          Surroundings surroundings);
    static constexpr std::size_t k_most_branches = 4096;

    /// Puts a rule into a circuit that rules of other policies share. Others are silent, and the
    /// formula is plain: who has a deputy speaks or keeps silent in branches of their own. Fails
    /// where it would take more than `most_inputs` inputs of gates, about.
    static base::Result<Wire> add_to(Circuit& circuit, const ReadyPolicy& ready, RuleName rule,
                                     Surroundings surroundings, const Parties& parties,
                                     std::uint64_t most_inputs);

    const Circuit& circuit() const { return circuit_; }
    Wire root() const { return root_; }

    /// Whether the coalition can act, by decide() alone: it is asked with the statements of each
    /// branch. The circuit is not looked at.
    bool permits(const std::vector<std::uint32_t>& coalition) const;

    /// What permits() may take, in steps of an engine, about.
    std::uint64_t steps_of_asking() const;

  private:
    PolicyFormula() = default;

    struct Context;
    std::shared_ptr<const ReadyPolicy> ready_;
    std::shared_ptr<const Context> context_;  ///< borrows ready_
    std::vector<Branch> branches_;
    Circuit circuit_;
    Wire root_;
};

}  // namespace cheget::analysis
