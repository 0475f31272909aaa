// Formulas in canonical layout.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/syntax.h"

namespace cheget::policy {

/// Columns of a canonical line, at most; words, strings and keys alone may be longer.
constexpr std::size_t k_widest_line = 100;

/// A formula that begins at `column`: on one line if it fits, else broken at its braces, with the
/// closing one indented by `indent`. Without a line feed at the end.
std::string formula_lines(const FormulaSyntax& formula, std::size_t column, std::size_t indent);

/// Words with commas between them, filled into lines indented by `indent`.
std::string filled_lines(const std::vector<std::string_view>& words, std::size_t indent);

}  // namespace cheget::policy
