// Warnings of rules that nobody can satisfy any more, or could not after one more loss.
#pragma once

#include <string_view>
#include <vector>

#include "cli/domain.h"
#include "policy/brink.h"

namespace cheget::cli {

/// The keys of the policy that are revoked.
policy::LostKeys lost_keys(const permit::DomainState& state, const policy::Policy& policy);

/// The rules that the next policy would brick and that the one in force does not: `drop-database`.
std::vector<std::string> newly_bricked(const OpenDomain& domain, const policy::Policy& next);

/// Tells people, each rule on a line of its own under `title`; nothing where there is nothing.
void warn_of_brinks(Session& session, const policy::Policy& policy, const policy::LostKeys& lost,
                    std::string_view title);

/// The same for scripts: rule, bricked, people, keys, words.
base::Json brinks_json(const policy::Policy& policy, const policy::LostKeys& lost);

}  // namespace cheget::cli
