// Any bytes as a permit, judged under a fixed policy: it must neither crash nor contradict itself,
// nor permit without three people's valid votes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "permit/judge.h"
#include "permit/permit.h"
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
    demand(!permit::render_permit(grown));
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
