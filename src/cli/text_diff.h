// What changed from one text to another, line by line.
#pragma once

#include <string>
#include <string_view>

#include "cli/session.h"

namespace cheget::cli {

/// Lines taken out after `-`, lines put in after `+`, with up to two unchanged lines around them;
/// empty when nothing changed. Texts are at most a policy's length.
std::string text_diff(std::string_view before, std::string_view after, const Session& session);

}  // namespace cheget::cli
