// A reader's durable copy of a domain's log: every entry, filed by what it is about, and what the
// reader knows of the log. SQLite in WAL mode with synchronous FULL, as the ledger's.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "permit/log_copy.h"
#include "store/sqlite.h"

namespace cheget::store {

/// Used by one thread at a time. Failures are ErrorKind::corrupt_state when the file does not hold
/// together, unreachable when it can't be opened or written.
class StoredLogCopy : public permit::LogCopy {
  public:
    /// Makes a copy of what the chronicle has not begun to read: it must be of no entries. Fails if
    /// the file is there already.
    static base::Result<StoredLogCopy> create(const std::filesystem::path& path,
                                              permit::Chronicle chronicle);
    /// Opens it and checks that it holds together as far as a glance shows: the last checkpoint is
    /// one that the policy in force trusts, and is of what is kept. Never makes one: a lost copy
    /// must be noticed.
    static base::Result<StoredLogCopy> open(const std::filesystem::path& path);

    StoredLogCopy(StoredLogCopy&&) noexcept = default;
    StoredLogCopy& operator=(StoredLogCopy&&) = delete;
    StoredLogCopy(const StoredLogCopy&) = delete;
    StoredLogCopy& operator=(const StoredLogCopy&) = delete;
    ~StoredLogCopy() override = default;

    const permit::LogKnowledge& knowledge() const override { return *knowledge_; }
    base::Result<void> begin() override;
    /// Durable once it returns. Fails, and changes nothing, if the knowledge is of fewer entries
    /// than before or of others than were added.
    base::Result<void> commit(permit::LogKnowledge knowledge) override;
    void roll_back() override;

    base::Result<void> add(std::uint64_t index, std::string_view whole,
                           const std::vector<std::string>& subjects) override;
    base::Result<std::vector<permit::Entry>> about(std::string_view subject) const override;

    /// The entry at an index that is kept.
    base::Result<std::string> entry(std::uint64_t index) const;
    /// Nodes of the tree, hashed anew out of the entries: for evidence against a log that forked.
    log::HashReader hashes() const;

    /// Every check that open() makes and the slow ones: all entries make the checkpoint's root, are
    /// filed as they should be, and read in order make the policy and revocations that are kept.
    /// One line for each thing that is wrong.
    base::Result<std::vector<std::string>> inspect() const;

  private:
    StoredLogCopy(Database database, std::filesystem::path path)
        : database_(std::move(database)), path_(std::move(path)) {}

    static base::Result<Database> open_file(const std::filesystem::path& path);
    base::Result<permit::LogKnowledge> read_knowledge() const;
    base::Result<permit::ChronicleRecord> read_record(std::uint64_t size) const;
    base::Result<void> require_whole(const permit::LogKnowledge& knowledge) const;
    base::Result<void> write_knowledge(const permit::LogKnowledge& next);
    base::Result<void> write_policies(const permit::ChronicleRecord& next);
    base::Result<void> write_revoked(const permit::ChronicleRecord& next);
    base::Result<std::uint64_t> count_entries() const;
    base::Result<void> inspect_entries(std::vector<std::string>& wrong) const;

    // What every entry asks for, prepared once.
    struct Prepared {
        std::optional<Query> add;
        std::optional<Query> file;
        std::optional<Query> about;
    };

    Database database_;
    std::unique_ptr<Prepared> prepared_ = std::make_unique<Prepared>();  // goes before the database
    std::filesystem::path path_;
    std::optional<permit::LogKnowledge> knowledge_;  // there once it is made or opened
    bool in_transaction_ = false;
};

}  // namespace cheget::store
