// Edits of a policy's text: there and back again gives the text that was, for every sound policy of
// the corpus; and what they refuse.
#include "policy/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "policy/policy_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::key_text;
using ::testing::Not;
using testing::small_policy;
using testing::with;

signature::PublicKey key_of(std::uint32_t number) {
    return signature::PublicKey::from_text(key_text(number)).value();
}

/// tests/policies/good/*.canonical.
std::vector<std::string> sound_policies() {
    const char* source = std::getenv("CHEGET_SOURCE");
    std::vector<std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(source == nullptr ? "." : source) / "tests/policies/good")) {
        if (entry.path().extension() == ".canonical") {
            std::ifstream file(entry.path());
            texts.emplace_back(std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>());
        }
    }
    return texts;
}

TEST(Edit, there_and_back_again) {
    const auto texts = sound_policies();
    ASSERT_GT(texts.size(), 10U);
    for (const std::string& text : texts) {
        const Policy policy = parse_policy(text).value();
        const Principal& first = policy.principals.front();
        const auto added = add_key(text, first.name, key_of(777), false);
        ASSERT_TRUE(added);
        EXPECT_NE(*added, text);
        EXPECT_EQ(remove_key(*added, first.name, key_of(777)), text);
        const auto replaced = replace_key(text, first.name, first.keys.front().key, key_of(777));
        ASSERT_TRUE(replaced);
        EXPECT_EQ(replace_key(*replaced, first.name, key_of(777), first.keys.front().key), text);
        if (policy.groups.empty()) {
            continue;
        }
        const auto person =
            add_person(text, "zed", key_of(777), false, {policy.groups.front().name});
        ASSERT_TRUE(person);
        EXPECT_TRUE(check_policy(*person).policy) << *person;
        const auto without = remove_principal(*person, "zed");
        ASSERT_TRUE(without);
        EXPECT_EQ(without->text, text);
    }
}

TEST(Edit, nobody_stays_behind) {
    for (const std::string& text : sound_policies()) {
        const Policy policy = parse_policy(text).value();
        for (const Principal& principal : policy.principals) {
            const auto removal = remove_principal(text, principal.name);
            ASSERT_TRUE(removal);
            const auto outcome = check_policy(removal->text);
            for (const Diagnostic& complaint : outcome.diagnostics) {
                EXPECT_THAT(complaint.what, Not(HasSubstr("`" + principal.name + "`")))
                    << removal->text;
            }
            EXPECT_TRUE(!outcome.policy || !outcome.policy->find_principal(principal.name));
        }
    }
}

TEST(Edit, a_removal_changes_no_number) {
    const auto removal = remove_principal(small_policy(), "carol");
    ASSERT_TRUE(removal);
    EXPECT_THAT(removal->text, HasSubstr("group dba = { alice, bob }"));
    EXPECT_THAT(removal->text, HasSubstr("approve  2 of dba"));
    EXPECT_THAT(removal->fewer, IsEmpty());
    const auto outcome = check_policy(removal->text);
    ASSERT_FALSE(outcome.policy);
    EXPECT_THAT(outcome.diagnostics.front().what, HasSubstr("the others can never satisfy this"));
}

TEST(Edit, all_of_them_are_one_less) {
    const std::string text =
        with(with(small_policy(), "approve  2 of dba", "approve  all of { alice, bob, carol }"),
             "amend  { approve 2 of dba }", "amend  { approve all of dba }");
    const auto removal = remove_principal(text, "carol");
    ASSERT_TRUE(removal);
    EXPECT_THAT(removal->fewer,
                ElementsAre("drop: all of { alice, bob, carol }", "amend: all of dba"));
}

TEST(Edit, what_it_refuses) {
    const std::string text = small_policy();
    const auto why = [](const auto& result) {
        return result ? std::string("nothing") : result.error().message;
    };
    EXPECT_THAT(why(add_key(text, "zed", key_of(9), false)), HasSubstr("nobody called `zed`"));
    EXPECT_THAT(why(add_key(text, "alice", key_of(2), false)), HasSubstr("already: bob's"));
    EXPECT_THAT(why(replace_key(text, "alice", key_of(1), key_of(1))), HasSubstr("already: alice"));
    EXPECT_THAT(why(replace_key(text, "alice", key_of(2), key_of(9))), HasSubstr("has no key"));
    EXPECT_THAT(why(remove_key(text, "alice", key_of(1))), HasSubstr("alice's only key"));
    EXPECT_THAT(why(remove_principal(text, "dba")), HasSubstr("nobody called `dba`"));
    EXPECT_THAT(why(add_person(text, "zed", key_of(9), false, {"dbas"})), HasSubstr("no group"));
}

TEST(Edit, comments_stay) {
    const std::string text = with(small_policy(), "machine db1", "# The machines.\nmachine db1");
    const auto person = add_person(text, "zed", key_of(9), true, {"dba"});
    ASSERT_TRUE(person);
    EXPECT_THAT(*person, HasSubstr("person  zed   { " + key_text(9) + " pin }\n# The machines.\n"));
}

}  // namespace
}  // namespace cheget::policy
