// The words of the language: those that this version reads, and those of later versions, which it
// recognises only to refuse them by name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cheget::policy {

/// Words that begin a block.
std::span<const std::string_view> block_words();

/// Words that begin a clause in an action.
std::span<const std::string_view> clause_words();

/// Whether no principal and no group may bear the name: words of the language, and numbers.
bool is_reserved(std::string_view name);

/// What to tell the author of a policy that uses a word of a later version.
struct LaterWord {
    std::string_view word;
    std::string_view advice;
};
std::optional<LaterWord> later_word(std::string_view word);

/// What is said of any construct of a later version: `source` is how it was written.
std::string later_complaint(std::string_view source);

/// ` (did you mean ...?)` for the candidate that the word is a likely slip of, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace cheget::policy
