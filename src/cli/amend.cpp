// amend: proposes a new policy.
#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/recording.h"
#include "cli/vote.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Outcome amend(Session& session, const std::string& file, const VoteOptions& options) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    std::string written = TRY(read_input(file, statement::k_longest_signed));
    statement::SignedText parts = TRY(statement::split_signed(written));
    std::string next = with_next_header(parts.text, domain.policy());
    policy::ParseOutcome outcome = analysis::held(policy::check_new_policy(next), next);
    if (!outcome.policy) {
        return base::bad_input("checking the new policy:\n" +
                               policy::to_text(outcome.diagnostics, base::shown(file)));
    }
    return propose_policy(session, domain, next, base::shown(file), options);
}

}  // namespace

std::string with_next_header(std::string_view text, const policy::Policy& current) {
    std::string next = fmt::format("cheget policy v1\ndomain: {} {}\nversion: {}\nprevious: {}\n",
                                   current.header.domain, base::to_text(current.domain_id),
                                   current.header.version + 1, base::to_text(current.id));
    bool in_header = true;
    while (!text.empty()) {
        std::string_view line = base::take_until(text, '\n');
        bool replaced = line.starts_with("cheget policy") || line.starts_with("domain:") ||
                        line.starts_with("version:") || line.starts_with("previous:");
        if (in_header && replaced) {
            continue;
        }
        in_header = in_header && (line.empty() || line.starts_with("#") || line.starts_with("log"));
        next += line;
        next += '\n';
    }
    return next;
}

Outcome propose_policy(Session& session, OpenDomain& domain, std::string_view next,
                       const std::string& whence, const VoteOptions& options) {
    std::string text = TRY(policy::format_policy(next));
    std::string unchanged = with_next_header(domain.state.policy->text, domain.policy());
    std::string same = TRY(policy::format_policy(unchanged));
    if (text == same) {
        return fail(ErrorKind::usage,
                    fmt::format("amending by {}: it says what the policy in force "
                                "says; change it first (begin with `cheget policy "
                                "show > new.policy`)",
                                whence));
    }
    return vote_on_new_policy(session, domain, text, options);
}

void add_amend(CLI::App& app, Session& session) {
    CLI::App* command = add_command(app, "amend", "Propose a new policy, with your vote for it",
                                    "  cheget policy show > new.policy\n"
                                    "  $EDITOR new.policy\n"
                                    "  cheget amend new.policy --note 'dave joins'");
    auto file = std::make_shared<std::string>();
    auto options = std::make_shared<VoteOptions>();
    command->add_option("file", *file, "The new policy, in any layout; `-` reads stdin")
        ->required()
        ->type_name("FILE");
    command->add_option("--note", options->note, "A remark that is signed with your vote");
    add_recording(command, session);
    command->add_flag("--unsigned", options->unsigned_only,
                      "Only write your vote's text, to be signed with bare ssh-keygen");
    command->add_option("-o,--output", options->output, "Where --unsigned writes the text")
        ->type_name("FILE");
    on_chosen(command, session,
              [&session, file, options] { return amend(session, *file, *options); });
}

}  // namespace cheget::cli
