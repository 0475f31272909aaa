// The framing of permit files: what is written is read, and nothing else is.
#include "permit/permit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace cheget::permit {
namespace {

using testing::HasSubstr;

base::Result<Permit> parse(std::string_view text) {
    return parse_permit(base::as_bytes(text));
}

const std::string k_zeros(64, '0');

TEST(Permit, what_is_written_is_read) {
    const std::string content("any bytes\0\n", 11);
    Permit permit;
    permit.statements = {"one\n", "two\nstatement 9\n"};
    permit.extract = {7, {"an entry", ""}, {"a checkpoint\n"}};
    permit.files = {{base::sha256(content), base::as_bytes(content)},
                    {base::sha256(std::string_view()), {}}};
    const auto text = render_permit(permit);
    ASSERT_TRUE(text.has_value());
    const auto read = parse(*text);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->statements, permit.statements);
    EXPECT_EQ(read->extract.first, 7U);
    EXPECT_EQ(read->extract.entries, permit.extract.entries);
    EXPECT_EQ(read->extract.checkpoints, permit.extract.checkpoints);
    ASSERT_EQ(read->files.size(), 2U);
    EXPECT_EQ(base::as_text(read->files[0].content), content);
    EXPECT_EQ(read->files[0].digest, permit.files[0].digest);
    EXPECT_TRUE(read->files[1].content.empty());
}

RC_GTEST_PROP(Permit, any_statements_survive, (std::vector<std::string> texts)) {
    Permit permit;
    for (const std::string& text : texts) {
        if (!text.empty()) {
            permit.statements.push_back(text);
        }
    }
    RC_PRE(!permit.statements.empty());
    const auto text = render_permit(permit);
    RC_ASSERT(text.has_value());
    const auto read = parse(*text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->statements == permit.statements);
}

struct Malformed {
    std::string text;
    std::string why;
};

TEST(AttackPermit, G10_malformed_permits) {
    const std::string head = "cheget permit v1\n";
    const std::vector<Malformed> cases{
        {"", "not a permit"},
        {"cheget permit v2\nstatement 1\nx", "not a permit"},
        {"cheget permit v1\r\nstatement 1\nx", "not a permit"},
        {head, "no statement"},
        {head + "file 1 sha256:" + k_zeros + "\nx", "no statement"},
        {head + "statement 1", "a part must begin"},
        {head + std::string(200, 'x') + "\n", "a part must begin"},
        {head + "statement 2\nx", "ends after 1"},
        {head + "statement 0\n", "empty"},
        {head + "statement 01\nx", "length"},
        {head + "statement -1\nx", "length"},
        {head + "statement  1\nx", "length"},
        {head + "statement 65536\n" + std::string(65536, 'x'), "length"},
        {head + "statement 18446744073709551617\nx", "length"},
        {head + "statement 1\nx\n", "begins no part"},
        {head + "Statement 1\nx", "begins no part"},
        {head + "statement 1\nxfile 1 sha256:00\nx", "file BYTES"},
        {head + "statement 1\nxfile 1\nx", "file BYTES"},
        {head + "statement 1\nxfile 1 sha256:" + k_zeros + " \nx", "file BYTES"},
        {head + "statement 1\nxfile 9 sha256:" + k_zeros + "\nx", "ends after 1"},
        {head + "statement 1\nxfile 268435457 sha256:" + k_zeros + "\nx", "length"},
        {head + "statement 1\nxfile 1 sha256:" + k_zeros + "\nxstatement 1\nx", "come first"},
        {head + "entry 0 1\nxstatement 1\nx", "come first"},
        {head + "checkpoint 1\nxentry 0 1\nx", "come first"},
        {head + "entry 0 1\nxentry 2 1\nx", "no gaps"},
        {head + "entry 4 1\nxentry 4 1\nx", "no gaps"},
        {head + "entry 04 1\nx", "index"},
        {head + "entry 4611686018427387904 1\nx", "index"},
        {head + "entry 0 2\nx", "ends after 1"},
        {head + "entry 0 65536\n" + std::string(65536, 'x'), "length"},
        {head + "checkpoint 0\n", "empty"},
        {head + "checkpoint 262145\n" + std::string(262145, 'x'), "length"},
    };
    for (const Malformed& one : cases) {
        const auto read = parse(one.text);
        ASSERT_FALSE(read.has_value()) << one.text.substr(0, 80);
        EXPECT_EQ(read.error().kind, base::ErrorKind::bad_input);
        EXPECT_THAT(read.error().message, HasSubstr(one.why)) << one.text.substr(0, 80);
    }
}

TEST(AttackPermit, G10_permit_bounds) {
    std::string text = "cheget permit v1\n";
    for (std::size_t i = 0; i < k_most_statements; ++i) {
        text += "statement 1\nx";
    }
    EXPECT_TRUE(parse(text).has_value());
    EXPECT_THAT(parse(text + "statement 1\nx").error().message, HasSubstr("more than 4096"));

    std::string large = "cheget permit v1\n";
    for (int i = 0; i < 257; ++i) {
        large += "statement 65535\n" + std::string(65535, 'x');
    }
    EXPECT_THAT(parse(large).error().message, HasSubstr("bytes of statements"));
}

TEST(Permit, bounds_hold_when_writing) {
    EXPECT_FALSE(render_permit({}).has_value());
    const std::string longest(65536, 'x');
    EXPECT_FALSE(render_permit({{longest}, {}, {}}).has_value());
    EXPECT_FALSE(render_permit({{""}, {}, {}}).has_value());
    EXPECT_FALSE(render_permit({std::vector<std::string_view>(k_most_statements + 1, "x"), {}, {}})
                     .has_value());
    const std::string half((k_most_file_bytes / 2) + 1, 'x');
    const Permit::File file{{}, base::as_bytes(half)};
    EXPECT_TRUE(render_permit({{"x"}, {}, {file}}).has_value());
    EXPECT_FALSE(render_permit({{"x"}, {}, {file, file}}).has_value());
}

}  // namespace
}  // namespace cheget::permit
