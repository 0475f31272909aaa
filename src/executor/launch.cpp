// The executor's side of starting, watching and ending a command.
#include "executor/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "base/text.h"
#include "executor/child.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using store::Descriptor;

constexpr std::size_t k_longest_report = 1U << 16U;
constexpr std::int64_t k_grace_milliseconds = 10'000;     // from SIGTERM to SIGKILL at a time limit
constexpr std::int64_t k_prepare_milliseconds = 600'000;  // copying what the order names, at most

struct Pipe {
    Descriptor read;
    Descriptor write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(ErrorKind::unreachable, "cannot make a pipe: " + store::system_reason());
    }
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::int64_t monotonic_milliseconds() {
    timespec now{};
    static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));  // can't fail for this clock
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// The child's report: empty once exec closed the pipe, k_ready, or a failure. Nothing if it did
/// not come in time: processes of the order's user can send the child signals, SIGSTOP too.
std::optional<std::string> read_report(const Descriptor& status, bool to_end,
                                       std::int64_t limit_milliseconds) {
    const std::int64_t deadline = monotonic_milliseconds() + limit_milliseconds;
    std::string report;
    std::array<char, 4096> piece{};
    while (report.size() < k_longest_report) {
        const std::int64_t left = deadline - monotonic_milliseconds();
        if (left <= 0) {
            return std::nullopt;
        }
        pollfd watched{status.number(), POLLIN, 0};
        if (::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) <= 0) {
            continue;
        }
        const ssize_t got = ::read(status.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        report.append(piece.data(), static_cast<std::size_t>(got));
        if (!to_end && report.front() == k_ready) {
            break;
        }
    }
    return report;
}

std::unexpected<base::Error> failure_of(const std::string& report) {
    if (report.size() < 2 || report[0] != k_failure_begin || report[1] < '1' || report[1] > '8') {
        return fail(ErrorKind::unreachable, "the command's process ended before it was ready");
    }
    return fail(static_cast<ErrorKind>(report[1] - '0'), report.substr(2));
}

sigset_t passed_on_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD}) {
        ::sigaddset(&set, number);
    }
    return set;
}

/// What the command writes, as it comes: kept up to a limit, counted, and passed on.
class Collector {
  public:
    Collector(Ending& ending, std::uint64_t limit, const Echo& echo)
        : ending_(ending), limit_(limit), echo_(echo) {}

    enum class Took { something, nothing, end };

    Took take(const Descriptor& source, int name) {
        std::array<char, 1U << 16U> piece{};
        const ssize_t got = ::read(source.number(), piece.data(), piece.size());
        if (got < 0) {
            return errno == EINTR || errno == EAGAIN ? Took::nothing : Took::end;
        }
        if (got == 0) {
            return Took::end;
        }
        const std::string_view text(piece.data(), static_cast<std::size_t>(got));
        const std::uint64_t room = limit_ - ending_.output.size();
        ending_.output.append(
            text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, text.size()))));
        ending_.output_bytes += text.size();
        echo_(name, text);
        return Took::something;
    }

    /// All that is there now, and no more: what the command left running may go on writing faster
    /// than we read.
    void drain(const Descriptor& source, int name) {
        const int room = ::fcntl(source.number(), F_GETPIPE_SZ);
        const std::uint64_t end =
            ending_.output_bytes + static_cast<std::uint64_t>(std::max(room, 0));
        while (ending_.output_bytes < end && take(source, name) == Took::something) {
        }
    }

  private:
    Ending& ending_;
    std::uint64_t limit_;
    const Echo& echo_;
};

}  // namespace

Result<Identities> identities_for(const std::optional<std::string>& user, bool keep_groups) {
    const uid_t own = ::geteuid();
    Identities identities{own, ::getegid(), keep_groups && own != 0};
    if (user) {
        errno = 0;
        const passwd* entry = ::getpwnam(user->c_str());
        if (entry == nullptr) {
            return fail(ErrorKind::denied,
                        fmt::format("the order's user {} does not exist on this machine",
                                    base::shown(*user)));
        }
        identities.user = entry->pw_uid;
        identities.group = entry->pw_gid;
    }
    if (own == 0) {
        return identities;
    }
    if (identities.user != own || identities.group != ::getegid()) {
        return fail(ErrorKind::denied,
                    fmt::format("the order's user is {}, and an executor that isn't root can only "
                                "run commands as itself",
                                base::shown(user.value_or(""))));
    }
    std::array<gid_t, NGROUPS_MAX> groups{};
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    const auto end = groups.begin() + std::max(count, 0);
    if (!keep_groups &&
        !std::all_of(groups.begin(), end, [&](gid_t group) { return group == ::getegid(); })) {
        return fail(ErrorKind::denied,
                    "the executor belongs to supplementary groups, which nobody signed and only "
                    "root can drop; run it as root or without them, or set keep_groups = true");
    }
    return identities;
}

void Launch::block_signals() {
    const sigset_t set = passed_on_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

bool Launch::was_asked_to_stop() {
    sigset_t pending;
    ::sigpending(&pending);
    return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1 ||
           ::sigismember(&pending, SIGHUP) == 1 || ::sigismember(&pending, SIGQUIT) == 1;
}

Launch::Launch(Launch&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      go_(std::move(other.go_)),
      status_(std::move(other.status_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

Launch::~Launch() {
    if (child_ > 0) {
        go_.close();  // it reads the end of the pipe and leaves
        ::kill(child_, SIGKILL);
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

Result<Launch> Launch::prepare(const SealedCommand& command, const Config& config,
                               const Sandbox& sandbox, const Identities& identities) {
    if (!sandbox.capabilities.empty() && ::geteuid() != 0) {
        return fail(ErrorKind::denied, "only an executor that is root can give capabilities");
    }
    Pipe go = TRY(make_pipe());
    Pipe status = TRY(make_pipe());
    Pipe output = TRY(make_pipe());
    Pipe errors = TRY(make_pipe());
    const pid_t child = ::fork();
    if (child < 0) {
        return fail(ErrorKind::unreachable, "cannot fork: " + store::system_reason());
    }
    if (child == 0) {
        become_command(command, config, sandbox, identities,
                       {go.read.number(), status.write.number(), output.write.number(),
                        errors.write.number()});
    }
    Launch launch;
    launch.child_ = child;
    launch.go_ = std::move(go.write);
    launch.status_ = std::move(status.read);
    launch.output_ = std::move(output.read);
    launch.errors_ = std::move(errors.read);
    status.write.close();
    const std::optional<std::string> report =
        read_report(launch.status_, false, k_prepare_milliseconds);
    if (!report) {
        return fail(ErrorKind::unreachable,
                    "the command's process did not become ready in ten minutes: it was stopped, or "
                    "the machine is too busy; nothing was claimed");
    }
    if (report->empty() || report->front() != k_ready) {
        return failure_of(*report);
    }
    return launch;
}

Result<void> Launch::start(const Sandbox& sandbox) {
    const char byte = 'G';
    if (::write(go_.number(), &byte, 1) != 1) {
        return fail(ErrorKind::unreachable, "the command's process ended before it began");
    }
    const std::optional<std::string> report =
        read_report(status_, true, sandbox.time_limit.seconds * 1000);
    if (!report) {
        return fail(ErrorKind::unknown_outcome,
                    "the command's process was let go and did not begin within the time limit; "
                    "somebody stopped it, and it was ended");
    }
    if (!report->empty()) {
        return failure_of(*report);
    }
    return {};
}

Result<Ending> Launch::wait(const Sandbox& sandbox, const Echo& echo) {
    const sigset_t set = passed_on_signals();
    const Descriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.is_open()) {
        return fail(ErrorKind::unreachable, "cannot watch the command: " + store::system_reason());
    }
    for (const Descriptor* stream : {&output_, &errors_}) {
        ::fcntl(stream->number(), F_SETFL, O_NONBLOCK);
    }
    Ending ending;
    Collector collector(ending, sandbox.output_limit_bytes, echo);
    std::int64_t deadline = monotonic_milliseconds() + sandbox.time_limit.seconds * 1000;
    std::array<bool, 2> open = {true, true};
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(child_, &status, WNOHANG);
        if (ended < 0 && errno != EINTR) {
            child_ = -1;
            return fail(ErrorKind::unreachable,
                        "the command's end was lost: " + store::system_reason());
        }
        if (ended == child_) {
            // What it wrote before its end is still in the pipes; what outlives it is not awaited.
            collector.drain(output_, STDOUT_FILENO);
            collector.drain(errors_, STDERR_FILENO);
            child_ = -1;
            ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
            return ending;
        }
        const std::int64_t left = deadline - monotonic_milliseconds();
        if (left <= 0) {
            ::kill(-child_, ending.timed_out ? SIGKILL : SIGTERM);
            ending.timed_out = true;
            deadline = monotonic_milliseconds() + k_grace_milliseconds;
            continue;
        }
        std::array<pollfd, 3> watched = {{{signals.number(), POLLIN, 0},
                                          {open[0] ? output_.number() : -1, POLLIN, 0},
                                          {open[1] ? errors_.number() : -1, POLLIN, 0}}};
        ::poll(watched.data(), watched.size(),
               static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (watched[0].revents != 0) {
            signalfd_siginfo info{};
            while (::read(signals.number(), &info, sizeof info) == sizeof info) {
                if (info.ssi_signo != SIGCHLD) {
                    ::kill(-child_, static_cast<int>(info.ssi_signo));
                }
            }
        }
        if (watched[1].revents != 0) {
            open[0] = collector.take(output_, STDOUT_FILENO) != Collector::Took::end;
        }
        if (watched[2].revents != 0) {
            open[1] = collector.take(errors_, STDERR_FILENO) != Collector::Took::end;
        }
    }
}

}  // namespace cheget::executor
