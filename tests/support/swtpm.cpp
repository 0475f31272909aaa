// swtpm on two ports, the second for what its TCTI sets up.
#include "swtpm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace cheget::test_support {

namespace {

sockaddr_in local(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

class Socket {
  public:
    Socket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() { ::close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Socket(Socket&&) = delete;
    Socket& operator=(Socket&&) = delete;

    bool can_listen(int port) const {
        const sockaddr_in address = local(port);
        return ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0;
    }
    bool can_connect(int port) const {
        const sockaddr_in address = local(port);
        return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                         sizeof address) == 0;
    }

  private:
    int descriptor_;
};

/// A port that is free now, and the one after it. Whoever takes one of them meanwhile makes the
/// start fail, and another is tried.
int two_free_ports() {
    static unsigned next = static_cast<unsigned>(::getpid()) * 7U;
    for (int i = 0; i < 10'000; ++i) {
        const int port = 20'000 + static_cast<int>(next++ % 10'000U) * 2;
        const Socket one;
        const Socket two;
        if (one.can_listen(port) && two.can_listen(port + 1)) {
            return port;
        }
    }
    std::abort();
}

}  // namespace

bool Swtpm::is_there() {
    return ::access("/usr/bin/swtpm", X_OK) == 0;
}

Swtpm::Swtpm() {
    std::string name = std::filesystem::temp_directory_path() / "cheget-swtpm-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        std::abort();
    }
    state_ = name;
    start();
}

Swtpm::~Swtpm() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(state_, ignored);
}

void Swtpm::start() {
    for (int i = 0; i < 20; ++i) {
        if (try_start(two_free_ports())) {
            return;
        }
    }
    std::abort();
}

bool Swtpm::try_start(int port) {
    const std::string state = fmt::format("dir={}", state_.string());
    const std::string server = fmt::format("type=tcp,port={},bindaddr=127.0.0.1", port);
    const std::string control = fmt::format("type=tcp,port={},bindaddr=127.0.0.1", port + 1);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it never outlives its test
        if (::getppid() != parent) {
            ::_exit(1);
        }
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, STDIN_FILENO);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        ::execl("/usr/bin/swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state.c_str(),
                "--server", server.c_str(), "--ctrl", control.c_str(), "--flags",
                "not-need-init,startup-clear", nullptr);
        ::_exit(127);
    }
    tcti_ = fmt::format("swtpm:host=127.0.0.1,port={}", port);
    for (int i = 0; i < 500; ++i) {
        int status = 0;
        if (::waitpid(process_, &status, WNOHANG) == process_) {
            process_ = -1;
            return false;
        }
        if (const Socket probe; probe.can_connect(port + 1)) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill();
    return false;
}

void Swtpm::end(int signal) {
    if (process_ > 0) {
        ::kill(process_, signal);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
}

void Swtpm::stop() {
    end(SIGTERM);
}

void Swtpm::kill() {
    end(SIGKILL);
}

}  // namespace cheget::test_support
