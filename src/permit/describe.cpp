// A judgement in words: the answer, what is missing, who signed what, what was set aside.
#include "permit/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace cheget::permit {

namespace {

template <typename... Arguments>
void add(std::string& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

/// The order's own lines, as they were signed: the action, its target, the deed, who and why.
void add_order(std::string& text, const Judgement& judgement) {
    constexpr std::array<std::string_view, 18> k_lines{
        "rule", "target",    "targets", "run",       "call",        "sign",
        "ref",  "sql",       "user",    "directory", "environment", "stdin",
        "file", "parameter", "drill",   "reason",    "proposer",    "expires"};
    add(text, "order {}\n", base::to_text(judgement.order_id));
    std::string_view rest = judgement.order_text;
    while (!rest.empty()) {
        const std::string_view line = base::take_until(rest, '\n');
        const std::string_view field = line.substr(0, line.find(':'));
        if (std::find(k_lines.begin(), k_lines.end(), field) != k_lines.end()) {
            add(text, "  {}\n", line);
        }
    }
}

std::vector<std::string> cited_votes(const Judgement& judgement) {
    std::vector<std::string> cite;
    for (const CountedVote& vote : judgement.votes) {
        cite.push_back(fmt::format("{}{}, sha256:{}", statement::name_of(vote.voice.verdict),
                                   vote.voice.web ? " by web page" : "",
                                   base::to_hex(vote.id).substr(0, 12)));
    }
    for (const CountedFact& fact : judgement.facts) {
        cite.push_back(fmt::format("fact, sha256:{}", base::to_hex(fact.id).substr(0, 12)));
    }
    return cite;
}

void add_notes(std::string& text, const Judgement& judgement) {
    for (const CountedVote& vote : judgement.votes) {
        if (!vote.note.empty()) {
            add(text, "{} noted: {}\n",
                judgement.state.policy->policy.principals[vote.voice.by].name,
                base::shown(vote.note));
        }
    }
    for (const CountedFact& fact : judgement.facts) {
        if (!fact.note.empty()) {
            add(text, "{} noted on {}: {}\n",
                judgement.state.policy->policy.principals[fact.said.source].name,
                judgement.state.policy->policy.facts[fact.said.fact].name, base::shown(fact.note));
        }
    }
}

/// Whoever can't check marks says so each time, whatever the marks are.
void add_marks(std::string& text, const Judgement& judgement) {
    std::vector<std::string> names;
    for (const CountedVote& vote : judgement.votes) {
        const std::string& name = judgement.state.policy->policy.principals[vote.voice.by].name;
        if (vote.in_briefcase && !judgement.marks_checked &&
            vote.voice.verdict != statement::Verdict::veto &&
            vote.voice.verdict != statement::Verdict::withdraw &&
            std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    if (!names.empty()) {
        add(text, "out of a briefcase: {}; whether that counts an executor alone can tell\n",
            base::join_words(names));
    }
}

void add_traces(std::string& text, const Judgement& judgement) {
    for (const Trace& trace : judgement.traces) {
        if (trace.is_claim) {
            add(text, "{} has claimed it for {}: nobody may act on it there again\n",
                trace.executor, trace.target);
        } else {
            add(text, "{} gave a receipt for {}: {}\n", trace.executor, trace.target,
                trace.outcome ? statement::name_of(*trace.outcome) : "unknown");
        }
    }
}

void add_changes(std::string& text, const Judgement& judgement) {
    for (const Advance::Step& step : judgement.steps) {
        add(text, "a policy came into force by {} votes: {}\n", step.votes.size(),
            base::to_text(base::sha256(step.policy_text)));
    }
    for (const RevokedKey& key : judgement.state.revoked) {
        add(text, "revoked: {}'s key {}\n", key.of, key.fingerprint);
    }
}

void add_log(std::string& text, const UnderLogMoment& log) {
    add(text, "log: the first {} entries bind this answer", log.bound);
    if (log.order_index) {
        add(text, "; the order is entry {}", *log.order_index);
    }
    if (log.order_start) {
        add(text, ", there since {} at the latest", base::to_text(*log.order_start));
    } else {
        add(text,
            "; no witnessed entry among them is the order: hand it in and let the log be "
            "read again");
    }
    add(text, ". As its witnesses tell, it is {} at least and {} at most.\n",
        base::to_text(log.low), base::to_text(log.high));
}

}  // namespace

std::string describe_decision(const Judgement& judgement) {
    if (!judgement.bound) {
        return fmt::format("deny: {}\n", judgement.refusal);
    }
    return policy::describe(*judgement.bound, judgement.decision, judgement.tree,
                            cited_votes(judgement));
}

std::string describe_standing(const Judgement& judgement) {
    std::string text;
    add_traces(text, judgement);  // first: what has been done already matters most
    text += describe_decision(judgement);
    add_marks(text, judgement);
    add_notes(text, judgement);
    return text;
}

std::string describe(const Judgement& judgement) {
    std::string text = describe_standing(judgement);
    add_order(text, judgement);
    add(text, "policy {} of {}, {}\n", judgement.state.policy->policy.header.version,
        judgement.state.domain.name, base::to_text(judgement.state.policy->policy.id));
    return text + describe_grounds(judgement);
}

std::string describe_grounds(const Judgement& judgement) {
    std::string text;
    add_changes(text, judgement);
    if (!judgement.ignored.empty()) {
        add(text, "set aside:\n");
        for (const Ignored& one : judgement.ignored) {
            add(text, "  {}: {}\n", one.what, one.why);
        }
    }
    if (judgement.log) {
        add_log(text, *judgement.log);
        return text;
    }
    if (judgement.state.policy->policy.has_log) {
        add(text,
            "The policy has a log, which was not followed here and may hold a no: nothing is "
            "permitted without it, whoever has signed.\n");
        return text;
    }
    add(text,
        "log: none. This answer rests on these statements and this machine's clock alone. A veto, "
        "withdrawal, revocation, amendment or claim that someone kept from it, a clock that is "
        "wrong, and another executor that has acted already can't be noticed.\n");
    return text;
}

}  // namespace cheget::permit
