// The command line of cheget: reading it, running the chosen command, telling failures.
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>

#include "base/text.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

constexpr const char* k_footer =
    "Exit codes: 0 done or permitted, 1 denied, 2 usage, 3 waiting, 4 bad input,\n"
    "5 outcome unknown, 6 unreachable, 7 corrupt state, 8 the command itself failed;\n"
    "of `policy diff` 10 RAISED, 11 CHANGED, 12 LOWERED.\n"
    "\n"
    "Begin with `cheget init FOLDER`; `cheget COMMAND --help` shows examples.";

std::string_view name_of(base::ErrorKind kind) {
    switch (kind) {
        case base::ErrorKind::denied:
            return "denied";
        case base::ErrorKind::usage:
            return "usage";
        case base::ErrorKind::waiting:
            return "waiting";
        case base::ErrorKind::bad_input:
            return "bad input";
        case base::ErrorKind::unknown_outcome:
            return "outcome unknown";
        case base::ErrorKind::unreachable:
            return "unreachable";
        case base::ErrorKind::corrupt_state:
            return "corrupt state";
        case base::ErrorKind::command_failed:
            return "command failed";
    }
    return "unknown";
}

int tell(Session& session, const base::Error& error) {
    session.keep_stdout_for_data();
    session.write_people(fmt::format("{} {}\n", session.bad("cheget:"), error.message));
    base::Json::Object told;
    told["error"] = {base::Json::Object{{"kind", text_json(name_of(error.kind))},
                                        {"message", text_json(error.message)}}};
    session.write_json({told});
    return static_cast<int>(error.kind);
}

void add_globals(CLI::App& app, Globals& globals) {
    app.add_option("--domain", globals.domain,
                   "The domain's folder (else $CHEGET_DOMAIN, else the nearest folder above)")
        ->type_name("FOLDER");
    app.add_option("--as", globals.as, "Whose voice it is (else found by the keys at hand)")
        ->type_name("NAME");
    app.add_option("--key", globals.key, "A key file to sign with, through ssh-keygen")
        ->type_name("PATH");
    app.add_flag("--json", globals.json, "Give the result as one JSON object on stdout");
    app.add_flag("--yes", globals.yes,
                 "Sign without asking (what is signed is shown all the same)");
}

void add_commands(CLI::App& app, Session& session) {
    add_init(app, session);
    add_propose(app, session);
    add_votes(app, session);
    add_attest(app, session);
    add_status(app, session);
    add_show(app, session);
    add_verify(app, session);
    add_permit(app, session);
    add_add(app, session);
    add_amend(app, session);
    add_enact(app, session);
    add_revoke(app, session);
    add_policy(app, session);
    add_key(app, session);
    add_log(app, session);
    add_serve(app, session);
    add_witness(app, session);
    add_briefcase(app, session);
    add_courier(app, session);
    add_formula(app, session);
    add_completion(app, session);
}

/// CLI11's own errors, told in our style with our exit code; help and version are no errors.
int tell_usage(const CLI::App& app, const CLI::ParseError& error, Session& session) {
    if (error.get_exit_code() == 0) {
        return app.exit(error);
    }
    std::string message = error.what();
    if (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    return tell(session, {base::ErrorKind::usage,
                          fmt::format("reading the command line: {}; `cheget --help` and `cheget "
                                      "COMMAND --help` show how it goes",
                                      base::shown(message))});
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples) {
    CLI::App* command = parent.add_subcommand(name, description);
    if (!examples.empty()) {
        command->footer("Examples:\n" + examples);
    }
    command->fallthrough();
    return command;
}

int run(int argc, const char* const* argv) {
    Session session;
    CLI::App app(
        "cheget: an action that can't be taken back happens only when the people whom a "
        "signed policy names have each signed that exact action with their own SSH keys",
        "cheget");
    app.set_version_flag("--version", fmt::format("cheget {}", CHEGET_VERSION));
    app.footer(k_footer);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    add_globals(app, session.globals);
    add_commands(app, session);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tell_usage(app, error, session);
    }
    Outcome outcome = session.action();
    std::fflush(stdout);
    return session.end(outcome ? *outcome : tell(session, outcome.error()));
}

}  // namespace cheget::cli
