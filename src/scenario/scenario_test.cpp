// A scenario that says the wrong thing fails: answers, reasons, times and refusals are compared.
#include "scenario/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace cheget::scenario {
namespace {

using testing::HasSubstr;

policy::Policy read_policy(std::string_view name) {
    const char* source = std::getenv("CHEGET_SOURCE");
    std::ifstream stream(
        std::string(source != nullptr ? source : ".") + "/tests/" + std::string(name),
        std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    return policy::check_policy(text).policy.value();
}

constexpr std::string_view k_order =
    "policy p\nscenario s\n  given order drop on prod/books by alice at 2026-08-01T10:00:00Z\n";

Check play_one(std::string_view policy, const std::string& text) {
    Policies policies;
    policies.emplace("p", read_policy(policy));
    const ParseOutcome parsed = parse(text);
    EXPECT_TRUE(parsed.file) << policy::to_text(parsed.diagnostics, "");
    const PlayOutcome played = play(*parsed.file, text, policies);
    EXPECT_EQ(played.scenarios.size(), 1U) << policy::to_text(played.diagnostics, "");
    return played.scenarios.at(0).checks.at(0);
}

/// The one order of minimal.policy, with this after it.
Check after_order(std::string_view lines) {
    return play_one("policies/good/minimal.policy", std::string(k_order) + std::string(lines));
}

TEST(Scenario, another_answer_fails) {
    EXPECT_TRUE(after_order("  when bob, carol approve\n  then permit\n").holds);
    EXPECT_FALSE(after_order("  when bob, carol approve\n  then wait\n").holds);
    EXPECT_FALSE(after_order("  when bob, carol approve\n  then deny\n").holds);
    EXPECT_FALSE(after_order("  when bob, carol approve\n  then refused\n").holds);
    EXPECT_FALSE(after_order("  when bob approves\n  then permit\n").holds);
}

TEST(Scenario, another_reason_fails) {
    EXPECT_TRUE(after_order("  then wait approvals missing\n").holds);
    EXPECT_FALSE(after_order("  then wait consent missing\n").holds);
    EXPECT_TRUE(after_order("  when alice withdraws\n  then deny withdrawn\n").holds);
    EXPECT_FALSE(after_order("  when alice withdraws\n  then deny vetoed\n").holds);
}

TEST(Scenario, another_time_fails) {
    EXPECT_TRUE(after_order("  when bob, carol approve\n  then permit until +8h\n").holds);
    EXPECT_FALSE(after_order("  when bob, carol approve\n  then permit until +7h\n").holds);
    EXPECT_TRUE(after_order("  when now is +5m\n  then wait until +5m\n").holds);
    EXPECT_FALSE(after_order("  when now is +5m\n  then wait until +4m\n").holds);
}

TEST(Scenario, another_refusal_fails) {
    const std::string order =
        "policy p\nscenario s\n  given order drop on test/x by alice at 2026-08-01T10:00:00Z\n";
    const auto refused = [&](std::string_view then) {
        return play_one("policies/good/minimal.policy", order + std::string(then));
    };
    EXPECT_TRUE(refused("  then refused\n").holds);
    EXPECT_TRUE(refused("  then refused is not one of `drop`\n").holds);
    EXPECT_FALSE(refused("  then refused lacks the parameter\n").holds);
    EXPECT_FALSE(refused("  then deny\n").holds);
    EXPECT_THAT(refused("  then refused\n").came, HasSubstr("refused the target"));
}

/// Votes through the web alone need a direct voice beside them.
TEST(Scenario, who_has_only_web_keys_speaks_through_them) {
    policy::Policy policy = read_policy("policies/good/minimal.policy");
    for (policy::Principal& principal : policy.principals) {
        if (principal.name == "bob") {
            principal.keys[0].web_origin = "https://acme.example";
        }
        if (principal.name == "carol") {
            principal.keys.push_back(principal.keys[0]);
            principal.keys.back().web_origin = "https://acme.example";
        }
    }
    const auto came = [&](std::string_view line) {
        const std::string text = std::string(k_order) + std::string(line) + "  then permit\n";
        Policies policies;
        policies.emplace("p", policy);
        return play(*parse(text).file, text, policies).scenarios.at(0).checks.at(0).came;
    };
    EXPECT_THAT(came("  when bob, carol approve\n"), HasSubstr("permit"));
    EXPECT_THAT(came("  when bob approves\n  when carol approves through web\n"),
                HasSubstr("wait no direct voice"));
}

/// Explanations cite statements by their lines, or by their times where there is no file.
TEST(Scenario, explanations_cite_lines_or_times) {
    const std::string text = std::string(k_order) + "  when bob approves at +5m\n  then permit\n";
    Policies policies;
    policies.emplace("p", read_policy("policies/good/minimal.policy"));
    const File file = *parse(text).file;
    EXPECT_THAT(play(file, text, policies).scenarios.at(0).checks.at(0).result.explanation,
                HasSubstr("bob (line 4)"));
    const auto told = play(file, text, policies, Cite::time).scenarios.at(0).checks.at(0);
    EXPECT_THAT(told.result.explanation, HasSubstr("bob (at 2026-08-01T10:05:00Z)"));
    EXPECT_THAT(told.result.missing, HasSubstr("carol can approve"));
}

/// A policy that is named and not at hand is a complaint, not a pass.
TEST(Scenario, a_policy_that_is_not_at_hand_is_told) {
    const std::string text = std::string(k_order) + "  then permit\n";
    const PlayOutcome played = play(*parse(text).file, text, {});
    EXPECT_TRUE(played.scenarios.empty());
    ASSERT_EQ(played.diagnostics.size(), 1U);
}

/// However many scenarios fail, what is said of them stays within a bound.
TEST(Scenario, explanations_are_bounded) {
    std::string text = "policy p\n";
    const std::string order = "\n given order drop on prod/x by alice at 2026-08-01T10:00:00Z\n";
    for (int i = 0; i < 300; ++i) {
        text += "scenario " + std::to_string(i) + order;
        for (std::size_t j = 0; j < k_most_checks; ++j) {
            text += " then deny\n";
        }
    }
    policy::Policy policy = read_policy("policies/good/minimal.policy");
    policy.actions[0].approve.nodes[0].source = std::string(1000, 'x');  // told twice
    Policies policies;
    policies.emplace("p", policy);
    const PlayOutcome played = play(*parse(text).file, text, policies);
    ASSERT_EQ(played.scenarios.size(), 300U);
    std::size_t bytes = 0;
    for (const Played& scenario : played.scenarios) {
        for (const Check& check : scenario.checks) {
            bytes += check.result.explanation.size();
        }
    }
    EXPECT_GT(bytes, k_most_explained_bytes / 2);
    EXPECT_LT(bytes, k_most_explained_bytes + 300 * k_most_checks * 64);
    EXPECT_THAT(played.scenarios.back().checks.back().result.explanation, HasSubstr("left out"));
}

TEST(Scenario, a_file_that_is_too_long_is_refused) {
    EXPECT_FALSE(parse(std::string(k_longest_file + 1, ' ')).file);
}

/// Every reason but those that no `then` can name is written and read alike.
TEST(Scenario, reasons_have_words) {
    for (std::size_t i = 0; i < policy::k_reason_count; ++i) {
        EXPECT_NE(name_of(static_cast<policy::Reason>(i)), "") << i;
    }
}

}  // namespace
}  // namespace cheget::scenario
