// What the language says of briefcases: marks of a key, and whether their approvals count for
// amendments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/brink.h"
#include "policy/policy_test_support.h"

namespace cheget::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::key_text;
using testing::small_policy;

const std::string k_fingerprint = "SHA256:t30UJQlVVnZan0eNQo8X3jpS+RO/NMgEpB8PiZH2h64";

/// The small policy in which this stands in place of that.
std::string with(std::string from, const std::string& to, std::string text = small_policy()) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

/// Carol's key marked so.
std::string marked(const std::string& marks) {
    const std::string text = small_policy();
    const std::size_t end = text.find(" }", text.find("person  carol"));
    return text.substr(0, end) + " " + marks + text.substr(end);
}

std::string why_refused(const std::string& text) {
    const ParseOutcome outcome = check_policy(text);
    return outcome.policy ? "it was taken" : to_text(outcome.diagnostics, "a.policy");
}

Policy read(const std::string& text) {
    ParseOutcome outcome = check_policy(text);
    EXPECT_TRUE(outcome.policy) << to_text(outcome.diagnostics, "a.policy");
    return std::move(*outcome.policy);
}

TEST(BriefcaseLanguage, marks_of_a_key) {
    const Policy plain = read(marked("briefcase"));
    EXPECT_TRUE(plain.principals[2].keys[0].briefcase);
    EXPECT_FALSE(plain.principals[2].keys[0].custody);
    EXPECT_FALSE(plain.principals[2].keys[0].tpm);
    const std::string text = marked("briefcase custody tpm " + k_fingerprint);
    const Key key = read(text).principals[2].keys[0];
    EXPECT_TRUE(key.custody);
    EXPECT_EQ(key.tpm, k_fingerprint);
    EXPECT_EQ(format_policy(text).value(), text);
    EXPECT_THAT(explain(read(text)), HasSubstr("approvals count only while its custody is whole"));
    EXPECT_THAT(explain(read(text)), HasSubstr("as the TPM " + k_fingerprint + " attests"));
}

TEST(BriefcaseLanguage, marks_that_are_refused) {
    EXPECT_THAT(why_refused(marked("custody")),
                HasSubstr("`custody` on a key that lies in no brief"));
    EXPECT_THAT(why_refused(marked("tpm " + k_fingerprint)),
                HasSubstr("`tpm` on a key that lies in no briefcase"));
    EXPECT_THAT(why_refused(marked("briefcase tpm")), HasSubstr("`tpm` lacks the fingerprint"));
    EXPECT_THAT(why_refused(marked("briefcase tpm SHA256:abc")),
                HasSubstr("this is no key's fingerprint"));
    EXPECT_THAT(why_refused(marked("briefcase custody custody")), HasSubstr("a second `custody`"));
}

TEST(BriefcaseLanguage, amendments_ask_for_nobody_who_has_a_briefcase_alone) {
    const Policy without = read(marked("briefcase"));
    EXPECT_FALSE(without.amend.briefcase_counts);
    EXPECT_THAT(without.amend.approve.root().people, ElementsAre(0, 1));
    EXPECT_THAT(without.revoke.approve.root().people, ElementsAre(0, 1, 2));
    const std::string text =
        format_policy(with("amend  {", "amend  { briefcase counts", marked("briefcase"))).value();
    const Policy counting = read(text);
    EXPECT_TRUE(counting.amend.briefcase_counts);
    EXPECT_THAT(counting.amend.approve.root().people, ElementsAre(0, 1, 2));
    EXPECT_THAT(explain(counting), HasSubstr("Approvals out of briefcases count too."));
    EXPECT_EQ(format_policy(text).value(), text);
    // A second key that lies in no briefcase makes an ordinary person.
    const Policy both = read(marked("briefcase; " + key_text(90)));
    EXPECT_THAT(both.amend.approve.root().people, ElementsAre(0, 1, 2));
}

TEST(BriefcaseLanguage, G10_an_amend_rule_that_only_briefcases_could_satisfy) {
    for (const char* approve : {"approve all of dba", "approve 1 of { carol }"}) {
        const std::string text = with("amend  { approve 2 of dba",
                                      std::string("amend  { ") + approve, marked("briefcase"));
        const auto is_bricked = [](const Policy& policy) {
            const auto brinks = find_brinks(policy, {});
            return std::any_of(brinks.begin(), brinks.end(), [](const Brink& brink) {
                return brink.rule == Brink::Rule::amend && brink.bricked;
            });
        };
        EXPECT_TRUE(is_bricked(read(text))) << approve;
        EXPECT_FALSE(is_bricked(read(with("amend  {", "amend  { briefcase counts", text))));
    }
}

TEST(BriefcaseLanguage, the_clause_stands_in_amend_alone) {
    EXPECT_THAT(why_refused(with("revoke {", "revoke { briefcase counts")),
                HasSubstr("stands in `amend` and `amend lowering` alone"));
    EXPECT_THAT(why_refused(with("  expire   8h", "  briefcase counts\n  expire   8h")),
                HasSubstr("stands in `amend` and `amend lowering` alone"));
    EXPECT_THAT(why_refused(with("amend  {", "amend  { briefcase")), HasSubstr("briefcase counts"));
}

}  // namespace
}  // namespace cheget::policy
