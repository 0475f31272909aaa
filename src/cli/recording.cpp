// Handing in as people see it.
#include "cli/recording.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <csignal>

#include "base/text.h"
#include "cli/configuration.h"
#include "cli/handing_in.h"
#include "cli/promises.h"
#include "store/beneath.h"
#include "store/file.h"

namespace cheget::cli {

using base::ErrorKind;
using base::fail;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view k_not_recorded = "NOT RECORDED";
constexpr seconds k_usual_wait(30);
constexpr seconds k_drop_wait(10);  // a domain without a log: each drop place is tried so long
constexpr seconds k_grace(3);       // once it is recorded, for drop places not yet tried
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

Result<std::optional<seconds>> span_of(const std::string& text, std::string_view option) {
    if (text.empty()) {
        return std::nullopt;
    }
    if (text == "0s") {
        return seconds(0);
    }
    const auto span = base::parse_span(text);
    if (!span) {
        return fail(ErrorKind::usage, fmt::format("{}: {}", option, span.error().message));
    }
    return seconds(span->seconds);
}

/// How long to go on; nothing for as long as it takes.
Result<std::optional<seconds>> patience(const Session& session, bool no, bool has_log) {
    if (!has_log) {
        return k_drop_wait;
    }
    if (no) {
        return span_of(session.globals.give_up_after, "--give-up-after");
    }
    const auto chosen = TRY(span_of(session.globals.wait, "--wait"));
    return chosen.value_or(k_usual_wait);
}

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

Handed go_on_until(HandingIn& handing_in, Teller& teller, std::optional<seconds> patience, bool no,
                   bool no_more_than_promise) {
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
        const bool over = Interruptible::happened() || is_hopeless(handed, no) ||
                          (recorded_at && (drops_tried(handed) || now - *recorded_at > k_grace)) ||
                          (no_more_than_promise && handed.promise) ||
                          (patience && now - began >= *patience &&
                           (*patience > seconds(0) ||
                            std::all_of(handed.ways.begin(), handed.ways.end(),
                                        [](const WayReport& report) { return report.tried; })));
        if (over) {
            return handed;
        }
    }
}

/// Beside the statement, so that a hostile folder can't lead it elsewhere.
Result<void> save_beside(const std::filesystem::path& path, std::string_view ending,
                         std::string_view content) {
    std::filesystem::path folder = path.parent_path();
    const store::Beneath beneath =
        TRY(store::Beneath::open(folder.empty() ? std::string(".") : folder.string()));
    return beneath.write(path.filename().string() + std::string(ending), content);
}

std::string proof_of(const std::filesystem::path& path) {
    return path.string() + ".tlog-proof";
}

base::Json told_json(const Handed& handed, const std::filesystem::path& path) {
    base::Json::Array ways;
    for (const WayReport& report : handed.ways) {
        base::Json::Object one{{"kind", text_json(report.way.is_log() ? "log" : "drop")},
                               {"place", text_json(base::shown(report.way.place))}};
        if (report.promised) {
            one["promised"] = number_json(*report.promised);
        }
        if (!report.way.is_log()) {
            one["left"] = flag_json(report.left);
        }
        if (!report.trouble.empty()) {
            one["trouble"] = text_json(report.trouble);
        }
        ways.push_back({std::move(one)});
    }
    base::Json::Object told{{"statement", text_json(base::shown(path.string()))},
                            {"recorded", flag_json(handed.recorded.has_value())},
                            {"ways", {std::move(ways)}}};
    if (handed.recorded) {
        told["index"] = number_json(handed.recorded->proof.index);
        told["size"] = number_json(handed.recorded->opened.checkpoint.size);
        told["proof"] = text_json(base::shown(proof_of(path)));
    }
    return {std::move(told)};
}

std::string left_where(const Handed& handed) {
    std::vector<std::string> places;
    for (const WayReport& report : handed.ways) {
        if (report.left) {
            places.push_back(to_text(report.way));
        }
    }
    return places.empty() ? std::string()
                          : fmt::format(
                                "; it was left at {}, where executors that read it will "
                                "stop",
                                base::join_words(places));
}

/// Whether every log that was asked refused the statement itself.
bool is_refused(const Handed& handed) {
    const auto is_log = [](const WayReport& report) { return report.way.is_log(); };
    return std::any_of(handed.ways.begin(), handed.ways.end(), is_log) &&
           std::all_of(handed.ways.begin(), handed.ways.end(),
                       [&](const WayReport& report) { return !is_log(report) || report.refused; });
}

/// The last word on what is not recorded.
void tell_unrecorded(Session& session, const Handed& handed, bool no,
                     const std::filesystem::path& path) {
    const std::string again = fmt::format("`cheget log submit {}`", base::shown(path.string()));
    if (no) {
        session.end_with(
            static_cast<int>(ErrorKind::unreachable),
            fmt::format(
                "{} {} proved that the witnessed log has it{}. The statement lies in {}; go "
                "on with {}\n",
                session.bad(fmt::format("{}:", k_not_recorded)),
                handed.promise ? "the log's server signed that it has it, and nothing" : "nothing",
                left_where(handed), base::shown(path.string()), again));
    } else if (handed.promise) {
        session.end_with(
            static_cast<int>(ErrorKind::waiting),
            fmt::format("{} the log signed that it is entry {}, and its witnesses have not "
                        "confirmed that; ask again with {}\n",
                        session.warning("NOT YET WITNESSED:"), handed.promise->index, again));
    } else if (is_refused(handed)) {
        session.end_with(static_cast<int>(ErrorKind::denied),
                         fmt::format("{} the log refuses it; the statement lies in {}\n",
                                     session.bad("NOT HANDED IN:"), base::shown(path.string())));
    } else {
        session.end_with(
            static_cast<int>(ErrorKind::unreachable),
            fmt::format("{} the statement lies in {} and is in no log yet; hand it in "
                        "with {}\n",
                        session.warning("NOT HANDED IN:"), base::shown(path.string()), again));
    }
}

void tell_recorded(Session& session, const Recorded& recorded, const LogTrust& trust,
                   const std::filesystem::path& path) {
    session.say("{} it is entry {} of {}, cosigned by {}\n  the proof: {}\n",
                session.good("Recorded:"), recorded.proof.index, recorded.opened.checkpoint.origin,
                describe_cosigned(recorded.opened, trust), base::shown(proof_of(path)));
    if (!trust.trust.has_witnesses()) {
        session.say("{} no witness watches this log: nothing shows that others see the same one\n",
                    session.warning("note:"));
    }
}

/// A proof that lies beside the statement already, if it holds.
std::optional<Recorded> recorded_before(std::string_view signed_text, const log::Trust& trust,
                                        const std::filesystem::path& path) {
    const auto text = store::read_file(proof_of(path), log::k_longest_proof_file);
    const auto proof =
        text ? log::parse_proof_file(*text) : Result<log::ProofFile>(std::unexpected(text.error()));
    auto recorded = proof ? accept_proof(*proof, signed_text, trust)
                          : Result<Recorded>(std::unexpected(proof.error()));
    return recorded ? std::optional(std::move(*recorded)) : std::nullopt;
}

/// What follows is told by the log with the statement in it. Where it can't be read on, the proof
/// holds all the same.
void read_on(Session& session, const OpenDomain& domain, const Way& way) {
    const auto read = domain.log->catch_up({way});
    if (!read) {
        session.say("{} the log was not read on: {}\n", session.warning("note:"),
                    read.error().message);
    }
}

/// A log that signed for the statement and then showed its witnesses a tree without it has to be
/// known: that is the session's last word then, whatever came of the statement.
void raise_alarm(Session& session, const OpenDomain& domain, std::string_view signed_text,
                 const std::filesystem::path& path) {
    const auto promise = kept_promise(path);
    const auto trust = trust_of(domain.policy());
    const auto ways = log_ways(session, domain.policy().header.domain);
    if (!promise || !trust || !ways) {
        return;
    }
    if (const auto alarm = broken_promise(*promise, signed_text, *ways, trust->trust, path)) {
        session.end_with(static_cast<int>(ErrorKind::denied), *alarm + "\n");
    }
}

Result<bool> hand_in(Session& session, const OpenDomain& domain, std::string_view signed_text,
                     const std::filesystem::path& path) {
    const policy::Policy& policy = domain.policy();
    const bool no = says_no(signed_text);
    std::vector<Way> ways;
    std::optional<LogTrust> trust;
    if (policy.has_log) {
        trust = TRY(trust_of(policy));
        ways = TRY(log_ways(session, policy.header.domain));
    }
    const bool has_way_to_log = !ways.empty();
    for (const policy::Drop& drop : policy.drops) {
        if (no) {
            ways.push_back(drop_way(drop));
        }
    }
    if (!policy.has_log && ways.empty()) {
        return true;
    }
    Handed handed;
    if (trust) {
        handed.recorded = recorded_before(signed_text, trust->trust, path);
    }
    const bool new_to_us = !handed.recorded.has_value();
    if (new_to_us && policy.has_log && !has_way_to_log) {
        session.say(
            "{} nothing says where the log of {} is reached; name it with --log URL, "
            "CHEGET_LOG, or `[domain.\"{}\"] log = [\"URL\"]` in {}\n",
            session.warning("note:"), policy.header.domain, policy.header.domain,
            base::shown(TRY(configuration_path())));
    }
    if (new_to_us && !ways.empty()) {
        const auto bound = TRY(patience(session, no, has_way_to_log));
        if (no && policy.has_log) {
            session.say(
                "{} yet. It is being handed in by every way, until the witnessed log proves "
                "to have it{}.\n",
                session.warning(k_not_recorded), bound || !has_way_to_log ? "" : ", or Ctrl-C");
        }
        Teller teller(session, no, ways.size());
        HandingIn handing_in(std::string(signed_text),
                             trust ? std::optional(trust->trust) : std::nullopt, std::move(ways));
        handed = go_on_until(handing_in, teller, bound, no, !no && bound == seconds(0));
    }
    session.add_json("handed_in", told_json(handed, path));
    if (trust && handed.promise && !handed.recorded) {
        TRY(save_beside(path, ".tlog-promise", log::render(handed.promise->proof)));
    }
    if (handed.recorded) {
        if (new_to_us) {
            TRY(save_beside(path, ".tlog-proof", log::render(handed.recorded->proof)));
        }
        tell_recorded(session, *handed.recorded, *trust, path);
        if (new_to_us && domain.log) {
            read_on(session, domain, handed.ways[handed.recorded_by].way);
        }
        return true;
    }
    if (policy.has_log) {
        tell_unrecorded(session, handed, no, path);
    }
    return !policy.has_log;
}

}  // namespace

namespace {

/// Refused before anything is signed.
const CLI::Validator k_span(
    [](const std::string& text) -> std::string {
        if (text == "0s") {
            return {};
        }
        const auto span = base::parse_span(text);
        return span ? std::string() : span.error().message;
    },
    "SPAN");

}  // namespace

void add_log_places(CLI::App* command, Session& session) {
    command
        ->add_option("--log", session.globals.logs,
                     "Where the domain's log is reached (else $CHEGET_LOG, else config.toml); "
                     "repeat it for several ways to it")
        ->type_name("URL|FOLDER")
        ->allow_extra_args(false);
}

void add_recording(CLI::App* command, Session& session, bool says_no) {
    add_log_places(command, session);
    if (says_no) {
        command
            ->add_option("--give-up-after", session.globals.give_up_after,
                         "How long to try (else until it is recorded, or Ctrl-C)")
            ->check(k_span)
            ->type_name("SPAN");
    }
    const bool takes_all = command->get_name() == "submit" || command->get_name() == "collect";
    if (!says_no || takes_all) {
        command
            ->add_option("--wait", session.globals.wait,
                         "How long to wait for the witnesses (30s); 0s does not wait")
            ->check(k_span)
            ->type_name("SPAN");
    }
}

Result<std::vector<Way>> log_ways(const Session& session, std::string_view domain) {
    std::vector<std::string> places = session.globals.logs;
    if (places.empty()) {
        std::string named = environment("CHEGET_LOG");
        std::string_view rest = named;
        while (!rest.empty()) {
            if (const std::string_view one = base::take_until(rest, ' '); !one.empty()) {
                places.emplace_back(one);
            }
        }
    }
    if (places.empty()) {
        places = TRY(configured_logs(domain));
    }
    constexpr std::size_t k_most = 16;  // each has a thread
    if (places.size() > k_most) {
        return fail(ErrorKind::usage, fmt::format("{} places of a log are named, and {} are read",
                                                  places.size(), k_most));
    }
    std::vector<Way> ways;
    for (const std::string& place : places) {
        ways.push_back(log_way(place));
    }
    return ways;
}

bool says_no(std::string_view signed_text) {
    const auto parts = statement::split_signed(signed_text);
    if (!parts) {
        return false;
    }
    if (statement::parse_revocation(parts->text)) {
        return true;
    }
    const auto vote = statement::parse_vote_fields(parts->text);
    return vote && (vote->verdict == statement::Verdict::veto ||
                    vote->verdict == statement::Verdict::withdraw);
}

bool record(Session& session, const OpenDomain& domain, std::string_view signed_text,
            const std::filesystem::path& path) {
    const auto handed = hand_in(session, domain, signed_text, path);
    if (domain.policy().has_log) {
        raise_alarm(session, domain, signed_text, path);
    }
    if (!handed) {
        session.end_with(
            static_cast<int>(handed.error().kind),
            fmt::format("{} {}; the statement lies in {}; hand it in with `cheget log submit "
                        "{}`\n",
                        session.bad(fmt::format("{}:", k_not_recorded)), handed.error().message,
                        base::shown(path.string()), base::shown(path.string())));
    }
    return handed.value_or(false);
}

}  // namespace cheget::cli
