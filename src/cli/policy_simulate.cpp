// policy simulate: one scenario from the command line. It is written as a scenario file, read and
// played like any other, so that it can be kept as one.
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/policy_file.h"
#include "policy/diagnostics.h"
#include "scenario/scenario.h"

namespace cheget::cli {

namespace {

using base::Result;

struct Options {
    std::string file;
    std::string order;
    std::string target;
    std::string by;
    bool emergency = false;
    std::string proposed;
    std::string expires;
    std::string at;
    std::vector<std::string> votes;
    std::vector<std::string> facts;
    std::vector<std::string> parameters;
    std::vector<std::string> files;
    std::vector<std::string> claims;
    bool as_scenario = false;
};

/// A word as scenario files write it.
std::string word(const std::string& text) {
    const bool plain =
        !text.empty() && text[0] != '#' && text.find_first_of(" ,\"") == std::string::npos;
    return plain ? text : base::to_canonical(std::string_view(text));
}

base::Error malformed(std::string_view option, const std::string& text, std::string_view shape) {
    return {base::ErrorKind::usage,
            fmt::format("reading {} `{}`: write it as {}", option, base::shown(text), shape)};
}

/// `alice:consent:for=carol@+5m` as `when alice consent for carol at +5m`.
Result<std::string> vote_line(const std::string& vote) {
    std::string_view rest = vote;
    std::string_view spoken = base::take_until(rest, '@');
    if (spoken.empty() || spoken.ends_with(':')) {
        return std::unexpected(malformed("--votes", vote, "NAME or NAME:consent@+5m"));
    }
    std::string line = fmt::format("  when {}", base::take_until(spoken, ':'));
    std::string verb = "approve";
    std::string options;
    while (!spoken.empty()) {
        std::string_view part = base::take_until(spoken, ':');
        if (part == "web") {
            options += " through web";
        } else if (part.starts_with("for=") || part.starts_with("after=")) {
            const std::string_view key = base::take_until(part, '=');
            options += fmt::format(" {} {}", key, part);
        } else {
            verb = part;
        }
    }
    line += fmt::format(" {}{}", verb, options);
    return rest.empty() ? line : fmt::format("{} at {}", line, rest);
}

/// `qa-passed(file)=true@qa@+5m` as `when qa-passed(file) is true from qa at +5m`.
Result<std::string> fact_line(const std::string& fact) {
    std::string_view rest = fact;
    std::string_view stated = base::take_until(rest, '@');
    const std::string_view name = base::take_until(stated, '=');
    if (name.empty() || stated.empty()) {
        return std::unexpected(
            malformed("--facts", fact, "NAME=VALUE or NAME(target)=VALUE@SOURCE"));
    }
    std::vector<std::string_view> sources;
    std::string time;
    while (!rest.empty()) {
        const std::string_view part = base::take_until(rest, '@');
        if (part.starts_with('+') || part.starts_with('-') || base::parse_time(part)) {
            time = fmt::format(" at {}", part);
        } else {
            sources.push_back(part);
        }
    }
    return fmt::format("  when {} is {}{}{}{}", name, stated, sources.empty() ? "" : " from ",
                       fmt::join(sources, ", "), time);
}

/// `NAME=VALUE` as `given parameter NAME VALUE`.
Result<std::string> parameter_line(const std::string& parameter) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string::npos) {
        return std::unexpected(malformed("--parameters", parameter, "NAME=VALUE"));
    }
    return fmt::format("  given parameter {} {}", word(parameter.substr(0, equals)),
                       word(parameter.substr(equals + 1)));
}

/// When the order was proposed: as said, else at the instant --at, else now.
std::string proposed_of(const Options& options) {
    if (!options.proposed.empty()) {
        return options.proposed;
    }
    return base::parse_time(options.at) ? options.at : base::to_text(now());
}

Result<std::string> scenario_of(const Options& options) {
    const std::string expires = options.expires.empty() ? "" : " expires " + options.expires;
    std::vector<std::string> lines{
        fmt::format("policy {}", word(options.file.empty() ? "in-force.policy" : options.file)), "",
        fmt::format("scenario {} of {} on {}", options.emergency ? "an emergency" : "an order",
                    options.order, options.target),
        fmt::format("  given {}order {} on {} by {} at {}{}", options.emergency ? "emergency " : "",
                    options.order, word(options.target), options.by, proposed_of(options),
                    expires)};
    for (const std::string& parameter : options.parameters) {
        lines.push_back(TRY(parameter_line(parameter)));
    }
    for (const std::string& file : options.files) {
        std::string_view digest = file;
        const std::string path(base::take_until(digest, '='));
        lines.push_back(
            fmt::format("  given file {}{}{}", word(path), digest.empty() ? "" : " ", digest));
    }
    if (!options.claims.empty()) {
        lines.push_back(fmt::format("  given claims at {}", fmt::join(options.claims, ", ")));
    }
    for (const std::string& vote : options.votes) {
        lines.push_back(TRY(vote_line(vote)));
    }
    for (const std::string& fact : options.facts) {
        lines.push_back(TRY(fact_line(fact)));
    }
    if (!options.at.empty()) {
        lines.push_back(fmt::format("  when now is {}", options.at));
    }
    for (const std::string& line : lines) {
        if (line.find('\n') != std::string::npos) {
            return base::fail(base::ErrorKind::usage,
                              "reading the command line: an option holds a line feed");
        }
    }
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

struct Simulation {
    std::string text;  ///< the scenario, with the answer that came
    scenario::Check check;
};

Result<Simulation> simulate(const Options& options, policy::Policy policy) {
    const std::string text = TRY(scenario_of(options));
    const std::string asking = text + "  then permit\n";
    const auto refuse = [](const std::vector<policy::Diagnostic>& diagnostics) {
        return base::bad_input("simulating, as the scenario that the options say:\n" +
                               policy::to_text(diagnostics, "simulation"));
    };
    const scenario::ParseOutcome parsed = scenario::parse(asking);
    if (!parsed.file) {
        return refuse(parsed.diagnostics);
    }
    scenario::Policies policies;
    policies.emplace(parsed.file->policy.text, std::move(policy));
    scenario::PlayOutcome played =
        scenario::play(*parsed.file, asking, policies, scenario::Cite::time);
    if (!played.diagnostics.empty()) {
        return refuse(played.diagnostics);
    }
    scenario::Check check = std::move(played.scenarios[0].checks[0]);
    return Simulation{fmt::format("{}  then {}\n", text, check.came), std::move(check)};
}

int exit_code(const scenario::Result& result) {
    if (!result.refused && result.decision.answer == policy::Answer::permit) {
        return 0;
    }
    const bool waits = !result.refused && result.decision.answer == policy::Answer::wait;
    return static_cast<int>(waits ? base::ErrorKind::waiting : base::ErrorKind::denied);
}

base::Json told_json(const Simulation& simulation) {
    const scenario::Result& result = simulation.check.result;
    const policy::Decision& decision = result.decision;
    base::Json::Object told;
    std::string_view answer = simulation.check.came;
    told.emplace("answer", text_json(base::take_until(answer, ' ')));
    if (result.refused) {
        told.emplace("refusal", text_json(result.refusal));
    } else {
        told.emplace("reason", text_json(scenario::name_of(decision.reason)));
    }
    if (!result.refused && decision.answer == policy::Answer::permit) {
        told.emplace("until", text_json(base::to_text(decision.until)));
    }
    if (!result.refused && decision.answer == policy::Answer::wait) {
        told.emplace("earliest", text_json(base::to_text(decision.earliest)));
    }
    told.emplace("missing", text_json(result.missing));
    told.emplace("explanation", text_json(result.explanation));
    told.emplace("scenario", text_json(simulation.text));
    return {std::move(told)};
}

Outcome run(Session& session, const Options& options) {
    const std::string text = TRY(policy_text(session, options.file));
    policy::Policy policy =
        TRY(checked_policy(text, options.file.empty() ? "policy" : options.file));
    const Simulation simulation = TRY(simulate(options, std::move(policy)));
    if (options.as_scenario && !session.globals.json) {
        session.write_data(simulation.text);
    } else {
        session.write_people(simulation.check.result.explanation);
    }
    session.write_json(told_json(simulation));
    return exit_code(simulation.check.result);
}

void add_options(CLI::App& command, Options& options) {
    add_policy_file(&command, options.file);
    command.add_option("--order", options.order, "The action that is ordered")
        ->required()
        ->type_name("ACTION");
    command.add_option("--target", options.target, "What it acts on")
        ->required()
        ->type_name("TARGET");
    command.add_option("--by", options.by, "Who proposes it")->required()->type_name("NAME");
    command.add_flag("--emergency", options.emergency, "An order of the action's emergency");
    command
        .add_option("--votes", options.votes,
                    "Who says what and when: alice,bob:consent,dave:for=carol@+4h; also :veto, "
                    ":withdraw, :seen, :web, :after=NAME")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[:VERB][@TIME]");
    command
        .add_option("--facts", options.facts,
                    "What sources say, all of them unless one is named: backup-ok(target)=true@db2")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("FACT=VALUE[@SOURCE][@TIME]");
    command.add_option("--parameters", options.parameters, "Values that the target does not say")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME=VALUE");
    command.add_option("--files", options.files, "Files that the order names, by path")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("PATH[=DIGEST]");
    command.add_option("--claims", options.claims, "Earlier claims on the emergency's ration")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("TIME");
    command.add_option("--at", options.at, "When it is decided (else at the latest time named)")
        ->type_name("TIME");
    command
        .add_option("--proposed", options.proposed,
                    "When it was proposed (else --at, if that is an instant, or now)")
        ->type_name("TIME");
    command.add_option("--expires", options.expires, "When it expires (else as late as it may)")
        ->type_name("TIME");
    command.add_flag("--as-scenario", options.as_scenario,
                     "Print it as a scenario file, to be kept as a test");
}

}  // namespace

void add_policy_simulate(CLI::App& policy, Session& session) {
    CLI::App* command = add_command(
        policy, "simulate", "What would the policy answer? An order and votes that nobody signed",
        "  cheget policy simulate db.policy --order drop --target prod/books --by alice\n"
        "  cheget policy simulate db.policy --order drop --target prod/books --by alice \\\n"
        "      --votes bob,carol,erin:consent@+5m --facts 'alert=high@db1,load=10' \\\n"
        "      --parameters rows=50 --at +40m\n"
        "A TIME is 2026-08-01T10:00:00Z, or +24h5m after it was proposed. Exit codes: 0 permit,\n"
        "1 deny or refused, 3 wait.");
    auto options = std::make_shared<Options>();
    add_options(*command, *options);
    on_chosen(command, session, [&session, options] { return run(session, *options); });
}

}  // namespace cheget::cli
