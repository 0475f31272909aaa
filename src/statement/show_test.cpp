#include "statement/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "statement/generators.h"
#include "statement/plain_text.h"

namespace cheget::statement {
namespace {

using testing::HasSubstr;
using testing::Not;

// The lines that show a text's own bytes, put together again.
std::string raw_lines_of(std::string_view shown) {
    std::string text;
    while (!shown.empty()) {
        std::string_view line = base::take_until(shown, '\n');
        if (line == "|") {
            text += "\n";
        } else if (line.starts_with("| ")) {
            text += std::string(line.substr(2)) + "\n";
        } else if (line.starts_with("|+")) {
            text.pop_back();
            text += std::string(line.substr(2)) + "\n";
        }
    }
    return text;
}

template <typename T>
void expect_whole(T (*make)()) {
    EXPECT_TRUE(rc::check("the raw lines shown are the text, and lines stay short", [&] {
        std::string text = render(make()).value();
        std::string shown = show_text(text);
        RC_ASSERT(raw_lines_of(shown) == text);
        std::string_view rest = shown;
        while (!rest.empty()) {
            std::string_view line = base::take_until(rest, '\n');
            auto is_start = [](char byte) {
                return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
            };
            RC_ASSERT(std::count_if(line.begin(), line.end(), is_start) <= 76);
        }
    }));
}

TEST(Attack, G8_a_byte_of_what_is_signed_that_is_not_shown) {
    expect_whole(generate::order);
    expect_whole(generate::vote);
    expect_whole(generate::fact);
    expect_whole(generate::claim);
    expect_whole(generate::receipt);
    expect_whole(generate::enactment);
    expect_whole(generate::revocation);
    expect_whole(generate::custody);
}

TEST(Attack, G8_what_is_shown_moves_the_terminal) {
    EXPECT_TRUE(rc::check("no control or format character is ever written", [] {
        std::string text = render(generate::order()).value();
        std::string shown = show_text(generate::flip() ? text : text + generate::wild());
        std::erase(shown, '\n');
        RC_ASSERT(!first_deceiving(shown));
    }));
}

Order sample() {
    Order order;
    order.domain = {"acme/prod", {}};
    order.policy = {3, {}};
    order.rule = {false, "drop"};
    order.target = "prod/db";
    order.deed = Run{{"/usr/bin/dropdb", "--if-exists", "inv\xe2\x80\xaeoices", "", "a\nb"}};
    order.user = "postgres";
    order.environment = {{"PGHOST", "/run/pg"}};
    order.reason = "caf\xc3\xa9";
    order.proposer = "alice";
    order.proposed = base::parse_time("2026-11-21T10:00:00Z").value();
    order.expires = base::parse_time("2026-11-21T14:00:00Z").value();
    return order;
}

// On a terminal of 80 columns, letters of two columns could push what follows to a line's start.
TEST(Attack, G8_wide_letters_that_wrap_into_a_false_line) {
    Order order = sample();
    for (int i = 0; i < 26; ++i) {
        order.reason += "\xe6\xbc\xa2";
    }
    order.reason += "| proposer: bob";
    std::string shown = show_text(render(order).value());
    EXPECT_THAT(shown, HasSubstr("                        + \xe6\xbc\xa2"));
    EXPECT_THAT(shown, HasSubstr("| proposer: bob\n"));
    EXPECT_THAT(shown, Not(HasSubstr("\n| proposer: bob")));
}

TEST(Show, TellsAnOrder) {
    std::string shown = show_text(render(sample()).value());
    EXPECT_THAT(shown, testing::StartsWith("An order, "));
    EXPECT_THAT(shown,
                HasSubstr("| run: [\"/usr/bin/dropdb\",\"--if-exists\",\"inv\\u202eoices\""));
    EXPECT_THAT(shown, HasSubstr("      runs the program    \"/usr/bin/dropdb\"\n"
                                 "      argument 1          \"--if-exists\"\n"
                                 "      argument 2          \"inv\\u202eoices\"\n"
                                 "      argument 3          \"\"\n"
                                 "      argument 4          \"a\\nb\"\n"));
    EXPECT_THAT(shown, HasSubstr("      as the user         postgres\n"));
    EXPECT_THAT(shown, HasSubstr("      variable PGHOST     \"/run/pg\"\n"));
    EXPECT_THAT(shown, HasSubstr("      reason              caf\xc3\xa9\n"
                                 "      spelt out           caf\\u00e9\n"));
    EXPECT_THAT(shown, HasSubstr("      expires             Saturday, 2026-11-21 14:00:00 UTC\n"
                                 "      which is            4 hours after proposed\n"));
}

TEST(Show, TellsAVoteWithTheTextVotedOn) {
    Vote vote;
    vote.subject_text = render(sample()).value();
    vote.domain = sample().domain;
    vote.on = OnOrder{id_of(vote.subject_text)};
    vote.verdict = Verdict::veto;
    vote.by = "bob";
    std::string shown = show_text(render(vote).value());
    EXPECT_THAT(shown, testing::StartsWith("A vote, "));
    EXPECT_THAT(shown, HasSubstr("      verdict             VETOES it, which is final\n"));
    EXPECT_THAT(shown, HasSubstr("\nThe text voted on:\n\nAn order, "));
    EXPECT_THAT(shown, HasSubstr(base::to_text(id_of(vote.subject_text))));
    EXPECT_THAT(shown, HasSubstr("runs the program    \"/usr/bin/dropdb\""));
}

TEST(Show, TellsWavesAndDrills) {
    Order order = sample();
    order.target = Targets{{},
                           40,
                           {{Wave::Size::count, 1, base::Span{1800}},
                            {Wave::Size::percent, 10, base::Span{3600}},
                            {}}};
    order.rule.emergency = true;
    order.drill = true;
    std::string shown = show_text(render(order).value());
    EXPECT_THAT(shown, HasSubstr("      EMERGENCY rule      drop\n"));
    EXPECT_THAT(shown,
                HasSubstr("      wave 1              1 target, then a hold of 30 minutes\n"));
    EXPECT_THAT(shown, HasSubstr("      wave 3              the rest\n"));
    EXPECT_THAT(shown, HasSubstr("a DRILL"));
}

TEST(Show, TellsAPolicyByItsHeaderAndLines) {
    std::string shown = show_text(
        "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n\nperson alice { k: v }\n");
    EXPECT_THAT(shown, testing::StartsWith("A policy, "));
    EXPECT_THAT(shown, HasSubstr("      domain              acme/prod\n"));
    EXPECT_THAT(shown, HasSubstr("| version: 1\n      version             1\n| log: none\n|\n"));
    EXPECT_THAT(shown, HasSubstr("| person alice { k: v }\n"));
}

TEST(Show, SaysWhenATextIsNoStatement) {
    std::string shown = show_text("rm -rf /\x1b[2J\nx\r");
    EXPECT_THAT(shown, testing::StartsWith("NOT A STATEMENT, "));
    EXPECT_THAT(shown, HasSubstr("| rm -rf /\\x1b[2J\n| x\\x0d\n"));
    std::string changed = render(sample()).value();
    changed.replace(changed.find("alice"), 5, "Alice");
    EXPECT_THAT(show_text(changed), testing::StartsWith("NOT A STATEMENT, "));
    EXPECT_THAT(show_text(changed), Not(HasSubstr("runs the program")));
}

}  // namespace
}  // namespace cheget::statement
