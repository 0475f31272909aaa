// Runs a program under ptrace and stops it at chosen points, for crash and race tests.
//
//   trace_points list FILE -- PROGRAM ARGUMENT…
//       writes one line for each point at which a crash could matter: every fsync, fdatasync,
//       write, pwrite, ftruncate, rename, unlink, mkdir and exec that succeeded, of the program and
//       of its children up to their exec
//   trace_points kill NUMBER -- PROGRAM ARGUMENT…
//       kills the program (not its children) right after the point of that number, from 1
//   trace_points before CALL[:NUMBER] COMMAND -- PROGRAM ARGUMENT…
//       runs the shell COMMAND while the program or a child is about to make the first system call
//       of that name, or the one of that number, then lets it go on; fails (125) if it never makes
//       it
//
// Exits as the program did; 137 if it was killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int k_usage = 2;
constexpr int k_never_came = 125;

const std::map<long, std::string_view> k_points = {
    {SYS_fsync, "fsync"},       {SYS_fdatasync, "fdatasync"}, {SYS_write, "write"},
    {SYS_pwrite64, "pwrite"},   {SYS_ftruncate, "ftruncate"}, {SYS_rename, "rename"},
    {SYS_renameat, "renameat"}, {SYS_renameat2, "renameat2"}, {SYS_unlink, "unlink"},
    {SYS_unlinkat, "unlinkat"}, {SYS_mkdir, "mkdir"},         {SYS_mkdirat, "mkdirat"},
};

const std::map<std::string_view, long> k_calls = {{"execveat", SYS_execveat},
                                                  {"unshare", SYS_unshare},
                                                  {"fork", SYS_clone},
                                                  {"renameat", SYS_renameat}};

struct Plan {
    std::FILE* list = nullptr;
    long kill_at = 0;
    long before = -1;
    long before_number = 1;
    std::string command;
};

class Tracer {
  public:
    Tracer(pid_t program, Plan plan) : program_(program), plan_(std::move(plan)) {}

    int run() {
        int status = 0;
        ::waitpid(program_, &status, 0);  // its own exec
        constexpr long k_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
        ::ptrace(PTRACE_SETOPTIONS, program_, nullptr, k_options);
        ::ptrace(PTRACE_SYSCALL, program_, nullptr, nullptr);
        int result = 1;
        for (;;) {
            const pid_t process = ::waitpid(-1, &status, __WALL);
            if (process < 0) {
                break;  // nobody is left
            }
            if (WIFEXITED(status) || WIFSIGNALED(status)) {
                if (process == program_) {
                    result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                }
                continue;
            }
            handle_stop(process, status);
        }
        return plan_.before >= 0 && !came_ ? k_never_came : result;
    }

  private:
    void handle_stop(pid_t process, int status) {
        const int signal = WSTOPSIG(status);
        const unsigned event = static_cast<unsigned>(status) >> 16U;
        if (signal == (SIGTRAP | 0x80)) {
            handle_call(process);
            ::ptrace(PTRACE_SYSCALL, process, nullptr, nullptr);
        } else if (event == PTRACE_EVENT_EXEC && process != program_) {
            point(process, "exec");
            ::ptrace(PTRACE_DETACH, process, nullptr, nullptr);
        } else if (event != 0 || seen_.insert(process).second) {
            ::ptrace(PTRACE_SYSCALL, process, nullptr,
                     nullptr);  // an event, or a child's first stop
        } else {
            ::ptrace(PTRACE_SYSCALL, process, nullptr, signal);
        }
    }

    void handle_call(pid_t process) {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof info, &info) <= 0) {
            return;
        }
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            const long call = static_cast<long>(info.entry.nr);
            calls_[process] = call;
            if (call == plan_.before && ++calls_before_ == plan_.before_number) {
                came_ = true;
                if (std::system(plan_.command.c_str()) != 0) {
                    std::fprintf(stderr, "trace_points: the command failed\n");
                    std::exit(k_never_came);
                }
            }
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.is_error == 0) {
            const auto found = k_points.find(calls_[process]);
            if (found != k_points.end()) {
                point(process, found->second);
            }
        }
    }

    void point(pid_t process, std::string_view name) {
        ++count_;
        if (plan_.list != nullptr) {
            fmt::print(plan_.list, "{} {} {}\n", count_, process == program_ ? "executor" : "child",
                       name);
        }
        if (count_ == plan_.kill_at) {
            ::kill(program_, SIGKILL);
        }
    }

    pid_t program_;
    Plan plan_;
    long count_ = 0;
    long calls_before_ = 0;
    bool came_ = false;
    std::map<pid_t, long> calls_;
    std::set<pid_t> seen_;
};

int usage() {
    std::fprintf(stderr,
                 "usage: trace_points list FILE | kill NUMBER | before CALL[:NUMBER] COMMAND"
                 " -- PROGRAM ARGUMENT...\n");
    return k_usage;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string_view> words(arguments + 1, arguments + count);
    std::size_t split = 0;
    while (split < words.size() && words[split] != "--") {
        ++split;
    }
    if (split < 2 || split + 1 >= words.size()) {
        return usage();
    }
    Plan plan;
    if (words[0] == "list") {
        plan.list = std::fopen(arguments[2], "we");
        if (plan.list == nullptr) {
            return usage();
        }
    } else if (words[0] == "kill") {
        plan.kill_at = std::atol(arguments[2]);
    } else if (words[0] == "before" && split == 3 &&
               k_calls.contains(words[1].substr(0, words[1].find(':')))) {
        const std::size_t colon = words[1].find(':');
        plan.before = k_calls.at(words[1].substr(0, colon));
        if (colon != std::string_view::npos) {
            plan.before_number = std::atol(words[1].substr(colon + 1).data());
        }
        plan.command = words[2];
    } else {
        return usage();
    }
    const pid_t program = ::fork();
    if (program == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::execv(arguments[split + 2], arguments + split + 2);
        ::_exit(127);
    }
    std::FILE* const list = plan.list;
    const int result = Tracer(program, std::move(plan)).run();
    if (list != nullptr) {
        std::fclose(list);
    }
    return result;
}
