// Handing in as people see it.
#include "cli/recording.h"

#include <CLI/App.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/configuration.h"
#include "cli/handing_in.h"
#include "cli/promises.h"
#include "cli/waiting.h"
#include "store/beneath.h"
#include "store/file.h"

namespace cheget::cli {

using base::ErrorKind;
using base::fail;
using base::Result;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view k_not_recorded = "NOT RECORDED";
constexpr seconds k_usual_wait(30);
constexpr seconds k_drop_wait(10);  // a domain without a log: each drop place is tried so long

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

Result<void> save(const Handed& handed, const std::filesystem::path& path) {
    if (handed.recorded) {
        return save_beside(path, ".tlog-proof", log::render(handed.recorded->proof));
    }
    return handed.promise ? save_beside(path, ".tlog-promise", log::render(handed.promise->proof))
                          : Result<void>();
}

Result<void> tell_no_way(Session& session, const policy::Policy& policy) {
    session.say(
        "{} nothing says where the log of {} is reached; name it with --log URL, CHEGET_LOG, or "
        "`[domain.\"{}\"] log = [\"URL\"]` in {}\n",
        session.warning("note:"), policy.header.domain, policy.header.domain,
        base::shown(TRY(configuration_path())));
    return {};
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
        TRY(tell_no_way(session, policy));
    }
    if (new_to_us && !ways.empty()) {
        const auto bound = TRY(patience(session, no, has_way_to_log));
        if (no && policy.has_log) {
            session.say(
                "{} yet. It is being handed in by every way, until the witnessed log proves "
                "to have it{}.\n",
                session.warning(k_not_recorded), bound || !has_way_to_log ? "" : ", or Ctrl-C");
        }
        const std::size_t count = ways.size();
        HandingIn handing_in(std::string(signed_text),
                             trust ? std::optional(trust->trust) : std::nullopt, std::move(ways));
        handed =
            wait_for_record(session, handing_in, count, {bound, no, !no && bound == seconds(0)});
    }
    session.add_json("handed_in", told_json(handed, path));
    if (trust && new_to_us) {
        TRY(save(handed, path));
    }
    if (handed.recorded) {
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

/// Several statements on their way to one log, each of which comes after the one before.
class InOrder {
  public:
    static Result<InOrder> make(Session& session, const OpenDomain& domain,
                                const std::vector<FiledStatement>& statements) {
        const policy::Policy& policy = domain.policy();
        const auto longest = TRY(patience(session, false, true));
        std::vector<Way> ways = TRY(log_ways(session, policy.header.domain));
        if (ways.empty()) {
            TRY(tell_no_way(session, policy));
        }
        return InOrder(session, domain, statements, TRY(trust_of(policy)), std::move(ways),
                       steady_clock::now() + longest.value_or(k_usual_wait));
    }

    Result<void> go() {
        submit_all();
        if (!taken_.empty()) {
            prove_all();
        }
        std::size_t unproved = 0;
        for (const Taken& one : taken_) {
            TRY(save(one.handed, one.statement->path));
            session_.add_json("handed_in", told_json(one.handed, one.statement->path));
            if (one.handed.recorded) {
                tell_recorded(session_, *one.handed.recorded, trust_, one.statement->path);
            } else {
                ++unproved;
            }
            raise_alarm(session_, domain_, one.statement->signed_text, one.statement->path);
        }
        tell_rest(unproved);
        return {};
    }

    std::size_t taken() const { return taken_.size(); }

  private:
    InOrder(Session& session, const OpenDomain& domain,
            const std::vector<FiledStatement>& statements, LogTrust trust, std::vector<Way> ways,
            steady_clock::time_point deadline)
        : session_(session),
          domain_(domain),
          statements_(statements),
          trust_(std::move(trust)),
          ways_(std::move(ways)),
          deadline_(deadline) {}

    seconds remaining() const {
        const auto left = std::chrono::ceil<seconds>(deadline_ - steady_clock::now());
        return std::max(left, seconds(0));
    }

    Handed pursue(const FiledStatement& one, bool until_promised) {
        HandingIn handing_in(one.signed_text, trust_.trust, ways_);
        return wait_for_record(session_, handing_in, ways_.size(),
                               {remaining(), false, until_promised || remaining() == seconds(0)});
    }

    /// The next one goes out once the log signed for this one: so it holds them in their order. One
    /// that it refuses for good holds up nothing.
    void submit_all() {
        for (std::size_t i = 0; i < statements_.size(); ++i) {
            const FiledStatement& one = statements_[i];
            Handed handed = pursue(one, true);
            if (handed.recorded || handed.promise) {
                taken_.push_back({&one, std::move(handed)});
                continue;
            }
            session_.add_json("handed_in", told_json(handed, one.path));
            if (!is_refused(handed)) {
                left_ = statements_.size() - i;
                return;
            }
            tell_unrecorded(session_, handed, false, one.path);
        }
    }

    /// Who witnessed the newest one witnessed all before it: one wait serves for all.
    void prove_all() {
        constexpr seconds k_time_for_proofs(10);
        if (was_interrupted()) {
            return;
        }
        for (auto one = taken_.rbegin(); one != taken_.rend(); ++one) {
            Handed handed = pursue(*one->statement, false);
            const bool is_newest = one == taken_.rbegin();
            if (handed.recorded) {
                one->handed = std::move(handed);
            } else if (is_newest || was_interrupted()) {
                return;
            }
            if (is_newest) {
                deadline_ = std::max(deadline_, steady_clock::now() + k_time_for_proofs);
                if (domain_.log) {
                    read_on(session_, domain_, one->handed.ways[one->handed.recorded_by].way);
                }
            }
        }
    }

    void tell_rest(std::size_t unproved) {
        if (unproved > 0) {
            session_.end_with(
                static_cast<int>(ErrorKind::waiting),
                fmt::format("{} the log signed that it has {} of the statements, and its witnesses "
                            "have not confirmed that; give the same command again\n",
                            session_.warning("NOT YET WITNESSED:"), unproved));
        }
        if (left_ > 0) {
            session_.end_with(
                static_cast<int>(ErrorKind::unreachable),
                fmt::format("{} {} of {} statements are in no log yet, from {} on: each comes "
                            "after the one before, so they wait for that one. Give the same "
                            "command again\n",
                            session_.warning("NOT HANDED IN:"), left_, statements_.size(),
                            base::shown(statements_[statements_.size() - left_].path.string())));
        }
    }

    struct Taken {
        const FiledStatement* statement;
        Handed handed;
    };
    Session& session_;
    const OpenDomain& domain_;
    const std::vector<FiledStatement>& statements_;
    LogTrust trust_;
    std::vector<Way> ways_;
    steady_clock::time_point deadline_;
    std::vector<Taken> taken_;
    std::size_t left_ = 0;
};

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

Result<std::size_t> record_in_order(Session& session, const OpenDomain& domain,
                                    const std::vector<FiledStatement>& statements) {
    if (!domain.policy().has_log || statements.empty()) {
        return statements.size();
    }
    InOrder in_order = TRY(InOrder::make(session, domain, statements));
    TRY(in_order.go());
    return in_order.taken();
}

}  // namespace cheget::cli
