// The one writer: what it signs, what it refuses, and what it does not serve.
#include "authority/appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "authority/authority_test_support.h"

namespace cheget::authority {
namespace {

using ::testing::HasSubstr;
using testing::test_entry;
using testing::test_options;
using testing::test_owner;
using testing::test_signer;

class Appending : public ::testing::Test {
  protected:
    Appending() : path_(folder_ / "log.db") {}

    Appender begin() {
        return Appender::start(store::LogStore::create(path_, test_owner()).value(), test_signer(),
                               options_)
            .value();
    }
    base::Result<Appender> again() {
        auto store = store::LogStore::open(path_);
        if (!store) {
            return std::unexpected(store.error());
        }
        return Appender::start(std::move(*store), test_signer(), options_);
    }
    static Committed append(Appender& appender, int from, int count) {
        std::vector<store::NewEntry> entries;
        for (int i = from; i < from + count; ++i) {
            entries.push_back(test_entry("entry " + std::to_string(i)));
        }
        return appender.commit(entries).value();
    }
    /// As somebody with the file would, past the schema.
    void tamper(const std::string& sql) const {
        sqlite3* raw = nullptr;
        ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
        char* why = nullptr;
        EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
        sqlite3_close(raw);
    }
    /// A log of so many entries, tampered with, is not served.
    void expect_not_served_after(int entries, const std::string& sql, const std::string& why) {
        {
            Appender appender = begin();
            append(appender, 0, entries);
        }
        tamper(sql);
        expect_not_served(why);
    }
    void expect_not_served(const std::string& why) {
        const auto started = again();
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().kind, base::ErrorKind::corrupt_state);
        EXPECT_THAT(started.error().message, HasSubstr(why));
        EXPECT_THAT(started.error().message, HasSubstr("cheget log check"));
        auto store = store::LogStore::open_to_read(path_).value();
        const auto amiss = check_log(store, testing::test_keys(), {});
        ASSERT_TRUE(amiss) << amiss.error().message;
        EXPECT_FALSE(amiss->empty());
    }

    testing::ScratchFolder folder_;
    std::filesystem::path path_;
    AppenderOptions options_ = test_options();
};

TEST_F(Appending, SignsWhatTheEntriesMake) {
    Appender appender = begin();
    log::Frontier expected;
    int next = 0;
    for (int count : {0, 1, 1, 3, 250, 1, 1, 300}) {
        const Committed done = append(appender, next, count);
        for (int i = next; i < next + count; ++i) {
            const auto& accepted = done.entries[static_cast<std::size_t>(i - next)];
            ASSERT_TRUE(accepted);
            EXPECT_EQ(accepted->index, static_cast<std::uint64_t>(i));
            EXPECT_FALSE(accepted->was_there);
            ASSERT_TRUE(
                expected.append(log::hash_leaf(base::as_bytes("entry " + std::to_string(i)))));
        }
        next += count;
        EXPECT_EQ(done.head.root, expected.root());
        const auto opened =
            log::open_checkpoint(done.head.checkpoint, log::testing::test_trust(1, 1));
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(opened->checkpoint.size, expected.size());
        EXPECT_EQ(opened->checkpoint.root, expected.root());
    }
    const store::LogHead before = appender.head();
    { const Appender ended = std::move(appender); }
    auto reopened = again();
    ASSERT_TRUE(reopened) << reopened.error().message;
    EXPECT_EQ(reopened->head().checkpoint, before.checkpoint);
    EXPECT_EQ(append(*reopened, next, 1).head.size, before.size + 1);
    EXPECT_EQ(check_log(reopened->store(), testing::test_keys(), {}).value(),
              std::vector<std::string>());
}

TEST_F(Appending, TheSameBytesAreOneEntry) {
    Appender appender = begin();
    append(appender, 0, 3);
    const std::string root = base::to_hex(appender.head().root);
    const Committed done =
        appender.commit(std::vector{test_entry("entry 1"), test_entry("new"), test_entry("new")})
            .value();
    EXPECT_EQ(done.entries[0]->index, 1U);
    EXPECT_TRUE(done.entries[0]->was_there);
    EXPECT_EQ(done.entries[1]->index, 3U);
    EXPECT_EQ(done.entries[2]->index, 3U);
    EXPECT_TRUE(done.entries[2]->was_there);
    EXPECT_EQ(done.head.size, 4U);
    const Committed nothing_new = appender.commit(std::vector{test_entry("entry 2")}).value();
    EXPECT_EQ(nothing_new.head.checkpoint, done.head.checkpoint);
}

TEST_F(Appending, WithoutWitnessesTheLogCosigns) {
    options_.cosigns = true;
    Appender appender = begin();
    const Committed done = append(appender, 0, 2);
    const auto trust = log::Trust::make(log::testing::test_log().key(), {}, 0).value();
    const auto opened = log::open_witnessed(done.head.checkpoint, trust);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(log::now_low(*opened, trust), base::Time{1'800'000'000});
    EXPECT_EQ(appender.store().witnessed(2).value(), done.head.checkpoint);
}

TEST_F(Appending, AQuotaIsEachPrincipalsOwnAndADayLong) {
    std::int64_t now = 1'800'000'000;
    options_.quota = {.entries = 2, .bytes = 1'000, .stops = 1};
    options_.clock = [&] { return base::Time{now}; };
    Appender appender = begin();
    store::NewEntry stop = test_entry("stop");
    stop.stops = true;
    store::NewEntry second_stop = test_entry("stop again");
    second_stop.stops = true;
    const Committed done =
        appender
            .commit(std::vector{test_entry("1"), test_entry("2"), test_entry("3"),
                                test_entry("4", "bob"), stop, second_stop, test_entry("1"),
                                test_entry(std::string(1'001, 'x'), "carol")})
            .value();
    std::vector<bool> accepted;
    for (const auto& each : done.entries) {
        accepted.push_back(each.has_value());
    }
    EXPECT_EQ(accepted, (std::vector{true, true, false, true, true, false, true, false}));
    EXPECT_EQ(done.entries[2].error().kind, base::ErrorKind::denied);
    EXPECT_EQ(done.head.size, 4U);
    now += 86'400;
    EXPECT_TRUE(appender.commit(std::vector{test_entry("3")}).value().entries[0]);
}

TEST_F(Appending, WhoOnlyAProposedPolicyNamesIsItsIntroducersGuest) {
    options_.quota = {.entries = 2, .bytes = 1'000, .stops = 2};
    Appender appender = begin();
    const base::Digest policy = base::sha256("policy");
    store::NewEntry guest = test_entry("a guest's vote", "newcomer");
    guest.rests_on = policy;
    EXPECT_FALSE(appender.commit(std::vector{guest}).value().entries[0]);
    store::NewEntry proposal = test_entry("alice's vote");
    proposal.introduces = policy;
    const Committed done = appender.commit(std::vector{proposal, guest, test_entry("3")}).value();
    EXPECT_TRUE(done.entries[1]);
    EXPECT_FALSE(done.entries[2]) << "alice pays for her guest";
}

using LogAttack = Appending;

TEST_F(LogAttack, G9_two_sequencers_of_one_log) {
    Appender first = begin();
    append(first, 0, 2);
    auto second = again();
    ASSERT_TRUE(second) << second.error().message;
    append(*second, 2, 1);
    const auto late = first.commit(std::vector{test_entry("late")});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(late.error().message, HasSubstr("another sequencer"));
    EXPECT_FALSE(first.commit(std::vector{test_entry("later")})) << "it stays so";
    EXPECT_EQ(append(*second, 3, 1).head.size, 4U);
}

TEST_F(LogAttack, G9_an_entry_changed_on_disk) {
    expect_not_served_after(
        300, "DROP TRIGGER entry_fixed; UPDATE entry SET statement = x'00' WHERE number = 7",
        "don't make the root");
}

TEST_F(LogAttack, G9_an_entry_lost) {
    expect_not_served_after(5, "DROP TRIGGER entry_kept; DELETE FROM entry WHERE number = 4",
                            "more or fewer");
}

TEST_F(LogAttack, G9_an_entry_lost_in_the_middle) {
    expect_not_served_after(5, "DROP TRIGGER entry_kept; DELETE FROM entry WHERE number = 2",
                            "entry 2 is missing");
}

TEST_F(LogAttack, G9_entries_that_nobody_signed_for) {
    expect_not_served_after(5, "INSERT INTO entry VALUES(5, randomblob(32), 'mallory', x'00')",
                            "more or fewer");
}

TEST_F(LogAttack, G9_a_tile_changed_on_disk) {
    expect_not_served_after(300, "DROP TRIGGER tile_fixed; UPDATE tile SET hashes = zeroblob(8192)",
                            "tile/0/000");
}

TEST_F(LogAttack, G7_a_head_set_back) {
    expect_not_served_after(
        5, "DROP TRIGGER head_forward; DROP TRIGGER head_holds; UPDATE head SET size = 4",
        "more or fewer");
}

TEST_F(LogAttack, G5_a_checkpoint_of_another_key) {
    {
        Appender appender = begin();
        append(appender, 0, 5);
    }
    const log::testing::TestSigner other(log::testing::test_log().key().name, 1, 9);
    auto store = store::LogStore::open(path_).value();
    EXPECT_FALSE(Appender::start(std::move(store), {other.key(), test_signer().sign}, options_));
    auto read = store::LogStore::open_to_read(path_).value();
    EXPECT_FALSE(check_log(read, std::vector{other.key()}, {}).value().empty());
}

TEST_F(LogAttack, G7_the_schema_keeps_two_roots_of_one_size_out) {
    Appender appender = begin();
    append(appender, 0, 5);
    store::LogHead other = appender.head();
    other.root = base::sha256("another");
    EXPECT_FALSE(appender.store().commit([&] { return appender.store().set_head(other); }));
    other.size = 4;
    EXPECT_FALSE(appender.store().commit([&] { return appender.store().set_head(other); }));
    EXPECT_FALSE(
        appender.store().commit([&] { return appender.store().append(7, test_entry("a gap")); }));
    ASSERT_TRUE(appender.store().commit(
        [&] { return appender.store().add_witnessed(5, other.root, "one"); }));
    EXPECT_FALSE(appender.store().commit(
        [&] { return appender.store().add_witnessed(5, base::sha256("x"), "two"); }));
}

// Zeros behind what was written are never read, by us or by a copy that a crash left; and the file
// does not grow while what is written fits into it.
TEST_F(Appending, AWriteAheadLogOfFullLengthHoldsWhatAShortOneDoes) {
    store::LogStoreOptions reserving;
    reserving.write_ahead_pages = 300;
    reserving.reserve = true;
    const std::filesystem::path ahead = path_.native() + "-wal";
    Appender appender =
        Appender::start(store::LogStore::create(path_, test_owner(), reserving).value(),
                        test_signer(), options_)
            .value();
    const auto length = std::filesystem::file_size(ahead);
    EXPECT_GE(length, 300U * 4096);
    for (int i = 0; i < 200; ++i) {  // several rounds
        append(appender, 10 * i, 10);
    }
    EXPECT_LT(std::filesystem::file_size(ahead), length + length / 10);
    const std::filesystem::path left = folder_ / "left.db";
    std::filesystem::copy_file(path_, left);
    std::filesystem::copy_file(ahead, left.native() + "-wal");
    const auto copied =
        Appender::start(store::LogStore::open(left, reserving).value(), test_signer(), options_);
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->head().root, appender.head().root);
    EXPECT_EQ(copied->head().size, 2'000U);
}

TEST_F(Appending, ALogIsNeverMadeTwiceNorOutOfNothing) {
    EXPECT_FALSE(store::LogStore::open(path_));
    begin();
    EXPECT_FALSE(store::LogStore::create(path_, test_owner()));
}

}  // namespace
}  // namespace cheget::authority
