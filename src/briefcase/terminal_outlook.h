// What one more voice would come to, and who could still bring an order to its end: for people who
// have to decide about their own. By decide() alone, as everything that permits.
#pragma once

#include <string>

#include "permit/intent.h"

namespace cheget::briefcase {

/// What the decision becomes with this vote, in a line or more. `now` is asked without a log.
std::string effect_of(const permit::Judgement& judgement, const permit::Intent& intent,
                      base::Time now);

/// Whose one voice would complete it now, whose would after this person's, and without whom it
/// can't be completed any more. Empty where that makes no sense: it is permitted, or can never be.
std::string outlook_of(const permit::Judgement& judgement, policy::PrincipalIndex person,
                       base::Time now);

}  // namespace cheget::briefcase
