// Signing a domain's first policy, and voting on amendments.
#include <algorithm>

#include "analysis/assertions.h"
#include "analysis/policy_difference_words.h"
#include "base/text.h"
#include "cli/log_standing.h"
#include "cli/pin.h"
#include "cli/recording.h"
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

/// Who replaces their key speaks with the old one under the policy in force and with the new one
/// under the proposed: one vote with both signatures. Without the new one at hand it says so.
std::optional<Signer> second_signer(Session& session, const OpenDomain& domain,
                                    const policy::Policy& proposed, const PolicyVoter& voter,
                                    const VoteOptions& options) {
    auto place = proposed.find_key(voter.signer->key().blob());
    bool in_both = place && proposed.principals[place->principal].name == voter.name;
    auto index = proposed.find_principal(voter.name);
    if (voter.policy == &proposed || in_both || !index) {
        return std::nullopt;
    }
    auto second = find_signer_of(proposed, voter.name, domain.state, options.new_key);
    if (!second) {
        session.say(
            "{} the new policy gives {} another key than this one, and none of it is at hand: this "
            "vote counts under the policy in force alone. Vote again with the new key, by --key\n",
            session.warning("note:"), voter.name);
    }
    return second;
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
    TRY(analysis::require_assertions(first.policy, first.text));
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

/// People whose keys the new policy changes: their vote needs a signature by an old and a new key.
std::vector<std::string> people_with_new_keys(const policy::Policy& before,
                                              const policy::Policy& after) {
    std::vector<std::string> names;
    for (const policy::Principal& person : after.principals) {
        auto index = before.find_principal(person.name);
        bool keeps_one = std::any_of(
            person.keys.begin(), person.keys.end(),
            [&](const policy::Key& key) { return before.find_key(key.key.blob()).has_value(); });
        if (index && !keeps_one && person.kind == policy::PrincipalKind::person) {
            names.push_back(person.name);
        }
    }
    return names;
}

void tell_rule(Session& session, const policy::Policy& policy, std::string_view whose,
               const std::optional<policy::Decision>& decision, bool lowering) {
    const bool suffices = decision && decision->answer == policy::Answer::permit;
    const bool is_harder = lowering && policy.amend_lowering;
    const policy::ChangeRule& rule = is_harder ? *policy.amend_lowering : policy.amend;
    const std::string name =
        is_harder ? "Its rule to amend what lowers is\n" : "Its rule to amend is\n";
    session.say("  policy {}, {}: {}{}", policy.header.version, whose,
                suffices ? session.good("satisfied\n") : "not yet. " + name,
                suffices ? "" : policy::explain(policy, rule.approve));
}

/// Who gains by it, and which rule decides about it.
void tell_difference(Session& session, const policy::Policy& before, const policy::Policy& after) {
    const analysis::PolicyDifference difference = analysis::difference_of(before, after, 3);
    session.say("{}\n", session.bold("What that does:"));
    session.write_people(analysis::report(before, after, difference));
    session.say("\n");
}

/// Both rules that an amendment must satisfy, and who has approved.
Result<void> tell_what_is_missing(Session& session, const OpenDomain& domain,
                                  const base::Digest& id) {
    if (domain.log) {
        const auto standing = TRY(standing_of(domain, id));
        session.say("The amendment {}: {}.\n", short_id(id),
                    standing ? to_text(*standing, id)
                             : "no vote on it is in the log yet, as far as it was read");
        return {};
    }
    std::vector<std::string> texts = TRY(domain.folder.change_statements());
    permit::Advance advance = TRY(permit::advance(domain.state, views_of(texts)));
    for (const permit::Advance::Proposal& proposal : advance.proposals) {
        if (proposal.policy.id != id) {
            continue;
        }
        if (!proposal.refusal.empty()) {
            session.say("The amendment {} is filed, and can't come into force: {}\n", short_id(id),
                        proposal.refusal);
            return {};
        }
        policy::Policy proposed = TRY(policy::parse_policy(proposal.policy_text));
        session.say("The amendment {} waits for others. Approved by {}.\n", short_id(id),
                    proposal.approved_by.empty() ? "nobody of the policy in force"
                                                 : base::join_words(proposal.approved_by));
        const analysis::PolicyDifference difference =
            analysis::difference_of(domain.policy(), proposed);
        const bool lowering = difference.lowering;
        if (domain.policy().amend_lowering || proposed.amend_lowering) {
            session.say("  {}; so `{}` decides\n", analysis::headline(difference),
                        lowering ? "amend lowering" : "amend");
        }
        tell_rule(session, domain.policy(), "in force",
                  lowering ? proposal.under_old : proposal.everyday_old, lowering);
        tell_rule(session, proposed, "the new one",
                  lowering ? proposal.under_new : proposal.everyday_new, lowering);
        std::vector<std::string> names = people_with_new_keys(domain.policy(), proposed);
        if (!names.empty()) {
            session.say(
                "{} {} with an old key and a new one: `cheget approve` takes both, if both "
                "are at hand.\n",
                base::join_words(names), names.size() == 1 ? "signs" : "sign");
        }
        break;
    }
    session.say("Each of the others runs `cheget approve {}`\n", short_id(id));
    return {};
}

Outcome tell_amendment(Session& session, const base::Digest& id) {
    OpenDomain domain = TRY(open_domain(session));
    const permit::KnownPolicy& known = *domain.state.policy;
    bool in_force = known.policy.id == id;
    base::Json::Object told;
    told["amendment"] = text_json(base::to_text(id));
    told["in_force"] = flag_json(in_force);
    told["policy"] = number_json(known.policy.header.version);
    if (!in_force && session.globals.json) {
        const std::string text = TRY(domain.folder.amendment(id));
        const policy::Policy proposed = TRY(policy::parse_policy(text));
        const auto difference = analysis::difference_of(domain.policy(), proposed);
        told["lowering"] = flag_json(difference.lowering);
        told["why"] = text_json(analysis::headline(difference));
    }
    session.write_json({told});
    if (in_force) {
        TRY(domain.folder.write_policy_copy(known.policy.header.version, known.text));
        session.say(
            "{} policy {} is in force. Orders under the policy before it are dead; propose "
            "them anew. A copy to read is policy/{:06}.policy; what counts is the votes.\n",
            session.good("In force:"), known.policy.header.version, known.policy.header.version);
        return 0;
    }
    TRY(tell_what_is_missing(session, domain, id));
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
    if (options.verdict == statement::Verdict::approve) {  // a no is never refused
        TRY(analysis::require_assertions(proposed, subject));
    }
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
    tell_difference(session, domain.policy(), proposed);
    statement::Vote vote = new_vote(domain.policy(), proposed.reference(), options.verdict,
                                    voter.name, options.note, subject);
    std::string text = TRY(statement::render(vote));
    show_what_is_signed(session, text);
    if (options.unsigned_only) {
        TRY(put_out_unsigned(session, domain.policy(), statement::Kind::vote, text,
                             options.output));
        return 0;
    }
    std::optional<Signer> second = second_signer(session, domain, proposed, voter, options);
    std::optional<AlsoSigned> also;
    if (second) {
        also = AlsoSigned{&proposed, &*second};
    }
    const Filed filed = TRY(sign_and_file(
        session, domain.folder, *voter.policy, *voter.signer, statement::Kind::vote, text,
        fmt::format("{} this policy as {}?", statement::name_of(options.verdict), voter.name),
        also));
    record(session, domain, filed.signed_text, filed.path);
    return tell_amendment(session, proposed.id);
}

}  // namespace cheget::cli
