// The analyser against decide() over every coalition of many policies, of up to 16 parties:
// whether the formula holds, how many minimal sets there are on both sides and of which sizes, who
// can act alone and whom the rule can't do without, how many coalitions can act, and the dual.
// CHEGET_JUDGED_POLICIES, or 10,000; in shards that run side by side.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>

#include "analysis/analysis_test_support.h"
#include "analysis/brute_force_test_support.h"
#include "analysis/policy_answers.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using test::BruteForce;
using test::has;
using test::People;
using test_support::Random;

constexpr std::uint64_t k_shards = 8;

std::uint64_t policy_count() {
    const char* asked = std::getenv("CHEGET_JUDGED_POLICIES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 10'000;
}

/// Most are small; eight of 10,000 have 16 parties.
std::size_t parties_of(std::uint64_t seed) {
    if (seed % 1250 == 0) {
        return 16;
    }
    if (seed % 250 == 0) {
        return 12;
    }
    return seed % 20 == 0 ? 8 : 3 + seed % 4;
}

/// A policy of so many people whose voices the brute force can count: of more than eight, sequences
/// would have too many.
policy::Policy judged_policy(Random& random, std::size_t parties) {
    for (;;) {
        policy::Policy policy = test_support::random_whole_policy(random, parties);
        const auto& nodes = policy.actions[0].approve.nodes;
        const bool has_sequence = std::any_of(nodes.begin(), nodes.end(),
                                              [](const auto& node) { return node.in_sequence; });
        if (parties <= 8 || !has_sequence) {
            return policy;
        }
    }
}

Surroundings random_surroundings(Random& random) {
    Surroundings surroundings;
    surroundings.others = static_cast<Others>(random.below(3));
    surroundings.colluding_facts = random.once_in(2);
    if (random.once_in(4)) {
        surroundings.fixed[static_cast<policy::FactIndex>(random.below(3))] = random.below(3);
    }
    if (random.once_in(4)) {
        surroundings.rested = base::Span{random.below(900)};
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

People people_of(const std::vector<std::uint32_t>& members) {
    People people = 0;
    for (const std::uint32_t one : members) {
        people |= People{1} << one;
    }
    return people;
}

/// One rule of one policy, and what decide() says of each coalition.
class Judged {
  public:
    Judged(const policy::Policy& policy, RuleName rule, const Surroundings& surroundings)
        : policy_(policy), rule_(rule), surroundings_(surroundings) {
        const BruteForce brute(policy, rule, surroundings, test::Ways::few);
        acts_.resize(std::size_t{1} << parties());
        for (People set = 0; set < acts_.size(); ++set) {
            acts_[set] = brute.can_act(set);
            able_ += acts_[set] ? 1U : 0U;
        }
    }

    std::size_t parties() const { return policy_.principals.size(); }
    std::uint64_t able() const { return able_; }
    std::uint64_t asked() const { return acts_.size(); }

    void check() const {
        const auto formula = PolicyFormula::of(policy_, rule_, surroundings_);
        ASSERT_TRUE(formula) << formula.error().message;
        std::vector<bool> values(std::max<std::size_t>(parties(), formula->circuit().variables()));
        for (People set = 0; set < acts_.size(); ++set) {
            for (std::size_t i = 0; i < parties(); ++i) {
                values[i] = has(set, i);
            }
            ASSERT_EQ(formula->circuit().evaluate(formula->root(), values), acts_[set])
                << "coalition " << set;
        }
        check_counts(*formula);
        const auto answers = answers_of(policy_, rule_, surroundings_, 100'000, {});
        ASSERT_TRUE(answers) << answers.error().message;
        check_side(Side::acting, answers->acting, answers->alone);
        check_side(Side::blocking, answers->blocking, answers->indispensable);
    }

  private:
    /// Whether a set of a side decides, by what decide() said.
    bool decides(Side side, People set) const {
        const auto everyone = static_cast<People>(acts_.size() - 1);
        return side == Side::acting ? acts_[set] : !acts_[everyone & ~set];
    }

    /// |f| is the number of able coalitions, and |f| + |dual f| = 2^n.
    void check_counts(const PolicyFormula& formula) const {
        const auto variables = static_cast<std::uint32_t>(parties());
        const auto analysis = Analysis::of(formula.circuit(), formula.root(), {});
        const auto dual = test::dual_of(formula.circuit(), formula.root());
        const auto of_dual = Analysis::of(dual.circuit, dual.root, {});
        ASSERT_TRUE(analysis && of_dual);
        ASSERT_EQ(analysis->models(variables), Count(able_));
        ASSERT_EQ(analysis->models(variables) + of_dual->models(variables),
                  Count::power_of_two(variables));
        for (const Side side : {Side::acting, Side::blocking}) {
            check_all_minimal_sets(*analysis, side);
        }
    }

    /// Each set decides, and with any member less it does not; by check_side there is no further.
    void check_all_minimal_sets(const Analysis& analysis, Side side) const {
        constexpr std::size_t k_most = 20'000;
        std::vector<People> sets;
        for (const auto& members : analysis.smallest_sets(side, k_most)) {
            const People set = sets.emplace_back(people_of(members));
            ASSERT_TRUE(decides(side, set)) << set;
            for (const std::uint32_t one : members) {
                ASSERT_FALSE(decides(side, set & ~(People{1} << one))) << set;
            }
        }
        ASSERT_EQ(Count(sets.size()), analysis.coalitions(side).count);
        std::sort(sets.begin(), sets.end());
        ASSERT_TRUE(std::adjacent_find(sets.begin(), sets.end()) == sets.end());
    }

    void check_side(Side side, const SideAnswers& answers,
                    const std::vector<std::uint32_t>& singles) const {
        std::map<std::size_t, std::uint64_t> by_size;
        std::vector<std::vector<std::uint32_t>> smallest;
        std::vector<std::uint32_t> alone;
        std::uint64_t count = 0;
        for (People set = 0; set < acts_.size(); ++set) {
            bool is_minimal = decides(side, set);
            for (std::size_t i = 0; is_minimal && i < parties(); ++i) {
                is_minimal = !(has(set, i) && decides(side, set & ~(People{1} << i)));
            }
            if (!is_minimal) {
                continue;
            }
            const std::vector<std::uint32_t> members = members_of(set);
            ++count;
            ++by_size[members.size()];
            if (members.size() == 1) {
                alone.push_back(members[0]);
            }
            if (!smallest.empty() && members.size() < smallest[0].size()) {
                smallest.clear();
            }
            if (smallest.empty() || members.size() == smallest[0].size()) {
                smallest.push_back(members);
            }
        }
        ASSERT_EQ(answers.count, Count(count));
        ASSERT_EQ(singles, alone);
        ASSERT_EQ(answers.smallest.has_value(), count > 0);
        std::map<std::size_t, Count> sizes(by_size.begin(), by_size.end());
        ASSERT_EQ(answers.by_size, sizes);
        auto told = answers.sets;
        std::sort(told.begin(), told.end());
        std::sort(smallest.begin(), smallest.end());
        ASSERT_EQ(told, smallest);
    }

    const policy::Policy& policy_;
    RuleName rule_;
    const Surroundings& surroundings_;
    std::vector<bool> acts_;
    std::uint64_t able_ = 0;
};

class PolicyJudge : public testing::TestWithParam<std::uint64_t> {};

TEST_P(PolicyJudge, of_every_coalition_is_decide) {
    std::uint64_t asked = 0;
    std::uint64_t able = 0;
    for (std::uint64_t seed = 1 + GetParam(); seed <= policy_count(); seed += k_shards) {
        Random random(0x10000 + seed);
        const policy::Policy policy = judged_policy(random, parties_of(seed));
        const std::vector<RuleName> rules = rules_of(policy);
        // Actions and emergencies twice as often as amend and revoke, which have less to them.
        const RuleName rule = random.once_in(3)
                                  ? rules[random.below(static_cast<std::uint32_t>(rules.size()))]
                                  : rules[0];
        const Surroundings surroundings = random_surroundings(random);
        SCOPED_TRACE(fmt::format("seed {} {} others {} colluding {}", seed, to_text(policy, rule),
                                 static_cast<int>(surroundings.others),
                                 surroundings.colluding_facts));
        const Judged judged(policy, rule, surroundings);
        judged.check();
        if (HasFatalFailure()) {
            return;
        }
        // Each policy weighs the same, however many coalitions it has.
        asked += 1000;
        able += 1000 * judged.able() / judged.asked();
    }
    EXPECT_GT(able * 6, asked);
    EXPECT_LT(able * 6, asked * 5);
}

INSTANTIATE_TEST_SUITE_P(Shards, PolicyJudge, testing::Range(std::uint64_t{0}, k_shards));

}  // namespace
}  // namespace cheget::analysis
