// verify and permit: the decision on an order with its tree, and the file that carries it.
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/vote.h"
#include "cli/whole_log.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

int exit_code(const permit::Judgement& judgement) {
    if (judgement.bound && judgement.decision.answer == policy::Answer::permit) {
        return 0;
    }
    bool waits = judgement.bound && judgement.decision.answer == policy::Answer::wait;
    return static_cast<int>(waits ? ErrorKind::waiting : ErrorKind::denied);
}

int tell(Session& session, const permit::Judgement& judgement) {
    session.write_people(permit::describe(judgement));
    session.write_json(judgement_json(judgement));
    return exit_code(judgement);
}

/// Where to begin: --policy with the domain's first policy, or the domain's folder.
Result<permit::DomainState> starting_state(Session& session, const std::string& policy_file) {
    if (policy_file.empty()) {
        OpenDomain domain = TRY(open_domain(session));
        return std::move(domain.state);
    }
    std::string signed_policy = TRY(store::read_file(policy_file, statement::k_longest_signed));
    permit::DomainState state =
        TRY(permit::establish(signed_policy, std::nullopt, permit::UnderLog::prepare));
    session.say("judged from the first policy {}, which you chose\n",
                base::to_text(state.domain.first_policy));
    return state;
}

Outcome verify_permit(Session& session, const std::string& bytes, const std::string& policy_file) {
    permit::Permit permit = TRY(permit::parse_permit(base::as_bytes(bytes)));
    permit::DomainState state = TRY(starting_state(session, policy_file));
    permit::Judgement judgement = TRY(permit::judge(state, permit.statements, now()));
    for (const permit::Permit::File& file : permit.files) {
        if (base::sha256(file.content) != file.digest) {
            return base::bad_input(
                fmt::format("the permit's file {} has other bytes than its "
                            "digest says; get the permit again",
                            base::to_text(file.digest)));
        }
    }
    return tell(session, judgement);
}

/// One signed statement: whose signature it bears.
Outcome verify_statement(Session& session, const std::string& content,
                         const std::string& policy_file) {
    statement::SignedText parts = TRY(statement::split_signed(content));
    statement::Kind kind = TRY(statement::kind_of(parts.text));
    if (parts.signatures.empty()) {
        return base::bad_input("it bears no signature");
    }
    permit::DomainState state = TRY(starting_state(session, policy_file));
    const policy::Policy& policy = state.policy->policy;
    std::vector<std::string> names;
    for (const policy::Principal& principal : policy.principals) {
        if (kind == statement::Kind::policy) {
            break;
        }
        auto verified = permit::verify_signer(policy, principal.name, kind, parts);
        if (verified && !state.is_revoked(verified->key->key)) {
            names.push_back(principal.name);
        }
    }
    if (names.empty()) {
        return base::bad_input(
            fmt::format("its signature is by no unrevoked key of anyone in "
                        "policy {} of {}",
                        policy.header.version, policy.header.domain));
    }
    statement::Statement parsed = TRY(statement::parse(parts.text));
    std::string_view kind_name = statement::name_of(kind);
    session.say("{} this {} is signed by {}; `cheget show` shows what it says\n",
                session.good("Good:"), kind_name, base::join_words(names));
    session.write_json(
        {base::Json::Object{{"kind", text_json(kind_name)}, {"signed_by", list_json(names)}}});
    return 0;
}

Outcome verify(Session& session, const std::string& named, const std::string& policy_file) {
    const std::string subject = order_named(session, named);
    std::error_code error;
    bool is_file = !looks_like_id(subject) && std::filesystem::exists(subject, error);
    if (!is_file && policy_file.empty()) {
        OpenDomain domain = TRY(open_domain(session));
        base::Digest id = TRY(domain.folder.find_order(subject));
        JudgedOrder judged = TRY(judge_order(domain, id));
        return tell(session, *judged.judgement);
    }
    std::string bytes =
        TRY(store::read_file(subject, permit::k_most_file_bytes + permit::k_most_statement_bytes));
    Outcome outcome = bytes.starts_with("cheget permit")
                          ? verify_permit(session, bytes, policy_file)
                          : verify_statement(session, bytes, policy_file);
    if (!outcome) {
        return std::unexpected(
            base::within(fmt::format("verifying {}", base::shown(subject)), outcome.error()));
    }
    return outcome;
}

struct PermitOptions {
    std::string subject;
    std::string output;
    std::string log;                        ///< where the log is read
    std::optional<std::uint64_t> for_size;  ///< how many entries of it the executor holds
};

/// The same permit with what an executor lacks that can't read the log itself.
Result<std::string> add_extract(Session& session, const std::string& bytes,
                                const base::Digest& order, const PermitOptions& options) {
    if (options.log.empty()) {
        return fail(ErrorKind::usage,
                    "adding an extract of the log: name the log with --log URL|FOLDER");
    }
    permit::Permit permit = TRY(permit::parse_permit(base::as_bytes(bytes)));
    permit.extract = TRY(extract_for(session, {options.log, "", "", {}}, *options.for_size, order,
                                     permit.statements));
    return permit::render_permit(permit);
}

Outcome write_permit(Session& session, const PermitOptions& options) {
    const std::string subject = order_named(session, options.subject);
    const std::string& output = options.output;
    OpenDomain domain = TRY(open_domain(session));
    base::Digest id = TRY(domain.folder.find_order(subject));
    std::string bytes = TRY(domain.folder.make_permit(id));
    if (options.for_size) {
        bytes = TRY(add_extract(session, bytes, id, options));
    }
    JudgedOrder judged = TRY(judge_order(domain, id));
    if (output == "-") {
        session.keep_stdout_for_data();
        session.write_data(bytes);
    } else {
        TRY(store::write_file_durably(std::filesystem::absolute(output), bytes));
        session.say("{} {} ({} bytes)\n", session.good("Written:"), base::shown(output),
                    bytes.size());
        session.write_json(judgement_json(*judged.judgement));
    }
    if (int code = exit_code(*judged.judgement); code != 0) {
        session.say("{} it does not permit anything yet: `cheget verify {}` shows why\n",
                    session.warning("note:"), short_id(id));
    }
    return 0;
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "verify", "Decide as the executor will, and show why; or check one signature",
        "  cheget verify latest\n"
        "  cheget verify order.permit\n"
        "  cheget verify acme/orders/5f0c27…\n"
        "  cheget verify order.permit --policy acme/policy/000001.policy\n"
        "  cheget verify some.receipt");
    struct Options {
        std::string subject;
        std::string policy;
    };
    auto options = std::make_shared<Options>();
    command
        ->add_option("subject", options->subject,
                     "A permit file, a signed statement, an order's id (a file named like one: "
                     "./NAME) or an order's folder")
        ->required()
        ->type_name("FILE|ID");
    command
        ->add_option("--policy", options->policy,
                     "The domain's signed first policy, instead of a domain folder")
        ->type_name("FILE");
    on_chosen(command, session,
              [&session, options] { return verify(session, options->subject, options->policy); });
}

void add_permit(CLI::App& app, Session& session) {
    CLI::App* command =
        add_command(app, "permit", "Put an order and all that allows it into one file",
                    "  cheget permit latest -o order.permit\n"
                    "  cheget permit 5f0c27 -o - | ssh db1 'cat > order.permit'\n"
                    "  cheget permit 5f0c27 -o order.permit --for-size 4711 --log "
                    "https://log.example.org");
    auto options = std::make_shared<PermitOptions>();
    command->add_option("subject", options->subject, "An order's id, its first digits, or `latest`")
        ->required()
        ->type_name("ID");
    command->add_option("-o,--output", options->output, "Where to write it; `-` is stdout")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--for-size", options->for_size,
                     "Add what the log holds from there on, for an executor without a network that "
                     "holds so many entries (`cheget-exec state`)")
        ->type_name("ENTRIES");
    command->add_option("--log", options->log, "Where the log is read for that")
        ->type_name("URL|FOLDER");
    on_chosen(command, session, [&session, options] { return write_permit(session, *options); });
}

}  // namespace cheget::cli
