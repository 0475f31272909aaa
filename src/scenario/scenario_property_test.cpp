// What a scenario file says of an answer is what decide() answers: random cases of the whole
// language written out as scenarios, read and played. CHEGET_TWIN_CASES / 50 of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/time.h"
#include "policy/compile.h"
#include "policy/templates.h"
#include "scenario/scenario.h"
#include "support/whole_cases.h"

namespace cheget::scenario {
namespace {

using policy::Voice;
using statement::Verdict;
using test_support::Random;
using test_support::WholeCase;

std::uint64_t case_count() {
    const char* asked = std::getenv("CHEGET_TWIN_CASES");
    return (asked != nullptr ? std::strtoull(asked, nullptr, 10) : 1'000'000) / 50;
}

/// The action as bind() can tie an order to it: a target, and a command that takes all parameters
/// and names so many files.
void make_bindable(policy::Action& action, std::uint32_t files) {
    action.target = policy::parse_target("prod/db").value();
    action.parameters.resize(2);
    action.files.clear();
    action.run.argv = {policy::parse_template("/bin/act").value()};
    for (std::uint32_t file = 0; file < files; ++file) {
        action.files.push_back(static_cast<std::uint32_t>(action.parameters.size()));
        action.parameters.push_back(
            {fmt::format("f{}", file), policy::Parameter::From::file, false});
    }
    for (policy::Parameter& parameter : action.parameters) {
        if (parameter.from != policy::Parameter::From::file) {
            parameter.from = policy::Parameter::From::deed;
        }
        action.run.argv.push_back(
            policy::parse_template(fmt::format("{{{}}}", parameter.name)).value());
    }
}

policy::Policy bindable(const policy::Policy& policy, const WholeCase& one) {
    policy::Policy changed = policy;
    changed.has_log = one.evidence.has_log;
    make_bindable(changed.actions[0], one.situation.files);
    for (policy::Emergency& emergency : changed.emergencies) {
        emergency.action = 0;
        emergency.rule.name = changed.actions[0].name;
        make_bindable(emergency.rule, one.situation.files);
    }
    changed.index();
    return changed;
}

/// The case, less what a file can't say: words of the future, of values that a fact lacks, and
/// votes that name what was not signed before them.
WholeCase sayable(const policy::Policy& policy, const WholeCase& one) {
    WholeCase said = one;
    const base::Time now = one.evidence.now_low;
    const auto& nodes = test_support::rule_of(policy, one).approve.nodes;
    const bool in_sequence =
        std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.in_sequence; });
    said.voices.clear();
    for (Voice voice : one.voices) {
        if (voice.start > now) {
            continue;
        }
        if (voice.verdict != Verdict::approve || voice.stands_for == voice.by) {
            voice.stands_for = policy::k_nobody;
        }
        const auto named =
            std::find_if(said.voices.begin(), said.voices.end(),
                         [&](const Voice& other) { return other.statement == voice.after; });
        const bool is_latest =
            in_sequence && named != said.voices.end() && named->verdict == Verdict::approve &&
            std::none_of(named + 1, said.voices.end(), [&](const Voice& other) {
                return other.by == named->by && other.verdict == Verdict::approve;
            });
        voice.after = is_latest ? voice.after : policy::k_no_statement;
        said.voices.push_back(voice);
    }
    std::erase_if(said.facts, [&](const policy::FactStatement& fact) {
        return !fact.value || *fact.value > policy.facts[fact.fact].highest || fact.start > now;
    });
    if (!said.evidence.has_log) {
        said.evidence.order_start = said.situation.proposed;
    }
    return said;
}

std::string text_of(const policy::Policy& policy, const WholeCase& one) {
    const auto& situation = one.situation;
    const auto name_of = [&](policy::PrincipalIndex person) {
        return policy.principals[person].name;
    };
    std::string text = fmt::format(
        "policy random.policy\nscenario a random case\n  given {}order {} on prod/db by {} at {} "
        "expires {}",
        situation.emergency ? "emergency " : "", policy.actions[0].name,
        name_of(situation.proposer), base::to_text(situation.proposed),
        base::to_text(situation.expires));
    if (one.evidence.has_log) {
        text += fmt::format(" logged {}", base::to_text(one.evidence.order_start));
    }
    text += fmt::format("\n  given parameter rows {}\n  given parameter limit {}\n",
                        situation.parameters[0], situation.parameters[1]);
    for (std::uint32_t file = 0; file < situation.files; ++file) {
        text += fmt::format("  given parameter f{} /f{}\n  given file /f{} sha256:{:064}\n", file,
                            file, file, file);
    }
    std::vector<std::string> claims;
    for (const base::Time claim : one.claims) {
        claims.push_back(base::to_text(claim));
    }
    if (!claims.empty()) {
        text += fmt::format("  given claims at {}\n", fmt::join(claims, ", "));
    }
    for (const policy::FactStatement& said : one.facts) {
        const bool about_file = policy.facts[said.fact].about == policy::Fact::About::file;
        text +=
            fmt::format("  when {}{} is {} from {} at {} dated {}\n", policy.facts[said.fact].name,
                        about_file ? fmt::format("(/f{})", said.file) : "", *said.value,
                        name_of(said.source), base::to_text(said.start), base::to_text(said.at));
    }
    for (const Voice& voice : one.voices) {
        std::string options;
        if (voice.stands_for != policy::k_nobody) {
            options += fmt::format(" for {}", name_of(voice.stands_for));
        }
        for (const Voice& other : one.voices) {
            if (other.statement == voice.after) {
                options += fmt::format(" after {}", name_of(other.by));
            }
        }
        text += fmt::format("  when {} {}{}{} at {}\n", name_of(voice.by),
                            statement::name_of(voice.verdict), voice.web ? " through web" : "",
                            options, base::to_text(voice.start));
    }
    return text +
           fmt::format("  when now is {}\n  then permit\n", base::to_text(one.evidence.now_low));
}

policy::Decision ask(const policy::Policy& policy, const WholeCase& one) {
    policy::Question question;
    question.proposer = one.situation.proposer;
    question.proposed = one.situation.proposed;
    question.expires = one.situation.expires;
    if (one.situation.emergency) {
        question.emergency = 0;
    }
    std::vector<std::string> parameters = one.situation.parameters;
    for (std::uint32_t file = 0; file < one.situation.files; ++file) {
        parameters.push_back(fmt::format("/f{}", file));
    }
    question.parameters = parameters;
    question.files = one.situation.files;
    return policy::decide_question(policy::Rules(policy).impl(), question, one.voices,
                                   one.evidence_at(one.evidence.now_low), nullptr);
}

TEST(ScenarioProperty, a_verdict_is_what_decide_answers) {
    const std::uint64_t cases = case_count();
    std::array<std::uint64_t, 3> answers{};
    for (std::uint64_t done = 0, seed = 1; done < cases; ++seed) {
        Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        for (int i = 0; i < 10 && done < cases; ++i, ++done) {
            SCOPED_TRACE(fmt::format("seed {} case {}", seed, i));
            const WholeCase one = sayable(policy, test_support::random_whole_case(random, policy));
            Policies policies;
            policies.emplace("random.policy", bindable(policy, one));
            const policy::Decision expected = ask(policies.begin()->second, one);
            const std::string text = text_of(policy, one);
            const ParseOutcome parsed = parse(text);
            ASSERT_TRUE(parsed.file) << policy::to_text(parsed.diagnostics, "") << text;
            const PlayOutcome played = play(*parsed.file, text, policies);
            ASSERT_TRUE(played.diagnostics.empty())
                << policy::to_text(played.diagnostics, "") << text;
            const Check& check = played.scenarios.at(0).checks.at(0);
            ASSERT_FALSE(check.result.refused) << check.result.refusal << "\n" << text;
            ASSERT_EQ(check.result.decision, expected)
                << text << check.came << "\ninstead of " << to_text(expected);
            ASSERT_EQ(check.holds, expected.answer == policy::Answer::permit);
            ++answers[static_cast<std::size_t>(expected.answer)];
        }
    }
    fmt::print("{} cases: permit {}, wait {}, deny {}\n", cases, answers[0], answers[1],
               answers[2]);
    for (const std::uint64_t share : answers) {
        EXPECT_GE(share * 10, cases) << "each answer must be a tenth of the cases at least";
    }
}

/// The offsets of `then … until` and of `at` mean the same as the instants that they stand for.
TEST(ScenarioProperty, spans_run_from_the_proposal) {
    for (std::uint32_t i = 0; i < 200; ++i) {
        Random random(i);
        const policy::Policy policy = test_support::random_whole_policy(random);
        const WholeCase one = sayable(policy, test_support::random_whole_case(random, policy));
        Policies policies;
        policies.emplace("random.policy", bindable(policy, one));
        const std::string text = text_of(policy, one);
        std::string relative = text;
        const std::string proposed = base::to_text(one.situation.proposed);
        const std::size_t order_end = relative.find('\n', relative.find("given"));
        for (std::size_t at = relative.find("1970-", order_end); at != std::string::npos;
             at = relative.find("1970-", at)) {
            const auto time = base::parse_time(relative.substr(at, proposed.size()));
            const std::int64_t offset = time.value().seconds - one.situation.proposed.seconds;
            relative.replace(at, proposed.size(),
                             fmt::format("{}{}s", offset < 0 ? "-" : "+", std::abs(offset)));
        }
        const auto file = parse(text).file;
        const auto other = parse(relative).file;
        ASSERT_TRUE(file && other) << relative;
        const PlayOutcome played = play(*file, text, policies);
        const PlayOutcome again = play(*other, relative, policies);
        ASSERT_EQ(played.scenarios.size(), 1U) << policy::to_text(played.diagnostics, "");
        ASSERT_EQ(again.scenarios.size(), 1U) << policy::to_text(again.diagnostics, "");
        EXPECT_EQ(played.scenarios[0].checks[0].result.decision,
                  again.scenarios[0].checks[0].result.decision)
            << relative;
    }
}

}  // namespace
}  // namespace cheget::scenario
