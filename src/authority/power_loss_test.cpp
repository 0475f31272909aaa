// G9 for the log: power fails at any write or sync. What was acknowledged is there at its index, no
// size ever had two roots; and without syncing the same run does lose what was acknowledged, or the
// test would show nothing.
#include <gtest/gtest.h>

#include <map>

#include "authority/appender.h"
#include "authority/authority_test_support.h"
#include "support/losing_file_system.h"

namespace cheget::authority {
namespace {

using test_support::LosingFileSystem;
using testing::test_entry;
using testing::test_options;
using testing::test_owner;
using testing::test_signer;

constexpr int k_cuts = 1'000;
constexpr const char* k_path = "/log.db";

/// What a client was told, over the whole life of one log.
struct Told {
    std::map<std::uint64_t, std::string> entries;  ///< acknowledged, by index
    std::map<std::uint64_t, base::Digest> roots;   ///< signed, by size
    int next = 0;                                  ///< the number in the next new text
};

struct Tally {
    int cuts = 0;
    int lost = 0;        ///< starts that found something acknowledged missing
    int forked = 0;      ///< sizes that had two roots
    int not_served = 0;  ///< starts that refused to serve
    int while_writing = 0;
};

/// Appends batches until power fails; remembers what was acknowledged.
void append_until_cut(Appender& appender, Told& told, std::mt19937_64& random, Tally& tally) {
    while (true) {
        std::vector<store::NewEntry> batch;
        const std::uint64_t count = 1 + random() % 40;
        for (std::uint64_t i = 0; i < count; ++i) {
            batch.push_back(test_entry("entry " + std::to_string(told.next++) +
                                       std::string(random() % 600, '.')));
        }
        const auto done = appender.commit(batch);
        if (!done) {
            return;
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            told.entries[done->entries[i]->index] = batch[i].statement;
        }
        const auto [known, is_new] = told.roots.emplace(done->head.size, done->head.root);
        tally.forked += !is_new && known->second != done->head.root ? 1 : 0;
    }
}

/// Whether everything acknowledged is there. The newest entries are where a cut shows; the root
/// over all of them was recomputed at the start.
bool has_all(Appender& appender, const Told& told) {
    if (told.entries.empty()) {
        return true;
    }
    if (appender.head().size <= told.entries.rbegin()->first) {
        return false;
    }
    std::size_t checked = 0;
    for (auto each = told.entries.rbegin(); each != told.entries.rend() && checked < 200;
         ++each, ++checked) {
        const auto entry = appender.store().entry(each->first);
        if (!entry || *entry != each->second) {
            return false;
        }
    }
    return true;
}

/// One log after another, each cut a few dozen times, until there were as many cuts as wanted.
Tally cut(bool synchronous, int cuts) {
    Tally tally;
    std::mt19937_64 random(synchronous ? 1 : 2);
    for (std::uint64_t life = 0; tally.cuts < cuts; ++life) {
        LosingFileSystem disk(random());
        // Few pages ahead, so that cuts fall into moving them into the database as well.
        const store::LogStoreOptions options{disk.name(), synchronous, 30, random() % 2 == 0};
        Told told;
        {
            auto made = store::LogStore::create(k_path, test_owner(), options);
            EXPECT_TRUE(made) << made.error().message;
        }
        for (int i = 0; i < 25 && tally.cuts < cuts; ++i) {
            auto store = store::LogStore::open(k_path, options);
            auto appender = store
                                ? Appender::start(std::move(*store), test_signer(), test_options())
                                : base::Result<Appender>(std::unexpected(store.error()));
            if (!appender) {
                EXPECT_FALSE(synchronous) << appender.error().message;
                ++tally.not_served;
                break;
            }
            if (!has_all(*appender, told)) {
                ++tally.lost;
                break;
            }
            disk.fail_after(1 + random() % 120);
            append_until_cut(*appender, told, random, tally);
            ++tally.cuts;
            tally.while_writing += disk.has_failed() ? 1 : 0;
            { const Appender gone = std::move(*appender); }
            disk.restore_power();
        }
    }
    std::printf("%d cuts: %d lost something acknowledged, %d were not served, %d forks\n",
                tally.cuts, tally.lost, tally.not_served, tally.forked);
    return tally;
}

TEST(PowerLoss, G9_nothing_acknowledged_is_lost_at_any_of_1000_cuts) {
    const Tally tally = cut(true, k_cuts);
    EXPECT_EQ(tally.cuts, k_cuts);
    EXPECT_EQ(tally.while_writing, k_cuts);
    EXPECT_EQ(tally.lost, 0);
    EXPECT_EQ(tally.forked, 0);
    EXPECT_EQ(tally.not_served, 0);
}

TEST(PowerLoss, G9_without_syncing_the_same_cuts_do_lose_it) {
    const Tally tally = cut(false, 100);
    EXPECT_GT(tally.lost + tally.not_served, 0);
}

// What the disk then holds is not known: only a new start finds it out.
TEST(PowerLoss, G9_after_a_failed_write_nothing_is_appended) {
    LosingFileSystem disk(3);
    {
        Appender appender =
            Appender::start(store::LogStore::create(k_path, test_owner(), {disk.name()}).value(),
                            test_signer(), test_options())
                .value();
        ASSERT_TRUE(appender.commit(std::vector{test_entry("one")}));
        disk.fail_after(0);
        EXPECT_FALSE(appender.commit(std::vector{test_entry("two")}));
        disk.end_failure();
        EXPECT_FALSE(appender.commit(std::vector{test_entry("three")}));
        EXPECT_EQ(appender.head().size, 1U);
    }
    disk.restore_power();
    EXPECT_TRUE(Appender::start(store::LogStore::open(k_path, {disk.name()}).value(), test_signer(),
                                test_options()));
}

}  // namespace
}  // namespace cheget::authority
