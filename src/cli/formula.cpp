// formula: what a fault tree or a nested quorum set adds up to.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "analysis/formula_file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/portfolio.h"

namespace cheget::cli {

namespace {

using analysis::Side;
using base::Json;

struct FormulaOptions {
    std::string file;
    std::string top;
    Effort effort;
};

constexpr std::size_t k_sets_shown = 3;
constexpr std::size_t k_names_shown = 12;

std::string name_of(Side side) {
    return side == Side::acting ? "acting" : "blocking";
}

Json size_json(const std::optional<std::uint64_t>& size) {
    return size ? number_json(*size) : Json{Json::Null{}};
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

/// A number that is exact, or null with what bounds it beside it.
void put_side(Json::Object& told, const analysis::Bounds& bounds, Side side, bool is_exact) {
    const std::string count = "minimal_" + name_of(side);
    const std::string smallest = "smallest_" + name_of(side);
    told[count] =
        bounds.has_exact_count() ? text_json(bounds.at_least.to_text()) : Json{Json::Null{}};
    told[smallest] =
        bounds.has_exact_size() ? size_json(bounds.smallest_at_most) : Json{Json::Null{}};
    if (!is_exact) {
        told[count + "_at_least"] = text_json(bounds.at_least.to_text());
        told[count + "_at_most"] = text_json(bounds.at_most.to_text());
        told[smallest + "_at_least"] = number_json(bounds.smallest_at_least);
        told[smallest + "_at_most"] = size_json(bounds.smallest_at_most);
    }
}

std::string size_words(const analysis::Bounds& bounds) {
    if (bounds.has_exact_size()) {
        return fmt::format("the smallest takes {}", *bounds.smallest_at_most);
    }
    return fmt::format(
        "the smallest takes at least {}{}", bounds.smallest_at_least,
        bounds.smallest_at_most ? fmt::format(", at most {}", *bounds.smallest_at_most) : "");
}

void tell_side(Session& session, const analysis::FormulaFile& formula,
               const analysis::Solution& solution, Side side) {
    const analysis::Bounds bounds = solution.bounds(side);
    const bool acting = side == Side::acting;
    const char* what = acting ? "make it hold" : "block it";
    if (bounds.has_exact_count() && bounds.at_least.is_zero()) {
        session.say("{}\n", acting ? "Nothing makes it hold." : "Nothing keeps it from holding.");
        return;
    }
    if (bounds.has_exact_count()) {
        session.say("{} {} ways to {}; {}\n", bounds.at_least.to_text(), session.bold("minimal"),
                    what, size_words(bounds));
    } else {
        session.say("{} ways to {}: at least {}, at most {}; {}\n", session.bold("minimal"), what,
                    bounds.at_least.to_text(), bounds.at_most.to_text(), size_words(bounds));
    }
    for (const auto& set : solution.smallest_sets(side, k_sets_shown)) {
        session.say("  {}\n", shown_set(formula, set));
    }
}

Outcome tell(Session& session, const analysis::FormulaFile& formula,
             const analysis::Solution& solution, double seconds) {
    const bool is_exact = solution.is_exact();
    Json::Object told;
    told["variables"] = number_json(formula.names.size());
    for (const Side side : {Side::acting, Side::blocking}) {
        put_side(told, solution.bounds(side), side, is_exact);
    }
    told["exact"] = flag_json(is_exact);
    told["seconds"] = {Json::Number{fmt::format("{:.6f}", seconds)}};
    session.write_json({told});
    if (!session.globals.json) {
        session.say("{} variables\n", formula.names.size());
        if (solution.diagrams && !solution.diagrams->is_monotone()) {
            session.say(
                "{} it is not monotone: one more can undo what was reached. A set counted below "
                "acts while all others are out, or blocks while all others are in, and none "
                "within it does; a larger set need not.\n",
                session.warning("note:"));
        }
        if (!is_exact) {
            session.say("{} for an exact answer, so these are bounds\n",
                        session.warning("--time or --memory did not suffice"));
        }
        tell_side(session, formula, solution, Side::acting);
        tell_side(session, formula, solution, Side::blocking);
        session.say("{}\n", session.faint(fmt::format("{} {:.3f} s",
                                                      is_exact ? "exact, in" : "after", seconds)));
    }
    return is_exact ? 0 : k_bounded_answer;
}

Outcome formula(Session& session, const FormulaOptions& options) {
    Portfolio portfolio(options.effort, "counting");
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
    const auto solution =
        portfolio.solve(read->circuit, read->root, static_cast<std::uint32_t>(read->names.size()));
    portfolio.clear();
    return tell(session, *read, solution, portfolio.seconds());
}

}  // namespace

void add_formula(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "formula",
        "Count the minimal ways to make a fault tree or a nested quorum set hold, and to block it",
        "  cheget formula plant.xml\n"
        "  cheget formula quorum-set.json --json\n"
        "  echo '{\"threshold\":2,\"validators\":[\"a\",\"b\",\"c\"]}' | cheget formula -\n"
        "  cheget formula plant.xml --time 10 --memory 1024\n"
        "Exit code 0 when all numbers are exact, 5 when --time or --memory did not suffice and "
        "some\n"
        "are bounds.");
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
    add_effort(command, options->effort);
    on_chosen(command, session, [&session, options] { return formula(session, *options); });
}

}  // namespace cheget::cli
