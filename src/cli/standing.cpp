// Whether a vote would count for anything.
#include "cli/standing.h"

#include <algorithm>

#include "base/text.h"

namespace cheget::cli {

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
                                          "nothing; approve with `cheget approve`",
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

/// The digest of the vote's signed bytes in a file here that carries a valid signature.
Result<base::Digest> filed_digest(const OpenDomain& domain, const JudgedOrder& judged,
                                  const permit::CountedVote& vote) {
    const std::string& by = domain.policy().principals[vote.voice.by].name;
    for (const std::string& filed : judged.texts) {
        auto parts = statement::split_signed(filed);
        if (!parts || statement::id_of(parts->text) != vote.id) {
            continue;
        }
        auto signer = permit::verify_signer(domain.policy(), by, statement::Kind::vote, *parts);
        if (signer && !domain.state.is_revoked(signer->key->key)) {
            return base::sha256(filed);
        }
    }
    return fail(ErrorKind::unreachable, fmt::format("finding {}'s vote {}: its signed file is gone",
                                                    by, base::to_text(vote.id)));
}

struct Earlier {
    const permit::CountedVote* vote = nullptr;  ///< null: the new vote is the first of all
    std::uint32_t length = 0;                   ///< of the sequence, were the new vote there
};

std::vector<Earlier> ways_to_follow(const permit::Judgement& judgement, std::size_t sequence,
                                    Intent intent) {
    std::vector<Earlier> ways;
    auto add = [&](const permit::CountedVote* vote) {
        intent.after = vote != nullptr ? vote->voice.statement : policy::k_no_statement;
        policy::Tree tree;
        judgement.decide_again(now(), {intent.voice(judgement)}, tree);
        ways.push_back({vote, tree.approve[sequence].have});
    };
    add(nullptr);
    for (const permit::CountedVote& vote : judgement.votes) {
        if (vote.voice.verdict == Verdict::approve && vote.voice.by != intent.person) {
            add(&vote);
        }
    }
    return ways;
}

std::string told(const OpenDomain& domain, const Earlier& way) {
    return way.vote == nullptr
               ? std::string("`--after first`, which begins the sequence")
               : fmt::format("`--after {}`, {}'s vote", base::to_hex(way.vote->id).substr(0, 12),
                             domain.policy().principals[way.vote->voice.by].name);
}

Result<Earlier> pick(const OpenDomain& domain, const permit::Judgement& judgement,
                     std::size_t sequence, const std::vector<Earlier>& ways,
                     const std::string& wanted) {
    std::vector<Earlier> fitting;
    std::string_view digits = wanted;
    digits.remove_prefix(digits.starts_with("sha256:") ? 7 : 0);
    const std::uint32_t length = judgement.tree.approve[sequence].have;
    const std::uint32_t alone = ways.front().length;  // whatever a first voice comes after
    for (const Earlier& way : ways) {
        const bool asked = wanted == "first" ? way.vote == nullptr
                                             : way.vote != nullptr && digits.size() >= 4 &&
                                                   base::to_hex(way.vote->id).starts_with(digits);
        const bool helps = way.length > length && (way.vote == nullptr || way.length > alone);
        if (wanted.empty() ? helps : asked) {
            fitting.push_back(way);
        }
    }
    if (fitting.size() == 1) {
        return fitting.front();
    }
    if (!wanted.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("finding the vote `{}` to come after: {} of the order's approvals "
                                "{} that id; `--after first` begins the sequence",
                                base::shown(wanted), fitting.empty() ? "none" : "several",
                                fitting.empty() ? "has" : "have"));
    }
    const policy::Formula& approve = judgement.bound->action().approve;
    const auto& children = approve.nodes[sequence].children;
    if (fitting.empty() && length < children.size()) {
        return fail(ErrorKind::denied,
                    fmt::format("approve the order: its voices come one after the other, and the "
                                "next is {}; yours would not bring it further now{}",
                                approve.nodes[children[length]].source,
                                length == 0 ? ", so wait for theirs" : ""));
    }
    if (fitting.empty()) {
        return fail(ErrorKind::denied, "approve the order: all its voices are there already");
    }
    std::vector<std::string> names;
    for (const Earlier& way : fitting) {
        names.push_back(told(domain, way));
    }
    return fail(ErrorKind::usage,
                fmt::format("approve the order: several votes could be the one before yours; say "
                            "which: {}",
                            base::join_words(names, "or")));
}

}  // namespace

policy::Voice Intent::voice(const permit::Judgement& judgement) const {
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
                                        proposed_it ? "withdraw it with `cheget withdraw`"
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

Result<void> check_moment(const permit::Judgement& judgement, const Intent& intent) {
    const bool stops = intent.verdict == Verdict::veto || intent.verdict == Verdict::withdraw;
    for (const permit::CountedVote& vote : judgement.votes) {
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
                    fmt::format("{}: the order can never be permitted any more, as `cheget status "
                                "{}` shows; propose it anew",
                                statement::name_of(intent.verdict), short_id(judgement.order_id)));
    }
    return {};
}

Result<policy::PrincipalIndex> find_absent(const policy::Policy& policy, const std::string& name) {
    auto index = policy.find_principal(name);
    if (!index) {
        return fail(ErrorKind::usage, fmt::format("standing in for `{}`: the policy knows no such "
                                                  "name; `cheget key list` shows all",
                                                  base::shown(name)));
    }
    return *index;
}

Result<std::optional<base::Digest>> choose_after(Session& session, const OpenDomain& domain,
                                                 const JudgedOrder& judged,
                                                 const std::string& wanted, Intent& intent) {
    const permit::Judgement& judgement = *judged.judgement;
    const auto& nodes = judgement.bound->action().approve.nodes;
    auto sequence =
        std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.in_sequence; });
    if (sequence == nodes.end() || intent.verdict != Verdict::approve) {
        if (!wanted.empty()) {
            return fail(ErrorKind::usage,
                        fmt::format("--after: {} asks for no order of voices; leave it out",
                                    judgement.bound->action().name));
        }
        return std::nullopt;
    }
    auto number = static_cast<std::size_t>(sequence - nodes.begin());
    if (judgement.tree.approve.size() <= number) {
        return std::nullopt;  // denied before any voice was looked at
    }
    std::vector<Earlier> ways = ways_to_follow(judgement, number, intent);
    Earlier earlier = TRY(pick(domain, judgement, number, ways, wanted));
    if (earlier.vote == nullptr) {
        return std::nullopt;
    }
    intent.after = earlier.vote->voice.statement;
    session.say("It comes after the vote of {} ({}).\n",
                domain.policy().principals[earlier.vote->voice.by].name,
                base::to_text(earlier.vote->id));
    return TRY(filed_digest(domain, judged, *earlier.vote));
}

}  // namespace cheget::cli
