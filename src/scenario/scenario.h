// Scenario files (docs/scenarios.md): situations under a policy and the answers that they must get,
// run as the policy's regression tests. What they are judged by is decide() itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace cheget::scenario {

using policy::Diagnostic;
using policy::Position;

constexpr std::size_t k_longest_file = 256 * 1024;
constexpr std::size_t k_most_checks = 64;  ///< `then` lines in one scenario
/// Explanations of one file; those of later scenarios are left out.
constexpr std::size_t k_most_explained_bytes = 16 * 1024 * 1024;

/// A word of the file, and where it stands.
struct Word {
    std::string text;
    Position at;
};

/// A time as it is written: an instant, or seconds from when the order was proposed.
struct Moment {
    bool is_offset = false;
    std::int64_t seconds = 0;
    Position at;
};

/// `given [emergency] order ACTION on TARGET by NAME at TIME [logged TIME] [expires TIME]`.
struct OrderGiven {
    bool emergency = false;
    Word action;
    Word target;
    Word by;
    Moment proposed;
    std::optional<Moment> logged;   ///< the start of its entry, if not `proposed`
    std::optional<Moment> expires;  ///< if not as late as the action allows
    Position at;
};

/// `given amendment [lowering] to PATH [at TIME]`, `given revocation of NAME [at TIME]`.
struct ChangeGiven {
    policy::Change change = policy::Change::amend;
    Word subject;                      ///< the new policy's path, or whose key is revoked
    std::optional<Position> lowering;  ///< it is said that the amendment lowers
    std::optional<Moment> proposed;
    Position at;
};

/// `given parameter NAME VALUE`.
struct ParameterGiven {
    Word name;
    std::string value;
};

/// `given file PATH [DIGEST]`.
struct FileGiven {
    Word path;
    std::optional<base::Digest> digest;
};

/// `when alice, bob approve …`.
struct Votes {
    std::vector<Word> by;
    statement::Verdict verdict = statement::Verdict::approve;
    std::optional<Word> stands_for;
    std::optional<Word> after;  ///< whose last vote is named by these
    std::optional<Position> web;
    std::optional<Moment> at;
};

/// `when FACT[(ABOUT)] is VALUE [from NAME, …] …`.
struct Said {
    Word fact;
    std::optional<Word> about;  ///< `target`, `file`, `order`, or a target, path or digest
    Word value;
    std::vector<Word> sources;  ///< none: every source of the fact
    std::optional<Moment> dated;
    std::optional<Moment> at;
};

/// `when now is TIME`.
struct Clock {
    Moment now;
};

/// `then permit`, `then wait REASON`, `then deny REASON`, `then refused TEXT`.
struct Expected {
    enum class Answer : std::uint8_t { permit, wait, deny, refused };
    Answer answer = Answer::permit;
    std::optional<policy::Reason> reason;
    std::optional<Moment> until;
    std::string refusal;  ///< a part of what refused() says; empty for any
    std::string source;   ///< as it stands after `then`
};

struct Step {
    Position at;
    std::variant<Votes, Said, Clock, Expected> what;
};

struct Scenario {
    std::string name;
    Position at;
    std::variant<std::monostate, OrderGiven, ChangeGiven> subject;
    std::vector<ParameterGiven> parameters;
    std::vector<FileGiven> files;
    std::vector<Moment> claims;
    std::vector<Step> steps;  ///< the last one is Expected
};

struct File {
    Word policy;  ///< its path, from the scenario file's folder
    std::vector<Scenario> scenarios;

    /// The paths of all policies that it names, each once.
    std::vector<Word> policies() const;
};

struct ParseOutcome {
    std::optional<File> file;  ///< there when no diagnostic is
    std::vector<Diagnostic> diagnostics;
};

/// Reads a scenario file; reports up to 20 complaints at once. A file that checks nothing is
/// refused: every scenario ends with what must come.
ParseOutcome parse(std::string_view text);

/// What an order or a change came to.
struct Result {
    bool refused = false;  ///< the order does not fit; then only `refusal` is filled
    std::string refusal;
    policy::Decision decision;
    std::string missing;      ///< what is missing and who could give it; empty for changes
    std::string explanation;  ///< describe()'s words, with what was set aside
};

/// One `then`.
struct Check {
    Position at;
    bool holds = false;
    std::string expected;  ///< as it is written
    std::string came;      ///< in the same words
    Result result;
};

struct Played {
    std::string name;
    Position at;
    std::vector<Check> checks;

    bool holds() const;
};

/// By the path as the file writes it. All that File::policies() names must be there.
using Policies = std::map<std::string, policy::Policy, std::less<>>;

struct PlayOutcome {
    std::vector<Played> scenarios;  ///< there when no diagnostic is
    std::vector<Diagnostic> diagnostics;
};

/// How explanations cite statements: by the line of the file, or by their time.
enum class Cite : std::uint8_t { line, time };

/// Plays every scenario: makes the order and the statements, and asks bind() and decide().
/// Complains where the file names what the policy does not have. `text` is the file's, for the
/// complaints.
PlayOutcome play(const File& file, std::string_view text, const Policies& policies,
                 Cite cite = Cite::line);

/// A reason's words, such as `approvals missing`.
std::string_view name_of(policy::Reason reason);

/// A decision as `then` would write it: `permit until 2026-08-01T18:00:00Z`.
std::string to_text(const policy::Decision& decision);

}  // namespace cheget::scenario
