// A reader's copy of a log. What must never happen is kept by the schema itself: entries follow
// each other without a gap and stay as they are, and what the reader knows never becomes older.
#include "store/log_copy.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::store {
namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using permit::ChronicleRecord;
using permit::LogKnowledge;

constexpr std::int64_t k_format = 1;
constexpr std::string_view k_what = "the copy of the log";
constexpr std::size_t k_digest_size = sizeof(Digest::bytes);

constexpr const char* k_schema = R"(
CREATE TABLE entry(number INTEGER PRIMARY KEY CHECK(number >= 0), whole BLOB NOT NULL) STRICT;
CREATE TABLE filed(
  subject TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entry(number),
  PRIMARY KEY(subject, entry)) STRICT, WITHOUT ROWID;
CREATE TABLE knowledge(
  only INTEGER PRIMARY KEY CHECK(only = 1), size INTEGER NOT NULL,
  frontier BLOB NOT NULL, checkpoint TEXT NOT NULL) STRICT;
CREATE TABLE seen(size INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
CREATE TABLE policy(
  number INTEGER PRIMARY KEY, since INTEGER NOT NULL,
  changes_trust INTEGER NOT NULL CHECK(changes_trust IN (0, 1)),
  id BLOB NOT NULL CHECK(length(id) = 32), text TEXT NOT NULL) STRICT;
CREATE TABLE revoked(
  number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, of TEXT NOT NULL,
  since INTEGER) STRICT;
CREATE TABLE revocation(
  number INTEGER PRIMARY KEY, fingerprint TEXT REFERENCES revoked(fingerprint),
  statement TEXT NOT NULL) STRICT;
CREATE TRIGGER entry_next BEFORE INSERT ON entry
  WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 0) FROM entry)
  BEGIN SELECT raise(ABORT, 'entries follow each other'); END;
CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER filed_kept BEFORE DELETE ON filed BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER filed_fixed BEFORE UPDATE ON filed BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER policy_kept BEFORE DELETE ON policy BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER policy_fixed BEFORE UPDATE ON policy BEGIN SELECT raise(ABORT, 'fixed'); END;
CREATE TRIGGER knowledge_kept BEFORE DELETE ON knowledge BEGIN SELECT raise(ABORT, 'kept'); END;
CREATE TRIGGER knowledge_forward BEFORE UPDATE ON knowledge
  WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.frontier <> OLD.frontier)
  BEGIN SELECT raise(ABORT, 'a log only grows, and a size has one root'); END;
CREATE TRIGGER knowledge_holds BEFORE UPDATE ON knowledge
  WHEN NEW.size <> (SELECT coalesce(max(number) + 1, 0) FROM entry)
  BEGIN SELECT raise(ABORT, 'what is known is of all entries'); END;
PRAGMA user_version = 1;
)";

std::unexpected<base::Error> corrupt(const std::filesystem::path& path, std::string_view why) {
    return fail(ErrorKind::corrupt_state,
                fmt::format("the copy of the log {} does not hold together: {}; nothing was done, "
                            "inspect it with `cheget-exec state check`",
                            base::shown(path.native()), why));
}

std::int64_t as_stored(std::uint64_t number) {
    return static_cast<std::int64_t>(number);  // sizes and indexes are far below 2^63
}

base::Bytes join(const std::vector<Digest>& subtrees) {
    base::Bytes bytes;
    bytes.reserve(subtrees.size() * k_digest_size);
    for (const Digest& each : subtrees) {
        bytes.insert(bytes.end(), each.bytes.begin(), each.bytes.end());
    }
    return bytes;
}

std::vector<Digest> split(base::BytesView bytes) {
    std::vector<Digest> subtrees(bytes.size() / k_digest_size);
    for (std::size_t i = 0; i < subtrees.size(); ++i) {
        const base::BytesView one = bytes.subspan(i * k_digest_size, k_digest_size);
        std::copy(one.begin(), one.end(), subtrees[i].bytes.begin());
    }
    return subtrees;
}

}  // namespace

Result<Database> StoredLogCopy::open_file(const std::filesystem::path& path) {
    Database database = TRY(open_database(path, k_what));
    TRY(execute(database.get(), "PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF"));
    return database;
}

Result<StoredLogCopy> StoredLogCopy::create(const std::filesystem::path& path,
                                            permit::Chronicle chronicle) {
    if (chronicle.size() != 0) {
        return base::bad_input("a copy of a log begins before its first entry");
    }
    TRY(make_database_file(path, k_what));
    StoredLogCopy copy(TRY(open_file(path)), path);
    sqlite3* const raw = copy.database_.get();
    LogKnowledge knowledge{std::move(chronicle), {}, {}, {}};
    const Result<void> written = in_transaction(raw, [&]() -> Result<void> {
        TRY(execute(raw, k_schema));
        TRY(execute(raw, "INSERT INTO knowledge VALUES(1, 0, x'', '')"));
        return copy.write_knowledge(knowledge);
    });
    TRY(written);
    copy.knowledge_ = std::move(knowledge);
    return copy;
}

Result<StoredLogCopy> StoredLogCopy::open(const std::filesystem::path& path) {
    StoredLogCopy copy(TRY(open_file(path)), path);
    if (TRY(format_of(copy.database_.get())) != k_format) {
        return corrupt(path, "it is of another format");
    }
    LogKnowledge knowledge = TRY(copy.read_knowledge());
    TRY(copy.require_whole(knowledge));
    copy.knowledge_ = std::move(knowledge);
    return copy;
}

Result<std::uint64_t> StoredLogCopy::count_entries() const {
    Query query =
        TRY(Query::prepare(database_.get(), "SELECT coalesce(max(number) + 1, 0) FROM entry"));
    TRY(query.step());
    return static_cast<std::uint64_t>(query.number(0));
}

Result<ChronicleRecord> StoredLogCopy::read_record(std::uint64_t size) const {
    ChronicleRecord record;
    record.size = size;
    Query policies = TRY(Query::prepare(
        database_.get(), "SELECT since, id, text, changes_trust FROM policy ORDER BY number"));
    while (TRY(policies.step())) {
        record.policies.push_back({static_cast<std::uint64_t>(policies.number(0)),
                                   policies.number(3) != 0, policies.text(2)});
        if (TRY(policies.digest(1)) != statement::id_of(record.policies.back().text)) {
            return corrupt(path_, "a policy's text is not the one that was taken up");
        }
    }
    Query keys = TRY(Query::prepare(database_.get(),
                                    "SELECT fingerprint, of, since FROM revoked ORDER BY number"));
    while (TRY(keys.step())) {
        permit::RevokedKey key{keys.text(0), keys.text(1), {}, {}};
        if (!keys.is_null(2)) {
            key.from = static_cast<std::uint64_t>(keys.number(2));
        }
        record.revoked.push_back(std::move(key));
    }
    Query statements = TRY(Query::prepare(
        database_.get(), "SELECT fingerprint, statement FROM revocation ORDER BY number"));
    while (TRY(statements.step())) {
        if (statements.is_null(0)) {
            record.pending_revocations.push_back(statements.text(1));
            continue;
        }
        const std::string fingerprint = statements.text(0);
        const auto key = std::find_if(
            record.revoked.begin(), record.revoked.end(),
            [&](const permit::RevokedKey& each) { return each.fingerprint == fingerprint; });
        if (key == record.revoked.end()) {
            return corrupt(path_, "it holds a revocation of a key that is not revoked");
        }
        key->statements.push_back(statements.text(1));
    }
    return record;
}

Result<LogKnowledge> StoredLogCopy::read_knowledge() const {
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT size, frontier, checkpoint FROM knowledge WHERE only = 1"));
    if (!TRY(query.step())) {
        return corrupt(path_, "it does not say how far it goes");
    }
    const auto size = static_cast<std::uint64_t>(query.number(0));
    if (query.blob(1).size() % k_digest_size != 0) {
        return corrupt(path_, "the edge of its tree is cut off");
    }
    Result<log::Frontier> frontier = log::Frontier::from(size, split(query.blob(1)));
    if (!frontier) {
        return corrupt(path_, frontier.error().message);
    }
    ChronicleRecord record = TRY(read_record(size));
    Result<permit::Chronicle> chronicle = permit::Chronicle::resume(std::move(record));
    if (!chronicle) {
        return corrupt(path_, chronicle.error().message);
    }
    LogKnowledge knowledge{*std::move(chronicle), *std::move(frontier), query.text(2), {}};
    Query seen = TRY(Query::prepare(database_.get(), "SELECT size, time FROM seen ORDER BY size"));
    while (TRY(seen.step())) {
        knowledge.times.add(static_cast<std::uint64_t>(seen.number(0)), base::Time{seen.number(1)});
    }
    return knowledge;
}

/// What a glance shows; inspect() looks at every entry.
Result<void> StoredLogCopy::require_whole(const LogKnowledge& knowledge) const {
    const std::uint64_t size = knowledge.chronicle.size();
    if (TRY(count_entries()) != size) {
        return corrupt(path_, "it has other entries than it says");
    }
    if (knowledge.checkpoint.empty()) {
        return size == 0 ? Result<void>() : corrupt(path_, "no checkpoint vouches for its entries");
    }
    const auto opened = log::open_witnessed(knowledge.checkpoint, knowledge.chronicle.trust());
    if (!opened) {
        return corrupt(path_, opened.error().message);
    }
    if (opened->checkpoint.size != size || opened->checkpoint.root != knowledge.frontier.root()) {
        return corrupt(path_, "its checkpoint is not of its entries");
    }
    return {};
}

Result<void> StoredLogCopy::begin() {
    TRY(execute(database_.get(), "BEGIN IMMEDIATE"));
    in_transaction_ = true;
    // Another process may have gone on since this one looked.
    Query query = TRY(
        Query::prepare(database_.get(), "SELECT size, checkpoint FROM knowledge WHERE only = 1"));
    if (!TRY(query.step()) || query.number(0) != as_stored(knowledge_->chronicle.size()) ||
        query.text(1) != knowledge_->checkpoint) {
        LogKnowledge now = TRY(read_knowledge());
        knowledge_ = std::move(now);
    }
    return {};
}

void StoredLogCopy::roll_back() {
    if (in_transaction_) {
        sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        in_transaction_ = false;
    }
}

Result<void> StoredLogCopy::commit(LogKnowledge knowledge) {
    if (!in_transaction_) {
        return base::bad_input("nothing was begun that could be kept");
    }
    TRY(write_knowledge(knowledge));
    TRY(execute(database_.get(), "COMMIT"));
    in_transaction_ = false;
    knowledge_ = std::move(knowledge);
    return {};
}

Result<void> StoredLogCopy::write_knowledge(const LogKnowledge& next) {
    const std::uint64_t size = next.chronicle.size();
    if (next.frontier.size() != size) {
        return base::bad_input("the tree and the chronicle are of different sizes");
    }
    Query query = TRY(Query::prepare(
        database_.get(), "UPDATE knowledge SET size = ?, frontier = ?, checkpoint = ?"));
    TRY(query.bind(as_stored(size))
            .bind_blob(join(next.frontier.subtrees()))
            .bind(next.checkpoint)
            .run());
    TRY(execute(database_.get(), "DELETE FROM seen"));
    Query seen = TRY(Query::prepare(database_.get(), "INSERT INTO seen VALUES(?, ?)"));
    for (const log::WitnessedTimes::Seen& each : next.times.seen()) {
        TRY(seen.bind(as_stored(each.size)).bind(each.time.seconds).run());
        seen.reset();
    }
    TRY(write_policies(next.chronicle.record()));
    if (!knowledge_ || knowledge_->chronicle.record().revoked != next.chronicle.record().revoked ||
        knowledge_->chronicle.record().pending_revocations !=
            next.chronicle.record().pending_revocations) {
        TRY(write_revoked(next.chronicle.record()));
    }
    return {};
}

Result<void> StoredLogCopy::write_policies(const ChronicleRecord& next) {
    Query count = TRY(Query::prepare(database_.get(), "SELECT count(*) FROM policy"));
    TRY(count.step());
    const auto kept = static_cast<std::size_t>(count.number(0));
    if (next.policies.size() < kept) {
        return fail(ErrorKind::denied, "an executor never goes back to an older policy");
    }
    Query query = TRY(Query::prepare(database_.get(), "INSERT INTO policy VALUES(?, ?, ?, ?, ?)"));
    for (std::size_t i = kept; i < next.policies.size(); ++i) {
        const ChronicleRecord::InForce& each = next.policies[i];
        TRY(query.bind(as_stored(i))
                .bind(as_stored(each.from))
                .bind(std::int64_t{each.changes_trust})
                .bind(statement::id_of(each.text))
                .bind(each.text)
                .run());
        query.reset();
    }
    return {};
}

Result<void> StoredLogCopy::write_revoked(const ChronicleRecord& next) {
    TRY(execute(database_.get(), "DELETE FROM revocation; DELETE FROM revoked"));
    Query key = TRY(Query::prepare(database_.get(),
                                   "INSERT INTO revoked(fingerprint, of, since) VALUES(?, ?, ?)"));
    Query statement = TRY(Query::prepare(
        database_.get(), "INSERT INTO revocation(fingerprint, statement) VALUES(?, ?)"));
    for (const permit::RevokedKey& each : next.revoked) {
        key.bind(each.fingerprint).bind(each.of);
        TRY((each.from ? key.bind(as_stored(*each.from)) : key.bind_null()).run());
        key.reset();
        for (const std::string& one : each.statements) {
            TRY(statement.bind(each.fingerprint).bind(one).run());
            statement.reset();
        }
    }
    for (const std::string& one : next.pending_revocations) {
        TRY(statement.bind_null().bind(one).run());
        statement.reset();
    }
    return {};
}

Result<void> StoredLogCopy::add(std::uint64_t index, std::string_view whole,
                                const std::vector<std::string>& subjects) {
    if (!in_transaction_) {
        return base::bad_input("an entry is added to what was begun alone");
    }
    Query* const adding =
        TRY(use(database_.get(), prepared_->add, "INSERT INTO entry VALUES(?, ?)"));
    const Use add(*adding);
    TRY(add->bind(as_stored(index)).bind_blob(base::as_bytes(whole)).run());
    Query* const filing =
        TRY(use(database_.get(), prepared_->file, "INSERT OR IGNORE INTO filed VALUES(?, ?)"));
    for (const std::string& subject : subjects) {
        const Use file(*filing);
        TRY(file->bind(subject).bind(as_stored(index)).run());
    }
    return {};
}

Result<std::vector<permit::Entry>> StoredLogCopy::about(std::string_view subject) const {
    Query* const asking =
        TRY(use(database_.get(), prepared_->about,
                "SELECT number, whole FROM filed JOIN entry ON number = entry WHERE subject = ? "
                "ORDER BY filed.entry"));
    const Use about(*asking);
    about->bind(subject);
    std::vector<permit::Entry> all;
    while (TRY(about->step())) {
        all.push_back({static_cast<std::uint64_t>(about->number(0)),
                       std::string(base::as_text(about->blob(1)))});
    }
    return all;
}

Result<std::string> StoredLogCopy::entry(std::uint64_t index) const {
    Query query = TRY(Query::prepare(database_.get(), "SELECT whole FROM entry WHERE number = ?"));
    query.bind(as_stored(index));
    if (!TRY(query.step())) {
        return corrupt(path_, fmt::format("it has no entry {}", index));
    }
    return std::string(base::as_text(query.blob(0)));
}

log::HashReader StoredLogCopy::hashes() const {
    return [this](log::Node node) -> Result<Digest> {
        log::Frontier subtree;
        Query query = TRY(Query::prepare(
            database_.get(),
            "SELECT whole FROM entry WHERE number >= ? AND number < ? ORDER BY number"));
        query.bind(as_stored(node.begin())).bind(as_stored(node.end()));
        while (TRY(query.step())) {
            TRY(subtree.append(log::hash_leaf(query.blob(0))));
        }
        if (subtree.size() != node.end() - node.begin()) {
            return corrupt(path_, "it lacks entries");
        }
        return subtree.root();
    };
}

namespace {

/// Reads a chronicle anew out of a copy: what is about a subject is what came before the entry that
/// is being read, and how each is filed is compared.
class Rereading : public permit::Archive {
  public:
    explicit Rereading(const permit::Archive& kept) : kept_(kept) {}

    Result<void> add(std::uint64_t index, std::string_view whole,
                     const std::vector<std::string>& subjects) override {
        next_ = index + 1;
        subjects_ = subjects;
        static_cast<void>(whole);
        return {};
    }
    Result<std::vector<permit::Entry>> about(std::string_view subject) const override {
        std::vector<permit::Entry> all = TRY(kept_.about(subject));
        std::erase_if(all, [&](const permit::Entry& each) { return each.index >= next_; });
        return all;
    }
    const std::vector<std::string>& subjects() const { return subjects_; }

  private:
    const permit::Archive& kept_;
    std::uint64_t next_ = 0;
    std::vector<std::string> subjects_;
};

/// The rows under which an entry should be filed, in the order that the table has them.
std::string rows_of(std::vector<std::string> subjects) {
    std::sort(subjects.begin(), subjects.end());
    subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
    std::string rows;
    for (const std::string& each : subjects) {
        rows += each + '\n';
    }
    return rows;
}

}  // namespace

Result<void> StoredLogCopy::inspect_entries(std::vector<std::string>& wrong) const {
    const ChronicleRecord& record = knowledge_->chronicle.record();
    permit::Chronicle chronicle = TRY(permit::Chronicle::begin(record.policies.front().text));
    Rereading reading(*this);
    log::Frontier frontier;
    Query entries =
        TRY(Query::prepare(database_.get(), "SELECT number, whole FROM entry ORDER BY number"));
    TRY(execute(database_.get(),
                "CREATE TEMP TABLE by_entry AS SELECT entry, subject FROM main.filed;"
                "CREATE INDEX temp.of_entry ON by_entry(entry)"));
    Query rows = TRY(Query::prepare(
        database_.get(), "SELECT subject FROM temp.by_entry WHERE entry = ? ORDER BY subject"));
    while (TRY(entries.step())) {
        const auto index = static_cast<std::uint64_t>(entries.number(0));
        const std::string whole(base::as_text(entries.blob(1)));
        if (index != frontier.size()) {
            wrong.push_back(fmt::format("entry {}: it is missing", frontier.size()));
            return {};
        }
        TRY(frontier.append(log::hash_leaf(base::as_bytes(whole))));
        TRY(chronicle.read(whole, reading));
        std::vector<std::string> found;
        rows.bind(as_stored(index));
        while (TRY(rows.step())) {
            found.push_back(rows.text(0));
        }
        rows.reset();
        if (rows_of(std::move(found)) != rows_of(reading.subjects())) {
            wrong.push_back(fmt::format("entry {}: it is not filed under what it is about", index));
        }
    }
    TRY(execute(database_.get(), "DROP TABLE temp.by_entry"));
    if (frontier.root() != knowledge_->frontier.root()) {
        wrong.emplace_back("entries: they don't make the root that the checkpoint vouches for");
    }
    if (chronicle.record().policies != record.policies) {
        wrong.emplace_back("policies: they are not those that the entries put into force");
    }
    if (chronicle.record().revoked != record.revoked ||
        chronicle.record().pending_revocations != record.pending_revocations) {
        wrong.emplace_back("revocations: they are not those that the entries tell of");
    }
    return {};
}

Result<std::vector<std::string>> StoredLogCopy::inspect() const {
    std::vector<std::string> wrong;
    Query check = TRY(Query::prepare(database_.get(), "PRAGMA integrity_check(20)"));
    while (TRY(check.step())) {
        if (check.text(0) != "ok") {
            wrong.push_back("database: " + base::shown(check.text(0)));
        }
    }
    if (wrong.empty()) {
        TRY(inspect_entries(wrong));
    }
    return wrong;
}

}  // namespace cheget::store
