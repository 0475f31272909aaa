// Asking for a passphrase with the terminal's echo off.
#include "cli/passphrase.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "briefcase/seal.h"
#include "store/descriptor.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using keys::LockedBytes;

/// Echo is off as long as it lives. Signals that end the program are kept waiting meanwhile: they
/// would leave a terminal that shows nothing.
class WithoutEcho {
  public:
    static Result<WithoutEcho> on(int terminal) {
        termios before{};
        if (::tcgetattr(terminal, &before) != 0) {
            return fail(ErrorKind::usage,
                        "asking for a passphrase: there is no terminal to ask on");
        }
        termios quiet = before;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        quiet.c_lflag |= static_cast<tcflag_t>(ECHONL | ICANON);
        if (::tcsetattr(terminal, TCSAFLUSH, &quiet) != 0) {
            return fail(ErrorKind::unreachable,
                        "asking for a passphrase: the terminal can't be told not to show it");
        }
        return WithoutEcho(terminal, before);
    }
    WithoutEcho(WithoutEcho&& other) noexcept
        : terminal_(std::exchange(other.terminal_, -1)), before_(other.before_) {}
    WithoutEcho& operator=(WithoutEcho&&) = delete;
    WithoutEcho(const WithoutEcho&) = delete;
    WithoutEcho& operator=(const WithoutEcho&) = delete;
    ~WithoutEcho() {
        if (terminal_ >= 0) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
    }

  private:
    WithoutEcho(int terminal, const termios& before) : terminal_(terminal), before_(before) {}
    int terminal_;
    termios before_;
};

/// Up to the first line feed or the end. Read byte by byte: no buffer of a library keeps a copy.
Result<LockedBytes> read_first_line(int descriptor, std::string_view from) {
    TRY(keys::start_sodium());
    LockedBytes line = TRY(LockedBytes::make(k_longest_passphrase));
    std::size_t size = 0;
    for (;;) {
        std::uint8_t byte = 0;
        const ssize_t got = ::read(descriptor, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(ErrorKind::unreachable,
                        fmt::format("reading a passphrase from {}: {}", base::shown(from),
                                    store::system_reason()));
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        constexpr std::uint8_t k_interrupt = 3;  // the terminal's keys for it are off meanwhile
        if (byte == k_interrupt) {
            return fail(ErrorKind::usage, "stopped: no passphrase was given");
        }
        if (size == line.span().size()) {
            return fail(ErrorKind::usage,
                        fmt::format("a passphrase has {} bytes at most", k_longest_passphrase));
        }
        line.span()[size++] = byte;
    }
    if (size > 0 && line.view()[size - 1] == '\r') {
        line.span()[--size] = 0;
    }
    if (size == 0) {
        return fail(ErrorKind::usage,
                    fmt::format("reading a passphrase from {}: it is empty", base::shown(from)));
    }
    line.shorten(size);
    return line;
}

void write_to(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

Result<LockedBytes> ask_passphrase(std::string_view question) {
    const store::Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.is_open()) {
        return fail(ErrorKind::usage,
                    fmt::format("asking `{}`: there is no terminal to ask on; give the passphrase "
                                "by a file or descriptor (see --help)",
                                question));
    }
    const WithoutEcho quiet = TRY(WithoutEcho::on(terminal.number()));
    write_to(terminal.number(), fmt::format("{} ", question));
    return read_first_line(terminal.number(), "the terminal");
}

Result<LockedBytes> ask_new_passphrase(std::string_view what) {
    for (;;) {
        LockedBytes first = TRY(ask_passphrase(
            fmt::format("{} ({} characters at least; several words make a good one):", what,
                        briefcase::k_shortest_passphrase)));
        if (first.view().size() < briefcase::k_shortest_passphrase) {
            write_to(STDERR_FILENO, "That is too short.\n");
            continue;
        }
        const LockedBytes second = TRY(ask_passphrase(fmt::format("{}, once more:", what)));
        if (std::ranges::equal(first.view(), second.view())) {
            return first;
        }
        write_to(STDERR_FILENO, "These two differ.\n");
    }
}

Result<LockedBytes> read_passphrase(const std::string& file, std::string_view question) {
    if (file.empty()) {
        return ask_passphrase(question);
    }
    const store::Descriptor input(::open(file.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
    if (!input.is_open()) {
        return fail(ErrorKind::unreachable, fmt::format("reading a passphrase from {}: {}",
                                                        base::shown(file), store::system_reason()));
    }
    return read_first_line(input.number(), file);
}

}  // namespace cheget::cli
