// The golden corpus: tests/policies/good with canonical layouts and explanations,
// tests/policies/bad with the exact complaints. Set CHEGET_ACCEPT=1 to write anew what is expected,
// then read the diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "policy/policy.h"

namespace cheget::policy {
namespace {

namespace fs = std::filesystem;

fs::path corpus(std::string_view folder) {
    const char* source = std::getenv("CHEGET_SOURCE");
    return fs::path(source != nullptr ? source : ".") / "tests" / "policies" / folder;
}

std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> policies(std::string_view folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(corpus(folder))) {
        if (entry.path().extension() == ".policy") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void expect_file(fs::path path, std::string_view extension, const std::string& content) {
    path.replace_extension(extension);
    if (std::getenv("CHEGET_ACCEPT") != nullptr) {
        std::ofstream(path, std::ios::binary) << content;
    }
    EXPECT_EQ(read(path), content) << path;
}

TEST(PolicyGolden, BrokenPoliciesGetTheirExactComplaints) {
    auto paths = policies("bad");
    ASSERT_GE(paths.size(), 400U);
    for (const fs::path& path : paths) {
        std::string text = read(path);
        ParseOutcome outcome = check_policy(text);
        EXPECT_FALSE(outcome.policy) << path;
        EXPECT_FALSE(outcome.diagnostics.empty()) << path;
        EXPECT_FALSE(parse_policy(text)) << path;
        expect_file(path, ".expected", to_text(outcome.diagnostics, "policy"));
    }
}

TEST(PolicyGolden, GoodPoliciesHaveOneLayoutAndOneExplanation) {
    auto paths = policies("good");
    ASSERT_GE(paths.size(), 15U);
    for (const fs::path& path : paths) {
        std::string text = read(path);
        ParseOutcome outcome = check_policy(text);
        ASSERT_TRUE(outcome.policy) << path << "\n" << to_text(outcome.diagnostics, "policy");
        auto canonical = format_policy(text);
        ASSERT_TRUE(canonical) << path << canonical.error().message;
        expect_file(path, ".canonical", *canonical);
        EXPECT_EQ(format_policy(*canonical), canonical) << path;
        EXPECT_EQ(parse_policy(text).has_value(), text == *canonical) << path;
        auto parsed = parse_policy(*canonical);
        ASSERT_TRUE(parsed) << path << parsed.error().message;
        expect_file(path, ".explained", explain(*parsed));
        EXPECT_EQ(statement::parse_policy_header(*canonical).value(), parsed->header) << path;
    }
}

}  // namespace
}  // namespace cheget::policy
