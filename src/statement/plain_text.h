// Which characters free text, names and paths may hold: those that a reader can see for what they
// are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace cheget::statement {

/// Whether a code point can deceive: it controls or formats (Unicode categories Cc, Cf, Zl, Zp),
/// is invisible or a space other than U+0020 (Zs, default-ignorable), has no agreed look (private
/// use, noncharacters, planes 4 to 16), or is reserved for such. docs/statements.md has the table.
bool can_deceive(std::uint32_t code_point);

/// The first code point of UTF-8 text that can deceive; U+FFFD for bytes that are not UTF-8.
std::optional<std::uint32_t> first_deceiving(std::string_view text);

/// Refuses text with such a code point, and names it.
base::Result<void> check_plain(std::string_view text);

}  // namespace cheget::statement
