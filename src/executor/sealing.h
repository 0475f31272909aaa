// Sealed copies: what an order names, copied into memory that nobody can change while it is hashed,
// and refused unless it is byte for byte what was signed (G2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "executor/script_line.h"
#include "executor/trusted_path.h"
#include "statement/statement.h"
#include "store/descriptor.h"

namespace cheget::executor {

struct SealedFile {
    std::string path;  ///< as the order writes it
    base::Digest digest;
    std::uint64_t bytes = 0;
    Identity original;         ///< what the path led to when it was copied
    store::Descriptor memory;  ///< sealed: no one can write, grow or shrink it any more
    bool executable = false;   ///< the program or its interpreter
};

/// A command with all its bytes, ready to be put into a namespace.
struct SealedCommand {
    std::vector<SealedFile> files;
    std::size_t program = 0;               ///< the one to execute: the interpreter of a script
    std::vector<std::string> argv;         ///< for exec; a script's holds its interpreter in front
    std::vector<std::string> environment;  ///< `NAME=value`
    store::Descriptor standard_input;      ///< sealed, at its start; not open: nothing on stdin
    std::string directory = "/";
    Identity directory_identity;
};

/// Copies bytes from a descriptor into sealed memory; refuses them (ErrorKind::denied) unless
/// their number and digest are the ones given. `name` is told in errors.
base::Result<store::Descriptor> seal_bytes(int source, std::string_view name,
                                           const base::Digest& digest, std::uint64_t bytes);
/// The same for bytes in memory.
base::Result<store::Descriptor> seal_bytes(base::BytesView content, std::string_view name,
                                           const base::Digest& digest, std::uint64_t bytes);

/// Seals a `run` order: refuses one without a file line for its program and, for a script, for its
/// interpreter; one whose files differ from what was signed, lie where others may move them, or
/// together pass `most_bytes`. `standard_input` is the content for its stdin line, from the permit.
base::Result<SealedCommand> seal_command(const statement::Order& order, std::uint64_t most_bytes,
                                         std::optional<base::BytesView> standard_input);

/// The `file` lines for the paths and, where one is a script, for its interpreter: what a proposer
/// puts into an order for this machine.
base::Result<std::vector<statement::FileReference>> fingerprint(
    const std::vector<std::string>& paths);

}  // namespace cheget::executor
