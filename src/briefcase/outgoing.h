// What waits in a briefcase's outbox, beside what the briefcase knows: whether the log has it.
#pragma once

#include <vector>

#include "briefcase/case.h"
#include "briefcase/knowledge.h"

namespace cheget::briefcase {

/// A statement of the outbox.
struct Waiting {
    Case::Outgoing out;
    /// The log has it, by what was loaded since and verified. As long as it is false nothing here
    /// says that anybody outside has it, whatever a courier says; in a domain without a log nothing
    /// ever does, as whoever carries the case could load it back.
    bool is_recorded = false;
    bool says_no = false;  ///< a veto or a withdrawal
};

/// All of the outbox, in its order.
base::Result<std::vector<Waiting>> waiting_in(const Case& folder, const Knowledge& knowledge);

}  // namespace cheget::briefcase
