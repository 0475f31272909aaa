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

/// How a fact statement stands: `counts`, or why it does not.
std::string_view state_of(const permit::Judgement& judgement, const permit::CountedFact& fact) {
    for (const policy::Tree::FactLeaf& leaf : judgement.tree.facts) {
        if (leaf.said.statement != fact.said.statement) {
            continue;
        }
        switch (leaf.state) {
            case policy::FactState::counts:
                return "counts";
            case policy::FactState::older:
                return "older";
            case policy::FactState::stale:
                return "stale";
            case policy::FactState::future:
                return "future";
            case policy::FactState::malformed:
                return "malformed";
        }
    }
    return "unused";
}

base::Json votes_json(const permit::Judgement& judgement) {
    base::Json::Array votes;
    for (const permit::CountedVote& vote : judgement.votes) {
        base::Json::Object one;
        one.emplace("by", text_json(judgement.state.policy->policy.principals[vote.voice.by].name));
        one.emplace("verdict", text_json(statement::name_of(vote.voice.verdict)));
        one.emplace("id", text_json(base::to_text(vote.id)));
        for (const permit::CountedVote& earlier : judgement.votes) {
            if (earlier.voice.statement == vote.voice.after) {
                one.emplace("after", text_json(base::to_text(earlier.id)));
            }
        }
        one.emplace("voted", text_json(base::to_text(vote.voted)));
        votes.push_back({one});
    }
    return {votes};
}

base::Json facts_json(const permit::Judgement& judgement) {
    const policy::Policy& policy = judgement.state.policy->policy;
    base::Json::Array facts;
    for (const permit::CountedFact& fact : judgement.facts) {
        base::Json::Object one;
        one.emplace("fact", text_json(policy.facts[fact.said.fact].name));
        one.emplace("by", text_json(policy.principals[fact.said.source].name));
        one.emplace("at", text_json(base::to_text(fact.said.at)));
        one.emplace("state", text_json(state_of(judgement, fact)));
        one.emplace("id", text_json(base::to_text(fact.id)));
        facts.push_back({one});
    }
    return {facts};
}

base::Json traces_json(const permit::Judgement& judgement) {
    base::Json::Array traces;
    for (const permit::Trace& trace : judgement.traces) {
        base::Json::Object one;
        one.emplace("kind", text_json(trace.is_claim ? "claim" : "receipt"));
        one.emplace("executor", text_json(trace.executor));
        one.emplace("target", text_json(trace.target));
        if (trace.outcome) {
            one.emplace("outcome", text_json(statement::name_of(*trace.outcome)));
        }
        one.emplace("id", text_json(base::to_text(trace.id)));
        traces.push_back({one});
    }
    return {traces};
}

base::Json ignored_json(const permit::Judgement& judgement) {
    base::Json::Array ignored(judgement.ignored.size());
    for (std::size_t i = 0; i < ignored.size(); ++i) {
        base::Json::Object one;
        one.emplace("what", text_json(base::shown(judgement.ignored[i].what)));
        one.emplace("why", text_json(base::shown(judgement.ignored[i].why)));
        ignored[i].value = std::move(one);
    }
    return {std::move(ignored)};
}

}  // namespace

base::Json judgement_json(const permit::Judgement& judgement) {
    base::Json::Object told;
    told.emplace("order", text_json(base::to_text(judgement.order_id)));
    told.emplace("domain", text_json(judgement.order.domain.name));
    told.emplace("action", text_json(judgement.order.rule.action));
    if (const auto* target = std::get_if<std::string>(&judgement.order.target)) {
        told.emplace("target", text_json(*target));
    }
    told.emplace("proposer", text_json(judgement.order.proposer));
    told.emplace("reason", text_json(judgement.order.reason));
    told.emplace("expires", text_json(base::to_text(judgement.order.expires)));
    told.emplace("answer",
                 text_json(judgement.bound ? name_of(judgement.decision.answer) : "deny"));
    if (judgement.bound && judgement.decision.answer == policy::Answer::permit) {
        told.emplace("until", text_json(base::to_text(judgement.decision.until)));
    }
    if (!judgement.bound) {
        told.emplace("refusal", text_json(judgement.refusal));
    }
    told.emplace("explanation", text_json(permit::describe(judgement)));
    told.emplace("votes", votes_json(judgement));
    told.emplace("facts", facts_json(judgement));
    told.emplace("traces", traces_json(judgement));
    told.emplace("ignored", ignored_json(judgement));
    if (judgement.log) {
        base::Json::Object log{{"bound", number_json(judgement.log->bound)}};
        if (judgement.log->order_index) {
            log["index"] = number_json(*judgement.log->order_index);
        }
        if (judgement.log->order_start) {
            log["start"] = text_json(base::to_text(*judgement.log->order_start));
        }
        told.emplace("log", base::Json{std::move(log)});
    }
    return {told};
}

}  // namespace cheget::cli
