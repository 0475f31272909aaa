// The private mount namespace. Order matters: the copies' file system is complete and read-only
// before anything is bound, and what was bound is looked at once more by its path.
#include "executor/namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "base/text.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

std::unexpected<base::Error> refuse(std::string_view what, std::string_view path) {
    const std::string reason = store::system_reason();
    return fail(ErrorKind::unreachable,
                fmt::format("cannot {} {}: {}", what, base::shown(path), reason));
}

Result<void> write_to(const char* path, const std::string& text) {
    const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    if (!file.is_open() ||
        ::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return refuse("set up a user namespace by", path);
    }
    return {};
}

Result<void> enter_namespaces(bool network) {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    int flags = CLONE_NEWNS | (network ? 0 : CLONE_NEWNET);
    if (user != 0) {
        flags |= CLONE_NEWUSER;
    }
    if (::unshare(flags) != 0) {
        const std::string reason = store::system_reason();
        return fail(ErrorKind::unreachable,
                    fmt::format("cannot make a private view for the command: {}; run cheget-exec "
                                "as root, or allow user namespaces to its user",
                                reason));
    }
    if (user != 0) {
        // The kernel gives a process that others may not look into no say in its own maps.
        ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        TRY(write_to("/proc/self/setgroups", "deny"));
        TRY(write_to("/proc/self/uid_map", fmt::format("{} {} 1", user, user)));
        TRY(write_to("/proc/self/gid_map", fmt::format("{} {} 1", group, group)));
        ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
    // What is mounted from here on stays here, and what others mount stays out.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return refuse("make private the mounts below", "/");
    }
    return {};
}

std::string copy_name(const SealedFile& file) {
    return base::to_hex(file.digest);
}

Result<void> write_copy(const Descriptor& folder, const SealedFile& file) {
    const mode_t mode = file.executable ? 0555 : 0444;
    const Descriptor copy(::openat(folder.number(), copy_name(file).c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!copy.is_open()) {
        if (errno == EEXIST) {
            return {};  // the same bytes at two paths
        }
        return refuse("make a copy of", file.path);
    }
    off_t at = 0;
    while (static_cast<std::uint64_t>(at) < file.bytes) {
        const ssize_t sent =
            ::sendfile(copy.number(), file.memory.number(), &at,
                       static_cast<std::size_t>(file.bytes - static_cast<std::uint64_t>(at)));
        if (sent <= 0) {
            return refuse("make a copy of", file.path);
        }
    }
    // openat's mode went through the umask.
    if (::fchmod(copy.number(), mode) != 0) {
        return refuse("make a copy of", file.path);
    }
    return {};
}

Result<void> make_empty(const Descriptor& folder) {
    const Descriptor file(::openat(folder.number(), "empty-file",
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444));
    if (!file.is_open() || ::mkdirat(folder.number(), "empty-folder", 0555) != 0) {
        return refuse("make an empty", "file");
    }
    return {};
}

/// Mounts a small file system over `cover` with a copy of each file, read-only when done. Gives its
/// root folder.
Result<Descriptor> mount_copies(const SealedCommand& command, const std::string& cover) {
    if (::mount("cheget", cover.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
        return refuse("mount memory over", cover);
    }
    Descriptor folder(::open(cover.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) {
        return refuse("open", cover);
    }
    // The same bytes at two paths are one copy, which can be executed if either must be.
    for (const bool executable : {true, false}) {
        for (const SealedFile& file : command.files) {
            if (file.executable == executable) {
                TRY(write_copy(folder, file));
            }
        }
    }
    TRY(make_empty(folder));
    if (::mount(nullptr, cover.c_str(), nullptr, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV,
                nullptr) != 0) {
        return refuse("make read-only the copies in", cover);
    }
    return folder;
}

/// Puts `name` in the copies' folder (a bind mount) over what `target` is open on.
Result<void> put_over(const Descriptor& copies, const std::string& name, const Descriptor& target,
                      std::string_view path) {
    const Descriptor tree(
        ::open_tree(copies.number(), name.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree.is_open() || ::move_mount(tree.number(), "", target.number(), "",
                                        MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
        return refuse("put the sealed copy at", path);
    }
    return {};
}

Result<Descriptor> open_path(const std::string& path, int flags = 0) {
    Descriptor descriptor(::open(path.c_str(), O_PATH | O_CLOEXEC | flags));
    if (!descriptor.is_open()) {
        return refuse("open", path);
    }
    return descriptor;
}

Result<void> require_identity(const Descriptor& found, const Identity& expected,
                              std::string_view path) {
    if (TRY(identity_of(found.number())) != expected) {
        return fail(ErrorKind::denied,
                    fmt::format("{} no longer leads to what was checked; nothing was run",
                                base::shown(path)));
    }
    return {};
}

Result<void> hide(const Descriptor& copies, const std::string& path) {
    const Descriptor target(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!target.is_open()) {
        if (errno == ENOENT) {
            return {};  // it lay in the state folder, which is covered already
        }
        return refuse("hide", path);
    }
    struct stat status {};
    if (::fstat(target.number(), &status) != 0) {
        return refuse("hide", path);
    }
    return put_over(copies, S_ISDIR(status.st_mode) ? "empty-folder" : "empty-file", target, path);
}

}  // namespace

Result<Prepared> enter_view(const View& view) {
    const SealedCommand& command = *view.command;
    TRY(enter_namespaces(view.network));
    const Descriptor copies = TRY(mount_copies(command, view.cover));
    for (const std::string& path : view.hidden) {
        TRY(hide(copies, path));
    }
    // Two paths may lead to one file: each original is covered once.
    std::map<std::pair<std::uint64_t, std::uint64_t>, bool> covered;
    for (const SealedFile& file : command.files) {
        if (!covered.try_emplace({file.original.device, file.original.inode}, true).second) {
            continue;
        }
        const Descriptor target = TRY(open_path(file.path));
        TRY(require_identity(target, file.original, file.path));
        TRY(put_over(copies, copy_name(file), target, file.path));
    }
    Prepared prepared;
    for (std::size_t i = 0; i < command.files.size(); ++i) {
        const SealedFile& file = command.files[i];
        Descriptor copy(::openat(copies.number(), copy_name(file).c_str(), O_PATH | O_CLOEXEC));
        if (!copy.is_open()) {
            return refuse("open the sealed copy of", file.path);
        }
        const Descriptor found = TRY(open_path(file.path));
        const Identity sealed = TRY(identity_of(copy.number()));
        TRY(require_identity(found, sealed, file.path));
        if (i == command.program) {
            prepared.program = TRY(open_path(file.path));
            TRY(require_identity(prepared.program, sealed, file.path));
        }
    }
    prepared.directory = TRY(open_path(command.directory, O_DIRECTORY));
    TRY(require_identity(prepared.directory, command.directory_identity, command.directory));
    return prepared;
}

}  // namespace cheget::executor
