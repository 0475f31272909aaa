// Reads config.toml.
#include "cli/configuration.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>

#include "base/text.h"
#include "cli/session.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::Result;

constexpr std::size_t k_longest_configuration = 256 * 1024;

std::unexpected<base::Error> refuse(const std::string& path, const std::string& why) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("reading {}: {}", base::shown(path), why));
}

Result<std::vector<std::string>> read_logs(const std::string& path, std::string_view domain,
                                           const toml::table& table) {
    std::vector<std::string> logs;
    for (const auto& [key, value] : table) {
        if (key.str() != "log") {
            return refuse(path, fmt::format("`{}` of the domain `{}` is unknown; there is `log`",
                                            base::shown(key.str()), base::shown(domain)));
        }
        const auto one = value.value<std::string>();
        const toml::array* several = value.as_array();
        bool whole = one.has_value() || several != nullptr;
        if (one) {
            logs.push_back(*one);
        }
        for (std::size_t i = 0; several != nullptr && i < several->size(); ++i) {
            const auto each = several->get(i)->value<std::string>();
            whole = whole && each.has_value();
            logs.push_back(each.value_or(""));
        }
        if (!whole) {
            return refuse(path, fmt::format("`log` of the domain `{}` is no list of texts; write "
                                            "`log = [\"https://log.example.org\"]`",
                                            base::shown(domain)));
        }
    }
    return logs;
}

}  // namespace

Result<std::string> configuration_path() {
    std::filesystem::path folder = environment("XDG_CONFIG_HOME");
    if (folder.empty() || folder.is_relative()) {
        const std::string home = environment("HOME");
        if (home.empty()) {
            return base::fail(base::ErrorKind::unreachable,
                              "looking for ~/.config: HOME is not set; set it, or XDG_CONFIG_HOME");
        }
        folder = std::filesystem::path(home) / ".config";
    }
    return (folder / "cheget/config.toml").string();
}

Result<std::vector<std::string>> configured_logs(std::string_view domain) {
    const std::string path = TRY(configuration_path());
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::vector<std::string>();
    }
    const std::string text = TRY(store::read_file(path, k_longest_configuration));
    toml::table table;
    try {
        table = toml::parse(text, path);
    } catch (const toml::parse_error& parse_error) {
        return refuse(path, fmt::format("line {}: {}", parse_error.source().begin.line,
                                        parse_error.description()));
    }
    std::vector<std::string> logs;
    for (const auto& [key, value] : table) {
        const toml::table* domains = value.as_table();
        if (key.str() != "domain" || domains == nullptr) {
            return refuse(path, fmt::format("`{}` is unknown; there are tables such as "
                                            "`[domain.\"acme/prod\"]`",
                                            base::shown(key.str())));
        }
        for (const auto& [name, settings] : *domains) {
            const toml::table* own = settings.as_table();
            if (own == nullptr) {
                return refuse(path,
                              fmt::format("`domain.\"{}\"` is no table", base::shown(name.str())));
            }
            auto read = TRY(read_logs(path, name.str(), *own));
            if (name.str() == domain) {
                logs = std::move(read);
            }
        }
    }
    return logs;
}

}  // namespace cheget::cli
