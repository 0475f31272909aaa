// Claiming: an executor's signed word that it is about to act, and under a log the wait until the
// log holds it. Every entry before it binds it, and the first claim wins.
#pragma once

#include <string>

#include "base/result.h"
#include "executor/judging.h"
#include "executor/state.h"

namespace cheget::executor {

/// A claim, signed and not yet recorded.
base::Result<store::ClaimRecord> make_claim(const Config& config, const keys::MachineKey& key,
                                            State& state, const permit::Judgement& judgement,
                                            const std::string& target);

/// Hands a recorded claim in and follows the log until it holds it, at most as long as the
/// configuration says. Fails with waiting if that took too long: then the claim stays open, and the
/// same order run again goes on with it.
base::Result<LoggedClaim> await_claim(const Config& config, State& state,
                                      const store::ClaimRecord& claim, base::Time low_before);

}  // namespace cheget::executor
