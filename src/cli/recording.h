// What commands do with a statement that was filed: hand it in to the domain's log, and hold the
// proof that witnesses saw it there; a no also goes to the policy's drop places.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/domain.h"
#include "cli/log_source.h"
#include "cli/session.h"
#include "cli/ways.h"
#include "policy/policy.h"
#include "statement/statement.h"

namespace CLI {
class App;
}

namespace cheget::cli {

/// --log, --wait and, for what says no, --give-up-after; they go to session.globals.
void add_recording(CLI::App* command, Session& session, bool says_no = false);

/// Where the domain's log is reached: by --log, else CHEGET_LOG, else the configuration. None if
/// nothing says so.
base::Result<std::vector<Way>> log_ways(const Session& session, std::string_view domain);

/// Whether the statement is a veto, a withdrawal or a revocation.
bool says_no(std::string_view signed_text);

/// Hands in the statement at the path, whose bytes these are, and tells how it went; under a policy
/// without a log it does nothing but leave a no at the drop places. The proof is saved beside the
/// statement. What is not recorded becomes the session's last word and its exit code: 3 if the log
/// took it and the witnesses have not seen it yet, 6 if nothing took it; for a no 6 in any case.
/// What was recorded is read into this tool's own copy of the log at once. Whether the log has it,
/// or the policy has none.
bool record(Session& session, const OpenDomain& domain, std::string_view signed_text,
            const std::filesystem::path& path);

struct FiledStatement {
    std::string signed_text;
    std::filesystem::path path;
};

/// The same for statements that come one after the other and say no to nothing, such as a record of
/// custody: hands each in once the log signed for the one before, waits once, for the witnesses to
/// have seen the newest, and then keeps the proof of each. One that no log took holds up those
/// after it; how many were taken. All waiting together lasts no longer than --wait.
base::Result<std::size_t> record_in_order(Session& session, const OpenDomain& domain,
                                          const std::vector<FiledStatement>& statements);

/// --log alone, for commands that read the log and hand nothing in.
void add_log_places(CLI::App* command, Session& session);

}  // namespace cheget::cli
