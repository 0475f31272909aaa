// This person's own copy of a domain's log: every entry that their tool read and verified, and what
// these make of the domain. Kept so that no server can take anything back from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.h"
#include "cli/ways.h"
#include "permit/log_copy.h"
#include "store/log_copy.h"

namespace cheget::cli {

class OwnLog {
  public:
    /// The copy below XDG_STATE_HOME, else below ~/.local/state; begun if there is none. The text
    /// is of the domain's first policy, which is known to be signed by everybody in it.
    static base::Result<OwnLog> open(const statement::Domain& domain,
                                     std::string_view first_policy);

    /// Goes on to the newest witnessed checkpoint that the first reachable one of the places shows.
    /// Fails with unreachable if none of them can be read, with denied if what they show can't be
    /// the same log any more: then the evidence, if there is any, is kept beside the copy.
    base::Result<void> catch_up(const std::vector<Way>& places);

    /// Learns by when these entries were there, as early as the witnesses saw it; from where it
    /// caught up last, and only then.
    base::Result<void> refine_times(const std::vector<std::uint64_t>& indexes);

    const permit::LogCopy& copy() const { return copy_; }
    const permit::LogKnowledge& knowledge() const { return copy_.knowledge(); }
    const permit::Chronicle& chronicle() const { return knowledge().chronicle; }

    /// The last checkpoint; nothing before the first.
    base::Result<std::optional<log::OpenedCheckpoint>> newest() const;

    /// The moment that a claim made now would find, as far as this machine's clock and the last
    /// checkpoint tell: a forecast, by which nothing is carried out.
    base::Result<permit::LogMoment> forecast() const;

    /// The next stage of what somebody lacks who holds `size` entries, by the place where it caught
    /// up last: see permit::make_extract_stage(). Fails with unreachable if it did not.
    base::Result<permit::Permit::Extract> extract_from(
        std::uint64_t size, const std::vector<std::uint64_t>& indexes) const;

    /// The witnessed checkpoint of the fewest entries, `size` at least, by the place where it
    /// caught up last; verified.
    base::Result<std::string> witnessed_from(std::uint64_t size) const;

  private:
    OwnLog(store::StoredLogCopy copy, std::filesystem::path folder)
        : copy_(std::move(copy)), folder_(std::move(folder)) {}

    base::Result<void> read(const Way& place);
    base::Error alarm(base::Error error, const log::Fetch& fetch) const;

    store::StoredLogCopy copy_;
    std::filesystem::path folder_;
    log::Fetch fetch_;  // of the place that was reached last
};

}  // namespace cheget::cli
