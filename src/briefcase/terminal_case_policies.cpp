// Proposed policies in the inbox: shown whole with what they change, to be vetoed where the rule
// gives this person a veto, and approved where it says that briefcases count.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/policy_difference_words.h"
#include "base/text.h"
#include "briefcase/terminal_case_desk.h"
#include "permit/archive.h"
#include "permit/chronicle.h"
#include "permit/permit.h"

namespace cheget::briefcase {

namespace {

using base::Digest;
using base::ErrorKind;
using base::Result;
using statement::Verdict;

std::string joined_or_nobody(const std::vector<std::string>& names) {
    return names.empty() ? "nobody" : base::join_words(names);
}

/// Which of the two rules gives the person a veto: under `amend lowering` or `amend`, whichever it
/// turns out to need.
bool has_veto(const policy::Policy& policy, policy::PrincipalIndex person) {
    const auto& amend = policy.amend.veto;
    const auto& lowering = policy.amend_lowering ? policy.amend_lowering->veto : amend;
    return (amend && permit::names_person(*amend, person)) ||
           (lowering && permit::names_person(*lowering, person));
}

/// Whether an approval out of a briefcase counts by one of the two rules.
bool may_approve(const policy::Policy& policy, policy::PrincipalIndex person) {
    const auto counts = [&](const policy::ChangeRule& rule) {
        return rule.briefcase_counts && permit::names_person(rule.approve, person);
    };
    return counts(policy.amend) || (policy.amend_lowering && counts(*policy.amend_lowering));
}

}  // namespace

/// Ids of policies that follow the one in force and that somebody's vote in the loads is about;
/// who, and whether it counts, weigh() tells.
Result<void> CaseDesk::find_proposals() {
    constexpr std::size_t k_most_proposals = 64;
    const Digest in_force = policy().id;
    const auto look = [&](std::string_view whole) {
        if (!whole.starts_with("cheget vote v1\n") || proposals_.size() == k_most_proposals) {
            return;
        }
        const auto parts = statement::split_signed(whole);
        const auto vote = parts ? statement::parse_vote_fields(parts->text)
                                : Result<statement::VoteFields>(std::unexpected(parts.error()));
        const auto* on = vote ? std::get_if<statement::PolicyReference>(&vote->on) : nullptr;
        const auto header = on != nullptr ? statement::parse_policy_header(vote->subject_text)
                                          : base::bad_input("not on a policy");
        const bool is_known = on != nullptr && std::find(proposals_.begin(), proposals_.end(),
                                                         on->id) != proposals_.end();
        if (header && header->previous == in_force && !is_known) {
            proposals_.push_back(on->id);
        }
    };
    for (const Case::File& load : TRY(folder_.loads()).files) {
        const auto permit = permit::parse_permit(base::as_bytes(load.content));
        if (!permit) {
            continue;
        }
        for (const std::string_view whole : permit->statements) {
            look(whole);
        }
        for (const auto& entry : permit->extract.entries) {
            look(entry);
        }
    }
    return {};
}

/// A proposed policy as its votes stand; the text is a copy, since the votes' may go.
Result<CaseDesk::Proposed> CaseDesk::weigh(const Digest& id) const {
    Proposed proposed;
    const auto take = [&](const permit::Advance::Proposal& proposal) {
        proposed.text = proposal.policy_text;
        proposed.version = proposal.policy.version;
        proposed.approved_by = proposal.approved_by;
        proposed.vetoed_by = proposal.vetoed_by;
        proposed.refusal = proposal.refusal;
    };
    if (const permit::LogCopy* log = knowledge_.log()) {
        take(TRY(permit::weigh_amendment(log->knowledge().chronicle, *log, id)).proposal);
        return proposed;
    }
    const std::vector<std::string_view> votes = knowledge_.outside(permit::subject_of_policy(id));
    const permit::Advance advance = TRY(permit::advance(knowledge_.domain(), votes));
    for (const permit::Advance::Proposal& proposal : advance.proposals) {
        if (proposal.policy.id == id) {
            take(proposal);
            return proposed;
        }
    }
    return base::bad_input("nobody of the policy in force has voted on it");
}

std::vector<InboxLine> CaseDesk::proposed_lines() const {
    std::vector<InboxLine> lines;
    for (const Digest& id : proposals_) {
        const auto proposed = weigh(id);
        if (!proposed) {
            continue;  // of nobody who has a say
        }
        InboxLine& line = lines.emplace_back();
        line.id = id;
        line.is_policy = true;
        line.rule = "NEW POLICY";
        line.target = fmt::format("version {}", proposed->version);
        line.proposer = proposed->approved_by.empty() ? "" : proposed->approved_by.front();
        line.expires = "-";
        line.state = proposed->vetoed_by.empty() ? "proposed" : "vetoed";
        if (has_put_out(id, Verdict::veto)) {
            line.state += "; you vetoed (outbox)";
        } else if (has_put_out(id, Verdict::approve)) {
            line.state += "; you approved (outbox)";
        }
        line.is_ended = !proposed->vetoed_by.empty() || !proposed->refusal.empty();
    }
    return lines;
}

Result<Subject> CaseDesk::open_proposed(const Digest& id) const {
    const Proposed proposed = TRY(weigh(id));
    Subject subject;
    subject.id = id;
    subject.is_policy = true;
    subject.text = proposed.text;
    subject.headline = fmt::format("the new policy, version {}", proposed.version);
    subject.decision =
        fmt::format("Approved by {}.\nVetoed by {}.\n", joined_or_nobody(proposed.approved_by),
                    joined_or_nobody(proposed.vetoed_by));
    if (!proposed.refusal.empty()) {
        subject.decision += fmt::format("It can't come into force: {}\n", proposed.refusal);
    }
    const auto next = policy::parse_policy(proposed.text);
    subject.rule = next ? "What it would say, in plain English:\n" + policy::explain(*next)
                        : next.error().message;
    if (next) {
        subject.decision +=
            "\nBeside the policy in force:\n" +
            analysis::report(policy(), *next, analysis::difference_of(policy(), *next, 3));
    }
    Choice& veto = subject.choices.emplace_back();
    veto.verdict = Verdict::veto;
    veto.effect = "by the rule for amendments that is in force it can stop this policy for good.";
    const auto me = person();
    if (!me || !has_veto(policy(), *me)) {
        veto.why_not =
            base::Error{ErrorKind::denied, "the policy in force gives you no veto on amendments"};
    } else if (has_put_out(id, Verdict::veto)) {
        veto.why_not =
            base::Error{ErrorKind::usage, "you have done so already: it waits in the outbox"};
    }
    Choice& approve = subject.choices.emplace_back();
    approve.effect = "counts for this policy, out of a briefcase too, as the rule in force says.";
    if (!me || !next || !may_approve(policy(), *me)) {
        approve.why_not = base::Error{
            ErrorKind::denied,
            "the rule for amendments does not say `briefcase counts` with you in it: sign it with "
            "an ordinary key"};
    } else if (has_put_out(id, Verdict::approve) || has_put_out(id, Verdict::veto)) {
        approve.why_not =
            base::Error{ErrorKind::usage, "you have spoken on it already: it waits in the outbox"};
    } else if (!proposed.refusal.empty()) {
        approve.why_not =
            base::Error{ErrorKind::denied, "it can't come into force: " + proposed.refusal};
    }
    return subject;
}

}  // namespace cheget::briefcase
