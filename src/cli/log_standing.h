// What the log makes of a domain, as far as this person's tool has read it, for people.
#pragma once

#include "cli/domain.h"

namespace cheget::cli {

/// How far the log was read, and since when the policy is in force by it; as JSON too.
base::Result<void> tell_log(Session& session, const OpenDomain& domain);
base::Result<base::Json> log_json(const OpenDomain& domain);

/// How the amendment stands by the votes in the log; nothing if there are none by anybody of the
/// policy in force.
struct AmendmentStanding {
    permit::Weighed weighed;
    std::optional<base::Time> over;  ///< when it may be enacted, once its votes suffice
};
base::Result<std::optional<AmendmentStanding>> standing_of(const OpenDomain& domain,
                                                           const base::Digest& id);
/// In one line: what is missing, or when it may be enacted and how.
std::string to_text(const AmendmentStanding& standing, const base::Digest& id);

/// `; entry 12, there since 2026-… at the latest`, or that the order is in no entry yet; empty
/// without a log.
std::string entry_text(const permit::Judgement& judgement);

/// How many of these statements the log does not have, as far as it was read.
base::Result<std::size_t> count_missing(const OpenDomain& domain,
                                        const std::vector<std::string>& statements);

}  // namespace cheget::cli
