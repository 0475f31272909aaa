// The log's database. What must never happen is kept by the schema itself: entries follow each
// other without a gap and stay as they are, the head only grows, a size has one root.
#include "store/log_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/descriptor.h"
#include "store/sqlite.h"

namespace cheget::store {
namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::int64_t k_format = 2;
constexpr std::string_view k_what = "the log's database";
constexpr int k_reserved_at_once = 64 * 1024;
constexpr int k_write_ahead_frame = 24 + 4096;
constexpr unsigned k_level_shift = 56;  // of a tile's key: its level above its number

constexpr const char* k_schema = R"(
CREATE TABLE owner(
  only INTEGER PRIMARY KEY CHECK(only = 1), origin TEXT NOT NULL, domain TEXT NOT NULL,
  first_policy BLOB NOT NULL CHECK(length(first_policy) = 32), epoch INTEGER NOT NULL) STRICT;
CREATE TABLE entry(
  number INTEGER PRIMARY KEY CHECK(number >= 0), id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),
  principal TEXT NOT NULL, statement BLOB NOT NULL) STRICT;
CREATE TABLE tile(
  place INTEGER PRIMARY KEY, hashes BLOB NOT NULL CHECK(length(hashes) = 8192)) STRICT;
CREATE TABLE head(
  only INTEGER PRIMARY KEY CHECK(only = 1), size INTEGER NOT NULL,
  root BLOB NOT NULL CHECK(length(root) = 32), checkpoint TEXT NOT NULL) STRICT;
CREATE TABLE witnessed(
  size INTEGER PRIMARY KEY, root BLOB NOT NULL CHECK(length(root) = 32),
  checkpoint TEXT NOT NULL) STRICT;
CREATE TABLE passage(
  size INTEGER PRIMARY KEY, root BLOB NOT NULL CHECK(length(root) = 32),
  checkpoint TEXT NOT NULL) STRICT;
CREATE TABLE spent(
  principal TEXT NOT NULL, stops INTEGER NOT NULL CHECK(stops IN (0, 1)), day INTEGER NOT NULL,
  entries INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY(principal, stops, day)) STRICT, WITHOUT ROWID;
CREATE TABLE introduced(
  policy BLOB PRIMARY KEY CHECK(length(policy) = 32), principal TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TRIGGER entry_next BEFORE INSERT ON entry
  WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 0) FROM entry)
  BEGIN SELECT raise(ABORT, 'entries follow each other'); END;
CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER tile_kept BEFORE DELETE ON tile BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER tile_fixed BEFORE UPDATE ON tile BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER head_kept BEFORE DELETE ON head BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER head_forward BEFORE UPDATE ON head
  WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
  BEGIN SELECT raise(ABORT, 'a log only grows, and a size has one root'); END;
CREATE TRIGGER head_holds BEFORE UPDATE ON head
  WHEN NEW.size <> (SELECT coalesce(max(number) + 1, 0) FROM entry)
  BEGIN SELECT raise(ABORT, 'the head is of all entries'); END;
CREATE TRIGGER witnessed_kept BEFORE DELETE ON witnessed BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER witnessed_fixed BEFORE UPDATE ON witnessed
  WHEN NEW.size <> OLD.size OR NEW.root <> OLD.root
  BEGIN SELECT raise(ABORT, 'a size has one root'); END;
CREATE TRIGGER passage_kept BEFORE DELETE ON passage BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER passage_fixed BEFORE UPDATE ON passage BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER epoch_forward BEFORE UPDATE ON owner
  WHEN NEW.epoch <= OLD.epoch OR NEW.origin <> OLD.origin OR NEW.domain <> OLD.domain
    OR NEW.first_policy <> OLD.first_policy
  BEGIN SELECT raise(ABORT, 'an epoch only grows'); END;
PRAGMA user_version = 2;
)";

std::unexpected<base::Error> corrupt(const std::filesystem::path& path, std::string_view why) {
    return fail(ErrorKind::corrupt_state,
                fmt::format("the log's database {} does not hold together: {}; nothing was done, "
                            "inspect it with `cheget log check`",
                            base::shown(path.native()), why));
}

std::int64_t place_of(const log::Tile& tile) {
    return static_cast<std::int64_t>(std::uint64_t{tile.level} << k_level_shift | tile.index);
}

std::int64_t as_stored(std::uint64_t number) {
    return static_cast<std::int64_t>(number);  // sizes and indexes are far below 2^63
}

/// Out of a row of size, root, checkpoint.
Result<LogHead> head_in(const Query& query) {
    return LogHead{static_cast<std::uint64_t>(query.number(0)), TRY(query.digest(1)),
                   query.text(2)};
}

Result<std::optional<std::string>> one_text(Query query) {
    if (!TRY(query.step())) {
        return std::optional<std::string>();
    }
    return std::optional(query.text(0));
}

}  // namespace

Result<void> LogStore::execute(const char* sql) {
    return store::execute(database_.get(), sql);
}

Result<LogStore> LogStore::create(const std::filesystem::path& path, const LogOwner& owner,
                                  LogStoreOptions options) {
    if (options.file_system == nullptr) {
        TRY(make_database_file(path, k_what));
    }
    LogStore store = TRY(open_with(
        path, SQLITE_OPEN_EXRESCODE | (options.file_system == nullptr ? 0 : SQLITE_OPEN_CREATE),
        options));
    sqlite3* const database = store.database_.get();
    const Result<void> made = in_transaction(database, [&]() -> Result<void> {
        TRY(store.execute(k_schema));
        Query own = TRY(Query::prepare(database, "INSERT INTO owner VALUES(1, ?, ?, ?, 1)"));
        TRY(own.bind(owner.origin).bind(owner.domain.name).bind(owner.domain.first_policy).run());
        Query head = TRY(Query::prepare(database, "INSERT INTO head VALUES(1, 0, ?, '')"));
        return head.bind(log::empty_root()).run();
    });
    TRY(made);
    store.owner_ = owner;
    store.epoch_ = 1;
    if (options.reserve) {
        TRY(store.reserve_write_ahead(options.write_ahead_pages));
    }
    return store;
}

Result<LogStore> LogStore::open_with(const std::filesystem::path& path, int more_flags,
                                     const LogStoreOptions& options) {
    LogStore store(TRY(open_database(path, k_what, more_flags, options.file_system)), path);
    TRY(store.execute(fmt::format("PRAGMA wal_autocheckpoint = {}; PRAGMA synchronous = {}",
                                  options.write_ahead_pages, options.synchronous ? "FULL" : "OFF")
                          .c_str()));
    return store;
}

Result<LogStore> LogStore::open(const std::filesystem::path& path, LogStoreOptions options) {
    LogStore store = TRY(open_to_read(path, options));
    TRY(store.take_over());
    if (options.reserve) {
        TRY(store.reserve_write_ahead(options.write_ahead_pages));
    }
    return store;
}

Result<LogStore> LogStore::open_to_read(const std::filesystem::path& path,
                                        LogStoreOptions options) {
    LogStore store = TRY(open_with(path, SQLITE_OPEN_EXRESCODE, options));
    if (TRY(format_of(store.database_.get())) != k_format) {
        return corrupt(path, "it is of another format");
    }
    TRY(store.read_owner());
    return store;
}

Result<void> LogStore::read_owner() {
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT origin, domain, first_policy FROM owner WHERE only = 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it does not say whose it is");
    }
    owner_.origin = query.text(0);
    owner_.domain.name = query.text(1);
    owner_.domain.first_policy = TRY(query.digest(2));
    if (owner_.origin.empty() || !base::is_domain(owner_.domain.name)) {
        return corrupt(path_, "its owner has no name");
    }
    return {};
}

Result<void> LogStore::take_over() {
    return in_transaction(database_.get(), [&]() -> Result<void> {
        Query query = TRY(Query::prepare(
            database_.get(), "UPDATE owner SET epoch = epoch + 1 WHERE only = 1 RETURNING epoch"));
        if (!TRY(query.step())) {
            return corrupt(path_, "it does not say whose it is");
        }
        epoch_ = query.number(0);
        TRY(query.step());
        return {};
    });
}

Result<void> LogStore::reserve_write_ahead(int pages) {
    // Within a transaction nobody else appends to the file. What lies behind its last frame is
    // never read: a frame counts by its checksum and the salt of the log's present round.
    return in_transaction(database_.get(), [&]() -> Result<void> {
        sqlite3_file* file = nullptr;
        sqlite3_int64 size = 0;
        const int found = sqlite3_file_control(
            database_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file));
        if (found != SQLITE_OK || file == nullptr || file->pMethods == nullptr) {
            return {};
        }
        const std::string zeros(k_reserved_at_once, '\0');
        const sqlite3_int64 end = std::int64_t{pages} * k_write_ahead_frame;
        int failed = file->pMethods->xFileSize(file, &size);
        while (failed == SQLITE_OK && size < end) {
            const auto part = std::min<sqlite3_int64>(end - size, k_reserved_at_once);
            failed = file->pMethods->xWrite(file, zeros.data(), static_cast<int>(part), size);
            size += part;
        }
        if (failed == SQLITE_OK) {
            failed = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
        }
        return failed == SQLITE_OK
                   ? Result<void>()
                   : fail(ErrorKind::unreachable,
                          fmt::format("cannot reserve {} bytes beside the log's database {}: {}",
                                      end, base::shown(path_.native()), sqlite3_errstr(failed)));
    });
}

Result<std::int64_t> LogStore::read_epoch() {
    Query* const kept =
        TRY(use(database_.get(), prepared_->epoch, "SELECT epoch FROM owner WHERE only = 1"));
    const Use query(*kept);
    return TRY(query->step()) ? query->number(0) : 0;
}

Result<void> LogStore::commit(const std::function<Result<void>()>& work) {
    return in_transaction(database_.get(), [&]() -> Result<void> {
        if (TRY(read_epoch()) != epoch_ || epoch_ == 0) {
            return fail(ErrorKind::denied,
                        fmt::format("another sequencer has opened the log {} since: this one may "
                                    "write no more; end it, two must not run",
                                    base::shown(path_.native())));
        }
        return work();
    });
}

Result<void> LogStore::append(std::uint64_t index, const NewEntry& entry) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->append, "INSERT INTO entry VALUES(?, ?, ?, ?)"));
    const Use query(*kept);
    return query->bind(as_stored(index))
        .bind(entry.id)
        .bind(entry.principal)
        .bind_blob(base::as_bytes(entry.statement))
        .run();
}

Result<void> LogStore::add_tile(const log::FilledTile& tile) {
    const std::string hashes = log::render_tile(tile.hashes);
    Query query = TRY(Query::prepare(database_.get(), "INSERT INTO tile VALUES(?, ?)"));
    return query.bind(place_of(tile.tile)).bind_blob(base::as_bytes(hashes)).run();
}

Result<void> LogStore::spend(std::string_view principal, const NewEntry& entry, std::int64_t day) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->spend,
                "INSERT INTO spent VALUES(?, ?, ?, 1, ?) ON CONFLICT(principal, stops, day) "
                "DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes"));
    const Use query(*kept);
    return query->bind(principal)
        .bind(std::int64_t{entry.stops})
        .bind(day)
        .bind(as_stored(entry.statement.size()))
        .run();
}

Result<void> LogStore::introduce(const Digest& policy, std::string_view principal) {
    Query query =
        TRY(Query::prepare(database_.get(), "INSERT OR IGNORE INTO introduced VALUES(?, ?)"));
    return query.bind(policy).bind(principal).run();
}

Result<std::optional<std::string>> LogStore::introducer(const Digest& policy) {
    Query query =
        TRY(Query::prepare(database_.get(), "SELECT principal FROM introduced WHERE policy = ?"));
    query.bind(policy);
    return one_text(std::move(query));
}

Result<void> LogStore::set_head(const LogHead& head) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->set_head,
                "UPDATE head SET size = ?, root = ?, checkpoint = ? WHERE only = 1"));
    const Use query(*kept);
    return query->bind(as_stored(head.size)).bind(head.root).bind(head.checkpoint).run();
}

Result<Spent> LogStore::spent(std::string_view principal, bool stops, std::int64_t day) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->spent,
                "SELECT entries, bytes FROM spent WHERE principal = ? AND stops = ? AND day = ?"));
    const Use query(*kept);
    query->bind(principal).bind(std::int64_t{stops}).bind(day);
    if (!TRY(query->step())) {
        return Spent{};
    }
    return Spent{static_cast<std::uint64_t>(query->number(0)),
                 static_cast<std::uint64_t>(query->number(1))};
}

Result<LogHead> LogStore::head() {
    Query query = TRY(
        Query::prepare(database_.get(), "SELECT size, root, checkpoint FROM head WHERE only = 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it has no head");
    }
    return head_in(query);
}

Result<std::optional<std::uint64_t>> LogStore::find(const Digest& id) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->find, "SELECT number FROM entry WHERE id = ?"));
    const Use query(*kept);
    query->bind(id);
    if (!TRY(query->step())) {
        return std::optional<std::uint64_t>();
    }
    return std::optional(static_cast<std::uint64_t>(query->number(0)));
}

Result<std::string> LogStore::entry(std::uint64_t index) {
    std::optional<std::string> found;
    TRY(read_entries(index, index + 1, [&](std::uint64_t, std::string_view statement) {
        found = statement;
        return Result<void>();
    }));
    return std::move(*found);
}

Result<void> LogStore::read_entries(
    std::uint64_t begin, std::uint64_t end,
    const std::function<Result<void>(std::uint64_t, std::string_view)>& take) {
    Query query = TRY(Query::prepare(
        database_.get(),
        "SELECT number, statement FROM entry WHERE number >= ? AND number < ? ORDER BY number"));
    query.bind(as_stored(begin)).bind(as_stored(end));
    std::uint64_t next = begin;
    while (TRY(query.step())) {
        if (static_cast<std::uint64_t>(query.number(0)) != next) {
            break;
        }
        TRY(take(next, base::as_text(query.blob(1))));
        ++next;
    }
    if (next != end) {
        return corrupt(path_, fmt::format("the entry {} is missing", next));
    }
    return {};
}

Result<std::vector<Digest>> LogStore::tile(const log::Tile& tile) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->tile, "SELECT hashes FROM tile WHERE place = ?"));
    const Use query(*kept);
    query->bind(place_of(tile));
    if (!TRY(query->step())) {
        return corrupt(path_, fmt::format("the tile {} is missing", log::path_of(tile)));
    }
    const base::BytesView bytes = query->blob(0);
    std::vector<Digest> hashes(log::k_tile_width);
    constexpr std::size_t size = sizeof(Digest::bytes);
    if (bytes.size() != hashes.size() * size) {
        return corrupt(path_, fmt::format("the tile {} is not whole", log::path_of(tile)));
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * size), size,
                    hashes[i].bytes.begin());
    }
    return hashes;
}

Result<void> LogStore::keep_passage(const LogHead& head) {
    Query query = TRY(Query::prepare(database_.get(), "INSERT INTO passage VALUES(?, ?, ?)"));
    return query.bind(as_stored(head.size)).bind(head.root).bind(head.checkpoint).run();
}

Result<std::optional<LogHead>> LogStore::passage_beyond(std::uint64_t size) {
    Query query = TRY(Query::prepare(
        database_.get(),
        "SELECT size, root, checkpoint FROM passage WHERE size > ? ORDER BY size LIMIT 1"));
    query.bind(as_stored(size));
    if (!TRY(query.step())) {
        return std::optional<LogHead>();
    }
    return std::optional(TRY(head_in(query)));
}

Result<void> LogStore::add_witnessed(std::uint64_t size, const Digest& root,
                                     std::string_view checkpoint) {
    Query* const kept =
        TRY(use(database_.get(), prepared_->add_witnessed,
                "INSERT INTO witnessed VALUES(?, ?, ?) ON CONFLICT(size) DO UPDATE SET "
                "root = excluded.root, checkpoint = excluded.checkpoint "
                "WHERE length(excluded.checkpoint) > length(checkpoint) OR excluded.root <> root"));
    const Use query(*kept);
    return query->bind(as_stored(size)).bind(root).bind(checkpoint).run();
}

Result<std::optional<std::string>> LogStore::witnessed(std::uint64_t size) {
    Query query =
        TRY(Query::prepare(database_.get(), "SELECT checkpoint FROM witnessed WHERE size = ?"));
    query.bind(as_stored(size));
    return one_text(std::move(query));
}

Result<std::optional<std::string>> LogStore::witnessed_from(std::uint64_t size) {
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT checkpoint FROM witnessed WHERE size >= ? ORDER BY size LIMIT 1"));
    query.bind(as_stored(size));
    return one_text(std::move(query));
}

Result<std::optional<std::string>> LogStore::newest_witnessed() {
    return one_text(TRY(Query::prepare(
        database_.get(), "SELECT checkpoint FROM witnessed ORDER BY size DESC LIMIT 1")));
}

Result<void> LogStore::read_witnessed(
    const std::function<Result<void>(std::uint64_t, std::string_view)>& take) {
    Query query = TRY(
        Query::prepare(database_.get(), "SELECT size, checkpoint FROM witnessed ORDER BY size"));
    while (TRY(query.step())) {
        TRY(take(static_cast<std::uint64_t>(query.number(0)), query.text(1)));
    }
    return {};
}

Result<std::uint64_t> LogStore::count_entries() {
    Query query =
        TRY(Query::prepare(database_.get(), "SELECT coalesce(max(number) + 1, 0) FROM entry"));
    if (!TRY(query.step())) {
        return corrupt(path_, "its entries can't be counted");
    }
    return static_cast<std::uint64_t>(query.number(0));
}

Result<std::vector<std::string>> LogStore::inspect() {
    std::vector<std::string> found;
    Query query = TRY(Query::prepare(database_.get(), "PRAGMA integrity_check(20)"));
    while (TRY(query.step())) {
        if (query.text(0) != "ok") {
            found.push_back(base::shown(query.text(0)));
        }
    }
    return found;
}

}  // namespace cheget::store
