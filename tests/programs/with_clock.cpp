// Runs a program whose wall clock is wrong, as an attacker who sets the machine's clock has it run:
//
//   with_clock SECONDS -- PROGRAM ARGUMENT…
//
// Under ptrace: the program finds no vDSO, so that it asks the kernel for the time, and SECONDS are
// added to each answer about the wall clock. What the machine counts since its start is left alone.
// Children are let go when they execute something. Exits as the program did.
#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <set>

namespace {

constexpr int k_usage = 2;
constexpr int k_failed = 125;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "with_clock: %s: %s\n", what, std::strerror(errno));
    std::_Exit(k_failed);
}

long peek(pid_t process, std::uint64_t address) {
    errno = 0;
    const long word = ::ptrace(PTRACE_PEEKDATA, process, address, nullptr);
    if (errno != 0) {
        give_up("cannot read the program's memory");
    }
    return word;
}

void poke(pid_t process, std::uint64_t address, long word) {
    if (::ptrace(PTRACE_POKEDATA, process, address, word) != 0) {
        give_up("cannot write the program's memory");
    }
}

user_regs_struct registers(pid_t process) {
    user_regs_struct values{};
    if (::ptrace(PTRACE_GETREGS, process, nullptr, &values) != 0) {
        give_up("cannot read the program's registers");
    }
    return values;
}

/// On its stack the new program has its arguments, its environment, and what the kernel tells it.
void hide_vdso(pid_t process) {
    constexpr std::uint64_t k_word = sizeof(long);
    std::uint64_t place = registers(process).rsp + k_word;
    for (int lists = 0; lists < 2; place += k_word) {
        lists += peek(process, place) == 0 ? 1 : 0;
    }
    for (long kind = 0; (kind = peek(process, place)) != AT_NULL; place += 2 * k_word) {
        if (kind == AT_SYSINFO_EHDR) {
            poke(process, place, AT_IGNORE);
            return;
        }
    }
}

class Tracer {
  public:
    Tracer(pid_t program, long offset) : program_(program), offset_(offset) {}

    int run() {
        int status = 0;
        ::waitpid(program_, &status, 0);  // its own exec
        hide_vdso(program_);
        constexpr long k_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                                   PTRACE_O_EXITKILL;
        ::ptrace(PTRACE_SETOPTIONS, program_, nullptr, k_options);
        ::ptrace(PTRACE_SYSCALL, program_, nullptr, nullptr);
        int result = 1;
        for (;;) {
            const pid_t process = ::waitpid(-1, &status, __WALL);
            if (process < 0) {
                return result;
            }
            if (!WIFEXITED(status) && !WIFSIGNALED(status)) {
                handle_stop(process, status);
            } else if (process == program_) {
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
        }
    }

  private:
    void handle_stop(pid_t process, int status) {
        const int signal = WSTOPSIG(status);
        const unsigned event = static_cast<unsigned>(status) >> 16U;
        if (event == PTRACE_EVENT_EXEC && process != program_) {
            ::ptrace(PTRACE_DETACH, process, nullptr, nullptr);
            return;
        }
        const bool is_call = signal == (SIGTRAP | 0x80);
        if (is_call) {
            handle_call(process);
        }
        const bool is_own = is_call || event != 0 || seen_.insert(process).second;
        ::ptrace(PTRACE_SYSCALL, process, nullptr, is_own ? 0 : signal);
    }

    void handle_call(pid_t process) {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof info, &info) <= 0) {
            return;
        }
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            calls_[process] = info;
            return;
        }
        const auto call = calls_.find(process);
        if (info.op != PTRACE_SYSCALL_INFO_EXIT || info.exit.is_error != 0 ||
            call == calls_.end()) {
            return;
        }
        const auto& entry = call->second.entry;
        const bool is_wall =
            entry.args[0] == CLOCK_REALTIME || entry.args[0] == CLOCK_REALTIME_COARSE;
        if (entry.nr == SYS_clock_gettime && is_wall) {
            shift(process, entry.args[1]);
        } else if (entry.nr == SYS_gettimeofday && entry.args[0] != 0) {
            shift(process, entry.args[0]);
        } else if (entry.nr == SYS_time) {
            user_regs_struct values = registers(process);
            values.rax += static_cast<unsigned long long>(offset_);
            ::ptrace(PTRACE_SETREGS, process, nullptr, &values);
        }
    }

    /// Seconds come first in a timespec and in a timeval.
    void shift(pid_t process, std::uint64_t address) const {
        poke(process, address, peek(process, address) + offset_);
    }

    pid_t program_;
    long offset_;
    std::map<pid_t, __ptrace_syscall_info> calls_;
    std::set<pid_t> seen_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count < 4 || std::strcmp(arguments[2], "--") != 0) {
        std::fprintf(stderr, "usage: with_clock SECONDS -- PROGRAM ARGUMENT...\n");
        return k_usage;
    }
    const pid_t program = ::fork();
    if (program == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::execv(arguments[3], arguments + 3);
        ::_exit(127);
    }
    return Tracer(program, std::atol(arguments[1])).run();
}
