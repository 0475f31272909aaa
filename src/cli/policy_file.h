// Policies that commands read: from a file, or the one in force.
#pragma once

#include <string>

#include "cli/session.h"
#include "policy/policy.h"

namespace CLI {
class Option;
}

namespace cheget::cli {

struct PolicyFile {
    std::string content;  ///< the file's bytes
    std::string text;     ///< without signatures
};
base::Result<PolicyFile> read_policy_file(const std::string& file);

/// The policy of a file, or where none is named the one in force in the domain's folder.
base::Result<std::string> policy_text(Session& session, const std::string& file);

/// The parsed policy, or all complaints in one error: `with_assertions` those that it breaks too.
base::Result<policy::Policy> checked_policy(const std::string& text, const std::string& file,
                                            bool with_assertions = false);

/// `policy check --batch`: every file of a list, one a line; `-` reads stdin. Exit code 4 if any is
/// bad.
Outcome check_batch(Session& session, const std::string& list);

/// The argument FILE, which can be left out.
CLI::Option* add_policy_file(CLI::App* command, std::string& file);

/// `policy test`, `policy simulate`, `policy draw`, `policy analyse` and `policy diff`, of the
/// command `policy`.
void add_policy_test(CLI::App& policy, Session& session);
void add_policy_simulate(CLI::App& policy, Session& session);
void add_policy_draw(CLI::App& policy, Session& session);
void add_policy_analyse(CLI::App& policy, Session& session);
void add_policy_diff(CLI::App& policy, Session& session);

}  // namespace cheget::cli
