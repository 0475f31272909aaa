// The main job: from a permit to a receipt.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "executor/config.h"
#include "keys/signer.h"

namespace cheget::executor {

struct RunRequest {
    std::string subject;   ///< a permit file or an order's folder
    bool dry_run = false;  ///< stop before the claim
    bool observe = false;  ///< let it pass whatever it lacks, where the configuration says so
    bool offline = false;  ///< don't reach for the log: the claim is the challenge
    bool echo = true;      ///< pass the command's output on to our own stdout and stderr
};

/// What came of it. Everything that keeps an order from being acted on is an Error instead.
struct RunReport {
    int exit_code = 0;  ///< 0, or one of base::ErrorKind
    std::string text;   ///< for people
    base::Json json;
};

/// Decides, seals, claims, decides again, runs and records (DESIGN sections 2, 8).
base::Result<RunReport> run_order(const Config& config, const keys::MachineKey& key,
                                  const RunRequest& request);

}  // namespace cheget::executor
