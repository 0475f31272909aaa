// The ledger: durable, forward only, and never made anew by accident.
#include "store/ledger.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace cheget::store {
namespace {

using base::ErrorKind;
using statement::Kind;
using statement::Outcome;

class LedgerTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "cheget-ledger-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        path_ = folder_ / "ledger.db";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Ledger make() {
        auto ledger = Ledger::create(path_, owner_, 1, "policy one\n", base::Time{100});
        EXPECT_TRUE(ledger) << ledger.error().message;
        return *std::move(ledger);
    }
    Ledger reopen() {
        auto ledger = Ledger::open(path_);
        EXPECT_TRUE(ledger) << ledger.error().message;
        return *std::move(ledger);
    }
    static ClaimRecord claim(std::string_view order, std::string_view target) {
        ClaimRecord record;
        record.order = base::sha256(order);
        record.target = target;
        record.signed_claim = std::string("claim on ") + record.target + "\n";
        record.id = base::sha256(record.signed_claim + std::string(order));
        record.claimed_at = base::Time{200};
        return record;
    }
    static Outgoing receipt(const ClaimRecord& record, std::string_view text) {
        return {base::sha256(text), record.order, Kind::receipt, std::string(text), record.id};
    }
    /// What an attacker with the file could try.
    int tamper(const char* sql) {
        sqlite3* raw = nullptr;
        sqlite3_open(path_.c_str(), &raw);
        const int result = sqlite3_exec(raw, sql, nullptr, nullptr, nullptr);
        sqlite3_close(raw);
        return result;
    }

    LedgerOwner owner_{{"acme/prod", base::sha256("policy one\n")}, "db1"};
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

TEST_F(LedgerTest, keeps_its_owner_and_policy) {
    make();
    Ledger ledger = reopen();
    EXPECT_EQ(ledger.owner().domain, owner_.domain);
    EXPECT_EQ(ledger.owner().executor, "db1");
    EXPECT_EQ(ledger.newest_policy()->version, 1U);
    EXPECT_EQ(ledger.newest_policy()->text, "policy one\n");
}

TEST_F(LedgerTest, is_never_made_anew) {
    const auto missing = Ledger::open(path_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::unreachable);
    EXPECT_FALSE(std::filesystem::exists(path_));
    make();
    EXPECT_FALSE(Ledger::create(path_, owner_, 1, "policy one\n", base::Time{0}));
}

TEST_F(LedgerTest, is_private) {
    make();
    EXPECT_EQ(std::filesystem::status(path_).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(LedgerTest, policies_only_go_forward) {
    make();
    Ledger ledger = reopen();
    EXPECT_TRUE(ledger.add_policy(3, "policy three\n"));
    EXPECT_FALSE(ledger.add_policy(2, "policy two\n"));
    EXPECT_FALSE(ledger.add_policy(3, "another three\n"));
    EXPECT_EQ(reopen().newest_policy()->text, "policy three\n");
    EXPECT_NE(tamper("INSERT INTO policy VALUES(1, zeroblob(32), 'old')"), SQLITE_OK);
    EXPECT_NE(tamper("DELETE FROM policy WHERE version = 3"), SQLITE_OK);
}

TEST_F(LedgerTest, one_claim_for_an_order_and_target) {
    make();
    Ledger ledger = reopen();
    EXPECT_TRUE(ledger.add_claim(claim("order", "a")).value());
    EXPECT_FALSE(ledger.add_claim(claim("order", "a")).value());
    ClaimRecord another = claim("order", "a");  // with a nonce, and so an id, of its own
    another.id = base::sha256("another");
    EXPECT_FALSE(ledger.add_claim(another).value());
    EXPECT_TRUE(ledger.add_claim(claim("order", "b")).value());
    EXPECT_TRUE(ledger.add_claim(claim("other", "a")).value());
    const auto found = reopen().find_claim(base::sha256("order"), "a");
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->progress, Progress::claimed);
    EXPECT_FALSE(reopen().find_claim(base::sha256("order"), "c")->has_value());
}

TEST_F(LedgerTest, a_claim_only_moves_forward) {
    make();
    Ledger ledger = reopen();
    const ClaimRecord record = claim("order", "a");
    ASSERT_TRUE(ledger.add_claim(record).value());
    ASSERT_TRUE(ledger.record_started(record.id, receipt(record, "started")));
    EXPECT_FALSE(ledger.record_started(record.id, receipt(record, "started again")));
    ASSERT_TRUE(ledger.record_end(record.id, Outcome::failed, 3, receipt(record, "failed")));
    EXPECT_FALSE(ledger.record_end(record.id, Outcome::succeeded, 0, receipt(record, "succeeded")));
    const auto found = reopen().find_claim(record.order, "a");
    EXPECT_EQ((*found)->outcome, Outcome::failed);
    EXPECT_EQ((*found)->code, 3);
    EXPECT_NE(tamper("UPDATE claim SET progress = 0, outcome = NULL"), SQLITE_OK);
    EXPECT_NE(tamper("DELETE FROM claim"), SQLITE_OK);
    EXPECT_NE(tamper("UPDATE claim SET target = 'z'"), SQLITE_OK);
}

TEST_F(LedgerTest, unfinished_claims_are_found_again) {
    make();
    Ledger ledger = reopen();
    const ClaimRecord first = claim("first", "a");
    const ClaimRecord second = claim("second", "a");
    ASSERT_TRUE(ledger.add_claim(first).value());
    ASSERT_TRUE(ledger.add_claim(second).value());
    ASSERT_TRUE(ledger.record_end(first.id, Outcome::succeeded, 0, receipt(first, "done")));
    const auto unfinished = reopen().unfinished_claims();
    ASSERT_EQ(unfinished->size(), 1U);
    EXPECT_EQ(unfinished->front().id, second.id);
    EXPECT_EQ(reopen().claims()->size(), 2U);
}

TEST_F(LedgerTest, what_is_to_be_sent_is_kept_until_it_was) {
    make();
    Ledger ledger = reopen();
    const ClaimRecord record = claim("order", "a");
    ASSERT_TRUE(ledger.add_claim(record).value());
    ASSERT_TRUE(ledger.record_started(record.id, receipt(record, "started")));
    const auto outgoing = ledger.outgoing();
    ASSERT_EQ(outgoing->size(), 2U);
    EXPECT_EQ(outgoing->front().kind, Kind::claim);
    EXPECT_EQ(outgoing->back().signed_text, "started");
    ASSERT_TRUE(ledger.mark_sent(outgoing->front().id));
    EXPECT_EQ(reopen().outgoing()->size(), 1U);
    EXPECT_EQ(reopen().receipts(record.order)->size(), 2U);
}

TEST_F(LedgerTest, revocations_and_stops_are_kept_once) {
    make();
    Ledger ledger = reopen();
    ASSERT_TRUE(ledger.add_revocation("cheget revocation v1\n", false));
    ASSERT_TRUE(ledger.add_revocation("cheget revocation v1\n", false));
    EXPECT_EQ(ledger.revocations(false)->size(), 1U);
    ASSERT_TRUE(ledger.add_revocation("cheget revocation v1\n", true));
    ASSERT_TRUE(ledger.add_revocation("cheget revocation v1\n", false));
    EXPECT_EQ(reopen().revocations(true)->size(), 1U);
    EXPECT_EQ(reopen().revocations(false)->size(), 0U);
    ASSERT_TRUE(ledger.add_stop(base::sha256("order"), "cheget vote v1\n"));
    ASSERT_TRUE(ledger.add_stop(base::sha256("order"), "cheget vote v1\n"));
    EXPECT_EQ(ledger.stops(base::sha256("order"))->size(), 1U);
    EXPECT_EQ(ledger.stops(base::sha256("other"))->size(), 0U);
    EXPECT_NE(tamper("DELETE FROM revocation"), SQLITE_OK);
    EXPECT_NE(tamper("UPDATE revocation SET in_force = 0"), SQLITE_OK);
    EXPECT_NE(tamper("DELETE FROM stop"), SQLITE_OK);
}

TEST_F(LedgerTest, time_goes_forward_but_for_an_administrator) {
    make();
    Ledger ledger = reopen();
    ASSERT_TRUE(ledger.note_time(base::Time{500}));
    ASSERT_TRUE(ledger.note_time(base::Time{400}));
    EXPECT_EQ(reopen().latest_time()->seconds, 500);
    ASSERT_TRUE(ledger.set_latest_time(base::Time{300}));
    EXPECT_EQ(reopen().latest_time()->seconds, 300);
}

TEST_F(LedgerTest, damage_is_told_as_corrupt_state) {
    make();
    {
        std::ofstream file(path_, std::ios::binary | std::ios::trunc);
        file << "this is no database, and far from one, whatever its name may say to you all";
    }
    std::filesystem::remove(folder_ / "ledger.db-wal");
    const auto ledger = Ledger::open(path_);
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().kind, ErrorKind::corrupt_state);
    EXPECT_NE(ledger.error().message.find("cheget-exec state check"), std::string::npos);
}

TEST_F(LedgerTest, a_changed_policy_text_is_told) {
    make();
    ASSERT_EQ(tamper("DROP TRIGGER policy_fixed; UPDATE policy SET text = 'policy 0ne'"),
              SQLITE_OK);
    const auto ledger = Ledger::open(path_);
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().kind, ErrorKind::corrupt_state);
}

TEST_F(LedgerTest, an_empty_file_is_corrupt) {
    std::ofstream(path_).close();
    const auto ledger = Ledger::open(path_);
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().kind, ErrorKind::corrupt_state);
}

TEST_F(LedgerTest, inspection_finds_claims_that_are_not_their_statements) {
    make();
    Ledger ledger = reopen();
    EXPECT_TRUE(ledger.inspect()->empty());
    ASSERT_TRUE(ledger.add_claim(claim("order", "a")).value());  // its text is no claim at all
    EXPECT_EQ(ledger.inspect()->size(), 1U);
}

}  // namespace
}  // namespace cheget::store
