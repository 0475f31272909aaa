// The golden corpus: tests/scenarios/bad with the exact complaints, tests/scenarios/good whose
// answers must hold. Set CHEGET_ACCEPT=1 to write anew what is expected, then read the diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenario/scenario.h"

namespace cheget::scenario {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> scenarios(std::string_view folder) {
    const char* source = std::getenv("CHEGET_SOURCE");
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(fs::path(source != nullptr ? source : ".") /
                                                    "tests" / "scenarios" / folder)) {
        if (entry.path().extension() == ".scenarios") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Policies policies_of(const File& file, const fs::path& folder) {
    Policies policies;
    for (const Word& path : file.policies()) {
        policy::ParseOutcome outcome = policy::check_policy(read(folder / path.text));
        EXPECT_TRUE(outcome.policy) << path.text << policy::to_text(outcome.diagnostics, "");
        if (outcome.policy) {
            policies.emplace(path.text, std::move(*outcome.policy));
        }
    }
    return policies;
}

void expect_file(fs::path path, std::string_view extension, const std::string& content) {
    path.replace_extension(extension);
    if (std::getenv("CHEGET_ACCEPT") != nullptr) {
        std::ofstream(path, std::ios::binary) << content;
    }
    EXPECT_EQ(read(path), content) << path;
}

TEST(ScenarioGolden, BrokenScenariosGetTheirExactComplaints) {
    const auto paths = scenarios("bad");
    ASSERT_GE(paths.size(), 80U);
    for (const fs::path& path : paths) {
        const std::string text = read(path);
        ParseOutcome parsed = parse(text);
        EXPECT_EQ(parsed.file.has_value(), parsed.diagnostics.empty()) << path;
        std::vector<Diagnostic> complaints = std::move(parsed.diagnostics);
        if (parsed.file) {
            const PlayOutcome played =
                play(*parsed.file, text, policies_of(*parsed.file, path.parent_path()));
            EXPECT_TRUE(played.scenarios.empty()) << path;
            complaints = played.diagnostics;
        }
        EXPECT_FALSE(complaints.empty()) << path;
        expect_file(path, ".expected", policy::to_text(complaints, "scenarios"));
    }
}

/// And what describe() says of each answer: of facts, consent, deputies, delays, rations,
/// sequences.
TEST(ScenarioGolden, GoodScenariosHold) {
    const auto paths = scenarios("good");
    ASSERT_GE(paths.size(), 3U);
    for (const fs::path& path : paths) {
        const std::string text = read(path);
        const ParseOutcome parsed = parse(text);
        ASSERT_TRUE(parsed.file) << policy::to_text(parsed.diagnostics, path.string());
        const PlayOutcome played =
            play(*parsed.file, text, policies_of(*parsed.file, path.parent_path()));
        ASSERT_TRUE(played.diagnostics.empty())
            << policy::to_text(played.diagnostics, path.string());
        EXPECT_EQ(played.scenarios.size(), parsed.file->scenarios.size());
        std::string told;
        for (const Played& scenario : played.scenarios) {
            told += "# " + scenario.name + "\n";
            for (const Check& check : scenario.checks) {
                told += check.result.explanation + "\n";
                EXPECT_TRUE(check.holds) << path << ":" << check.at.line << " expected "
                                         << check.expected << ", came " << check.came << "\n"
                                         << check.result.explanation;
            }
        }
        expect_file(path, ".told", told);
    }
}

}  // namespace
}  // namespace cheget::scenario
