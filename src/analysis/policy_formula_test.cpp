// The formula of a rule against decide() over every strategy of every coalition: random policies of
// the whole language, and the smallest sets that are named. CHEGET_COALITION_POLICIES, or 150.
#include "analysis/policy_formula.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "analysis/policy_answers.h"
#include "policy/compile.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using policy::k_nobody;
using policy::PrincipalIndex;
using policy::Voice;
using statement::Verdict;
using test_support::Random;
using People = std::uint32_t;

constexpr base::Time k_now{1'000'000'000};

std::uint64_t policy_count() {
    const char* asked = std::getenv("CHEGET_COALITION_POLICIES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 150;
}

bool has(People people, std::size_t person) {
    return (people >> person & 1U) != 0;
}

/// Every order and every way to speak or keep silent, each put before decide(). Shares no thought
/// with the formula: it knows neither places nor branches.
class BruteForce {
  public:
    BruteForce(const policy::Policy& policy, RuleName rule, const Surroundings& surroundings)
        : policy_(changed(policy, rule)),
          rules_(policy_),
          rule_(rule),
          surroundings_(surroundings) {
        if (rule.kind == RuleName::Kind::action) {
            action_ = &policy_.actions[rule.index];
        } else if (rule.kind == RuleName::Kind::emergency) {
            action_ = &policy_.emergencies[rule.index].rule;
        }
    }

    bool can_act(People coalition) const {
        const std::size_t principals = policy_.principals.size();
        const People everyone = (1U << principals) - 1;
        const bool all_help = surroundings_.others == Others::help;
        const People members = all_help ? everyone : coalition;
        for (People silent = members;; silent = (silent - 1) & members) {
            const std::vector<Voice> voices = speak(members, members & ~silent);
            for (std::size_t i = 0; i < principals; ++i) {
                if (has(coalition, i) && permits(voices, static_cast<PrincipalIndex>(i), members)) {
                    return true;
                }
            }
            if (action_ == nullptr && permits(voices, k_nobody, members)) {
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

    Voice voice(std::size_t by, Verdict verdict) const {
        Voice one;
        one.by = static_cast<PrincipalIndex>(by);
        one.verdict = verdict;
        const auto& keys = policy_.principals[by].keys;
        one.web = std::all_of(keys.begin(), keys.end(),
                              [](const policy::Key& key) { return key.web_origin.has_value(); });
        one.start = proposed();
        return one;
    }

    static void add(std::vector<Voice>& voices, Voice one) {
        one.statement = static_cast<std::uint32_t>(voices.size());
        voices.push_back(one);
    }

    std::vector<Voice> speak(People members, People speaking) const {
        std::vector<Voice> voices;
        std::vector<Voice> approvals;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            if (!has(members, i) && surroundings_.others == Others::veto) {
                add(voices, voice(i, Verdict::veto));
            }
            if (has(speaking, i)) {
                approvals.push_back(voice(i, Verdict::approve));
                add(voices, voice(i, Verdict::consent));
                add(voices, voice(i, Verdict::seen));
            }
        }
        if (action_ != nullptr) {
            for (const auto& deputy : action_->deputies) {
                if (has(speaking, deputy.deputy)) {
                    approvals.push_back(voice(deputy.deputy, Verdict::approve));
                    approvals.back().stands_for = deputy.stands_for;
                }
            }
        }
        chain(voices, approvals, policy::k_no_statement, longest_sequence());
        return voices;
    }

    /// All chains that these approvals can form.
    static void chain(std::vector<Voice>& voices, const std::vector<Voice>& approvals,
                      std::uint32_t after, std::size_t more) {
        if (more == 0) {
            return;
        }
        for (Voice one : approvals) {
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
            for (const PrincipalIndex source : policy_.facts[i].sources) {
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

    bool permits(const std::vector<Voice>& voices, PrincipalIndex proposer, People members) const {
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
        for (const char* left : {"100", "99", "101"}) {
            for (const char* right : {"100", "99", "101"}) {
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
};

Surroundings random_surroundings(Random& random) {
    Surroundings surroundings;
    surroundings.others = static_cast<Others>(random.below(3));
    surroundings.colluding_facts = random.once_in(2);
    if (random.once_in(3)) {
        surroundings.fixed[static_cast<policy::FactIndex>(random.below(3))] = random.below(3);
    }
    if (random.once_in(3)) {
        surroundings.rested = base::Span{random.below(900)};
    }
    if (random.once_in(4)) {
        surroundings.instant = base::Time{1'000'000 + random.below(4000)};
    }
    return surroundings;
}

std::vector<std::uint32_t> members_of(People people) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t i = 0; i < 32; ++i) {
        if (has(people, i)) {
            members.push_back(i);
        }
    }
    return members;
}

/// Minimal sets among `holds`, by number of the set.
std::vector<std::vector<std::uint32_t>> minimal(const std::vector<bool>& holds,
                                                std::size_t principals) {
    std::vector<std::vector<std::uint32_t>> found;
    for (People set = 0; set < holds.size(); ++set) {
        bool is_minimal = holds[set];
        for (std::size_t i = 0; i < principals; ++i) {
            is_minimal = is_minimal && !(has(set, i) && holds[set & ~(1U << i)]);
        }
        if (is_minimal) {
            found.push_back(members_of(set));
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return found;
}

void check_side(const SideAnswers& answers, std::vector<std::vector<std::uint32_t>> expected,
                std::vector<std::uint32_t> singles) {
    ASSERT_EQ(answers.count, Count(expected.size()));
    ASSERT_EQ(answers.smallest.has_value(), !expected.empty());
    std::map<std::size_t, std::uint64_t> by_size;
    std::vector<std::uint32_t> alone;
    for (const auto& set : expected) {
        ++by_size[set.size()];
        if (set.size() == 1) {
            alone.push_back(set[0]);
        }
    }
    ASSERT_EQ(answers.by_size, by_size);
    ASSERT_EQ(singles, alone);
    if (!expected.empty()) {
        ASSERT_EQ(*answers.smallest, expected[0].size());
        std::erase_if(expected, [&](const auto& set) { return set.size() > *answers.smallest; });
        auto told = answers.sets;
        std::sort(told.begin(), told.end());
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(told, expected);
        ASSERT_TRUE(answers.has_all_smallest);
    }
}

TEST(PolicyFormula, is_what_decide_says_of_every_coalition) {
    std::uint64_t rules = 0;
    std::uint64_t able = 0;
    std::uint64_t asked = 0;
    for (std::uint64_t seed = 1; seed <= policy_count(); ++seed) {
        Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        const std::size_t principals = policy.principals.size();
        for (const RuleName rule : rules_of(policy)) {
            const Surroundings surroundings = random_surroundings(random);
            SCOPED_TRACE(fmt::format("seed {} {} others {} colluding {}", seed,
                                     to_text(policy, rule), static_cast<int>(surroundings.others),
                                     surroundings.colluding_facts));
            const auto formula = PolicyFormula::of(policy, rule, surroundings);
            ASSERT_TRUE(formula) << formula.error().message;
            const BruteForce brute(policy, rule, surroundings);
            std::vector<bool> acts;
            std::vector<bool> blocks(std::size_t{1} << principals);
            for (People set = 0; set < 1U << principals; ++set) {
                std::vector<bool> assignment(std::max<std::size_t>(principals, 32));
                for (std::size_t i = 0; i < principals; ++i) {
                    assignment[i] = has(set, i);
                }
                acts.push_back(brute.can_act(set));
                blocks[(blocks.size() - 1) & ~set] = !acts.back();
                ASSERT_EQ(formula->circuit().evaluate(formula->root(), assignment), acts.back())
                    << "coalition " << set;
                ASSERT_EQ(formula->permits(members_of(set)), acts.back()) << "coalition " << set;
                able += acts.back() ? 1U : 0U;
                ++asked;
            }
            const auto answers = answers_of(policy, rule, surroundings, 1000, {});
            ASSERT_TRUE(answers) << answers.error().message;
            check_side(answers->acting, minimal(acts, principals), answers->alone);
            check_side(answers->blocking, minimal(blocks, principals), answers->indispensable);
            if (HasFatalFailure()) {
                return;
            }
            ++rules;
        }
    }
    fmt::print("{} rules, {} coalitions, {} of them able\n", rules, asked, able);
    EXPECT_GT(able * 5, asked);
    EXPECT_LT(able * 5, asked * 4);
}

}  // namespace
}  // namespace cheget::analysis
