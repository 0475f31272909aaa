// Filling in: what stays, what goes, and that no slip in a text passes.
#include "cli/template_text.h"

#include <gtest/gtest.h>

#include "cli/init_template.h"
#include "cli/session.h"

namespace cheget::cli {
namespace {

std::string complaint(std::string_view text, const Fillings& fillings = {}) {
    auto filled = fill_in(text, fillings);
    return filled ? "" : filled.error().message;
}

TEST(TemplateText, values_and_conditions) {
    Fillings fillings{{{"who", "alice, bob"}, {"who.1", "alice"}}, {"log"}};
    EXPECT_EQ(fill_in("group g = { @who@ }\n@if log\nwait 1d\n@else\n# wait 1d\n@end\n@who.1@\n",
                      fillings)
                  .value(),
              "group g = { alice, bob }\nwait 1d\nalice\n");
    fillings.conditions.clear();
    EXPECT_EQ(fill_in("@if log\nwait 1d\n@else\n# wait 1d\n@end\nend\n", fillings).value(),
              "# wait 1d\nend\n");
    fillings.conditions = {"log"};
    EXPECT_EQ(fill_in("@if log deputy\na\n@end\n", fillings).value(), "");
    fillings.conditions.insert("deputy");
    EXPECT_EQ(fill_in("@if log deputy\na\n@end\n", fillings).value(), "a\n");
}

TEST(TemplateText, a_value_is_never_read_again) {
    Fillings fillings{{{"a", "@b@"}, {"b", "wrong"}}, {}};
    EXPECT_EQ(fill_in("@a@\n", fillings).value(), "@b@\n");
}

TEST(TemplateText, slips_are_errors) {
    EXPECT_EQ(complaint("one\n@who@\n"), "filling in line 2: nothing stands for `@who@`");
    EXPECT_EQ(complaint("a@b\n"), "filling in line 1: a lone `@`");
    EXPECT_EQ(complaint("@if log\n"), "filling in: `@if` without its `@end`");
    EXPECT_EQ(complaint("@if log\n@if log\n@end\n@end\n"),
              "filling in line 2: `@if` inside another");
    EXPECT_EQ(complaint("@else\n"), "filling in line 1: `@else` without its `@if`");
    EXPECT_EQ(complaint("@if a\n@else\n@else\n@end\n"),
              "filling in line 3: `@else` without its `@if`");
    EXPECT_EQ(complaint("@end\n"), "filling in line 1: `@end` without its `@if`");
}

TEST(Templates, each_has_a_purpose_of_one_line_and_an_executor) {
    auto all = all_templates();
    ASSERT_TRUE(all) << all.error().message;
    std::vector<std::string> names;
    for (const Template& one : *all) {
        names.push_back(one.name);
        EXPECT_FALSE(one.purpose.empty()) << one.name;
        EXPECT_LE(one.purpose.size(), 100U) << one.name;
        ASSERT_GE(one.roles.size(), 2U) << one.name;
        EXPECT_EQ(one.roles.front().who, Role::Who::people) << one.name;
        EXPECT_EQ(one.roles.back().who, Role::Who::machines) << one.name;
        EXPECT_TRUE(one.policy.starts_with("@header@\n")) << one.name;
    }
    EXPECT_EQ(names, (std::vector<std::string>{"agent", "database", "deploy", "keys", "payout",
                                               "release"}));
}

}  // namespace
}  // namespace cheget::cli
