// Waiting for a record.
#include "cli/waiting.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace cheget::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds k_grace(3);  // once it is recorded, for drop places not yet tried
constexpr std::size_t k_longest_told = 400;

volatile std::sig_atomic_t g_interrupted = 0;

/// While it lives, Ctrl-C and SIGTERM end the waiting and not the program.
class Interruptible {
  public:
    Interruptible() {
        g_interrupted = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { g_interrupted = 1; };
        sigaction(SIGINT, &action, &before_[0]);
        sigaction(SIGTERM, &action, &before_[1]);
    }
    ~Interruptible() {
        sigaction(SIGINT, &before_[0], nullptr);
        sigaction(SIGTERM, &before_[1], nullptr);
    }
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;
    static bool happened() { return g_interrupted != 0; }

  private:
    struct sigaction before_[2]{};
};

/// Tells what has changed since it told last.
class Teller {
  public:
    Teller(Session& session, bool no, std::size_t ways)
        : session_(session), no_(no), told_(ways), began_(steady_clock::now()) {}
    ~Teller() { clear(); }
    Teller(const Teller&) = delete;
    Teller& operator=(const Teller&) = delete;

    void tell(const Handed& handed) {
        for (std::size_t i = 0; i < handed.ways.size(); ++i) {
            tell_way(handed.ways[i], told_[i]);
        }
        show_progress();
    }

  private:
    struct Told {
        bool promised = false;
        bool left = false;
        std::string trouble;
    };

    void tell_way(const WayReport& report, Told& told) {
        if (report.promised && !told.promised) {
            told.promised = true;
            line("  {}: it signed that this is entry {}; the witnesses have not confirmed it yet\n",
                 to_text(report.way), *report.promised);
        }
        if (report.left && !told.left) {
            told.left = true;
            line("  left at {}: an executor that reads it will stop\n", to_text(report.way));
        }
        if (!report.trouble.empty() && report.trouble != told.trouble) {
            told.trouble = report.trouble;
            line("  {}\n", report.trouble.substr(0, k_longest_told));
        }
    }

    template <typename... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        clear();
        session_.say(format, std::forward<Arguments>(arguments)...);
    }

    void show_progress() {
        const auto passed =
            std::chrono::duration_cast<seconds>(steady_clock::now() - began_).count();
        if (passed < 1 || ::isatty(STDERR_FILENO) == 0) {
            return;
        }
        shown_ = true;
        fmt::print(stderr, "\r{}waiting for the witnesses, {} s",
                   no_ ? "NOT RECORDED yet: trying every way and " : "", passed);
        std::fflush(stderr);
    }
    void clear() {
        if (shown_) {
            shown_ = false;
            fmt::print(stderr, "\r\033[K");
            std::fflush(stderr);
        }
    }

    Session& session_;
    bool no_;
    std::vector<Told> told_;
    steady_clock::time_point began_;
    bool shown_ = false;
};

/// Whether nothing more can come: every log refused it, and the drop places have it. A no is tried
/// all the same: the server that refuses it may be the one that it is to be protected from.
bool is_hopeless(const Handed& handed, bool no) {
    return std::all_of(handed.ways.begin(), handed.ways.end(), [&](const WayReport& report) {
        return report.way.is_log() ? report.refused && !report.promised && !no : report.left;
    });
}

bool drops_tried(const Handed& handed) {
    return std::all_of(handed.ways.begin(), handed.ways.end(),
                       [](const WayReport& report) { return report.way.is_log() || report.tried; });
}

}  // namespace

Handed wait_for_record(Session& session, HandingIn& handing_in, std::size_t ways,
                       const Patience& patience) {
    Teller teller(session, patience.says_no, ways);
    const Interruptible interruptible;
    const auto began = steady_clock::now();
    std::optional<steady_clock::time_point> recorded_at;
    while (true) {
        Handed handed = handing_in.wait_for_news(milliseconds(100));
        teller.tell(handed);
        const auto now = steady_clock::now();
        if (handed.recorded && !recorded_at) {
            recorded_at = now;
        }
        const bool over = Interruptible::happened() || is_hopeless(handed, patience.says_no) ||
                          (recorded_at && (drops_tried(handed) || now - *recorded_at > k_grace)) ||
                          (patience.until_promised && handed.promise) ||
                          (patience.longest && now - began >= *patience.longest &&
                           (*patience.longest > seconds(0) ||
                            std::all_of(handed.ways.begin(), handed.ways.end(),
                                        [](const WayReport& report) { return report.tried; })));
        if (over) {
            return handed;
        }
    }
}

bool was_interrupted() {
    return Interruptible::happened();
}

}  // namespace cheget::cli
