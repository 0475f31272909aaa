// The header of a policy.
#pragma once

#include <string_view>

#include "policy/diagnostics.h"
#include "policy/syntax.h"

namespace cheget::policy {

/// Reads the header into syntax.header, syntax.header_lines and syntax.header_end. The text is not
/// empty and ends with LF.
void parse_header(std::string_view text, PolicySyntax& syntax, Diagnostics& diagnostics);

}  // namespace cheget::policy
