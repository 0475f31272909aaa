// The executor's state folder: the ledger, the lock that lets one process at a time decide, the
// outbox of signed claims and receipts, and the finishing of what a crash left open.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "executor/config.h"
#include "executor/log_follower.h"
#include "keys/signer.h"
#include "store/descriptor.h"
#include "store/ledger.h"

namespace cheget::executor {

/// The caller's clock, in whole seconds.
base::Time clock_now();

/// How far the clock may lie behind the latest time seen, for the slips of time services.
constexpr base::Span k_clock_slip{60};
constexpr int k_lock_timeout_seconds = 30;

/// Makes the folders of a new executor's state.
base::Result<void> make_state_folders(const Config& config);

/// Makes the ledger of a new executor; `log` is the log's name, empty without one. Fails if there
/// is a ledger already.
base::Result<void> begin_ledger(const Config& config, std::uint32_t version,
                                std::string_view policy_text, std::string_view log);

/// Says that a claim is being acted on by a living process. Let go when destroyed.
class RunningMark {
  public:
    RunningMark(RunningMark&&) noexcept = default;
    RunningMark& operator=(RunningMark&&) = delete;
    RunningMark(const RunningMark&) = delete;
    RunningMark& operator=(const RunningMark&) = delete;
    ~RunningMark();

  private:
    friend class State;
    RunningMark(store::Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
    store::Descriptor descriptor_;
    std::string path_;
};

/// Signs a text as this executor; gives the text with its signature.
base::Result<std::string> sign_statement(const keys::MachineKey& key, statement::Kind kind,
                                         std::string_view domain, const std::string& text);

/// A receipt for a claim, signed.
base::Result<store::Outgoing> make_receipt(const keys::MachineKey& key,
                                           const store::LedgerOwner& owner,
                                           const store::ClaimRecord& claim,
                                           statement::Receipt details);

/// The state, locked until unlock() or destruction.
class State {
  public:
    /// Waits for the lock up to k_lock_timeout_seconds, opens the ledger, refuses one of another
    /// domain or executor, finishes as unknown every claim whose process is gone, and sends what
    /// had not been sent. With `check_clock`, refuses (ErrorKind::denied) a clock that went back;
    /// under a log the clock decides nothing and is not asked. A claim that never was seen in the
    /// log is finished as refused once the machine has been started again.
    static base::Result<State> open(const Config& config, const keys::MachineKey& key,
                                    bool check_clock = true);

    store::Ledger& ledger() { return *ledger_; }
    const store::LedgerOwner& owner() const { return ledger_->owner(); }
    /// The log that the domain keeps; nothing without one.
    LogFollower* log() { return log_ ? &*log_ : nullptr; }

    /// Catches up with the log by what a permit carries and by what can be reached, takes up the
    /// policy that it makes, and sees to it that the log has this executor's receipts. Fails with
    /// denied where the log shows less than this executor has seen.
    base::Result<void> follow(const permit::Permit::Extract& carried = {},
                              const permit::Progress& progress = {});
    /// Hands in what receipts the log does not hold yet. Best effort: gives what went wrong.
    std::optional<std::string> hand_in_receipts();

    /// This executor's claim on an order that a log may still take in: signed since the machine was
    /// started, and nothing has begun.
    base::Result<std::optional<store::ClaimRecord>> open_claim(const base::Digest& order,
                                                               std::string_view target);

    /// Lets other processes decide and claim; the ledger can still be written.
    void unlock() { lock_.close(); }

    /// Marks a claim as alive, before it is added to the ledger.
    base::Result<RunningMark> mark_running(const base::Digest& claim) const;

    /// Writes every claim and receipt that has not been written to the outbox yet; gives them, so
    /// that the caller can put them elsewhere too.
    base::Result<std::vector<store::Outgoing>> send();

    /// What the outbox holds about an order, read back. ErrorKind::corrupt_state if a file there
    /// can't be read: it may be the one that says "claimed".
    base::Result<std::vector<std::string>> sent(const base::Digest& order) const;

    /// Stores the bounded output of a claim's command; gives the file's path.
    base::Result<std::string> store_output(const base::Digest& claim, std::string_view output);

  private:
    State(const Config& config, store::Descriptor lock)
        : config_(&config), lock_(std::move(lock)) {}

    base::Result<void> finish_abandoned(const keys::MachineKey& key);
    base::Result<bool> is_alive(const base::Digest& claim) const;
    base::Result<void> finish_one(const keys::MachineKey& key, const store::ClaimRecord& claim);
    base::Result<void> require_clock();
    base::Result<void> take_up_policies();
    base::Result<void> require_no_less();

    const Config* config_;
    store::Descriptor lock_;
    std::optional<store::Ledger> ledger_;
    std::optional<LogFollower> log_;
};

/// The ledger's path within the state folder.
std::string ledger_path(const Config& config);

}  // namespace cheget::executor
