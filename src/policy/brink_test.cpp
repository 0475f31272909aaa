// "One more loss", compared with decide(): every way to speak is tried for every loss.
#include "policy/brink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/compile.h"
#include "policy/policy_test_support.h"
#include "support/whole_cases.h"

namespace cheget::policy {
namespace {

using statement::Verdict;
using test_support::Random;
using ::testing::ElementsAre;

constexpr base::Time k_proposed{1'000'000};
constexpr base::Time k_late{k_proposed.seconds + 20 * 86'400};

/// Whether a rule of a small policy permits in some way, by decide() alone.
class BruteForce {
  public:
    BruteForce(const Policy& policy, const LostKeys& lost) : policy_(policy), rules_(policy) {
        for (std::size_t i = 0; i < policy.principals.size(); ++i) {
            std::size_t left = 0;
            bool direct = false;
            for (std::size_t key = 0; key < policy.principals[i].keys.size(); ++key) {
                if (!lost[i][key]) {
                    ++left;
                    direct = direct || !policy.principals[i].keys[key].web_origin;
                }
            }
            speaks_.push_back(left > 0);
            direct_.push_back(direct);
        }
    }

    bool permits(Brink::Rule kind, std::size_t number) {
        const std::size_t people = policy_.principals.size();
        for (unsigned silent = 0; silent < 1U << people; ++silent) {
            if (kind >= Brink::Rule::everyday_amend) {
                if (permits_change(kind == Brink::Rule::amend            ? Change::amend
                                   : kind == Brink::Rule::everyday_amend ? Change::everyday_amend
                                                                         : Change::revoke,
                                   silent)) {
                    return true;
                }
                continue;
            }
            for (std::size_t proposer = 0; proposer < people; ++proposer) {
                if (speaks_[proposer] && permits_order(kind, number, proposer, silent)) {
                    return true;
                }
            }
        }
        return false;
    }

  private:
    bool is_speaking(std::size_t person, unsigned silent) const {
        return speaks_[person] && (silent >> person & 1U) == 0;
    }

    Voice voice_of(std::size_t person, Verdict verdict) {
        Voice voice;
        voice.by = static_cast<PrincipalIndex>(person);
        voice.verdict = verdict;
        voice.web = !direct_[person];
        voice.start = k_proposed;
        voice.statement = next_++;
        return voice;
    }

    bool permits_change(Change change, unsigned silent) {
        next_ = 0;
        std::vector<Voice> voices;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            if (is_speaking(i, silent)) {
                voices.push_back(voice_of(i, Verdict::approve));
            }
        }
        Evidence evidence{.now_low = k_late, .now_high = k_late, .has_log = true};
        evidence.order_start = k_proposed;
        return decide_change(rules_, change, voices, evidence).answer == Answer::permit;
    }

    bool permits_order(Brink::Rule kind, std::size_t number, std::size_t proposer,
                       unsigned silent) {
        const Action& action = kind == Brink::Rule::action ? policy_.actions[number]
                                                           : policy_.emergencies[number].rule;
        next_ = 0;
        std::vector<Voice> voices;
        std::vector<Voice> approvals;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            if (!is_speaking(i, silent)) {
                continue;
            }
            approvals.push_back(voice_of(i, Verdict::approve));
            voices.push_back(voice_of(i, Verdict::consent));
            voices.push_back(voice_of(i, Verdict::seen));
            for (const Deputy& deputy : action.deputies) {
                if (deputy.deputy == i) {
                    approvals.push_back(voice_of(i, Verdict::approve));
                    approvals.back().stands_for = deputy.stands_for;
                }
            }
        }
        // Whoever consents has spoken; who has a deputy may keep silent altogether.
        add_chains(action, approvals, voices);
        voices.insert(voices.end(), approvals.begin(), approvals.end());
        const std::vector<FactStatement> facts = facts_of(action);
        Evidence evidence{.now_low = k_late, .now_high = k_late, .facts = facts, .has_log = true};
        evidence.order_start = k_proposed;
        const std::vector<std::string> parameters(action.parameters.size(), "100");
        Question question;
        question.action = kind == Brink::Rule::action ? number : policy_.emergencies[number].action;
        question.proposer = static_cast<PrincipalIndex>(proposer);
        question.proposed = k_proposed;
        question.expires = k_late + base::Span{86'400};
        question.parameters = parameters;
        question.files = 1;
        if (kind == Brink::Rule::emergency) {
            question.emergency = number;
        }
        return decide_question(rules_.impl(), question, voices, evidence, nullptr).answer ==
               Answer::permit;
    }

    /// For a sequence of n parts every approval after every chain of up to n - 1 others.
    void add_chains(const Action& action, const std::vector<Voice>& approvals,
                    std::vector<Voice>& voices) {
        const auto sequence = std::find_if(action.approve.nodes.begin(), action.approve.nodes.end(),
                                           [](const auto& node) { return node.in_sequence; });
        if (sequence == action.approve.nodes.end()) {
            return;
        }
        std::vector<Voice> ends = approvals;
        for (std::size_t part = 1; part < sequence->children.size(); ++part) {
            std::vector<Voice> longer;
            for (const Voice& end : ends) {
                for (Voice voice : approvals) {
                    if (voice.by != end.by) {
                        voice.after = end.statement;
                        voice.statement = next_++;
                        longer.push_back(voice);
                    }
                }
            }
            voices.insert(voices.end(), longer.begin(), longer.end());
            ends = std::move(longer);
        }
    }

    std::vector<FactStatement> facts_of(const Action& action) const {
        std::vector<FactStatement> said;
        for (std::size_t i = 0; i < policy_.facts.size(); ++i) {
            bool at_most = false;
            for (const Formula::Node& node : action.approve.nodes) {
                at_most = at_most || (node.kind == Formula::Node::Kind::fact && node.fact == i &&
                                      node.compare == Compare::at_most);
            }
            for (PrincipalIndex source : policy_.facts[i].sources) {
                if (speaks_[source]) {
                    FactStatement one;
                    one.fact = static_cast<FactIndex>(i);
                    one.source = source;
                    one.value = at_most ? 0 : 1'000'000;
                    one.at = k_late;
                    one.start = k_late;
                    said.push_back(one);
                }
            }
        }
        return said;
    }

    const Policy& policy_;
    Rules rules_;
    std::vector<bool> speaks_;
    std::vector<bool> direct_;
    std::uint32_t next_ = 0;
};

/// Periods are left out: the brink is about people, not times.
Policy random_timeless_policy(Random& random) {
    Policy policy = test_support::random_whole_policy(random);
    const auto make_timeless = [](Action& action) {
        action.valid_from.reset();
        action.valid_until.reset();
    };
    std::for_each(policy.actions.begin(), policy.actions.end(), make_timeless);
    for (Emergency& emergency : policy.emergencies) {
        make_timeless(emergency.rule);
        emergency.most = std::max(emergency.most, 1U);
    }
    return policy;
}

LostKeys random_losses(Random& random, const Policy& policy) {
    LostKeys lost;
    for (const Principal& principal : policy.principals) {
        std::vector<bool>& keys = lost.emplace_back();
        for (std::size_t i = 0; i < principal.keys.size(); ++i) {
            keys.push_back(random.once_in(8));
        }
    }
    return lost;
}

struct Expected {
    bool bricked = false;
    std::vector<PrincipalIndex> people;
    std::vector<std::pair<PrincipalIndex, std::size_t>> keys;
    bool operator==(const Expected&) const = default;
};

Expected look(const Policy& policy, const LostKeys& lost, Brink::Rule kind, std::size_t number) {
    Expected expected;
    expected.bricked = !BruteForce(policy, lost).permits(kind, number);
    if (expected.bricked) {
        return expected;
    }
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        const auto left = std::count(lost[i].begin(), lost[i].end(), false);
        LostKeys more = lost;
        std::fill(more[i].begin(), more[i].end(), true);
        if (left > 0 && !BruteForce(policy, more).permits(kind, number)) {
            expected.people.push_back(static_cast<PrincipalIndex>(i));
        }
        for (std::size_t key = 0; left > 1 && key < lost[i].size(); ++key) {
            more = lost;
            more[i][key] = true;
            if (!lost[i][key] && !BruteForce(policy, more).permits(kind, number)) {
                expected.keys.emplace_back(static_cast<PrincipalIndex>(i), key);
            }
        }
    }
    return expected;
}

TEST(BrinkProperty, one_more_loss_is_what_decide_says) {
    std::size_t bricked = 0;
    std::size_t near = 0;
    std::size_t by_key = 0;
    std::size_t safe = 0;
    for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
        Random random(seed);
        const Policy policy = random_timeless_policy(random);
        const LostKeys lost = random_losses(random, policy);
        const std::vector<Brink> brinks = find_brinks(policy, lost);
        const auto check = [&](Brink::Rule kind, std::size_t number) {
            SCOPED_TRACE(fmt::format("seed {} rule {} {}", seed, static_cast<int>(kind), number));
            const auto found = std::find_if(brinks.begin(), brinks.end(), [&](const Brink& one) {
                return one.rule == kind && one.number == number;
            });
            Expected got;
            if (found != brinks.end()) {
                got.bricked = found->bricked;
                got.people = found->people;
                for (const Policy::KeyPlace& key : found->keys) {
                    got.keys.emplace_back(key.principal, key.key);
                }
            }
            const Expected expected = look(policy, lost, kind, number);
            ASSERT_EQ(got.bricked, expected.bricked);
            ASSERT_EQ(got.people, expected.people);
            ASSERT_EQ(got.keys, expected.keys);
            bricked += got.bricked ? 1U : 0U;
            near += got.people.empty() ? 0U : 1U;
            by_key += got.keys.empty() ? 0U : 1U;
            safe += found == brinks.end() ? 1U : 0U;
        };
        for (std::size_t i = 0; i < policy.actions.size(); ++i) {
            check(Brink::Rule::action, i);
        }
        for (std::size_t i = 0; i < policy.emergencies.size(); ++i) {
            check(Brink::Rule::emergency, i);
        }
        check(Brink::Rule::amend, 0);
        if (policy.amend_lowering) {
            check(Brink::Rule::everyday_amend, 0);
        }
        check(Brink::Rule::revoke, 0);
        if (HasFatalFailure()) {
            return;
        }
    }
    EXPECT_GT(bricked, 50U);
    EXPECT_GT(near, 50U);
    EXPECT_GT(by_key, 3U);
    EXPECT_GT(safe, 50U);
}

Policy small() {
    ParseOutcome outcome = check_policy(testing::small_policy());
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "small");
    return std::move(*outcome.policy);
}

std::vector<std::string> words_of(const Policy& policy, const LostKeys& lost) {
    std::vector<std::string> words;
    for (const Brink& brink : find_brinks(policy, lost)) {
        words.push_back(to_words(policy, brink));
    }
    return words;
}

/// Two of three approve, and the proposer's own approval does not count: everyone is needed.
TEST(Brink, a_rule_that_needs_everyone) {
    const Policy policy = small();
    EXPECT_THAT(words_of(policy, {}),
                ElementsAre("drop: once alice, bob or carol is lost, nobody can satisfy it",
                            "any: once alice, bob or carol is lost, nobody can satisfy it"));
}

TEST(Brink, revoked_keys_count) {
    const Policy policy = small();
    const auto words = words_of(policy, {{}, {true}});
    ASSERT_EQ(words.size(), 3U);
    EXPECT_EQ(words[0],
              "drop: too few keys are left, so that nobody can satisfy it any more; amend the "
              "policy while that can be done");
    EXPECT_EQ(words[2],
              "amend: once alice or carol is lost, nobody can satisfy it, and this policy can "
              "never be changed again");
    EXPECT_THAT(words_of(policy, {{true}, {true}}),
                ::testing::Contains("amend: too few keys are left, so that nobody can satisfy it "
                                    "any more, and this policy can never be changed again"));
}

}  // namespace
}  // namespace cheget::policy
