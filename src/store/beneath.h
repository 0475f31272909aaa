// A folder that may be hostile, opened once: every path below it is walked without following
// symlinks, only regular files of a bounded size are read, and nothing blocks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/descriptor.h"

namespace cheget::store {

/// A folder held open. Paths given to it are relative, made of plain components; none of them may
/// be a symlink, so nothing outside the folder is ever read or written.
class Beneath {
  public:
    /// Opens the folder; `root` itself may be reached through symlinks, as its user chose it.
    static base::Result<Beneath> open(const std::string& root);

    /// The content of a regular file of at most `most` bytes; nothing if there is no such file.
    base::Result<std::optional<std::string>> read(std::string_view path, std::size_t most) const;

    /// The names in a folder, sorted, without those that begin with a dot; none if there is no such
    /// folder. An empty path is the folder itself. More than `most` is a failure.
    base::Result<std::vector<std::string>> list(std::string_view path, std::size_t most) const;

    /// Writes a file so that after a crash it is there whole or not at all, and makes the folders
    /// on its way.
    base::Result<void> write(std::string_view path, std::string_view content) const;

  private:
    Beneath(Descriptor descriptor, std::string root)
        : root_descriptor_(std::move(descriptor)), root_(std::move(root)) {}
    std::string full(std::string_view path) const;
    base::Result<std::optional<Descriptor>> open_parent(std::string_view path, bool create,
                                                        std::string& name) const;

    Descriptor root_descriptor_;
    std::string root_;
};

}  // namespace cheget::store
