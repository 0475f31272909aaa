// Copying while hashing, into memory that is then sealed.
#include "executor/sealing.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

constexpr unsigned k_no_exec_seal = 8;  // MFD_NOEXEC_SEAL of Linux 6.3, which systems may demand
constexpr std::size_t k_chunk_bytes = 1U << 16U;

Result<Descriptor> make_memory() {
    Descriptor memory(::memfd_create("cheget", MFD_CLOEXEC | MFD_ALLOW_SEALING | k_no_exec_seal));
    if (!memory.is_open() && errno == EINVAL) {  // an older kernel
        memory = Descriptor(::memfd_create("cheget", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    }
    if (!memory.is_open()) {
        return fail(ErrorKind::unreachable,
                    "cannot get memory for a sealed copy: " + store::system_reason());
    }
    return memory;
}

/// A copy in the making: every byte is hashed and written from the same buffer.
class Copy {
  public:
    static Result<Copy> begin(std::string_view name, std::uint64_t bytes) {
        Descriptor memory = TRY(make_memory());
        return Copy(std::move(memory), name, bytes);
    }

    Result<void> add(base::BytesView content) {
        seen_ += content.size();
        if (seen_ > expected_bytes_) {
            return fail(ErrorKind::denied,
                        fmt::format("{} is longer than the {} bytes that were signed",
                                    base::shown(name_), expected_bytes_));
        }
        hasher_->add(content);
        while (!content.empty()) {
            const ssize_t written = ::write(memory_.number(), content.data(), content.size());
            if (written < 0) {
                if (errno == EINTR) {
                    continue;
                }
                return fail(
                    ErrorKind::unreachable,
                    fmt::format("cannot copy {}: {}", base::shown(name_), store::system_reason()));
            }
            content = content.subspan(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<Descriptor> finish(const base::Digest& expected) {
        const base::Digest found = hasher_->finish();
        if (seen_ != expected_bytes_ || found != expected) {
            return fail(ErrorKind::denied,
                        fmt::format("{} is not what was signed: it has {} bytes and {}, the order "
                                    "says {} bytes and {}",
                                    base::shown(name_), seen_, base::to_text(found),
                                    expected_bytes_, base::to_text(expected)));
        }
        if (::fcntl(memory_.number(), F_ADD_SEALS,
                    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
            ::lseek(memory_.number(), 0, SEEK_SET) != 0) {
            return fail(ErrorKind::unreachable,
                        fmt::format("cannot seal the copy of {}: {}", base::shown(name_),
                                    store::system_reason()));
        }
        return std::move(memory_);
    }

  private:
    Copy(Descriptor memory, std::string_view name, std::uint64_t bytes)
        : memory_(std::move(memory)),
          hasher_(std::make_unique<base::Hasher>()),
          name_(name),
          expected_bytes_(bytes) {}

    Descriptor memory_;
    std::unique_ptr<base::Hasher> hasher_;
    std::string name_;
    std::uint64_t expected_bytes_;
    std::uint64_t seen_ = 0;
};

/// Calls `take` with every piece of what the descriptor holds.
template <typename Take>
Result<void> read_pieces(int source, std::string_view name, Take take) {
    std::vector<std::uint8_t> buffer(k_chunk_bytes);
    for (;;) {
        const ssize_t got = ::read(source, buffer.data(), buffer.size());
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(ErrorKind::unreachable, fmt::format("cannot read {}: {}", base::shown(name),
                                                            store::system_reason()));
        }
        if (got == 0) {
            return {};
        }
        TRY(take(base::BytesView(buffer).first(static_cast<std::size_t>(got))));
    }
}

Result<base::Bytes> read_head(int descriptor, std::string_view path) {
    base::Bytes head(k_script_head_bytes);
    std::size_t filled = 0;
    while (filled < head.size()) {
        const ssize_t got = ::pread(descriptor, head.data() + filled, head.size() - filled,
                                    static_cast<off_t>(filled));
        if (got < 0) {
            return fail(ErrorKind::unreachable, fmt::format("cannot read {}: {}", base::shown(path),
                                                            store::system_reason()));
        }
        if (got == 0) {
            break;
        }
        filled += static_cast<std::size_t>(got);
    }
    head.resize(filled);
    return head;
}

/// Whether the kernel itself executes the file. Anything but a program for this machine could be
/// handed to whatever binfmt_misc names, an interpreter that nobody signed.
Result<void> require_native(base::BytesView head, std::string_view path) {
    Elf64_Ehdr own{};
    const Descriptor self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (!self.is_open() || ::read(self.number(), &own, sizeof own) != sizeof own) {
        return fail(ErrorKind::unreachable,
                    "cannot tell which programs this machine runs: "
                    "/proc/self/exe can't be read");
    }
    Elf64_Ehdr program{};
    if (head.size() >= sizeof program) {
        std::memcpy(&program, head.data(), sizeof program);
    }
    if (std::memcmp(program.e_ident, ELFMAG, SELFMAG) != 0 ||
        program.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || program.e_machine != own.e_machine) {
        return fail(ErrorKind::denied,
                    fmt::format("{} is neither a program of this machine's kind nor a script that "
                                "begins with `#!`",
                                base::shown(path)));
    }
    return {};
}

Result<std::size_t> find_file(const std::vector<SealedFile>& files, const std::string& path,
                              std::string_view role) {
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const SealedFile& file) { return file.path == path; });
    if (found == files.end()) {
        return fail(ErrorKind::denied,
                    fmt::format("the order has no file line for its {} {}, so its bytes were not "
                                "signed; propose it with one (`cheget-exec fingerprint {}` prints "
                                "it)",
                                role, base::shown(path), base::shown(path)));
    }
    return static_cast<std::size_t>(found - files.begin());
}

/// Finds what is to be executed, and how: a program as it is, a script by its interpreter.
Result<void> arrange(SealedCommand& command, const std::vector<std::string>& argv) {
    const std::size_t program = TRY(find_file(command.files, argv.front(), "program"));
    const base::Bytes head = TRY(read_head(command.files[program].memory.number(), argv.front()));
    const std::optional<ScriptLine> script = TRY(parse_script_line(head));
    command.files[program].executable = true;
    if (!script) {
        TRY(require_native(head, argv.front()));
        command.program = program;
        command.argv = argv;
        return {};
    }
    command.program = TRY(find_file(command.files, script->interpreter, "script's interpreter"));
    SealedFile& interpreter = command.files[command.program];
    const base::Bytes interpreter_head =
        TRY(read_head(interpreter.memory.number(), interpreter.path));
    const std::optional<ScriptLine> nested = TRY(parse_script_line(interpreter_head));
    if (nested) {
        return fail(ErrorKind::denied,
                    fmt::format("the script's interpreter {} is a script itself; run the last "
                                "interpreter explicitly, with a file line for each",
                                base::shown(interpreter.path)));
    }
    TRY(require_native(interpreter_head, interpreter.path));
    interpreter.executable = true;
    command.argv = {script->interpreter};
    if (script->argument) {
        command.argv.push_back(*script->argument);
    }
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    return {};
}

}  // namespace

Result<Descriptor> seal_bytes(int source, std::string_view name, const base::Digest& digest,
                              std::uint64_t bytes) {
    Copy copy = TRY(Copy::begin(name, bytes));
    TRY(read_pieces(source, name, [&](base::BytesView piece) { return copy.add(piece); }));
    return copy.finish(digest);
}

Result<Descriptor> seal_bytes(base::BytesView content, std::string_view name,
                              const base::Digest& digest, std::uint64_t bytes) {
    Copy copy = TRY(Copy::begin(name, bytes));
    TRY(copy.add(content));
    return copy.finish(digest);
}

namespace {

std::string_view deed_words(const statement::Deed& deed) {
    struct Words {
        std::string_view operator()(const statement::Run&) const { return "a command"; }
        std::string_view operator()(const statement::Call&) const { return "a tool call (`call`)"; }
        std::string_view operator()(const statement::Sign&) const { return "a signature (`sign`)"; }
        std::string_view operator()(const statement::Ref&) const { return "a moved ref (`ref`)"; }
        std::string_view operator()(const statement::Sql&) const { return "SQL (`sql`)"; }
    };
    return std::visit(Words{}, deed);
}

}  // namespace

Result<SealedCommand> seal_command(const statement::Order& order, std::uint64_t most_bytes,
                                   std::optional<base::BytesView> standard_input) {
    const auto* run = std::get_if<statement::Run>(&order.deed);
    if (run == nullptr || run->argv.empty()) {
        return fail(ErrorKind::denied,
                    fmt::format("this executor runs commands alone, and the order asks for {}; "
                                "nothing was claimed or done",
                                deed_words(order.deed)));
    }
    std::uint64_t total = order.standard_input ? order.standard_input->bytes : 0;
    for (const statement::FileReference& file : order.files) {
        total += std::min(file.bytes, most_bytes + 1);
        if (total > most_bytes) {
            return fail(ErrorKind::denied,
                        fmt::format("the order's files pass {} bytes together, more than this "
                                    "executor copies (most_file_bytes)",
                                    most_bytes));
        }
    }
    SealedCommand command;
    for (const statement::FileReference& file : order.files) {
        const Opened opened = TRY(open_trusted(file.path, PathEnd::regular_file));
        Descriptor memory =
            TRY(seal_bytes(opened.descriptor.number(), file.path, file.digest, file.bytes));
        command.files.push_back(
            {file.path, file.digest, file.bytes, opened.identity, std::move(memory), false});
    }
    TRY(arrange(command, run->argv));
    for (const auto& [name, value] : order.environment) {
        command.environment.push_back(fmt::format("{}={}", name, value));
    }
    if (order.standard_input) {
        if (!standard_input) {
            return fail(ErrorKind::denied,
                        fmt::format("the bytes for the order's stdin, {}, are neither in the "
                                    "permit nor in the domain folder's files/",
                                    base::to_text(order.standard_input->digest)));
        }
        command.standard_input = TRY(seal_bytes(
            *standard_input, "stdin", order.standard_input->digest, order.standard_input->bytes));
    }
    command.directory = order.directory.value_or("/");
    const Opened directory = TRY(open_trusted(command.directory, PathEnd::folder));
    command.directory_identity = directory.identity;
    return command;
}

Result<std::vector<statement::FileReference>> fingerprint(const std::vector<std::string>& paths) {
    std::vector<std::string> wanted = paths;
    std::vector<statement::FileReference> lines;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::string path = wanted[i];
        const Opened opened = TRY(open_trusted(path, PathEnd::regular_file));
        const base::Bytes head = TRY(read_head(opened.descriptor.number(), path));
        const std::optional<ScriptLine> script = TRY(parse_script_line(head));
        if (script &&
            std::find(wanted.begin(), wanted.end(), script->interpreter) == wanted.end()) {
            wanted.push_back(script->interpreter);
        }
        base::Hasher hasher;
        std::uint64_t bytes = 0;
        const auto add = [&](base::BytesView piece) -> Result<void> {
            hasher.add(piece);
            bytes += piece.size();
            return {};
        };
        TRY(read_pieces(opened.descriptor.number(), path, add));
        lines.push_back({hasher.finish(), bytes, path});
    }
    std::sort(lines.begin(), lines.end(),
              [](const auto& left, const auto& right) { return left.path < right.path; });
    return lines;
}

}  // namespace cheget::executor
