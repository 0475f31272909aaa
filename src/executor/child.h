// The forked process on its way to becoming the command.
#pragma once

#include <sys/types.h>

#include "executor/launch.h"

namespace cheget::executor {

/// The ends of its pipes.
struct ChildPipes {
    int go = -1;
    int status = -1;
    int output = -1;
    int errors = -1;
};

/// What the child reports first, before its failure's text if it is one.
constexpr char k_ready = 'R';
constexpr char k_failure_begin = 'E';  ///< then a digit: the ErrorKind, then the message

/// Prepares, reports, waits, executes. Never returns.
[[noreturn]] void become_command(const SealedCommand& command, const Config& config,
                                 const Sandbox& sandbox, const Identities& identities,
                                 const ChildPipes& pipes);

}  // namespace cheget::executor
