// From a draft to a vote that is signed, filed and journaled.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "briefcase/compact_vote.h"
#include "briefcase/terminal_case_desk.h"
#include "permit/archive.h"

namespace cheget::briefcase {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using permit::Intent;
using statement::Verdict;

/// Whether the file holds this vote with a signature that makes it count.
bool holds_vote(const permit::DomainState& state, std::string_view whole, const Digest& vote,
                const std::string& by) {
    const auto parts = statement::split_signed(whole);
    if (!parts || statement::id_of(parts->text) != vote) {
        return false;
    }
    const auto signer =
        permit::verify_signer(state.policy->policy, by, statement::Kind::vote, *parts);
    return signer && !state.is_revoked(signer->key->key);
}

}  // namespace

Result<Digest> CaseDesk::digest_of_vote(const permit::Judgement& judgement,
                                        const permit::CountedVote& vote) const {
    const std::string& by = policy().principals[vote.voice.by].name;
    if (judgement.entries) {
        for (const permit::Entry& entry : *judgement.entries) {
            if (holds_vote(knowledge_.domain(), entry.whole, vote.id, by)) {
                return base::sha256(entry.whole);
            }
        }
    }
    for (const std::string_view whole :
         knowledge_.outside(permit::subject_of_order(judgement.order_id))) {
        if (holds_vote(knowledge_.domain(), whole, vote.id, by)) {
            return base::sha256(whole);
        }
    }
    return fail(ErrorKind::unreachable,
                fmt::format("finding {}'s vote {}, after which yours would come: its signed bytes "
                            "are not here",
                            by, base::to_text(vote.id)));
}

Result<void> CaseDesk::choose_after(const permit::Judgement& judgement, Intent& intent,
                                    std::optional<Digest>& after, base::Time now) const {
    const auto sequence =
        intent.verdict == Verdict::approve ? permit::sequence_of(judgement) : std::nullopt;
    if (!sequence) {
        return {};
    }
    const auto ways = permit::helping_ways(
        judgement, *sequence, permit::ways_to_follow(judgement, *sequence, intent, now));
    if (ways.empty()) {
        return fail(ErrorKind::denied,
                    "its voices come one after the other, and yours would not bring the sequence "
                    "further as it is known here: wait for the one before yours");
    }
    if (ways.size() > 1) {
        return fail(ErrorKind::denied,
                    "its voices come one after the other, and several votes could be the one "
                    "before yours: this terminal does not choose between them; `cheget approve "
                    "--after` does");
    }
    if (ways.front().vote != nullptr) {
        intent.after = ways.front().vote->voice.statement;
        after = TRY(digest_of_vote(judgement, *ways.front().vote));
    }
    return {};
}

/// Built from the text that was on the screen; all else has to follow from it.
Result<statement::Vote> CaseDesk::vote_of(const Draft& draft) const {
    statement::Vote vote;
    vote.domain = folder_.seal().domain;
    vote.verdict = draft.verdict;
    vote.by = folder_.seal().principal;
    vote.voted = draft.voted;
    if (!draft.note.empty()) {
        vote.note = draft.note;
    }
    vote.subject_text = draft.text;
    const Digest id = base::sha256(draft.text);
    if (draft.is_policy) {
        const auto header = TRY(statement::parse_policy_header(draft.text));
        vote.on = statement::PolicyReference{header.version, id};
        const bool is_answer = draft.verdict == Verdict::veto || draft.verdict == Verdict::approve;
        if (!is_answer || !draft.stands_for.empty()) {
            return fail(ErrorKind::denied, "a policy is approved or vetoed, by oneself");
        }
        return vote;
    }
    vote.on = statement::OnOrder{id};
    const permit::Judgement judgement = TRY(knowledge_.judge(id, draft.voted));
    Intent intent{.verdict = draft.verdict, .name = vote.by};
    const auto me = person();
    if (!me || !judgement.bound) {
        return fail(ErrorKind::denied, "a vote on this order can't count: see its decision");
    }
    intent.person = *me;
    if (!draft.stands_for.empty()) {
        vote.stands_for = draft.stands_for;
        intent.stands_for = policy().find_principal(draft.stands_for).value_or(policy::k_nobody);
    }
    TRY(choose_after(judgement, intent, vote.after, draft.voted));
    return vote;
}

Result<std::string> CaseDesk::preview(const Draft& draft) const {
    const statement::Vote vote = TRY(vote_of(draft));
    std::string text = TRY(statement::render(vote));
    text.resize(text.size() - vote.subject_text.size());
    const std::string_view zeros = "mark: 0000";
    const std::size_t mark = text.find("\n" + std::string(zeros)) + 1;
    text.replace(mark, text.find('\n', mark) - mark, "mark: (64 digits, made as it is signed)");
    return text;
}

Result<FiledVote> CaseDesk::sign(const Draft& draft, base::Time now) {
    FiledVote filed;
    const statement::Vote vote = TRY(vote_of(draft));
    filed.signed_text = TRY(key_.sign_vote(vote));
    const auto parts = TRY(statement::split_signed(filed.signed_text));
    const auto signed_fields = TRY(statement::parse_vote_fields(parts.text));
    if (signed_fields.subject_text != draft.text || signed_fields.verdict != draft.verdict) {
        return fail(ErrorKind::corrupt_state,
                    "signing the vote: what was signed is not what was on the screen; nothing was "
                    "put out");
    }
    filed.id = statement::id_of(parts.text);
    TRY(folder_.put_out(filed.signed_text));
    if (const auto payload = carry(filed.signed_text)) {
        if (auto code = make_code(*payload, Correction::low)) {
            filed.code = std::move(*code);
        }
    }
    put_out_[base::sha256(draft.text)].insert(draft.verdict);
    for (const Case::Outgoing& one : TRY(folder_.outbox())) {
        if (one.signed_text == filed.signed_text) {
            filed.path = "outbox/" + one.name;
        }
    }
    if (auto journaled = journal_(key_, filed.id, now); !journaled) {
        return std::unexpected(base::within(
            fmt::format("the vote is signed and lies at {}, but its opening could not be put into "
                        "the journal, without which it may not count",
                        filed.path),
            journaled.error()));
    }
    return filed;
}

}  // namespace cheget::briefcase
