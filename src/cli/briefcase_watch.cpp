// briefcase watch: raises the alarm by what the domain holds on its briefcases' custody.
#include <CLI/App.hpp>
#include <set>
#include <thread>

#include "base/text.h"
#include "briefcase/watching.h"
#include "cli/bearer.h"
#include "cli/commands.h"
#include "cli/init.h"
#include "cli/recording.h"
#include "store/alarm_command.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using briefcase::Alarm;
using briefcase::Roster;

constexpr std::size_t k_longest_state = 4U << 20U;
constexpr std::chrono::seconds k_alarm_seconds{60};
constexpr int k_alarmed = 24;

struct Options {
    std::string roster;
    std::string alarm;
    std::string state;
    std::string every = "1m";
    bool once = false;
};

/// What is watched: one key of the policy that lies in a briefcase.
struct Watched {
    std::string fingerprint;
    std::string principal;
    bool is_revoked = false;
};

std::vector<Watched> briefcases_of(const OpenDomain& domain) {
    std::vector<Watched> found;
    for (const policy::Principal& principal : domain.policy().principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.briefcase) {
                found.push_back(
                    {key.key.fingerprint(), principal.name, domain.state.is_revoked(key.key)});
            }
        }
    }
    return found;
}

/// The alarms that were told, one a line; a lost file tells them once more.
class Told {
  public:
    static Result<Told> read(const std::filesystem::path& path) {
        Told told(path);
        std::error_code error;
        if (std::filesystem::exists(path, error)) {
            const std::string content = TRY(store::read_file(path, k_longest_state));
            std::string_view rest = content;
            while (!rest.empty()) {
                told.ids_.insert(std::string(base::take_until(rest, '\n')));
            }
        } else {
            TRY(store::make_folder_durably(path.parent_path(), 0700));
        }
        return told;
    }
    bool has(const std::string& id) const { return ids_.contains(id); }
    Result<void> add(const std::string& id) {
        ids_.insert(id);
        std::string content;
        for (const std::string& one : ids_) {
            content += one + '\n';
        }
        return store::write_file_durably(path_, content, 0600);
    }

  private:
    explicit Told(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
    std::set<std::string> ids_;
};

const Roster* roster_for(const std::vector<Roster>& rosters, const std::string& fingerprint) {
    for (const Roster& roster : rosters) {
        if (roster.briefcase.empty() || roster.briefcase == fingerprint) {
            return &roster;
        }
    }
    return nullptr;
}

Result<void> check_rosters(const std::vector<Roster>& rosters, const std::vector<Watched>& all) {
    for (const Roster& roster : rosters) {
        if (roster.briefcase.empty() && all.size() > 1) {
            return fail(ErrorKind::usage,
                        fmt::format("reading the roster: the domain has {} briefcases; say with "
                                    "`briefcase: SHA256:…` whose it is",
                                    all.size()));
        }
        const bool is_known = roster.briefcase.empty() ||
                              std::any_of(all.begin(), all.end(), [&](const Watched& one) {
                                  return one.fingerprint == roster.briefcase;
                              });
        if (!is_known) {
            return fail(ErrorKind::usage,
                        fmt::format("reading the roster: the policy has no briefcase {}",
                                    roster.briefcase));
        }
    }
    return {};
}

base::Json alarm_json(const OpenDomain& domain, const Watched& watched, const Alarm& alarm,
                      const permit::CustodyRecord& record) {
    return {base::Json::Object{{"alarm", text_json(alarm.kind)},
                               {"at", text_json(base::to_text(now()))},
                               {"briefcase", text_json(watched.fingerprint)},
                               {"domain", text_json(domain.state.domain.name)},
                               {"holder", text_json(record.holder)},
                               {"principal", text_json(watched.principal)},
                               {"words", text_json(base::shown(alarm.words))}}};
}

class Watch {
  public:
    Watch(Session& session, const Options& options, std::vector<std::string> command, Told told)
        : session_(session),
          options_(options),
          command_(std::move(command)),
          told_(std::move(told)) {}

    /// One look at all briefcases; the exit code that --once ends with.
    Outcome look() {
        code_ = 0;
        const OpenDomain domain = TRY(open_domain(session_));
        const std::vector<Watched> all = briefcases_of(domain);
        // Read each time: shifts change, and a watcher runs for months.
        std::vector<Roster> rosters;
        if (!options_.roster.empty()) {
            const std::string text =
                TRY(store::read_file(options_.roster, briefcase::k_longest_roster));
            auto parsed = briefcase::parse_rosters(text);
            if (!parsed) {
                return std::unexpected(
                    base::within(fmt::format("reading the roster {}", base::shown(options_.roster)),
                                 parsed.error()));
            }
            rosters = std::move(*parsed);
            TRY(check_rosters(rosters, all));
        }
        const briefcase::KnownPolicies policies = TRY(known_policies(domain));
        for (const Watched& one : all) {
            TRY(look_at(domain, policies, one, rosters));
        }
        return code_;
    }

  private:
    Result<void> look_at(const OpenDomain& domain, const briefcase::KnownPolicies& policies,
                         const Watched& watched, const std::vector<Roster>& rosters) {
        const auto statements = TRY(filed_custody(domain, watched.fingerprint));
        const Roster* const roster =
            watched.is_revoked ? nullptr : roster_for(rosters, watched.fingerprint);
        if (statements.empty() && roster == nullptr) {
            return {};
        }
        const permit::CustodyRecord record = briefcase::read_chain(
            domain.state, policies, watched.fingerprint, views_of(statements));
        for (const Alarm& alarm :
             briefcase::alarms_of(record, watched.fingerprint, watched.principal, roster, now())) {
            if (!told_.has(alarm.id)) {
                TRY(tell(alarm, alarm_json(domain, watched, alarm, record), watched));
            }
        }
        return {};
    }

    Result<void> tell(const Alarm& alarm, const base::Json& details, const Watched& watched) {
        session_.say("{} {}'s briefcase: {}: {}\n", session_.bad("ALARM:"), watched.principal,
                     alarm.kind, base::shown(alarm.words));
        session_.write_json(details);
        code_ = std::max(code_, k_alarmed);
        if (!command_.empty()) {
            const auto ran = store::run_alarm_command(command_, base::to_canonical(details) + "\n",
                                                      k_alarm_seconds);
            if (!ran) {
                // Not remembered as told: it is tried again with the next look.
                session_.say("{} {}\n", session_.warning("not told on:"), ran.error().message);
                code_ = static_cast<int>(ErrorKind::command_failed);
                return {};
            }
        }
        return told_.add(alarm.id);
    }

    static Result<briefcase::KnownPolicies> known_policies(const OpenDomain& domain) {
        if (domain.log) {
            return briefcase::KnownPolicies::of(domain.log->chronicle());
        }
        const std::string first = TRY(domain.folder.first_policy());
        const auto state = TRY(
            permit::establish(first, domain.state.domain.first_policy, permit::UnderLog::prepare));
        return briefcase::KnownPolicies::of(state.policy, domain.steps);
    }

    Session& session_;
    const Options& options_;
    std::vector<std::string> command_;
    Told told_;
    int code_ = 0;
};

Outcome watch(Session& session, const Options& options) {
    const auto every = TRY(base::parse_span(options.every));
    std::vector<std::string> command;
    if (!options.alarm.empty()) {
        command = TRY(parse_command(options.alarm));
    }
    session.globals.follow = Follow::yes;
    std::filesystem::path state = options.state;
    if (state.empty()) {
        const OpenDomain domain = TRY(open_domain(session));
        const auto id = base::to_hex(domain.state.domain.first_policy);
        state = TRY(kept_path("", "watch " + id, ".told"));
    }
    Watch watching(session, options, std::move(command),
                   TRY(Told::read(std::filesystem::absolute(state))));
    for (;;) {
        const Outcome looked = watching.look();
        if (options.once) {
            return looked;
        }
        if (!looked) {
            if (looked.error().kind != ErrorKind::unreachable) {
                return looked;
            }
            session.say("{} {} {}\n", base::to_text(now()), session.warning("not reached:"),
                        looked.error().message);
        }
        std::this_thread::sleep_for(std::chrono::seconds(std::max<std::int64_t>(every.seconds, 1)));
    }
}

}  // namespace

void add_briefcase_watch(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "watch", "Raise the alarm when a briefcase's custody breaks or is overdue",
        "  cheget briefcase watch --roster bearers.roster --alarm '/usr/bin/mail -s ALARM ops'\n"
        "  cheget briefcase watch --once                                  from cron\n"
        "Exit codes with --once: 0 nothing new, 24 an alarm was told, 8 its command failed");
    auto options = std::make_shared<Options>();
    command
        ->add_option("--roster", options->roster,
                     "Who should hold it from when: a file of lines `TIME NAME` (see "
                     "docs/briefcase.md)")
        ->type_name("FILE");
    command
        ->add_option("--alarm", options->alarm,
                     "Run this for each alarm, once, the details as JSON on its stdin: words, or a "
                     "JSON array")
        ->type_name("COMMAND");
    command
        ->add_option("--state", options->state,
                     "Where to remember what was told (else below XDG_STATE_HOME)")
        ->type_name("FILE");
    command->add_option("--every", options->every, "How often to look (1m)")->type_name("SPAN");
    command->add_flag("--once", options->once, "Look once and end");
    add_log_places(command, session);
    on_chosen(command, session, [&session, options] { return watch(session, *options); });
}

}  // namespace cheget::cli
