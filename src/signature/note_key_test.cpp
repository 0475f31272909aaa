// Keys of signed notes: one spelling, the id checked, what C2SP publishes read alike.
#include "signature/note_key.h"

#include <gtest/gtest.h>

namespace cheget::signature {
namespace {

constexpr std::string_view k_published =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

TEST(NoteKey, ThePublishedCheckValueIsRead) {
    auto key = parse_note_key(k_published);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->name, "example.com/foo");
    EXPECT_EQ(to_text(key->id), "530d903a");
    EXPECT_EQ(key->type, k_note_ed25519);
    EXPECT_EQ(to_text(*key), k_published);
    auto made = make_note_key(key->name, key->type, key->key);
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, *key);
}

TEST(NoteKey, OnlyTheRightIdIsRead) {
    std::string text(k_published);
    text[text.find('+') + 1] = '6';
    auto key = parse_note_key(text);
    ASSERT_FALSE(key);
    EXPECT_NE(key.error().message.find("the key's id is 530d903a"), std::string::npos);
}

TEST(NoteKey, AnotherTypeIsAnotherKey) {
    auto key = parse_note_key(k_published).value();
    auto cosigning = make_note_key(key.name, k_note_cosignature, key.key).value();
    EXPECT_NE(key.id, cosigning.id);
    EXPECT_EQ(parse_note_key(to_text(cosigning)).value(), cosigning);
}

TEST(NoteKey, MalformedOnesAreRefused) {
    const std::string_view bad[] = {
        "",
        "a",
        "a+",
        "a+00000000",
        "a+00000000+",
        "a b+00000000+AAAA",
        "+00000000+AAAA",
        // the id in upper case, nothing before the name, white space, a key that is too short
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        " example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv",
    };
    for (std::string_view text : bad) {
        EXPECT_FALSE(parse_note_key(text)) << text;
    }
    const std::array<std::uint8_t, 32> key{};
    for (std::string_view name : {"", "a b", "a+b", "a\n", "\xC3\xA9"}) {
        EXPECT_FALSE(make_note_key(name, k_note_ed25519, key)) << name;
    }
    EXPECT_FALSE(make_note_key(std::string(256, 'a'), k_note_ed25519, key));
    EXPECT_TRUE(make_note_key(std::string(255, 'a'), k_note_ed25519, key));
}

}  // namespace
}  // namespace cheget::signature
