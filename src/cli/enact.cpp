// enact: puts an amendment into force under a log, by showing that its votes suffice and that the
// time which the rules ask for has passed since.
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/log_standing.h"
#include "cli/recording.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// What the enactment shows.
struct Evidence {
    std::uint64_t completed = 0;
    std::vector<std::string> checkpoints;  ///< the earliest that has the vote, and the newest
    base::Time over;                       ///< when the wait is over
    base::Time low;                        ///< the newest checkpoint: it is at least that late
};

/// The amendments of the policy in force that are voted on here, with this version or id.
Result<base::Digest> find_amendment(const OpenDomain& domain, const std::string& subject) {
    std::error_code error;
    if (std::filesystem::is_regular_file(subject, error) && !looks_like_id(subject)) {
        const std::string content = TRY(store::read_file(subject, statement::k_longest_signed));
        return statement::id_of(TRY(statement::split_signed(content)).text);
    }
    const auto version = base::parse_number(subject, domain.policy().header.version + 1);
    std::vector<base::Digest> found;
    for (const base::Digest& id : TRY(domain.folder.amendments())) {
        const auto text = domain.folder.amendment(id);
        const auto header = text ? statement::parse_policy_header(*text)
                                 : Result<statement::PolicyHeader>(std::unexpected(text.error()));
        if (!header) {
            continue;
        }
        const bool is_next = header->previous == domain.policy().id;
        const bool is_named = base::to_hex(id).starts_with(
            subject.starts_with("sha256:") ? subject.substr(7) : subject);
        if ((version && is_next && *version == header->version) ||
            (is_named && subject.size() >= 4)) {
            found.push_back(id);
        }
    }
    if (found.size() == 1) {
        return found.front();
    }
    std::vector<std::string> ids;
    for (const base::Digest& id : found) {
        ids.push_back(short_id(id));
    }
    return fail(ErrorKind::usage,
                found.empty()
                    ? fmt::format("enacting `{}`: no amendment of policy {} that is voted on here "
                                  "has that id or version; `cheget status` shows them",
                                  base::shown(subject), domain.policy().header.version)
                    : fmt::format("enacting `{}`: there are several, {}; say which by its id",
                                  base::shown(subject), base::join_words(ids)));
}

Result<Evidence> gather_evidence(const OwnLog& log, const permit::Weighed& weighed) {
    Evidence evidence;
    evidence.completed = *weighed.completed;
    const log::Trust& trust = log.chronicle().trust();
    const auto newest = TRY(log.newest());
    if (!newest) {
        return fail(ErrorKind::unreachable, "no witnessed checkpoint of the log was read yet");
    }
    std::vector<log::OpenedCheckpoint> opened{*newest};
    // A later start is all that its absence costs.
    if (const auto early = log.witnessed_from(evidence.completed + 1);
        early && *early != log.knowledge().checkpoint) {
        opened.push_back(TRY(log::open_witnessed(*early, trust)));
        evidence.checkpoints.push_back(*early);
    }
    evidence.checkpoints.push_back(log.knowledge().checkpoint);
    const auto start = log::entry_start(evidence.completed, opened, trust);
    const auto low = log::now_low(*newest, trust);
    if (!start || !low) {
        return fail(ErrorKind::unreachable,
                    "no witnessed checkpoint shows when the vote that completed it was there");
    }
    evidence.over = *start + weighed.wait;
    evidence.low = *low;
    return evidence;
}

Result<void> refuse_incomplete(const OpenDomain& domain, const permit::Weighed& weighed,
                               const base::Digest& id) {
    if (!weighed.proposal.refusal.empty()) {
        return fail(ErrorKind::denied, fmt::format("the amendment {} can't come into force: {}",
                                                   short_id(id), weighed.proposal.refusal));
    }
    if (weighed.completed) {
        return {};
    }
    const auto& names = weighed.proposal.approved_by;
    return fail(ErrorKind::waiting,
                fmt::format("the votes in the log on the amendment {} don't satisfy the rules of "
                            "policy {} and its own yet; approved by {}",
                            short_id(id), domain.policy().header.version,
                            names.empty() ? "nobody" : base::join_words(names)));
}

/// Signs an enactment with this evidence, files it and hands it in.
Result<void> sign_enactment(Session& session, OpenDomain& domain, const permit::Weighed& weighed,
                            const Evidence& evidence) {
    const policy::Policy next = TRY(policy::parse_policy(*weighed.text));
    const policy::Policy* policy = &domain.policy();
    auto signer = find_signer(session, *policy, &domain.state);
    if (!signer) {
        const auto other = find_signer(session, next, &domain.state);
        if (!other) {
            return std::unexpected(signer.error());
        }
        signer = other;
        policy = &next;
    }
    statement::Enactment enactment;
    enactment.domain = domain.policy().domain();
    enactment.policy = weighed.proposal.policy;
    enactment.completed = evidence.completed;
    enactment.evidence = evidence.checkpoints;
    enactment.by = signer->name();
    enactment.at = now();
    const std::string text = TRY(statement::render(enactment));
    show_what_is_signed(session, text);
    const Filed filed = TRY(sign_and_file(
        session, domain.folder, *policy, *signer, statement::Kind::enactment, text,
        fmt::format("Put policy {} into force as {}?", next.header.version, signer->name())));
    session.say("{} {}\n", session.good("Signed and filed:"), base::shown(filed.path.string()));
    record(session, domain, filed.signed_text, filed.path);
    return {};
}

Outcome tell_enacted(Session& session, OpenDomain& domain, const base::Digest& id) {
    const permit::KnownPolicy& known = *domain.state.policy;
    const bool in_force = known.policy.id == id;
    base::Json::Object told{{"amendment", text_json(base::to_text(id))},
                            {"in_force", flag_json(in_force)},
                            {"policy", number_json(known.policy.header.version)}};
    if (in_force) {
        told["from"] = number_json(domain.log->chronicle().record().policies.back().from);
        session.say(
            "{} policy {} is in force from entry {} of the log on. Orders under the policy "
            "before it are dead; propose them anew.\n",
            session.good("In force:"), known.policy.header.version,
            domain.log->chronicle().record().policies.back().from);
        TRY(domain.folder.write_policy_copy(known.policy.header.version, known.text));
    }
    session.write_json({told});
    return 0;
}

Outcome enact(Session& session, const std::string& subject) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    if (!domain.log) {
        return fail(ErrorKind::usage,
                    "enacting: the policy names no log (`log: none`), so amendments take force by "
                    "their votes alone");
    }
    const base::Digest id = TRY(find_amendment(domain, subject));
    if (domain.policy().id == id) {
        return tell_enacted(session, domain, id);
    }
    // Twice at most: where nothing was logged since the wait was over, the first one has the
    // witnesses sign anew, and the second one shows that.
    for (int round = 0; round < 2 && domain.policy().id != id; ++round) {
        const OwnLog& log = *domain.log;
        const permit::Weighed weighed =
            TRY(permit::weigh_amendment(log.chronicle(), log.copy(), id));
        TRY(refuse_incomplete(domain, weighed, id));
        const Evidence evidence = TRY(gather_evidence(log, weighed));
        if (evidence.low < evidence.over) {
            if (now() < evidence.over || round > 0) {
                return fail(
                    ErrorKind::waiting,
                    fmt::format("the amendment {} may be enacted from {} on: its votes "
                                "suffice since entry {}, and the rules ask for {} from "
                                "then; by the witnesses it is {} at least",
                                short_id(id), base::to_text(evidence.over), evidence.completed,
                                base::to_words(weighed.wait), base::to_text(evidence.low)));
            }
            session.say(
                "{} the witnesses signed last before the wait was over, at {}. This enactment has "
                "no force yet: it makes them sign anew, and another one then shows that.\n",
                session.warning("note:"), base::to_text(evidence.low));
        }
        TRY(sign_enactment(session, domain, weighed, evidence));
        domain = TRY(open_domain(session));
    }
    return tell_enacted(session, domain, id);
}

}  // namespace

void add_enact(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "enact", "Put an amendment into force, once its votes and its delay are in the log",
        "  cheget enact 5f0c27\n"
        "  cheget enact 3            the next policy, where only one is voted on\n"
        "  cheget enact new.policy");
    auto subject = std::make_shared<std::string>();
    command
        ->add_option("amendment", *subject, "Its id or the first digits, its version, or its text")
        ->required()
        ->type_name("ID|VERSION|FILE");
    add_recording(command, session);
    on_chosen(command, session, [&session, subject] { return enact(session, *subject); });
}

}  // namespace cheget::cli
