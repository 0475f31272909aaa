// What the comparison of two policies found, in words that people read.
#pragma once

#include <string>
#include <string_view>

#include "analysis/policy_difference.h"

namespace cheget::analysis {

/// `LOWERED`, `RAISED`, `CHANGED` or `SAME`.
std::string_view to_text(Shift shift);

/// `alice`, `alice with a new key`, `the page https://a.example`.
std::string to_text(const PartyName& party);

/// One line without its end: `LOWERED: action drop: alice and bob can now act`. Of several reasons
/// the first.
std::string headline(const PolicyDifference& difference);

/// When a situation is: `with rows 1000, from 4h after it was proposed`. May be empty.
std::string to_text(const SituationDifference& situation);

/// The whole of it, the verdict first, then rule by rule who gains, whom they would have needed
/// before, who loses, and what else differs. Lines end with LF.
std::string report(const policy::Policy& before, const policy::Policy& after,
                   const PolicyDifference& difference);

}  // namespace cheget::analysis
