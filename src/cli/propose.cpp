// propose: makes an order, exact to the byte, and signs it as its proposer.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/named_files.h"
#include "cli/vote.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ProposeOptions {
    std::string action;
    std::string target;
    std::vector<std::string> argv;
    std::string reason;
    std::string expires;
    std::vector<std::string> environment;
    std::string directory;
    std::string standard_input;
    std::vector<std::string> files;
    std::vector<std::string> file_references;
    bool drill = false;
    bool approve = false;
    bool unsigned_only = false;
    std::string output;
};

using Captures = std::map<std::string, std::string, std::less<>>;

Result<const policy::Action*> find_action(const policy::Policy& policy, const std::string& name) {
    if (const policy::Action* action = policy.find_action(name)) {
        return action;
    }
    std::vector<std::string> names;
    for (const policy::Action& action : policy.actions) {
        names.push_back(action.name);
    }
    std::vector<std::string_view> candidates(names.begin(), names.end());
    auto nearest = base::nearest(name, candidates);
    return fail(
        ErrorKind::usage,
        fmt::format("proposing `{}`: the policy has no such action{}; it has {}", base::shown(name),
                    nearest ? fmt::format(" (did you mean {}?)", *nearest) : "",
                    base::join_words(names)));
}

std::string pattern_of(const policy::Action& action) {
    std::string pattern;
    for (const policy::Template& segment : action.target) {
        pattern += pattern.empty() ? "" : "/";
        for (std::size_t i = 0; i < segment.literals.size(); ++i) {
            pattern += segment.literals[i];
            if (i < segment.captures.size()) {
                pattern += fmt::format("{{{}}}", segment.captures[i]);
            }
        }
    }
    return pattern;
}

/// What the target's captures stand for. bind() checks the whole order again; this only fills in.
Result<Captures> capture(const policy::Action& action, std::string_view target) {
    Captures captures;
    std::string_view rest = target;
    bool fits = true;
    for (const policy::Template& segment : action.target) {
        std::string_view piece = base::take_until(rest, '/');
        if (segment.captures.empty()) {
            fits = fits && piece == segment.literals[0];
            continue;
        }
        std::string_view head = segment.literals.front();
        std::string_view tail = segment.literals.back();
        if (!piece.starts_with(head) || !piece.ends_with(tail) ||
            piece.size() <= head.size() + tail.size()) {
            fits = false;
            continue;
        }
        piece.remove_prefix(head.size());
        piece.remove_suffix(tail.size());
        captures[segment.captures.front()] = std::string(piece);
    }
    if (!fits || !rest.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {} on `{}`: its targets look like {}", action.name,
                                base::shown(target), pattern_of(action)));
    }
    return captures;
}

Result<std::string> fill(const policy::Template& pattern, const Captures& captures) {
    std::string filled;
    for (std::size_t i = 0; i < pattern.literals.size(); ++i) {
        filled += pattern.literals[i];
        if (i < pattern.captures.size()) {
            auto value = captures.find(pattern.captures[i]);
            if (value == captures.end()) {
                return fail(ErrorKind::usage,
                            fmt::format("filling in the command: the target does not tell what "
                                        "{{{}}} is; give the whole command after `--`",
                                        pattern.captures[i]));
            }
            filled += value->second;
        }
    }
    return filled;
}

Result<statement::Run> command_of(const policy::Action& action, const Captures& captures,
                                  const ProposeOptions& options) {
    if (!options.argv.empty()) {
        return statement::Run{options.argv};
    }
    if (action.run.any) {
        return fail(ErrorKind::usage,
                    fmt::format("proposing {}: its policy says `run any`, so give "
                                "the command after `--`",
                                action.name));
    }
    statement::Run run;
    for (const policy::Template& element : action.run.argv) {
        run.argv.push_back(TRY(fill(element, captures)));
    }
    return run;
}

Result<void> set_environment(statement::Order& order, const ProposeOptions& options) {
    std::map<std::string, std::string> values;
    for (const std::string& setting : options.environment) {
        std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(ErrorKind::usage, fmt::format("reading --environment `{}`: it should be "
                                                      "NAME=VALUE",
                                                      base::shown(setting)));
        }
        if (!values.emplace(setting.substr(0, equals), setting.substr(equals + 1)).second) {
            return fail(ErrorKind::usage, fmt::format("reading --environment: {} is set twice",
                                                      base::shown(setting.substr(0, equals))));
        }
    }
    order.environment.assign(values.begin(), values.end());
    return {};
}

Result<void> add_file(statement::Order& order, statement::FileReference file) {
    for (const statement::FileReference& known : order.files) {
        if (known.path == file.path && known.digest != file.digest) {
            return fail(ErrorKind::usage, fmt::format("naming the file {}: it is given twice, with "
                                                      "different bytes",
                                                      base::shown(file.path)));
        }
        if (known.path == file.path) {
            return {};
        }
    }
    order.files.push_back(std::move(file));
    return {};
}

bool names_file(const statement::Order& order, std::string_view path) {
    return std::any_of(order.files.begin(), order.files.end(),
                       [&](const auto& file) { return file.path == path; });
}

/// The program and, if it is a script, its interpreter: what runs is what was hashed.
Result<void> add_program(store::DomainFolder& folder, statement::Order& order) {
    std::string path = std::get<statement::Run>(order.deed).argv.front();
    for (int depth = 0; depth < 2; ++depth) {
        if (path.empty() || path[0] != '/') {
            return fail(ErrorKind::usage,
                        fmt::format("proposing to run `{}`: a program is named by its absolute "
                                    "path",
                                    base::shown(path)));
        }
        if (names_file(order, path)) {
            return {};
        }
        auto file = take_file(folder, path);
        if (!file) {
            return fail(file.error().kind,
                        fmt::format("{}; if it lies on the executor alone, run `cheget-exec "
                                    "fingerprint {}` there and give each line that it prints with "
                                    "--file-reference",
                                    file.error().message, base::shown(path)));
        }
        TRY(add_file(order, std::move(*file)));
        auto interpreter = TRY(interpreter_of(path));
        if (!interpreter) {
            return {};
        }
        path = *interpreter;
    }
    return {};
}

Result<void> set_files(store::DomainFolder& folder, statement::Order& order,
                       const ProposeOptions& options) {
    for (const std::string& reference : options.file_references) {
        statement::FileReference file = TRY(parse_file_reference(reference));
        TRY(add_file(order, std::move(file)));
    }
    for (const std::string& path : options.files) {
        statement::FileReference file = TRY(take_file(folder, path));
        TRY(add_file(order, std::move(file)));
    }
    TRY(add_program(folder, order));
    std::sort(order.files.begin(), order.files.end(),
              [](const auto& left, const auto& right) { return left.path < right.path; });
    if (!options.standard_input.empty()) {
        order.standard_input = TRY(take_standard_input(folder, options.standard_input));
    }
    return {};
}

Result<statement::Order> make_order(OpenDomain& domain, const ProposeOptions& options,
                                    const std::string& proposer) {
    const policy::Policy& policy = domain.policy();
    const policy::Action& action = *TRY(find_action(policy, options.action));
    Captures captures = TRY(capture(action, options.target));
    statement::Order order;
    order.domain = policy.domain();
    order.policy = policy.reference();
    order.rule = {false, action.name};
    order.target = options.target;
    order.deed = TRY(command_of(action, captures, options));
    order.user = action.run.user;
    if (!options.directory.empty()) {
        order.directory = options.directory;
    } else if (action.allow.directories.size() == 1) {
        order.directory = TRY(fill(action.allow.directories.front(), captures));
    }
    TRY(set_environment(order, options));
    TRY(set_files(domain.folder, order, options));
    order.drill = options.drill;
    order.reason = options.reason;
    order.proposer = proposer;
    order.proposed = now();
    base::Span span = action.expire;
    if (!options.expires.empty()) {
        span = TRY(base::parse_span(options.expires));
    }
    order.expires = order.proposed + span;
    fill_random(order.nonce.data(), order.nonce.size());
    return order;
}

void tell_next(Session& session, const OpenDomain& domain, const permit::Judgement& judgement) {
    session.write_people("\n" + permit::describe(judgement));
    session.say("Next: share the folder {}, and those who approve run\n    cheget approve {}\n",
                base::shown(domain.folder.root().string()), short_id(judgement.order_id));
}

Outcome propose(Session& session, const ProposeOptions& options) {
    OpenDomain domain = TRY(open_domain(session));
    std::optional<Signer> signer;
    std::string proposer;
    if (options.unsigned_only) {
        proposer = TRY(require_person(session, domain.policy()));
        session.keep_stdout_for_data();
    } else {
        signer = TRY(find_signer(session, domain.policy(), &domain.state));
        proposer = signer->name();
    }
    statement::Order order = TRY(make_order(domain, options, proposer));
    TRY(policy::bind(domain.policy(), order));
    std::string text = TRY(statement::render(order));
    show_what_is_signed(session, text);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, domain.policy(), statement::Kind::order, text,
                             options.output));
        return 0;
    }
    TRY(sign_and_file(session, domain.folder, domain.policy(), *signer, statement::Kind::order,
                      text, fmt::format("Propose this order as {}?", proposer)));
    base::Digest id = statement::id_of(text);
    session.say("{} {}\n", session.good("Proposed:"), base::to_hex(id));
    if (options.approve) {
        VoteOptions vote;
        vote.subject = base::to_hex(id);
        return vote_now(session, vote);
    }
    JudgedOrder judged = TRY(judge_order(domain, id));
    tell_next(session, domain, *judged.judgement);
    session.write_json(judgement_json(*judged.judgement));
    return 0;
}

void add_options(CLI::App* command, ProposeOptions& options) {
    command->add_option("action", options.action, "An action of the policy")->required();
    command
        ->add_option("target", options.target, "What it is done to, as the policy's pattern says")
        ->required();
    command->add_option("argv", options.argv,
                        "The command, after `--`; without it the policy's pattern is filled in");
    command->add_option("--reason", options.reason, "Why; everyone who signs reads it")->required();
    command
        ->add_option("--expires", options.expires,
                     "How long it holds, such as 30m or 4h (else as long as the policy lets)")
        ->type_name("SPAN");
    command->add_option("--environment", options.environment, "A variable that the action allows")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_option("--directory", options.directory, "The working directory, if allowed")
        ->type_name("PATH");
    command->add_option("--stdin", options.standard_input, "A file whose bytes become stdin")
        ->type_name("FILE");
    command->add_option("--file", options.files, "A file whose bytes the order pins")
        ->type_name("PATH")
        ->allow_extra_args(false);
    command
        ->add_option("--file-reference", options.file_references,
                     "A file of the executor, as `cheget-exec fingerprint` prints it")
        ->type_name("'DIGEST BYTES PATH'")
        ->allow_extra_args(false);
    command->add_flag("--drill", options.drill, "An exercise: everything happens but the command");
    command->add_flag("--approve", options.approve,
                      "Approve it as well, where the proposer counts");
    command->add_flag("--unsigned", options.unsigned_only,
                      "Only write the text, to be signed with bare ssh-keygen");
    command->add_option("-o,--output", options.output, "Where --unsigned writes the text")
        ->type_name("FILE");
}

}  // namespace

void add_propose(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "propose", "Propose an order: one action, one target, one exact command",
        "  cheget propose drop-database prod/eu-1/invoices --reason 'GDPR erasure, ticket 4711'\n"
        "  cheget propose deploy web1 --reason 'release 2.4' --file /srv/deploy.sh --expires 2h\n"
        "  cheget propose drop-database prod/eu-1/test --reason 'fire drill' --drill");
    auto options = std::make_shared<ProposeOptions>();
    add_options(command, *options);
    on_chosen(command, session, [&session, options] { return propose(session, *options); });
}

}  // namespace cheget::cli
