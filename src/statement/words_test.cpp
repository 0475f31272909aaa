#include "statement/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace cheget::statement {
namespace {

// Whether one slip (a letter more, less or other, or two neighbours swapped) makes one of the
// other.
bool is_one_slip_apart(std::string_view left, std::string_view right) {
    if (left.size() > right.size()) {
        std::swap(left, right);
    }
    std::size_t i = 0;
    while (i < left.size() && left[i] == right[i]) {
        ++i;
    }
    if (left.size() + 1 == right.size()) {
        return left.substr(i) == right.substr(i + 1);
    }
    if (left.size() != right.size()) {
        return false;
    }
    return left.substr(i + 1) == right.substr(i + 1) ||
           (i + 1 < left.size() && left[i] == right[i + 1] && left[i + 1] == right[i] &&
            left.substr(i + 2) == right.substr(i + 2));
}

TEST(Words, TheListKeepsItsPromises) {
    std::set<std::string_view> starts;
    for (std::string_view word : k_words) {
        EXPECT_GE(word.size(), 4U) << word;
        EXPECT_LE(word.size(), 8U) << word;
        EXPECT_TRUE(std::all_of(word.begin(), word.end(), [](char letter) {
            return letter >= 'a' && letter <= 'z';
        })) << word;
        starts.insert(word.substr(0, 4));
    }
    EXPECT_EQ(starts.size(), 2048U);
    EXPECT_TRUE(std::is_sorted(k_words.begin(), k_words.end()));
    for (std::size_t i = 0; i < k_words.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            EXPECT_FALSE(is_one_slip_apart(k_words[i], k_words[j])) << k_words[i] << k_words[j];
        }
    }
}

// The list is part of the format: this digest of its words, one per line, may never change.
TEST(Words, TheListIsFixed) {
    std::string text;
    for (std::string_view word : k_words) {
        text += std::string(word) + '\n';
    }
    EXPECT_EQ(base::to_hex(base::sha256(text)),
              "545119ada6c95c8c36f96949a8227d78744ec369d1d8e082ea2bd03e8be3895a");
}

TEST(Words, SayTheFirst132Bits) {
    base::Digest digest;
    EXPECT_EQ(words_of(digest)[11], k_words[0]);
    digest.bytes.fill(0xFF);
    EXPECT_EQ(words_of(digest)[0], k_words[2047]);
    digest = {};
    digest.bytes[1] = 0x20;  // bit 10, the last of the first word
    EXPECT_EQ(words_of(digest)[0], k_words[1]);
    digest = {};
    digest.bytes[16] = 0x10;  // bit 131, the last that is said
    EXPECT_EQ(words_of(digest)[11], k_words[1]);
    for (int bit = 0; bit < 132; ++bit) {
        base::Digest changed = digest;
        changed.bytes[static_cast<std::size_t>(bit / 8)] ^=
            static_cast<std::uint8_t>(128 >> bit % 8);
        EXPECT_NE(words_of(changed), words_of(digest)) << bit;
    }
}

TEST(Words, ReadBackAsTyped) {
    base::Digest digest = base::sha256("something");
    std::string text = words_text(digest);
    auto words = parse_words(text).value();
    EXPECT_EQ(words.size(), 12U);
    EXPECT_TRUE(words_match(words, digest));
    EXPECT_FALSE(words_match(words, base::sha256("something else")));
    std::string typed;
    for (std::string_view word : words_of(digest)) {
        typed += std::string(word.substr(0, 4)) + ", \n";
    }
    std::transform(typed.begin(), typed.end(), typed.begin(),
                   [](char letter) { return static_cast<char>(std::toupper(letter)); });
    EXPECT_EQ(parse_words(typed).value(), words);
    words.resize(6);
    EXPECT_TRUE(words_match(words, digest));
    words[5] ^= 1U;
    EXPECT_FALSE(words_match(words, digest));
    EXPECT_FALSE(words_match({}, digest));
}

TEST(Words, RefusesWhatIsNotWords) {
    EXPECT_EQ(parse_words("abbey").error().message,
              "expected 12 words, or 6 for a quick look; found 1");
    EXPECT_EQ(parse_words("abey abbey abbey abbey abbey abbey").error().message,
              "\"abey\" is not a word of the list; did you mean \"abbey\"?");
    EXPECT_EQ(parse_words("\x1b[2J").error().message, "\"\\x1b[2J\" is not a word of the list");
    EXPECT_FALSE(parse_words(std::string(2000, ' ')));
    EXPECT_FALSE(parse_words(""));
}

}  // namespace
}  // namespace cheget::statement
