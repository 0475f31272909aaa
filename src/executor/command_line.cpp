// The commands of cheget-exec.
#include "executor/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "executor/config.h"
#include "executor/following.h"
#include "executor/hygiene.h"
#include "executor/installation.h"
#include "executor/marks_command.h"
#include "executor/observing.h"
#include "executor/run.h"
#include "executor/say.h"
#include "executor/sealing.h"
#include "executor/state.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::Json;
using base::Result;

struct Options {
    std::string config = k_default_config;
    bool json = false;
    InstallRequest install;
    RunRequest run;
    FollowRequest follow;
    std::string every;
    std::vector<std::string> programs;
    MarksRequest marks;
};

/// A failure as an exit code, told where it belongs.
int tell(const base::Error& error, bool json) {
    if (json) {
        constexpr const char* k_names[] = {"",
                                           "denied",
                                           "usage",
                                           "waiting",
                                           "bad_input",
                                           "unknown_outcome",
                                           "unreachable",
                                           "corrupt_state",
                                           "command_failed"};
        Json::Object object;
        object["answer"] = Json{std::string(k_names[static_cast<int>(error.kind)])};
        object["message"] = Json{error.message};
        say(STDOUT_FILENO, "{}\n", base::to_canonical(Json{std::move(object)}));
    } else {
        say(STDERR_FILENO, "cheget-exec: {}\n", error.message);
    }
    return static_cast<int>(error.kind);
}

Result<int> install_command(const Options& options) {
    InstallRequest request = options.install;
    request.config = options.config;
    say(STDOUT_FILENO, "{}\n", TRY(install(request)));
    return 0;
}

Result<int> run_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    const keys::MachineKey key = TRY(keys::MachineKey::load(config.key));
    RunRequest request = options.run;
    request.echo = !options.json;
    const RunReport report = TRY(run_order(config, key, request));
    if (options.json) {
        say(STDOUT_FILENO, "{}\n", base::to_canonical(report.json));
    } else {
        // The command's own output went to stdout as it came.
        say(STDERR_FILENO, "cheget-exec: {}\n", report.text);
    }
    return report.exit_code;
}

Result<int> fingerprint_command(const Options& options) {
    for (const statement::FileReference& file : TRY(fingerprint(options.programs))) {
        say(STDOUT_FILENO, "{} {} {}\n", base::to_text(file.digest), file.bytes,
            base::shown(file.path));
    }
    return 0;
}

Result<int> follow_command(const Options& options) {
    FollowRequest request = options.follow;
    request.json = options.json;
    if (!options.every.empty()) {
        const Result<base::Span> every = base::parse_span(options.every);
        if (!every) {
            return base::fail(ErrorKind::usage, "--every: " + every.error().message);
        }
        request.every = *every;
    }
    const Config config = TRY(load_config(options.config));
    const keys::MachineKey key = TRY(keys::MachineKey::load(config.key));
    return follow(config, key, request);
}

std::string outcome_of(const store::ClaimRecord& claim) {
    if (!claim.outcome) {
        return "running";
    }
    std::string text(statement::name_of(*claim.outcome));
    if (claim.code) {
        text += fmt::format(" ({})", *claim.code);
    }
    return text;
}

Result<int> state_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    const keys::MachineKey key = TRY(keys::MachineKey::load(config.key));
    State state = TRY(State::open(config, key, false));
    store::Ledger& ledger = state.ledger();
    const store::Ledger::KnownPolicy policy = TRY(ledger.newest_policy());
    const std::vector<store::ClaimRecord> claims = TRY(ledger.claims());
    const std::size_t revocations = TRY(ledger.revocations(true)).size();
    const base::Time latest = TRY(ledger.latest_time());
    const std::uint64_t size =
        state.log() == nullptr ? 0 : state.log()->knowledge().chronicle.size();
    if (options.json) {
        Json::Object object;
        object["domain"] = Json{config.domain.name};
        object["executor"] = Json{config.executor};
        object["policy"] = Json{base::to_text(statement::id_of(policy.text))};
        object["version"] = Json{Json::Number{fmt::format("{}", policy.version)}};
        object["revocations"] = Json{Json::Number{fmt::format("{}", revocations)}};
        if (state.log() != nullptr) {
            object["log"] = Json{ledger.owner().log};
            object["size"] = Json{Json::Number{fmt::format("{}", size)}};
        } else {
            object["latest_time"] = Json{base::to_text(latest)};
        }
        Json::Array list;
        for (const store::ClaimRecord& claim : claims) {
            Json::Object one;
            one["order"] = Json{base::to_text(claim.order)};
            one["target"] = Json{claim.target};
            one["claim"] = Json{base::to_text(claim.id)};
            one["claimed"] = Json{base::to_text(claim.claimed_at)};
            one["outcome"] = Json{claim.outcome ? std::string(statement::name_of(*claim.outcome))
                                                : std::string("running")};
            if (claim.code) {
                one["code"] = Json{Json::Number{fmt::format("{}", *claim.code)}};
            }
            one["drill"] = Json{claim.drill};
            list.push_back(Json{std::move(one)});
        }
        object["claims"] = Json{std::move(list)};
        say(STDOUT_FILENO, "{}\n", base::to_canonical(Json{std::move(object)}));
        return 0;
    }
    say(STDOUT_FILENO,
        "{} in {}\n  policy       {} {}\n  revocations  {}\n  {}\n  claims       {}\n",
        config.executor, config.domain.name, policy.version,
        base::to_text(statement::id_of(policy.text)), revocations,
        state.log() == nullptr
            ? fmt::format("latest time  {}", base::to_text(latest))
            : fmt::format("log          {}, {} entries", ledger.owner().log, size),
        claims.size());
    for (const store::ClaimRecord& claim : claims) {
        say(STDOUT_FILENO, "    {}  {}  {}  {}{}\n", base::to_text(claim.claimed_at),
            base::to_text(claim.order), base::shown(claim.target), outcome_of(claim),
            claim.drill ? "  drill" : "");
    }
    return 0;
}

Result<void> inspect_copy(const Config& config, std::vector<std::string>& wrong) {
    const Result<store::StoredLogCopy> copy = store::StoredLogCopy::open(log_copy_path(config));
    if (!copy) {
        wrong.push_back(copy.error().message);
        return {};
    }
    for (std::string& line : TRY(copy->inspect())) {
        wrong.push_back("copy of the log: " + std::move(line));
    }
    return {};
}

Result<int> check_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    Result<store::Ledger> ledger = store::Ledger::open(ledger_path(config));
    std::vector<std::string> wrong;
    if (!ledger) {
        wrong.push_back(ledger.error().message);
    } else {
        wrong = TRY(ledger->inspect());
    }
    if (ledger && !ledger->owner().log.empty()) {
        TRY(inspect_copy(config, wrong));
    }
    if (wrong.empty()) {
        say(STDOUT_FILENO, "{} holds together\n", ledger_path(config));
        return 0;
    }
    for (const std::string& line : wrong) {
        say(STDOUT_FILENO, "{}\n", line);
    }
    say(STDOUT_FILENO,
        "Do not act with it. Restore the state from its newest backup, with the outbox as it "
        "is now: what was claimed since is found there and beside the orders.\n");
    return static_cast<int>(ErrorKind::corrupt_state);
}

Result<int> accept_clock_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    const keys::MachineKey key = TRY(keys::MachineKey::load(config.key));
    State state = TRY(State::open(config, key, false));
    TRY(state.ledger().set_latest_time(clock_now()));
    say(STDOUT_FILENO, "the executor goes by the clock as it is now, {}\n",
        base::to_text(clock_now()));
    return 0;
}

Result<int> receipts_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    const keys::MachineKey key = TRY(keys::MachineKey::load(config.key));
    State state = TRY(State::open(config, key, false));
    for (const store::ClaimRecord& claim : TRY(state.ledger().claims())) {
        say(STDOUT_FILENO, "{}/{}  {}  {}\n", config.outbox, base::to_hex(claim.order),
            base::shown(claim.target), outcome_of(claim));
    }
    return 0;
}

Result<int> observed_command(const Options& options) {
    const Config config = TRY(load_config(options.config));
    const Observations observations = TRY(read_observations(config));
    say(STDOUT_FILENO, "{}\n",
        options.json ? base::to_canonical(to_json(observations)) : summary(observations));
    return 0;
}

Result<int> marks_command(const Options& options) {
    MarksRequest request = options.marks;
    request.json = options.json;
    return keep_marks(options.config, request);
}

using Command = Result<int> (*)(const Options&);

/// Remembers which of the subcommands was named.
void choose(CLI::App* app, Command& chosen, Command command) {
    app->callback([&chosen, command] { chosen = command; });
}

void describe_commands(CLI::App& app, Options& options, Command& chosen) {
    app.require_subcommand(1);
    app.add_option("--config", options.config, "the configuration")->capture_default_str();

    app.add_flag("--observe", options.run.observe, "as `run --observe`");

    CLI::App* init = app.add_subcommand("init", "begin a new executor");
    init->add_option("--policy", options.install.policy,
                     "the domain's first policy with its signatures, or a later one's text")
        ->required();
    init->add_option("--as", options.install.name, "the executor's name in the policy")->required();
    init->add_option("--key", options.install.key, "its private key file (Ed25519, no passphrase)")
        ->required();
    init->add_option("--state", options.install.state, "the state folder")->capture_default_str();
    init->add_option("--id", options.install.id, "the policy's id, compared with its holders");
    init->add_option(
        "--log", options.install.log,
        "where the domain's log is read, a URL or a folder; may be given several times");
    init->add_option("--checkpoint", options.install.checkpoint,
                     "a recent checkpoint of the log, where keys have changed since it began");
    init->add_option("--words", options.install.words,
                     "the twelve words of that checkpoint, as two people said them");
    choose(init, chosen, install_command);

    CLI::App* run = app.add_subcommand("run", "act on a permit, once");
    run->add_option("SUBJECT", options.run.subject, "a permit file, or an order's folder")
        ->required();
    run->add_flag("--dry-run", options.run.dry_run, "check everything and stop before the claim");
    run->add_flag("--observe", options.run.observe,
                  "let the order pass whatever it lacks, and write down what it lacks; only while "
                  "`observe_until` in the configuration lies ahead");
    run->add_flag("--offline", options.run.offline,
                  "don't reach for the log: go by the permit's extract of it; the signed claim in "
                  "the outbox is the challenge");
    run->add_flag("--json", options.json, "answer in JSON, without the command's output");
    choose(run, chosen, run_command);

    CLI::App* following = app.add_subcommand(
        "follow", "catch up with the domain's log, and raise the alarm if it forks or shrinks");
    following->add_option("--every", options.every, "go on, as often as this: 30s");
    following->add_flag("--json", options.json, "answer in JSON");
    choose(following, chosen, follow_command);

    CLI::App* print = app.add_subcommand(
        "fingerprint", "print the file lines for programs, scripts with interpreters, and files");
    print->add_option("PATH", options.programs, "absolute paths")->required();
    choose(print, chosen, fingerprint_command);

    CLI::App* state = app.add_subcommand("state", "show what the executor knows and did");
    state->add_flag("--json", options.json, "answer in JSON");
    state->require_subcommand(0, 1);
    CLI::App* check = state->add_subcommand("check", "inspect a state that may be damaged");
    CLI::App* accept = state->add_subcommand("accept-clock", "go by the clock as it is now");
    state->callback([&chosen, check, accept] {
        chosen = check->parsed()    ? check_command
                 : accept->parsed() ? accept_clock_command
                                    : state_command;
    });

    CLI::App* observed =
        app.add_subcommand("observed", "tell what observed orders would have needed");
    observed->add_flag("--json", options.json, "answer in JSON");
    choose(observed, chosen, observed_command);

    CLI::App* marks = describe_marks(app, options.marks);
    marks->add_flag("--json", options.json, "answer in JSON");
    choose(marks, chosen, marks_command);

    CLI::App* receipts = app.add_subcommand("receipts", "list claims and where receipts lie");
    choose(receipts, chosen, receipts_command);
    for (CLI::App* command :
         {init, run, following, print, state, observed, receipts, check, accept, marks}) {
        command->fallthrough();  // --config may stand anywhere
    }
}

}  // namespace

int run_command_line(int count, char** arguments) {
    Options options;
    Command chosen = nullptr;
    CLI::App app("cheget-exec verifies permits and acts on them, once", "cheget-exec");
    app.set_version_flag("--version", CHEGET_VERSION);
    describe_commands(app, options, chosen);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(ErrorKind::usage);
    }
    const Result<void> clean = clean_own_process();
    if (!clean) {
        return tell(clean.error(), options.json);
    }
    try {
        const Result<int> code = chosen(options);
        return code ? *code : tell(code.error(), options.json);
    } catch (const std::exception& error) {  // memory ran out; what was claimed is in the ledger
        return tell(
            {ErrorKind::unreachable, fmt::format("cheget-exec broke off: {}", error.what())},
            options.json);
    }
}

}  // namespace cheget::executor
