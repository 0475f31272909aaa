// Starting the command in two steps: everything that can fail is done and reported before the
// claim, and after it a single byte lets the prepared process execute.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "executor/config.h"
#include "executor/sealing.h"
#include "store/descriptor.h"

namespace cheget::executor {

/// Whom the command runs as.
struct Identities {
    uid_t user = 0;
    gid_t group = 0;
    bool keep_groups = false;
};

/// The user that the order names, or the executor's own. Without root no other user can be had, and
/// supplementary groups can't be dropped: refused (ErrorKind::denied) unless `keep_groups`.
base::Result<Identities> identities_for(const std::optional<std::string>& user, bool keep_groups);

/// How a command ended.
struct Ending {
    std::int32_t code = 0;  ///< exit code, or minus the signal's number
    std::string output;     ///< the first bytes of stdout and stderr as they came, up to the limit
    std::uint64_t output_bytes = 0;  ///< of all of it
    bool timed_out = false;
};

/// What of the process's output is passed on as it comes.
using Echo = std::function<void(int descriptor, std::string_view piece)>;

/// A process that is one byte away from being the command. Ends it when destroyed before that.
class Launch {
  public:
    /// Forks; the child enters its view, drops its privileges, limits itself and waits. Returns
    /// once it says that it is ready. `config` names what of the executor's has to be hidden.
    static base::Result<Launch> prepare(const SealedCommand& command, const Config& config,
                                        const Sandbox& sandbox, const Identities& identities);
    Launch(Launch&& other) noexcept;
    Launch& operator=(Launch&&) = delete;
    Launch(const Launch&) = delete;
    Launch& operator=(const Launch&) = delete;
    ~Launch();

    /// Lets it execute. Fails if it did not: then nothing of the command ran, unless the failure is
    /// ErrorKind::unknown_outcome, for a process that somebody held until the time limit.
    base::Result<void> start(const Sandbox& sandbox);

    /// Waits for its end. SIGTERM, SIGINT, SIGHUP and SIGQUIT, which the caller must have blocked,
    /// are passed on to it.
    base::Result<Ending> wait(const Sandbox& sandbox, const Echo& echo);

    /// Blocks the signals that wait() passes on; call it before prepare().
    static void block_signals();
    /// Whether one of them has come since.
    static bool was_asked_to_stop();

  private:
    Launch() = default;

    pid_t child_ = -1;
    store::Descriptor go_;      ///< written to: start
    store::Descriptor status_;  ///< read from: ready, or why not
    store::Descriptor output_;
    store::Descriptor errors_;
};

}  // namespace cheget::executor
