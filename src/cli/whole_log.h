// A log read whole, for commands that keep nothing of it.
#pragma once

#include <string>

#include "cli/session.h"
#include "permit/log_copy.h"

namespace cheget::cli {

/// Which log to read, and from what to begin.
struct WholeLog {
    std::string source;      ///< a URL, or a folder
    std::string policy;      ///< file of the domain's signed first policy; else the domain's folder
    std::string checkpoint;  ///< file of a checkpoint that vouches for all before it, if not empty
    std::optional<std::uint64_t> size{};  ///< as it was with so many entries; else the newest
};

/// Reads and verifies every entry.
base::Result<permit::MemoryLogCopy> read_whole_log(Session& session, const WholeLog& wanted,
                                                   const log::Fetch& fetch);

/// What an executor that holds `size` entries lacks to decide on an order: the entries since, and
/// checkpoints that show when those on the order were there. `statements` hold the order itself.
base::Result<permit::Permit::Extract> extract_for(Session& session, const WholeLog& wanted,
                                                  std::uint64_t size, const base::Digest& order,
                                                  const std::vector<std::string_view>& statements);

}  // namespace cheget::cli
