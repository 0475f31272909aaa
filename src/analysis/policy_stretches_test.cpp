// Times, truths and idle parts against decide(), asked for every coalition on a grid.
// CHEGET_STRETCH_POLICIES, or 60.
#include "analysis/policy_stretches.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "analysis/policy_outlook.h"
#include "policy/policy_test_support.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

using policy::testing::key_text;
using test_support::Random;
using People = std::uint32_t;

bool is_near(long double left, long double right) {
    return std::abs(left - right) < 1e-12L;
}

std::uint64_t policy_count() {
    const char* asked = std::getenv("CHEGET_STRETCH_POLICIES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 60;
}

std::vector<std::uint32_t> members_of(People people) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t i = 0; i < 32; ++i) {
        if ((people >> i & 1U) != 0) {
            members.push_back(i);
        }
    }
    return members;
}

/// Which coalitions decide() permits.
std::vector<bool> acting(const policy::Policy& policy, RuleName rule,
                         const Surroundings& surroundings) {
    const auto formula = PolicyFormula::of(policy, rule, surroundings).value();
    std::vector<bool> acts;
    for (People set = 0; set < 1U << policy.principals.size(); ++set) {
        acts.push_back(formula.permits(members_of(set)));
    }
    return acts;
}

void expect_same(const Ability& able, const std::vector<bool>& acts) {
    std::uint64_t count = 0;
    std::optional<std::uint64_t> smallest;
    for (People set = 0; set < acts.size(); ++set) {
        bool is_minimal = acts[set];
        for (People rest = set; rest != 0 && is_minimal; rest &= rest - 1) {
            is_minimal = !acts[set & ~(rest & (~rest + 1))];
        }
        if (is_minimal) {
            ++count;
            const auto size = static_cast<std::uint64_t>(std::popcount(set));
            smallest = std::min(smallest.value_or(size), size);
        }
    }
    ASSERT_EQ(able.count, Count(count));
    ASSERT_EQ(able.smallest, smallest);
}

TEST(Stretches, are_what_decide_says_at_every_time) {
    std::size_t several = 0;
    for (std::uint64_t seed = 1; seed <= policy_count(); ++seed) {
        Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        for (const RuleName rule : rules_of(policy)) {
            const auto stretches = stretches_of(policy, rule, {}, 3, {});
            ASSERT_TRUE(stretches) << stretches.error().message;
            if (stretches->empty()) {
                continue;
            }
            ASSERT_EQ(stretches->front().from.seconds, 0);
            several += stretches->size() > 1 ? 1U : 0U;
            std::vector<std::int64_t> grid;
            for (const Stretch& one : *stretches) {
                grid.insert(grid.end(),
                            {one.from.seconds - 1, one.from.seconds, one.from.seconds + 1});
            }
            for (int i = 0; i < 6; ++i) {
                grid.push_back(random.below(4000));
            }
            for (const std::int64_t at : grid) {
                const auto stretch =
                    std::find_if(stretches->begin(), stretches->end(), [&](const Stretch& one) {
                        return one.from.seconds <= at && (!one.until || at < one.until->seconds);
                    });
                if (at < 0 || stretch == stretches->end()) {
                    continue;  // the order has expired
                }
                Surroundings then;
                then.rested = base::Span{at};
                const auto acts = acting(policy, rule, then);
                expect_same(stretch->able, acts);
                if (stretch != stretches->begin()) {
                    then.rested = base::Span{stretch->from.seconds - 1};
                    const auto before = acting(policy, rule, then);
                    for (const auto& set : stretch->also) {
                        People people = 0;
                        for (const std::uint32_t one : set) {
                            people |= 1U << one;
                        }
                        ASSERT_TRUE(acts[people] && !before[people]);
                    }
                    ASSERT_FALSE(stretch->also.empty());
                }
                if (HasFatalFailure()) {
                    ADD_FAILURE() << "seed " << seed << " " << to_text(policy, rule) << " at "
                                  << at;
                    return;
                }
            }
        }
    }
    EXPECT_GT(several, 10U);
}

TEST(Truths, are_what_decide_says_of_every_value) {
    std::size_t asked = 0;
    for (std::uint64_t seed = 1; seed <= policy_count(); ++seed) {
        Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        for (const RuleName rule : rules_of(policy)) {
            const auto truths = truths_of(policy, rule, {}, 3, {});
            ASSERT_TRUE(truths) << truths.error().message;
            for (const Truth& truth : *truths) {
                Surroundings then;
                then.fixed = truth.facts;
                expect_same(truth.able, acting(policy, rule, then));
                ++asked;
                if (HasFatalFailure()) {
                    ADD_FAILURE() << "seed " << seed << " " << truth.words;
                    return;
                }
            }
        }
    }
    EXPECT_GT(asked, 50U);
}

/// What a formula says of a set of people and of which conditions hold, one node given.
bool naive(const policy::Formula& formula, People people, std::uint64_t conditions,
           std::optional<std::pair<std::size_t, bool>> given) {
    std::vector<bool> holds;
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        const auto& node = formula.nodes[i];
        std::uint64_t have = 0;
        using Kind = policy::Formula::Node::Kind;
        if (node.kind == Kind::people || node.kind == Kind::weight) {
            for (std::size_t j = 0; j < node.people.size(); ++j) {
                if ((people >> node.people[j] & 1U) != 0) {
                    have += node.kind == Kind::weight ? node.weights[j] : 1;
                }
            }
        } else if (node.kind == Kind::threshold) {
            for (const std::uint32_t child : node.children) {
                have += holds[child] ? 1U : 0U;
            }
        } else {
            have = conditions >> (node.at.column % 64) & 1U;
        }
        holds.push_back(given && given->first == i ? given->second : have >= node.need);
    }
    return holds.back();
}

TEST(IdleParts, a_formula_without_a_part) {
    Random random(7);
    std::size_t compared = 0;
    for (int round = 0; round < 300; ++round) {
        const policy::Policy policy = test_support::random_whole_policy(random);
        policy::Formula formula = policy.actions[0].approve;
        for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
            formula.nodes[i].at.column = static_cast<std::uint32_t>(i);  // names a condition
        }
        for (std::uint32_t part = 0; part + 1 < formula.nodes.size(); ++part) {
            for (const bool holds : {false, true}) {
                const auto rest = without_part(formula, part, holds);
                for (People people = 0; rest && people < 64; ++people) {
                    const std::uint64_t conditions = random.below(1U << 16U);
                    ASSERT_EQ(naive(*rest, people, conditions, std::nullopt),
                              naive(formula, people, conditions, std::pair(part, holds)));
                    ++compared;
                }
            }
        }
    }
    EXPECT_GT(compared, 1000U);
}

policy::Policy policy_of(std::string_view clauses, std::string_view facts = "") {
    const std::string text = fmt::format(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\n"
        "log: prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT\n\n"
        "person alice {{ {} }}\nperson bob {{ {} }}\nperson carol {{ {} }}\nperson dave {{ {} }}\n"
        "machine db1 {{ {} }}\ngroup team = {{ alice, bob, carol }}\n{}\n"
        "action drop on prod/{{name}} {{\n run [\"/bin/drop\", \"{{rows}}\", \"{{name}}\"]\n{}\n"
        " expire 8h\n execute 1 of {{ db1 }}\n}}\n"
        "amend {{ approve 2 of team wait 1d }}\nrevoke {{ approve 1 of team }}\n",
        key_text(1), key_text(2), key_text(3), key_text(4), key_text(5), facts, clauses);
    auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "test");
    return outcome.policy.value_or(policy::Policy{});
}

std::string idle(std::string_view clauses, std::string_view facts = "") {
    std::vector<std::string> told;
    for (const IdlePart& part : idle_parts(policy_of(clauses, facts), {}, {})) {
        told.push_back(part.source + (part.adds_nothing ? " adds nothing" : " is asked anyway"));
    }
    return fmt::format("{}", fmt::join(told, ", "));
}

TEST(IdleParts, are_named) {
    const std::string propose = " propose 1 of { dave }\n approve ";
    EXPECT_EQ(idle(propose + "any of { 1 of team, 2 of team }"), "2 of team adds nothing");
    EXPECT_EQ(idle(propose + "any of { 1 of team, all of { alice, 1 of { bob, carol } } }"),
              "all of { alice, 1 of { bob, carol } } adds nothing");
    EXPECT_EQ(idle(propose + "shared all of { 2 of team, 1 of { alice, bob } }"),
              "1 of { alice, bob } is asked anyway");
    EXPECT_EQ(idle(propose + "all of { 1 of { alice }, 1 of { bob, carol } }"), "");
    // Only with other values of the parameter.
    EXPECT_EQ(idle(propose + "any of { all of { 1 of team, rows <= 1000 }, 2 of team }"), "");
    EXPECT_EQ(idle(propose + "any of { all of { 2 of team, rows <= 1000 }, 2 of team }"),
              "all of { 2 of team, rows <= 1000 } adds nothing");
    // Only above 100.
    EXPECT_EQ(idle(propose + "any of { all of { 1 of team, rows >= 50 },\n"
                             " all of { 1 of team, rows <= 100 }, 2 of team }"),
              "");
    // Only while the fact is not true.
    EXPECT_EQ(idle(propose + "any of { all of { 1 of team, ok is true }, 2 of team }",
                   "fact ok: bool from 1 of { db1 } fresh 1h"),
              "");
    // Only until the deputy's hour, when dave can stand in for alice.
    EXPECT_EQ(idle(" propose 1 of { bob }\n approve any of { 1 of { alice }, 1 of { carol } }\n"
                   " deputy dave for alice after 1h"),
              "");
}

TEST(IdleParts, change_nothing_for_any_coalition) {
    std::size_t found = 0;
    for (std::uint64_t seed = 1; seed <= 4 * policy_count(); ++seed) {
        Random random(seed);
        policy::Policy policy = test_support::random_whole_policy(random);
        auto& approve = policy.actions[0].approve;
        for (std::size_t i = 0; i < approve.nodes.size(); ++i) {
            approve.nodes[i].source = fmt::format("{}", i);
        }
        for (const IdlePart& part : idle_parts(policy, {}, {})) {
            for (std::uint32_t i = 0; i + 1 < approve.nodes.size(); ++i) {
                if (approve.nodes[i].source != part.source) {
                    continue;
                }
                const auto rest = without_part(approve, i, !part.adds_nothing);
                if (!rest) {
                    continue;
                }
                policy::Policy changed = policy;
                changed.actions[0].approve = *rest;
                for (int situation = 0; situation < 6; ++situation) {
                    Surroundings then;
                    for (std::size_t fact = 0; fact < policy.facts.size(); ++fact) {
                        if (random.once_in(2)) {
                            then.fixed[static_cast<policy::FactIndex>(fact)] = random.below(3);
                        }
                    }
                    if (random.once_in(2)) {
                        then.rested = base::Span{random.below(900)};
                    }
                    ASSERT_EQ(acting(policy, {}, then), acting(changed, {}, then))
                        << "seed " << seed << " " << part.source;
                }
                ++found;
            }
        }
    }
    EXPECT_GT(found, 20U);
}

TEST(Outlook, witnesses_by_their_quorum) {
    policy::Policy policy = policy_of(" propose 1 of { dave }\n approve 2 of team");
    EXPECT_FALSE(witness_faults(policy));
    for (const auto& [n, k, time, forks, liveness] :
         {std::array{3U, 2U, 1U, 0U, 1U}, std::array{4U, 3U, 2U, 1U, 1U},
          std::array{7U, 5U, 4U, 2U, 2U}, std::array{1U, 1U, 0U, 0U, 0U}}) {
        policy.witnesses.assign(n, {});
        policy.witnesses_needed = k;
        const auto faults = witness_faults(policy);
        ASSERT_TRUE(faults);
        EXPECT_EQ(faults->time, time);
        EXPECT_EQ(faults->forks, forks);
        EXPECT_EQ(faults->liveness, liveness);
    }
}

TEST(Outlook, a_page_and_who_must_join_it) {
    policy::Policy policy = policy_of(" propose 1 of { dave }\n approve 2 of team");
    for (const std::size_t one : {0U, 1U}) {
        policy.principals[one].keys[0].web_origin = "https://page.example";
    }
    const auto pages = pages_of(policy, {}, 5, {});
    ASSERT_TRUE(pages) << pages.error().message;
    ASSERT_EQ(pages->size(), 1U);
    const PageReach& page = pages->front();
    EXPECT_EQ(page.people.size(), 2U);
    EXPECT_EQ(page.with_page.smallest, 2U);  // carol, for a voice outside pages, and dave
    EXPECT_TRUE(page.is_needed);
}

TEST(Outlook, amending_first_goes_by_the_harder_rule) {
    policy::Policy policy = policy_of(" propose 1 of { dave }\n approve 2 of team");
    auto first = amend_first(policy, 5, {});
    EXPECT_EQ(first->able.smallest, 2U);
    EXPECT_EQ(first->wait.seconds, 86'400);
    policy.amend_lowering = policy.amend;
    policy.amend_lowering->approve.nodes.back().need = 3;
    policy.amend_lowering->wait.reset();
    first = amend_first(policy, 5, {});
    EXPECT_EQ(first->able.smallest, 3U);
    EXPECT_EQ(first->wait.seconds, 0);
}

TEST(Outlook, odds_and_power_of_a_rule) {
    const policy::Policy policy = policy_of(" propose 1 of { dave }\n approve 2 of team");
    Odds odds{std::vector<long double>(5, 0.9L), std::vector<long double>(5, 0.1L)};
    const auto weights = weights_of(policy, {}, {}, odds, {});
    ASSERT_TRUE(weights);
    EXPECT_TRUE(is_near(weights->likelihood->quorum, 0.9L * (3 * 0.81L * 0.1L + 0.729L)));
    EXPECT_TRUE(is_near(weights->likelihood->breach, 0.1L * (3 * 0.01L * 0.9L + 0.001L)));
    ASSERT_EQ(weights->power.size(), 4U);  // the machine decides nothing
    EXPECT_EQ(weights->power[0].principal, 3U);
    EXPECT_TRUE(is_near(weights->power[0].banzhaf, 0.5));
    EXPECT_TRUE(is_near(weights->power[0].shapley, 0.5));
    EXPECT_TRUE(is_near(weights->power[1].banzhaf, 0.25));
}

}  // namespace
}  // namespace cheget::analysis
