// Whether a coalition can act, found by trying everything. Shared by the tests of this folder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/policy_formula.h"
#include "policy/compile.h"

namespace cheget::analysis::test {

using People = std::uint32_t;

constexpr base::Time k_now{1'000'000'000};

inline bool has(People people, std::size_t person) {
    return (people >> person & 1U) != 0;
}

/// Which ways to speak or keep silent are tried: every one, or silence of those alone whom a deputy
/// stands in for, and values of parameters only where a condition asks for one.
enum class Ways : std::uint8_t { all, few };

/// Every order and every way to speak or keep silent, each put before decide(). Shares no thought
/// with the formula: it knows neither places nor branches.
class BruteForce {
  public:
    BruteForce(const policy::Policy& policy, RuleName rule, const Surroundings& surroundings,
               Ways ways = Ways::all)
        : policy_(changed(policy, rule)),
          rules_(policy_),
          rule_(rule),
          surroundings_(surroundings),
          may_be_silent_(ways == Ways::all ? ~People{0} : 0) {
        if (rule.kind == RuleName::Kind::action) {
            action_ = &policy_.actions[rule.index];
        } else if (rule.kind == RuleName::Kind::emergency) {
            action_ = &policy_.emergencies[rule.index].rule;
        }
        if (action_ != nullptr && ways == Ways::few) {
            for (const auto& deputy : action_->deputies) {
                may_be_silent_ |= People{1} << deputy.stands_for;
            }
            has_parameters_ = std::any_of(
                action_->approve.nodes.begin(), action_->approve.nodes.end(), [](const auto& node) {
                    return node.kind == policy::Formula::Node::Kind::parameter;
                });
        }
    }

    bool can_act(People coalition) const {
        const std::size_t principals = policy_.principals.size();
        const People everyone = (1U << principals) - 1;
        const bool all_help = surroundings_.others == Others::help;
        const People willing = all_help ? everyone : coalition;
        const People spoken_for = by_page(surroundings_.speaking, false);
        const People mute = surroundings_.dark.empty() ? 0 : by_page(surroundings_.dark, true);
        const People members = (willing | spoken_for) & ~mute;
        const People proposers = (coalition | spoken_for) & ~mute;
        const People quiet = members & may_be_silent_;
        for (People silent = quiet;; silent = (silent - 1) & quiet) {
            const std::vector<policy::Voice> voices = speak(willing, members & ~silent);
            for (std::size_t i = 0; i < principals; ++i) {
                if (has(proposers, i) &&
                    permits(voices, static_cast<policy::PrincipalIndex>(i), members)) {
                    return true;
                }
            }
            if (action_ == nullptr && permits(voices, policy::k_nobody, members)) {
                return true;
            }
            if (silent == 0) {
                return false;
            }
        }
    }

  private:
    static policy::Policy changed(policy::Policy policy, RuleName rule) {
        if (rule.kind == RuleName::Kind::amend) {
            policy.amend_lowering.reset();
        }
        return policy;
    }

    /// Who has a key, or nothing but keys, of these pages.
    People by_page(const std::vector<std::string>& pages, bool all) const {
        People people = 0;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            const auto& keys = policy_.principals[i].keys;
            const auto of_page = [&](const policy::Key& key) {
                return key.web_origin &&
                       std::find(pages.begin(), pages.end(), *key.web_origin) != pages.end();
            };
            if (all ? std::all_of(keys.begin(), keys.end(), of_page)
                    : std::any_of(keys.begin(), keys.end(), of_page)) {
                people |= 1U << i;
            }
        }
        return people;
    }

    policy::Voice voice(std::size_t by, statement::Verdict verdict, People willing) const {
        policy::Voice one;
        one.by = static_cast<policy::PrincipalIndex>(by);
        one.verdict = verdict;
        const auto& keys = policy_.principals[by].keys;
        one.web = !has(willing, by) ||
                  std::all_of(keys.begin(), keys.end(),
                              [](const policy::Key& key) { return key.web_origin.has_value(); });
        one.start = proposed();
        return one;
    }

    static void add(std::vector<policy::Voice>& voices, policy::Voice one) {
        one.statement = static_cast<std::uint32_t>(voices.size());
        voices.push_back(one);
    }

    std::vector<policy::Voice> speak(People willing, People speaking) const {
        std::vector<policy::Voice> voices;
        std::vector<policy::Voice> approvals;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            if (!has(willing, i) && surroundings_.others == Others::veto) {
                add(voices, voice(i, statement::Verdict::veto, willing));
            }
            if (has(speaking, i)) {
                approvals.push_back(voice(i, statement::Verdict::approve, willing));
                add(voices, voice(i, statement::Verdict::consent, willing));
                add(voices, voice(i, statement::Verdict::seen, willing));
            }
        }
        if (action_ != nullptr) {
            for (const auto& deputy : action_->deputies) {
                if (has(speaking, deputy.deputy)) {
                    approvals.push_back(voice(deputy.deputy, statement::Verdict::approve, willing));
                    approvals.back().stands_for = deputy.stands_for;
                }
            }
        }
        chain(voices, approvals, policy::k_no_statement, longest_sequence());
        return voices;
    }

    /// All chains that these approvals can form.
    static void chain(std::vector<policy::Voice>& voices,
                      const std::vector<policy::Voice>& approvals, std::uint32_t after,
                      std::size_t more) {
        if (more == 0) {
            return;
        }
        for (policy::Voice one : approvals) {
            one.after = after;
            add(voices, one);
            chain(voices, approvals, voices.back().statement, more - 1);
        }
    }

    std::size_t longest_sequence() const {
        std::size_t longest = 1;
        if (action_ != nullptr) {
            for (const auto& node : action_->approve.nodes) {
                longest = std::max(longest, node.in_sequence ? node.children.size() : 1);
            }
        }
        return longest;
    }

    base::Time now() const { return surroundings_.instant.value_or(default_now()); }
    base::Time default_now() const {
        if (action_ != nullptr && action_->valid_until) {
            return {action_->valid_until->seconds - 1};
        }
        return k_now;
    }
    base::Time proposed() const {
        const std::int64_t longest = action_ != nullptr ? action_->expire.seconds - 1 : 1'000'000;
        return {now().seconds - (surroundings_.rested ? surroundings_.rested->seconds : longest)};
    }

    std::vector<policy::FactStatement> attest(People members) const {
        std::vector<policy::FactStatement> facts;
        for (std::size_t i = 0; i < policy_.facts.size(); ++i) {
            const auto fixed = surroundings_.fixed.find(static_cast<policy::FactIndex>(i));
            const bool is_fixed = fixed != surroundings_.fixed.end();
            for (const policy::PrincipalIndex source : policy_.facts[i].sources) {
                if (is_fixed || !surroundings_.colluding_facts || has(members, source)) {
                    policy::FactStatement said;
                    said.fact = static_cast<policy::FactIndex>(i);
                    said.source = source;
                    said.value = is_fixed ? fixed->second : 1;
                    said.at = now();
                    said.start = now();
                    facts.push_back(said);
                }
            }
        }
        return facts;
    }

    bool permits(const std::vector<policy::Voice>& voices, policy::PrincipalIndex proposer,
                 People members) const {
        const auto facts = attest(members);
        policy::Evidence evidence;
        evidence.now_low = evidence.now_high = now();
        evidence.facts = facts;
        evidence.has_log = policy_.has_log;
        evidence.order_start = proposed();
        if (action_ == nullptr) {
            const auto change = rule_.kind == RuleName::Kind::revoke ? policy::Change::revoke
                                                                     : policy::Change::amend;
            return policy::decide_change(rules_, change, voices, evidence).answer ==
                   policy::Answer::permit;
        }
        policy::Question question;
        question.action = rule_.index;
        question.proposer = proposer;
        question.proposed = proposed();
        question.expires = proposed() + action_->expire;
        if (rule_.kind == RuleName::Kind::emergency) {
            question.emergency = rule_.index;
        }
        question.files = 1;
        std::vector<std::string> any{"100", "99", "101"};
        any.resize(has_parameters_ ? any.size() : 1);
        const auto given = surroundings_.parameters;
        for (const std::string& left : given ? std::vector{(*given)[0]} : any) {
            for (const std::string& right : given ? std::vector{(*given)[1]} : any) {
                const std::array<std::string, 2> parameters{left, right};
                question.parameters = parameters;
                if (policy::decide_question(rules_.impl(), question, voices, evidence, nullptr)
                        .answer == policy::Answer::permit) {
                    return true;
                }
            }
        }
        return false;
    }

    policy::Policy policy_;
    policy::Rules rules_;
    RuleName rule_;
    const policy::Action* action_ = nullptr;
    const Surroundings& surroundings_;
    People may_be_silent_;
    bool has_parameters_ = true;
};

}  // namespace cheget::analysis::test
