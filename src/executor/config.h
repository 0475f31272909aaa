// The executor's configuration, /etc/cheget/exec.toml. It is its administrator's word, so it is not
// hostile; a slip in it must still never loosen anything, so unknown keys are refused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "statement/statement.h"

namespace cheget::executor {

constexpr const char* k_default_config = "/etc/cheget/exec.toml";
constexpr const char* k_default_state = "/var/lib/cheget";

/// Which system calls the command may make.
enum class SystemCalls {
    ordinary,  ///< all but those that no ordinary command needs: mount, ptrace, bpf, keyctl, …
    strict,    ///< no sockets but local ones, no new device nodes, no setuid bits either
};

/// What a command is kept in. Set for all actions and anew for single ones.
struct Sandbox {
    /// With a value, Landlock lets the command write below these paths alone.
    std::optional<std::vector<std::string>> writable;
    bool network = true;  ///< false: a network namespace of its own, with nothing in it
    SystemCalls system_calls = SystemCalls::ordinary;
    std::vector<std::string> capabilities;  ///< such as `CAP_NET_ADMIN`; all others are dropped
    base::Span time_limit{24 * 3600};
    std::uint64_t output_limit_bytes = 1U << 20U;  ///< of the output that is kept
};

struct Config {
    statement::Domain domain;
    std::string executor;
    std::string key;     ///< path of the executor's private key
    std::string state;   ///< folder of the ledger
    std::string outbox;  ///< folder of signed claims and receipts
    std::string drop;    ///< folder that vetoes, withdrawals and revocations are dropped into
    /// Under a policy with a log: where it is read, URLs or folders, tried in turn.
    std::vector<std::string> log;
    base::Span claim_wait{60};  ///< for the log to hold a claim
    bool keep_groups = false;   ///< only without root, who drops them always
    /// Until then `run --observe` lets orders pass that lack what the policy asks for.
    std::optional<base::Time> observe_until;
    std::uint64_t most_file_bytes = 1U << 30U;  ///< of all files that one order names, together
    /// What is run when a vote was made under duress, with the details on its stdin; empty without.
    std::vector<std::string> silent_alarm;
    base::Span silent_alarm_time_limit{60};  ///< then it is killed, and tried again the next time
    std::string path;                        ///< of the file that it was read from
    Sandbox sandbox;
    std::map<std::string, Sandbox, std::less<>> actions;

    const Sandbox& sandbox_for(std::string_view action) const;
};

/// Reads the text of a configuration; `name` is told in errors, which are ErrorKind::usage.
base::Result<Config> parse_config(std::string_view text, std::string_view name);

/// Reads the file; refuses one that somebody besides root and the executor's user could write.
base::Result<Config> load_config(const std::string& path);

/// The text that `init` writes: what was chosen, and the sandbox settings with their defaults.
std::string render_config(const Config& config);

}  // namespace cheget::executor
