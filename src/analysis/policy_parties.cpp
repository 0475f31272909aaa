// Numbers the parties and the facts of two policies.
#include "analysis/policy_parties.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace cheget::analysis {

using policy::Compare;
using policy::Formula;
using policy::Policy;

Numbering::Numbering(const Policy& before, const Policy& after) : policies_{&before, &after} {
    for (const Policy* policy : policies_) {
        for (const policy::Principal& one : policy->principals) {
            party(PartyName::Kind::principal, one.name);
        }
    }
    add_signers(Time::before);
    add_signers(Time::after);
    std::set<std::string> people;
    for (const policy::Principal& one : before.principals) {
        const auto other = after.find_principal(one.name);
        same_people_ =
            same_people_ && other &&
            std::equal(one.keys.begin(), one.keys.end(), after.principals[*other].keys.begin(),
                       after.principals[*other].keys.end(),
                       [](const policy::Key& left, const policy::Key& right) {
                           return left.key == right.key && left.web_origin == right.web_origin;
                       });
    }
    same_people_ = same_people_ && before.principals.size() == after.principals.size();
}

std::uint32_t Numbering::party(PartyName::Kind kind, const std::string& name) {
    const auto [place, is_new] =
        numbers_.try_emplace({kind, name}, static_cast<std::uint32_t>(parties_.size()));
    if (is_new) {
        parties_.push_back({kind, name});
    }
    return place->second;
}

/// Who has the key: whoever had it before, by the policy before.
std::uint32_t Numbering::holder(Time time, const policy::Principal& principal,
                                const policy::Key& key) {
    if (time == Time::before) {
        return party(PartyName::Kind::principal, principal.name);
    }
    if (const auto place = policies_[0]->find_key(key.key.blob())) {
        return party(PartyName::Kind::principal, policies_[0]->principals[place->principal].name);
    }
    const bool is_new_name = !policies_[0]->find_principal(principal.name);
    return party(is_new_name ? PartyName::Kind::principal : PartyName::Kind::new_keys,
                 principal.name);
}

void Numbering::add_signers(Time time) {
    for (const policy::Principal& principal : policies_[index_of(time)]->principals) {
        std::vector<Signer>& signers = signers_[index_of(time)].emplace_back();
        for (const policy::Key& key : principal.keys) {
            Signer signer;
            signer.party = holder(time, principal, key);
            signer.direct = !key.web_origin;
            if (key.web_origin) {
                signer.page = party(PartyName::Kind::page, *key.web_origin);
                has_pages_ = true;
            }
            signers.push_back(signer);
        }
    }
}

Parties Numbering::signers(Time time, bool with_pages) const {
    Parties parties;
    for (const auto& signers : signers_[index_of(time)]) {
        std::map<std::uint32_t, bool> direct;
        for (const Signer& one : signers) {
            direct[one.party] = direct[one.party] || one.direct;
            if (with_pages && one.page != k_no_page) {
                direct.try_emplace(one.page, false);
            }
        }
        auto& of = parties.of.emplace_back();
        for (const auto& [party, is_direct] : direct) {
            of.push_back({party, is_direct});
        }
    }
    return parties;
}

bool Numbering::have_all_keys(Time time, const std::vector<std::uint32_t>& parties,
                              std::vector<std::uint32_t>& coalition) const {
    const auto is_there = [&](const Signer& one) {
        return std::find(parties.begin(), parties.end(), one.party) != parties.end() ||
               std::find(parties.begin(), parties.end(), one.page) != parties.end();
    };
    coalition.clear();
    bool all = true;
    const auto& everybody = signers_[index_of(time)];
    for (std::uint32_t i = 0; i < everybody.size(); ++i) {
        const auto held = std::count_if(everybody[i].begin(), everybody[i].end(), is_there);
        all = all && (held == 0 || static_cast<std::size_t>(held) == everybody[i].size());
        if (held > 0) {
            coalition.push_back(i);
        }
    }
    return all;
}

Policy Numbering::with_keys_of(Time time, const std::vector<std::uint32_t>& parties,
                               std::vector<std::uint32_t>& coalition) const {
    const auto is_there = [&](std::uint32_t party) {
        return std::find(parties.begin(), parties.end(), party) != parties.end();
    };
    Policy policy = *policies_[index_of(time)];
    coalition.clear();
    for (std::uint32_t i = 0; i < policy.principals.size(); ++i) {
        const auto& signers = signers_[index_of(time)][i];
        std::vector<policy::Key> keys;
        for (std::size_t key = 0; key < signers.size(); ++key) {
            if (is_there(signers[key].party) || is_there(signers[key].page)) {
                keys.push_back(policy.principals[i].keys[key]);
            }
        }
        if (!keys.empty()) {
            policy.principals[i].keys = std::move(keys);
            coalition.push_back(i);
        }
    }
    policy.index();
    return policy;
}

namespace {

std::string words_of(const policy::Fact& fact, Compare compare, std::uint64_t number) {
    if (fact.type == policy::Fact::Type::truth) {
        return fmt::format("{} is true", fact.name);
    }
    const bool is_word = fact.type == policy::Fact::Type::words && number < fact.words.size();
    return fmt::format("{} {} {}", fact.name, compare == Compare::at_most ? "<=" : ">=",
                       is_word ? fact.words[number] : fmt::to_string(number));
}

/// Whether numbers of the two mean the same.
bool same_scale(const policy::Fact& left, const policy::Fact& right) {
    return left.type == right.type && left.about == right.about && left.words == right.words &&
           left.lowest == right.lowest && left.highest == right.highest;
}

std::uint64_t worst_of(const policy::Fact& fact, Compare compare) {
    if (compare != Compare::at_most) {
        return fact.lowest;
    }
    return fact.type == policy::Fact::Type::truth   ? 1
           : fact.type == policy::Fact::Type::words ? fact.words.size() - 1
                                                    : fact.highest;
}

bool holds(const Formula::Node& condition, const std::string& value) {
    if (condition.compare == Compare::equal) {
        return value == condition.text;
    }
    const auto number = policy::parameter_number(value);
    return number && (condition.compare == Compare::at_most ? *number <= condition.number
                                                            : *number >= condition.number);
}

}  // namespace

Conditions::Conditions(const Policy& before, const policy::Action* old_rule, const Policy& after,
                       const policy::Action* new_rule, std::uint32_t first_variable)
    : first_variable_(first_variable) {
    read_facts(before, old_rule, after, new_rule);
    read_parameters(old_rule, new_rule);
}

/// A fact of the same name, scale and direction is one and the same; of its numbers the union is
/// asked for. A sufficing truth of the one is one of the other, as far as remarks don't lower.
void Conditions::read_facts(const Policy& before, const policy::Action* old_rule,
                            const Policy& after, const policy::Action* new_rule) {
    struct Scale {
        const policy::Fact* fact;
        Compare compare;
        std::set<std::uint64_t> numbers;
        std::set<std::pair<std::size_t, policy::FactIndex>> used;
    };
    std::vector<Scale> scales;
    for (const auto& [time, policy, rule] :
         {std::tuple(0U, &before, old_rule), std::tuple(1U, &after, new_rule)}) {
        if (rule == nullptr) {
            continue;
        }
        for (const Formula::Node& node : rule->approve.nodes) {
            if (node.kind != Formula::Node::Kind::fact) {
                continue;
            }
            const policy::Fact& fact = policy->facts[node.fact];
            auto scale = std::find_if(scales.begin(), scales.end(), [&](const Scale& one) {
                return one.fact->name == fact.name && one.compare == node.compare &&
                       same_scale(*one.fact, fact);
            });
            if (scale == scales.end()) {
                scale = scales.insert(scales.end(), {&fact, node.compare, {}, {}});
            }
            scale->numbers.insert(node.number);
            scale->used.insert({time, node.fact});
        }
    }
    for (const Scale& scale : scales) {
        for (const std::uint64_t number : scale.numbers) {
            const auto variable = first_variable_ + static_cast<std::uint32_t>(levels_.size());
            levels_.push_back(words_of(*scale.fact, scale.compare, number));
            for (const auto& [time, fact] : scale.used) {
                facts_[time][fact].push_back({number, variable});
                worst_[time][fact] = worst_of(*scale.fact, scale.compare);
            }
        }
    }
}

std::map<policy::FactIndex, std::uint64_t> Conditions::fixed(
    Time time, const std::vector<std::uint32_t>& variables) const {
    std::map<policy::FactIndex, std::uint64_t> fixed = worst_[index_of(time)];
    for (const auto& [fact, levels] : facts_[index_of(time)]) {
        const bool at_most = fixed[fact] > levels.back().number;
        for (const Parties::Level& level : levels) {
            if (std::find(variables.begin(), variables.end(), level.variable) != variables.end()) {
                fixed[fact] = at_most ? std::min(fixed[fact], level.number)
                                      : std::max(fixed[fact], level.number);
            }
        }
    }
    return fixed;
}

bool Conditions::has_parameters() const {
    return values_.size() != 1 || !values_[0].empty();
}

/// Candidates are every number asked for and its neighbours, every text, and one that is neither;
/// of those that meet the same conditions one is kept.
void Conditions::read_parameters(const policy::Action* old_rule, const policy::Action* new_rule) {
    std::map<std::string, std::vector<const Formula::Node*>> conditions;
    for (const policy::Action* rule : {old_rule, new_rule}) {
        for (std::size_t i = 0; rule != nullptr && i < rule->approve.nodes.size(); ++i) {
            const Formula::Node& node = rule->approve.nodes[i];
            if (node.kind == Formula::Node::Kind::parameter) {
                conditions[rule->parameters[node.parameter].name].push_back(&node);
            }
        }
    }
    values_ = {{}};
    for (const auto& [name, asked] : conditions) {
        std::vector<std::string> candidates{"(other)"};
        for (const Formula::Node* one : asked) {
            if (one->compare == Compare::equal) {
                candidates.push_back(one->text);
                continue;
            }
            candidates.push_back(fmt::to_string(one->number));
            candidates.push_back(fmt::to_string(one->number + 1));
            if (one->number > 0) {
                candidates.push_back(fmt::to_string(one->number - 1));
            }
        }
        std::map<std::vector<bool>, std::string> kept;
        for (const std::string& value : candidates) {
            std::vector<bool> met;
            for (const Formula::Node* one : asked) {
                met.push_back(holds(*one, value));
            }
            kept.try_emplace(std::move(met), value);
        }
        if (kept.size() * values_.size() > k_most_situations) {
            values_.clear();
            return;
        }
        std::vector<std::map<std::string, std::string>> longer;
        for (const auto& some : values_) {
            for (const auto& [met, value] : kept) {
                longer.push_back(some);
                longer.back()[name] = value;
            }
        }
        values_ = std::move(longer);
    }
}

}  // namespace cheget::analysis
