// The `#!` line of a script, read as the kernel reads it (linux fs/binfmt_script.c).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace cheget::executor {

/// How many bytes of a file the kernel looks at (BINPRM_BUF_SIZE).
constexpr std::size_t k_script_head_bytes = 256;

struct ScriptLine {
    std::string interpreter;              ///< an absolute path
    std::optional<std::string> argument;  ///< all that follows, as one argument
    bool operator==(const ScriptLine&) const = default;
};

/// The `#!` line of a file that begins with `head` (its first k_script_head_bytes, or all of it);
/// nothing if it is no script. Fails with ErrorKind::denied where the kernel would cut the line
/// short, where the interpreter isn't an absolute path, and for `env`, which would look for a
/// program that nobody signed.
base::Result<std::optional<ScriptLine>> parse_script_line(base::BytesView head);

}  // namespace cheget::executor
