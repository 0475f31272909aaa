// Attacks on the text of statements: what G8 and G10 forbid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "statement/samples.h"

namespace cheget::statement {
namespace {

using namespace samples;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Attack, G10_a_field_that_stands_twice) {
    EXPECT_EQ(
        message_of(changed(k_order, "user: postgres\n", "user: postgres\nuser: root\n")),
        "malformed order: line 8: expected the field \"reason\"; found \"user\" a second time");
    EXPECT_EQ(
        message_of(changed(k_order, "rule: drop-database\n",
                           "rule: drop-database\nrule: drop-database\n")),
        "malformed order: line 5: expected one of target, targets; found \"rule\" a second time");
    EXPECT_THAT(
        message_of(changed(k_vote, "verdict: approve\n", "verdict: approve\nverdict: veto\n")),
        HasSubstr("\"verdict\" a second time"));
    EXPECT_THAT(message_of(changed(k_order, "user: ", "run: [\"/bin/rm\"]\nuser: ")),
                HasSubstr("\"run\" a second time"));
}

TEST(Attack, G10_fields_in_another_order) {
    EXPECT_THAT(
        message_of(changed(k_order, "user: postgres\ndirectory: /var/lib\n",
                           "directory: /var/lib\nuser: postgres\n")),
        HasSubstr("expected the field \"reason\"; found \"user\", which has no place here"));
    EXPECT_THAT(
        message_of(changed(k_vote, "verdict: approve\nby: bob\n", "by: bob\nverdict: approve\n")),
        HasSubstr("expected the field \"verdict\"; found \"by\""));
}

TEST(Attack, G8_control_bytes) {
    for (int byte = 0; byte < 256; ++byte) {
        auto character = static_cast<char>(byte);
        if (byte == '\n' || (byte >= 0x20 && byte <= 0x7E)) {
            continue;
        }
        for (const std::string& text : {k_order, k_vote, k_policy, k_receipt}) {
            std::string hidden = text;
            hidden.insert(hidden.size() / 2, 1, character);
            EXPECT_THAT(message_of(hidden),
                        HasSubstr("expected printable ASCII and line feeds alone"));
        }
        // parse_vote_fields does not read the subject, but holds its bytes to the same.
        EXPECT_FALSE(
            parse_vote_fields(changed(k_vote, "rule: d", std::string("rule: ") + character)));
    }
    EXPECT_EQ(message_of(changed(k_order, "alice\n", "alice\r\n")),
              "malformed order: line 17: byte 0x0d; expected printable ASCII and line feeds alone");
}

TEST(Attack, G8_spaces_at_the_end_of_a_line) {
    EXPECT_EQ(message_of(changed(k_order, "alice\n", "alice \n")),
              "malformed order: line 17: a space at the end of the line");
    EXPECT_EQ(message_of(changed(k_vote, "proposer: alice\n", "proposer: alice \n")),
              "malformed vote: line 28: a space at the end of the line");
    EXPECT_THAT(message_of(changed(k_policy, "{ ssh", "{ \nssh")), HasSubstr("a space at the end"));
    EXPECT_EQ(message_of(changed(k_vote, "\n\ncheget", "\n \ncheget")),
              "malformed vote: line 11: a space at the end of the line");
}

TEST(Attack, G8_a_text_without_its_last_line_feed) {
    for (std::string text : {k_order, k_vote, k_policy, k_fact}) {
        text.pop_back();
        EXPECT_THAT(message_of(text),
                    HasSubstr("expected a line feed at the end of the last line"));
    }
}

TEST(Attack, G8_letters_that_deceive_in_a_reason) {
    for (std::string_view escape : {"\\u202e",
                                    "\\u2066",
                                    "\\u200b",
                                    "\\u200d",
                                    "\\u2028",
                                    "\\u2029",
                                    "\\u0000",
                                    "\\u001b",
                                    "\\u0085",
                                    "\\u00a0",
                                    "\\u00ad",
                                    "\\ufeff",
                                    "\\ue000",
                                    "\\ufffd",
                                    "\\uffff",
                                    "\\u3164",
                                    "\\ud83c\\udffb\\ufe0f",
                                    "\\udb40\\udc41",
                                    "\\udbff\\udffd",
                                    "\\b",
                                    "\\n",
                                    "\\t"}) {
        std::string text =
            changed(k_order, "ticket", std::string("ti") + std::string(escape) + "cket");
        EXPECT_THAT(message_of(text), HasSubstr("line 16, reason: expected text without control"))
            << escape;
    }
    for (std::string_view escape :
         {"\\u00e9", "\\u0416", "\\u6f22", "\\ud83d\\ude00", "\\\\", "\\\""}) {
        std::string text =
            changed(k_order, "ticket", std::string("ti") + std::string(escape) + "cket");
        EXPECT_EQ(message_of(text), "(read)") << escape;
    }
}

TEST(Attack, G8_a_subject_other_than_the_one_that_the_vote_names) {
    EXPECT_EQ(message_of(changed(k_vote, "\"invoices\"", "\"customers\"")),
              "malformed vote: the text voted on: its SHA-256 is not the one in on");
    EXPECT_EQ(message_of(k_vote + "x: y\n"),
              "malformed vote: the text voted on: its SHA-256 is not the one in on");
    EXPECT_EQ(message_of(changed(k_policy_vote, "person alice", "person mallory")),
              "malformed vote: the text voted on: its SHA-256 is not the one in on");
    // A policy voted on as an order, and an order as a policy.
    EXPECT_THAT(message_of(vote_on(k_policy, "order " + base::to_text(id_of(k_policy)))),
                StartsWith("malformed vote: the text voted on: malformed order: line 1"));
    EXPECT_THAT(message_of(vote_on(k_order, "policy 3 " + base::to_text(id_of(k_order)))),
                StartsWith("malformed vote: the text voted on: malformed policy: line 1"));
    EXPECT_EQ(message_of(k_vote.substr(0, k_vote.find("\n\n") + 2)),
              "malformed vote: the text voted on: there is none after the empty line");
}

// The length comes before everything else: such a text is not even looked at.
TEST(Attack, G10_texts_that_are_too_long) {
    std::string filler(20'000, '\x01');
    EXPECT_EQ(message_of(k_order + filler), "malformed order: 20" + std::to_string(k_order.size()) +
                                                " bytes; at most 16384 are allowed");
    EXPECT_THAT(message_of(k_vote + filler + filler + filler),
                HasSubstr("bytes; at most 53248 are allowed"));
    EXPECT_THAT(message_of(k_policy + filler + filler + filler),
                HasSubstr("bytes; at most 49152 are allowed"));
    EXPECT_FALSE(parse_vote_fields(k_vote + filler + filler + filler));
    std::string reason(k_longest_free_text - 1, 'x');
    EXPECT_THAT(message_of(changed(k_order, "ticket 4711", reason)),
                HasSubstr("line 16, reason: expected at most 2048 bytes"));
    reason.pop_back();
    EXPECT_EQ(message_of(changed(k_order, "ticket 4711", reason)), "(read)");
}

TEST(Attack, G8_a_value_that_would_write_another_line) {
    Order order = parse_order(k_order).value();
    order.proposer = "alice\nproposed: 2026-11-21T10:00:00Z";
    EXPECT_THAT(render(order).error().message,
                StartsWith("cannot write it: malformed order: line 19"));
    order = parse_order(k_order).value();
    order.user = "postgres\ndirectory: /tmp";
    order.directory.reset();
    EXPECT_EQ(render(order).error().message,
              "cannot write it: a value does not read back as it was given");
    order = parse_order(k_order).value();
    order.deed = statement::Run{{"/bin/echo", "\xff"}};
    EXPECT_EQ(render(order).error().message,
              "cannot write it: a value does not read back as it was given");
    order = parse_order(k_order).value();
    order.environment = {{"B", "1"}, {"A", "2"}};
    EXPECT_FALSE(render(order));
    order = parse_order(k_order).value();
    order.deed = Ref{"a", "b", "c", "d"};  // with a user, a directory and so on
    EXPECT_FALSE(render(order));
}

TEST(Attack, G8_bytes_beside_a_text_and_its_signatures) {
    for (const std::string& file :
         {std::string(), k_armor, k_order + k_armor + "\n", k_order + k_armor + "x" + k_armor,
          k_order + k_armor + " ", k_order + "-----BEGIN SSH SIGNATURE-----\nU1NI\n",
          k_order + k_armor.substr(0, k_armor.size() - 1), k_order.substr(0, k_order.size() - 1),
          k_order + k_armor + k_order, k_order + changed(k_armor, "U1NI", std::string(9000, 'A')),
          k_order + changed(k_armor, "U1NI", "\x1b["), std::string(65'536, 'a')}) {
        EXPECT_FALSE(split_signed(file)) << file.substr(0, 2000);
    }
    // CRLF is no line end: the text then swallows the armour, and is refused for it.
    std::string carriage = k_order + changed(k_armor, "-----\n", "-----\r\n");
    EXPECT_FALSE(parse_order(split_signed(carriage).value().text));
}

}  // namespace
}  // namespace cheget::statement
