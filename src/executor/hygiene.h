// What the executor does to itself before anything else.
#pragma once

#include "base/result.h"

namespace cheget::executor {

/// Closes inherited descriptors, empties the environment, forbids core dumps and looking into the
/// process, ignores SIGPIPE, sets the umask. Refuses (ErrorKind::usage) to go on with LD_PRELOAD,
/// LD_AUDIT or LD_LIBRARY_PATH set: the code that runs would not be the executor's own.
base::Result<void> clean_own_process();

}  // namespace cheget::executor
