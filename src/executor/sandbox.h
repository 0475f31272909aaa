// What a command may do besides what its user may: seccomp, Landlock.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "executor/config.h"
#include "store/descriptor.h"

namespace cheget::executor {

/// A Landlock rule set under which nothing may be written but below `writable` (and /dev/null).
/// ErrorKind::unreachable where the kernel has no Landlock: what was demanded is not left out.
base::Result<store::Descriptor> make_write_rules(const std::vector<std::string>& writable);

/// Puts the rule set in force for this process and its children. Needs no_new_privs.
base::Result<void> enforce_write_rules(const store::Descriptor& rules);

/// Denies the system calls (EPERM; ENOSYS for clone3, so that libraries fall back to clone).
/// Needs no_new_privs.
base::Result<void> limit_system_calls(SystemCalls allowed);

}  // namespace cheget::executor
