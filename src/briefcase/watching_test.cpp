// Alarms: what gives one, what doesn't, and that each is the same one whenever it is found.
#include "briefcase/watching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cheget::briefcase {
namespace {

using permit::CustodyFault;
using permit::CustodyLink;
using permit::CustodyRecord;
using statement::CustodyEvent;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr base::Time k_begin{1'800'000'000};
constexpr std::string_view k_case = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

base::Time hours(std::int64_t count) {
    return k_begin + base::Span{count * 3600};
}

CustodyLink link(CustodyEvent event, std::int64_t hour, std::optional<std::uint32_t> tries = {}) {
    CustodyLink made;
    made.said.event = event;
    made.said.by = "dave";
    made.said.at = hours(hour);
    made.said.tries = tries;
    made.id = base::sha256(base::to_text(made.said.at));
    return made;
}

Roster roster() {
    return {"", base::Span{1800}, {{hours(0), "alice"}, {hours(12), "dave"}, {hours(24), "bob"}}};
}

std::vector<std::string> kinds(const CustodyRecord& record, base::Time now,
                               const std::optional<Roster>& by = roster()) {
    std::vector<std::string> kinds;
    for (const Alarm& alarm : alarms_of(record, k_case, "dave", by ? &*by : nullptr, now)) {
        kinds.push_back(alarm.kind);
    }
    return kinds;
}

CustodyRecord held_by(const std::string& holder) {
    CustodyRecord record;
    record.links.push_back(link(CustodyEvent::created, 0, 8));
    record.holder = holder;
    return record;
}

TEST(Watching, handover_is_overdue_after_the_grace) {
    EXPECT_THAT(kinds(held_by("alice"), hours(3)), IsEmpty());
    EXPECT_THAT(kinds(held_by("bob"), hours(0) + base::Span{1799}), IsEmpty());
    EXPECT_THAT(kinds(held_by("bob"), hours(0) + base::Span{1800}), ElementsAre("overdue"));
    EXPECT_THAT(kinds(held_by("bob"), hours(-1)), IsEmpty());
    EXPECT_THAT(kinds(held_by("bob"), hours(3), std::nullopt), IsEmpty());
}

TEST(Watching, opening_is_its_principals_in_their_shift_alone) {
    CustodyRecord record = held_by("bob");
    record.links.push_back(link(CustodyEvent::opened, 13));
    EXPECT_THAT(kinds(record, hours(25)), IsEmpty());
    record.links.push_back(link(CustodyEvent::opened, 3));
    EXPECT_THAT(kinds(record, hours(25)), ElementsAre("opened"));
    record.links.back().said.nonce = "00";  // a vote: its opening was told
    EXPECT_THAT(kinds(record, hours(25)), IsEmpty());
}

TEST(Watching, tries_beyond_an_opening_are_somebodys_guesses) {
    CustodyRecord record = held_by("bob");
    record.links.push_back(link(CustodyEvent::opened, 13, 7));
    EXPECT_THAT(kinds(record, hours(25)), IsEmpty());
    record.links.push_back(link(CustodyEvent::opened, 14, 5));
    EXPECT_THAT(kinds(record, hours(25)), ElementsAre("tries"));
    record.links.push_back(link(CustodyEvent::handover, 15, 4));
    EXPECT_THAT(kinds(record, hours(25)), ElementsAre("tries", "tries"));
    record.links.push_back(link(CustodyEvent::handover, 16, 8));  // given back
    EXPECT_THAT(kinds(record, hours(25)), ElementsAre("tries", "tries"));
}

TEST(Watching, faults_are_alarms_and_keep_their_names) {
    CustodyRecord record = held_by("bob");
    record.fault = CustodyFault::fork;
    record.fault_words = "two follow one";
    const auto first = alarms_of(record, k_case, "dave", nullptr, hours(1));
    const auto later = alarms_of(record, k_case, "dave", nullptr, hours(9));
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].kind, "fork");
    EXPECT_EQ(first[0].id, later.at(0).id);
}

}  // namespace
}  // namespace cheget::briefcase
