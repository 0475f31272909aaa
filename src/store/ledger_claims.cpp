// The ledger's claims, receipts and inspection.
#include <fmt/format.h>

#include "base/text.h"
#include "store/ledger.h"
#include "store/sqlite.h"

namespace cheget::store {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::Time;
using statement::Kind;
using statement::Outcome;

constexpr const char* k_claim_columns =
    "SELECT id, order_id, target, statement, drill, claimed_at, progress, outcome, code, "
    "boot, boot_seconds FROM claim ";

Result<ClaimRecord> read_claim(const Query& query) {
    ClaimRecord claim;
    claim.id = TRY(query.digest(0));
    claim.order = TRY(query.digest(1));
    claim.target = query.text(2);
    claim.signed_claim = query.text(3);
    claim.drill = query.number(4) != 0;
    claim.claimed_at = Time{query.number(5)};
    claim.progress = static_cast<Progress>(query.number(6));
    if (!query.is_null(7)) {
        const std::int64_t outcome = query.number(7);
        if (outcome < 0 || outcome > static_cast<std::int64_t>(Outcome::unknown)) {
            return fail(ErrorKind::corrupt_state,
                        "the ledger holds an outcome that does not exist; inspect it with "
                        "`cheget-exec state check`");
        }
        claim.outcome = static_cast<Outcome>(outcome);
    }
    if (!query.is_null(8)) {
        claim.code = static_cast<std::int32_t>(query.number(8));
    }
    if (!query.is_null(9)) {
        claim.signed_at = BootMoment{query.text(9), query.number(10)};
    }
    return claim;
}

}  // namespace

Result<std::optional<ClaimRecord>> Ledger::find_claim(const Digest& order,
                                                      std::string_view target) {
    Query query = TRY(Query::prepare(
        database_.get(),
        std::string(k_claim_columns) + "WHERE domain = ? AND order_id = ? AND target = ?"));
    query.bind(owner_.domain.name).bind(order).bind(target);
    if (!TRY(query.step())) {
        return std::nullopt;
    }
    ClaimRecord claim = TRY(read_claim(query));
    return claim;
}

Result<bool> Ledger::insert_claim(const ClaimRecord& claim) {
    // Only the one constraint that says "claimed already" is let pass; all others are failures.
    Query query = TRY(Query::prepare(
        database_.get(),
        "INSERT INTO claim(id, domain, order_id, target, statement, drill, claimed_at, progress, "
        "outcome, code, boot, boot_seconds) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(domain, order_id, target) DO NOTHING"));
    query.bind(claim.id)
        .bind(owner_.domain.name)
        .bind(claim.order)
        .bind(claim.target)
        .bind(claim.signed_claim)
        .bind(std::int64_t{claim.drill})
        .bind(claim.claimed_at.seconds)
        .bind(static_cast<std::int64_t>(claim.progress));
    claim.outcome ? query.bind(static_cast<std::int64_t>(*claim.outcome)) : query.bind_null();
    claim.code ? query.bind(std::int64_t{*claim.code}) : query.bind_null();
    claim.signed_at ? query.bind(claim.signed_at->boot) : query.bind_null();
    claim.signed_at ? query.bind(claim.signed_at->seconds) : query.bind_null();
    TRY(query.run());
    return sqlite3_changes(database_.get()) == 1;
}

Result<bool> Ledger::add_claim(const ClaimRecord& claim) {
    if (claim.progress != Progress::claimed || claim.outcome || claim.code) {
        return base::bad_input("a claim begins as claimed");
    }
    bool added = false;
    Result<void> done = in_transaction([&]() -> Result<void> {
        added = TRY(insert_claim(claim));
        if (!added) {
            return {};
        }
        return insert_outgoing({claim.id, claim.order, Kind::claim, claim.signed_claim});
    });
    TRY(std::move(done));
    return added;
}

Result<void> Ledger::insert_outgoing(const Outgoing& outgoing) {
    Query query = TRY(Query::prepare(database_.get(),
                                     "INSERT INTO outgoing(id, order_id, kind, statement, sent, "
                                     "logged, claim) VALUES(?, ?, ?, ?, 0, 0, ?)"));
    query.bind(outgoing.id)
        .bind(outgoing.order)
        .bind(static_cast<std::int64_t>(outgoing.kind))
        .bind(outgoing.signed_text);
    return (outgoing.claim ? query.bind(*outgoing.claim) : query.bind_null()).run();
}

Result<void> Ledger::record_started(const Digest& claim, const Outgoing& receipt) {
    return in_transaction([&]() -> Result<void> {
        Query query =
            TRY(Query::prepare(database_.get(), "UPDATE claim SET progress = 1 WHERE id = ?"));
        TRY(query.bind(claim).run());
        if (sqlite3_changes(database_.get()) != 1) {
            return fail(ErrorKind::corrupt_state, "the ledger lost a claim that it held");
        }
        return insert_outgoing(receipt);
    });
}

Result<void> Ledger::record_end(const Digest& claim, Outcome outcome,
                                std::optional<std::int32_t> code, const Outgoing& receipt) {
    return in_transaction([&]() -> Result<void> {
        Query query = TRY(Query::prepare(
            database_.get(), "UPDATE claim SET progress = 2, outcome = ?, code = ? WHERE id = ?"));
        query.bind(static_cast<std::int64_t>(outcome));
        code ? query.bind(std::int64_t{*code}) : query.bind_null();
        TRY(query.bind(claim).run());
        if (sqlite3_changes(database_.get()) != 1) {
            return fail(ErrorKind::corrupt_state, "the ledger lost a claim that it held");
        }
        return insert_outgoing(receipt);
    });
}

Result<std::vector<ClaimRecord>> Ledger::select_claims(const char* condition) {
    std::vector<ClaimRecord> all;
    Query query = TRY(Query::prepare(database_.get(), std::string(k_claim_columns) + condition));
    while (TRY(query.step())) {
        ClaimRecord claim = TRY(read_claim(query));
        all.push_back(std::move(claim));
    }
    return all;
}

Result<std::vector<ClaimRecord>> Ledger::unfinished_claims() {
    return select_claims("WHERE progress < 2 ORDER BY number");
}

Result<std::vector<ClaimRecord>> Ledger::claims() {
    return select_claims("ORDER BY number");
}

Result<std::vector<Outgoing>> Ledger::outgoing() {
    std::vector<Outgoing> all;
    Query query = TRY(Query::prepare(
        database_.get(),
        "SELECT id, order_id, kind, statement FROM outgoing WHERE sent = 0 ORDER BY number"));
    while (TRY(query.step())) {
        Outgoing one;
        one.id = TRY(query.digest(0));
        one.order = TRY(query.digest(1));
        one.kind =
            query.number(2) == static_cast<std::int64_t>(Kind::claim) ? Kind::claim : Kind::receipt;
        one.signed_text = query.text(3);
        all.push_back(std::move(one));
    }
    return all;
}

Result<void> Ledger::mark_sent(const Digest& id) {
    Query query = TRY(Query::prepare(database_.get(), "UPDATE outgoing SET sent = 1 WHERE id = ?"));
    return query.bind(id).run();
}

Result<std::vector<Outgoing>> Ledger::unlogged_receipts(std::size_t most) {
    std::vector<Outgoing> all;
    Query query = TRY(Query::prepare(
        database_.get(),
        "SELECT id, order_id, statement, claim FROM (SELECT * FROM outgoing WHERE logged = 0 AND "
        "kind = ? ORDER BY number DESC LIMIT ?) ORDER BY number"));
    query.bind(static_cast<std::int64_t>(Kind::receipt)).bind(static_cast<std::int64_t>(most));
    while (TRY(query.step())) {
        Outgoing one{TRY(query.digest(0)), TRY(query.digest(1)), Kind::receipt, query.text(2), {}};
        one.claim = TRY(query.digest(3));
        all.push_back(std::move(one));
    }
    return all;
}

Result<void> Ledger::mark_logged(const Digest& id) {
    Query query =
        TRY(Query::prepare(database_.get(), "UPDATE outgoing SET logged = 1 WHERE id = ?"));
    return query.bind(id).run();
}

Result<std::vector<std::string>> Ledger::receipts(const Digest& order) {
    std::vector<std::string> all;
    Query query = TRY(Query::prepare(
        database_.get(), "SELECT statement FROM outgoing WHERE order_id = ? ORDER BY number"));
    query.bind(order);
    while (TRY(query.step())) {
        all.push_back(query.text(0));
    }
    return all;
}

Result<std::vector<std::string>> Ledger::inspect() {
    std::vector<std::string> wrong;
    Query check = TRY(Query::prepare(database_.get(), "PRAGMA integrity_check(20)"));
    while (TRY(check.step())) {
        if (check.text(0) != "ok") {
            wrong.push_back("database: " + base::shown(check.text(0)));
        }
    }
    Query policies = TRY(Query::prepare(database_.get(), "SELECT version, id, text FROM policy"));
    while (TRY(policies.step())) {
        const Result<Digest> id = policies.digest(1);
        if (!id || *id != statement::id_of(policies.text(2))) {
            wrong.push_back(fmt::format("policy {}: its text is not the one that was taken up",
                                        policies.number(0)));
        }
    }
    Query claims = TRY(Query::prepare(database_.get(), k_claim_columns));
    while (TRY(claims.step())) {
        const Result<ClaimRecord> record = read_claim(claims);
        if (!record) {
            wrong.push_back("claim: " + record.error().message);
            continue;
        }
        const auto split = statement::split_signed(record->signed_claim);
        const auto claim = split ? statement::parse_claim(split->text)
                                 : Result<statement::Claim>(std::unexpected(split.error()));
        if (!claim || statement::id_of(split->text) != record->id ||
            claim->order != record->order || claim->target != record->target) {
            wrong.push_back(
                fmt::format("claim {}: the statement is not the one that the record tells of",
                            base::to_hex(record->id)));
        }
    }
    return wrong;
}

}  // namespace cheget::store
