// From fork to exec. The order of the steps is what makes them safe: the view needs privileges, so
// it comes first; groups before users, for only a privileged process may change them; then
// no_new_privs, so that nothing brings privileges back; then Landlock and the system call filter;
// then the word "ready", and nothing but one byte to read and one call to make.
#include "executor/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "executor/capabilities.h"
#include "executor/namespace.h"
#include "executor/sandbox.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

constexpr int k_exec_failed = 127;

std::unexpected<base::Error> failure(std::string_view what) {
    const std::string reason = store::system_reason();
    return fail(ErrorKind::unreachable, fmt::format("cannot {}: {}", what, reason));
}

[[noreturn]] void report_and_exit(int status, const base::Error& error) {
    const std::string report =
        fmt::format("{}{}{}", k_failure_begin, static_cast<int>(error.kind), error.message);
    // The parent reads to the end; if it is gone there is nobody to tell.
    [[maybe_unused]] const ssize_t written = ::write(status, report.data(), report.size());
    ::_exit(k_exec_failed);
}

/// Closes everything above stderr but the ones named: locks and the ledger must not outlive the
/// executor in its child.
void close_all_but(std::vector<int> kept) {
    std::sort(kept.begin(), kept.end());
    unsigned first = 3;
    for (const int number : kept) {
        if (number < 3) {
            continue;  // -1 stands for one that isn't open
        }
        const auto keep = static_cast<unsigned>(number);
        if (keep > first) {
            ::close_range(first, keep - 1, 0);
        }
        first = keep + 1;
    }
    ::close_range(first, ~0U, 0);
}

/// A process begins with every signal at its default and none blocked, whatever the executor did.
void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        static_cast<void>(::signal(number, SIG_DFL));  // SIGKILL's and SIGSTOP's stay anyway
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<void> connect_streams(const SealedCommand& command, const Identities& identities,
                             const ChildPipes& pipes) {
    Descriptor nothing;
    int input = command.standard_input.number();
    if (!command.standard_input.is_open()) {
        nothing = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        input = nothing.number();
    }
    if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(pipes.output, STDOUT_FILENO) < 0 ||
        ::dup2(pipes.errors, STDERR_FILENO) < 0) {
        return failure("connect the command's input and output");
    }
    // A pipe belongs to who made it, and /dev/stderr is opened anew: its user's it must be.
    if (::geteuid() == 0 && (::fchown(STDOUT_FILENO, identities.user, identities.group) != 0 ||
                             ::fchown(STDERR_FILENO, identities.user, identities.group) != 0)) {
        return failure("give the command its output");
    }
    return {};
}

Result<void> limit_resources() {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0) {
        return failure("forbid core dumps");
    }
    ::umask(022);
    if (::setsid() < 0) {
        return failure("begin a session of its own");
    }
    return {};
}

Result<void> drop_privileges(const Identities& identities, const Sandbox& sandbox) {
    const bool root = ::geteuid() == 0;
    const std::uint64_t keep = capability_set(sandbox.capabilities);
    TRY(limit_bounding_set(keep));
    if (root) {
        if (::prctl(PR_SET_KEEPCAPS, keep != 0 ? 1 : 0, 0, 0, 0) != 0 ||
            ::setgroups(0, nullptr) != 0 ||
            ::setresgid(identities.group, identities.group, identities.group) != 0 ||
            ::setresuid(identities.user, identities.user, identities.user) != 0) {
            return failure("become the order's user");
        }
    }
    // A change of user puts the system's fs.suid_dumpable in place of what was set: where that
    // isn't 0, the user could read this process, or have it dump its memory, before it is the
    // command.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return failure("keep others from looking into the process");
    }
    TRY(keep_only_capabilities(keep));
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return failure("give up new privileges for good");
    }
    if (::getuid() != identities.user || ::geteuid() != identities.user ||
        ::getgid() != identities.group || ::getegid() != identities.group ||
        (root && ::getgroups(0, nullptr) != 0)) {
        return fail(ErrorKind::denied, "the command would not run as the order's user");
    }
    return {};
}

struct ExecArguments {
    explicit ExecArguments(const SealedCommand& command) {
        for (const std::string& argument : command.argv) {
            argv.push_back(const_cast<char*>(argument.c_str()));
        }
        for (const std::string& variable : command.environment) {
            environment.push_back(const_cast<char*>(variable.c_str()));
        }
        argv.push_back(nullptr);
        environment.push_back(nullptr);
    }
    std::vector<char*> argv;
    std::vector<char*> environment;
};

View view_of(const SealedCommand& command, const Config& config, const Sandbox& sandbox) {
    return {&command, config.state, {config.key, config.outbox, config.drop}, sandbox.network};
}

Result<Prepared> prepare(const SealedCommand& command, const Config& config, const Sandbox& sandbox,
                         const Identities& identities, const ChildPipes& pipes) {
    reset_signals();
    // Until exec nobody of the command's user may look into this process or steer it.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return failure("keep others from looking into the process");
    }
    std::vector<int> kept = {pipes.go, pipes.status, pipes.output, pipes.errors,
                             command.standard_input.number()};
    for (const SealedFile& file : command.files) {
        kept.push_back(file.memory.number());
    }
    close_all_but(std::move(kept));
    TRY(limit_resources());
    Prepared prepared = TRY(enter_view(view_of(command, config, sandbox)));
    Descriptor rules;
    if (sandbox.writable) {
        rules = TRY(make_write_rules(*sandbox.writable));
    }
    TRY(connect_streams(command, identities, pipes));
    TRY(drop_privileges(identities, sandbox));
    if (::fchdir(prepared.directory.number()) != 0) {
        return failure("enter the order's directory");
    }
    if (rules.is_open()) {
        TRY(enforce_write_rules(rules));
    }
    TRY(limit_system_calls(sandbox.system_calls));
    return prepared;
}

}  // namespace

void become_command(const SealedCommand& command, const Config& config, const Sandbox& sandbox,
                    const Identities& identities, const ChildPipes& pipes) {
    const Result<Prepared> prepared = prepare(command, config, sandbox, identities, pipes);
    if (!prepared) {
        report_and_exit(pipes.status, prepared.error());
    }
    const ExecArguments arguments(command);
    char byte = k_ready;
    if (::write(pipes.status, &byte, 1) != 1) {
        ::_exit(k_exec_failed);
    }
    ssize_t got = 0;
    do {
        got = ::read(pipes.go, &byte, 1);
    } while (got < 0 && errno == EINTR);
    if (got != 1) {
        ::_exit(k_exec_failed);  // the executor is gone, or thought better of it
    }
    // Everything above stderr is closed by the exec itself: from here on only what the order names.
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::syscall(SYS_execveat, prepared->program.number(), "", arguments.argv.data(),
              arguments.environment.data(), AT_EMPTY_PATH);
    report_and_exit(pipes.status, {ErrorKind::unreachable,
                                   fmt::format("cannot execute {}: {}", command.argv.front(),
                                               store::system_reason())});
}

}  // namespace cheget::executor
