// propose: makes an order, exact to the byte, and signs it as its proposer.
#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/propose_order.h"
#include "cli/recording.h"
#include "cli/vote.h"

namespace cheget::cli {

namespace {

void tell_next(Session& session, const OpenDomain& domain, const permit::Judgement& judgement) {
    session.write_people("\n" + permit::describe(judgement));
    session.say("Next: share the folder {}, and those who approve run\n    cheget approve {}\n",
                base::shown(domain.folder.root().string()), short_id(judgement.order_id));
}

Outcome propose(Session& session, const ProposeOptions& options) {
    session.globals.follow = Follow::yes;
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
    const Filed filed =
        TRY(sign_and_file(session, domain.folder, domain.policy(), *signer, statement::Kind::order,
                          text, fmt::format("Propose this order as {}?", proposer)));
    base::Digest id = statement::id_of(text);
    session.say("{} {}\n", session.good("Proposed:"), base::to_hex(id));
    record(session, domain, filed.signed_text, filed.path);
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
    command
        ->add_option("--parameter", options.parameters,
                     "What a capture stands for that the target does not tell; repeat it")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_flag("--emergency", options.emergency,
                      "Under the action's emergency rule (break-glass)");
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
    command
        ->add_option("--call", options.call,
                     "A tool call, for actions that call; else the policy's pattern is filled in")
        ->expected(3)
        ->type_name("SERVER TOOL JSON");
    command
        ->add_option("--sql", options.sql,
                     "Statements and their parameters as JSON arrays, for actions that run SQL")
        ->expected(3)
        ->type_name("DATABASE JSON JSON");
    command->add_option("--ref", options.ref, "The move of a ref, for actions that move refs")
        ->expected(4)
        ->type_name("REPOSITORY REF OLD NEW");
    command->add_option("--sign", options.sign, "The file to be signed, for actions that sign")
        ->type_name("FILE");
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
        "  cheget propose drop-database prod/eu-1/test --reason 'fire drill' --drill\n"
        "  cheget propose drop-database prod/eu-1/invoices --emergency --reason 'leak, page 7'\n"
        "  cheget propose release release/app/1.4.0 --parameter artifact=/srv/out/app.tar \\\n"
        "      --reason 'version 1.4.0'\n"
        "  cheget propose delete-rows crm/eu --call crm delete_rows '{\"rows\":40}' \\\n"
        "      --reason 'ticket 4711'");
    auto options = std::make_shared<ProposeOptions>();
    add_options(command, *options);
    add_recording(command, session);
    on_chosen(command, session, [&session, options] { return propose(session, *options); });
}

}  // namespace cheget::cli
