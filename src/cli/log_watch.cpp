// log watch: a monitor of one's own, which reads every entry and raises the alarm with evidence.
#include <CLI/App.hpp>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "executor/log_source.h"
#include "log/fork.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_state = 512 * 1024;

struct Options {
    std::string source;
    std::string trust;
    std::string state;
    std::string every = "30s";
    bool once = false;
};

Result<log::MonitorState> read_state(const std::string& path, const log::Trust& trust) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return log::MonitorState();
    }
    return log::MonitorState::parse(TRY(store::read_file(path, k_longest_state)), trust);
}

// What the log signed last, against what it signs now: a file that anyone can check, if the two
// contradict each other.
std::optional<std::string> evidence_of(log::RemoteLog& remote, const log::MonitorState& state,
                                       const std::string& checkpoint, const log::Trust& trust) {
    const auto opened = log::open_checkpoint(checkpoint, trust);
    if (!opened || state.checkpoint().empty() || opened->checkpoint.size < state.size()) {
        return {};
    }
    const auto evidence = log::make_fork_evidence(state.checkpoint(), checkpoint, trust.log(),
                                                  remote.hashes(opened->checkpoint.size));
    return evidence ? std::optional(log::render(*evidence)) : std::nullopt;
}

base::Error alarm(Session& session, const Options& options, const base::Error& error,
                  const std::optional<std::string>& evidence) {
    if (!evidence) {
        return error;
    }
    const std::string path = options.state + ".fork";
    const auto written = store::write_file_durably(path, *evidence);
    session.say("{} the log forked\n", session.bad("ALARM:"));
    return {
        ErrorKind::bad_input,
        fmt::format("{}; the evidence is in {}: `cheget log verify --evidence` shows it to "
                    "anyone{}",
                    error.message, base::shown(path),
                    written ? "" : " (it could not be written: " + written.error().message + ")")};
}

Result<log::MonitorState> step(Session& session, const Options& options, log::RemoteLog& remote,
                               const LogTrust& trust, const log::MonitorState& state) {
    const std::string checkpoint = TRY(remote.checkpoint());
    ProgressLine progress("reading");
    auto next = remote.follow(state, checkpoint, trust.trust, {}, std::ref(progress));
    if (!next) {
        return std::unexpected(alarm(session, options, next.error(),
                                     evidence_of(remote, state, checkpoint, trust.trust)));
    }
    TRY(store::write_file_durably(options.state, next->to_text(), 0600));
    if (next->size() != state.size() || state.checkpoint().empty()) {
        const auto opened = TRY(log::open_witnessed(checkpoint, trust.trust));
        session.say("{} {}: {} entries, {} new, cosigned by {}\n", base::to_text(now()),
                    opened.checkpoint.origin, next->size(), next->size() - state.size(),
                    describe_cosigned(opened, trust));
        session.write_json({base::Json::Object{{"log", text_json(opened.checkpoint.origin)},
                                               {"size", number_json(next->size())},
                                               {"new", number_json(next->size() - state.size())}}});
    }
    return next;
}

Outcome watch(Session& session, const Options& options) {
    const auto every = TRY(base::parse_span(options.every));
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    log::MonitorState state = TRY(read_state(options.state, trust.trust));
    while (true) {
        log::RemoteLog remote(TRY(executor::open_log_source(options.source)));
        auto next = step(session, options, remote, trust, state);
        if (next) {
            state = std::move(*next);
        } else if (options.once || next.error().kind != ErrorKind::unreachable) {
            return std::unexpected(next.error());
        } else {
            session.say("{} {} {}\n", base::to_text(now()), session.warning("not reached:"),
                        next.error().message);
        }
        if (options.once) {
            return 0;
        }
        std::this_thread::sleep_for(std::chrono::seconds(std::max<std::int64_t>(every.seconds, 1)));
    }
}

}  // namespace

void add_log_watch(CLI::App& log, Session& session) {
    CLI::App* command = add_command(
        log, "watch", "Follow a log, and raise the alarm with evidence when it forks or shrinks",
        "  cheget log watch https://log.example.org --state prod.monitor\n"
        "  cheget log watch https://log.example.org --state prod.monitor --once   from cron");
    auto options = std::make_shared<Options>();
    command->add_option("source", options->source, "What the log publishes")
        ->required()
        ->type_name("URL|FOLDER");
    command->add_option("--state", options->state, "Where to keep what was read last")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--trust", options->trust,
                     "Whom to trust: a file as C2SP tlog-policy has it (else the domain's policy)")
        ->type_name("FILE");
    command->add_option("--every", options->every, "How often to look (30s)")->type_name("SPAN");
    command->add_flag("--once", options->once, "Look once and end");
    on_chosen(command, session, [&session, options] { return watch(session, *options); });
}

}  // namespace cheget::cli
