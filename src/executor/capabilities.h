// Linux capabilities: their names, and dropping all but the ones that an action was given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::executor {

/// The number of `CAP_…` (linux/capability.h); nothing for another word.
std::optional<unsigned> capability_number(std::string_view name);

/// A bit for each of the named capabilities; the names have been checked.
std::uint64_t capability_set(const std::vector<std::string>& names);

/// Removes every capability outside `keep` from the bounding set, so that no exec brings it back.
/// Needs CAP_SETPCAP; without any capability there is nothing to remove.
base::Result<void> limit_bounding_set(std::uint64_t keep);

/// Makes `keep` the whole of the permitted, effective, inheritable and ambient sets.
base::Result<void> keep_only_capabilities(std::uint64_t keep);

}  // namespace cheget::executor
