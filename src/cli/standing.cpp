// Whom a vote stands for, and which it comes after.
#include "cli/standing.h"

#include <algorithm>

#include "base/text.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using permit::Earlier;
using permit::Intent;
using statement::Verdict;

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

std::string told(const OpenDomain& domain, const Earlier& way) {
    return way.vote == nullptr
               ? std::string("`--after first`, which begins the sequence")
               : fmt::format("`--after {}`, {}'s vote", base::to_hex(way.vote->id).substr(0, 12),
                             domain.policy().principals[way.vote->voice.by].name);
}

Result<Earlier> pick(const OpenDomain& domain, const permit::Judgement& judgement,
                     std::size_t sequence, const std::vector<Earlier>& ways,
                     const std::string& wanted) {
    std::string_view digits = wanted;
    digits.remove_prefix(digits.starts_with("sha256:") ? 7 : 0);
    std::vector<Earlier> fitting = permit::helping_ways(judgement, sequence, ways);
    if (!wanted.empty()) {
        fitting = ways;
        std::erase_if(fitting, [&](const Earlier& way) {
            return wanted == "first" ? way.vote != nullptr
                                     : way.vote == nullptr || digits.size() < 4 ||
                                           !base::to_hex(way.vote->id).starts_with(digits);
        });
    }
    const std::uint32_t length = judgement.tree.approve[sequence].have;
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
    const auto number = permit::sequence_of(judgement);
    if (!number) {
        return std::nullopt;
    }
    std::vector<Earlier> ways = permit::ways_to_follow(judgement, *number, intent, now());
    Earlier earlier = TRY(pick(domain, judgement, *number, ways, wanted));
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
