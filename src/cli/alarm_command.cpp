// Running an alarm's command: no shell, a bounded time.
#include "cli/alarm_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;

std::unexpected<base::Error> failed(const std::vector<std::string>& command, std::string_view why) {
    return fail(ErrorKind::command_failed,
                fmt::format("the alarm's command {}: {}", base::shown(command.front()), why));
}

/// In a group of its own, so that what it started can be ended with it.
Result<pid_t> start(const std::vector<std::string>& command, int input) {
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t process = -1;
    const int error =
        posix_spawnp(&process, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return failed(command, std::strerror(error));
    }
    return process;
}

/// Gives it what it takes until the deadline; one that does not read is no failure by itself.
void feed(store::Descriptor& input, std::string_view text, Clock::time_point deadline) {
    while (!text.empty() && Clock::now() < deadline) {
        pollfd ready{input.number(), POLLOUT, 0};
        ::poll(&ready, 1, 100);
        const ssize_t sent =
            ::send(input.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            break;
        }
        text.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    input.close();
}

}  // namespace

Result<void> run_alarm_command(const std::vector<std::string>& command, std::string_view input,
                               std::chrono::seconds longest) {
    int pair[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return failed(command, store::system_reason());
    }
    store::Descriptor ours(pair[0]);
    store::Descriptor theirs(pair[1]);
    const pid_t process = TRY(start(command, theirs.number()));
    theirs.close();
    const auto deadline = Clock::now() + longest;
    feed(ours, input, deadline);
    int status = 0;
    for (;;) {
        const pid_t ended = ::waitpid(process, &status, WNOHANG);
        if (ended == process || (ended < 0 && errno != EINTR)) {
            break;
        }
        if (Clock::now() >= deadline) {
            ::kill(-process, SIGKILL);
            ::waitpid(process, &status, 0);
            return failed(command, fmt::format("it had not ended after {} s and was killed",
                                               longest.count()));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (!WIFEXITED(status)) {
        return failed(command, "a signal ended it");
    }
    if (WEXITSTATUS(status) != 0) {
        return failed(command, fmt::format("it ended with {}", WEXITSTATUS(status)));
    }
    return {};
}

}  // namespace cheget::cli
