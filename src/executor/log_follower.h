// An executor as a monitor of its domain's log: it reads every entry, keeps a copy, and goes by
// nothing that a witnessed checkpoint does not vouch for. The wall clock is never asked.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "executor/config.h"
#include "permit/log_copy.h"
#include "store/ledger.h"
#include "store/log_copy.h"

namespace cheget::executor {

/// The copy's path within the state folder.
std::string log_copy_path(const Config& config);

/// Now, on the clock that runs since the boot and that nobody sets (CLOCK_BOOTTIME), rounded down.
base::Result<store::BootMoment> boot_now();
/// What has passed since then, rounded up. Fails with denied if that was another boot.
base::Result<base::Span> passed_since(const store::BootMoment& moment);

/// Used under the state's lock.
class LogFollower {
  public:
    /// Opens the copy. Fails with denied while evidence of a fork lies in the state folder.
    static base::Result<LogFollower> open(const Config& config, const store::LedgerOwner& owner);

    const store::StoredLogCopy& copy() const { return copy_; }
    const permit::LogKnowledge& knowledge() const { return copy_.knowledge(); }

    /// Goes on to the newest witnessed checkpoint: by what a permit carries, then by the first of
    /// the configured sources that can be reached. Fails with unreachable if neither brought
    /// anything; with denied if the log shrank or forked, and keeps the evidence if there is any.
    base::Result<void> catch_up(const permit::Permit::Extract& carried = {},
                                const permit::Progress& progress = {});
    /// From now on no source is asked.
    void stay_offline() { offline_ = true; }
    bool is_offline() const { return offline_; }
    /// What went wrong and kept nothing from going on.
    std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

    /// Learns by when what the log holds on an order was there, as early as the witnesses saw it.
    base::Result<void> refine_times(const base::Digest& order,
                                    const std::vector<std::string_view>& outside);

    /// Hands a statement in at the first URL that takes it.
    base::Result<void> hand_in(const std::string& statement);

    /// The entry that holds exactly these bytes about an order, if the copy has it.
    base::Result<std::optional<std::uint64_t>> index_of(const base::Digest& order,
                                                        std::string_view statement) const;

    /// The moment before a claim. It is a forecast: `high` may lie in the past.
    base::Result<permit::LogMoment> before_claim() const;
    /// The moment of a claim that the copy holds: the checkpoint contains it, and so was signed
    /// after it; what has passed since it was signed is counted on top. Never below `low_before`,
    /// what was known before the claim.
    base::Result<permit::LogMoment> at_claim(std::uint64_t index,
                                             const store::BootMoment& signed_at,
                                             std::optional<base::Time> low_before) const;

  private:
    LogFollower(const Config& config, store::StoredLogCopy copy)
        : config_(&config), copy_(std::move(copy)) {}

    base::Result<void> read_source(const std::string& source, const permit::Progress& progress);
    base::Error alarm(base::Error error, std::string_view checkpoint,
                      const log::HashReader& read_theirs);
    base::Result<std::string> evidence_of(std::string_view theirs,
                                          const log::HashReader& read_theirs) const;

    const Config* config_;
    store::StoredLogCopy copy_;
    bool offline_ = false;
    bool alarmed_ = false;
    std::string source_;  // the one that was reached last
    std::vector<std::string> warnings_;
};

}  // namespace cheget::executor
