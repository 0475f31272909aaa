// Deeds, waves, policies' headers, namespaces, signed texts, and the table of plain characters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "statement/plain_text.h"
#include "statement/samples.h"

namespace cheget::statement {
namespace {

using namespace samples;
using testing::HasSubstr;

TEST(Statement, TheSamplesAreRead) {
    for (const std::string& text : {k_order, k_vote, k_policy, k_policy_vote, k_fact, k_claim,
                                    k_receipt, k_enactment, k_revocation, k_custody}) {
        EXPECT_EQ(message_of(text), "(read)") << text;
    }
}

TEST(Statement, DeedsAreHeldToTheirMembers) {
    const std::string digest = "\"digest\":\"" + k_id + "\",";
    const std::vector<std::pair<std::string, std::string>> lines{
        {R"(call: {"arguments":{"n":1.50},"server":"s","tool":"t"})", "(read)"},
        {R"(call: {"arguments":[],"server":"s","tool":"t"})",
         "call: arguments is of the wrong JSON"},
        {R"(call: {"arguments":{},"server":"s"})",
         "call: expected a JSON object of exactly arguments, server, tool"},
        {R"(call: {"arguments":{},"server":"s","tool":"t","x":1})",
         "call: expected a JSON object of"},
        {R"(call: {"arguments":{},"server":"","tool":"t"})", "call: server is empty"},
        {R"(call: {"arguments":{},"server":"s","tool":"t\u200bx"})",
         "call: tool: expected text without control, format or invisible characters; it holds "
         "U+200B"},
        {R"(call: {"arguments":{},"server":7,"tool":"t"})",
         "call: server is of the wrong JSON type"},
        {R"(call: [])", "call: expected a JSON object of exactly arguments, server, tool"},
        {R"({"bytes":5,)" + digest + R"("form":"sshsig","key":"k","namespace":"git"})", "(read)"},
        {R"({"bytes":5,)" + digest + R"("form":"raw","key":"k","namespace":""})", "(read)"},
        {R"({"bytes":5,)" + digest + R"("form":"raw","key":"k","namespace":"x"})",
         "sign: expected a namespace with the form sshsig, and an empty one without it"},
        {R"({"bytes":5,)" + digest + R"("form":"pgp","key":"k","namespace":"x"})",
         "sign: expected the form sshsig, ssh-cert or raw"},
        {R"({"bytes":-5,)" + digest + R"("form":"raw","key":"k","namespace":""})",
         "sign: expected a whole number"},
        {R"({"bytes":"5",)" + digest + R"("form":"raw","key":"k","namespace":""})",
         "sign: expected a whole number"},
        {R"(ref: {"new":"a","old":"b","ref":"refs/heads/main","repository":"r"})", "(read)"},
        {R"(ref: {"new":"a","old":"b","ref":"c","repository":"\n"})",
         "ref: repository: expected text"},
        {R"(sql: {"database":"d","parameters":[1,"x",null,[true]],"statements":["DROP TABLE t"]})",
         "(read)"},
        {R"(sql: {"database":"d","parameters":[1.5],"statements":["x"]})",
         "sql: expected whole numbers alone; found 1.5"},
        {R"(sql: {"database":"d","parameters":[],"statements":[]})",
         "sql: expected at least one SQL"},
        {R"(sql: {"database":"d","parameters":{},"statements":["x"]})",
         "sql: parameters is of the"},
        {R"(sql: {"database":"d","parameters":[],"statements":["\u0000"]})",
         "sql: expected the SQL statements as a JSON array of strings without NUL"},
    };
    std::string rest = changed(k_order, "user: postgres\ndirectory: /var/lib\n", "");
    rest = changed(rest, "environment: {\"PGHOST\":\"/run\"}\nstdin: " + k_id + " 42\n", "");
    for (auto [line, message] : lines) {
        line = line.starts_with("{") ? "sign: " + line : line;
        std::string text = changed(rest, "run: [\"/usr/bin/dropdb\",\"invoices\"]", line);
        EXPECT_THAT(message_of(text), HasSubstr(message)) << line;
    }
}

TEST(Statement, WavesAreHeldToTheirForm) {
    const std::vector<std::pair<std::string, std::string>> values{
        {" 40 [[1,\"30m\"],[\"10%\",\"1h\"],[\"rest\"]]", "(read)"},
        {" 40 [[\"rest\"]]", "(read)"},
        {" 0 [[\"rest\"]]", "targets: expected at least one target"},
        {" 40 []", "targets: expected 1 to 64 waves as a JSON array"},
        {" 40", "targets: not JSON"},
        {" 40 [[1,\"30m\"]]", "targets: expected waves as [size,\"hold\"], the last one as"},
        {" 40 [[1]]", "targets: expected \"rest\" as the last wave, and there alone"},
        {" 40 [[\"rest\",\"1h\"],[\"rest\"]]", "targets: expected \"rest\" as the last wave, and"},
        {" 40 [[0,\"1h\"],[\"rest\"]]", "targets: a wave of no targets"},
        {" 40 [[\"0%\",\"1h\"],[\"rest\"]]", "targets: a wave of no targets"},
        {" 40 [[\"101%\",\"1h\"],[\"rest\"]]", "targets: expected a whole number of at most 100"},
        {" 40 [[\"many\",\"1h\"],[\"rest\"]]", "targets: expected a wave's size as a number"},
        {" 40 [[1,60],[\"rest\"]]", "targets: expected a wave's hold as a span"},
        {" 40 [[1,\"60m\"],[\"rest\"]]", "targets: expected the hold in its shortest form, \"1h\""},
        {" 40 [[1,\"x\"],[\"rest\"]]", "targets: expected a span such as"},
        {" 40 [[null,\"1h\"],[\"rest\"]]", "targets: expected a whole number"},
        {" 40 [7]", "targets: expected waves as"},
    };
    for (const auto& [value, message] : values) {
        std::string line = "targets: " + k_id + value;
        EXPECT_THAT(message_of(changed(k_order, "target: prod/eu-1/invoices", line)),
                    HasSubstr(message))
            << value;
    }
}

TEST(Statement, ADomainsFirstPolicyHasNoId) {
    std::string first = "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n";
    PolicyHeader header = parse_policy_header(first).value();
    EXPECT_EQ(header.domain, "acme/prod");
    EXPECT_EQ(header.version, 1U);
    EXPECT_FALSE(header.first_policy);
    EXPECT_FALSE(header.previous);
    EXPECT_THAT(message_of(changed(first, "acme/prod", "acme/prod " + k_id)),
                HasSubstr("beside the domain in every version but the first"));
    // A vote on it is in the domain that it begins.
    base::Digest id = id_of(first);
    std::string vote = vote_on(first, "policy 1 " + base::to_text(id));
    EXPECT_THAT(message_of(vote), HasSubstr("its domain is not the vote's"));
    EXPECT_EQ(message_of(changed(vote, k_id, base::to_text(id))), "(read)");
}

TEST(Statement, NamespacesNameTheKindAndTheDomain) {
    EXPECT_EQ(signature_namespace(Kind::vote, "acme/prod"), "cheget-vote@acme/prod");
    EXPECT_EQ(signature_namespace(Kind::custody, "a"), "cheget-custody@a");
    EXPECT_EQ(kind_of(k_receipt), Kind::receipt);
    EXPECT_FALSE(kind_of(""));
    EXPECT_FALSE(kind_of("cheget order v1 \n"));
}

TEST(SignedText, IsSplitIntoTextAndSignatures) {
    std::string file = k_order + k_armor + k_armor;
    SignedText parts = split_signed(file).value();
    EXPECT_EQ(parts.text, k_order);
    EXPECT_EQ(parts.signatures, (std::vector<std::string_view>{k_armor, k_armor}));
    EXPECT_EQ(split_signed(k_order).value().text, k_order);
    EXPECT_TRUE(split_signed(k_order).value().signatures.empty());
}

TEST(PlainText, HitsItsMarksAndNoOthers) {
    for (std::uint32_t code_point = 0; code_point < 0x80; ++code_point) {
        EXPECT_EQ(can_deceive(code_point), code_point < 0x20 || code_point == 0x7F);
    }
    for (std::uint32_t code_point :
         {0x80U,    0x9FU,    0xA0U,    0xADU,     0x61CU,    0x200BU,  0x202EU,
          0x2069U,  0x206FU,  0x3000U,  0xE000U,   0xFEFFU,   0xFFFDU,  0x1D173U,
          0xE0001U, 0xE0100U, 0xF0000U, 0x10FFFDU, 0x10FFFFU, 0x110000U}) {
        EXPECT_TRUE(can_deceive(code_point)) << std::hex << code_point;
    }
    for (std::uint32_t code_point : {0xA1U, 0xE9U, 0x416U, 0x5D0U, 0x6F22U, 0xAC00U, 0x1F600U,
                                     0x20000U, 0x2010U, 0x2027U, 0x20ACU, 0xFFEEU}) {
        EXPECT_FALSE(can_deceive(code_point)) << std::hex << code_point;
    }
}

}  // namespace
}  // namespace cheget::statement
