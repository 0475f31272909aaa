// Prepared SQLite statements whose failures are results.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "store/database.h"

namespace cheget::store {

/// The file of a log's database in its folder, and of a reader's copy of a log; every other one is
/// taken for an executor's ledger where a failure is told.
constexpr std::string_view k_log_database = "log.db";
constexpr std::string_view k_log_copy_database = "log.sqlite";

/// Makes the empty file of a database, private from its first moment; never replaces another.
/// `what` is what it is called, such as `the ledger`.
base::Result<void> make_database_file(const std::filesystem::path& path, std::string_view what);

/// Opens it to read and write and sets it up: a write-ahead log that every commit syncs, and
/// nothing that a hostile schema in the file could call or change.
base::Result<Database> open_database(const std::filesystem::path& path, std::string_view what,
                                     int more_flags = 0, const char* file_system = nullptr);

/// The number that says in which format the database is.
base::Result<std::int64_t> format_of(sqlite3* database);

/// The failure that the database last had, after the words `what`, with the command that inspects
/// it. Damage is corrupt_state, the rest is unreachable.
base::Error sqlite_error(sqlite3* database, std::string_view what);

/// Runs statements that give no rows.
base::Result<void> execute(sqlite3* database, const char* sql);

/// What the work does is done as a whole or, if it fails, not at all.
base::Result<void> in_transaction(sqlite3* database,
                                  const std::function<base::Result<void>()>& work);

/// One prepared statement. Bind in order, then step until it says there is no row.
class Query {
  public:
    static base::Result<Query> prepare(sqlite3* database, std::string_view sql);
    Query(Query&& other) noexcept;
    Query& operator=(Query&&) = delete;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    Query& bind(std::int64_t value);
    Query& bind(std::string_view text);
    Query& bind(const base::Digest& digest);  ///< as 32 bytes
    Query& bind_blob(base::BytesView bytes);
    Query& bind_null();

    /// True when there is a row; false at the end.
    base::Result<bool> step();
    /// Makes it ready to be bound and stepped again; ends what it reads.
    void reset();
    /// Runs a statement that gives no rows.
    base::Result<void> run();

    std::int64_t number(int column) const;
    /// The column's text, copied; empty for NULL.
    std::string text(int column) const;
    /// The column's bytes, which live until the next step.
    base::BytesView blob(int column) const;
    bool is_null(int column) const;
    /// Fails with corrupt_state unless the column holds exactly 32 bytes.
    base::Result<base::Digest> digest(int column) const;

  private:
    Query(sqlite3* database, sqlite3_stmt* statement)
        : database_(database), statement_(statement) {}

    sqlite3* database_;
    sqlite3_stmt* statement_;
    int next_ = 1;
    int failure_ = SQLITE_OK;  ///< of a bind, told by the next step
};

/// The query that is kept there, prepared with its first use. Its owner goes before the database.
base::Result<Query*> use(sqlite3* database, std::optional<Query>& kept, const char* sql);

/// Ends what a kept query reads when its user is done: it would hold the database's snapshot.
class Use {
  public:
    explicit Use(Query& query) : query_(query) {}
    ~Use() { query_.reset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Query* operator->() const { return &query_; }

  private:
    Query& query_;
};

}  // namespace cheget::store
