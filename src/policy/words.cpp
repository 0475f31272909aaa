// The tables of words.
#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cheget::policy {
namespace {

constexpr std::array<std::string_view, 11> k_block_words{
    "person", "machine",   "witness", "drop",   "group", "fact",
    "action", "emergency", "amend",   "revoke", "assert"};

constexpr std::array<std::string_view, 23> k_clause_words{
    "run",      "call",    "sql",   "ref",     "sign",    "file", "allow",    "propose",
    "proposer", "approve", "when",  "consent", "web",     "by",   "veto",     "wait",
    "expire",   "execute", "valid", "deputy",  "offline", "at",   "briefcase"};

// Words inside formulas, facts, keys and clauses.
constexpr std::array<std::string_view, 40> k_inner_words{
    "k",      "of",       "all",    "any",         "shared",   "on",        "as",      "pin",
    "counts", "suffices", "digest", "environment", "stdin",    "directory", "log",     "is",
    "none",   "within",   "after",  "fresh",       "seen",     "from",      "until",   "for",
    "to",     "in",       "not",    "up",          "most",     "per",       "with",    "sequence",
    "weight", "bool",     "true",   "false",       "lowering", "witnesses", "custody", "tpm"};

constexpr std::array<LaterWord, 2> k_later_words{{
    {"waves", "write one order for each target"},
    {"targets", "write one order for each target"},
}};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::span<const std::string_view> block_words() {
    return k_block_words;
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
