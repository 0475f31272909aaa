// Running an alarm's command: no shell, a bounded time.
#include "store/alarm_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "base/text.h"
#include "store/descriptor.h"

namespace cheget::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;

/// For a killed process to be gone; one that waits in the kernel for a dead disk stays longer.
constexpr std::chrono::seconds k_time_to_die{5};

std::unexpected<base::Error> failed(const std::vector<std::string>& command, std::string_view why) {
    return fail(ErrorKind::command_failed,
                fmt::format("the alarm's command {}: {}", base::shown(command.front()), why));
}

/// In memory, so that a command which does not read keeps nobody waiting.
Result<Descriptor> file_with(const std::vector<std::string>& command, std::string_view text) {
    Descriptor file(::memfd_create("alarm", MFD_CLOEXEC));
    if (!file.is_open() ||
        ::pwrite(file.number(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return failed(command, "keeping its details: " + system_reason());
    }
    return file;
}

/// In a group of its own, so that what it started can be ended with it.
Result<pid_t> start(const std::vector<std::string>& command, int input, char* const* environment) {
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
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t process = -1;
    const int error =
        posix_spawnp(&process, arguments[0], &actions, &attributes, arguments.data(), environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return failed(command, std::strerror(error));
    }
    return process;
}

/// Its wait status if it ended by then.
std::optional<int> ended_by(pid_t process, Clock::time_point deadline) {
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(process, &status, WNOHANG);
        if (ended == process) {
            return status;
        }
        if ((ended < 0 && errno != EINTR) || Clock::now() >= deadline) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace

Result<void> run_alarm_command(const std::vector<std::string>& command, std::string_view input,
                               std::chrono::seconds longest, char* const* environment) {
    // Where whoever started us had it ignored, the kernel would throw away how the command ended.
    static_cast<void>(::signal(SIGCHLD, SIG_DFL));
    const Descriptor details = TRY(file_with(command, input));
    const pid_t process = TRY(start(command, details.number(), environment));
    const std::optional<int> status = ended_by(process, Clock::now() + longest);
    if (!status) {
        ::kill(-process, SIGKILL);
        static_cast<void>(ended_by(process, Clock::now() + k_time_to_die));
        return failed(command,
                      fmt::format("it had not ended after {} s and was killed", longest.count()));
    }
    if (!WIFEXITED(*status)) {
        return failed(command, fmt::format("signal {} ended it", WTERMSIG(*status)));
    }
    if (WEXITSTATUS(*status) != 0) {
        return failed(command, fmt::format("it ended with {}", WEXITSTATUS(*status)));
    }
    return {};
}

}  // namespace cheget::store
