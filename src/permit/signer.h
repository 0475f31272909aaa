// Who signed a statement: the one place where signatures meet the keys of a policy.
#pragma once

#include <string_view>

#include "permit/judge.h"

namespace cheget::permit {

/// A statement's signer, and what the best of its valid signatures is worth.
struct Signer {
    policy::PrincipalIndex principal = 0;
    const policy::Key* key = nullptr;
    bool revoked = false;  ///< every valid signature is by a revoked key
};

/// As verify_signer(), but prefers a key that is not revoked to one that is, then one that is not
/// `web` to one that is: a statement may carry several signatures, such as by an old key for the
/// rule in force and by a new one for the amended rule.
base::Result<Signer> find_signer(const DomainState& state, const policy::Policy& policy,
                                 std::string_view by, std::string_view name_space,
                                 const statement::SignedText& signed_text);

}  // namespace cheget::permit
