// Walking a path without trusting it.
#include "executor/trusted_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <vector>

#include "base/text.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

constexpr int k_most_symlinks = 40;  // as the kernel
constexpr std::size_t k_longest_path = 4096;

bool is_trusted(uid_t owner) {
    return owner == 0 || owner == ::geteuid();
}

std::unexpected<base::Error> unreachable(const std::string& path, std::string_view what) {
    const std::string reason = store::system_reason();
    return fail(ErrorKind::unreachable,
                fmt::format("cannot {} {}: {}", what, base::shown(path), reason));
}

/// The components of `path`, last one first, so that the next one is taken off the end.
std::vector<std::string> reversed_components(std::string_view path) {
    std::vector<std::string> components;
    while (!path.empty()) {
        const std::string_view component = base::take_until(path, '/');
        if (!component.empty() && component != ".") {
            components.emplace_back(component);
        }
    }
    return {components.rbegin(), components.rend()};
}

Result<void> require_trusted(const struct stat& folder, const struct stat& entry,
                             const std::string& path, const std::string& name) {
    const bool others_write = (folder.st_mode & 022U) != 0;
    const bool sticky = (folder.st_mode & S_ISVTX) != 0;
    if (is_trusted(folder.st_uid) && (!others_write || (sticky && is_trusted(entry.st_uid)))) {
        return {};
    }
    return fail(ErrorKind::denied,
                fmt::format("{} can't be trusted: others than root and the executor's user may "
                            "replace `{}` on its way; move it below folders that they alone may "
                            "write to",
                            base::shown(path), base::shown(name)));
}

Result<std::string> read_symlink(const Descriptor& folder, const std::string& name,
                                 const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(folder.number(), name.c_str(), target.data(), target.size());
    if (size <= 0 || static_cast<std::size_t>(size) == target.size()) {
        return unreachable(path, "follow");
    }
    return std::string(target.data(), static_cast<std::size_t>(size));
}

Result<Descriptor> open_root() {
    Descriptor root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open()) {
        return unreachable("/", "open");
    }
    return root;
}

Result<Opened> open_end(const Descriptor& folder, const std::string& name, const struct stat& seen,
                        const std::string& path, PathEnd end) {
    const bool fits = end == PathEnd::folder ? S_ISDIR(seen.st_mode) : S_ISREG(seen.st_mode);
    if (!fits) {
        return fail(ErrorKind::denied,
                    fmt::format("{} is no {}", base::shown(path),
                                end == PathEnd::folder ? "folder" : "regular file"));
    }
    const int flags =
        end == PathEnd::folder ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK | O_NOCTTY;
    Opened opened;
    opened.descriptor =
        Descriptor(::openat(folder.number(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!opened.descriptor.is_open()) {
        return unreachable(path, "open");
    }
    struct stat status {};
    if (::fstat(opened.descriptor.number(), &status) != 0) {
        return unreachable(path, "look at");
    }
    if (status.st_dev != seen.st_dev || status.st_ino != seen.st_ino) {
        return fail(ErrorKind::denied,
                    fmt::format("{} changed while it was opened", base::shown(path)));
    }
    opened.identity = {status.st_dev, status.st_ino};
    opened.bytes = static_cast<std::uint64_t>(status.st_size);
    return opened;
}

}  // namespace

Result<Identity> identity_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        return fail(ErrorKind::unreachable, "cannot look at a file: " + store::system_reason());
    }
    return Identity{status.st_dev, status.st_ino};
}

Result<Opened> open_trusted(const std::string& path, PathEnd end) {
    if (!path.starts_with('/') || path.size() > k_longest_path ||
        path.find('\0') != std::string::npos) {
        return fail(ErrorKind::denied,
                    fmt::format("{} is no absolute path that could be opened", base::shown(path)));
    }
    std::vector<std::string> rest = reversed_components(path);
    Descriptor folder = TRY(open_root());
    int symlinks = 0;
    if (rest.empty()) {
        rest.emplace_back(".");  // the root folder itself
    }
    for (;;) {
        const std::string name = std::move(rest.back());
        rest.pop_back();
        struct stat folder_status {};
        struct stat entry {};
        if (::fstat(folder.number(), &folder_status) != 0 ||
            ::fstatat(folder.number(), name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0) {
            return unreachable(path, "find");
        }
        TRY(require_trusted(folder_status, entry, path, name));
        if (S_ISLNK(entry.st_mode)) {
            if (++symlinks > k_most_symlinks) {
                errno = ELOOP;
                return unreachable(path, "follow");
            }
            const std::string target = TRY(read_symlink(folder, name, path));
            if (target.starts_with('/')) {
                folder = TRY(open_root());
            }
            for (std::string& component : reversed_components(target)) {
                rest.push_back(std::move(component));
            }
            if (rest.empty()) {
                rest.emplace_back(".");
            }
            continue;
        }
        if (rest.empty()) {
            return open_end(folder, name, entry, path, end);
        }
        Descriptor next(
            ::openat(folder.number(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next.is_open()) {
            return unreachable(path, "open");
        }
        folder = std::move(next);
    }
}

}  // namespace cheget::executor
