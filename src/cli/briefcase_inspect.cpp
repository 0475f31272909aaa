// briefcase inspect: what a bearer learns of a case without opening it.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/bearer.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

using base::Result;
using briefcase::Verdict;

/// A case of which not even the beginning holds.
Outcome tell_broken(Session& session, const std::string& folder, const base::Error& error) {
    if (error.kind != base::ErrorKind::corrupt_state && error.kind != base::ErrorKind::denied) {
        return std::unexpected(error);
    }
    session.say("{}: {}\n  {}\n", session.bad("ALTERED"), base::shown(folder),
                base::shown(error.message));
    session.write_json(
        {base::Json::Object{{"findings",
                             {base::Json::Array{{base::Json::Object{
                                 {"verdict", text_json(name_of(Verdict::altered))},
                                 {"words", text_json(base::shown(error.message))}}}}}},
                            {"verdict", text_json(name_of(Verdict::altered))}}});
    return exit_code(Verdict::altered);
}

Outcome inspect(Session& session, const CaseOptions& options) {
    const auto folder = briefcase::Case::open(options.folder);
    if (!folder) {
        return tell_broken(session, options.folder, folder.error());
    }
    const auto knowledge = read_knowledge(*folder);
    if (!knowledge) {
        return tell_broken(session, options.folder, knowledge.error());
    }
    const briefcase::Evidence evidence =
        TRY(gather_evidence(session, *folder, **knowledge, options));
    const briefcase::Inspection found = TRY(briefcase::inspect(*folder, **knowledge, evidence));
    tell_inspection(session, *folder, **knowledge, found, evidence);
    return exit_code(found.verdict);
}

}  // namespace

void add_briefcase_inspect(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "inspect", "Tell without opening it whether a briefcase is intact",
        "  cheget briefcase inspect /media/case\n"
        "  cheget briefcase inspect /media/case --tpm device:/dev/tpmrm0 --last mine.custody\n"
        "Exit codes: 0 intact, 19 a handover begun, 20 opened, 21 lost, 22 altered, 23 copied "
        "back");
    auto options = std::make_shared<CaseOptions>();
    add_case_options(command, *options);
    on_chosen(command, session, [&session, options] { return inspect(session, *options); });
}

}  // namespace cheget::cli
