// What there is to be alarmed about in a briefcase's custody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "briefcase/roster.h"
#include "permit/custody.h"

namespace cheget::briefcase {

struct Alarm {
    std::string id;     ///< the same alarm has the same one, whenever it is found
    std::string kind;   ///< gap, fork, …, lost, opened, tries, overdue
    std::string words;  ///< what happened
};

/// All alarms that a chain gives now. `principal` is whose briefcase it is; `roster` may be absent,
/// and then nobody's shift is asked for.
std::vector<Alarm> alarms_of(const permit::CustodyRecord& record, std::string_view briefcase,
                             std::string_view principal, const Roster* roster, base::Time now);

}  // namespace cheget::briefcase
