// The questions of `cheget init`: for those who have no flags in mind.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "base/text.h"
#include "cli/identity.h"
#include "cli/init.h"
#include "cli/init_template.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view k_host_key = "/etc/ssh/ssh_host_ed25519_key.pub";

/// The text made into a name: lower case, other characters left out.
std::string as_name(std::string_view text) {
    std::string name;
    for (char character : text) {
        char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
            (!name.empty() && lower == '-')) {
            name.push_back(lower);
        }
    }
    return name.substr(0, 63);
}

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) {
        return "executor";
    }
    std::string host =
        as_name(std::string_view(name.data()).substr(0, std::string_view(name.data()).find('.')));
    return host.empty() ? "executor" : host;
}

/// Asks until `good` says that the answer will do, which is told what is wrong otherwise.
template <typename Check>
Result<std::string> ask_until(Session& session, std::string_view question,
                              std::string_view fallback, Check good) {
    while (true) {
        std::string answer = TRY(session.ask(question, fallback));
        std::string wrong = good(answer);
        if (wrong.empty()) {
            return answer;
        }
        session.say("  {}\n", wrong);
    }
}

std::string check_person_name(const std::string& answer) {
    return base::is_name(answer) ? "" : "A name is lower-case letters, digits, dots and dashes.";
}

Result<void> ask_for_yourself(Session& session, InitOptions& options) {
    std::vector<KeyAtHand> keys = keys_at_hand();
    if (keys.empty()) {
        session.say(
            "You have no SSH key at hand. Make one with `ssh-keygen -t ed25519`, then run "
            "this again, or name keys with --person.\n");
        return fail(ErrorKind::unreachable,
                    "finding your key: there is none in the agent nor in "
                    "~/.ssh");
    }
    std::string login = as_name(environment("USER"));
    std::string name = TRY(ask_until(session, "Your name?", login, check_person_name));
    session.say("Your keys:\n");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        session.say("  {}  {} {} {}\n", i + 1, signature::type_name(keys[i].key.type()),
                    keys[i].key.fingerprint(), base::shown(keys[i].comment));
    }
    std::string choice = TRY(ask_until(
        session, "Which one signs for you?", "1", [&](const std::string& answer) -> std::string {
            auto number = base::parse_number(answer, keys.size());
            return number && *number > 0 ? "" : "Its number, please.";
        }));
    std::size_t index = static_cast<std::size_t>(*base::parse_number(choice, keys.size())) - 1;
    options.people.push_back(fmt::format("{}={}", name, keys[index].key.to_text()));
    session.globals.as = name;
    return {};
}

Result<void> ask_for_others(Session& session, InitOptions& options) {
    session.say(
        "Now the others, each as NAME=KEY, where KEY is a .pub file or the line in it. An "
        "empty line ends.\n");
    while (true) {
        std::string answer = TRY(session.ask("Another person?", ""));
        if (answer.empty()) {
            return {};
        }
        auto read = read_named_keys({answer}, "the answer");
        if (!read) {
            session.say("  {}\n", read.error().message);
            continue;
        }
        options.people.push_back(answer);
    }
}

/// A machine's name and key; the key of this host is offered.
Result<void> ask_for_machine(Session& session, InitOptions& options, std::string_view question,
                             std::string_view fallback_name) {
    std::string name = TRY(ask_until(session, question, fallback_name, check_person_name));
    std::error_code error;
    std::string fallback =
        std::filesystem::exists(k_host_key, error) ? std::string(k_host_key) : "";
    std::string key = TRY(ask_until(session, "Its public key (a .pub file or line)?", fallback,
                                    [](const std::string& answer) -> std::string {
                                        auto read = read_public_key(answer);
                                        return read ? "" : read.error().message;
                                    }));
    options.machines.push_back(fmt::format("{}={}", name, key));
    return {};
}

Result<void> ask_for_action(Session& session, InitOptions& options) {
    if (options.run.empty()) {
        session.say(
            "The command, with the program's whole path. What changes from one order to the "
            "next stands in braces: /usr/bin/dropdb --if-exists {{name}}\n");
        options.run = TRY(ask_until(session, "Command?", "", [](const std::string& answer) {
            auto read = parse_command(answer);
            return read ? std::string() : read.error().message;
        }));
    }
    if (options.action.empty()) {
        auto command = TRY(parse_command(options.run));
        std::string program = std::filesystem::path(command.front()).filename().string();
        options.action =
            TRY(ask_until(session, "A name for this action?", as_name(program), check_person_name));
    }
    if (options.user.empty()) {
        options.user = TRY(session.ask("Run as which user? (empty: as cheget-exec is run)", ""));
    }
    return {};
}

Result<void> ask_for_need(Session& session, InitOptions& options) {
    std::string most = fmt::format("{}", options.people.size());
    std::string answer = TRY(ask_until(
        session, fmt::format("How many of the {} must approve?", most),
        options.people.size() > 1 ? "2" : "1", [&](const std::string& given) -> std::string {
            auto number = base::parse_number(given, options.people.size());
            return number && *number > 0 ? "" : fmt::format("A number from 1 to {}.", most);
        }));
    options.need = static_cast<std::uint32_t>(*base::parse_number(answer, options.people.size()));
    return {};
}

// ---- Templates ----

Result<void> ask_which_template(Session& session, InitOptions& options) {
    session.say("Templates to begin with:\n{}\n", TRY(list_templates(false)));
    options.template_name = TRY(ask_until(session, "Which template? (empty: a command of your own)",
                                          "", [](const std::string& answer) -> std::string {
                                              return answer.empty() || find_template(answer)
                                                         ? ""
                                                         : "One of those names, please.";
                                          }));
    return {};
}

std::string name_in(const std::string& pair) {
    return pair.substr(0, pair.find('='));
}

/// The people of a role besides the first, from those named; none leaves the role empty.
Result<void> ask_for_players(Session& session, InitOptions& options, const Role& role) {
    auto is_known = [&](std::string_view name) {
        return std::any_of(options.people.begin(), options.people.end(),
                           [&](const std::string& pair) { return name_in(pair) == name; });
    };
    std::string names = TRY(ask_until(
        session,
        fmt::format("Who is `{}` ({})? Names, separated by commas:", role.name, number_of(role)),
        is_known(role.name) ? role.name : "", [&](const std::string& answer) -> std::string {
            std::string_view rest = answer;
            while (!rest.empty()) {
                std::string_view name = base::take_until(rest, ',');
                if (!is_known(name)) {
                    return fmt::format("{} is none of the people above.", base::shown(name));
                }
            }
            return answer.empty() && role.fewest > 0 ? "Someone of those above, please." : "";
        }));
    if (!names.empty()) {
        options.roles.push_back(fmt::format("{}={}", role.name, names));
    }
    return {};
}

/// Roles that a person or a machine may play: a person's name, or else a machine's and its key.
Result<void> ask_for_anyone(Session& session, InitOptions& options, const Role& role) {
    std::string name = TRY(ask_until(
        session,
        fmt::format("Who is `{}`? The name of a person above, or of a machine:", role.name),
        role.name, check_person_name));
    bool is_person = std::any_of(options.people.begin(), options.people.end(),
                                 [&](const std::string& pair) { return name_in(pair) == name; });
    if (!is_person) {
        TRY(ask_for_machine(session, options, "Again the machine's name?", name));
    }
    options.roles.push_back(fmt::format("{}={}", role.name, name));
    return {};
}

Result<void> ask_for_role(Session& session, InitOptions& options, const Template& chosen,
                          const Role& role) {
    if (role.needs_log && options.log.empty()) {
        return {};
    }
    if (role.who == Role::Who::people) {
        // Those whom no role names play the first.
        return role.name == chosen.roles.front().name ? Result<void>{}
                                                      : ask_for_players(session, options, role);
    }
    if (role.who == Role::Who::anyone) {
        return ask_for_anyone(session, options, role);
    }
    TRY(ask_for_machine(
        session, options,
        fmt::format("Name of the machine that is `{}` ({})?", role.name, role.purpose), role.name));
    options.roles.push_back(fmt::format("{}={}", role.name, name_in(options.machines.back())));
    return {};
}

/// The machines and who plays what; the people are there already.
Result<void> ask_for_cast(Session& session, InitOptions& options, const Template& chosen) {
    if (!options.machines.empty() || !options.roles.empty()) {
        return {};  // said by flags, which are whole or refused
    }
    for (const Role& role : chosen.roles) {
        TRY(ask_for_role(session, options, chosen, role));
    }
    return {};
}

void tell_roles(Session& session, const Template& chosen) {
    session.say("\nThe template {} needs\n", chosen.name);
    for (const Role& role : chosen.roles) {
        session.say("  {:<15} {:<9} {}\n", role.name, number_of(role), role.purpose);
    }
    session.say("\n");
}

}  // namespace

bool is_complete(const InitOptions& options) {
    bool has_everyone = !options.people.empty() && !options.machines.empty();
    bool has_action =
        !options.template_name.empty() || (!options.run.empty() && !options.action.empty());
    return !options.policy_file.empty() || (has_everyone && has_action);
}

Result<void> ask_for_the_rest(Session& session, InitOptions& options) {
    session.say(
        "A first policy: who must agree before a command runs. Enter takes what stands in "
        "brackets.\n\n");
    if (options.template_name.empty() && options.run.empty() && options.action.empty()) {
        TRY(ask_which_template(session, options));
    }
    std::string folder =
        std::filesystem::absolute(options.folder).lexically_normal().filename().string();
    if (options.name.empty()) {
        options.name = TRY(ask_until(session, "Name of the domain, such as acme/prod?",
                                     as_name(folder), [](const std::string& answer) {
                                         return base::is_domain(answer)
                                                    ? std::string()
                                                    : "Names joined by slashes, in lower case.";
                                     }));
    }
    std::optional<Template> chosen;
    if (!options.template_name.empty()) {
        chosen = TRY(find_template(options.template_name));
        tell_roles(session, *chosen);
    }
    if (options.people.empty()) {
        TRY(ask_for_yourself(session, options));
        TRY(ask_for_others(session, options));
    }
    if (chosen) {
        return ask_for_cast(session, options, *chosen);
    }
    if (options.machines.empty()) {
        TRY(ask_for_machine(session, options, "Name of the machine that will run the command?",
                            host_name()));
    }
    TRY(ask_for_action(session, options));
    if (options.need == 0) {
        TRY(ask_for_need(session, options));
    }
    return {};
}

}  // namespace cheget::cli
