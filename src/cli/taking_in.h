// Whatever a courier brings, read into one intake: files, pictures, stdin, folders, cases.
#pragma once

#include <string>
#include <vector>

#include "briefcase/intake.h"
#include "cli/session.h"

namespace CLI {
class App;
}

namespace cheget::cli {

/// --parts.
void add_parts_option(CLI::App* command, std::string& parts);

/// Reads all subjects: `-` is stdin, of a case its outbox and journal, of any other folder the
/// files in it. With `parts`, a folder, what was kept there comes first; afterwards it holds the
/// parts of what is still incomplete, and no others. What of a folder or case can't be read is
/// named in `refused`, with why, and the rest counts.
base::Result<briefcase::Intake> read_all(const std::vector<std::string>& subjects,
                                         const std::string& parts,
                                         std::vector<std::string>& refused);

/// Which parts are missing: the session's last word then, with exit code 3.
void tell_incomplete(Session& session, const briefcase::Intake& intake, const std::string& kept);

}  // namespace cheget::cli
