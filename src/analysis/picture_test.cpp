// No text of a picture overlaps another or leaves the canvas, whatever the policy.
#include "analysis/picture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "analysis/canvas.h"
#include "analysis/policy_answers.h"
#include "policy/policy_test_support.h"
#include "support/whole_cases.h"

namespace cheget::analysis {
namespace {

struct Frame {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    std::string text;
};

double number_in(std::string_view element, std::string_view name) {
    const std::size_t at = element.find(fmt::format(" {}=\"", name));
    EXPECT_NE(at, std::string_view::npos) << element;
    return std::atof(std::string(element.substr(at + name.size() + 3, 20)).c_str());
}

std::string plain(std::string text) {
    for (const auto& [escaped, character] :
         {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}}) {
        for (std::size_t at = 0; (at = text.find(escaped, at)) != std::string::npos; ++at) {
            text.replace(at, std::string_view(escaped).size(), character);
        }
    }
    return text;
}

/// The frames of all texts, as wide as their characters are taken to be.
std::vector<Frame> texts_of(const std::string& picture) {
    std::vector<Frame> frames;
    for (std::size_t at = 0; (at = picture.find("<text ", at)) != std::string::npos; ++at) {
        const std::size_t open = picture.find('>', at);
        const std::string element = picture.substr(at, open - at);
        std::string text = plain(picture.substr(open + 1, picture.find('<', open) - open - 1));
        const double width = text_width(text);
        frames.push_back(
            {number_in(element, "x"), number_in(element, "y") - 12, width, 15, std::move(text)});
    }
    return frames;
}

void expect_readable(const policy::Policy& policy) {
    const std::string picture = draw(policy);
    const std::string root = picture.substr(0, picture.find('>'));
    const double width = number_in(root, "width");
    const double height = number_in(root, "height");
    const std::vector<Frame> texts = texts_of(picture);
    ASSERT_FALSE(texts.empty());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Frame& one = texts[i];
        EXPECT_GE(one.x, 0) << one.text;
        EXPECT_GE(one.y, 0) << one.text;
        EXPECT_LE(one.x + one.width, width) << one.text;
        EXPECT_LE(one.y + one.height, height) << one.text;
        for (std::size_t j = 0; j < i; ++j) {
            const Frame& other = texts[j];
            const bool apart = one.x + one.width <= other.x || other.x + other.width <= one.x ||
                               one.y + one.height <= other.y || other.y + other.height <= one.y;
            EXPECT_TRUE(apart) << one.text << " over " << other.text;
        }
    }
    for (const char character : picture) {
        EXPECT_TRUE(character == '\n' || (character >= 0x20 && character <= 0x7E));
    }
}

policy::Policy read(const std::string& text) {
    auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << policy::to_text(outcome.diagnostics, "policy");
    return outcome.policy ? *std::move(outcome.policy) : policy::Policy{};
}

TEST(Picture, IsReadableForEveryGoodPolicy) {
    const char* source = std::getenv("CHEGET_SOURCE");
    ASSERT_NE(source, nullptr);
    std::size_t pictures = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(source) + "/tests/policies/good")) {
        if (entry.path().extension() == ".policy") {
            SCOPED_TRACE(entry.path());
            std::ifstream file(entry.path());
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            expect_readable(read(text));
            ++pictures;
        }
    }
    EXPECT_GE(pictures, 15U);
}

TEST(Picture, IsReadableForRandomPolicies) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        test_support::Random random(seed);
        expect_readable(test_support::random_whole_policy(random));
    }
}

/// A policy of one action by people of the given names.
policy::Policy policy_of(const std::vector<std::string>& names, std::uint32_t need) {
    policy::Policy policy;
    policy::Action action;
    action.name = "act";
    action.run.any = true;
    policy::Formula::Node node;
    node.need = need;
    for (const std::string& name : names) {
        node.people.push_back(static_cast<policy::PrincipalIndex>(policy.principals.size()));
        policy.principals.push_back({name, policy::PrincipalKind::person, {}, {}});
    }
    node.source = "{}";
    policy::Formula formula{{node}};
    action.propose = action.approve = formula;
    policy.amend.approve = policy.revoke.approve = formula;
    action.executors = {0};
    policy.actions.push_back(std::move(action));
    return policy;
}

TEST(Picture, HoldsLongNamesAndManyPeople) {
    std::vector<std::string> names;
    for (int i = 0; i < 200; ++i) {
        names.push_back(fmt::format("{:m>{}}", i, 1 + i % 63));
    }
    expect_readable(policy_of(names, 7));
    expect_readable(policy_of({std::string(63, 'w')}, 1));
}

std::size_t count_of(std::string_view picture, std::string_view words) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = picture.find(words, at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

/// How many chips are marked, the legend's aside.
std::size_t marks(std::string_view clauses) {
    using policy::testing::key_text;
    const std::string text = fmt::format(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\nperson ann {{ {} }}\n"
        "person ben {{ {} }}\nperson cam {{ {} }}\nmachine db1 {{ {} }}\n"
        "group team = {{ ann, ben, cam }}\naction act on prod/x {{\n run [\"/bin/true\"]\n{}\n"
        " expire 8h\n execute 1 of {{ db1 }}\n}}\n"
        "amend {{ approve 2 of team }}\nrevoke {{ approve 1 of team }}\n",
        key_text(1), key_text(2), key_text(3), key_text(4), clauses);
    const auto outcome = policy::check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "test");
    return outcome.policy ? count_of(draw(*outcome.policy), "class=\"needed\"") - 1 : 0;
}

TEST(Picture, MarksWhoIsIndispensable) {
    EXPECT_EQ(marks("propose 1 of team\napprove 1 of team"), 0U);
    EXPECT_EQ(marks("propose 1 of team\nproposer counts\napprove all of team"), 6U);
    EXPECT_EQ(marks("propose 1 of { ann }\nproposer counts\napprove 2 of team"), 2U);
}

// Nobody is indispensable to any one clause: together they ask for all three.
TEST(Picture, MarksWhomTheClausesTogetherAskFor) {
    EXPECT_EQ(marks("propose 1 of team\napprove 2 of team"), 6U);
    EXPECT_EQ(marks("propose 1 of team\napprove 1 of team\nconsent 1 of team"), 9U);
}

// Every mark is the analyser's word on the whole rule.
TEST(Picture, AgreesWithTheAnalysis) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        test_support::Random random(seed);
        const policy::Policy policy = test_support::random_whole_policy(random);
        for (const RuleName rule : rules_of(policy)) {
            const auto found = indispensable_for(policy, rule);
            const auto answers = answers_of(policy, rule, {}, 1, {});
            ASSERT_EQ(found.has_value(), answers.has_value()) << to_text(policy, rule);
            if (answers && answers->acting.smallest) {
                EXPECT_EQ(*found, answers->indispensable) << to_text(policy, rule);
            } else if (found) {
                EXPECT_TRUE(found->empty());
            }
        }
    }
}

}  // namespace
}  // namespace cheget::analysis
