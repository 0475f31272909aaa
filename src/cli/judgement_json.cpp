// A judgement as JSON, for scripts.
#include "base/text.h"
#include "cli/vote.h"

namespace cheget::cli {

namespace {

std::string_view name_of(policy::Answer answer) {
    switch (answer) {
        case policy::Answer::permit:
            return "permit";
        case policy::Answer::wait:
            return "wait";
        case policy::Answer::deny:
            return "deny";
    }
    return "deny";
}

base::Json votes_json(const permit::Judgement& judgement) {
    base::Json::Array votes;
    for (const permit::CountedVote& vote : judgement.votes) {
        base::Json::Object one;
        one["by"] = text_json(judgement.state.policy->policy.principals[vote.voice.by].name);
        one["verdict"] = text_json(statement::name_of(vote.voice.verdict));
        one["id"] = text_json(base::to_text(vote.id));
        one["voted"] = text_json(base::to_text(vote.voted));
        votes.push_back({one});
    }
    return {votes};
}

base::Json traces_json(const permit::Judgement& judgement) {
    base::Json::Array traces;
    for (const permit::Trace& trace : judgement.traces) {
        base::Json::Object one;
        one["kind"] = text_json(trace.is_claim ? "claim" : "receipt");
        one["executor"] = text_json(trace.executor);
        one["target"] = text_json(trace.target);
        if (trace.outcome) {
            one["outcome"] = text_json(statement::name_of(*trace.outcome));
        }
        one["id"] = text_json(base::to_text(trace.id));
        traces.push_back({one});
    }
    return {traces};
}

base::Json ignored_json(const permit::Judgement& judgement) {
    base::Json::Array ignored;
    for (const permit::Ignored& one : judgement.ignored) {
        base::Json::Object aside;
        aside["what"] = text_json(base::shown(one.what));
        aside["why"] = text_json(base::shown(one.why));
        ignored.push_back({std::move(aside)});
    }
    return {ignored};
}

}  // namespace

base::Json judgement_json(const permit::Judgement& judgement) {
    base::Json::Object told;
    told["order"] = text_json(base::to_text(judgement.order_id));
    told["domain"] = text_json(judgement.order.domain.name);
    told["action"] = text_json(judgement.order.rule.action);
    if (const auto* target = std::get_if<std::string>(&judgement.order.target)) {
        told["target"] = text_json(*target);
    }
    told["proposer"] = text_json(judgement.order.proposer);
    told["reason"] = text_json(judgement.order.reason);
    told["expires"] = text_json(base::to_text(judgement.order.expires));
    told["answer"] = text_json(name_of(judgement.decision.answer));
    if (judgement.bound) {
        if (judgement.decision.answer == policy::Answer::permit) {
            told["until"] = text_json(base::to_text(judgement.decision.until));
        }
    } else {
        told["answer"] = text_json("deny");
        told["refusal"] = text_json(judgement.refusal);
    }
    told["explanation"] = text_json(permit::describe(judgement));
    told["votes"] = votes_json(judgement);
    told["traces"] = traces_json(judgement);
    told["ignored"] = ignored_json(judgement);
    return {told};
}

}  // namespace cheget::cli
