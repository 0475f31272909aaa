// approve, consent, veto, withdraw, seen: a person's word on an order, on an amendment, or on the
// first policy.
#include "cli/vote.h"

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/named_files.h"
#include "cli/recording.h"
#include "cli/standing.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Verdict;

/// What the decision would be with this vote.
void tell_effect(Session& session, const permit::Judgement& judgement,
                 const permit::Intent& intent) {
    if (judgement.state.policy->policy.has_log) {
        session.say(
            "The policy has a log: what counts is what stands in it when an executor claims the "
            "order.\n");
        return;
    }
    policy::Decision before = judgement.decision;
    policy::Decision after = judgement.decide_again(now(), {intent.voice(judgement)});
    if (before.answer == policy::Answer::permit && after.answer == policy::Answer::permit) {
        session.say("The order is permitted already; this adds your name.\n");
    } else if (after.answer == policy::Answer::permit) {
        session.say("{} until {}: with your signature it may run.\n",
                    session.bold("This vote completes it"), base::to_text(after.until));
    } else if (after.reason == policy::Reason::conditions_missing) {
        session.say("With this vote nobody is missing any more; the order waits for facts.\n");
    } else if (after.answer == policy::Answer::wait) {
        session.say("With this vote the order still waits for others.\n");
    } else {
        session.say("{}: with your signature it can never run.\n",
                    session.bold("This vote stops the order"));
    }
}

void tell_after(Session& session, const OpenDomain& domain, const permit::Judgement& judgement,
                Verdict verdict) {
    session.write_people("\n" + permit::describe(judgement));
    const bool no = verdict == Verdict::veto || verdict == Verdict::withdraw;
    if (no && !domain.policy().has_log) {
        session.say(
            "{} this domain has no log, so nothing proves that the executor sees your {} "
            "before it acts. Bring this folder, or the file above, to the executor "
            "yourself, and tell the others.\n",
            session.warning("NOT RECORDED:"), statement::name_of(verdict));
    }
    if (judgement.decision.answer == policy::Answer::permit) {
        session.say(
            "Next: on the executor, `cheget-exec run {}`\n",
            base::shown(
                (domain.folder.root() / "orders" / base::to_hex(judgement.order_id)).string()));
    }
}

Outcome vote_on_order(Session& session, OpenDomain& domain, const base::Digest& id,
                      const VoteOptions& options) {
    JudgedOrder judged = TRY(judge_order(domain, id));
    permit::Judgement& judgement = *judged.judgement;
    if (!judgement.bound) {
        return fail(ErrorKind::denied,
                    fmt::format("{}: the order does not fit the policy: {}",
                                statement::name_of(options.verdict), judgement.refusal));
    }
    std::optional<Signer> signer;
    std::string name;
    if (options.unsigned_only) {
        session.keep_stdout_for_data();
        name = TRY(require_person(session, domain.policy()));
    } else {
        signer = TRY(find_signer(session, domain.policy(), &domain.state));
        name = signer->name();
    }
    permit::Intent intent{
        .verdict = options.verdict, .name = name, .person = *domain.policy().find_principal(name)};
    statement::Vote vote = new_vote(domain.policy(), statement::OnOrder{id}, options.verdict, name,
                                    options.note, std::string(judgement.order_text));
    if (!options.stands_for.empty()) {
        intent.stands_for = TRY(find_absent(domain.policy(), options.stands_for));
        vote.stands_for = options.stands_for;
    }
    TRY(permit::check_standing(*judgement.bound, intent));
    vote.after = TRY(choose_after(session, domain, judged, options.after, intent));
    TRY(permit::check_moment(judgement, intent));
    std::string text = TRY(statement::render(vote));
    show_what_is_signed(session, text);
    auto files = find_named_files(domain.folder, judgement.order);
    bool may_sign_digests =
        judgement.bound->action().by_digest || options.verdict != Verdict::approve;
    TRY(require_openable(session, files, may_sign_digests));
    tell_effect(session, judgement, intent);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, domain.policy(), statement::Kind::vote, text,
                             options.output));
        return 0;
    }
    Filed filed = TRY(sign_and_file(
        session, domain.folder, domain.policy(), *signer, statement::Kind::vote, text,
        fmt::format("{} this order as {}?", statement::name_of(options.verdict), name)));
    session.say("{} {}\n", session.good("Signed and filed:"), base::shown(filed.path.string()));
    record(session, domain, filed.signed_text, filed.path);
    JudgedOrder after = TRY(judge_order(domain, id));
    tell_after(session, domain, *after.judgement, options.verdict);
    session.write_json(judgement_json(*after.judgement));
    return 0;
}

/// The amendment whose id begins so, if there is one. Its text must be there: an empty folder that
/// somebody named after an order must not come between people and that order. An order whose id
/// begins the same is an error: whoever meant the one must not vote on the other.
Result<std::optional<base::Digest>> find_amendment(const store::DomainFolder& folder,
                                                   std::string_view prefix) {
    std::string_view digits = prefix.starts_with("sha256:") ? prefix.substr(7) : prefix;
    std::optional<base::Digest> found;
    if (digits.size() < 4) {
        return found;
    }
    auto begins_so = [&](const base::Digest& id) { return base::to_hex(id).starts_with(digits); };
    auto several = [&] {
        return fail(ErrorKind::usage,
                    fmt::format("finding the order or amendment `{}`: several ids begin so; give "
                                "more digits",
                                base::shown(prefix)));
    };
    for (const base::Digest& id : TRY(folder.amendments())) {
        if (begins_so(id) && folder.amendment(id)) {
            if (found) {
                return several();
            }
            found = id;
        }
    }
    if (found && digits.size() < 64) {
        std::vector<base::Digest> orders = TRY(folder.orders());
        if (std::any_of(orders.begin(), orders.end(), begins_so)) {
            return several();
        }
    }
    return found;
}

/// The domain, also where two amendments of one policy suffice and only a no to one of them helps.
Result<OpenDomain> open_to_vote(Session& session, const VoteOptions& options) {
    auto domain = open_domain(session);
    bool stops = options.verdict == Verdict::veto || options.verdict == Verdict::withdraw;
    if (domain || !stops || domain.error().kind != ErrorKind::denied) {
        return domain;
    }
    store::DomainFolder folder = TRY(find_folder(session));
    auto amendment = TRY(find_amendment(folder, options.subject));
    if (!amendment) {
        return domain;
    }
    std::string text = TRY(folder.amendment(*amendment));
    auto header = TRY(statement::parse_policy_header(text));
    auto before = open_domain(session, header.version);
    return before ? std::move(before) : std::move(domain);
}

void add_one(CLI::App& app, Session& session, Verdict verdict, const std::string& description,
             const std::string& examples) {
    std::string name(statement::name_of(verdict));
    CLI::App* command = add_command(app, name, description, examples);
    auto options = std::make_shared<VoteOptions>();
    options->verdict = verdict;
    command
        ->add_option(
            "subject", options->subject,
            verdict == Verdict::approve
                ? "An order's or amendment's id, or its first digits; `latest`; or `policy`"
                : "An order's or amendment's id, or its first digits; or `latest`")
        ->required()
        ->type_name("ID");
    command->add_option("--note", options->note, "A remark that is signed with the vote");
    if (verdict == Verdict::approve) {
        command
            ->add_option("--for", options->stands_for,
                         "Whom you stand in for, where the policy makes you their deputy")
            ->type_name("NAME");
        command
            ->add_option("--after", options->after,
                         "Of voices in order: the vote before yours, where it is not plain; "
                         "`first` begins")
            ->type_name("VOTE");
    }
    add_recording(command, session, verdict == Verdict::veto || verdict == Verdict::withdraw);
    command->add_flag("--unsigned", options->unsigned_only,
                      "Only write the text, to be signed with bare ssh-keygen");
    command->add_option("-o,--output", options->output, "Where --unsigned writes the text")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] { return vote_now(session, *options); });
}

}  // namespace

Outcome vote_now(Session& session, const VoteOptions& options) {
    if (options.subject == "policy") {
        return sign_first_policy(session, options);
    }
    const bool no = options.verdict == Verdict::veto || options.verdict == Verdict::withdraw;
    session.globals.follow = no ? Follow::if_new : Follow::yes;
    OpenDomain domain = TRY(open_to_vote(session, options));
    if (auto amendment = TRY(find_amendment(domain.folder, options.subject))) {
        if (options.verdict == Verdict::consent || options.verdict == Verdict::seen ||
            !options.stands_for.empty() || !options.after.empty()) {
            return fail(ErrorKind::usage,
                        "voting on a new policy: it takes approvals, vetoes and withdrawals alone, "
                        "of people who speak for themselves");
        }
        return vote_on_amendment(session, domain, *amendment, options);
    }
    base::Digest id = TRY(domain.folder.find_order(options.subject));
    return vote_on_order(session, domain, id, options);
}

Result<std::string> require_person(const Session& session, const policy::Policy& policy) {
    auto person = TRY(find_person(session, policy));
    if (!person) {
        return fail(ErrorKind::usage,
                    "finding out who you are: no key at hand is in the policy; "
                    "say it with --as NAME");
    }
    return *person;
}

void add_votes(CLI::App& app, Session& session) {
    add_one(app, session, Verdict::approve, "Sign that an order may run, or a policy hold",
            "  cheget approve latest\n"
            "  cheget approve 5f0c27 --note 'checked with finance'\n"
            "  cheget approve policy                 sign a new domain's first policy\n"
            "  cheget approve 5f0c27 --for carol     as her deputy\n"
            "  cheget approve latest --unsigned -o vote.txt   to sign with bare ssh-keygen");
    add_one(app, session, Verdict::veto,
            "Stop an order for good, where the policy gives you a veto",
            "  cheget veto 5f0c27 --note 'wrong region'");
    add_one(app, session, Verdict::withdraw, "Take back an order that you proposed",
            "  cheget withdraw latest");
    add_one(app, session, Verdict::consent,
            "Give a consent that a policy asks for; it is no approval",
            "  cheget consent 5f0c27 --note 'the host agrees to this target'");
    add_one(app, session, Verdict::seen,
            "Say that you have seen an order, so that its delay begins to run",
            "  cheget seen 5f0c27");
}

}  // namespace cheget::cli
