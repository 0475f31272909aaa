// An alarm's own command: whatever wakes people, given the details on its stdin.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::cli {

/// Runs a program with its arguments, found by PATH, `input` on its stdin, its stdout on our
/// stderr. Fails with command_failed if it can't be started, does not end with 0, or has not ended
/// in that time; then it is killed.
base::Result<void> run_alarm_command(const std::vector<std::string>& command,
                                     std::string_view input, std::chrono::seconds longest);

}  // namespace cheget::cli
