// The silent alarm: told to a command of the administrator's, apart from this process, and to
// nobody who looks at what the executor says or how long it takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "executor/config.h"
#include "executor/marks.h"
#include "executor/state.h"

namespace cheget::executor {

/// Looks through what the log has got since the last time, and through what came another way, for
/// votes made under duress; keeps an alarm for each, once, and has those told that are not yet.
/// Failures are kept from whoever stands at the executor: an alarm that can't be told is tried
/// again the next time.
void raise_alarms(const Config& config, State& state, const Marks& marks,
                  const std::vector<std::string_view>& outside);

/// Runs the configured command once for each alarm that was not told, the newest first, its details
/// as one line of JSON on stdin; told is what it ends with 0 for within its time limit. What could
/// not be told is kept with its reason in `alarms/failures` until all is.
base::Result<void> tell_alarms(const Config& config);

/// The log is looked through from its beginning again.
base::Result<void> forget_what_was_read(const Config& config);

}  // namespace cheget::executor
