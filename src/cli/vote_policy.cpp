// Signing a domain's first policy, and voting on amendments.
#include <algorithm>

#include "base/text.h"
#include "cli/pin.h"
#include "cli/text_diff.h"
#include "cli/vote.h"
#include "statement/show.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Verdict;

void tell_first_policy(Session& session, const store::DomainFolder& folder,
                       const FirstPolicy& first) {
    base::Json::Object told;
    told["domain"] = text_json(first.policy.header.domain);
    told["first_policy"] = text_json(base::to_text(first.policy.id));
    told["signed_by"] = list_json(first.signed_by);
    told["missing"] = list_json(first.missing);
    session.write_json({told});
    if (first.missing.empty()) {
        session.say(
            "{} everyone has signed; the policy of {} is in force.\n"
            "Next: `cheget propose ACTION TARGET`, and on the executor `cheget-exec init "
            "--policy {}`\n",
            session.good("In force:"), first.policy.header.domain,
            base::shown((folder.root() / "policy/000001.policy").string()));
        return;
    }
    session.say(
        "Still to sign: {}. Each of them gets this folder, compares the twelve words with "
        "you by voice, and runs `cheget approve policy`\n",
        base::join_words(first.missing));
}

Result<void> refuse_if_signed(const FirstPolicy& first, const std::string& name) {
    if (std::find(first.signed_by.begin(), first.signed_by.end(), name) != first.signed_by.end()) {
        return fail(ErrorKind::usage,
                    fmt::format("signing the first policy: {} has signed it already", name));
    }
    return {};
}

/// Who votes on a policy: one of the policy in force, or else one whom the new policy brings in.
struct PolicyVoter {
    std::string name;
    std::optional<Signer> signer;
    const policy::Policy* policy;
};

Result<PolicyVoter> find_voter(const Session& session, const OpenDomain& domain,
                               const policy::Policy& proposed, bool unsigned_only) {
    for (const policy::Policy* known : {&domain.policy(), &proposed}) {
        const bool last = known == &proposed;
        if (unsigned_only) {
            auto name = require_person(session, *known);
            if (name) {
                return PolicyVoter{*name, std::nullopt, known};
            }
            if (last) {
                return std::unexpected(name.error());
            }
            continue;
        }
        auto signer = find_signer(session, *known, &domain.state);
        if (signer) {
            return PolicyVoter{signer->name(), *signer, known};
        }
        if (last) {
            return std::unexpected(signer.error());
        }
    }
    std::unreachable();
}

Result<void> check_against_pin(const FirstPolicy& first) {
    auto pinned = TRY(pinned_first_policy(first.policy.header.domain));
    if (pinned && *pinned != first.policy.id) {
        return fail(ErrorKind::denied,
                    fmt::format("signing the first policy of {}: you know a domain of this name "
                                "with another first policy, {}; give the new one another name",
                                first.policy.header.domain, base::to_text(*pinned)));
    }
    return {};
}

}  // namespace

Outcome sign_first_policy(Session& session, const VoteOptions& options) {
    store::DomainFolder folder = TRY(find_folder(session));
    FirstPolicy first = TRY(read_first_policy(folder));
    if (options.verdict != Verdict::approve) {
        return fail(ErrorKind::usage,
                    "the first policy can only be signed, with `cheget approve "
                    "policy`, or left unsigned");
    }
    TRY(check_against_pin(first));
    if (options.unsigned_only) {
        session.keep_stdout_for_data();
        TRY(put_out_unsigned(session, first.policy, statement::Kind::policy, first.text,
                             options.output));
        return 0;
    }
    Signer signer = TRY(find_signer(session, first.policy, nullptr));
    TRY(refuse_if_signed(first, signer.name()));
    show_what_is_signed(session, first.text);
    session.say("In plain English:\n{}\n", policy::explain(first.policy));
    TRY(sign_and_file(session, folder, first.policy, signer, statement::Kind::policy, first.text,
                      fmt::format("Sign this first policy as {}?", signer.name())));
    FirstPolicy after = TRY(read_first_policy(folder));
    tell_first_policy(session, folder, after);
    return 0;
}

Outcome tell_amendment(Session& session, const base::Digest& id) {
    OpenDomain domain = TRY(open_domain(session));
    const permit::KnownPolicy& known = *domain.state.policy;
    bool in_force = known.policy.id == id;
    base::Json::Object told;
    told["amendment"] = text_json(base::to_text(id));
    told["in_force"] = flag_json(in_force);
    told["policy"] = number_json(known.policy.header.version);
    session.write_json({told});
    if (in_force) {
        TRY(domain.folder.write_policy_copy(known.policy.header.version, known.text));
        session.say(
            "{} policy {} is in force. Orders under the policy before it are dead; propose "
            "them anew. A copy to read is policy/{:06}.policy; what counts is the votes.\n",
            session.good("In force:"), known.policy.header.version, known.policy.header.version);
        return 0;
    }
    session.say(
        "The amendment {} waits for others: the rule to amend is\n{}"
        "Each of them runs `cheget approve {}`\n",
        short_id(id), policy::explain(domain.policy(), domain.policy().amend.approve),
        short_id(id));
    return 0;
}

Outcome vote_on_amendment(Session& session, OpenDomain& domain, const base::Digest& id,
                          const VoteOptions& options) {
    std::string subject = TRY(domain.folder.amendment(id));
    return vote_on_new_policy(session, domain, subject, options);
}

Outcome vote_on_new_policy(Session& session, OpenDomain& domain, const std::string& subject,
                           const VoteOptions& options) {
    policy::Policy proposed = TRY(policy::parse_policy(subject));
    if (proposed.header.previous != domain.policy().id) {
        return fail(ErrorKind::denied,
                    fmt::format("{}: this amendment follows policy {}, and policy {} is in force",
                                statement::name_of(options.verdict), proposed.header.version - 1,
                                domain.policy().header.version));
    }
    if (options.unsigned_only) {
        session.keep_stdout_for_data();
    }
    PolicyVoter voter = TRY(find_voter(session, domain, proposed, options.unsigned_only));
    session.say(
        "{}\n{}\n",
        session.bold(fmt::format("What it changes in policy {}:", domain.policy().header.version)),
        text_diff(domain.state.policy->text, subject, session));
    statement::Vote vote = new_vote(domain.policy(), proposed.reference(), options.verdict,
                                    voter.name, options.note, subject);
    std::string text = TRY(statement::render(vote));
    show_what_is_signed(session, text);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, domain.policy(), statement::Kind::vote, text,
                             options.output));
        return 0;
    }
    TRY(sign_and_file(
        session, domain.folder, *voter.policy, *voter.signer, statement::Kind::vote, text,
        fmt::format("{} this policy as {}?", statement::name_of(options.verdict), voter.name)));
    return tell_amendment(session, proposed.id);
}

}  // namespace cheget::cli
