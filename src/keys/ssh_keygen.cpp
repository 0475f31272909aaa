// Signing through OpenSSH's own ssh-keygen, which asks for passphrase, touch and PIN by itself.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "keys/descriptor.h"
#include "keys/made_signature.h"
#include "keys/signer.h"
#include "signature/sshsig.h"

namespace cheget::keys {
namespace {

constexpr std::size_t k_read_size = 4096;

std::unexpected<base::Error> unreachable(std::string_view what) {
    return base::fail(base::ErrorKind::unreachable, fmt::format("ssh-keygen: {}", what));
}

// The ends of a socket pair: ours, and the one that becomes the child's input or output. A socket
// takes MSG_NOSIGNAL, so that a child that dies early is an error here and not a SIGPIPE.
struct Channel {
    Descriptor ours;
    Descriptor theirs;
};

base::Result<Channel> make_channel() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return unreachable(std::strerror(errno));
    }
    return Channel{Descriptor(ends[0]), Descriptor(ends[1])};
}

// A running ssh-keygen; whoever drops it before wait() ends it.
class Child {
  public:
    explicit Child(pid_t process) : process_(process) {}
    Child(Child&& other) noexcept : process_(std::exchange(other.process_, -1)) {}
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (process_ > 0) {
            kill(process_, SIGTERM);
            wait();
        }
    }

    // The exit code, or -1 if it did not end by itself.
    int wait() {
        int status = 0;
        pid_t ended = 0;
        do {
            ended = waitpid(process_, &status, 0);
        } while (ended < 0 && errno == EINTR);
        process_ = -1;
        return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t process_;
};

// What posix_spawn needs, freed at the end.
class SpawnPlan {
  public:
    SpawnPlan(int input, int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        ok_ = posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO) == 0 &&
              posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO) == 0 &&
              restore_signals();
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    base::Result<Child> start(char* const* arguments) {
        pid_t process = -1;
        int error =
            ok_ ? posix_spawnp(&process, arguments[0], &actions_, &attributes_, arguments, environ)
                : ENOMEM;
        if (error != 0) {
            return unreachable(
                fmt::format("cannot start it: {}; install openssh-client", std::strerror(error)));
        }
        return Child(process);
    }

  private:
    // The child gets no signal mask of ours and SIGPIPE's usual meaning.
    bool restore_signals() {
        sigset_t none;
        sigset_t to_default;
        sigemptyset(&none);
        sigemptyset(&to_default);
        sigaddset(&to_default, SIGPIPE);
        return posix_spawnattr_setsigmask(&attributes_, &none) == 0 &&
               posix_spawnattr_setsigdefault(&attributes_, &to_default) == 0 &&
               posix_spawnattr_setflags(&attributes_,
                                        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0;
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    bool ok_ = false;
};

base::Result<Child> start(const std::string& path, std::string_view name_space, int input,
                          int output) {
    std::array<std::string, 8> words{
        "ssh-keygen", "-q", "-Y", "sign", "-n", std::string(name_space), "-f", path};
    std::array<char*, words.size() + 1> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        arguments[i] = words[i].data();
    }
    return SpawnPlan(input, output).start(arguments.data());
}

// Sends what the child will take now; closes the channel once all is sent.
base::Result<void> feed(Descriptor& input, std::string_view& message) {
    ssize_t sent =
        send(input.number(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        input.close();  // it ended early; its exit code will tell
        return {};
    }
    message.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    if (message.empty()) {
        input.close();
    }
    return {};
}

// Takes in what the child wrote; false at its end.
base::Result<bool> drain(const Descriptor& output, std::string& taken) {
    std::array<char, k_read_size> buffer{};
    ssize_t got = recv(output.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        return unreachable(std::strerror(errno));
    }
    if (got > 0) {
        taken.append(buffer.data(), static_cast<std::size_t>(got));
    }
    if (taken.size() > signature::k_longest_armor) {
        return base::bad_input("ssh-keygen: it wrote more than a signature");
    }
    return got != 0;
}

// Gives the message to the child and takes its answer, both at once so that neither can block the
// other. There is no time limit: a person may be looking for a token.
base::Result<std::string> converse(Descriptor input, const Descriptor& output,
                                   std::string_view message) {
    std::string taken;
    for (;;) {
        std::array<pollfd, 2> entries{
            {{output.number(), POLLIN, 0}, {input.number(), POLLOUT, 0}}};  // -1 is passed over
        if (poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) {
            return unreachable(std::strerror(errno));
        }
        if (entries[1].revents != 0) {
            TRY(feed(input, message));
        }
        if (entries[0].revents != 0 && !TRY(drain(output, taken))) {
            return taken;
        }
    }
}

}  // namespace

base::Result<std::string> sign_with_ssh_keygen(const std::string& path, std::string_view name_space,
                                               std::string_view message) {
    signature::PublicKey key = TRY(public_key_of_file(path));
    Channel input = TRY(make_channel());
    Channel output = TRY(make_channel());
    Child child = TRY(start(path, name_space, input.theirs.number(), output.theirs.number()));
    input.theirs.close();
    output.theirs.close();
    std::string armor = TRY(converse(std::move(input.ours), output.ours, message));
    if (int code = child.wait(); code != 0) {
        return unreachable(
            fmt::format("it did not sign with {} (exit code {}); its own message "
                        "says why",
                        path, code));
    }
    return checked_armor(std::move(armor), key, name_space, message);
}

}  // namespace cheget::keys
