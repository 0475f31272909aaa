// The executor's ledger: what it knows of its domain, what it claimed, and how each claim ended.
// SQLite in WAL mode with synchronous FULL: what a function here reports as done survives a crash.
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
#include "base/time.h"
#include "statement/statement.h"
#include "store/database.h"

namespace cheget::store {

/// Whose ledger it is; fixed when it is made.
struct LedgerOwner {
    statement::Domain domain;
    std::string executor;
    /// The name of the domain's log; empty without one. It never changes.
    std::string log{};
};

/// A moment that setting a clock can't move: how long the machine had run then.
struct BootMoment {
    std::string boot;  ///< the kernel's id of that boot
    std::int64_t seconds = 0;
    bool operator==(const BootMoment&) const = default;
};

/// How far a claim has come. The order matters: a claim only ever moves to a later one.
enum class Progress : int {
    claimed = 0,  ///< durable, and nothing has begun
    started = 1,  ///< the command may have begun
    ended = 2,    ///< `outcome` tells how
};

/// A claim as the ledger holds it.
struct ClaimRecord {
    base::Digest id;  ///< of the claim's text
    base::Digest order;
    std::string target;
    std::string signed_claim;
    bool drill = false;
    base::Time claimed_at;  ///< by the executor's clock
    /// Under a log: no later than the claim was signed.
    std::optional<BootMoment> signed_at{};
    Progress progress = Progress::claimed;
    std::optional<statement::Outcome> outcome;  ///< there once it ended
    std::optional<std::int32_t> code;
};

/// A claim or receipt that has to be written to the outbox.
struct Outgoing {
    base::Digest id;
    base::Digest order;
    statement::Kind kind = statement::Kind::claim;
    std::string signed_text;
    std::optional<base::Digest> claim{};  ///< of a receipt, the claim that it tells of
};

/// One process uses it at a time for deciding and claiming (see Lock in executor/); SQLite's own
/// locks keep its transactions whole besides. Failures are ErrorKind::corrupt_state when the file
/// does not hold together, unreachable when it can't be opened or written.
class Ledger {
  public:
    /// Makes the ledger with its first known policy. Fails if the file is there already.
    static base::Result<Ledger> create(const std::filesystem::path& path, const LedgerOwner& owner,
                                       std::uint32_t version, std::string_view policy_text,
                                       base::Time now);
    /// Opens it and checks that it holds together. Never makes one: a lost ledger must be noticed.
    static base::Result<Ledger> open(const std::filesystem::path& path);

    Ledger(Ledger&&) noexcept = default;
    Ledger& operator=(Ledger&&) noexcept = default;
    ~Ledger() = default;

    const LedgerOwner& owner() const { return owner_; }

    struct KnownPolicy {
        std::uint32_t version = 0;
        std::string text;
    };
    base::Result<KnownPolicy> newest_policy();
    /// Revocations that took force, or those that do not suffice yet.
    base::Result<std::vector<std::string>> revocations(bool in_force);
    /// Vetoes, withdrawals, claims and receipts on an order, or vetoes and withdrawals on an
    /// amendment, kept from the moment they were first seen.
    base::Result<std::vector<std::string>> stops(const base::Digest& subject);

    /// Takes up a later policy. One that isn't later is refused: an executor never goes back.
    base::Result<void> add_policy(std::uint32_t version, std::string_view text);
    /// Each is kept once, by the digest of its text.
    /// One that took force stays so.
    base::Result<void> add_revocation(std::string_view signed_text, bool in_force);
    base::Result<void> add_stop(const base::Digest& subject, std::string_view signed_text);

    /// The latest time that the executor has seen on its clock.
    base::Result<base::Time> latest_time();
    /// Moves it forward; an earlier time changes nothing.
    base::Result<void> note_time(base::Time now);
    /// Sets it, back too: an administrator's act after the clock was wrong.
    base::Result<void> set_latest_time(base::Time now);

    base::Result<std::optional<ClaimRecord>> find_claim(const base::Digest& order,
                                                        std::string_view target);
    /// Records a claim; false if the order and target are claimed already, by whomever.
    base::Result<bool> add_claim(const ClaimRecord& claim);
    base::Result<void> record_started(const base::Digest& claim, const Outgoing& receipt);
    base::Result<void> record_end(const base::Digest& claim, statement::Outcome outcome,
                                  std::optional<std::int32_t> code, const Outgoing& receipt);
    /// Claims that have not ended, oldest first.
    base::Result<std::vector<ClaimRecord>> unfinished_claims();
    /// All claims, oldest first.
    base::Result<std::vector<ClaimRecord>> claims();

    /// What has not been written to the outbox yet, in the order it was made.
    base::Result<std::vector<Outgoing>> outgoing();
    base::Result<void> mark_sent(const base::Digest& id);
    /// The newest receipts that have not been seen in the log, in the order they were made.
    base::Result<std::vector<Outgoing>> unlogged_receipts(std::size_t most);
    base::Result<void> mark_logged(const base::Digest& id);
    /// All receipts of an order, in the order they were made.
    base::Result<std::vector<std::string>> receipts(const base::Digest& order);

    /// Every check that open() makes and the slow ones: one line for each thing that is wrong.
    base::Result<std::vector<std::string>> inspect();

  private:
    Ledger(Database database, std::filesystem::path path)
        : database_(std::move(database)), path_(std::move(path)) {}

    base::Result<void> execute(const char* sql);
    base::Result<void> read_owner();
    base::Result<bool> insert_claim(const ClaimRecord& claim);
    base::Result<void> insert_outgoing(const Outgoing& outgoing);
    base::Result<std::vector<ClaimRecord>> select_claims(const char* condition);
    /// Runs `work` in one durable transaction: all of it or none.
    base::Result<void> in_transaction(const std::function<base::Result<void>()>& work);

    Database database_;
    std::filesystem::path path_;
    LedgerOwner owner_;
};

}  // namespace cheget::store
