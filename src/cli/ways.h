// The ways by which a statement reaches those who must see it: the domain's log, under each of its
// addresses, and the policy's drop places. One try each; handing_in.h keeps trying.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/proof_file.h"
#include "log/remote.h"
#include "policy/policy.h"

namespace cheget::cli {

struct Way {
    enum class Kind : std::uint8_t {
        log_url,
        log_folder,  ///< what a log publishes, to be read alone
        drop_folder,
        drop_url,
    };
    Kind kind = Kind::log_url;
    std::string place;

    bool is_log() const { return kind == Kind::log_url || kind == Kind::log_folder; }
};
std::string to_text(const Way& way);

Way log_way(const std::string& place);
Way drop_way(const policy::Drop& drop);

/// Tells whether to go on; asked now and then while something is waited for, from any thread.
using GoOn = std::function<bool()>;

/// A log's own word that it has an entry: signed by its key, the inclusion verified. No witness saw
/// it: a server that deceives can give it and forget it.
struct Promise {
    std::uint64_t index = 0;
    log::ProofFile proof;
};

/// That an entry is in the log as the policy's quorum of witnesses saw it; verified.
struct Recorded {
    log::ProofFile proof;
    log::OpenedCheckpoint opened;
};

/// Believes nothing but what it proves: the entry's own bytes are in the tree of a checkpoint that
/// the log signed and the quorum cosigned.
base::Result<Recorded> accept_proof(const log::ProofFile& proof, std::string_view signed_text,
                                    const log::Trust& trust);

/// Submits the statement to a log's URL. Fails with unreachable for everything but an answer that
/// proves to be a promise, or a refusal of the statement itself (denied).
base::Result<Promise> submit(const Way& way, std::string_view signed_text, const log::Trust& trust,
                             const GoOn& go_on);

/// What the log now proves about its entry at the index. Fails with waiting while its witnessed
/// checkpoint doesn't reach that far.
base::Result<Recorded> fetch_proof(const Way& way, std::uint64_t index,
                                   std::string_view signed_text, const log::Trust& trust,
                                   const GoOn& go_on);

/// Looks for the statement in what a log publishes, from where it looked last.
class Search {
  public:
    /// Its index once it is found among the entries that the witnesses saw.
    base::Result<std::optional<std::uint64_t>> look(const Way& way, std::string_view signed_text,
                                                    const log::Trust& trust, const GoOn& go_on);

  private:
    log::MonitorState state_;
    std::optional<std::uint64_t> found_;
};

/// Leaves the statement at a drop place.
base::Result<void> leave(const Way& way, std::string_view signed_text, const GoOn& go_on);

}  // namespace cheget::cli
