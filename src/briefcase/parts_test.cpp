// Numbered parts: any order, twice, mixed, altered, missing.
#include "briefcase/parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"

namespace cheget::briefcase {
namespace {

using base::Bytes;

std::string random_whole(std::size_t size, unsigned seed) {
    std::mt19937 generator(seed);
    std::string whole(size, '\0');
    for (char& byte : whole) {
        byte = static_cast<char>(generator());
    }
    return whole;
}

TEST(Parts, any_order_and_twice_make_the_whole) {
    std::mt19937 generator(1);
    for (const std::size_t size : {1U, 2U, 347U, 348U, 349U, 700U, 5000U, 100'000U}) {
        for (const std::size_t most : {k_part_header + 1, std::size_t{400}, std::size_t{2953}}) {
            const std::string whole = random_whole(size, static_cast<unsigned>(size));
            auto parts = cut(whole, most);
            if (!parts) {
                EXPECT_GT(size / (most - k_part_header), 4000U);
                continue;
            }
            for (const Bytes& part : *parts) {
                EXPECT_LE(part.size(), most);
            }
            const std::size_t count = parts->size();
            const std::vector<Bytes> once = *parts;
            parts->insert(parts->end(), once.begin(), once.end());
            std::shuffle(parts->begin(), parts->end(), generator);
            Gathering gathering;
            std::size_t fresh = 0;
            for (const Bytes& bytes : *parts) {
                EXPECT_EQ(gathering.whole().has_value(), fresh == count);
                EXPECT_EQ(gathering.missing().size(),
                          gathering.of() ? count - fresh : std::size_t{0});
                const Part part = parse_part(bytes).value();
                EXPECT_EQ(render(part), bytes);
                fresh += gathering.add(part).value() ? std::size_t{1} : std::size_t{0};
            }
            EXPECT_EQ(fresh, count);
            EXPECT_EQ(gathering.whole().value(), whole);
        }
    }
}

TEST(Parts, bounds_come_first) {
    EXPECT_FALSE(cut("", 400));
    EXPECT_FALSE(cut("abc", k_part_header));
    EXPECT_FALSE(cut(std::string(k_most_whole + 1, 'x'), 2953));
    EXPECT_FALSE(cut(std::string(k_most_parts + 1, 'x'), k_part_header + 1));
    EXPECT_EQ(cut(std::string(k_most_parts, 'x'), k_part_header + 1)->size(), k_most_parts);
    const auto refused = [](std::uint32_t size, std::uint16_t count, std::uint16_t number) {
        const Part part{{}, size, count, number, base::as_bytes("x")};
        return !parse_part(render(part)).has_value() && !size_of_part(render(part)).has_value();
    };
    EXPECT_FALSE(refused(1, 1, 1));
    EXPECT_TRUE(refused(0, 1, 1));
    EXPECT_TRUE(refused(1, 0, 1));
    EXPECT_TRUE(refused(1, 1, 0));
    EXPECT_TRUE(refused(1, 1, 2));
    EXPECT_TRUE(refused(1, 2, 1));
    EXPECT_TRUE(refused(k_most_whole + 1, 1, 1));
    EXPECT_TRUE(refused(10'000, k_most_parts + 1, 1));
    EXPECT_TRUE(refused(5, 4, 1));  // three parts of 2 bytes are all
}

TEST(Parts, G10_an_altered_byte_is_told_by_the_part_itself) {
    const auto parts = cut(random_whole(500, 2), 300).value();
    for (std::size_t i = 0; i < parts[1].size(); ++i) {
        Bytes altered = parts[1];
        altered[i] = static_cast<std::uint8_t>(altered[i] ^ 1);
        EXPECT_FALSE(parse_part(altered)) << i;
    }
    for (std::size_t size = 0; size < parts[1].size(); ++size) {
        EXPECT_FALSE(parse_part(base::BytesView(parts[1]).first(size)));
    }
    Bytes longer = parts[1];
    longer.push_back(0);
    EXPECT_FALSE(parse_part(longer));
    const auto told = parse_part([&] {
        Bytes altered = parts[1];
        altered.back() = static_cast<std::uint8_t>(altered.back() ^ 1);
        return altered;
    }());
    EXPECT_EQ(told.error().message, "part 2 of 3 was altered or misread; read its code again");
}

TEST(Parts, G10_parts_of_two_loads_do_not_mix) {
    const std::string one = random_whole(500, 3);
    const std::string two = random_whole(500, 4);
    const auto ones = cut(one, 300).value();
    const auto twos = cut(two, 300).value();
    Gathering gathering;
    ASSERT_TRUE(gathering.add(parse_part(ones[0]).value()));
    const auto mixed = gathering.add(parse_part(twos[2]).value());
    ASSERT_FALSE(mixed.has_value());
    EXPECT_TRUE(mixed.error().message.starts_with("part 3 belongs to another load"));
    EXPECT_EQ(numbers_in_words(gathering.missing()), "2 and 3");
    EXPECT_EQ(gathering.whole().error().kind, base::ErrorKind::waiting);
    // Cut another way it is another load, though its bytes are the same.
    EXPECT_FALSE(gathering.add(parse_part(cut(one, 200).value()[1]).value()));
}

// Who makes parts with sound checks of their own can't get anything but the named whole through.
TEST(Parts, G1_forged_parts_never_make_another_whole) {
    const std::string whole = random_whole(500, 5);
    const auto parts = cut(whole, 300).value();
    Part forged = parse_part(parts[1]).value();
    std::string content(base::as_text(forged.content));
    content[7] = static_cast<char>(content[7] ^ 1);
    forged.content = base::as_bytes(content);
    const Bytes bytes = render(forged);
    ASSERT_TRUE(parse_part(bytes).has_value());
    Gathering gathering;
    ASSERT_TRUE(gathering.add(parse_part(parts[0]).value()));
    ASSERT_TRUE(gathering.add(parse_part(bytes).value()));
    EXPECT_FALSE(gathering.add(parse_part(parts[1]).value()));  // two parts 2
    ASSERT_TRUE(gathering.add(parse_part(parts[2]).value()));
    const auto made = gathering.whole();
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().kind, base::ErrorKind::bad_input);
}

TEST(Parts, numbers_are_told_in_words) {
    EXPECT_EQ(numbers_in_words({}), "");
    EXPECT_EQ(numbers_in_words({3}), "3");
    EXPECT_EQ(numbers_in_words({3, 4}), "3 and 4");
    EXPECT_EQ(numbers_in_words({3, 7, 8, 9, 12}), "3, 7 to 9 and 12");
}

}  // namespace
}  // namespace cheget::briefcase
