#include "base/text.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/time.h"

namespace cheget::base {
namespace {

TEST(Text, NamesAreStrict) {
    EXPECT_TRUE(is_name("alice"));
    EXPECT_TRUE(is_name("0-a.b_c"));
    EXPECT_FALSE(is_name(""));
    EXPECT_FALSE(is_name("Alice"));
    EXPECT_FALSE(is_name("-a"));
    EXPECT_FALSE(is_name(std::string(64, 'a')));
    EXPECT_TRUE(is_domain("acme/prod"));
    EXPECT_FALSE(is_domain("acme//prod"));
    EXPECT_FALSE(is_domain("acme/"));
    EXPECT_FALSE(is_domain("/acme"));
}

TEST(Text, StatementsArePrintableAsciiAndLineFeeds) {
    for (int byte = 0; byte < 256; ++byte) {
        bool expected = (byte >= 0x20 && byte <= 0x7E) || byte == 0x0A;
        EXPECT_EQ(is_statement_text("a" + std::string(1, static_cast<char>(byte))), expected)
            << "byte " << byte;
    }
}

TEST(Text, NumbersHaveOneSpelling) {
    EXPECT_EQ(parse_number("0", 10), 0U);
    EXPECT_EQ(parse_number("18446744073709551615", UINT64_MAX), UINT64_MAX);
    EXPECT_FALSE(parse_number("18446744073709551616", UINT64_MAX));
    EXPECT_FALSE(parse_number("", 10));
    EXPECT_FALSE(parse_number("01", 10));
    EXPECT_FALSE(parse_number("+1", 10));
    EXPECT_FALSE(parse_number("11", 10));
    EXPECT_EQ(parse_number("10", 10), 10U);
    EXPECT_FALSE(parse_number("9", 5));
}

TEST(Text, HostileTextIsShownSafely) {
    EXPECT_EQ(shown("a\\b\n\t\x1b"), "a\\\\b\\n\\t\\x1b");
    EXPECT_EQ(shown("\xe2\x80\xae"), "\\u202e");
    EXPECT_EQ(shown("\xff"), "\\xff");
    EXPECT_EQ(shown("\xf0\x9f\x98\x80"), "\\u{1f600}");
}

TEST(Text, NearestFindsLikelySlips) {
    const std::vector<std::string_view> names{"alice", "bob", "carol"};
    EXPECT_EQ(nearest("alcie", names), "alice");
    EXPECT_EQ(nearest("carl", names), "carol");
    EXPECT_FALSE(nearest("zebra", names));
}

TEST(Bytes, Base64IsCanonical) {
    EXPECT_EQ(to_base64(as_bytes("ab")), "YWI=");
    EXPECT_EQ(as_text(from_base64("YWI=").value()), "ab");
    EXPECT_FALSE(from_base64("YWJ="));  // unused bits set
    EXPECT_FALSE(from_base64("YWI"));
    EXPECT_FALSE(from_base64("YW I="));
    EXPECT_FALSE(from_base64("===="));
    EXPECT_FALSE(from_base64("Y==="));
    EXPECT_EQ(from_base64("").value().size(), 0U);
}

TEST(Time, OneSpellingBothWays) {
    EXPECT_EQ(to_text(parse_time("2026-11-21T10:00:00Z").value()), "2026-11-21T10:00:00Z");
    EXPECT_EQ(parse_time("2024-02-29T23:59:59Z").value().seconds, 1709251199);
    for (const char* bad : {"2023-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21 10:00:00Z",
                            "2026-11-21T10:00:00", "2026-11-21T10:00:60Z", "1969-12-31T23:59:59Z"}) {
        EXPECT_FALSE(parse_time(bad)) << bad;
    }
    EXPECT_EQ(parse_span("30m").value().seconds, 1800);
    EXPECT_EQ(to_text(Span{1800}), "30m");
    EXPECT_EQ(to_text(Span{86400}), "1d");
    for (const char* bad : {"", "m", "030m", "30", "-1m", "1w", "100000s"}) {
        EXPECT_FALSE(parse_span(bad)) << bad;
    }
    EXPECT_EQ(to_words(Span{90061}), "1 day 1 hour");
    EXPECT_EQ(to_words(Span{240}), "4 minutes");
}

}  // namespace
}  // namespace cheget::base
