// The executor's configuration: TOML read key by key, so that a misspelt one is refused.
#include "executor/config.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/text.h"
#include "executor/capabilities.h"
#include "executor/log_source.h"
#include "executor/trusted_path.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_config = 1U << 20U;
constexpr base::Span k_longest_alarm{3600};

/// Reads one table; what is asked for is crossed off, and what is left over is refused.
class Table {
  public:
    Table(const toml::table& table, std::string where, std::string_view file)
        : table_(table), where_(std::move(where)), file_(file) {}

    std::unexpected<base::Error> refuse(std::string_view key, std::string_view why) const {
        const toml::node* node = table_.get(key);
        return fail(ErrorKind::usage,
                    fmt::format("{}:{}: {}{}: {}", file_,
                                node == nullptr ? 1 : node->source().begin.line, where_, key, why));
    }

    Result<std::optional<std::string>> text(std::string_view key) {
        const toml::node* node = take(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        const auto value = node->value_exact<std::string>();
        if (!value || value->find('\0') != std::string::npos) {
            return refuse(key, "must be a text in quotes");
        }
        return *value;
    }

    Result<std::string> required_text(std::string_view key) {
        std::optional<std::string> value = TRY(text(key));
        if (!value) {
            return refuse(key, "is missing");
        }
        return *std::move(value);
    }

    Result<void> path(std::string_view key, std::string& into) {
        std::optional<std::string> value = TRY(text(key));
        if (value) {
            into = *std::move(value);
        }
        if (!into.starts_with('/')) {
            return refuse(key, "must be a path that begins with /");
        }
        return {};
    }

    Result<void> boolean(std::string_view key, bool& into) {
        const toml::node* node = take(key);
        if (node != nullptr) {
            const auto value = node->value_exact<bool>();
            if (!value) {
                return refuse(key, "must be true or false");
            }
            into = *value;
        }
        return {};
    }

    Result<void> span(std::string_view key, base::Span& into) {
        const std::optional<std::string> value = TRY(text(key));
        if (value) {
            const Result<base::Span> span = base::parse_span(*value);
            if (!span || span->seconds == 0) {
                return refuse(key, "must be a span such as \"90s\", \"30m\" or \"6h\"");
            }
            into = *span;
        }
        return {};
    }

    Result<void> size(std::string_view key, std::uint64_t& into, std::uint64_t largest) {
        const toml::node* node = take(key);
        if (node != nullptr) {
            const auto value = node->value_exact<std::int64_t>();
            if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > largest) {
                return refuse(key, fmt::format("must be a whole number up to {}", largest));
            }
            into = static_cast<std::uint64_t>(*value);
        }
        return {};
    }

    Result<std::optional<std::vector<std::string>>> texts(std::string_view key) {
        const toml::node* node = take(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        const toml::array* array = node->as_array();
        if (array == nullptr) {
            return refuse(key, "must be a list of texts, such as [\"/srv\"]");
        }
        std::vector<std::string> all;
        for (const toml::node& element : *array) {
            const auto value = element.value_exact<std::string>();
            if (!value) {
                return refuse(key, "must be a list of texts, such as [\"/srv\"]");
            }
            all.push_back(*value);
        }
        return all;
    }

    Result<const toml::table*> table(std::string_view key) {
        const toml::node* node = take(key);
        if (node != nullptr && node->as_table() == nullptr) {
            return refuse(key, "must be a table");
        }
        return node == nullptr ? nullptr : node->as_table();
    }

    Result<void> finish() const {
        for (const auto& [key, value] : table_) {
            if (std::find(taken_.begin(), taken_.end(), key.str()) == taken_.end()) {
                const auto near = base::nearest(key.str(), taken_);
                return refuse(key.str(), near ? fmt::format("is no setting; do you mean {}?", *near)
                                              : std::string("is no setting"));
            }
        }
        return {};
    }

  private:
    const toml::node* take(std::string_view key) {
        taken_.push_back(key);
        return table_.get(key);
    }

    const toml::table& table_;
    std::string where_;
    std::string_view file_;
    std::vector<std::string_view> taken_;
};

Result<Sandbox> read_sandbox(const toml::table& node, std::string where, std::string_view file,
                             Sandbox sandbox) {
    Table table(node, std::move(where), file);
    std::optional<std::vector<std::string>> writable = TRY(table.texts("writable"));
    if (writable) {
        for (const std::string& path : *writable) {
            if (!path.starts_with('/')) {
                return table.refuse("writable", "must hold paths that begin with /");
            }
        }
        sandbox.writable = std::move(writable);
    }
    TRY(table.boolean("network", sandbox.network));
    const std::optional<std::string> calls = TRY(table.text("system_calls"));
    if (calls) {
        if (*calls != "ordinary" && *calls != "strict") {
            return table.refuse("system_calls", "must be \"ordinary\" or \"strict\"");
        }
        sandbox.system_calls = *calls == "strict" ? SystemCalls::strict : SystemCalls::ordinary;
    }
    std::optional<std::vector<std::string>> capabilities = TRY(table.texts("capabilities"));
    if (capabilities) {
        for (const std::string& name : *capabilities) {
            if (!capability_number(name)) {
                return table.refuse("capabilities", fmt::format("{} is no capability; write it as "
                                                                "CAP_NET_ADMIN",
                                                                base::shown(name)));
            }
        }
        sandbox.capabilities = *std::move(capabilities);
    }
    TRY(table.span("time_limit", sandbox.time_limit));
    TRY(table.size("output_limit_bytes", sandbox.output_limit_bytes, 1U << 30U));
    TRY(table.finish());
    return sandbox;
}

Result<void> read_log(Table& table, Config& config) {
    config.log = TRY(table.texts("log")).value_or(std::vector<std::string>());
    for (const std::string& source : config.log) {
        if (!is_url(source) && !source.starts_with('/')) {
            return table.refuse("log",
                                "must hold URLs, or folders whose paths begin with /, such as "
                                "[\"https://log.example.org\"]");
        }
    }
    return table.span("claim_wait", config.claim_wait);
}

Result<void> read_silent_alarm(Table& table, Config& config) {
    config.silent_alarm = TRY(table.texts("silent_alarm")).value_or(std::vector<std::string>());
    if (!config.silent_alarm.empty() && !config.silent_alarm[0].starts_with('/')) {
        return table.refuse("silent_alarm",
                            "must begin with the absolute path of a program, such as "
                            "[\"/usr/local/bin/alarm\"]");
    }
    TRY(table.span("silent_alarm_time_limit", config.silent_alarm_time_limit));
    if (config.silent_alarm_time_limit.seconds > k_longest_alarm.seconds) {
        return table.refuse("silent_alarm_time_limit", "must be at most \"1h\"");
    }
    return {};
}

}  // namespace

const Sandbox& Config::sandbox_for(std::string_view action) const {
    const auto found = actions.find(action);
    return found == actions.end() ? sandbox : found->second;
}

Result<Config> parse_config(std::string_view text, std::string_view name) {
    toml::table parsed;
    try {
        parsed = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        return fail(ErrorKind::usage,
                    fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
    }
    Config config;
    Table table(parsed, "", name);
    config.domain.name = TRY(table.required_text("domain"));
    if (!base::is_domain(config.domain.name)) {
        return table.refuse("domain", "is no domain");
    }
    const std::string id = TRY(table.required_text("domain_id"));
    const Result<base::Digest> digest = base::parse_digest(id);
    if (!digest) {
        return table.refuse("domain_id", digest.error().message);
    }
    config.domain.first_policy = *digest;
    config.executor = TRY(table.required_text("executor"));
    if (!base::is_name(config.executor)) {
        return table.refuse("executor", "is no name");
    }
    TRY(table.path("key", config.key));
    config.state = k_default_state;
    TRY(table.path("state", config.state));
    config.outbox = config.state + "/outbox";
    TRY(table.path("outbox", config.outbox));
    config.drop = config.state + "/drop";
    TRY(table.path("drop", config.drop));
    TRY(read_log(table, config));
    TRY(table.boolean("keep_groups", config.keep_groups));
    const std::optional<std::string> observe_until = TRY(table.text("observe_until"));
    if (observe_until) {
        const Result<base::Time> time = base::parse_time(*observe_until);
        if (!time) {
            return table.refuse("observe_until", "must be a time such as \"2026-12-31T12:00:00Z\"");
        }
        config.observe_until = *time;
    }
    TRY(table.size("most_file_bytes", config.most_file_bytes, std::uint64_t{1} << 40U));
    TRY(read_silent_alarm(table, config));
    const toml::table* sandbox = TRY(table.table("sandbox"));
    if (sandbox != nullptr) {
        config.sandbox = TRY(read_sandbox(*sandbox, "sandbox.", name, Sandbox{}));
    }
    const toml::table* actions = TRY(table.table("action"));
    if (actions != nullptr) {
        for (const auto& [key, value] : *actions) {
            const std::string action(key.str());
            if (!base::is_name(action) || value.as_table() == nullptr) {
                return table.refuse("action", "must hold tables such as [action.drop-database]");
            }
            config.actions[action] = TRY(read_sandbox(
                *value.as_table(), fmt::format("action.{}.", action), name, config.sandbox));
        }
    }
    TRY(table.finish());
    return config;
}

Result<Config> load_config(const std::string& path) {
    const auto hinted = [](base::Error error) {
        if (error.kind == ErrorKind::unreachable) {
            error.message += "; an executor begins with `cheget-exec init`";
        }
        return std::unexpected(std::move(error));
    };
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    // Whoever can exchange the file could do so between any look at it and the reading.
    const Result<Opened> opened = open_trusted(whole.native(), PathEnd::regular_file);
    if (!opened) {
        return hinted(opened.error());
    }
    struct stat status {};
    if (::fstat(opened->descriptor.number(), &status) != 0 ||
        (status.st_uid != 0 && status.st_uid != ::geteuid()) || (status.st_mode & 022U) != 0) {
        return fail(ErrorKind::usage,
                    fmt::format("{} could be written by others than root and the executor's user; "
                                "make it theirs alone: chown root, chmod 644",
                                base::shown(path)));
    }
    const Result<std::string> text = store::read_file(path, k_longest_config);
    if (!text) {
        return hinted(text.error());
    }
    Config config = TRY(parse_config(*text, base::shown(path)));
    config.path = whole.native();
    return config;
}

std::string render_config(const Config& config) {
    // The texts are names, digests and paths; canonical JSON strings are TOML basic strings too.
    const auto quoted = [](std::string_view text) { return base::to_canonical(text); };
    std::string log;
    for (const std::string& source : config.log) {
        log += (log.empty() ? "" : ", ") + quoted(source);
    }
    if (!log.empty()) {
        log = fmt::format(
            "log       = [{}]   # URLs or folders, tried in turn\n"
            "# claim_wait = \"60s\"   # for the log to hold a claim\n",
            log);
    }
    return fmt::format(
        "# cheget-exec: what this executor is and how commands are kept in. docs/executor.md\n"
        "domain    = {}\n"
        "domain_id = {}\n"
        "executor  = {}\n"
        "key       = {}\n"
        "state     = {}\n"
        "outbox    = {}   # signed claims and receipts: back it up apart from the state\n"
        "drop      = {}   # vetoes, withdrawals and revocations are dropped here\n"
        "{}"
        "\n"
        "[sandbox]\n"
        "# writable         = [\"/srv\"]   # let commands write below these paths alone\n"
        "network            = true\n"
        "system_calls       = \"ordinary\" # or \"strict\"\n"
        "capabilities       = []\n"
        "time_limit         = \"24h\"\n"
        "output_limit_bytes = 1048576\n"
        "\n"
        "# [action.drop-database]         # the same settings for one action\n"
        "# network = false\n",
        quoted(config.domain.name), quoted(base::to_text(config.domain.first_policy)),
        quoted(config.executor), quoted(config.key), quoted(config.state), quoted(config.outbox),
        quoted(config.drop), log);
}

}  // namespace cheget::executor
