// Whole files: written so that a crash leaves all or nothing, read without trusting what lies
// there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cheget::store {

/// Writes a file so that after a crash it is there whole or not at all: temporary file in the same
/// folder, fsync, rename, fsync of the folder. The folder must exist. `mode` as for open(2).
base::Result<void> write_file_durably(const std::filesystem::path& path, std::string_view content,
                                      unsigned mode = 0644);

/// Makes the folder and its missing parents so that they survive a crash. `mode` as for mkdir(2),
/// for each folder that is made.
base::Result<void> make_folder_durably(const std::filesystem::path& path, unsigned mode = 0755);

/// Reads a regular file of at most `most` bytes; never follows a symlink in the last component, and
/// never blocks on a FIFO or device. ErrorKind::unreachable if it can't be opened or read,
/// bad_input if it is no regular file or too long.
base::Result<std::string> read_file(const std::filesystem::path& path, std::size_t most);

}  // namespace cheget::store
