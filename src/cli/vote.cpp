// approve, consent, veto, withdraw: a person's word on an order, on an amendment, or on the first
// policy.
#include "cli/vote.h"

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/named_files.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Verdict;

bool speaks_in(const policy::Formula& formula, policy::PrincipalIndex person) {
    return std::any_of(formula.nodes.begin(), formula.nodes.end(), [&](const auto& node) {
        return std::binary_search(node.people.begin(), node.people.end(), person);
    });
}

/// Whether this person's word would count for anything; a word that can't is refused, so that
/// nobody believes to have helped or stopped an order when they have not.
Result<void> check_standing(const policy::BoundOrder& order, Verdict verdict,
                            const std::string& name, policy::PrincipalIndex person) {
    const policy::Action& action = order.action();
    const bool proposed_it = order.proposer() == person;
    if (verdict == Verdict::withdraw && !proposed_it) {
        return fail(ErrorKind::denied,
                    fmt::format("withdrawing the order: only its proposer, {}, can; a veto is the "
                                "way of others",
                                order.policy().principals[order.proposer()].name));
    }
    if (verdict == Verdict::veto && (!action.veto || !speaks_in(*action.veto, person))) {
        return fail(ErrorKind::denied,
                    fmt::format("vetoing the order: the policy gives {} no veto on {}, so it would "
                                "count for nothing; {}",
                                name, action.name,
                                proposed_it ? "withdraw it with `cheget withdraw`"
                                            : "ask its proposer to withdraw it"));
    }
    if (verdict == Verdict::approve && !speaks_in(action.approve, person)) {
        return fail(ErrorKind::denied,
                    fmt::format("approving the order: {} stands in no group that approves {}, so "
                                "this would count for nothing",
                                name, action.name));
    }
    if (verdict == Verdict::approve && proposed_it && !action.proposer_counts) {
        return fail(ErrorKind::denied,
                    fmt::format("approving the order: {} proposed it, and for {} the policy does "
                                "not count the proposer; others must approve",
                                name, action.name));
    }
    return {};
}

/// Whether the state of the order still lets this verdict matter.
Result<void> check_moment(const permit::Judgement& judgement, Verdict verdict,
                          policy::PrincipalIndex person) {
    for (const permit::CountedVote& vote : judgement.votes) {
        if (vote.voice.by == person && vote.voice.verdict == verdict) {
            return fail(ErrorKind::usage,
                        fmt::format("{}: you have done so already, by {}; more of the same changes "
                                    "nothing",
                                    statement::name_of(verdict), base::to_text(vote.id)));
        }
        if (vote.voice.by == person && verdict == Verdict::approve &&
            (vote.voice.verdict == Verdict::veto || vote.voice.verdict == Verdict::withdraw)) {
            return fail(
                ErrorKind::denied,
                fmt::format("approve: your {} ({}) is final for this order; propose it "
                            "anew if you have changed your mind",
                            statement::name_of(vote.voice.verdict), base::to_text(vote.id)));
        }
    }
    if (verdict == Verdict::approve && judgement.decision.answer == policy::Answer::deny) {
        return fail(ErrorKind::denied,
                    fmt::format("approve: the order can never be permitted any more, as `cheget "
                                "status {}` shows; propose it anew",
                                short_id(judgement.order_id)));
    }
    return {};
}

/// What the decision would be with this vote.
void tell_effect(Session& session, const permit::Judgement& judgement, Verdict verdict,
                 policy::PrincipalIndex person) {
    policy::Voice voice;
    voice.by = person;
    voice.verdict = verdict;
    voice.statement = static_cast<std::uint32_t>(judgement.votes.size() + judgement.facts.size());
    policy::Decision before = judgement.decision;
    policy::Decision after = judgement.decide_again(now(), {voice});
    if (before.answer == policy::Answer::permit && after.answer == policy::Answer::permit) {
        session.say("The order is permitted already; this adds your name.\n");
    } else if (after.answer == policy::Answer::permit) {
        session.say("{} until {}: with your signature it may run.\n",
                    session.bold("This vote completes it"), base::to_text(after.until));
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
    if ((verdict == Verdict::veto || verdict == Verdict::withdraw) && !domain.policy().has_log) {
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
        name = TRY(require_person(session, domain.policy()));
    } else {
        signer = TRY(find_signer(session, domain.policy(), &domain.state));
        name = signer->name();
    }
    policy::PrincipalIndex person = *domain.policy().find_principal(name);
    TRY(check_standing(*judgement.bound, options.verdict, name, person));
    TRY(check_moment(judgement, options.verdict, person));

    statement::Vote vote = new_vote(domain.policy(), statement::OnOrder{id}, options.verdict, name,
                                    options.note, std::string(judgement.order_text));
    std::string text = TRY(statement::render(vote));
    if (options.unsigned_only) {
        session.keep_stdout_for_data();
    }
    show_what_is_signed(session, text);
    auto files = find_named_files(domain.folder, judgement.order);
    bool may_sign_digests =
        judgement.bound->action().by_digest || options.verdict != Verdict::approve;
    TRY(require_openable(session, files, may_sign_digests));
    tell_effect(session, judgement, options.verdict, person);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, domain.policy(), statement::Kind::vote, text,
                             options.output));
        return 0;
    }
    Filed filed = TRY(sign_and_file(
        session, domain.folder, domain.policy(), *signer, statement::Kind::vote, text,
        fmt::format("{} this order as {}?", statement::name_of(options.verdict), name)));
    session.say("{} {}\n", session.good("Signed and filed:"), base::shown(filed.path.string()));
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
    OpenDomain domain = TRY(open_to_vote(session, options));
    if (options.verdict == Verdict::consent) {
        return fail(
            ErrorKind::denied,
            "consent: no action of this policy asks for anyone's consent, so it would count "
            "for nothing; approve with `cheget approve`");
    }
    if (auto amendment = TRY(find_amendment(domain.folder, options.subject))) {
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
            "  cheget approve latest --unsigned -o vote.txt   to sign with bare ssh-keygen");
    add_one(app, session, Verdict::veto,
            "Stop an order for good, where the policy gives you a veto",
            "  cheget veto 5f0c27 --note 'wrong region'");
    add_one(app, session, Verdict::withdraw, "Take back an order that you proposed",
            "  cheget withdraw latest");
    add_one(app, session, Verdict::consent, "Give a consent that a policy asks for",
            "  cheget consent 5f0c27");
}

}  // namespace cheget::cli
