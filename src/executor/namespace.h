// The command's own view of the file system: a private mount namespace in which the sealed copies
// lie at their paths, and the executor's key, ledger and folders are out of sight.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "executor/sealing.h"
#include "store/descriptor.h"

namespace cheget::executor {

/// What the view is made of.
struct View {
    const SealedCommand* command = nullptr;
    std::string cover;                ///< the state folder: covered by the file system of copies
    std::vector<std::string> hidden;  ///< other files and folders of the executor's
    bool network = true;
};

/// What the command starts with, opened inside the namespace.
struct Prepared {
    store::Descriptor program;    ///< of the sealed copy, for execveat
    store::Descriptor directory;  ///< O_PATH
};

/// Moves this process into new namespaces and arranges the view. As root a mount namespace alone;
/// otherwise within a user namespace that maps the own user to itself. Nothing here changes what
/// other processes see. Every path is resolved again afterwards and must lead to its copy.
base::Result<Prepared> enter_view(const View& view);

}  // namespace cheget::executor
