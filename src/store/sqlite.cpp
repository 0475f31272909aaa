// Prepared SQLite statements whose failures are results.
#include "store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::store {

using base::ErrorKind;
using base::Result;

namespace {

constexpr int k_busy_milliseconds = 10'000;

/// An executor's ledger, a log's database or a copy of one: each has a command that inspects it.
struct Store {
    std::string name;
    std::string_view inspector;
};

Store store_of(sqlite3* database) {
    const char* file = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
    const std::filesystem::path path = file == nullptr ? "" : file;
    const bool is_log = path.filename() == k_log_database;
    const std::string_view name = is_log                                   ? "log's database"
                                  : path.filename() == k_log_copy_database ? "copy of the log"
                                                                           : "ledger";
    return {fmt::format("the {} {}", name, base::shown(path.native())),
            is_log ? "cheget log check" : "cheget-exec state check"};
}

std::unexpected<base::Error> failed(sqlite3* database, std::string_view why) {
    return std::unexpected(
        sqlite_error(database, fmt::format("{} {}", store_of(database).name, why)));
}

}  // namespace

base::Error sqlite_error(sqlite3* database, std::string_view what) {
    const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database) & 0xFF;
    const std::string reason = database == nullptr ? "out of memory" : sqlite3_errmsg(database);
    const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_FORMAT ||
                         code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH ||
                         code == SQLITE_ERROR;  // a table or column that should be there is not
    return {damaged ? ErrorKind::corrupt_state : ErrorKind::unreachable,
            fmt::format("{}: {}{}", what, reason,
                        damaged ? fmt::format("; nothing was done, inspect it with `{}`",
                                              store_of(database).inspector)
                                : "")};
}

Result<void> execute(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failed(database, "can't be read or written");
    }
    return {};
}

Result<void> in_transaction(sqlite3* database, const std::function<Result<void>()>& work) {
    // IMMEDIATE: what the work reads can't change before it writes.
    TRY(execute(database, "BEGIN IMMEDIATE"));
    Result<void> done = work();
    if (done) {
        done = execute(database, "COMMIT");
    }
    if (!done) {
        sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    return done;
}

void CloseDatabase::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Result<void> make_database_file(const std::filesystem::path& path, std::string_view what) {
    const Descriptor made(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.is_open()) {
        const std::string reason = system_reason();
        return base::fail(ErrorKind::unreachable, fmt::format("cannot make {} {}: {}", what,
                                                              base::shown(path.native()), reason));
    }
    return {};
}

Result<Database> open_database(const std::filesystem::path& path, std::string_view what,
                               int more_flags, const char* file_system) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | more_flags, file_system);
    Database database(raw);
    if (opened != SQLITE_OK) {
        return std::unexpected(
            sqlite_error(raw, fmt::format("cannot open {} {}", what, base::shown(path.native()))));
    }
    sqlite3_busy_timeout(raw, k_busy_milliseconds);
    // A hostile schema in the file can't call functions or change what isn't its own.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    TRY(execute(raw,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY"));
    return database;
}

Result<std::int64_t> format_of(sqlite3* database) {
    Query format = TRY(Query::prepare(database, "PRAGMA user_version"));
    return TRY(format.step()) ? format.number(0) : 0;
}

Result<Query*> use(sqlite3* database, std::optional<Query>& kept, const char* sql) {
    if (!kept) {
        kept.emplace(TRY(Query::prepare(database, sql)));
    }
    return &*kept;
}

Result<Query> Query::prepare(sqlite3* database, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr) != SQLITE_OK) {
        return failed(database, "does not take a query");
    }
    return Query(database, statement);
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_(other.next_),
      failure_(other.failure_) {}

Query::~Query() {
    sqlite3_finalize(statement_);
}

Query& Query::bind(std::int64_t value) {
    failure_ = std::max(failure_, sqlite3_bind_int64(statement_, next_++, value));
    return *this;
}

Query& Query::bind(std::string_view text) {
    failure_ = std::max(failure_, sqlite3_bind_text64(statement_, next_++, text.data(), text.size(),
                                                      SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Query& Query::bind(const base::Digest& digest) {
    failure_ = std::max(failure_, sqlite3_bind_blob64(statement_, next_++, digest.bytes.data(),
                                                      digest.bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Query& Query::bind_blob(base::BytesView bytes) {
    if (bytes.empty()) {  // a null pointer would be taken for NULL
        failure_ = std::max(failure_, sqlite3_bind_zeroblob(statement_, next_++, 0));
        return *this;
    }
    failure_ = std::max(failure_, sqlite3_bind_blob64(statement_, next_++, bytes.data(),
                                                      bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Query& Query::bind_null() {
    failure_ = std::max(failure_, sqlite3_bind_null(statement_, next_++));
    return *this;
}

Result<bool> Query::step() {
    if (failure_ != SQLITE_OK) {
        return failed(database_, "does not take a value");
    }
    switch (sqlite3_step(statement_)) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            return false;
        default:
            return failed(database_, "can't be read or written");
    }
}

void Query::reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    next_ = 1;
    failure_ = SQLITE_OK;
}

Result<void> Query::run() {
    while (TRY(step())) {
    }
    return {};
}

std::int64_t Query::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Query::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    if (text == nullptr) {
        return {};
    }
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return {reinterpret_cast<const char*>(text), size};
}

base::BytesView Query::blob(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return {static_cast<const std::uint8_t*>(bytes), bytes == nullptr ? 0 : size};
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<base::Digest> Query::digest(int column) const {
    base::Digest digest;
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr || static_cast<std::size_t>(size) != digest.bytes.size()) {
        const Store store = store_of(database_);
        return base::fail(ErrorKind::corrupt_state,
                          fmt::format("{} holds a digest that isn't 32 bytes long; inspect it with "
                                      "`{}`",
                                      store.name, store.inspector));
    }
    std::copy_n(static_cast<const std::uint8_t*>(bytes), digest.bytes.size(), digest.bytes.begin());
    return digest;
}

}  // namespace cheget::store
