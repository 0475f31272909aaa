// The durable copy of a log: it does what the one in memory does, survives, never goes back, and
// refuses what doesn't hold together.
#include "store/log_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "log/log_test_support.h"
#include "support/test_domain.h"

namespace cheget::store {
namespace {

using base::ErrorKind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t k_when = 1'800'000'000;

std::string first_policy() {
    test_support::TestDomain domain;
    return domain.policy_text("cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: " +
                              signature::to_text(log::testing::test_log().key()) +
                              "\nwitnesses: 1 of { w1 }\nwitness w1 { " +
                              signature::to_text(log::testing::test_witness(1).key()) +
                              " }\nperson alice { {KEY:alice} }\nperson bob { {KEY:bob} }\n"
                              "machine db1 { {KEY:db1} }\n"
                              "action act on prod/{name} {\nrun any\npropose 1 of { alice }\n"
                              "approve 1 of { bob }\nexpire 8h\n"
                              "execute 1 of { db1 }\n}\namend { approve 1 of { alice } }\n"
                              "revoke { approve 1 of { alice } }\n");
}

class LogCopyTest : public ::testing::Test {
  protected:
    LogCopyTest() {
        char name[] = "/tmp/cheget-log-copy-XXXXXX";
        folder_ = ::mkdtemp(name);
        path_ = folder_ / k_log_copy_database;
    }
    ~LogCopyTest() override { std::filesystem::remove_all(folder_); }

    static permit::Chronicle chronicle() {
        return permit::Chronicle::begin(first_policy()).value();
    }
    StoredLogCopy create() const { return StoredLogCopy::create(path_, chronicle()).value(); }

    /// Reads the tree's entries up to a size that a checkpoint of that time vouches for.
    base::Result<void> read_to(permit::LogCopy& copy, std::size_t size, std::int64_t time) const {
        permit::CatchingUp catching = TRY(permit::CatchingUp::begin(copy));
        while (catching.size() < size) {
            TRY(catching.add(tree_.entries[catching.size()]));
        }
        TRY(catching.pass(log::testing::signed_checkpoint(tree_.checkpoint(size), {{1, time}})));
        return catching.finish();
    }

    /// What an attacker with the file could try.
    int tamper(const std::string& sql) const {
        sqlite3* raw = nullptr;
        sqlite3_open(path_.c_str(), &raw);
        const int result = sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr);
        sqlite3_close(raw);
        return result;
    }

    log::testing::TestTree tree_{20};
    std::filesystem::path folder_;
    std::filesystem::path path_;
};

TEST_F(LogCopyTest, reads_on_where_it_stood) {
    {
        StoredLogCopy copy = create();
        ASSERT_TRUE(read_to(copy, 5, k_when));
        ASSERT_TRUE(read_to(copy, 12, k_when + 60));
    }
    StoredLogCopy copy = StoredLogCopy::open(path_).value();
    EXPECT_EQ(copy.knowledge().chronicle.size(), 12U);
    EXPECT_EQ(copy.knowledge().frontier.root(), tree_.root(12));
    EXPECT_EQ(copy.knowledge().times.start_of(3), base::Time{k_when});
    EXPECT_EQ(copy.knowledge().times.start_of(7), base::Time{k_when + 60});
    EXPECT_EQ(copy.entry(7).value(), "entry 7");
    ASSERT_TRUE(read_to(copy, 20, k_when + 120));
    EXPECT_THAT(copy.inspect().value(), IsEmpty());
    EXPECT_EQ(log::root_at(20, copy.hashes()).value(), tree_.root(20));
}

TEST_F(LogCopyTest, knows_what_the_one_in_memory_knows) {
    StoredLogCopy stored = create();
    permit::MemoryLogCopy memory(chronicle());
    for (const std::size_t size : {1U, 2U, 9U, 9U, 20U}) {
        const std::int64_t time = k_when + static_cast<std::int64_t>(size);
        ASSERT_TRUE(read_to(stored, size, time));
        ASSERT_TRUE(read_to(memory, size, time));
        EXPECT_EQ(stored.knowledge().chronicle.record(), memory.knowledge().chronicle.record());
        EXPECT_EQ(stored.knowledge().times, memory.knowledge().times);
        EXPECT_EQ(stored.knowledge().checkpoint, memory.knowledge().checkpoint);
    }
}

TEST_F(LogCopyTest, files_by_subject) {
    StoredLogCopy copy = create();
    ASSERT_TRUE(copy.begin());
    ASSERT_TRUE(copy.add(0, "a", {"x", "y"}));
    ASSERT_TRUE(copy.add(1, std::string("b\0c", 3), {"y", "y"}));
    const std::vector<permit::Entry> both{{0, "a"}, {1, std::string("b\0c", 3)}};
    EXPECT_EQ(copy.about("y").value(), both);
    EXPECT_EQ(copy.about("x").value(), std::vector(1, both[0]));
    EXPECT_THAT(copy.about("z").value(), IsEmpty());
    EXPECT_FALSE(copy.add(3, "d", {}));
    copy.roll_back();
    EXPECT_THAT(copy.about("y").value(), IsEmpty());
    EXPECT_FALSE(copy.add(0, "a", {})) << "nothing is begun";
}

TEST_F(LogCopyTest, keeps_nothing_that_was_not_finished) {
    StoredLogCopy copy = create();
    ASSERT_TRUE(read_to(copy, 4, k_when));
    {
        permit::CatchingUp catching = permit::CatchingUp::begin(copy).value();
        ASSERT_TRUE(catching.add("something else"));
        EXPECT_FALSE(catching.finish());
    }
    EXPECT_EQ(copy.knowledge().chronicle.size(), 4U);
    const StoredLogCopy again = StoredLogCopy::open(path_).value();
    EXPECT_EQ(again.knowledge().chronicle.size(), 4U);
}

TEST_F(LogCopyTest, two_openers_see_each_other) {
    StoredLogCopy one = create();
    StoredLogCopy other = StoredLogCopy::open(path_).value();
    ASSERT_TRUE(read_to(one, 6, k_when));
    ASSERT_TRUE(read_to(other, 9, k_when));
    EXPECT_EQ(other.knowledge().chronicle.size(), 9U);
}

TEST_F(LogCopyTest, is_made_once_and_never_by_opening) {
    EXPECT_FALSE(StoredLogCopy::open(path_));
    create();
    EXPECT_FALSE(StoredLogCopy::create(path_, chronicle()));
}

TEST_F(LogCopyTest, G7_never_goes_back) {
    StoredLogCopy copy = create();
    ASSERT_TRUE(read_to(copy, 5, k_when));
    permit::LogKnowledge earlier = copy.knowledge();
    ASSERT_TRUE(read_to(copy, 9, k_when));
    ASSERT_TRUE(copy.begin());
    EXPECT_FALSE(copy.commit(earlier));
    copy.roll_back();
    for (const char* attempt :
         {"UPDATE knowledge SET size = 5", "UPDATE knowledge SET frontier = x'00'",
          "DELETE FROM knowledge", "DELETE FROM entry WHERE number = 8",
          "UPDATE entry SET whole = 'x' WHERE number = 2", "DELETE FROM policy",
          "INSERT INTO entry VALUES(20, 'x')", "UPDATE policy SET text = ''",
          "DELETE FROM filed; UPDATE filed SET entry = 1"}) {
        tamper(attempt);
    }
    const StoredLogCopy again = StoredLogCopy::open(path_).value();
    EXPECT_EQ(again.knowledge().chronicle.size(), 9U);
    EXPECT_THAT(again.inspect().value(), IsEmpty());
}

TEST_F(LogCopyTest, G9_what_does_not_hold_together_is_refused) {
    const std::string drop =
        "PRAGMA writable_schema = ON; DROP TRIGGER entry_fixed;"
        "DROP TRIGGER entry_kept; DROP TRIGGER policy_fixed;"
        "DROP TRIGGER knowledge_holds; DROP TRIGGER knowledge_forward;";
    for (const char* damage :
         {"DELETE FROM entry WHERE number = 8", "UPDATE policy SET text = text || ' '",
          "UPDATE knowledge SET checkpoint = ''", "UPDATE knowledge SET frontier = x'00'",
          "UPDATE knowledge SET size = 8", "UPDATE knowledge SET checkpoint = 'x' || checkpoint",
          "PRAGMA user_version = 7", "DELETE FROM policy"}) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        {
            StoredLogCopy copy = create();
            ASSERT_TRUE(read_to(copy, 9, k_when));
        }
        const std::string sql = drop + "DROP TRIGGER policy_kept;" + damage;
        ASSERT_EQ(tamper(sql), SQLITE_OK) << damage;
        const auto opened = StoredLogCopy::open(path_);
        ASSERT_FALSE(opened) << damage;
        EXPECT_EQ(opened.error().kind, ErrorKind::corrupt_state) << damage;
        EXPECT_THAT(opened.error().message, HasSubstr("state check")) << damage;
    }
}

TEST_F(LogCopyTest, G9_inspecting_finds_what_a_glance_does_not) {
    for (const char* damage :
         {"DROP TRIGGER entry_fixed; UPDATE entry SET whole = x'00' WHERE number = 2",
          "INSERT INTO filed VALUES('revocations', 3)",
          "INSERT INTO revoked(fingerprint, of, since) VALUES('SHA256:x', 'alice', 2)"}) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        {
            StoredLogCopy copy = create();
            ASSERT_TRUE(read_to(copy, 9, k_when));
        }
        ASSERT_EQ(tamper(damage), SQLITE_OK) << damage;
        EXPECT_THAT(StoredLogCopy::open(path_).value().inspect().value(), Not(IsEmpty())) << damage;
    }
}

}  // namespace
}  // namespace cheget::store
