// Signed notes: what is verified, what is skipped, and what refuses the whole.
#include "log/note.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/log_test_support.h"

namespace cheget::log {
namespace {

using testing::test_log;
using testing::test_witness;
using testing::TestSigner;

TEST(Note, ASignedTextIsReadAndVerified) {
    const Note note{
        "first\n\nafter an empty line\n",
        {test_witness(2).cosign("x\n", 5), test_log().sign("first\n\nafter an empty line\n")}};
    const auto read = parse_note(render(note));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, note);
    const NoteKey key = test_log().key();
    const auto verified = verify_note(*read, std::span(&key, 1));
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->size(), 1U);
    Note other = *read;
    other.text[0] = 'F';
    EXPECT_FALSE(verify_note(other, std::span(&key, 1)));
}

TEST(Note, ACosignatureSignsTimeAndText) {
    EXPECT_EQ(cosigned_message({1'679'315'147}, "log.example\n7\nroot\n"),
              "cosignature/v1\ntime 1679315147\nlog.example\n7\nroot\n");
    const TestSigner witness = test_witness(1);
    const Note note{"text\n", {witness.cosign("text\n", 1'679'315'147)}};
    EXPECT_EQ(base::to_hex(base::BytesView(note.signatures[0].payload).first(8)),
              "00000000641850cb");
    const auto verified = verify_note(note, std::span(&witness.key(), 1));
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->at(0).time, base::Time{1'679'315'147});
}

TEST(Note, ManySignaturesOfStrangersAreSkipped) {
    Note note{"text\n", {}};
    for (std::uint8_t i = 1; i < k_most_signatures; ++i) {
        note.signatures.push_back(test_witness(i).cosign("other text\n", i));
    }
    note.signatures.push_back(test_log().sign("text\n"));
    const auto read = parse_note(render(note));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, note);
    EXPECT_TRUE(verify_note(*read, std::span(&test_log().key(), 1)));
    note.signatures.push_back(test_log().sign("text\n"));
    EXPECT_FALSE(parse_note(render(note)));
}

TEST(Attack, G5_a_bad_signature_of_a_known_key_refuses_the_note) {
    const NoteKey keys[] = {test_log().key(), test_witness(1).key()};
    Note note{"text\n", {test_log().sign("text\n"), test_witness(1).cosign("text\n", 5)}};
    ASSERT_TRUE(verify_note(note, keys));
    note.signatures[1].payload[20] ^= 1;
    EXPECT_FALSE(verify_note(note, keys));
    note.signatures[1].payload.pop_back();
    EXPECT_FALSE(verify_note(note, keys));
}

TEST(Attack, G6_a_cosignature_under_another_time) {
    const NoteKey key = test_witness(1).key();
    Note note{"text\n", {test_witness(1).cosign("text\n", 1'000'000)}};
    ASSERT_TRUE(verify_note(note, std::span(&key, 1)));
    note.signatures[0].payload[7] ^= 1;
    EXPECT_FALSE(verify_note(note, std::span(&key, 1)));
    note = {"text\n", {test_witness(1).cosign("text\n", base::k_latest_time.seconds + 1)}};
    EXPECT_FALSE(verify_note(note, std::span(&key, 1)));
}

TEST(Attack, G6_a_signature_of_one_type_taken_for_the_other) {
    // The log's key signed the text; its bytes under the same key as a cosignature are nothing.
    const NoteKey log = test_log().key();
    const NoteKey cosigning =
        signature::make_note_key(log.name, signature::k_note_cosignature, log.key).value();
    Note note{"text\n", {test_log().sign("text\n")}};
    note.signatures[0].id = cosigning.id;
    EXPECT_FALSE(verify_note(note, std::span(&cosigning, 1)));
    note.signatures[0].payload.insert(note.signatures[0].payload.begin(), 8, 0);
    EXPECT_FALSE(verify_note(note, std::span(&cosigning, 1)));
}

TEST(Attack, G1_a_note_that_nobody_known_signed) {
    const NoteKey key = test_log().key();
    const TestSigner same_name(key.name, signature::k_note_ed25519, 77);
    EXPECT_FALSE(verify_note({"text\n", {same_name.sign("text\n")}}, std::span(&key, 1)));
    NoteSignature other_name = test_log().sign("text\n");
    other_name.name = "other.example";
    EXPECT_FALSE(verify_note({"text\n", {other_name}}, std::span(&key, 1)));
    NoteKey strange = key;
    strange.type = 6;
    EXPECT_FALSE(verify_note({"text\n", {test_log().sign("text\n")}}, std::span(&strange, 1)));
}

TEST(Note, MalformedOnesAreRefused) {
    const std::string good = render({"a\n\nb\n", {test_log().sign("a\n\nb\n")}});
    ASSERT_TRUE(parse_note(good));
    EXPECT_EQ(parse_note(good)->text, "a\n\nb\n");
    auto changed = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.rfind(from), from.size(), to);
        return parse_note(text).has_value();
    };
    EXPECT_FALSE(changed("\xE2\x80\x94 ", "- "));
    EXPECT_FALSE(changed("log.example/prod", "log.example+prod"));
    EXPECT_FALSE(changed("log.example/prod", "log.example\xC2\xA0prod"));
    EXPECT_FALSE(changed("log.example/prod", "log.example\xE3\x80\x80prod"));
    EXPECT_FALSE(changed("log.example/prod", "log.example prod"));
    EXPECT_FALSE(changed("log.example/prod", ""));
    EXPECT_TRUE(changed("log.example/prod", "log\xC3\xA9.example"));
    EXPECT_FALSE(changed("\n", ""));
    EXPECT_FALSE(changed("\n", "\n\n"));
    EXPECT_FALSE(changed("=\n", "\n"));
    EXPECT_FALSE(changed("a\n", "a\r\n"));
    EXPECT_FALSE(changed("a\n", std::string_view("a\0\n", 3)));
    EXPECT_FALSE(changed("a\n", "\xFF\n"));
    EXPECT_FALSE(parse_note(""));
    EXPECT_FALSE(parse_note("a\n"));
    EXPECT_FALSE(parse_note("a\n\n")) << "no signature at all";
    EXPECT_FALSE(parse_note("a\n\n\xE2\x80\x94 b AAAAAA==\n")) << "an id and nothing after it";
    EXPECT_FALSE(parse_note(std::string(k_longest_note, 'a') + good));
    EXPECT_FALSE(parse_signature_lines(std::string(k_longest_note + 1, '\n')));
}

RC_GTEST_PROP(Note, RenderAndParseAreInverse, ()) {
    Note note;
    const auto lines = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7F)));
    for (const std::string& line : lines) {
        note.text += line + '\n';
    }
    note.text += "end\n";
    const auto count = *rc::gen::inRange<std::uint8_t>(1, 10);
    for (std::uint8_t i = 0; i < count; ++i) {
        note.signatures.push_back(test_witness(i).cosign(note.text, i));
    }
    const auto read = parse_note(render(note));
    RC_ASSERT(read.has_value());
    RC_ASSERT(render(*read) == render(note));
    RC_ASSERT(read->text == note.text);
}

}  // namespace
}  // namespace cheget::log
