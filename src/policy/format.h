// The canonical layout.
#pragma once

#include <string>
#include <string_view>

#include "policy/syntax.h"

namespace cheget::policy {

/// The canonical layout of syntax that parsed without complaint; comments are kept, those inside a
/// clause move above it. Of its own output it gives the same.
std::string format(const PolicySyntax& syntax);

/// A string in quotes, in the canonical JSON form.
std::string quoted(std::string_view value);

}  // namespace cheget::policy
