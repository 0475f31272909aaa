// `cheget-exec follow`: the executor as a monitor, once or again and again.
#pragma once

#include <optional>

#include "base/result.h"
#include "executor/config.h"
#include "keys/signer.h"

namespace cheget::executor {

struct FollowRequest {
    std::optional<base::Span> every;  ///< without it once
    bool json = false;
};

/// Catches up with the log, hands in receipts that it lacks, and tells how far it came. Again and
/// again it goes on until SIGTERM, SIGINT or SIGHUP, also where the log can't be reached; a fork or
/// a log that shrank ends it.
base::Result<int> follow(const Config& config, const keys::MachineKey& key,
                         const FollowRequest& request);

}  // namespace cheget::executor
