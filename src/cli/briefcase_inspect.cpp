// briefcase inspect: what a bearer learns of a case without opening it.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/briefcase.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

using base::Result;

Outcome inspect(Session& session, const std::string& path) {
    const briefcase::Case folder = TRY(briefcase::Case::open(path));
    const auto knowledge = TRY(read_knowledge(folder));
    const briefcase::Seal& seal = folder.seal();
    session.say("{} of {} in {}\n  key   {}\n  seal  {}\n", session.bold("Briefcase"),
                seal.principal, base::shown(seal.domain.name), folder.fingerprint(),
                base::to_text(folder.seal_digest()));
    for (const permit::Ignored& one : knowledge->set_aside()) {
        session.say("  {} {}: {}\n", session.warning("set aside"), base::shown(one.what),
                    base::shown(one.why));
    }
    return 0;
}

}  // namespace

void add_briefcase_inspect(CLI::App& briefcase, Session& session) {
    CLI::App* command =
        add_command(briefcase, "inspect", "Tell without opening it whether a briefcase is intact",
                    "  cheget briefcase inspect /media/case");
    auto path = std::make_shared<std::string>();
    command->add_option("case", *path, "The briefcase")->required()->type_name("CASE");
    on_chosen(command, session, [&session, path] { return inspect(session, *path); });
}

}  // namespace cheget::cli
