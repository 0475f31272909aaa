// The files that an order names by their digests: taken in when it is proposed, opened and compared
// before anyone approves it.
#pragma once

#include <string>
#include <vector>

#include "cli/domain.h"
#include "statement/statement.h"

namespace cheget::cli {

/// The longest file whose bytes `propose` copies into the domain's folder.
constexpr std::size_t k_longest_copied_file = 64U << 20U;

/// How one named file stands on this machine.
struct NamedFile {
    std::string what;  ///< `file /usr/bin/sqlite3` or `stdin`
    base::Digest digest;
    std::uint64_t bytes = 0;
    std::string openable_at;  ///< where bytes of this digest lie; empty when nowhere
    std::string why_not;      ///< why they can't be opened
    std::string excerpt;      ///< the text itself, made safe to show, when it is short
};

/// Looks for every named file's bytes: in the folder's files/, then at its own path.
std::vector<NamedFile> find_named_files(const store::DomainFolder& folder,
                                        const statement::Order& order);

/// Shows them; ErrorKind::denied if one can't be opened, unless the action says `by digest`.
base::Result<void> require_openable(Session& session, const std::vector<NamedFile>& files,
                                    bool by_digest);

/// Hashes a file of this machine, and copies its bytes into the folder if they are few enough.
base::Result<statement::FileReference> take_file(store::DomainFolder& folder,
                                                 const std::string& path);
base::Result<statement::ContentReference> take_standard_input(store::DomainFolder& folder,
                                                              const std::string& path);

/// The digest and length of a file of this machine as it is now.
base::Result<statement::ContentReference> hash_of_file(const std::string& path);

/// The interpreter that a script's first line names, if it is a script.
base::Result<std::optional<std::string>> interpreter_of(const std::string& path);

/// Reads `DIGEST BYTES PATH`, as `cheget-exec fingerprint` prints it.
base::Result<statement::FileReference> parse_file_reference(std::string_view text);

}  // namespace cheget::cli
