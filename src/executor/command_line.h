// The commands of cheget-exec.
#pragma once

namespace cheget::executor {

/// Runs the command line; gives the exit code (base::ErrorKind).
int run_command_line(int count, char** arguments);

}  // namespace cheget::executor
