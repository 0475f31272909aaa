// Work on hostile bytes that other people's libraries do, in a process of its own: whatever takes
// it over there can write its answer and nothing else.
#pragma once

#include <functional>
#include <vector>

#include "base/bytes.h"

namespace cheget::briefcase {

/// Runs the work in a child that can neither open, connect, run nor signal anything (seccomp), and
/// gives what it gives: its failures too. Fails with bad_input if it is stopped or takes more than
/// 30 seconds of processor time, with unreachable if there can be no child. At most `most` bytes
/// are taken from it. Call it while the process has one thread.
base::Result<std::vector<base::Bytes>> run_apart(
    const std::function<base::Result<std::vector<base::Bytes>>()>& work,
    std::size_t most = std::size_t{1} << 20U);

}  // namespace cheget::briefcase
