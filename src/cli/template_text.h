// Fills in a text: `@name@` stands for a value, and lines between `@if`, `@else` and `@end` stay or
// go. Nothing else is done to it, and whatever does not fit is an error.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cheget::cli {

/// What a text is filled in with.
struct Fillings {
    std::map<std::string, std::string, std::less<>> values;  ///< for `@name@`; never read again
    std::set<std::string, std::less<>> conditions;           ///< those that hold
};

/// The text, filled in. A line `@if a b` begins lines that stay if all of these conditions hold,
/// `@else` those that stay otherwise, and `@end` ends them; these do not nest. ErrorKind::bad_input
/// names the line that has an unknown name, a lone `@`, or a directive out of its place.
base::Result<std::string> fill_in(std::string_view text, const Fillings& fillings);

}  // namespace cheget::cli
