// Trust files (C2SP tlog-policy): which logs, which witnesses, and which of these suffice.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoint.h"

namespace cheget::log {

constexpr std::size_t k_longest_trust_file = 64 * 1024;

/// What a trust file says. Names may hold any byte but control characters and spaces.
struct TrustFile {
    struct Log {
        NoteKey key;
        std::string url;  ///< empty if none is given
        bool operator==(const Log&) const = default;
    };
    struct Witness {
        std::string name;
        NoteKey key;
        std::string url;
        bool operator==(const Witness&) const = default;
    };
    /// A witness or a group by its place in the list that `is_group` tells.
    struct Member {
        bool is_group = false;
        std::size_t place = 0;
        bool operator==(const Member&) const = default;
    };
    struct Group {
        std::string name;
        std::size_t needed = 1;       ///< 1 to the number of members
        std::vector<Member> members;  ///< groups among them stand before this one
        bool operator==(const Group&) const = default;
    };
    std::vector<Log> logs;  ///< distinct keys
    std::vector<Witness> witnesses;
    std::vector<Group> groups;
    std::optional<Member> quorum;  ///< nothing for `quorum none`

    bool operator==(const TrustFile&) const = default;

    /// Whether these witnesses, by their places, are a quorum.
    bool is_quorum(std::span<const std::size_t> cosigners) const;
};

base::Result<TrustFile> parse_trust_file(std::string_view text);

/// One line for each part, in the order of the lists.
std::string render(const TrustFile& file);

/// A checkpoint that one of the file's logs signed, as open_checkpoint() gives it; `cosigned` tells
/// places among the file's witnesses. Refused unless they are a quorum.
base::Result<OpenedCheckpoint> open_trusted(std::string_view bytes, const TrustFile& file);

/// The file that says what a domain's policy says: one log, its witnesses, k of them. A domain
/// without witnesses has `quorum none`, which asks less than Trust: the log's own cosignature is no
/// witness's. `names` and `urls` are those of the cosigners, in their order; urls may be left out.
TrustFile trust_file_of(const Trust& trust, std::string_view log_url,
                        std::span<const std::string> names, std::span<const std::string> urls);

/// The other way, for what follows a log and asks for times: one log, and a quorum that is a plain
/// majority of witnesses, or none. Fails for other files: groups of groups prove inclusion alone.
base::Result<Trust> trust_of(const TrustFile& file);

}  // namespace cheget::log
