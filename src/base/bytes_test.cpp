// Hexadecimal and base64: each value has one text, and each text that is read is that one.
#include "base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace cheget::base {
namespace {

TEST(Bytes, HexadecimalIsLowerCaseAndExact) {
    EXPECT_EQ(to_hex(Bytes{0x00, 0x9f, 0xff}), "009fff");
    EXPECT_EQ(from_hex("009fff", 3).value(), (Bytes{0x00, 0x9f, 0xff}));
    EXPECT_EQ(from_hex("", 0).value(), Bytes{});
    for (std::string_view bad : {"009fF0", "009ff", "009fff0", "009fff00", "00 9ff", "0x9fff", "",
                                 "00:9f:ff", "009ffg", "009ff/", "009ff`", "009ff@"}) {
        EXPECT_FALSE(from_hex(bad, 3)) << bad;
    }
}

TEST(Bytes, HexadecimalComesBack) {
    EXPECT_TRUE(rc::check("hexadecimal", [](const Bytes& bytes) {
        RC_ASSERT(from_hex(to_hex(bytes), bytes.size()).value() == bytes);
        RC_ASSERT(!from_hex(to_hex(bytes), bytes.size() + 1).has_value());
    }));
}

// RFC 4648 section 10.
TEST(Bytes, Base64PublishedExamples) {
    const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : examples) {
        EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
        EXPECT_EQ(as_text(from_base64(encoded).value()), plain);
    }
    EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff}), "-_8");
    EXPECT_EQ(to_base64url(Bytes{}), "");
}

TEST(Bytes, Base64ComesBack) {
    EXPECT_TRUE(rc::check("base64", [](const Bytes& bytes) {
        RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
    }));
}

// Whatever is accepted is what would have been written: one text for each value.
TEST(Bytes, Base64HasOneSpelling) {
    const auto letter = rc::gen::elementOf(std::string("ABwxyz0189+/= -_\n"));
    EXPECT_TRUE(rc::check("near base64", [&] {
        const auto text = *rc::gen::container<std::string>(letter);
        auto bytes = from_base64(text);
        RC_ASSERT((!bytes || to_base64(*bytes) == text));
    }));
    for (std::string_view bad : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=",
                                 "==", "====", "Zg==Zg==", "Z===", "Zm9v\n", " Zm9v", "Zm-v",
                                 "Zm_v", "Zm=v", "Zm9v===="}) {
        EXPECT_FALSE(from_base64(bad)) << bad;
    }
}

TEST(Bytes, ComparisonSeesEveryByteAndTheLength) {
    EXPECT_TRUE(equal_in_constant_time({}, {}));
    EXPECT_TRUE(rc::check("comparison", [](const Bytes& bytes, std::uint8_t more) {
        RC_ASSERT(equal_in_constant_time(bytes, bytes));
        Bytes longer = bytes;
        longer.push_back(more);
        RC_ASSERT(!equal_in_constant_time(bytes, longer));
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            Bytes changed = bytes;
            changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
            RC_ASSERT(!equal_in_constant_time(bytes, changed));
        }
    }));
}

}  // namespace
}  // namespace cheget::base
