// Two policies over one numbering: who can sign as whom in either, which facts they ask for, which
// values of parameters make a difference. Not for use from outside the folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/policy_difference.h"

namespace cheget::analysis {

/// One of the two policies.
enum class Time : std::uint8_t { before, after };
constexpr std::size_t index_of(Time time) {
    return static_cast<std::size_t>(time);
}

/// Who can sign. A principal is a party with the keys that it had before; whoever holds keys that
/// the new policy gives to a name is another party, whatever the name. A key that went from one
/// principal to another lets its old owner sign as the new one.
class Numbering {
  public:
    Numbering(const policy::Policy& before, const policy::Policy& after);

    const std::vector<PartyName>& parties() const { return parties_; }
    /// Who can sign as the principals of either policy. `with_pages`: the server of a web page can
    /// sign with each `web` key of its origin too.
    Parties signers(Time time, bool with_pages) const;
    bool has_pages() const { return has_pages_; }
    /// Whether everybody's keys, of the same name, are the same in both.
    bool same_people() const { return same_people_; }

    /// The policy with the keys alone that these parties can sign with; others keep theirs.
    /// `coalition` gets the principals as whom they can sign.
    /// Whether with_keys_of() would change nothing.
    bool have_all_keys(Time time, const std::vector<std::uint32_t>& parties,
                       std::vector<std::uint32_t>& coalition) const;
    policy::Policy with_keys_of(Time time, const std::vector<std::uint32_t>& parties,
                                std::vector<std::uint32_t>& coalition) const;

  private:
    struct Signer {
        std::uint32_t party = 0;
        std::uint32_t page = k_no_page;  ///< of a `web` key
        bool direct = false;
    };
    static constexpr std::uint32_t k_no_page = ~std::uint32_t{0};

    std::uint32_t party(PartyName::Kind kind, const std::string& name);
    void add_signers(Time time);
    std::uint32_t holder(Time time, const policy::Principal& principal, const policy::Key& key);

    const policy::Policy* policies_[2];
    std::vector<PartyName> parties_;
    std::map<std::pair<PartyName::Kind, std::string>, std::uint32_t> numbers_;
    std::vector<std::vector<Signer>> signers_[2];  ///< by principal, then by key
    bool has_pages_ = false;
    bool same_people_ = true;
};

/// The conditions of a rule in both policies.
class Conditions {
  public:
    /// Each of the two may be null: then there is no such rule. Variables for facts are numbered
    /// from `first_variable`.
    Conditions(const policy::Policy& before, const policy::Action* old_rule,
               const policy::Policy& after, const policy::Action* new_rule,
               std::uint32_t first_variable);

    bool has_facts() const { return !levels_.empty(); }
    bool has_parameters() const;
    /// The facts of either policy as variables.
    const std::map<policy::FactIndex, std::vector<Parties::Level>>& facts(Time time) const {
        return facts_[index_of(time)];
    }
    /// What a fact's variable says: `alert >= high`.
    const std::string& words(std::uint32_t variable) const {
        return levels_[variable - first_variable_];
    }
    bool is_fact(std::uint32_t variable) const {
        return variable >= first_variable_ && variable - first_variable_ < levels_.size();
    }
    /// Each fact of the policy standing as these variables say and no better.
    std::map<policy::FactIndex, std::uint64_t> fixed(
        Time time, const std::vector<std::uint32_t>& variables) const;

    /// Values of the parameters, by name, one of each range in which all conditions stay the same;
    /// at most k_most_situations combinations, or none where there are more.
    const std::vector<std::map<std::string, std::string>>& values() const { return values_; }

  private:
    void read_facts(const policy::Policy& before, const policy::Action* old_rule,
                    const policy::Policy& after, const policy::Action* new_rule);
    void read_parameters(const policy::Action* old_rule, const policy::Action* new_rule);

    std::uint32_t first_variable_;
    std::vector<std::string> levels_;  ///< in words, by variable
    std::map<policy::FactIndex, std::vector<Parties::Level>> facts_[2];
    std::map<policy::FactIndex, std::uint64_t> worst_[2];
    std::vector<std::map<std::string, std::string>> values_;
};

/// How an order under a rule is looked at: with these values of its parameters, so long after it
/// was proposed, `wait` not counted. `action` is null for changes of the policy.
Surroundings surroundings_of(const policy::Action* action,
                             const std::optional<std::map<std::string, std::string>>& parameters,
                             const std::optional<base::Span>& after_proposal);

}  // namespace cheget::analysis
