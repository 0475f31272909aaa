// The comparison of two policies against decide() over every coalition: random pairs of policies of
// the whole language, edited here and there. CHEGET_DIFFERENCE_PAIRS, or 150.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "analysis/brute_force_test_support.h"
#include "analysis/policy_difference.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using policy::Action;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;
using test::BruteForce;
using test::has;
using test::People;
using test_support::Random;

std::uint64_t pair_count() {
    const char* asked = std::getenv("CHEGET_DIFFERENCE_PAIRS");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 150;
}

Policy random_pair_policy(Random& random) {
    Policy policy = test_support::random_whole_policy(random);
    policy.actions[0].name = "act";
    for (policy::Emergency& one : policy.emergencies) {
        one.rule.name = "act";
    }
    policy.index();
    return policy;
}

Action& some_rule(Random& random, Policy& policy) {
    return !policy.emergencies.empty() && random.once_in(2) ? policy.emergencies[0].rule
                                                            : policy.actions[0];
}

Formula& some_formula(Random& random, Policy& policy) {
    if (random.once_in(6)) {
        return policy.amend.approve;
    }
    Action& rule = some_rule(random, policy);
    return rule.consent && random.once_in(4) ? rule.consent->formula : rule.approve;
}

Formula::Node& some_node(Random& random, Formula& formula) {
    return formula.nodes[random.below(static_cast<std::uint32_t>(formula.nodes.size()))];
}

std::uint32_t size_of(const Formula::Node& node) {
    std::uint32_t sum = 0;
    for (const std::uint32_t weight : node.weights) {
        sum += weight;
    }
    return node.kind == Formula::Node::Kind::weight ? sum
           : node.kind == Formula::Node::Kind::people
               ? static_cast<std::uint32_t>(node.people.size())
           : node.kind == Formula::Node::Kind::threshold
               ? static_cast<std::uint32_t>(node.children.size())
               : 1;
}

void ask_for_more_or_less(Random& random, Policy& policy) {
    Formula::Node& node = some_node(random, some_formula(random, policy));
    const std::uint32_t need = random.once_in(2) ? node.need + 1 : node.need - 1;
    if (need >= 1 && need <= size_of(node) && !node.in_sequence) {
        node.need = need;
    }
}

void change_the_people(Random& random, Policy& policy) {
    Formula::Node& node = some_node(random, some_formula(random, policy));
    const auto person = static_cast<PrincipalIndex>(
        random.below(static_cast<std::uint32_t>(policy.principals.size())));
    if (node.kind != Formula::Node::Kind::people) {
        return;
    }
    const auto place = std::lower_bound(node.people.begin(), node.people.end(), person);
    if (place == node.people.end() || *place != person) {
        node.people.insert(place, person);
    } else if (node.people.size() > node.need) {
        node.people.erase(place);
    }
}

void exchange_people(Random& random, Policy& policy) {
    Formula::Node& node = some_node(random, some_formula(random, policy));
    const auto person = static_cast<PrincipalIndex>(
        random.below(static_cast<std::uint32_t>(policy.principals.size())));
    if (node.kind == Formula::Node::Kind::people &&
        std::count(node.people.begin(), node.people.end(), person) == 0) {
        node.people[random.below(static_cast<std::uint32_t>(node.people.size()))] = person;
        std::sort(node.people.begin(), node.people.end());
    }
}

void change_a_condition(Random& random, Policy& policy) {
    Formula::Node& node = some_node(random, some_rule(random, policy).approve);
    if (node.kind == Formula::Node::Kind::parameter) {
        node.compare = static_cast<policy::Compare>(random.below(3));
    } else if (node.kind == Formula::Node::Kind::fact) {
        node.fact = static_cast<policy::FactIndex>(random.once_in(2) ? 0 : 2);
        node.compare = policy::Compare::at_least;
    }
}

void change_a_time(Random& random, Policy& policy) {
    Action& rule = some_rule(random, policy);
    const auto other = [&](base::Span span) {
        return base::Span{std::max<std::int64_t>(1, span.seconds - 30 + random.below(61))};
    };
    switch (random.below(4)) {
        case 0:
            rule.wait = rule.wait ? other(*rule.wait) : base::Span{60};
            break;
        case 1:
            rule.expire = other(rule.expire);
            break;
        case 2:
            if (rule.consent && rule.consent->within) {
                rule.consent->within = other(*rule.consent->within);
            }
            break;
        default:
            policy.facts[0].fresh = other(policy.facts[0].fresh);
    }
}

void change_a_clause(Random& random, Policy& policy) {
    Action& rule = some_rule(random, policy);
    switch (random.below(4)) {
        case 0:
            rule.proposer_counts = !rule.proposer_counts;
            break;
        case 1:
            rule.web_suffices = !rule.web_suffices;
            break;
        case 2:
            rule.deputies.clear();
            break;
        default:
            if (rule.consent) {
                rule.consent->shared = !rule.consent->shared;
            }
    }
}

Policy edited(Random& random, const Policy& before) {
    Policy after = before;
    using Edit = void (*)(Random&, Policy&);
    constexpr Edit k_edits[] = {ask_for_more_or_less, ask_for_more_or_less, change_the_people,
                                change_the_people,    exchange_people,      exchange_people,
                                change_a_condition,   change_a_time,        change_a_clause};
    for (std::uint32_t i = 0, count = 1 + random.below(3); i < count; ++i) {
        k_edits[random.below(std::size(k_edits))](random, after);
    }
    if (random.once_in(8)) {
        after.amend_lowering.reset();
    }
    after.index();
    return after;
}

/// For every set of people whether they can act.
std::vector<bool> able(const Policy& policy, const std::optional<RuleName>& rule,
                       const Surroundings& surroundings) {
    const BruteForce brute(policy, *rule, surroundings);
    std::vector<bool> sets;
    for (People set = 0; set < 1U << policy.principals.size(); ++set) {
        sets.push_back(brute.can_act(set));
    }
    return sets;
}

/// The minimal of those who are able under the one and not under the other.
std::vector<std::vector<std::uint32_t>> newly(const std::vector<bool>& now,
                                              const std::vector<bool>& then, std::size_t people) {
    std::vector<std::vector<std::uint32_t>> found;
    for (People set = 0; set < now.size(); ++set) {
        bool is_minimal = now[set] && !then[set];
        std::vector<std::uint32_t> members;
        for (std::uint32_t i = 0; i < people; ++i) {
            is_minimal = is_minimal && !(has(set, i) && now[set & ~(1U << i)]);
            if (has(set, i)) {
                members.push_back(i);
            }
        }
        if (is_minimal) {
            found.push_back(members);
        }
    }
    return found;
}

void check(const CoalitionSet& set, std::vector<std::vector<std::uint32_t>> expected) {
    ASSERT_EQ(set.count, Count(expected.size()));
    std::vector<std::vector<std::uint32_t>> told;
    for (const Coalition& one : set.smallest) {
        told.push_back(one.parties);
        ASSERT_TRUE(one.facts.empty());
    }
    std::sort(told.begin(), told.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(told, expected);
}

/// A truth of the facts, values of the parameters, a time: the same for both policies.
Surroundings random_situation(Random& random, const Policy& policy) {
    Surroundings one;
    for (std::uint32_t fact = 0; fact < 3; ++fact) {
        const std::uint64_t best = 1;
        const std::uint64_t worst = fact == 1 ? 3 : 0;
        one.fixed[static_cast<policy::FactIndex>(fact)] = random.once_in(2) ? best : worst;
    }
    one.parameters = {std::to_string(99 + random.below(3)), std::to_string(99 + random.below(3))};
    one.rested = base::Span{random.once_in(2) ? 3000 : random.below(900)};
    const Action& action = policy.actions[0];
    one.instant = base::Time{action.valid_until  ? action.valid_until->seconds - 1
                             : action.valid_from ? action.valid_from->seconds + 9
                                                 : 1'000'000};
    return one;
}

TEST(PolicyDifference, of_random_pairs_is_what_decide_says_of_every_coalition) {
    std::map<Shift, std::uint64_t> shifts;
    std::uint64_t unlowered = 0;
    for (std::uint64_t seed = 1; seed <= pair_count(); ++seed) {
        Random random(seed);
        const Policy before = random_pair_policy(random);
        const Policy after = edited(random, before);
        const PolicyDifference difference = difference_of(before, after, 1000);
        const auto confirmed = confirm(before, after, difference);
        ASSERT_TRUE(confirmed) << confirmed.error().message << " seed " << seed;
        for (const RuleDifference& rule : difference.rules) {
            SCOPED_TRACE(fmt::format("seed {} {}", seed, rule.name));
            ASSERT_TRUE(rule.settled);
            ++shifts[rule.shift];
            if (rule.shift == Shift::same && !random.once_in(8)) {
                continue;
            }
            const auto then = able(before, rule.before, {});
            const auto now = able(after, rule.after, {});
            const std::size_t people = before.principals.size();
            check(rule.gained, newly(now, then, people));
            check(rule.lost, newly(then, now, people));
            if (HasFatalFailure()) {
                return;
            }
            if (difference.lowering || rule.shift == Shift::lowered) {
                continue;
            }
            for (int i = 0; i < 6; ++i) {
                ++unlowered;
                const Surroundings situation = random_situation(random, before);
                const auto could = able(before, rule.before, situation);
                const auto can = able(after, rule.after, situation);
                ASSERT_TRUE(newly(can, could, people).empty()) << "someone gains";
                ASSERT_TRUE(rule.shift != Shift::same || newly(could, can, people).empty())
                    << "someone loses";
            }
        }
    }
    fmt::print("{} same, {} raised, {} changed, {} lowered; {} situations without gain\n",
               shifts[Shift::same], shifts[Shift::raised], shifts[Shift::changed],
               shifts[Shift::lowered], unlowered);
    EXPECT_GT(shifts[Shift::raised], pair_count() / 10);
    EXPECT_GT(shifts[Shift::changed], pair_count() / 100);
    EXPECT_GT(shifts[Shift::lowered], pair_count() / 10);
}

/// Edits each of which makes a policy looser, or can't be shown not to. False where there is
/// nothing to edit.
using Loosening = bool (*)(Random&, Policy&);

template <typename Span>
bool longer(std::optional<Span>& span) {
    if (span) {
        ++span->seconds;
    }
    return span.has_value();
}
template <typename Span>
bool shorter(std::optional<Span>& span) {
    if (span && --span->seconds == 0) {
        span.reset();
        return true;
    }
    return span.has_value();
}

constexpr Loosening k_loosenings[] = {
    [](Random& random, Policy& policy) { return shorter(some_rule(random, policy).wait); },
    [](Random& random, Policy& policy) { return shorter(some_rule(random, policy).valid_from); },
    [](Random& random, Policy& policy) { return longer(some_rule(random, policy).valid_until); },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        return rule.consent && longer(rule.consent->within);
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        const bool had = rule.wait.has_value();
        rule.wait.reset();
        return had;
    },
    [](Random& random, Policy& policy) {
        ++some_rule(random, policy).expire.seconds;
        return true;
    },
    [](Random& random, Policy& policy) {
        ++policy.facts[random.below(3)].fresh.seconds;
        return true;
    },
    [](Random& random, Policy& policy) {
        policy::Fact& fact = policy.facts[random.below(3)];
        return --fact.need > 0;
    },
    [](Random& random, Policy& policy) {
        policy::Fact& fact = policy.facts[random.below(3)];
        for (PrincipalIndex one = 0; one < policy.principals.size(); ++one) {
            const auto place = std::lower_bound(fact.sources.begin(), fact.sources.end(), one);
            if (place == fact.sources.end() || *place != one) {
                fact.sources.insert(place, one);
                return true;
            }
        }
        return false;
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        const bool had = rule.proposer_counts;
        rule.proposer_counts = true;
        return !had;
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        const bool had = rule.web_suffices;
        rule.web_suffices = true;
        return !had;
    },
    [](Random& random, Policy& policy) {
        some_rule(random, policy).executors.push_back(0);
        return true;
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        const bool had = rule.veto.has_value();
        rule.veto.reset();
        return had;
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        const bool had = rule.seen_by.has_value();
        rule.seen_by.reset();
        return had;
    },
    [](Random& random, Policy& policy) {
        Action& rule = some_rule(random, policy);
        if (!rule.deputies.empty()) {
            --rule.deputies[0].after.seconds;
        }
        return !rule.deputies.empty();
    },
    [](Random&, Policy& policy) {
        if (!policy.emergencies.empty()) {
            ++policy.emergencies[0].most;
        }
        return !policy.emergencies.empty();
    },
    [](Random&, Policy& policy) {
        if (!policy.emergencies.empty()) {
            --policy.emergencies[0].per.seconds;
        }
        return !policy.emergencies.empty();
    },
    [](Random& random, Policy& policy) {
        Policy donor = test_support::random_policy(random);
        policy.principals[0].keys[0].key =
            donor.principals.back().keys[0].key;  // somebody else's, or their own
        return donor.principals.size() > policy.principals.size();
    },
    [](Random&, Policy& policy) {
        if (policy.principals[0].keys.size() > 1) {
            policy.principals[0].keys.pop_back();
            return true;
        }
        return false;
    },
    [](Random& random, Policy& policy) {
        Formula::Node& root = policy.revoke.approve.nodes.back();
        const std::uint32_t before = root.need;
        root.need = 1 + random.below(size_of(root));
        return root.need != before;
    },
    [](Random&, Policy& policy) {
        policy.actions[0].target.push_back({{"x"}, {}, {}});
        return true;
    },
    [](Random& random, Policy& policy) {
        some_rule(random, policy).run.any ^= true;
        return true;
    },
};

TEST(PolicyDifference, every_loosening_of_a_random_policy_lowers) {
    std::vector<std::uint64_t> done(std::size(k_loosenings));
    for (std::uint64_t seed = 1; seed <= pair_count(); ++seed) {
        Random random(seed);
        const Policy before = random_pair_policy(random);
        for (std::size_t i = 0; i < std::size(k_loosenings); ++i) {
            Policy after = before;
            if (!k_loosenings[i](random, after)) {
                continue;
            }
            after.index();
            ++done[i];
            const PolicyDifference difference = difference_of(before, after);
            ASSERT_TRUE(difference.lowering) << "loosening " << i << " of seed " << seed;
            ASSERT_EQ(difference.shift, Shift::lowered) << "loosening " << i << " of seed " << seed;
        }
    }
    for (std::size_t i = 0; i < done.size(); ++i) {
        EXPECT_GT(done[i], 0U) << "loosening " << i;
    }
}

}  // namespace
}  // namespace cheget::analysis
