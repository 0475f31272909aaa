// What the commands on a briefcase share. Each subcommand has a file of its own.
#pragma once

#include <string>

#include "briefcase/case.h"
#include "briefcase/knowledge.h"
#include "cli/domain.h"
#include "cli/identity.h"
#include "cli/session.h"

namespace CLI {
class App;
}

namespace cheget::cli {

// Each adds its subcommand to `cheget briefcase`.
void add_briefcase_create(CLI::App& briefcase, Session& session);
void add_briefcase_inspect(CLI::App& briefcase, Session& session);
void add_briefcase_reset(CLI::App& briefcase, Session& session);
void add_briefcase_open(CLI::App& briefcase, Session& session);
void add_briefcase_handover(CLI::App& briefcase, Session& session);
void add_briefcase_journal(CLI::App& briefcase, Session& session);
void add_briefcase_load(CLI::App& briefcase, Session& session);
void add_briefcase_export(CLI::App& briefcase, Session& session);
void add_briefcase_revoke(CLI::App& briefcase, Session& session);
void add_briefcase_watch(CLI::App& briefcase, Session& session);
void add_briefcase_drill(CLI::App& briefcase, Session& session);

/// Reads what a case knows, with a line on the terminal where that takes long.
base::Result<std::unique_ptr<briefcase::Knowledge>> read_knowledge(const briefcase::Case& folder);

/// A custody statement on this case, now, without its event.
statement::Custody new_custody(const briefcase::Case& folder, std::string by);

/// The last statement of the journal: its text's digest.
base::Result<std::optional<base::Digest>> last_of_journal(const briefcase::Case& folder);

}  // namespace cheget::cli
