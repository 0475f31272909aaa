// Telling what the log makes of a domain.
#include "cli/log_standing.h"

#include <algorithm>

#include "base/text.h"
#include "cli/log_source.h"

namespace cheget::cli {

namespace {

using base::Result;

/// When the policy in force took force, as the witnesses saw its enactment.
std::string since_text(const OwnLog& log) {
    const auto& policies = log.chronicle().record().policies;
    if (policies.size() < 2) {
        return {};
    }
    const std::uint64_t from = policies.back().from;
    const auto start = log.knowledge().times.start_of(from);
    return fmt::format(
        "policy {} in force from entry {}{}", policies.size(), from,
        start ? fmt::format(", since {} at the latest", base::to_text(*start)) : std::string());
}

}  // namespace

Result<void> tell_log(Session& session, const OpenDomain& domain) {
    const OwnLog& log = *domain.log;
    const auto newest = TRY(log.newest());
    if (!newest) {
        session.say("The log was not read yet{}.\n", session.globals.follow == Follow::yes
                                                         ? ""
                                                         : "; `cheget status --log URL` reads it");
        return {};
    }
    const LogTrust trust = TRY(trust_of(domain.policy()));
    session.say("The log was read to its {} entries, cosigned by {}.\n", log.chronicle().size(),
                describe_cosigned(*newest, trust));
    if (const std::string since = since_text(log); !since.empty()) {
        session.say("  {}\n", since);
    }
    return {};
}

Result<base::Json> log_json(const OpenDomain& domain) {
    const OwnLog& log = *domain.log;
    base::Json::Object told{
        {"size", number_json(log.chronicle().size())},
        {"in_force_from", number_json(log.chronicle().record().policies.back().from)}};
    if (const auto newest = TRY(log.newest())) {
        told["root"] = text_json(base::to_text(newest->checkpoint.root));
        if (const auto low = log::now_low(*newest, log.chronicle().trust())) {
            told["witnessed"] = text_json(base::to_text(*low));
        }
    }
    return base::Json{std::move(told)};
}

Result<std::optional<AmendmentStanding>> standing_of(const OpenDomain& domain,
                                                     const base::Digest& id) {
    OwnLog& log = *domain.log;
    auto weighed = permit::weigh_amendment(log.chronicle(), log.copy(), id);
    if (!weighed && weighed.error().kind == base::ErrorKind::bad_input) {
        return std::nullopt;
    }
    AmendmentStanding standing{TRY(std::move(weighed)), std::nullopt};
    if (standing.weighed.completed) {
        if (const auto refined = log.refine_times({*standing.weighed.completed});
            !refined && refined.error().kind != base::ErrorKind::unreachable) {
            return std::unexpected(refined.error());
        }
        if (const auto start = log.knowledge().times.start_of(*standing.weighed.completed)) {
            standing.over = *start + standing.weighed.wait;
        }
    }
    return standing;
}

std::string to_text(const AmendmentStanding& standing, const base::Digest& id) {
    const permit::Advance::Proposal& proposal = standing.weighed.proposal;
    if (!proposal.refusal.empty()) {
        return fmt::format("it can't come into force: {}", proposal.refusal);
    }
    if (!standing.weighed.completed) {
        return fmt::format(
            "by the log it waits for others; approved by {}{}",
            proposal.approved_by.empty() ? "nobody" : base::join_words(proposal.approved_by),
            proposal.vetoed_by.empty() ? std::string()
                                       : ", vetoed by " + base::join_words(proposal.vetoed_by));
    }
    const std::string since =
        fmt::format("its votes suffice since entry {}", *standing.weighed.completed);
    if (standing.over && now() < *standing.over) {
        return fmt::format("{}; it may be enacted from {} on", since,
                           base::to_text(*standing.over));
    }
    return fmt::format("{}; it may be enacted: `cheget enact {}`", since, short_id(id));
}

std::string entry_text(const permit::Judgement& judgement) {
    if (!judgement.log) {
        return {};
    }
    const permit::UnderLogMoment& log = *judgement.log;
    if (!log.order_index) {
        return "; in no entry of the log yet";
    }
    return fmt::format("; entry {}{}", *log.order_index,
                       log.order_start ? fmt::format(", there since {} at the latest",
                                                     base::to_text(*log.order_start))
                                       : std::string());
}

Result<std::size_t> count_missing(const OpenDomain& domain,
                                  const std::vector<std::string>& statements) {
    std::size_t missing = 0;
    for (const std::string& whole : statements) {
        const auto subjects = permit::subjects_of(whole);
        if (subjects.empty()) {
            continue;
        }
        const auto known = TRY(domain.log->copy().about(subjects.front()));
        missing += std::none_of(known.begin(), known.end(),
                                [&](const permit::Entry& entry) { return entry.whole == whole; })
                       ? 1U
                       : 0U;
    }
    return missing;
}

}  // namespace cheget::cli
