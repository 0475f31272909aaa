// The log's database: every entry, the full tiles, the last signed checkpoint and those that were
// witnessed. SQLite in WAL mode with synchronous FULL: what commit() reports as done survives a
// crash. Everything else that a log serves is derived from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "log/checkpoint.h"
#include "log/growing_tree.h"
#include "statement/statement.h"
#include "store/sqlite.h"

namespace cheget::store {

/// Whose log it is; fixed when it is made.
struct LogOwner {
    std::string origin;  ///< the log's name
    statement::Domain domain;
};

/// An entry to append.
struct NewEntry {
    base::Digest id;  ///< of all its bytes: the same bytes are one entry
    std::string principal;
    bool stops = false;  ///< a veto, withdrawal or revocation, which has a quota of its own
    std::string statement;
    std::optional<base::Digest> introduces{};  ///< a policy that a principal votes on
    std::optional<base::Digest> rests_on{};    ///< signed by one whom only this policy names
};

/// What the log signed last.
struct LogHead {
    std::uint64_t size = 0;
    base::Digest root;
    std::string checkpoint;  ///< signed; empty before the first
};

/// A principal's use of one day.
struct Spent {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

/// How the database is opened; what isn't the default is for tests of durability.
struct LogStoreOptions {
    const char* file_system = nullptr;  ///< the name of an SQLite VFS
    bool synchronous = true;            ///< false loses what was acknowledged when power fails
    int write_ahead_pages = 4'000;      ///< when the write-ahead log moves into the database
    /// Give the write-ahead log its whole length when the log is made or opened to append. A file
    /// that grows makes the file system commit its own journal with every sync.
    bool reserve = false;
};

/// Used by one thread at a time; several may each open their own for reading. Failures are
/// ErrorKind::corrupt_state when the file does not hold together, unreachable when it can't be
/// opened or written, denied when another sequencer has taken over.
class LogStore {
  public:
    /// Makes the database of a log without entries. Fails if the file is there already.
    static base::Result<LogStore> create(const std::filesystem::path& path, const LogOwner& owner,
                                         LogStoreOptions options = {});
    /// Opens it to append: from now on whoever opened it so before is fenced off. Never makes one:
    /// a lost log must be noticed.
    static base::Result<LogStore> open(const std::filesystem::path& path,
                                       LogStoreOptions options = {});
    /// Opens it to read.
    static base::Result<LogStore> open_to_read(const std::filesystem::path& path,
                                               LogStoreOptions options = {});

    LogStore(LogStore&&) noexcept = default;
    LogStore& operator=(LogStore&&) noexcept = default;
    ~LogStore() = default;

    const LogOwner& owner() const { return owner_; }
    const std::filesystem::path& path() const { return path_; }

    base::Result<LogHead> head();
    base::Result<std::optional<std::uint64_t>> find(const base::Digest& id);
    base::Result<std::string> entry(std::uint64_t index);
    /// Calls `take` with each entry from `begin` to before `end`, in order.
    base::Result<void> read_entries(
        std::uint64_t begin, std::uint64_t end,
        const std::function<base::Result<void>(std::uint64_t, std::string_view)>& take);
    /// The hashes of a full tile.
    base::Result<std::vector<base::Digest>> tile(const log::Tile& tile);
    base::Result<Spent> spent(std::string_view principal, bool stops, std::int64_t day);

    /// Appends in one durable transaction: all of it or nothing. `work` gets this store, reads what
    /// it needs, and calls append(), add_tile(), spend() and set_head(). Refused when another
    /// sequencer has opened the log since.
    base::Result<void> commit(const std::function<base::Result<void>()>& work);
    base::Result<void> append(std::uint64_t index, const NewEntry& entry);
    base::Result<void> add_tile(const log::FilledTile& tile);
    base::Result<void> spend(std::string_view principal, const NewEntry& entry, std::int64_t day);
    /// Who of the domain first voted on that policy, and so pays for those whom it alone names.
    base::Result<void> introduce(const base::Digest& policy, std::string_view principal);
    base::Result<std::optional<std::string>> introducer(const base::Digest& policy);
    base::Result<void> set_head(const LogHead& head);

    /// Keeps the head as one where it changed whom to trust; within commit(), after set_head().
    base::Result<void> keep_passage(const LogHead& head);
    /// The first of those of more than `size` entries.
    base::Result<std::optional<LogHead>> passage_beyond(std::uint64_t size);

    /// Keeps a checkpoint that the quorum cosigned; of one size the one with most cosignatures.
    base::Result<void> add_witnessed(std::uint64_t size, const base::Digest& root,
                                     std::string_view checkpoint);
    /// The witnessed checkpoint of that size, if there is one.
    base::Result<std::optional<std::string>> witnessed(std::uint64_t size);
    /// The smallest witnessed checkpoint of at least that size.
    base::Result<std::optional<std::string>> witnessed_from(std::uint64_t size);
    base::Result<std::optional<std::string>> newest_witnessed();
    /// Calls `take` with every witnessed checkpoint, by size.
    base::Result<void> read_witnessed(
        const std::function<base::Result<void>(std::uint64_t, std::string_view)>& take);

    /// How many entries lie in the database, whatever the head says.
    base::Result<std::uint64_t> count_entries();
    /// What SQLite itself finds amiss: one line each.
    base::Result<std::vector<std::string>> inspect();

  private:
    LogStore(Database database, std::filesystem::path path)
        : database_(std::move(database)), path_(std::move(path)) {}
    static base::Result<LogStore> open_with(const std::filesystem::path& path, int more_flags,
                                            const LogStoreOptions& options);

    base::Result<void> execute(const char* sql);
    base::Result<void> read_owner();
    base::Result<void> take_over();
    base::Result<std::int64_t> read_epoch();
    base::Result<void> reserve_write_ahead(int pages);

    // What every entry asks for, prepared once.
    struct Prepared {
        std::optional<Query> find;
        std::optional<Query> append;
        std::optional<Query> spent;
        std::optional<Query> spend;
        std::optional<Query> epoch;
        std::optional<Query> set_head;
        std::optional<Query> add_witnessed;
        std::optional<Query> tile;
    };

    Database database_;
    std::unique_ptr<Prepared> prepared_ = std::make_unique<Prepared>();  // goes before the database
    std::filesystem::path path_;
    LogOwner owner_;
    std::int64_t epoch_ = 0;  // 0 when opened to read
};

}  // namespace cheget::store
