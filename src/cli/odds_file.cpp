// --odds FILE: how likely each person is to be there, and to be in an attacker's hand.
#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.h"
#include "cli/analyse_report.h"
#include "cli/commands.h"

namespace cheget::cli {

namespace {

using analysis::Odds;
using base::Result;

constexpr std::size_t k_longest_odds = 256 * 1024;

std::unexpected<base::Error> refuse(const std::string& file, std::string why) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("reading the odds {}: {}", base::shown(file), why));
}

/// `{ available = 0.95, compromised = 0.01 }`; what is not said stays.
Result<void> read_entry(const std::string& file, std::string_view name, const toml::node& node,
                        long double& available, long double& compromised) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        return refuse(file, fmt::format("{} is no table; write `{} = {{ available = 0.95, "
                                        "compromised = 0.01 }}`",
                                        base::shown(name), base::shown(name)));
    }
    for (const auto& [key, value] : *table) {
        const std::string_view word = key.str();
        const auto number = value.value<double>();
        if (word != "available" && word != "compromised") {
            return refuse(file, fmt::format("{} has {}; there are `available` and `compromised`",
                                            base::shown(name), base::shown(word)));
        }
        if (!number || !(*number >= 0) || !(*number <= 1)) {
            return refuse(
                file, fmt::format("{} of {} is no probability; write a number from 0 to 1", word,
                                  base::shown(name)));
        }
        (word == "available" ? available : compromised) = *number;
    }
    return {};
}

}  // namespace

Result<Odds> read_odds(const policy::Policy& policy, const std::string& file) {
    const std::string text = TRY(read_input(file, k_longest_odds));
    toml::table table;
    try {
        table = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        return refuse(file,
                      fmt::format("line {}: {}", error.source().begin.line, error.description()));
    }
    long double available = 1;
    long double compromised = 0;
    if (const toml::node* others = table.get("default")) {
        TRY(read_entry(file, "default", *others, available, compromised));
    }
    Odds odds{std::vector<long double>(policy.principals.size(), available),
              std::vector<long double>(policy.principals.size(), compromised)};
    for (const auto& [key, value] : table) {
        const std::string_view name = key.str();
        if (name == "default") {
            continue;
        }
        const auto principal = policy.find_principal(name);
        if (!principal) {
            return refuse(file, fmt::format("the policy has no principal {}", base::shown(name)));
        }
        TRY(read_entry(file, name, value, odds.available[*principal],
                       odds.compromised[*principal]));
    }
    return odds;
}

}  // namespace cheget::cli
