// The version, as the build was told it.
#pragma once

#include <string_view>

namespace cheget::cli {

constexpr std::string_view k_version = CHEGET_VERSION;

}  // namespace cheget::cli
