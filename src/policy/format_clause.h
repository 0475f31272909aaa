// Clauses in canonical layout.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/syntax.h"

namespace cheget::policy {

constexpr std::size_t k_clause_column = 9;  ///< of what follows a clause's word

/// A clause from its word to its line feed; what follows the word begins at `column`.
std::string clause_lines(const ClauseSyntax& clause, std::size_t column);

/// Adds `word` and spaces up to `width`.
void append_padded(std::string& text, std::string_view word, std::size_t width);

/// Adds words with `, ` between them.
void append_comma_list(std::string& text, const std::vector<WordSyntax>& words);

}  // namespace cheget::policy
