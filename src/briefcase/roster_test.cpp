// Rosters: what is read, what is refused and told where.
#include "briefcase/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cheget::briefcase {
namespace {

using ::testing::HasSubstr;

const std::string k_head = "cheget roster v1\ngrace: 30m\n";

TEST(Roster, shifts_follow_each_other) {
    const auto rosters =
        parse_rosters(k_head + "2027-01-15T08:00:00Z alice\n2027-01-15T20:00:00Z bob  # nights\n");
    ASSERT_TRUE(rosters) << rosters.error().message;
    const Roster& roster = rosters->front();
    EXPECT_EQ(roster.grace, base::Span{1800});
    const base::Time begin = roster.shifts.front().from;
    EXPECT_EQ(roster.at({begin.seconds - 1}), nullptr);
    EXPECT_EQ(roster.at(begin)->name, "alice");
    EXPECT_EQ(roster.at(begin + base::Span{12 * 3600 - 1})->name, "alice");
    EXPECT_EQ(roster.at(begin + base::Span{12 * 3600})->name, "bob");
}

TEST(Roster, G10_what_is_not_a_roster_is_refused_with_its_line) {
    for (const auto& [text, why] : {
             std::pair<std::string, std::string>("", "one shift"),
             {k_head, "one shift"},
             {"2027-01-15T08:00:00Z alice\n", "line 1"},
             {k_head + "2027-01-15T08:00:00Z alice\n2027-01-15T08:00:00Z bob\n", "line 4"},
             {k_head + "2027-01-15T08:00:00Z alice bob\n", "no name"},
             {k_head + "grace: 1h\n2027-01-15T08:00:00Z alice\n", "once"},
             {"cheget roster v1\n2027-01-15T08:00:00Z alice\n", "grace"},
             {k_head + "2027-01-15T08:00:00Z al\x1b[2Jice\n", "ASCII"},
             {std::string(k_longest_roster + 1, '#'), "at most"},
         }) {
        const auto rosters = parse_rosters(text);
        ASSERT_FALSE(rosters) << text;
        EXPECT_THAT(rosters.error().message, HasSubstr(why));
    }
}

}  // namespace
}  // namespace cheget::briefcase
