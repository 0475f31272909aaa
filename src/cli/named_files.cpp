// Named files: hashing, copying, and the check that an approver can open what they approve.
#include "cli/named_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "executor/script_line.h"
#include "store/descriptor.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_excerpt = 4096;

/// A file of this machine, hashed; its content too while that is at most `most` bytes.
struct HashedFile {
    base::Digest digest;
    std::uint64_t bytes = 0;
    std::optional<std::string> content;
};

/// Symlinks are followed: the path is the one that will run, as this machine resolves it.
Result<store::Descriptor> open_regular(const std::string& path) {
    store::Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || fstat(file.number(), &status) != 0) {
        return fail(ErrorKind::unreachable,
                    fmt::format("opening {}: {}", base::shown(path), store::system_reason()));
    }
    if (!S_ISREG(status.st_mode)) {
        return base::bad_input(
            fmt::format("opening {}: it is not a regular file", base::shown(path)));
    }
    return file;
}

Result<HashedFile> hash_file(const std::string& path, std::size_t most) {
    store::Descriptor file = TRY(open_regular(path));
    HashedFile hashed;
    hashed.content.emplace();
    base::Hasher hasher;
    std::vector<char> buffer(1U << 16U);
    while (true) {
        ssize_t got = read(file.number(), buffer.data(), buffer.size());
        if (got < 0) {
            return fail(ErrorKind::unreachable,
                        fmt::format("reading {}: {}", base::shown(path), store::system_reason()));
        }
        if (got == 0) {
            break;
        }
        std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
        hasher.add(base::as_bytes(piece));
        hashed.bytes += piece.size();
        if (hashed.bytes > most) {
            hashed.content.reset();
        } else if (hashed.content) {
            hashed.content->append(piece);
        }
    }
    hashed.digest = hasher.finish();
    return hashed;
}

/// Short plain text as lines that can't deceive; empty for anything else.
std::string excerpt_of(std::string_view content) {
    bool printable = std::all_of(content.begin(), content.end(), [](char one) {
        return one == '\n' || one == '\t' || static_cast<unsigned char>(one) >= 0x20;
    });
    if (content.size() > k_longest_excerpt || !printable) {
        return {};
    }
    std::string excerpt;
    while (!content.empty()) {
        excerpt += fmt::format("      | {}\n", base::shown(base::take_until(content, '\n')));
    }
    return excerpt;
}

NamedFile find_one(const store::DomainFolder& folder, std::string what, const base::Digest& digest,
                   std::uint64_t bytes, const std::string& path) {
    NamedFile file{std::move(what), digest, bytes, "", "", ""};
    auto held = folder.read_named_file(digest, k_longest_copied_file);
    if (held && *held && (*held)->size() == bytes) {
        file.openable_at = folder.file_path(digest).string();
        file.excerpt = excerpt_of(**held);
        return file;
    }
    file.why_not = held ? "its bytes are not in the folder's files/" : held.error().message;
    if (path.empty() || path[0] != '/') {
        return file;
    }
    auto local = hash_file(path, k_longest_excerpt);
    if (!local) {
        file.why_not += fmt::format(", and {}", local.error().message);
    } else if (local->digest != digest || local->bytes != bytes) {
        file.why_not += fmt::format(", and {} on this machine is another file", base::shown(path));
    } else {
        file.openable_at = path;
        file.excerpt = local->content ? excerpt_of(*local->content) : "";
        file.why_not.clear();
    }
    return file;
}

}  // namespace

std::vector<NamedFile> find_named_files(const store::DomainFolder& folder,
                                        const statement::Order& order) {
    std::vector<NamedFile> found;
    for (const statement::FileReference& file : order.files) {
        found.push_back(find_one(folder, fmt::format("file {}", base::shown(file.path)),
                                 file.digest, file.bytes, file.path));
    }
    if (order.standard_input) {
        found.push_back(find_one(folder, "stdin", order.standard_input->digest,
                                 order.standard_input->bytes, ""));
    }
    if (const auto* sign = std::get_if<statement::Sign>(&order.deed)) {
        found.push_back(find_one(folder, "what is signed", sign->digest, sign->bytes, ""));
    }
    return found;
}

Result<void> require_openable(Session& session, const std::vector<NamedFile>& files,
                              bool by_digest) {
    const NamedFile* hidden = nullptr;
    if (!files.empty()) {
        session.say("{}\n", session.bold("Files that it names, by their digests:"));
    }
    for (const NamedFile& file : files) {
        if (file.openable_at.empty()) {
            hidden = hidden == nullptr ? &file : hidden;
            session.say("  {} {} ({} bytes): {}\n", session.bad("can't be opened:"), file.what,
                        file.bytes, file.why_not);
            continue;
        }
        session.say("  {} {} ({} bytes): look at {}\n{}", session.good("checked:"), file.what,
                    file.bytes, base::shown(file.openable_at), file.excerpt);
    }
    if (hidden == nullptr) {
        return {};
    }
    if (by_digest) {
        session.say("  {} this action lets people sign digests of files that they can't open\n",
                    session.warning("by digest:"));
        return {};
    }
    return fail(
        ErrorKind::denied,
        fmt::format("opening {} ({}): {}; nobody should sign a digest that they can't open, "
                    "so ask the proposer for the file and put it into {}, or let the policy "
                    "say `by digest`",
                    hidden->what, base::to_text(hidden->digest), hidden->why_not,
                    "files/" + base::to_hex(hidden->digest)));
}

Result<statement::FileReference> take_file(store::DomainFolder& folder, const std::string& path) {
    HashedFile hashed = TRY(hash_file(path, k_longest_copied_file));
    if (hashed.content) {
        TRY(folder.add_named_file(*hashed.content));
    }
    return statement::FileReference{hashed.digest, hashed.bytes, path};
}

Result<statement::ContentReference> take_standard_input(store::DomainFolder& folder,
                                                        const std::string& path) {
    std::string content = TRY(read_input(path, k_longest_copied_file));
    TRY(folder.add_named_file(content));
    return statement::ContentReference{base::sha256(content), content.size()};
}

Result<statement::ContentReference> hash_of_file(const std::string& path) {
    HashedFile hashed = TRY(hash_file(path, 0));
    return statement::ContentReference{hashed.digest, hashed.bytes};
}

Result<std::optional<std::string>> interpreter_of(const std::string& path) {
    store::Descriptor file = TRY(open_regular(path));
    base::Bytes head(executor::k_script_head_bytes);
    ssize_t got = read(file.number(), head.data(), head.size());
    head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    auto script = executor::parse_script_line(head);
    if (!script) {
        return std::unexpected(base::within(base::shown(path), script.error()));
    }
    return *script ? std::optional((*script)->interpreter) : std::nullopt;
}

Result<statement::FileReference> parse_file_reference(std::string_view text) {
    std::string_view rest = text;
    auto digest = base::parse_digest(base::take_until(rest, ' '));
    auto bytes = base::parse_number(base::take_until(rest, ' '), UINT64_MAX);
    if (!digest || !bytes || rest.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("reading the file reference `{}`: it should be `sha256:… BYTES "
                                "PATH`, as `cheget-exec fingerprint` prints it",
                                base::shown(text)));
    }
    return statement::FileReference{*digest, *bytes, std::string(rest)};
}

}  // namespace cheget::cli
