// ~/.config/cheget/config.toml: what a person's tool knows of their domains.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::cli {

/// Where the configuration lies: below XDG_CONFIG_HOME, else below ~/.config.
base::Result<std::string> configuration_path();

/// `[domain."acme/prod"] log = ["https://…"]`: where that domain's log is reached. None if there is
/// no such file, or if it says nothing of the domain; a word in it that is unknown is refused,
/// since it may be a misspelt one that mattered.
base::Result<std::vector<std::string>> configured_logs(std::string_view domain);

}  // namespace cheget::cli
