// Every example of docs/policy-language.md, run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "policy/whole_language_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::HasSubstr;
using testing::key_text;
using testing::note_key_text;

struct Example {
    std::string kind;  // what stands after the opening fence
    std::string text;
};

std::vector<Example> examples() {
    const char* source = std::getenv("CHEGET_SOURCE");
    std::ifstream stream(std::string(source != nullptr ? source : ".") +
                         "/docs/policy-language.md");
    std::string document{std::istreambuf_iterator<char>(stream), {}};
    std::string_view rest = document;
    std::vector<Example> found;
    bool inside = false;
    while (!rest.empty()) {
        std::string_view line = base::take_until(rest, '\n');
        if (line.starts_with("```")) {
            inside = !inside;
            if (inside) {
                found.push_back({std::string(line.substr(3)), ""});
            }
        } else if (inside) {
            found.back().text += std::string(line) + "\n";
        }
    }
    return found;
}

// A policy with a log, whose action has the formula as its `approve`, and the clause. Its other
// action uses every fact and group, so that none is idle.
std::string policy_with(std::string_view formula, std::string_view clause = "") {
    std::string text = "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: " +
                       note_key_text("log.example", 1, 7) + "\n";
    std::uint32_t number = 0;
    for (const char* name : {"alice", "bob", "carol", "dave", "erin", "frank"}) {
        text += fmt::format("person {} {{ {} }}\n", name, key_text(++number));
    }
    text += fmt::format("machine ci {{ {} }}\n", key_text(++number));
    text += "group dba = { alice, bob, carol }\ngroup security = { dave, erin, frank }\n";
    text += "fact alert: none < raised < high from 1 of { ci } fresh 15m\n";
    text += "fact backup-ok(target): bool from 1 of { ci } fresh 24h\n";
    text += "action other on y { run any propose 1 of { ci } approve 1 of dba\n";
    text += "when { alert >= high, backup-ok(target) is true } expire 8h execute 1 of { ci } }\n";
    text += "action act on x/{name} { run [\"/bin/act\", \"{rows}\", \"{name}\"]\n";
    text += fmt::format("propose 1 of {{ ci }}\napprove {}\n{}\n", formula, clause);
    text += fmt::format("{}execute 1 of {{ ci }} }}\n",
                        clause.starts_with("expire") ? "" : "expire 8h ");
    text += "amend { approve all of { 1 of dba, 1 of security } }\nrevoke { approve 1 of dba }\n";
    return text;
}

std::string policy_that_asserts(std::string assertion) {
    for (const auto& [from, to] :
         {std::pair<std::string_view, std::string_view>{"drop-database", "act"}, {"db1", "ci"}}) {
        if (const std::size_t at = assertion.find(from); at != std::string::npos) {
            assertion.replace(at, from.size(), to);
        }
    }
    return policy_with("2 of dba") + assertion + "\n";
}

std::string_view trimmed(std::string_view text) {
    std::size_t end = text.find_last_not_of(' ');
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

TEST(PolicyDocument, EveryExampleIsAsItSays) {
    std::size_t formulas = 0;
    std::size_t refused_formulas = 0;
    std::size_t policies = 0;
    std::string complaints;
    for (const Example& example : examples()) {
        if (example.kind == "policy") {
            ++policies;
            auto parsed = parse_policy(example.text);
            EXPECT_TRUE(parsed) << parsed.error().message;
        } else if (example.kind == "policy-refused") {
            ++policies;
            complaints = to_text(check_policy(example.text).diagnostics, "acme.policy");
            EXPECT_NE(complaints, "");
        } else if (example.kind == "complaints") {
            EXPECT_EQ(example.text, complaints);
        } else if (example.kind == "clauses" || example.kind == "clauses-refused" ||
                   example.kind == "formula" || example.kind == "formula-refused" ||
                   example.kind == "assertions" || example.kind == "assertions-refused") {
            bool is_clause = example.kind.starts_with("clauses");
            bool is_assertion = example.kind.starts_with("assertions");
            std::string_view rest = example.text;
            while (!rest.empty()) {
                std::string_view line = base::take_until(rest, '\n');
                std::size_t arrow = line.find(" => ");
                std::string formula(trimmed(line.substr(0, arrow)));
                auto outcome = check_policy(is_assertion ? policy_that_asserts(formula)
                                            : is_clause  ? policy_with("2 of dba", formula)
                                                         : policy_with(formula));
                std::string told = to_text(outcome.diagnostics, "policy");
                if (!example.kind.ends_with("-refused")) {
                    ++formulas;
                    EXPECT_TRUE(outcome.policy) << formula << "\n" << told;
                } else {
                    ++refused_formulas;
                    ASSERT_NE(arrow, std::string_view::npos) << line;
                    EXPECT_THAT(told, HasSubstr(std::string(line.substr(arrow + 4)))) << formula;
                }
            }
        } else {
            EXPECT_EQ(example.kind, "ebnf") << "an example that no test runs";
        }
    }
    EXPECT_GE(formulas, 10U);
    EXPECT_GE(refused_formulas, 15U);
    EXPECT_GE(policies, 2U);
}

}  // namespace
}  // namespace cheget::policy
