// Logs over HTTP and in folders.
#include "executor/log_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "base/text.h"
#include "net/http_client.h"
#include "store/file.h"

namespace cheget::executor {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t k_longest_answer = 64U << 10U;

/// A folder answers no questions: the smallest checkpoint of at least that size is looked for.
Result<std::filesystem::path> witnessed_file(const std::filesystem::path& folder,
                                             std::string_view from) {
    const std::uint64_t least = TRY(base::parse_number(from, log::k_largest_size));
    std::optional<std::uint64_t> found;
    std::error_code error;
    for (const auto& each : std::filesystem::directory_iterator(folder / "witnessed", error)) {
        const auto size = base::parse_number(each.path().filename().string(), log::k_largest_size);
        if (size && *size >= least && (!found || *size < *found)) {
            found = *size;
        }
    }
    if (!found) {
        return fail(ErrorKind::unreachable,
                    fmt::format("reading the log {}: it has no witnessed checkpoint of {} entries "
                                "or more",
                                base::shown(folder.string()), least));
    }
    return folder / "witnessed" / std::to_string(*found);
}

std::string at(const std::string& url, std::string_view path) {
    return fmt::format("{}{}{}", url, url.ends_with('/') ? "" : "/", path);
}

}  // namespace

bool is_url(std::string_view source) {
    return source.starts_with("http://") || source.starts_with("https://");
}

Result<std::string> fetch_url(const std::string& url, std::size_t most,
                              const std::function<bool()>& go_on) {
    net::Ask asked{.url = url};
    asked.go_on = go_on;
    asked.longest_answer = most;
    net::Response answer = TRY(net::ask(asked));
    if (answer.status != 200) {
        return fail(ErrorKind::unreachable,
                    fmt::format("asking {}: it answers {}", base::shown(url), answer.status));
    }
    return std::move(answer.body);
}

Result<log::Fetch> open_log_source(const std::string& source, std::function<bool()> go_on) {
    if (is_url(source)) {
        return log::Fetch(
            [source, go_on = std::move(go_on)](const std::string& path, std::size_t most) {
                return fetch_url(at(source, path), most, go_on);
            });
    }
    std::error_code error;
    const std::filesystem::path folder = source;
    if (!std::filesystem::exists(folder / "checkpoint", error)) {
        return fail(ErrorKind::unreachable,
                    fmt::format("reading the log {}: it is no URL, and no folder with a "
                                "checkpoint; name what the log publishes, such as "
                                "https://log.example.org or STATE/public",
                                base::shown(source)));
    }
    return log::Fetch([folder](const std::string& path, std::size_t most) -> Result<std::string> {
        constexpr std::string_view k_from = "witnessed?from=";
        if (path.starts_with(k_from)) {
            return store::read_file(TRY(witnessed_file(folder, path.substr(k_from.size()))), most);
        }
        return store::read_file(folder / path, most);
    });
}

Result<void> hand_in(const std::string& url, const std::string& statement) {
    net::Ask asked{.url = at(url, "statement"), .method = "POST", .body = statement};
    asked.longest_answer = k_longest_answer;
    const net::Response answer = TRY(net::ask(asked));
    if (answer.status == 200) {
        return {};
    }
    constexpr std::string_view::size_type k_told = 300;
    return fail(
        answer.status >= 400 && answer.status < 500 ? ErrorKind::denied : ErrorKind::unreachable,
        fmt::format("the log at {} answers {}: {}", base::shown(url), answer.status,
                    base::shown(std::string_view(answer.body).substr(0, k_told))));
}

}  // namespace cheget::executor
