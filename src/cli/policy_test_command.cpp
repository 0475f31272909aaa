// policy test: runs scenario files and says which answers came out otherwise.
#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "policy/diagnostics.h"
#include "scenario/scenario.h"

namespace cheget::cli {

namespace {

using base::Result;

/// A file, played, or why it can't be.
struct Tested {
    std::string file;
    std::vector<scenario::Played> scenarios;
    std::string error;  ///< empty when it was played
};

/// The policy that a scenario file names, or the complaints as one text.
Result<policy::Policy> load_policy(const std::string& path) {
    const PolicyFile read = TRY(read_policy_file(path));
    if (!read.text.starts_with("cheget policy ")) {  // nothing of another file is shown to anyone
        return base::bad_input(fmt::format(
            "reading the policy {}: it does not begin with `cheget policy v1`", base::shown(path)));
    }
    policy::ParseOutcome outcome = analysis::held(policy::check_policy(read.text), read.text);
    if (!outcome.policy) {
        return base::bad_input("checking the policy:\n" +
                               policy::to_text(outcome.diagnostics, base::shown(path)));
    }
    return std::move(*outcome.policy);
}

Result<scenario::Policies> load_policies(const scenario::File& file,
                                         const std::filesystem::path& folder) {
    scenario::Policies policies;
    for (const scenario::Word& path : file.policies()) {
        policies.emplace(path.text, TRY(load_policy((folder / path.text).string())));
    }
    return policies;
}

Result<std::vector<scenario::Played>> play(const std::string& file) {
    const std::string text = TRY(read_input(file, scenario::k_longest_file));
    const auto refuse = [&](const std::vector<policy::Diagnostic>& diagnostics) {
        return base::bad_input("reading the scenarios:\n" +
                               policy::to_text(diagnostics, base::shown(file)));
    };
    const scenario::ParseOutcome parsed = scenario::parse(text);
    if (!parsed.file) {
        return refuse(parsed.diagnostics);
    }
    const std::filesystem::path folder =
        file == "-" ? std::filesystem::path() : std::filesystem::path(file).parent_path();
    const scenario::Policies policies = TRY(load_policies(*parsed.file, folder));
    scenario::PlayOutcome played = scenario::play(*parsed.file, text, policies);
    if (!played.diagnostics.empty()) {
        return refuse(played.diagnostics);
    }
    return std::move(played.scenarios);
}

std::string indented(std::string_view text, std::string_view indent) {
    std::string lines;
    while (!text.empty()) {
        lines += fmt::format("{}{}\n", indent, base::take_until(text, '\n'));
    }
    return lines;
}

void tell(Session& session, const std::string& file, const scenario::Played& played) {
    const std::string place = fmt::format("{}:{}", base::shown(file), played.at.line);
    if (played.holds()) {
        session.say("{}      {} {}\n", session.good("ok"), place, played.name);
        return;
    }
    session.say("{}  {} {}\n", session.bad("FAILED"), place, played.name);
    for (const scenario::Check& check : played.checks) {
        if (!check.holds) {
            session.say("  line {}: expected {}\n    came: {}\n", check.at.line, check.expected,
                        base::shown(check.came));
            session.write_people(indented(check.result.explanation, "      "));
        }
    }
}

base::Json check_json(const scenario::Check& check) {
    base::Json::Object told;
    told.emplace("line", number_json(check.at.line));
    told.emplace("ok", flag_json(check.holds));
    told.emplace("expected", text_json(check.expected));
    told.emplace("came", text_json(check.came));
    told.emplace("explanation", text_json(check.result.explanation));
    return {std::move(told)};
}

base::Json played_json(const scenario::Played& played) {
    base::Json::Array checks;
    for (const scenario::Check& check : played.checks) {
        checks.push_back(check_json(check));
    }
    base::Json::Object told;
    told.emplace("name", text_json(played.name));
    told.emplace("line", number_json(played.at.line));
    told.emplace("ok", flag_json(played.holds()));
    told.emplace("checks", base::Json{std::move(checks)});
    return {std::move(told)};
}

base::Json file_json(const Tested& tested) {
    base::Json::Array scenarios;
    for (const scenario::Played& played : tested.scenarios) {
        scenarios.push_back(played_json(played));
    }
    base::Json::Object told;
    told.emplace("file", text_json(tested.file));
    told.emplace("scenarios", base::Json{std::move(scenarios)});
    if (!tested.error.empty()) {
        told.emplace("error", text_json(tested.error));
    }
    return {std::move(told)};
}

Outcome test(Session& session, const std::vector<std::string>& files) {
    base::Json::Array told;
    std::size_t count = 0;
    std::size_t failed = 0;
    std::size_t unreadable = 0;
    for (const std::string& file : files) {
        Tested tested{file, {}, {}};
        auto scenarios = play(file);
        if (scenarios) {
            tested.scenarios = std::move(*scenarios);
        } else {
            tested.error = std::move(scenarios).error().message;
            ++unreadable;
            session.say("{} {}\n", session.bad("cheget:"), tested.error);
        }
        for (const scenario::Played& played : tested.scenarios) {
            tell(session, file, played);
            ++count;
            failed += played.holds() ? 0U : 1U;
        }
        told.push_back(file_json(tested));
    }
    session.say("{} scenarios, {} failed{}\n", count, failed,
                unreadable == 0 ? "" : fmt::format("; {} files could not be run", unreadable));
    base::Json::Object whole;
    whole.emplace("files", base::Json{std::move(told)});
    whole.emplace("scenarios", number_json(count));
    whole.emplace("failed", number_json(failed));
    session.write_json({std::move(whole)});
    if (unreadable != 0) {
        return static_cast<int>(base::ErrorKind::bad_input);
    }
    return failed == 0 ? 0 : static_cast<int>(base::ErrorKind::denied);
}

}  // namespace

void add_policy_test(CLI::App& policy, Session& session) {
    CLI::App* command =
        add_command(policy, "test", "Run scenario files: does the policy answer as they say?",
                    "  cheget policy test release.scenarios\n"
                    "  cheget policy test --json policies/*.scenarios");
    auto files = std::make_shared<std::vector<std::string>>();
    command->add_option("files", *files, "Scenario files; each names its policy in its first line")
        ->required()
        ->type_name("FILE");
    on_chosen(command, session, [&session, files] { return test(session, *files); });
}

}  // namespace cheget::cli
