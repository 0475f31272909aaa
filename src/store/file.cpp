// Whole files, durably written and warily read.
#include "store/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

std::unexpected<base::Error> system_failure(std::string_view what,
                                            const std::filesystem::path& path) {
    const std::string reason = system_reason();
    return fail(ErrorKind::unreachable,
                fmt::format("cannot {} {}: {}", what, base::shown(path.native()), reason));
}

Result<Descriptor> open_folder(const std::filesystem::path& path) {
    const std::filesystem::path folder = path.empty() ? "." : path;
    Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open()) {
        return system_failure("open the folder", folder);
    }
    return descriptor;
}

/// A name that nobody else is writing to: hidden, so that no reader of the folder takes it up.
Result<std::string> temporary_name(std::string_view name) {
    std::array<std::uint8_t, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        return fail(ErrorKind::unreachable, "cannot get random bytes: " + system_reason());
    }
    // A long name keeps within NAME_MAX with what is added.
    return fmt::format(".{}.{}.tmp", name.substr(0, 200), base::to_hex(random));
}

Result<void> write_all(int descriptor, std::string_view content,
                       const std::filesystem::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return system_failure("write", path);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> write_and_rename(const Descriptor& folder, const std::string& temporary,
                              const std::filesystem::path& path, std::string_view content,
                              unsigned mode) {
    const Descriptor file(::openat(folder.number(), temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.is_open()) {
        return system_failure("create a file beside", path);
    }
    TRY(write_all(file.number(), content, path));
    if (::fsync(file.number()) != 0) {
        return system_failure("make durable", path);
    }
    if (::renameat(folder.number(), temporary.c_str(), folder.number(), path.filename().c_str()) !=
        0) {
        return system_failure("put in place", path);
    }
    if (::fsync(folder.number()) != 0) {
        return system_failure("make durable the folder of", path);
    }
    return {};
}

}  // namespace

Result<void> write_file_durably(const std::filesystem::path& path, std::string_view content,
                                unsigned mode) {
    const Descriptor folder = TRY(open_folder(path.parent_path()));
    const std::string temporary = TRY(temporary_name(path.filename().native()));
    const Result<void> done = write_and_rename(folder, temporary, path, content, mode);
    if (!done) {
        ::unlinkat(folder.number(), temporary.c_str(), 0);  // gone already once it was renamed
    }
    return done;
}

Result<void> make_folder_durably(const std::filesystem::path& path, unsigned mode) {
    std::vector<std::filesystem::path> missing;
    std::error_code error;
    for (std::filesystem::path folder = path;
         !folder.empty() && !std::filesystem::is_directory(folder, error);
         folder = folder.parent_path()) {
        missing.push_back(folder);
    }
    while (!missing.empty()) {
        const std::filesystem::path folder = missing.back();
        missing.pop_back();
        if (!folder.has_filename()) {
            continue;  // `a/b/` names `a/b` twice
        }
        if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) {
            return system_failure("make the folder", folder);
        }
        const Descriptor parent = TRY(open_folder(folder.parent_path()));
        if (::fsync(parent.number()) != 0) {
            return system_failure("make durable the folder of", folder);
        }
    }
    if (!std::filesystem::is_directory(path, error)) {
        return fail(ErrorKind::unreachable,
                    fmt::format("{} is no folder", base::shown(path.native())));
    }
    return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t most) {
    const Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.is_open()) {
        if (errno == ELOOP) {
            return base::bad_input(
                fmt::format("{} is a symbolic link, which is not followed; name the file itself",
                            base::shown(path.native())));
        }
        return system_failure("open", path);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        return system_failure("look at", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return base::bad_input(base::shown(path.native()) + " is not a regular file");
    }
    const auto too_long = [&] {
        return base::bad_input(fmt::format("{} is longer than the {} bytes that are read",
                                           base::shown(path.native()), most));
    };
    if (static_cast<std::uintmax_t>(status.st_size) > most) {
        return too_long();
    }
    // The size may change under us: one byte more than was told shows that the file grew.
    std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
    std::size_t filled = 0;
    for (;;) {
        const ssize_t got = ::read(file.number(), content.data() + filled, content.size() - filled);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return system_failure("read", path);
        }
        if (got == 0) {
            break;
        }
        filled += static_cast<std::size_t>(got);
        if (filled > most) {
            return too_long();
        }
        if (filled == content.size()) {
            content.resize(content.size() * 2);
        }
    }
    content.resize(filled);
    return content;
}

}  // namespace cheget::store
