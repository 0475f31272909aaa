// fork(2), a pipe and a seccomp filter that lets through what memory and one pipe need.
#include "briefcase/apart.h"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "net/late_library.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::ErrorKind;
using base::Result;

constexpr rlim_t k_processor_seconds = 30;
constexpr std::uint8_t k_success = 0xff;  // else the first byte is an ErrorKind

/// Whatever this process had open is its parent's: files, sockets, the terminal.
bool keep_only(int descriptor) {
    const auto number = static_cast<unsigned>(descriptor);
    return (number == 0 || ::close_range(0, number - 1, 0) == 0) &&
           ::close_range(number + 1, ~0U, 0) == 0;
}

/// What is used of libseccomp.
struct Seccomp {
    net::LateLibrary library{"libseccomp.so.2"};
    decltype(&::seccomp_init) begin = library["seccomp_init"];
    decltype(&::seccomp_rule_add_array) add = library["seccomp_rule_add_array"];
    decltype(&::seccomp_load) load = library["seccomp_load"];
    decltype(&::seccomp_release) release = library["seccomp_release"];
};

const Seccomp& seccomp() {
    static const Seccomp loaded;
    return loaded;
}

/// Everything but these fails with EPERM.
bool lock_in() {
    constexpr int k_allowed[] = {
        SCMP_SYS(write),        SCMP_SYS(brk),           SCMP_SYS(munmap),
        SCMP_SYS(mremap),       SCMP_SYS(madvise),       SCMP_SYS(futex),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
        SCMP_SYS(getrandom),    SCMP_SYS(exit),          SCMP_SYS(exit_group)};
    scmp_filter_ctx filter = seccomp().begin(SCMP_ACT_ERRNO(EPERM));
    bool done = filter != nullptr;
    for (const int call : k_allowed) {
        done = done && seccomp().add(filter, SCMP_ACT_ALLOW, call, 0, nullptr) == 0;
    }
    const scmp_arg_cmp anonymous = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
    done = done && seccomp().add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &anonymous) == 0;
    done = done && seccomp().load(filter) == 0;
    seccomp().release(filter);
    return done;
}

void append_length(std::string& text, std::size_t length) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += static_cast<char>(length >> static_cast<unsigned>(shift) & 255U);
    }
}

std::string packed(const Result<std::vector<Bytes>>& result) {
    std::string text;
    if (!result) {
        text += static_cast<char>(result.error().kind);
        return text + result.error().message;
    }
    text += static_cast<char>(k_success);
    for (const Bytes& one : *result) {
        append_length(text, one.size());
        text += base::as_text(one);
    }
    return text;
}

std::unexpected<base::Error> garbled() {
    return base::bad_input(
        "the process that reads it answered what can't be understood: the file "
        "may be meant to attack it");
}

/// What came out of the child is hostile too.
Result<std::vector<Bytes>> unpacked(std::string_view text) {
    if (text.empty()) {
        return garbled();
    }
    const auto first = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    if (first == static_cast<std::uint8_t>(ErrorKind::unreachable)) {
        return base::fail(ErrorKind::unreachable, base::shown(text));
    }
    if (first != k_success) {
        return base::bad_input(base::shown(text));
    }
    std::vector<Bytes> all;
    while (!text.empty()) {
        if (text.size() < 4) {
            return garbled();
        }
        std::size_t length = 0;
        for (const char byte : text.substr(0, 4)) {
            length = length << 8U | static_cast<std::uint8_t>(byte);
        }
        text.remove_prefix(4);
        if (length > text.size()) {
            return garbled();
        }
        const auto bytes = base::as_bytes(text.substr(0, length));
        all.emplace_back(bytes.begin(), bytes.end());
        text.remove_prefix(length);
    }
    return all;
}

[[noreturn]] void work_in_child(const std::function<Result<std::vector<Bytes>>()>& work, int to) {
    const rlimit processor{k_processor_seconds, k_processor_seconds};
    const rlimit none{0, 0};
    const bool ready = ::setrlimit(RLIMIT_CPU, &processor) == 0 &&
                       ::setrlimit(RLIMIT_CORE, &none) == 0 &&
                       ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && keep_only(to) && lock_in();
    const std::string answer =
        packed(ready ? work()
                     : base::fail(ErrorKind::unreachable,
                                  "the process that reads it can't be locked in (seccomp)"));
    std::string_view rest = answer;
    while (!rest.empty()) {
        const ssize_t written = ::write(to, rest.data(), rest.size());
        if (written <= 0) {
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    ::_exit(0);
}

/// Everything up to the end; nothing if it is more than `most`.
bool read_all(int from, std::size_t most, std::string& text) {
    char some[4096];
    for (;;) {
        const ssize_t got = ::read(from, some, sizeof some);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        text.append(some, static_cast<std::size_t>(got));
        if (text.size() > most) {
            return false;
        }
    }
}

}  // namespace

Result<std::vector<Bytes>> run_apart(const std::function<Result<std::vector<Bytes>>()>& work,
                                     std::size_t most) {
    if (!seccomp().library.failure().empty()) {
        return base::fail(ErrorKind::unreachable,
                          "locking a process in: " + seccomp().library.failure());
    }
    int ends[2];
    if (::pipe(ends) != 0) {
        return base::fail(ErrorKind::unreachable,
                          fmt::format("starting a process: {}", std::strerror(errno)));
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        work_in_child(work, ends[1]);
    }
    ::close(ends[1]);
    std::string answer;
    const bool whole = child > 0 && read_all(ends[0], most, answer);
    ::close(ends[0]);
    if (child < 0) {
        return base::fail(ErrorKind::unreachable,
                          fmt::format("starting a process: {}", std::strerror(errno)));
    }
    if (!whole) {
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return base::bad_input(
            "the process that reads it was stopped: the file is damaged, or meant to attack it");
    }
    return unpacked(answer);
}

}  // namespace cheget::briefcase
