// What a person says about a vote beside its verdict: whom it stands for, which it comes after.
#pragma once

#include <string>

#include "cli/domain.h"
#include "permit/intent.h"

namespace cheget::cli {

/// Whom `--for` names.
base::Result<policy::PrincipalIndex> find_absent(const policy::Policy& policy,
                                                 const std::string& name);

/// Which vote the new one must name in `after`, where the rule asks for voices in order; its number
/// goes to `intent`. `wanted` is what the person asked for: `first`, the digits of a vote's id, or
/// nothing, and then it is the one that brings the sequence further; if several do it fails and
/// names them. The digest is of the earlier vote's signed bytes, as filed.
base::Result<std::optional<base::Digest>> choose_after(Session& session, const OpenDomain& domain,
                                                       const JudgedOrder& judged,
                                                       const std::string& wanted,
                                                       permit::Intent& intent);

}  // namespace cheget::cli
