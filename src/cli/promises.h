// Promises of a log that were kept beside a statement: whether the log broke one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ways.h"
#include "log/proof_file.h"

namespace cheget::cli {

/// What the log signed when it took the statement at the path in, as it was kept beside it.
std::optional<log::ProofFile> kept_promise(const std::filesystem::path& path);

/// The alarm, if what some way shows as witnessed contradicts the promise; the evidence is then
/// beside the statement. A way that can't be read tells nothing.
std::optional<std::string> broken_promise(const log::ProofFile& promise,
                                          std::string_view signed_text,
                                          const std::vector<Way>& ways, const log::Trust& trust,
                                          const std::filesystem::path& path);

}  // namespace cheget::cli
