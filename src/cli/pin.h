// What this person's tool remembers about a domain, so that a folder can't exchange its beginning
// or go back to an older policy: one small file per domain name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "permit/judge.h"

namespace cheget::cli {

/// $XDG_DATA_HOME/cheget/domains, by default ~/.local/share/cheget/domains.
base::Result<std::filesystem::path> pins_folder();

struct PinOutcome {
    bool first_use = false;   ///< nothing was known of this domain
    bool new_policy = false;  ///< a later policy than the one last seen
};

/// Compares where a domain stands with what was seen before, and remembers it. ErrorKind::denied if
/// its first policy is another one, or its policy an older or a sibling one.
base::Result<PinOutcome> check_pin(const permit::DomainState& state);

/// The signed revocations that counted when the domain was last opened. They go on counting:
/// whoever holds the folder may have taken them out again.
base::Result<std::vector<std::string>> remembered_revocations(const statement::Domain& domain);

/// The policy that was in force when the domain was last opened, with the revocations that counted,
/// if it was a later one than the first. A key that helped to carry an amendment may have been
/// revoked since: what lies in the folder then leads no further than to the policy before, and
/// there is no way back.
base::Result<std::optional<permit::DomainState>> remembered_state(const statement::Domain& domain);

/// Remembers a later policy as the one in force, on the word of the person, who has compared it
/// with others. ErrorKind::denied if a later one was seen, or another one of its version.
base::Result<void> trust_policy(const policy::Policy& policy, std::string_view text);

/// The version of the policy seen in force for this domain name; 0 if nothing was seen.
base::Result<std::uint32_t> pinned_version(std::string_view domain);

/// The first policy's id that was seen for this domain name.
base::Result<std::optional<base::Digest>> pinned_first_policy(std::string_view domain);

}  // namespace cheget::cli
