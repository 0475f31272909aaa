// Paths that nobody but root and the executor's own user can point elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/descriptor.h"

namespace cheget::executor {

/// What a path led to, so that it can be recognised when it is resolved again.
struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const Identity&) const = default;
};

/// The identity of an open file.
base::Result<Identity> identity_of(int descriptor);

enum class PathEnd { regular_file, folder };

struct Opened {
    store::Descriptor descriptor;  ///< open for reading; a folder with O_PATH alone
    Identity identity;
    std::uint64_t bytes = 0;
};

/// Opens an absolute path, component by component, following symlinks. Every folder on the way, of
/// symlinks' targets too, must be one in which nobody but root and the effective user can rename or
/// replace the entry: owned by one of them, and not writable by group or others unless it is sticky
/// and the entry is owned by one of them.
///
/// Why so strict: the copies are bound over the files that the paths lead to, but a bind mount
/// sticks to the file, not to the path. Whoever can rename a folder on the way could, between our
/// check and the program's own open(), put another folder in its place and so bring in other bytes.
/// The program itself runs by descriptor and would not be fooled, its interpreter's script and
/// named files would.
///
/// ErrorKind::denied for a path that can't be trusted, unreachable for one that can't be opened.
base::Result<Opened> open_trusted(const std::string& path, PathEnd end);

}  // namespace cheget::executor
