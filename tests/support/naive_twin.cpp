// The naive evaluator. Recursion, sets and copies throughout: clarity is all it is for.
#include "support/naive_twin.h"

#include <bit>
#include <map>
#include <set>
#include <string>

namespace cheget::test_support {

namespace {

using policy::Answer;
using policy::Decision;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;
using policy::Reason;
using policy::Voice;
using statement::Verdict;

/// A set of people: bit i is principal i.
using People = std::uint32_t;
/// Each element is the set of people of one complete assignment of people to places.
using Ways = std::set<People>;

constexpr People one(PrincipalIndex person) {
    return People{1} << person;
}

/// Every way to fill `need` places from `people`, one person each.
void fill_places(const std::vector<PrincipalIndex>& people, std::size_t next, std::uint32_t need,
                 People available, People chosen, Ways& ways) {
    if (need == 0) {
        ways.insert(chosen);
        return;
    }
    if (next == people.size()) {
        return;
    }
    fill_places(people, next + 1, need, available, chosen, ways);
    if ((available & one(people[next])) != 0) {
        fill_places(people, next + 1, need - 1, available, chosen | one(people[next]), ways);
    }
}

/// Every way to satisfy `need` of the parts, in which no person serves two of them unless `shared`.
void fill_parts(const std::vector<Ways>& parts, std::size_t next, std::uint32_t need, bool shared,
                People chosen, Ways& ways) {
    if (need == 0) {
        ways.insert(chosen);
        return;
    }
    if (next == parts.size()) {
        return;
    }
    fill_parts(parts, next + 1, need, shared, chosen, ways);
    for (const People way : parts[next]) {
        if (shared || (way & chosen) == 0) {
            fill_parts(parts, next + 1, need - 1, shared, chosen | way, ways);
        }
    }
}

Ways ways_of(const Formula& formula, std::size_t number, People available) {
    const auto& node = formula.nodes[number];
    Ways ways;
    if (node.kind == Formula::Node::Kind::people) {
        fill_places(node.people, 0, node.need, available, 0, ways);
        return ways;
    }
    std::vector<Ways> parts;
    for (const std::uint32_t child : node.children) {
        parts.push_back(ways_of(formula, child, available));
    }
    fill_parts(parts, 0, node.need, node.shared, 0, ways);
    return ways;
}

struct Holding {
    bool satisfied = false;
    People placed = 0;  ///< everyone who fills a place in some complete assignment
};

Holding hold(const Formula& formula, People available) {
    Holding holding;
    for (const People way : ways_of(formula, formula.nodes.size() - 1, available)) {
        holding.satisfied = true;
        holding.placed |= way;
    }
    return holding;
}

struct Rule {
    const Formula* approve;
    const std::optional<Formula>* veto;
    bool web_suffices;
    People barred;  ///< whose approval never counts here
};

bool has_said(std::span<const Voice> voices, PrincipalIndex person, Verdict verdict) {
    for (const Voice& voice : voices) {
        if (voice.by == person && voice.verdict == verdict) {
            return true;
        }
    }
    return false;
}

bool approved_directly(std::span<const Voice> voices, PrincipalIndex person) {
    for (const Voice& voice : voices) {
        if (voice.by == person && voice.verdict == Verdict::approve && !voice.web) {
            return true;
        }
    }
    return false;
}

bool can_approve_directly(const policy::Principal& principal) {
    for (const auto& key : principal.keys) {
        if (!key.web_origin) {
            return true;
        }
    }
    return false;
}

Decision answer(Answer what, Reason why) {
    return {what, why, {}, {}};
}

Decision judge_voices(const Policy& policy, const Rule& rule, std::span<const Voice> voices) {
    People approving = 0;
    People approving_directly = 0;
    People vetoing = 0;
    People left = 0;
    People left_directly = 0;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        const auto person = static_cast<PrincipalIndex>(i);
        if (has_said(voices, person, Verdict::veto)) {
            vetoing |= one(person);
            continue;
        }
        if (has_said(voices, person, Verdict::withdraw) || (rule.barred & one(person)) != 0) {
            continue;
        }
        left |= one(person);
        if (can_approve_directly(policy.principals[i]) || approved_directly(voices, person)) {
            left_directly |= one(person);
        }
        if (has_said(voices, person, Verdict::approve)) {
            approving |= one(person);
        }
        if (approved_directly(voices, person)) {
            approving_directly |= one(person);
        }
    }
    if (*rule.veto && hold(**rule.veto, vetoing).satisfied) {
        return answer(Answer::deny, Reason::vetoed);
    }
    const Holding now = hold(*rule.approve, approving);
    const Holding at_best = hold(*rule.approve, left);
    if (!at_best.satisfied || (!rule.web_suffices && (at_best.placed & left_directly) == 0)) {
        return answer(Answer::deny, Reason::unreachable);
    }
    if (!now.satisfied) {
        return answer(Answer::wait, Reason::approvals_missing);
    }
    if (!rule.web_suffices && (now.placed & approving_directly) == 0) {
        return answer(Answer::wait, Reason::no_direct_voice);
    }
    return answer(Answer::permit, Reason::permitted);
}

/// Whether the text is the template with some captures, the same text for the same name each time.
/// `number` counts literals; a capture stands after each of them but the last.
bool matches(const policy::Template& pattern, std::size_t number, std::string_view text,
             std::map<std::string, std::string>& captures) {
    const std::string& literal = pattern.literals[number];
    if (!text.starts_with(literal)) {
        return false;
    }
    text.remove_prefix(literal.size());
    if (number == pattern.captures.size()) {
        return text.empty();
    }
    for (std::size_t size = 1; size <= text.size(); ++size) {
        const std::string value(text.substr(0, size));
        if (value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_.-") != std::string::npos ||
            value[0] == '.' || value[0] == '-') {
            return false;
        }
        auto tried = captures;
        const auto known = tried.find(pattern.captures[number]);
        if (known != tried.end() && known->second != value) {
            continue;
        }
        tried[pattern.captures[number]] = value;
        if (matches(pattern, number + 1, text.substr(size), tried)) {
            captures = tried;
            return true;
        }
    }
    return false;
}

bool target_matches(const policy::Action& action, std::string_view target,
                    std::map<std::string, std::string>& captures) {
    std::vector<std::string_view> segments;
    for (std::size_t slash = 0; slash != std::string_view::npos;) {
        slash = target.find('/');
        segments.push_back(target.substr(0, slash));
        target = slash == std::string_view::npos ? "" : target.substr(slash + 1);
    }
    if (segments.size() != action.target.size()) {
        return false;
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (!matches(action.target[i], 0, segments[i], captures)) {
            return false;
        }
    }
    return true;
}

/// Whether the order is of the policy's domain and version, runs what the action lets it run, and
/// takes nothing that the action does not allow. Only what random cases vary is compared.
bool fits(const Policy& policy, const policy::Action& action, const statement::Order& order) {
    const auto* target = std::get_if<std::string>(&order.target);
    const auto* run = std::get_if<statement::Run>(&order.deed);
    std::map<std::string, std::string> captures;
    if (order.domain != policy.domain() || order.policy != policy.reference() ||
        order.rule.emergency || target == nullptr || run == nullptr ||
        !target_matches(action, *target, captures) || order.user != action.run.user ||
        run->argv.size() != action.run.argv.size()) {
        return false;
    }
    for (std::size_t i = 0; i < run->argv.size(); ++i) {
        if (!matches(action.run.argv[i], 0, run->argv[i], captures)) {
            return false;
        }
    }
    return order.expires > order.proposed &&
           order.expires.seconds - order.proposed.seconds <= action.expire.seconds;
}

}  // namespace

Decision naive_decide(const Policy& policy, const statement::Order& order,
                      std::span<const Voice> voices, const policy::Evidence& evidence) {
    const policy::Action* action = nullptr;
    for (const auto& candidate : policy.actions) {
        if (candidate.name == order.rule.action) {
            action = &candidate;
        }
    }
    std::optional<PrincipalIndex> proposer;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        if (policy.principals[i].name == order.proposer) {
            proposer = static_cast<PrincipalIndex>(i);
        }
    }
    if (action == nullptr || !proposer || !fits(policy, *action, order)) {
        return answer(Answer::deny, Reason::does_not_fit);
    }
    if (!hold(action->propose, one(*proposer)).satisfied) {
        return answer(Answer::deny, Reason::proposer_not_entitled);
    }
    if (has_said(voices, *proposer, Verdict::withdraw)) {
        return answer(Answer::deny, Reason::withdrawn);
    }
    const People barred = action->proposer_counts ? 0 : one(*proposer);
    Decision decision = judge_voices(
        policy, {&action->approve, &action->veto, action->web_suffices, barred}, voices);
    if (decision.reason == Reason::vetoed) {
        return decision;
    }
    if (evidence.now_high.seconds >= order.expires.seconds) {
        return answer(Answer::deny, Reason::expired);
    }
    if (decision.answer == Answer::permit && evidence.now_low.seconds < order.proposed.seconds) {
        decision = answer(Answer::wait, Reason::not_begun);
    }
    if (decision.answer == Answer::permit) {
        decision.until = order.expires;
    }
    if (decision.answer == Answer::wait) {
        decision.earliest =
            evidence.now_low.seconds > order.proposed.seconds ? evidence.now_low : order.proposed;
        if (decision.earliest.seconds >= order.expires.seconds) {
            return answer(Answer::deny, Reason::too_late);
        }
    }
    return decision;
}

Decision naive_decide_change(const Policy& policy, policy::Change change,
                             std::span<const Voice> voices) {
    const bool amending = change == policy::Change::amend;
    const auto& rule = amending ? policy.amend : policy.revoke;
    return judge_voices(policy, {&rule.approve, &rule.veto, !amending, 0}, voices);
}

}  // namespace cheget::test_support
