// Whether a vote would count for anything.
#include "permit/intent.h"

#include <fmt/format.h>

#include <algorithm>

namespace cheget::permit {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Verdict;

Result<void> refuse(const Intent& intent, const std::string& why) {
    return fail(ErrorKind::denied,
                fmt::format("{} the order: {}", statement::name_of(intent.verdict), why));
}

Result<void> check_deputy(const policy::BoundOrder& order, const Intent& intent) {
    const policy::Action& action = order.action();
    const std::string& absent = order.policy().principals[intent.stands_for].name;
    bool is_deputy =
        std::any_of(action.deputies.begin(), action.deputies.end(), [&](const policy::Deputy& one) {
            return one.deputy == intent.person && one.stands_for == intent.stands_for;
        });
    if (!is_deputy) {
        return refuse(intent, fmt::format("the policy does not make {} a deputy of {} for {}; "
                                          "without --for it is your own word",
                                          intent.name, absent, action.name));
    }
    if (order.proposer() == intent.stands_for) {
        return refuse(intent, fmt::format("{} proposed it, and so has not let it rest: a deputy "
                                          "stands in for people who say nothing",
                                          absent));
    }
    return {};
}

Result<void> check_approver(const policy::BoundOrder& order, const Intent& intent) {
    const policy::Action& action = order.action();
    if (!names_person(action.approve, intent.person)) {
        return refuse(intent, fmt::format("{} stands in no group that approves {}, so this would "
                                          "count for nothing",
                                          intent.name, action.name));
    }
    if (order.proposer() == intent.person && !action.proposer_counts) {
        return refuse(intent, fmt::format("{} proposed it, and for {} the policy does not count "
                                          "the proposer; others must approve",
                                          intent.name, action.name));
    }
    return {};
}

Result<void> check_consenter(const policy::BoundOrder& order, const Intent& intent) {
    const policy::Action& action = order.action();
    if (!action.consent) {
        return refuse(intent, fmt::format("{} asks for nobody's consent, so it would count for "
                                          "nothing; approve it instead",
                                          action.name));
    }
    if (!names_person(action.consent->formula, intent.person)) {
        return refuse(intent, fmt::format("{} is none of those whose consent {} asks for, so it "
                                          "would count for nothing",
                                          intent.name, action.name));
    }
    if (order.proposer() == intent.person && !action.proposer_counts) {
        return refuse(intent, fmt::format("{} proposed it, and for {} the policy does not count "
                                          "the proposer's consent",
                                          intent.name, action.name));
    }
    return {};
}

Result<void> check_witness(const policy::BoundOrder& order, const Intent& intent) {
    const policy::Action& action = order.action();
    if (!action.seen_by || !names_person(*action.seen_by, intent.person)) {
        return refuse(intent, fmt::format("{} has no delay that begins when {} has seen it, so it "
                                          "would count for nothing",
                                          action.name, intent.name));
    }
    return {};
}

}  // namespace

policy::Voice Intent::voice(const Judgement& judgement) const {
    policy::Voice voice;
    voice.by = person;
    voice.verdict = verdict;
    voice.stands_for = stands_for;
    voice.after = after;
    voice.statement = static_cast<std::uint32_t>(judgement.votes.size() + judgement.facts.size());
    return voice;
}

bool names_person(const policy::Formula& formula, policy::PrincipalIndex person) {
    return std::any_of(formula.nodes.begin(), formula.nodes.end(), [&](const auto& node) {
        return std::binary_search(node.people.begin(), node.people.end(), person);
    });
}

Result<void> check_standing(const policy::BoundOrder& order, const Intent& intent) {
    const policy::Action& action = order.action();
    const bool proposed_it = order.proposer() == intent.person;
    switch (intent.verdict) {
        case Verdict::withdraw:
            if (!proposed_it) {
                return fail(ErrorKind::denied,
                            fmt::format("withdrawing the order: only its proposer, {}, can; a veto "
                                        "is the way of others",
                                        order.policy().principals[order.proposer()].name));
            }
            return {};
        case Verdict::veto:
            if (!action.veto || !names_person(*action.veto, intent.person)) {
                return fail(ErrorKind::denied,
                            fmt::format("vetoing the order: the policy gives {} no veto on {}, so "
                                        "it would count for nothing; {}",
                                        intent.name, action.name,
                                        proposed_it ? "withdraw it instead"
                                                    : "ask its proposer to withdraw it"));
            }
            return {};
        case Verdict::approve:
            return intent.stands_for == policy::k_nobody ? check_approver(order, intent)
                                                         : check_deputy(order, intent);
        case Verdict::consent:
            return check_consenter(order, intent);
        case Verdict::seen:
            return check_witness(order, intent);
    }
    return {};
}

Result<void> check_moment(const Judgement& judgement, const Intent& intent) {
    const bool stops = intent.verdict == Verdict::veto || intent.verdict == Verdict::withdraw;
    for (const CountedVote& vote : judgement.votes) {
        if (vote.voice.by != intent.person) {
            continue;
        }
        if (vote.voice.verdict == intent.verdict && vote.voice.stands_for == intent.stands_for &&
            (stops || vote.voice.after == intent.after)) {
            return fail(ErrorKind::usage,
                        fmt::format("{}: you have done so already, by {}; more of the same changes "
                                    "nothing",
                                    statement::name_of(intent.verdict), base::to_text(vote.id)));
        }
        const bool final =
            vote.voice.verdict == Verdict::veto || vote.voice.verdict == Verdict::withdraw;
        if (final && (intent.verdict == Verdict::approve || intent.verdict == Verdict::consent)) {
            return fail(
                ErrorKind::denied,
                fmt::format("{}: your {} ({}) is final for this order; propose it anew if "
                            "you have changed your mind",
                            statement::name_of(intent.verdict),
                            statement::name_of(vote.voice.verdict), base::to_text(vote.id)));
        }
    }
    if (!stops && judgement.decision.answer == policy::Answer::deny &&
        !judgement.state.policy->policy.has_log) {
        return fail(ErrorKind::denied,
                    fmt::format("{}: the order can never be permitted any more; propose it anew",
                                statement::name_of(intent.verdict)));
    }
    return {};
}

std::optional<std::size_t> sequence_of(const Judgement& judgement) {
    const auto& nodes = judgement.bound->action().approve.nodes;
    const auto sequence =
        std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.in_sequence; });
    const auto number = static_cast<std::size_t>(sequence - nodes.begin());
    if (sequence == nodes.end() || judgement.tree.approve.size() <= number) {
        return std::nullopt;  // there is none, or it was denied before any voice was looked at
    }
    return number;
}

std::vector<Earlier> ways_to_follow(const Judgement& judgement, std::size_t sequence, Intent intent,
                                    base::Time now) {
    std::vector<Earlier> ways;
    auto add = [&](const CountedVote* vote) {
        intent.after = vote != nullptr ? vote->voice.statement : policy::k_no_statement;
        policy::Tree tree;
        judgement.decide_again(now, {intent.voice(judgement)}, tree);
        ways.push_back({vote, tree.approve[sequence].have});
    };
    add(nullptr);
    for (const CountedVote& vote : judgement.votes) {
        if (vote.voice.verdict == Verdict::approve && vote.voice.by != intent.person) {
            add(&vote);
        }
    }
    return ways;
}

std::vector<Earlier> helping_ways(const Judgement& judgement, std::size_t sequence,
                                  const std::vector<Earlier>& ways) {
    const std::uint32_t length = judgement.tree.approve[sequence].have;
    const std::uint32_t alone = ways.front().length;  // whatever a first voice comes after
    std::vector<Earlier> helping;
    for (const Earlier& way : ways) {
        if (way.length > length && (way.vote == nullptr || way.length > alone)) {
            helping.push_back(way);
        }
    }
    return helping;
}

}  // namespace cheget::permit
