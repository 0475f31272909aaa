#include "base/json.h"

#include <gtest/gtest.h>

namespace cheget::base {
namespace {

std::string canonical_of(std::string_view text) {
    return to_canonical(parse_json(text).value());
}

TEST(Json, WritesOneForm) {
    EXPECT_EQ(canonical_of(" { \"b\" : [ 1 , true , null ] , \"a\" : \"x\" } "),
              R"({"a":"x","b":[1,true,null]})");
    EXPECT_EQ(canonical_of(R"("\/\u0041\u00e9\u0000\u001f\u007f\b\f\n\r\t\"\\")"),
              R"("/A\u00e9\u0000\u001f\u007f\b\f\n\r\t\"\\")");
    EXPECT_EQ(canonical_of("\"\xf0\x9f\x98\x80\xe2\x82\xac\""), R"("\ud83d\ude00\u20ac")");
    EXPECT_EQ(canonical_of("[]"), "[]");
    EXPECT_EQ(canonical_of("{}"), "{}");
    EXPECT_EQ(canonical_of("[[],[{}],false]"), "[[],[{}],false]");
}

TEST(Json, KeepsNumbersAsText) {
    for (const char* number :
         {"0", "-0", "1", "-1", "18446744073709551616", "-9223372036854775809", "0.10", "1e5",
          "1E+5", "1e-300", "123456789012345678901234567890", "-0.0"}) {
        EXPECT_EQ(canonical_of(number), number);
        std::string inside = std::string("[") + number + ",{\"k\":" + number + "}]";
        EXPECT_EQ(canonical_of(inside), inside);
        EXPECT_EQ(canonical_of(std::string(" \t") + number + "\r\n"), number);
    }
}

TEST(Json, EqualsWhatSaysTheSame) {
    const std::string_view text = R"({"a":[1,"x",null,true],"b":{"c":1.0}})";
    const auto value = [](std::string_view of) { return *parse_json(of); };
    EXPECT_EQ(value(text), value(R"({"b":{"c":1.0},"a":[1,"x",null,true]})"));
    for (const std::string_view other :
         {R"({"a":[2,"x",null,true],"b":{"c":1.0}})", R"({"a":[1,"y",null,true],"b":{"c":1.0}})",
          R"({"a":[1,"x",false,true],"b":{"c":1.0}})", R"({"a":[1,"x",null,false],"b":{"c":1.0}})",
          R"({"a":[1,"x",null],"b":{"c":1.0}})", R"({"a":[1,"x",null,true],"b":{"d":1.0}})",
          R"({"a":[1,"x",null,true],"b":{"c":1.00}})", R"({"a":[1,"x",null,true]})"}) {
        EXPECT_FALSE(value(text) == value(other)) << other;
    }
}

TEST(Json, RefusesWhatIsNotStrict) {
    for (std::string_view bad : {"",
                                 " ",
                                 "{",
                                 "[1,]",
                                 "[1 2]",
                                 "{\"a\":1,\"a\":2}",
                                 "{\"a\":1,\"\\u0061\":2}",
                                 "01",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1-",
                                 "nul",
                                 "'a'",
                                 "\"\\ud800\"",
                                 "\"\\udc00\"",
                                 "\"\\ud800\\u0041\"",
                                 "\"\xff\"",
                                 "\"\xc0\x80\"",
                                 "\"\xed\xa0\x80\"",
                                 "\"a\nb\"",
                                 "1 2",
                                 "[1]]",
                                 "// a\n1",
                                 "\xEF\xBB\xBF"
                                 "1",
                                 "NaN",
                                 "Infinity",
                                 "1e999",
                                 "\"abc",
                                 "{\"a\"}",
                                 "{1:2}",
                                 "-"}) {
        EXPECT_FALSE(parse_json(bad)) << bad;
    }
}

// The library below takes a NUL for the end of its input.
TEST(Attack, G10_json_with_bytes_after_a_nul) {
    EXPECT_FALSE(parse_json(std::string_view("1\0garbage", 9)));
    EXPECT_FALSE(parse_json(std::string_view("1\0", 2)));
    EXPECT_FALSE(parse_json(std::string_view("[1\0]", 4)));
}

TEST(Attack, G10_json_with_a_key_that_stands_twice) {
    Result<Json> twice = parse_json(R"({"argv":1,"b":{"x":1,"x":2}})");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message, "the key \"x\" stands twice");
}

TEST(Attack, G10_json_nested_without_end) {
    std::string deepest(k_deepest_json, '[');
    std::string close(k_deepest_json, ']');
    EXPECT_TRUE(parse_json(deepest + close));
    EXPECT_EQ(parse_json("[" + deepest + close + "]").error().message, "nested more than 64 deep");
    EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
    std::string objects;
    for (int i = 0; i < 65; ++i) {
        objects += "{\"a\":";
    }
    EXPECT_EQ(parse_json(objects).error().message, "nested more than 64 deep");
}

TEST(Attack, G8_json_in_a_form_that_is_not_canonical) {
    for (const char* bad : {"[1, 2]", " [1]", "[1] ", R"({"b":1,"a":2})", R"("\/")", R"("\u00E9")",
                            R"("\u0041")", R"("\u000a")", "\"\xc3\xa9\""}) {
        EXPECT_FALSE(parse_canonical_json(bad)) << bad;
    }
    EXPECT_EQ(parse_canonical_json(R"(["\u00E9"])").error().message,
              R"(not canonical JSON from byte 7 on; write ["\u00e9"])");
    EXPECT_TRUE(parse_canonical_json(R"({"a":["\u00e9\ud83d\ude00",-12,0,null,true]})"));
}

TEST(Json, CanonicalNumbersAreWholeUnlessAnyAreAllowed) {
    for (const char* bad : {"-0", "1.0", "1e5", "-0.5", "[1,{\"a\":1e1}]"}) {
        EXPECT_FALSE(parse_canonical_json(bad)) << bad;
        EXPECT_TRUE(parse_canonical_json(bad, true)) << bad;
    }
    EXPECT_TRUE(parse_canonical_json("123456789012345678901234567890"));
    EXPECT_TRUE(parse_canonical_json("-1"));
}

TEST(Json, ReadsCanonicalStringsAlone) {
    EXPECT_EQ(parse_canonical_string("\"plain text\""), "plain text");
    EXPECT_EQ(parse_canonical_string(R"("caf\u00e9 \"x\"")"), "caf\xc3\xa9 \"x\"");
    for (const char* bad : {"", "\"", "x", "1", "[\"a\"]", "\"a\" ", "\"a\"b\"", "\"\t\""}) {
        EXPECT_FALSE(parse_canonical_string(bad)) << bad;
    }
}

TEST(Json, InvalidBytesBecomeVisible) {
    EXPECT_EQ(to_canonical(std::string_view("a\xff"
                                            "b\xc3")),
              R"("a\ufffdb\ufffd")");
}

}  // namespace
}  // namespace cheget::base
