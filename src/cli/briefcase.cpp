// briefcase: a principal's sealed portable terminal, carried by people who can't use it.
#include "cli/briefcase.h"

#include <CLI/App.hpp>

#include "cli/commands.h"
#include "cli/log_source.h"

namespace cheget::cli {

using base::Result;

Result<std::unique_ptr<briefcase::Knowledge>> read_knowledge(const briefcase::Case& folder) {
    ProgressLine progress("reading the briefcase");
    return briefcase::Knowledge::read(folder, std::ref(progress));
}

statement::Custody new_custody(const briefcase::Case& folder, std::string by) {
    statement::Custody custody;
    custody.domain = folder.seal().domain;
    custody.briefcase = folder.fingerprint();
    custody.by = std::move(by);
    custody.seal = folder.seal_digest();
    custody.at = now();
    return custody;
}

Result<std::optional<base::Digest>> last_of_journal(const briefcase::Case& folder) {
    const std::vector<std::string> journal = TRY(folder.journal());
    if (journal.empty()) {
        return std::nullopt;
    }
    const auto parts = TRY(statement::split_signed(journal.back()));
    return statement::id_of(parts.text);
}

void add_briefcase(CLI::App& app, Session& session) {
    CLI::App* command =
        add_command(app, "briefcase",
                    "A principal's sealed portable terminal, carried by people who can't use it",
                    "  cheget briefcase create /media/case --as dave --duress --marks dave.mark\n"
                    "  cheget briefcase inspect /media/case\n"
                    "  cheget briefcase open /media/case");
    command->require_subcommand(1);
    add_briefcase_create(*command, session);
    add_briefcase_inspect(*command, session);
    add_briefcase_reset(*command, session);
    add_briefcase_open(*command, session);
    add_briefcase_handover(*command, session);
    add_briefcase_journal(*command, session);
    add_briefcase_load(*command, session);
    add_briefcase_export(*command, session);
    add_briefcase_revoke(*command, session);
    add_briefcase_watch(*command, session);
    add_briefcase_drill(*command, session);
}

}  // namespace cheget::cli
