// The executor's ledger. What must never happen is kept by the schema itself: an order and target
// have one claim, a claim never goes back, nothing is deleted, a policy is followed by later ones.
#include "store/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "store/descriptor.h"
#include "store/sqlite.h"

namespace cheget::store {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::Time;

constexpr int k_format = 2;

constexpr const char* k_schema = R"(
CREATE TABLE owner(
  only INTEGER PRIMARY KEY CHECK(only = 1),
  domain TEXT NOT NULL, first_policy BLOB NOT NULL CHECK(length(first_policy) = 32),
  executor TEXT NOT NULL, log TEXT NOT NULL, latest_time INTEGER NOT NULL) STRICT;
CREATE TABLE policy(
  version INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id) = 32), text TEXT NOT NULL) STRICT;
CREATE TABLE revocation(
  id BLOB PRIMARY KEY CHECK(length(id) = 32), statement TEXT NOT NULL,
  in_force INTEGER NOT NULL CHECK(in_force IN (0, 1))) STRICT;
CREATE TABLE stop(
  id BLOB PRIMARY KEY CHECK(length(id) = 32), order_id BLOB NOT NULL CHECK(length(order_id) = 32),
  statement TEXT NOT NULL) STRICT;
CREATE INDEX stop_by_order ON stop(order_id);
CREATE TABLE claim(
  number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),
  domain TEXT NOT NULL, order_id BLOB NOT NULL CHECK(length(order_id) = 32),
  target TEXT NOT NULL, statement TEXT NOT NULL, drill INTEGER NOT NULL CHECK(drill IN (0, 1)),
  claimed_at INTEGER NOT NULL, boot TEXT,
  boot_seconds INTEGER CHECK((boot_seconds IS NULL) = (boot IS NULL)),
  progress INTEGER NOT NULL CHECK(progress BETWEEN 0 AND 2),
  outcome INTEGER CHECK((outcome IS NOT NULL) = (progress = 2)), code INTEGER,
  UNIQUE(domain, order_id, target)) STRICT;
CREATE TABLE outgoing(
  number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),
  order_id BLOB NOT NULL CHECK(length(order_id) = 32), kind INTEGER NOT NULL,
  statement TEXT NOT NULL, sent INTEGER NOT NULL CHECK(sent IN (0, 1)),
  logged INTEGER NOT NULL CHECK(logged IN (0, 1)),
  claim BLOB CHECK((claim IS NOT NULL) = (kind <> 4))) STRICT;
CREATE INDEX outgoing_by_order ON outgoing(order_id);
CREATE TRIGGER policy_forward BEFORE INSERT ON policy
  WHEN NEW.version <= (SELECT max(version) FROM policy)
  BEGIN SELECT raise(ABORT, 'a policy can only be followed by a later one'); END;
CREATE TRIGGER policy_kept BEFORE DELETE ON policy BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER policy_fixed BEFORE UPDATE ON policy BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER revocation_kept BEFORE DELETE ON revocation BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER revocation_stays BEFORE UPDATE ON revocation WHEN NEW.in_force < OLD.in_force
  BEGIN SELECT raise(ABORT, 'a revocation stays in force'); END;
CREATE TRIGGER stop_kept BEFORE DELETE ON stop BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER claim_kept BEFORE DELETE ON claim BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER claim_forward BEFORE UPDATE ON claim
  WHEN NEW.progress <= OLD.progress OR NEW.id <> OLD.id OR NEW.order_id <> OLD.order_id
    OR NEW.target <> OLD.target OR NEW.domain <> OLD.domain OR NEW.statement <> OLD.statement
    OR NEW.boot IS NOT OLD.boot OR NEW.boot_seconds IS NOT OLD.boot_seconds
  BEGIN SELECT raise(ABORT, 'a claim only moves forward'); END;
CREATE TRIGGER outgoing_kept BEFORE DELETE ON outgoing BEGIN SELECT raise(ABORT, 'kept'); END;
PRAGMA user_version = 2;
)";

std::unexpected<base::Error> corrupt(const std::filesystem::path& path, std::string_view why) {
    return fail(ErrorKind::corrupt_state,
                fmt::format("the ledger {} does not hold together: {}; nothing was done, inspect "
                            "it with `cheget-exec state check`",
                            base::shown(path.native()), why));
}

Digest id_of_signed(std::string_view signed_text) {
    const auto split = statement::split_signed(signed_text);
    return statement::id_of(split ? split->text : signed_text);
}

}  // namespace

Result<void> Ledger::execute(const char* sql) {
    return store::execute(database_.get(), sql);
}

Result<Ledger> Ledger::create(const std::filesystem::path& path, const LedgerOwner& owner,
                              std::uint32_t version, std::string_view policy_text, Time now) {
    TRY(make_database_file(path, "the ledger"));
    Ledger ledger(TRY(open_database(path, "the ledger")), path);
    sqlite3* const raw = ledger.database_.get();
    ledger.owner_ = owner;
    Result<void> done = ledger.in_transaction([&]() -> Result<void> {
        TRY(ledger.execute(k_schema));
        Query query =
            TRY(Query::prepare(raw,
                               "INSERT INTO owner(only, domain, first_policy, executor, log, "
                               "latest_time) VALUES(1, ?, ?, ?, ?, ?)"));
        TRY(query.bind(owner.domain.name)
                .bind(owner.domain.first_policy)
                .bind(owner.executor)
                .bind(owner.log)
                .bind(now.seconds)
                .run());
        Query policy = TRY(Query::prepare(raw, "INSERT INTO policy VALUES(?, ?, ?)"));
        return policy.bind(std::int64_t{version})
            .bind(statement::id_of(policy_text))
            .bind(policy_text)
            .run();
    });
    TRY(std::move(done));
    return ledger;
}

Result<Ledger> Ledger::open(const std::filesystem::path& path) {
    auto opened = open_database(path, "the ledger");
    if (!opened) {
        base::Error error = std::move(opened.error());
        if (error.kind == ErrorKind::unreachable) {
            error.message +=
                "; a new executor begins with `cheget-exec init`, one whose ledger "
                "is lost must not be begun anew before its receipts are found";
        }
        return std::unexpected(std::move(error));
    }
    Ledger ledger(std::move(*opened), path);
    sqlite3* const raw = ledger.database_.get();
    if (const std::int64_t format = TRY(format_of(raw)); format != k_format) {
        return corrupt(path, fmt::format("it is of format {}, and this version of cheget-exec has "
                                         "format {}",
                                         format, k_format));
    }
    Query check = TRY(Query::prepare(raw, "PRAGMA quick_check(1)"));
    if (!TRY(check.step()) || check.text(0) != "ok") {
        return corrupt(path, base::shown(check.text(0)));
    }
    TRY(ledger.read_owner());
    TRY(ledger.newest_policy());
    return ledger;
}

Result<void> Ledger::read_owner() {
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT domain, first_policy, executor, log FROM owner WHERE only = 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it does not say whose it is");
    }
    owner_.domain.name = query.text(0);
    owner_.domain.first_policy = TRY(query.digest(1));
    owner_.executor = query.text(2);
    owner_.log = query.text(3);
    if (!base::is_domain(owner_.domain.name) || !base::is_name(owner_.executor)) {
        return corrupt(path_, "its owner has no name");
    }
    return {};
}

Result<void> Ledger::in_transaction(const std::function<Result<void>()>& work) {
    return store::in_transaction(database_.get(), work);
}

Result<Ledger::KnownPolicy> Ledger::newest_policy() {
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT version, id, text FROM policy ORDER BY version DESC LIMIT 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it holds no policy");
    }
    const std::int64_t version = query.number(0);
    KnownPolicy known{static_cast<std::uint32_t>(version), query.text(2)};
    if (version < 1 || version > std::numeric_limits<std::uint32_t>::max() ||
        TRY(query.digest(1)) != statement::id_of(known.text)) {
        return corrupt(path_, "its policy's text is not the one that was taken up");
    }
    return known;
}

Result<std::vector<std::string>> Ledger::revocations(bool in_force) {
    std::vector<std::string> all;
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT statement, id FROM revocation WHERE in_force = ? ORDER BY rowid"));
    query.bind(std::int64_t{in_force});
    while (TRY(query.step())) {
        all.push_back(query.text(0));
        if (TRY(query.digest(1)) != id_of_signed(all.back())) {
            return corrupt(path_, "a revocation's text was changed");
        }
    }
    return all;
}

Result<std::vector<std::string>> Ledger::stops(const Digest& subject) {
    std::vector<std::string> all;
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT statement FROM stop WHERE order_id = ? ORDER BY rowid"));
    query.bind(subject);
    while (TRY(query.step())) {
        all.push_back(query.text(0));
    }
    return all;
}

Result<void> Ledger::add_policy(std::uint32_t version, std::string_view text) {
    return in_transaction([&]() -> Result<void> {
        const KnownPolicy newest = TRY(newest_policy());
        if (version <= newest.version) {
            return fail(ErrorKind::denied,
                        fmt::format("policy {} is not later than policy {}, which is in force; an "
                                    "executor never goes back",
                                    version, newest.version));
        }
        Query query = TRY(Query::prepare(database_.get(), "INSERT INTO policy VALUES(?, ?, ?)"));
        return query.bind(std::int64_t{version}).bind(statement::id_of(text)).bind(text).run();
    });
}

Result<void> Ledger::add_revocation(std::string_view signed_text, bool in_force) {
    Query query = TRY(Query::prepare(
        database_.get(),
        "INSERT INTO revocation(id, statement, in_force) VALUES(?, ?, ?) ON CONFLICT(id) DO UPDATE "
        "SET statement = excluded.statement, in_force = 1 "
        "WHERE excluded.in_force = 1 AND in_force = 0"));
    return query.bind(id_of_signed(signed_text))
        .bind(signed_text)
        .bind(std::int64_t{in_force})
        .run();
}

Result<void> Ledger::add_stop(const Digest& subject, std::string_view signed_text) {
    Query query =
        TRY(Query::prepare(database_.get(), "INSERT OR IGNORE INTO stop VALUES(?, ?, ?)"));
    // By the whole bytes: a copy with a bad signature must not keep the good one out.
    return query.bind(base::sha256(signed_text)).bind(subject).bind(signed_text).run();
}

Result<Time> Ledger::latest_time() {
    Query query =
        TRY(Query::prepare(database_.get(), "SELECT latest_time FROM owner WHERE only = 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it does not say whose it is");
    }
    return Time{query.number(0)};
}

Result<void> Ledger::note_time(Time now) {
    Query query = TRY(Query::prepare(
        database_.get(), "UPDATE owner SET latest_time = max(latest_time, ?) WHERE only = 1"));
    return query.bind(now.seconds).run();
}

Result<void> Ledger::set_latest_time(Time now) {
    Query query =
        TRY(Query::prepare(database_.get(), "UPDATE owner SET latest_time = ? WHERE only = 1"));
    return query.bind(now.seconds).run();
}

}  // namespace cheget::store
