// Who signed a statement: the one place where signatures meet the keys of a policy.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "permit/judge.h"

namespace cheget::permit {

/// A statement's signer, and what the best of its valid signatures is worth.
struct Signer {
    policy::PrincipalIndex principal = 0;
    const policy::Key* key = nullptr;
    bool revoked = false;  ///< every valid signature is by a revoked key
    /// The entry from which on it is, where the log tells.
    std::optional<std::uint64_t> revoked_from{};

    /// Whether a veto, withdrawal or claim of that index by this key stands: earlier ones do, and
    /// those of which nothing tells when they were made.
    bool stops_at(std::optional<std::uint64_t> index) const {
        return !revoked || !revoked_from || !index || *index < *revoked_from;
    }
};

/// As verify_signer(), but prefers a key that is not revoked to one that is, then one that lies in
/// no briefcase, then one that is not `web`: a statement may carry several signatures, such as by
/// an old key for the rule in force and by a new one for the amended rule.
base::Result<Signer> find_signer(const DomainState& state, const policy::Policy& policy,
                                 std::string_view by, std::string_view name_space,
                                 const statement::SignedText& signed_text);

}  // namespace cheget::permit
