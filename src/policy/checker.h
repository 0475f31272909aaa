// From syntax to a policy: looks names up, and refuses everything of G10.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/diagnostics.h"
#include "policy/policy.h"
#include "policy/satisfy.h"
#include "policy/syntax.h"

namespace cheget::policy {

/// Checks syntax that parsed without complaint. Gives the policy with all but its id; it may be
/// used only if no complaint was added.
class Checker {
  public:
    Checker(const PolicySyntax& syntax, Diagnostics& diagnostics)
        : syntax_(syntax), diagnostics_(diagnostics) {}

    Policy check();

  private:
    struct Name {
        bool is_group = false;
        std::size_t index = 0;
        Position at;
    };

    // check_names.cpp
    void declare_principals();
    void declare_keys(const BlockSyntax& block, Principal& principal);
    void check_key_marks(const KeySyntax& syntax, const Key& key);
    void check_key_is_new(const Key& key, PrincipalIndex owner);
    void declare_groups();
    void declare_name(const WordSyntax& word, Name name);
    void collect_members(const BlockSyntax& block, std::vector<std::size_t>& group_members,
                         PeopleSet& people);
    void flatten_groups();
    void check_groups_used();
    const Name* look_up(const WordSyntax& word);

    // check_log.cpp
    void check_log();
    void declare_witness(const BlockSyntax& block, std::vector<bool>& used);
    void check_drops();  // check_drops.cpp
    void needs_log(Position at, std::string_view what, std::string_view why);

    // check_facts.cpp
    void declare_facts();
    void check_fact_words(const FactSyntax& syntax, Fact& fact);
    void check_fact_sources();
    void check_facts_used();
    bool check_condition(const FormulaSyntax::Node& node, Formula::Node& out);
    bool check_fact_condition(const FormulaSyntax::Node& node, std::size_t index,
                              Formula::Node& out);
    bool check_fact_value(const FormulaSyntax::Node& node, const Fact& fact, Formula::Node& out);
    bool check_about(const FormulaSyntax::Node& node, const Fact& fact);
    bool check_direction(const FormulaSyntax::Node& node, std::size_t index, Compare compare);
    bool check_parameter_condition(const FormulaSyntax::Node& node, std::uint32_t index,
                                   Formula::Node& out);

    // check_assertions.cpp
    void check_assertions();
    bool check_assertion(const BlockSyntax& block, Assertion& assertion);
    bool check_subject(const AssertionSyntax& syntax, Position at, Assertion& assertion);
    bool check_least(const AssertionSyntax& syntax, const Assertion& assertion);
    bool check_set_of(const AssertionSyntax& syntax, Assertion& assertion);

    // check_formulas.cpp
    enum class Role { propose, approve, change, veto, consent, seen, execute, source };
    std::optional<Formula> check_formula(const FormulaSyntax& syntax, Role role);
    bool check_flat_set(const FormulaSyntax& syntax, const FormulaSyntax::Node& node,
                        PeopleSet& people);
    bool check_members(const std::vector<WordSyntax>& words);
    static std::string_view verb_of(Role role);
    bool check_role(const WordSyntax& word, Role role);
    bool check_weights(const FormulaSyntax::Node& node, Role role, Formula::Node& out);
    bool check_sequence(const Formula& formula, const Formula::Node& node);
    bool check_leaf(const FormulaSyntax& syntax, const FormulaSyntax::Node& node, Role role,
                    Formula::Node& out);
    bool check_braces(const FormulaSyntax& syntax, const FormulaSyntax::Node& node,
                      const std::vector<std::uint32_t>& place, Formula::Node& out);
    void leave_out_briefcases(Formula& formula) const;
    bool check_person_element(const FormulaSyntax::Node& node, Role role, Formula::Node& out);
    bool check_threshold(const FormulaSyntax::Node& syntax, std::size_t size, Formula::Node& out);
    // check_overlaps.cpp
    bool check_overlaps(const Formula& formula, const std::vector<PeopleSet>& people);
    bool check_overlaps_of(const Formula& formula, const Formula::Node& node,
                           const std::vector<PeopleSet>& people);
    bool check_satisfiable(const Formula& formula);
    std::vector<PeopleSet> voices_of_nodes(const Formula& formula) const;
    bool check_places_of_consent(const Action& action);

    // check_actions.cpp
    void check_actions();
    void check_action(const BlockSyntax& block);
    void check_clause(const ClauseSyntax& clause, Action& action);
    void finish_action(const BlockSyntax& block, Action& action, std::size_t before);
    void check_emergencies();
    void check_emergency(const BlockSyntax& block);
    void check_clauses(const BlockSyntax& block, Action& action);
    void check_consent(const ClauseSyntax& clause, Action& action);
    void check_conditions_alone(const ClauseSyntax& clause);
    void add_conditions(Action& action);

    // check_deeds.cpp
    void check_deed(const BlockSyntax& block, Action& action);
    void check_run(const ClauseSyntax& clause, Action& action);
    void check_call(const ClauseSyntax& clause, Action& action);
    void check_sql(const ClauseSyntax& clause, Action& action);
    void check_file(const ClauseSyntax& clause, Action& action);
    ValuePattern check_value(const ValueSyntax& value, Action& action);
    void add_parameter(const StringSyntax& string, std::string_view name, bool bare,
                       Action& action);
    std::optional<Template> check_parameters(const StringSyntax& string, Action& action);
    Template check_fixed(const StringSyntax& string, const Action& action);
    void check_run_alone(const ClauseSyntax& clause, const Action& action);
    void check_paths(const ClauseSyntax& clause, const Action& action,
                     std::vector<Template>& paths);
    void check_environment(const ClauseSyntax& clause, Action& action);
    void check_propose(const ClauseSyntax& clause, Action& action);
    void check_execute(const ClauseSyntax& clause, Action& action);
    void check_can_be_satisfied(const Action& action, const BlockSyntax& block);
    void check_web(const Action& action, const BlockSyntax& block, const PeopleSet& approvers);
    void check_targets_apart();
    void check_changes();
    void check_change(const BlockSyntax& block, ChangeRule& rule);
    bool check_clauses_once(const BlockSyntax& block);
    bool check_clauses_there(const BlockSyntax& block);
    std::optional<Template> check_template(const StringSyntax& string, const Action& action);

    // check_times.cpp
    void check_times(const BlockSyntax& block, const Action& action);
    void check_deputies(const BlockSyntax& block, Action& action);
    void check_deputy(const ClauseSyntax& clause, const Action& action, std::size_t index);
    std::optional<PrincipalIndex> check_person(const WordSyntax& word);

    bool complain(Position at, std::string what, std::string advice) {
        diagnostics_.add(at, std::move(what), std::move(advice));
        return false;
    }

    const PolicySyntax& syntax_;
    Diagnostics& diagnostics_;
    Policy policy_;
    std::unordered_map<std::string_view, Name> names_;
    std::vector<std::string_view> name_list_;
    std::unordered_map<std::string, PrincipalIndex> key_owners_;  // by what makes a key itself
    std::vector<const BlockSyntax*> group_blocks_;
    std::vector<PeopleSet> group_people_;
    std::vector<bool> group_used_;
    std::vector<const BlockSyntax*> action_blocks_;  // beside policy_.actions
    std::vector<const BlockSyntax*> fact_blocks_;    // beside policy_.facts
    std::vector<bool> fact_used_;
    std::vector<std::optional<Compare>> fact_direction_;
    const Action* action_ = nullptr;     // whose formulas are being checked
    std::optional<Formula> conditions_;  // its `when`
    bool briefcase_counts_ = true;       // in the formula that is being checked
};

/// The indices of a set's members, ascending.
std::vector<PrincipalIndex> members_of(const PeopleSet& people);

}  // namespace cheget::policy
