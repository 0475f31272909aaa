// Paths below a folder, walked one component at a time with O_NOFOLLOW.
#include "store/beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

std::unexpected<base::Error> failed(std::string_view doing, std::string_view path, int error) {
    if (error == ELOOP || error == ENOTDIR) {
        return fail(ErrorKind::bad_input,
                    fmt::format("{} {}: a part of this path is a symlink or not a folder, and a "
                                "shared folder may hold neither; find out who put it there and "
                                "remove it",
                                doing, base::shown(path)));
    }
    return fail(ErrorKind::unreachable,
                fmt::format("{} {}: {}", doing, base::shown(path), std::strerror(error)));
}

bool plain(std::string_view component) {
    return !component.empty() && component != "." && component != ".." &&
           component.find('\0') == std::string_view::npos;
}

Result<void> write_all(int descriptor, std::string_view content, std::string_view path) {
    while (!content.empty()) {
        ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return failed("writing", path, errno);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> read_all(int descriptor, std::size_t most, std::string_view path) {
    std::string content;
    char buffer[16384];
    while (true) {
        ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed("reading", path, errno);
        }
        if (got == 0) {
            return content;
        }
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > most) {
            return base::bad_input(
                fmt::format("reading {}: it is longer than {} bytes, the most "
                            "that can be good here; remove it",
                            base::shown(path), most));
        }
    }
}

}  // namespace

Result<Beneath> Beneath::open(const std::string& root) {
    Descriptor descriptor(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open()) {
        return fail(ErrorKind::unreachable, fmt::format("opening the folder {}: {}",
                                                        base::shown(root), std::strerror(errno)));
    }
    return Beneath(std::move(descriptor), root);
}

std::string Beneath::full(std::string_view path) const {
    return fmt::format("{}/{}", root_, path);
}

/// The folder that holds the last component, or nothing when a folder on the way is absent.
Result<std::optional<Descriptor>> Beneath::open_parent(std::string_view path, bool create,
                                                       std::string& name) const {
    Descriptor folder(fcntl(root_descriptor_.number(), F_DUPFD_CLOEXEC, 0));
    if (folder.number() < 0) {
        return failed("opening", full(path), errno);
    }
    std::string_view rest = path;
    while (true) {
        std::string component(base::take_until(rest, '/'));
        if (!plain(component)) {
            return base::bad_input(
                fmt::format("opening {}: not a plain path below the folder", base::shown(path)));
        }
        if (rest.empty()) {
            name = component;
            return folder;
        }
        if (create && mkdirat(folder.number(), component.c_str(), 0777) == 0) {
            fsync(folder.number());
        }
        Descriptor next(openat(folder.number(), component.c_str(),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (next.number() < 0 && errno == ENOENT && !create) {
            return std::nullopt;
        }
        if (next.number() < 0) {
            return failed("opening", full(path), errno);
        }
        folder = std::move(next);
    }
}

Result<std::optional<std::string>> Beneath::read(std::string_view path, std::size_t most) const {
    std::string name;
    std::optional<Descriptor> parent = TRY(open_parent(path, false, name));
    if (!parent) {
        return std::nullopt;
    }
    const Descriptor& folder = *parent;
    // O_NONBLOCK: opening a FIFO or a device must not hang before we can see what it is.
    Descriptor file(openat(folder.number(), name.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.number() < 0 && errno == ENOENT) {
        return std::nullopt;
    }
    struct stat status {};
    if (file.number() < 0 || fstat(file.number(), &status) != 0) {
        return failed("reading", full(path), errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return base::bad_input(
            fmt::format("reading {}: it is not a regular file; find out who put "
                        "it there and remove it",
                        base::shown(full(path))));
    }
    return TRY(read_all(file.number(), most, full(path)));
}

Result<std::vector<std::string>> Beneath::list(std::string_view path, std::size_t most) const {
    std::string name = ".";
    std::optional<Descriptor> parent =
        path.empty() ? Descriptor(fcntl(root_descriptor_.number(), F_DUPFD_CLOEXEC, 0))
                     : TRY(open_parent(path, false, name));
    if (!parent) {
        return std::vector<std::string>();
    }
    const Descriptor& folder = *parent;
    Descriptor inner(
        openat(folder.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (inner.number() < 0 && errno == ENOENT) {
        return std::vector<std::string>();
    }
    if (inner.number() < 0) {
        return failed("listing", full(path), errno);
    }
    std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(inner.number()), closedir);
    if (!stream) {
        return failed("listing", full(path), errno);
    }
    inner.release();
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream.get())) {
        std::string_view found = entry->d_name;
        if (found.starts_with('.')) {
            continue;
        }
        if (names.size() == most) {
            return base::bad_input(
                fmt::format("listing {}: it holds more than {} names; move what "
                            "does not belong there away",
                            base::shown(full(path)), most));
        }
        names.emplace_back(found);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> Beneath::write(std::string_view path, std::string_view content) const {
    std::string name;
    std::optional<Descriptor> parent = TRY(open_parent(path, true, name));
    if (!parent) {
        return failed("writing", full(path), ENOENT);
    }
    const Descriptor& folder = *parent;
    std::string temporary = fmt::format(".{}.{}.new", name, getpid());
    unlinkat(folder.number(), temporary.c_str(), 0);
    Descriptor file(openat(folder.number(), temporary.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (file.number() < 0) {
        return failed("writing", full(path), errno);
    }
    auto written = write_all(file.number(), content, full(path));
    if (written && fsync(file.number()) != 0) {
        written = failed("writing", full(path), errno);
    }
    if (written &&
        renameat(folder.number(), temporary.c_str(), folder.number(), name.c_str()) != 0) {
        written = failed("writing", full(path), errno);
    }
    if (!written) {
        unlinkat(folder.number(), temporary.c_str(), 0);
        return written;
    }
    if (fsync(folder.number()) != 0) {
        return failed("writing", full(path), errno);
    }
    return {};
}

}  // namespace cheget::store
