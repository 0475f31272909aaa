// The SSH wire encoding: what is written is read, and nothing is read past its end.
#include "signature/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace cheget::signature {
namespace {

base::Result<base::Bytes> read_number(base::BytesView encoding) {
    WireReader reader(encoding);
    base::BytesView number = TRY(reader.read_positive_mpint());
    return base::Bytes(number.begin(), number.end());
}

TEST(Wire, NumbersHaveOneEncoding) {
    // The examples of RFC 4251 section 5, and their neighbours.
    EXPECT_EQ(read_number(base::Bytes{0, 0, 0, 2, 0, 0x80}).value(), base::Bytes{0x80});
    EXPECT_EQ(read_number(base::Bytes{0, 0, 0, 1, 0x7f}).value(), base::Bytes{0x7f});
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 0}));              // zero
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 1, 0}));           // zero, not minimal
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 2, 0, 0x7f}));     // a needless zero
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 3, 0, 0, 0x80}));  // another
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 2, 0xed, 0xcc}));  // -1234
    EXPECT_FALSE(read_number(base::Bytes{0, 0, 0, 3, 1, 2}));        // cut short
}

TEST(Wire, AFailedReadDoesNotAdvance) {
    const base::Bytes bytes{0, 0, 0, 9, 1};
    WireReader reader(bytes);
    EXPECT_FALSE(reader.read_string());
    EXPECT_FALSE(reader.read_text());
    EXPECT_FALSE(reader.read_positive_mpint());
    EXPECT_FALSE(reader.read_raw(6));
    EXPECT_EQ(reader.remaining(), 5U);
    EXPECT_EQ(reader.read_u32().value(), 9U);
    EXPECT_FALSE(reader.read_u32());
    EXPECT_EQ(reader.read_byte().value(), 1);
    EXPECT_FALSE(reader.read_byte());
    EXPECT_TRUE(reader.at_end());
}

TEST(Wire, WhatIsWrittenIsRead) {
    EXPECT_TRUE(rc::check("round trip", [](const base::Bytes& string, const base::Bytes& number,
                                           std::uint32_t word, std::uint8_t byte) {
        WireWriter writer;
        writer.write_u32(word);
        writer.write_string(base::BytesView(string));
        writer.write_byte(byte);
        writer.write_mpint(number);
        writer.write_raw(string);
        const base::Bytes bytes = writer.take();
        WireReader reader(bytes);
        RC_ASSERT(reader.read_u32().value() == word);
        RC_ASSERT(std::ranges::equal(reader.read_string().value(), string));
        RC_ASSERT(reader.read_byte().value() == byte);
        auto first = std::ranges::find_if(number, [](auto digit) { return digit != 0; });
        if (first == number.end()) {
            RC_ASSERT(reader.read_string().value().empty());
        } else {
            RC_ASSERT(std::ranges::equal(reader.read_positive_mpint().value(),
                                         base::Bytes(first, number.end())));
        }
        RC_ASSERT(std::ranges::equal(reader.read_raw(string.size()).value(), string));
        RC_ASSERT(reader.at_end());
    }));
}

TEST(Wire, LengthsNearTheLargestDoNotOverflow) {
    for (std::uint8_t low : base::Bytes{0xff, 0xfc, 0xfb}) {
        const base::Bytes bytes{0xff, 0xff, 0xff, low, 1, 2, 3};
        EXPECT_FALSE(WireReader(bytes).read_string());
    }
}

}  // namespace
}  // namespace cheget::signature
