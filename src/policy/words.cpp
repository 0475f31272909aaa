// The tables of words.
#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cheget::policy {
namespace {

constexpr std::array<std::string_view, 6> k_block_words{"person", "machine", "group",
                                                        "action", "amend",   "revoke"};

constexpr std::array<std::string_view, 4> k_later_block_words{"fact", "emergency", "witness",
                                                              "assert"};

constexpr std::array<std::string_view, 10> k_clause_words{
    "run", "allow", "propose", "proposer", "approve", "web", "by", "veto", "expire", "execute"};

// Words inside formulas, keys and clauses.
constexpr std::array<std::string_view, 19> k_inner_words{
    "k",         "of",        "all",    "any",      "shared", "on",          "as",
    "pin",       "briefcase", "counts", "suffices", "digest", "environment", "stdin",
    "directory", "file",      "log",    "is",       "none"};

constexpr std::string_view k_no_time =
    "leave it out: without a log nothing proves when anything was said, so no delay or period "
    "could be held";
constexpr std::string_view k_no_order =
    "leave it out: without a log nothing proves which statement came first";
constexpr std::string_view k_no_facts =
    "leave it out, and name people instead: without a log nothing proves that a fact is the newest";

constexpr std::array<LaterWord, 29> k_later_words{{
    {"wait", k_no_time},
    {"within", k_no_time},
    {"after", k_no_time},
    {"valid", k_no_time},
    {"fresh", k_no_time},
    {"offline", k_no_time},
    {"seen", k_no_order},
    {"deputy", "leave it out: without a log nothing proves that a person has let an order rest"},
    {"emergency",
     "leave it out: without a log an emergency could be neither rationed nor made known; an action "
     "of its own, with its own targets, can have an easier rule"},
    {"at", "leave it out: without a log nothing counts how often a rule was used"},
    {"fact", k_no_facts},
    {"when", k_no_facts},
    {"from", k_no_facts},
    {"consent",
     "write `approve all of { 1 of { NAME }, ... }`: that person's voice is then needed"},
    {"weight", "write `k of { ... }`, nested where some voices shall count for more"},
    {"assert", "leave it out: this version has no analyser to hold an assertion against"},
    {"witness", "leave it out: with `log: none` there is nothing to witness"},
    {"witnesses", "leave it out: with `log: none` there is nothing to witness"},
    {"call", "write `run [\"/path/to/program\", ...]`: only commands can be run"},
    {"sign", "write `run [\"/path/to/program\", ...]`: only commands can be run"},
    {"ref", "write `run [\"/path/to/program\", ...]`: only commands can be run"},
    {"sql", "write `run [\"/path/to/program\", ...]`: only commands can be run"},
    {"waves", "write one order for each target"},
    {"targets", "write one order for each target"},
    {"lowering", "write one `amend { ... }`: it then rules every change of the policy"},
    {"parameter", "capture the value in the action's target, and use the capture in `run`"},
    {"custody", "leave it out: this version keeps no record of bearers"},
    {"bearer", "leave it out: this version keeps no record of bearers"},
    {"drop", "leave it out: executors of this version read no drop folder"},
}};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::span<const std::string_view> block_words() {
    return k_block_words;
}

std::span<const std::string_view> later_block_words() {
    return k_later_block_words;
}

std::span<const std::string_view> clause_words() {
    return k_clause_words;
}

bool is_reserved(std::string_view name) {
    return is_one_of(k_block_words, name) || is_one_of(k_clause_words, name) ||
           is_one_of(k_inner_words, name) || later_word(name).has_value() ||
           std::all_of(name.begin(), name.end(),
                       [](char character) { return character >= '0' && character <= '9'; });
}

std::optional<LaterWord> later_word(std::string_view word) {
    for (const LaterWord& later : k_later_words) {
        if (later.word == word) {
            return later;
        }
    }
    return std::nullopt;
}

std::string later_complaint(std::string_view source) {
    return fmt::format(
        "`{}` belongs to a later version of the language, which this program does "
        "not read",
        base::shown(source));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    auto near = base::nearest(word, candidates);
    return near ? fmt::format("did you mean `{}`?", *near) : std::string();
}

}  // namespace cheget::policy
