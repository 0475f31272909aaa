// ncursesw for the screen and its keys, signalfd for signals, poll for all of it.
#include "briefcase/terminal_window.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <ctime>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "base/text.h"
#include "net/late_library.h"
#include "store/descriptor.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// Of ncursesw and of libtinfo beneath it, what is used here.
struct Curses {
    net::LateLibrary library{"libncursesw.so.6"};
    decltype(&::newterm) new_terminal = library["newterm"];
    decltype(&::endwin) end = library["endwin"];
    decltype(&::delscreen) delete_screen = library["delscreen"];
    decltype(&::raw) raw = library["raw"];
    decltype(&::noecho) no_echo = library["noecho"];
    decltype(&::nonl) no_line_ends = library["nonl"];
    decltype(&::curs_set) show_cursor = library["curs_set"];
    decltype(&::set_escdelay) set_escape_delay = library["set_escdelay"];
    decltype(&::resizeterm) resize = library["resizeterm"];
    decltype(&::newwin) new_window = library["newwin"];
    decltype(&::delwin) delete_window = library["delwin"];
    decltype(&::keypad) use_keypad = library["keypad"];
    decltype(&::nodelay) no_delay = library["nodelay"];
    decltype(&::wmove) move = library["wmove"];
    decltype(&::waddnstr) add = library["waddnstr"];
    decltype(&::wattrset) set_attributes = library["wattrset"];
    decltype(&::werase) erase = library["werase"];
    decltype(&::clearok) repaint_all = library["clearok"];
    decltype(&::wrefresh) refresh = library["wrefresh"];
    decltype(&::wgetch) get = library["wgetch"];
    decltype(&::has_colors) has_colours = library["has_colors"];
    decltype(&::start_color) start_colours = library["start_color"];
    decltype(&::use_default_colors) keep_default_colours = library["use_default_colors"];
    decltype(&::init_pair) make_pair = library["init_pair"];
    /// terminfo(3): term.h, which declares it, makes macros of hundreds of common words.
    char* (*capability)(const char*) = library["tigetstr"];
};

std::int64_t seconds_since_boot() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);  // goes on while the machine sleeps
    return now.tv_sec;
}

constexpr std::array k_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

sigset_t signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int one : k_signals) {
        sigaddset(&set, one);
    }
    return set;
}

int attributes_of(Style style) {
    switch (style) {
        case Style::plain:
            break;
        case Style::strong:
            return static_cast<int>(A_BOLD);
        case Style::alarm:
            return static_cast<int>(A_REVERSE | A_BOLD);
        case Style::bar:
            return static_cast<int>(A_REVERSE);
    }
    return static_cast<int>(A_NORMAL);
}

constexpr int k_control_c = 3;
constexpr int k_control_d = 4;
constexpr int k_control_u = 21;
constexpr int k_control_quit = 28;
constexpr int k_escape = 27;
constexpr int k_delete = 127;

std::optional<Key> key_of(int code) {
    using Kind = Key::Kind;
    switch (code) {
        case k_control_c:
        case k_control_d:
        case k_control_quit:
            return Key{Kind::leave};
        case '\r':
        case '\n':
        case KEY_ENTER:
            return Key{Kind::enter};
        case '\t':
            return Key{Kind::tab};
        case k_escape:
            return Key{Kind::escape};
        case '\b':
        case k_delete:
        case KEY_BACKSPACE:
            return Key{Kind::backspace};
        case KEY_UP:
            return Key{Kind::up};
        case KEY_DOWN:
            return Key{Kind::down};
        case KEY_PPAGE:
            return Key{Kind::page_up};
        case KEY_NPAGE:
            return Key{Kind::page_down};
        case KEY_HOME:
            return Key{Kind::home};
        case KEY_END:
            return Key{Kind::end};
        default:
            break;
    }
    if (code >= 0x20 && code <= 0x7E) {
        return Key{Kind::character, static_cast<char>(code)};
    }
    return std::nullopt;
}

}  // namespace

struct Window::Impl {
    Curses curses;
    SCREEN* screen = nullptr;
    WINDOW* window = nullptr;
    store::Descriptor signal_file;
    store::Descriptor finished;
    sigset_t before{};
    base::Span idle;
    std::int64_t last_key = seconds_since_boot();
    std::size_t rows = 0;
    std::size_t columns = 0;
    bool has_blocks = false;
    int light = 0;  ///< attributes of a code's light modules, and of dark ones on light
    int dark = 0;

    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    Impl(Impl&&) = delete;
    Impl& operator=(Impl&&) = delete;
    ~Impl();

    void measure();
    void make_window();
    void prepare_colours();
    void paint_code(const Screen::Picture& picture);
    std::optional<Event> read_signal();
    /// Waits a second at most; an event if one came, or readable stdin.
    struct Waited {
        std::optional<Event> event;
        bool has_input = false;
    };
    Waited wait();
};

Window::Impl::~Impl() {
    if (screen == nullptr) {
        return;
    }
    if (window != nullptr) {
        // Some terminals keep what they are told to clear: let that be dots.
        const std::string dots(columns, '.');
        curses.set_attributes(window, static_cast<int>(A_NORMAL));
        for (std::size_t row = 0; row < rows; ++row) {
            curses.move(window, static_cast<int>(row), 0);
            curses.add(window, dots.data(), static_cast<int>(dots.size()));
        }
        curses.refresh(window);
        curses.erase(window);
        curses.repaint_all(window, true);
        curses.refresh(window);
    }
    const char* clears = curses.capability("clear");
    const bool is_ansi = clears != nullptr && reinterpret_cast<std::intptr_t>(clears) != -1 &&
                         std::string_view(clears).find("\x1b[") != std::string_view::npos;
    curses.end();
    if (is_ansi) {  // what scrolled away; terminals that don't know it pass over it
        constexpr std::string_view k_erase_scrolled = "\x1b[3J";
        [[maybe_unused]] const ssize_t written =
            ::write(STDOUT_FILENO, k_erase_scrolled.data(), k_erase_scrolled.size());
    }
    if (window != nullptr) {
        curses.delete_window(window);
    }
    curses.delete_screen(screen);
    sigprocmask(SIG_SETMASK, &before, nullptr);
}

void Window::Impl::measure() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        constexpr std::size_t k_most = 1000;
        rows = std::min<std::size_t>(size.ws_row, k_most);
        columns = std::min<std::size_t>(size.ws_col, k_most);
    } else if (rows == 0) {
        rows = k_fewest_rows;  // a line that does not tell
        columns = k_fewest_columns;
    }
}

void Window::Impl::make_window() {
    measure();
    curses.resize(static_cast<int>(rows), static_cast<int>(columns));
    if (window != nullptr) {
        curses.delete_window(window);
    }
    window = curses.new_window(static_cast<int>(rows), static_cast<int>(columns), 0, 0);
    if (window != nullptr) {
        curses.use_keypad(window, true);
        curses.no_delay(window, true);
        curses.repaint_all(window, true);
    }
}

/// For codes alone: dark on light, whatever the terminal's own colours are.
void Window::Impl::prepare_colours() {
    constexpr short k_on_light = 1;
    constexpr short k_all_dark = 2;
    light = static_cast<int>(A_REVERSE);
    if (curses.has_colours() && curses.start_colours() == OK &&
        curses.keep_default_colours() == OK &&
        curses.make_pair(k_on_light, COLOR_BLACK, COLOR_WHITE) == OK &&
        curses.make_pair(k_all_dark, COLOR_BLACK, COLOR_BLACK) == OK) {
        light = k_on_light << NCURSES_ATTR_SHIFT;
        dark = k_all_dark << NCURSES_ATTR_SHIFT;
    }
}

void Window::Impl::paint_code(const Screen::Picture& picture) {
    // Of the two modules above each other: neither dark, the lower, the upper, both.
    constexpr std::array<std::string_view, 4> k_blocks = {" ", "▄", "▀", "█"};
    const int quiet = k_quiet_on_terminal;
    const int end = static_cast<int>(picture.code.size()) + quiet;
    const int step = picture.in_halves ? 2 : 1;
    for (int row = -quiet; row < end; row += step) {
        curses.move(window, (row + quiet) / step, 0);
        for (int column = -quiet; column < end; ++column) {
            const bool is_dark = picture.code.is_dark(row, column);
            std::string_view cell = "  ";
            if (picture.in_halves) {
                cell = k_blocks[(is_dark ? 2U : 0U) +
                                (picture.code.is_dark(row + 1, column) ? 1U : 0U)];
            }
            curses.set_attributes(window, !picture.in_halves && is_dark ? dark : light);
            curses.add(window, cell.data(), static_cast<int>(cell.size()));
        }
    }
}

std::optional<Event> Window::Impl::read_signal() {
    signalfd_siginfo info{};
    if (::read(signal_file.number(), &info, sizeof info) != sizeof info) {
        return std::nullopt;
    }
    const auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGWINCH) {
        make_window();
        return Event{};
    }
    constexpr int k_signal_codes = 128;
    return Event{
        .kind = Event::Kind::ends,
        .why = number == SIGHUP ? "the terminal hung up" : fmt::format("signal {}", number),
        .code = k_signal_codes + number};
}

Window::Impl::Waited Window::Impl::wait() {
    const std::int64_t left = last_key + idle.seconds - seconds_since_boot();
    if (left <= 0) {
        return {Event{.kind = Event::Kind::ends,
                      .why = fmt::format("no key for {}", base::to_words(idle))}};
    }
    std::array<pollfd, 3> files{pollfd{STDIN_FILENO, POLLIN, 0},
                                pollfd{signal_file.number(), POLLIN, 0},
                                pollfd{finished.number(), POLLIN, 0}};
    constexpr int k_second = 1000;  // milliseconds
    if (::poll(files.data(), files.size(), k_second) <= 0) {
        return {Event{}};
    }
    if (files[1].revents != 0) {
        if (auto event = read_signal()) {
            return {std::move(event)};
        }
    }
    if (files[2].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(finished.number(), &count, sizeof count);
        return {Event{.kind = Event::Kind::finished}};
    }
    if ((files[0].revents & POLLIN) == 0 && files[0].revents != 0) {
        return {
            Event{.kind = Event::Kind::ends, .why = "the terminal is gone", .code = 128 + SIGHUP}};
    }
    return {std::nullopt, files[0].revents != 0};
}

Window::Window(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Window::~Window() = default;

void Window::give_back() {
    impl_.reset();
}

Result<std::unique_ptr<Window>> Window::open(base::Span idle) {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
        return fail(ErrorKind::usage,
                    "opening the briefcase: it needs a terminal to show itself on, with neither "
                    "stdin nor stdout sent elsewhere");
    }
    auto impl = std::make_unique<Impl>();
    Curses& curses = impl->curses;
    if (!curses.library.failure().empty()) {
        return fail(ErrorKind::unreachable,
                    fmt::format("opening the briefcase: {}", curses.library.failure()));
    }
    impl->idle = idle;
    impl->finished = store::Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const sigset_t taken = signals();
    sigprocmask(SIG_BLOCK, &taken, &impl->before);
    impl->signal_file = store::Descriptor(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    std::setlocale(LC_CTYPE, "");  // NOLINT(concurrency-mt-unsafe): one thread
    impl->has_blocks = nl_langinfo(CODESET) == std::string_view("UTF-8");
    impl->screen = curses.new_terminal(nullptr, stdout, stdin);
    if (impl->screen == nullptr || !impl->signal_file.is_open() || !impl->finished.is_open()) {
        const char* type = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): one thread
        sigprocmask(SIG_SETMASK, &impl->before, nullptr);
        return fail(ErrorKind::unreachable,
                    fmt::format("opening the briefcase: the terminal `{}` can't be used; set TERM "
                                "to what it is, such as vt100",
                                base::shown(type == nullptr ? "" : type)));
    }
    curses.raw();
    curses.no_echo();
    curses.no_line_ends();
    impl->prepare_colours();
    constexpr int k_escape_milliseconds = 200;
    curses.set_escape_delay(k_escape_milliseconds);
    impl->make_window();
    if (impl->window == nullptr) {
        return fail(ErrorKind::unreachable, "opening the briefcase: no memory for its window");
    }
    return std::unique_ptr<Window>(new Window(std::move(impl)));
}

std::size_t Window::rows() const {
    return impl_->rows;
}
std::size_t Window::columns() const {
    return impl_->columns;
}

bool Window::has_blocks() const {
    return impl_->has_blocks;
}

void Window::paint(const Screen& screen) {
    const Curses& curses = impl_->curses;
    WINDOW* window = impl_->window;
    curses.set_attributes(window, static_cast<int>(A_NORMAL));
    curses.erase(window);
    if (screen.picture) {
        impl_->paint_code(*screen.picture);
    }
    for (std::size_t row = 0; row < screen.rows() && !screen.picture; ++row) {
        const std::string_view text = screen.row(row);
        for (std::size_t column = 0; column < screen.columns();) {
            const Style style = screen.style(row, column);
            std::size_t end = column + 1;
            while (end < screen.columns() && screen.style(row, end) == style) {
                ++end;
            }
            curses.set_attributes(window, attributes_of(style));
            curses.move(window, static_cast<int>(row), static_cast<int>(column));
            curses.add(window, text.data() + column, static_cast<int>(end - column));
            column = end;
        }
    }
    curses.show_cursor(screen.cursor.is_shown ? 1 : 0);
    curses.move(window, static_cast<int>(screen.cursor.row),
                static_cast<int>(screen.cursor.column));
    curses.refresh(window);
}

Event Window::wait() {
    // Keys that ncurses has read already come first.
    int code = impl_->curses.get(impl_->window);
    if (code == ERR) {
        Impl::Waited waited = impl_->wait();
        if (waited.event) {
            return std::move(*waited.event);
        }
        code = impl_->curses.get(impl_->window);
        if (code == ERR && waited.has_input) {
            // Readable and nothing there: the other side is closed.
            return Event{
                .kind = Event::Kind::ends, .why = "the terminal is gone", .code = 128 + SIGHUP};
        }
    }
    if (code == ERR) {
        return Event{};
    }
    impl_->last_key = seconds_since_boot();
    const auto key = key_of(code);
    return key ? Event{.kind = Event::Kind::key, .key = *key} : Event{};
}

Event Window::wait_for_passphrase(keys::LockedBytes& typed, std::size_t& length) {
    Impl::Waited waited = impl_->wait();
    if (waited.event) {
        return std::move(*waited.event);
    }
    // One byte, read to where it belongs: no buffer of a library ever holds it.
    const std::span<std::uint8_t> all = typed.span();
    if (::read(STDIN_FILENO, all.data() + length, 1) != 1) {
        return Event{
            .kind = Event::Kind::ends, .why = "the terminal is gone", .code = 128 + SIGHUP};
    }
    impl_->last_key = seconds_since_boot();
    const std::uint8_t byte = all[length];
    switch (byte) {
        case k_control_c:
        case k_control_d:
        case k_control_quit:
            return Event{.kind = Event::Kind::key, .key = {Key::Kind::leave}};
        case '\r':
        case '\n':
            return Event{.kind = Event::Kind::entered};
        case '\b':
        case k_delete:
            length -= length > 0 ? 1 : 0;
            return Event{};
        case k_control_u:
        case k_escape:  // a key that no passphrase holds: what came before it may be meant
                        // otherwise
            length = 0;
            return Event{};
        default:
            break;
    }
    if (byte >= 0x20 && length + 1 < all.size()) {
        ++length;
    }
    return Event{};
}

Event Window::wait_beside() {
    Impl::Waited waited = impl_->wait();
    if (waited.event) {
        return std::move(*waited.event);
    }
    std::uint8_t byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) != 1) {
        return Event{
            .kind = Event::Kind::ends, .why = "the terminal is gone", .code = 128 + SIGHUP};
    }
    return byte == k_control_c ? Event{.kind = Event::Kind::key, .key = {Key::Kind::leave}}
                               : Event{};
}

void Window::finish() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(impl_->finished.number(), &one, sizeof one);
}

void guard_process() {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    rlimit locked{};
    const bool may_lock_all = geteuid() == 0 || (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 &&
                                                 locked.rlim_cur == RLIM_INFINITY);
    if (may_lock_all) {  // else the secrets alone are locked: LockedBytes
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    }
}

}  // namespace cheget::briefcase
