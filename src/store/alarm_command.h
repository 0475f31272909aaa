// An alarm's own command: whatever wakes people, given the details on its stdin.
#pragma once

#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::store {

/// Runs a program with its arguments, found by PATH, without a shell: `input` on its stdin, its
/// stdout on our stderr, no signal blocked or ignored, in a process group of its own. Fails with
/// command_failed if it can't be started, does not end with 0, or has not ended in that time; then
/// it is killed, and with it what it started in its group. Returns within some seconds of that time
/// even if the kernel can't end it.
base::Result<void> run_alarm_command(const std::vector<std::string>& command,
                                     std::string_view input, std::chrono::seconds longest,
                                     char* const* environment = environ);

}  // namespace cheget::store
