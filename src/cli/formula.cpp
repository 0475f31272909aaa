// formula: what a fault tree or a nested quorum set adds up to.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "analysis/bounds.h"
#include "analysis/coalitions.h"
#include "analysis/formula_file.h"
#include "base/text.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

using analysis::Side;
using base::Json;

struct FormulaOptions {
    std::string file;
    std::string top;
    double seconds = 60;
    std::uint64_t mebibytes = 4096;
};

// What a node of a diagram takes, with its share of tables and caches while they grow.
constexpr std::uint64_t k_bytes_per_node = 128;
constexpr std::size_t k_sets_shown = 3;
constexpr std::size_t k_names_shown = 12;

class Clock {
  public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// On a terminal, says every second that work goes on; takes it back at its end.
class Progress {
  public:
    explicit Progress(const Clock& clock) : clock_(clock), shows_(isatty(STDERR_FILENO) == 1) {}
    ~Progress() {
        if (shown_ > 0) {
            fmt::print(stderr, "\r{:40}\r", "");
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void tell() {
        auto now = static_cast<int>(clock_.seconds());
        if (shows_ && now > shown_) {
            shown_ = now;
            fmt::print(stderr, "\rcounting for {} s", now);
        }
    }

  private:
    const Clock& clock_;
    bool shows_;
    int shown_ = 0;
};

std::string name_of(Side side) {
    return side == Side::acting ? "acting" : "blocking";
}

Json size_json(const std::optional<std::uint64_t>& size) {
    return size ? number_json(*size) : Json{Json::Null{}};
}

Json seconds_json(const Clock& clock) {
    return {Json::Number{fmt::format("{:.6f}", clock.seconds())}};
}

std::string shown_set(const analysis::FormulaFile& formula, const std::vector<std::uint32_t>& set) {
    if (set.empty()) {
        return "nobody at all";
    }
    std::vector<std::string> names;
    for (std::uint32_t variable : set) {
        names.push_back(base::shown(formula.names[variable]));
    }
    if (names.size() > k_names_shown) {
        std::size_t more = names.size() - k_names_shown;
        names.resize(k_names_shown);
        names.push_back(fmt::format("{} more", more));
    }
    return base::join_words(names);
}

void tell_side(Session& session, const analysis::FormulaFile& formula,
               const analysis::Analysis& analysis, Side side) {
    analysis::Coalitions coalitions = analysis.coalitions(side);
    bool acting = side == Side::acting;
    if (!coalitions.smallest) {
        session.say("{}\n", acting ? "Nothing makes it hold." : "Nothing keeps it from holding.");
        return;
    }
    session.say("{} {} ways to {}; the smallest takes {}\n", coalitions.count.to_text(),
                session.bold("minimal"), acting ? "make it hold" : "block it",
                *coalitions.smallest);
    for (const auto& set : analysis.smallest_sets(side, k_sets_shown)) {
        session.say("  {}\n", shown_set(formula, set));
    }
}

Outcome tell_exact(Session& session, const analysis::FormulaFile& formula,
                   const analysis::Analysis& analysis, const Clock& clock) {
    Json::Object told;
    told["variables"] = number_json(formula.names.size());
    for (Side side : {Side::acting, Side::blocking}) {
        analysis::Coalitions coalitions = analysis.coalitions(side);
        told["minimal_" + name_of(side)] = text_json(coalitions.count.to_text());
        told["smallest_" + name_of(side)] = size_json(coalitions.smallest);
    }
    told["exact"] = flag_json(true);
    told["seconds"] = seconds_json(clock);
    session.write_json({told});
    if (session.globals.json) {
        return 0;
    }
    session.say("{} variables\n", formula.names.size());
    if (!analysis.is_monotone()) {
        session.say(
            "{} it is not monotone: one more can undo what was reached. A set counted below "
            "acts while all others are out, or blocks while all others are in, and none "
            "within it does; a larger set need not.\n",
            session.warning("note:"));
    }
    tell_side(session, formula, analysis, Side::acting);
    tell_side(session, formula, analysis, Side::blocking);
    session.say("{}\n", session.faint(fmt::format("exact, in {:.3f} s", clock.seconds())));
    return 0;
}

Outcome tell_bounds(Session& session, const analysis::FormulaFile& formula, const Clock& clock) {
    Json::Object told;
    auto variables = static_cast<std::uint32_t>(formula.names.size());
    told["variables"] = number_json(variables);
    session.say("{} variables; {} for an exact answer, so these are bounds\n", variables,
                session.warning("--time or --memory did not suffice"));
    for (Side side : {Side::acting, Side::blocking}) {
        analysis::Bounds bounds =
            analysis::bounds_of(formula.circuit, formula.root, variables, side);
        std::string name = name_of(side);
        told["minimal_" + name] = {Json::Null{}};
        told["minimal_" + name + "_at_least"] = text_json(bounds.at_least.to_text());
        told["minimal_" + name + "_at_most"] = text_json(bounds.at_most.to_text());
        told["smallest_" + name] = {Json::Null{}};
        told["smallest_" + name + "_at_least"] = number_json(bounds.smallest_at_least);
        told["smallest_" + name + "_at_most"] = size_json(bounds.smallest_at_most);
        session.say(
            "minimal ways to {}: at least {}, at most {}; the smallest takes at least {}{}\n",
            side == Side::acting ? "make it hold" : "block it", bounds.at_least.to_text(),
            bounds.at_most.to_text(), bounds.smallest_at_least,
            bounds.smallest_at_most ? fmt::format(", at most {}", *bounds.smallest_at_most) : "");
    }
    told["exact"] = flag_json(false);
    told["seconds"] = seconds_json(clock);
    session.write_json({told});
    return 0;
}

Outcome formula(Session& session, const FormulaOptions& options) {
    Clock clock;
    // A formula is only counted, so a symbolic link to one may be followed.
    std::error_code error;
    std::filesystem::path file = std::filesystem::canonical(options.file, error);
    std::string text =
        TRY(read_input(error ? options.file : file.string(), analysis::k_longest_formula_file));
    auto read = analysis::read_formula_file(text, options.top);
    if (!read) {
        return std::unexpected(base::within(
            fmt::format("reading the formula {}", base::shown(options.file)), read.error()));
    }
    std::optional<analysis::Analysis> exact;
    {
        Progress progress(clock);
        analysis::Budget budget;
        budget.nodes = (options.mebibytes << 20U) / k_bytes_per_node;
        budget.go_on = [&] {
            progress.tell();
            return clock.seconds() < options.seconds;
        };
        exact = analysis::Analysis::of(read->circuit, read->root, budget);
    }
    return exact ? tell_exact(session, *read, *exact, clock) : tell_bounds(session, *read, clock);
}

}  // namespace

void add_formula(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "formula",
        "Count the minimal ways to make a fault tree or a nested quorum set hold, and to block it",
        "  cheget formula plant.xml\n"
        "  cheget formula quorum-set.json --json\n"
        "  echo '{\"threshold\":2,\"validators\":[\"a\",\"b\",\"c\"]}' | cheget formula -");
    auto options = std::make_shared<FormulaOptions>();
    command
        ->add_option("file", options->file,
                     "An Open-PSA fault tree in XML, or {\"threshold\":k,\"validators\":[…],"
                     "\"innerQuorumSets\":[…]} in JSON; `-` reads stdin")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--top", options->top, "The gate that is meant (else the one no other uses)")
        ->type_name("GATE");
    command
        ->add_option("--time", options->seconds,
                     "After so many seconds give bounds in place of exact numbers (60)")
        ->check(CLI::Range(0.001, 1e6))
        ->type_name("SECONDS");
    command
        ->add_option("--memory", options->mebibytes,
                     "Use about so much memory, then give bounds (4096)")
        ->check(CLI::Range(16, 1 << 20))
        ->type_name("MIB");
    on_chosen(command, session, [&session, options] { return formula(session, *options); });
}

}  // namespace cheget::cli
