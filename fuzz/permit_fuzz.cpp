// Any bytes as a permit, judged under a fixed policy: it must neither crash nor contradict itself,
// nor permit without three people's valid votes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "permit/judge.h"
#include "permit/log_copy.h"
#include "permit/permit.h"
#include "support/logged_corpus.h"
#include "support/permit_corpus.h"
#include "support/test_domain.h"

namespace {

using namespace cheget;

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check_permit(const permit::Judgement& judgement) {
    demand(judgement.bound.has_value() && judgement.refusal.empty());
    demand(judgement.order.proposed <= test_support::k_now &&
           judgement.order.expires > test_support::k_now);
    std::set<policy::PrincipalIndex> approved;
    for (const auto& vote : judgement.votes) {
        demand(vote.voice.verdict != statement::Verdict::withdraw ||
               vote.voice.by != judgement.bound->proposer());
        if (vote.voice.verdict == statement::Verdict::approve) {
            approved.insert(vote.voice.by);
        }
    }
    approved.erase(judgement.bound->proposer());
    demand(judgement.steps.size() > 0 || approved.size() >= 3);
}

/// The ways in that other parts use: signers one by one, and moving on twice, the second time with
/// what the first kept.
void check_parts(const permit::DomainState& state,
                 const std::vector<std::string_view>& statements) {
    for (const std::string_view whole : statements) {
        const auto split = statement::split_signed(whole);
        if (const auto vote =
                split ? statement::parse_vote(split->text) : base::bad_input("not a signed text")) {
            const auto signer = permit::verify_signer(state.policy->policy, vote->by,
                                                      statement::Kind::vote, *split);
            demand(!signer || !state.is_revoked(signer->key->key));
        }
    }
    const auto advanced = permit::advance(state, statements);
    if (!advanced) {
        return;
    }
    demand(state.policy->policy.header.version + advanced->steps.size() ==
           advanced->state.policy->policy.header.version);
    const auto again = permit::advance(advanced->state, statements);
    demand(again.has_value() && again->steps.empty());
    demand(again->state.revoked.size() == advanced->state.revoked.size());
}

/// What no reader would take is not written either.
void check_bounds(const permit::Permit& permit) {
    static const std::string large(statement::k_longest_signed + 1, 'x');
    permit::Permit grown = permit;
    grown.statements.emplace_back(large);
    demand(!permit::render_permit(grown));
    grown.statements.assign(permit::k_most_statements + 1, "x");
    demand(!permit::render_permit(grown));
    grown.statements.clear();
    grown.extract = {};
    demand(!permit::render_permit(grown));
    grown.extract.checkpoints.emplace_back();
    demand(!permit::render_permit(grown));
    grown.extract.checkpoints.clear();
    grown.extract.entries.emplace_back(large);
    demand(!permit::render_permit(grown));
}

/// What people are told of amendments holds together.
void weigh(const permit::Chronicle& chronicle, const permit::Archive& archive,
           const permit::Permit::Extract& extract) {
    for (const std::string& entry : extract.entries) {
        const auto parts = statement::split_signed(entry);
        const auto vote = parts ? statement::parse_vote_fields(parts->text)
                                : base::bad_input("not a signed text");
        const auto* on = vote ? std::get_if<statement::PolicyReference>(&vote->on) : nullptr;
        if (on != nullptr) {
            const auto weighed = permit::weigh_amendment(chronicle, archive, on->id);
            demand(!weighed || !weighed->completed || *weighed->completed < chronicle.size());
        }
    }
    demand(!permit::weigh_amendment(chronicle, archive, base::sha256("no policy")));
    demand(!permit::Chronicle::resume({}));
    demand(!permit::trust_of(test_support::corpus_state().policy->policy));
}

/// Every entry as if a log held it: whoever reads them in one go and whoever stops and resumes come
/// to the same, and nothing is permitted below the claim without two people's votes there.
void read_entries(const permit::Permit::Extract& extract) {
    permit::Chronicle chronicle = test_support::corpus_chronicle();
    permit::Chronicle resumed = chronicle;
    permit::MemoryArchive archive;
    permit::MemoryArchive archive_of_resumed;
    log::WitnessedTimes times;
    std::set<base::Digest> orders;
    for (const std::string& entry : extract.entries) {
        demand(chronicle.read(entry, archive).has_value());
        demand(resumed.read(entry, archive_of_resumed).has_value());
        const auto again = permit::Chronicle::resume(resumed.record());
        demand(again.has_value());
        resumed = *again;
        demand(resumed.record() == chronicle.record());
        times.add(
            chronicle.size(),
            test_support::k_now + base::Span{static_cast<std::int64_t>(chronicle.size() * 600)});
        const auto parts = statement::split_signed(entry);
        if (parts && statement::parse_order(parts->text)) {
            orders.insert(statement::id_of(parts->text));
        }
    }
    demand(chronicle.policy_at(0).has_value());
    weigh(chronicle, archive, extract);
    const base::Time now = test_support::k_now + base::Span{7200};
    for (const base::Digest& order : orders) {
        for (const std::uint64_t bound : {chronicle.size() / 2, chronicle.size()}) {
            const auto judged =
                permit::judge_under_log(chronicle, archive, order, {}, {bound, now, now, &times});
            if (judged && judged->decision.answer == policy::Answer::permit) {
                demand(judged->log->order_index < bound);
            }
            if (judged && judged->traces.size() > 0) {
                demand(!permit::describe(*judged).empty());
                for (const permit::Trace& trace : judged->traces) {
                    (void)permit::require_first_claim(*judged, trace.id);
                }
            }
        }
        demand(permit::indexes_on(chronicle, archive, order, {}).has_value());
    }
}

/// What a permit carries of a log is taken as a whole or not at all.
void take_extract(const permit::Permit& permit) {
    permit::MemoryLogCopy copy(test_support::corpus_chronicle());
    const auto taken = permit::catch_up(copy, permit.extract);
    demand(taken || copy.knowledge().chronicle.size() == 0);
    for (const std::string_view statement : permit.statements) {
        const auto parts = statement::split_signed(statement);
        const auto vote = parts ? statement::parse_vote_fields(parts->text)
                                : base::bad_input("not a signed text");
        const auto* on = vote ? std::get_if<statement::OnOrder>(&vote->on) : nullptr;
        if (on != nullptr) {
            (void)permit::judge_under_log(copy.knowledge().chronicle, copy, on->id,
                                          permit.statements,
                                          {copy.knowledge().chronicle.size(), test_support::k_now,
                                           test_support::k_now, &copy.knowledge().times});
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::BytesView bytes(data, size);
    const auto permit = permit::parse_permit(bytes);
    if (!permit) {
        return 0;
    }
    const auto written = permit::render_permit(*permit);
    demand(written && *written == base::as_text(bytes));
    check_bounds(*permit);
    if (!permit->extract.empty()) {
        read_entries(permit->extract);
        take_extract(*permit);
        return 0;
    }
    const auto& state = test_support::corpus_state();
    const auto judged = permit::judge(state, permit->statements, test_support::k_now);
    check_parts(state, permit->statements);
    auto backwards = permit->statements;
    std::reverse(backwards.begin(), backwards.end());
    const auto again = permit::judge(state, backwards, test_support::k_now);
    demand(judged.has_value() == again.has_value());
    if (!judged) {
        demand(!judged.error().message.empty());
        return 0;
    }
    demand(judged->decision == again->decision);
    demand(judged->tree.approve == again->tree.approve && judged->tree.veto == again->tree.veto);
    demand(judged->state.policy->policy.id == again->state.policy->policy.id);
    demand(judged->state.revoked.size() == again->state.revoked.size());
    demand(!permit::describe(*judged).empty());
    demand(!judged->bound || judged->decide_again(test_support::k_now) == judged->decision);
    if (judged->decision.answer == policy::Answer::permit) {
        check_permit(*judged);
    }
    return 0;
}
