// Whether a vote by a key in a briefcase counts: the mark that its real slot makes, and what the
// policy asks for beside the key.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "permit/custody.h"
#include "permit/judge.h"
#include "permit/pool.h"

namespace cheget::permit {

/// Borrows all that it is given; reads a chain of custody once for each key.
class BriefcaseVotes {
  public:
    BriefcaseVotes(const DomainState& state, const Pool& pool, const std::optional<LogContext>& log,
                   const HoldsMark& holds_mark)
        : state_(state), pool_(pool), log_(log), holds_mark_(holds_mark) {}

    /// Fails with one reason whatever is amiss: who held a gun to the voter's head must not learn
    /// from an executor's words that it was the mark.
    base::Result<void> require(const policy::Key& key, const VoteItem& vote);

  private:
    struct Chain {
        CustodyRecord record;
        std::vector<std::shared_ptr<const KnownPolicy>> policies;  // that its links borrow
    };

    bool is_covered(const policy::Key& key, const base::Digest& vote);
    const CustodyRecord& record_of(const std::string& fingerprint);

    const DomainState& state_;
    const Pool& pool_;
    const std::optional<LogContext>& log_;
    const HoldsMark& holds_mark_;
    std::map<std::string, Chain> chains_;  // by fingerprint
};

}  // namespace cheget::permit
