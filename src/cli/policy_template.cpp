// A first policy from a few answers: complete, commented, in canonical layout.
#include <algorithm>
#include <set>

#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/identity.h"
#include "cli/init.h"
#include "cli/named_files.h"
#include "policy/policy.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

std::string group_name(const std::vector<NamedKeys>& people) {
    for (std::string candidate : {"team", "signers", "people"}) {
        if (std::none_of(people.begin(), people.end(),
                         [&](const NamedKeys& one) { return one.name == candidate; })) {
            return candidate;
        }
    }
    return "all-of-us";
}

std::string principals_text(std::string_view kind, const std::vector<NamedKeys>& principals) {
    std::string text;
    for (const NamedKeys& principal : principals) {
        std::string keys;
        for (const signature::PublicKey& key : principal.keys) {
            keys += keys.empty() ? key.to_text() : "; " + key.to_text();
        }
        text += fmt::format("{} {} {{ {} }}\n", kind, principal.name, keys);
    }
    return text;
}

std::string names_text(const std::vector<NamedKeys>& principals) {
    std::string names;
    for (const NamedKeys& principal : principals) {
        names += names.empty() ? principal.name : ", " + principal.name;
    }
    return names;
}

/// The captures of a text, such as `name` of `{name}`, in order.
std::vector<std::string> captures_of(std::string_view text) {
    std::vector<std::string> captures;
    while (true) {
        std::size_t begin = text.find('{');
        std::size_t end = text.find('}', begin == std::string_view::npos ? 0 : begin);
        if (begin == std::string_view::npos || end == std::string_view::npos) {
            return captures;
        }
        std::string name(text.substr(begin + 1, end - begin - 1));
        if (std::find(captures.begin(), captures.end(), name) == captures.end()) {
            captures.push_back(name);
        }
        text.remove_prefix(end + 1);
    }
}

/// The target's pattern: as given, else the first machine's name with a segment for each capture of
/// the command.
std::string target_of(const InitOptions& options, const std::vector<std::string>& command,
                      const std::vector<NamedKeys>& machines) {
    if (!options.target.empty()) {
        return options.target;
    }
    std::set<std::string> seen;
    std::string target = machines.front().name;
    for (const std::string& word : command) {
        for (const std::string& capture : captures_of(word)) {
            if (seen.insert(capture).second) {
                target += fmt::format("/{{{}}}", capture);
            }
        }
    }
    return target;
}

/// Files besides the command's own words that orders may name: as given, and the interpreter if
/// the program is a script on this machine.
std::vector<std::string> named_files(const InitOptions& options,
                                     const std::vector<std::string>& command) {
    std::vector<std::string> files = options.files;
    auto interpreter = interpreter_of(command.front());
    if (interpreter && *interpreter &&
        std::find(files.begin(), files.end(), **interpreter) == files.end()) {
        files.push_back(**interpreter);
    }
    return files;
}

std::string allow_text(std::string_view what, const std::vector<std::string>& items, bool quoted) {
    std::string list;
    for (const std::string& item : items) {
        list += list.empty() ? "" : ", ";
        list += quoted ? base::to_canonical(item) : item;
    }
    return list.empty() ? "" : fmt::format("  allow {} {}\n", what, list);
}

std::string run_text(const InitOptions& options, const std::vector<std::string>& command) {
    std::string text;
    for (const std::string& word : command) {
        text += text.empty() ? base::to_canonical(word) : ", " + base::to_canonical(word);
    }
    text = fmt::format("  run [{}]", text);
    if (!options.user.empty()) {
        text += fmt::format(" as {}", options.user);
    }
    text += '\n';
    text += allow_text("environment", options.environment, false);
    text += allow_text("file", named_files(options, command), true);
    return text;
}

struct Parts {
    std::vector<NamedKeys> people;
    std::vector<NamedKeys> machines;
    std::vector<std::string> command;
    std::string group;
    std::uint32_t need = 0;
};

Result<Parts> read_parts(const InitOptions& options) {
    Parts parts;
    parts.people = TRY(read_named_keys(options.people, "--person"));
    parts.machines = TRY(read_named_keys(options.machines, "--machine"));
    parts.command = TRY(parse_command(options.run));
    parts.group = group_name(parts.people);
    auto able = static_cast<std::uint32_t>(parts.people.size()) - (options.proposer_apart ? 1 : 0);
    parts.need = options.need == 0 ? std::min<std::uint32_t>(2, able) : options.need;
    if (parts.need > able || able == 0) {
        return fail(ErrorKind::usage,
                    fmt::format("making the policy: {} approvals are asked for, and only {} people "
                                "could give them; name more with --person, or ask for fewer with "
                                "--need",
                                parts.need, able));
    }
    return parts;
}

std::string action_text(const InitOptions& options, const Parts& parts) {
    std::string text = fmt::format("action {} on {} {{\n", options.action,
                                   target_of(options, parts.command, parts.machines));
    text += run_text(options, parts.command);
    text += fmt::format("  propose 1 of {}\n", parts.group);
    if (!options.proposer_apart) {
        text += "  proposer counts\n";
    }
    text += fmt::format("  approve {} of {}\n  veto 1 of {}\n  expire {}\n", parts.need,
                        parts.group, parts.group, options.expire.empty() ? "8h" : options.expire);
    return text + fmt::format("  execute 1 of {{ {} }}\n}}\n", names_text(parts.machines));
}

std::string whole_text(const InitOptions& options, const Parts& parts) {
    std::string text =
        fmt::format("cheget policy v1\ndomain: {}\nversion: 1\nlog: none\n\n", options.name);
    text += "# Who may speak, and the keys that speak for them.\n";
    text += principals_text("person", parts.people);
    text += "\n# The machines that act. Each checks every signature by itself.\n";
    text += principals_text("machine", parts.machines);
    text += fmt::format("\ngroup {} = {{ {} }}\n\n", parts.group, names_text(parts.people));
    text += "# What happens only by their signatures on the exact command.\n";
    text += action_text(options, parts);
    text += "\n# A new policy needs as many; so does making another's key void.\n";
    text += fmt::format("amend {{ approve {} of {} }}\n", parts.need, parts.group);
    text += fmt::format("revoke {{ approve {} of {} }}\n", parts.need, parts.group);
    return text;
}

}  // namespace

Result<std::vector<NamedKeys>> read_named_keys(const std::vector<std::string>& pairs,
                                               std::string_view option) {
    std::vector<NamedKeys> principals;
    for (const std::string& pair : pairs) {
        std::size_t equals = pair.find('=');
        std::string name = pair.substr(0, equals);
        if (equals == std::string::npos || !base::is_name(name)) {
            return fail(ErrorKind::usage,
                        fmt::format("reading {} `{}`: it should be NAME=KEY, with a name of lower-"
                                    "case letters, digits and . _ -, and a key file or a line of "
                                    "authorized_keys",
                                    option, base::shown(pair)));
        }
        signature::PublicKey key = TRY(read_public_key(pair.substr(equals + 1)));
        auto known = std::find_if(principals.begin(), principals.end(),
                                  [&](const NamedKeys& one) { return one.name == name; });
        if (known == principals.end()) {
            principals.push_back({name, {key}});
        } else {
            known->keys.push_back(key);
        }
    }
    return principals;
}

Result<std::vector<std::string>> parse_command(const std::string& text) {
    std::vector<std::string> words;
    if (text.starts_with('[')) {
        base::Json value = TRY(base::parse_json(text));
        for (const base::Json& element : std::get<base::Json::Array>(value.value)) {
            const auto* word = std::get_if<std::string>(&element.value);
            if (word == nullptr) {
                return fail(ErrorKind::usage, "reading --run: the array should hold strings alone");
            }
            words.push_back(*word);
        }
    } else if (text.find_first_of("'\"\\$`|&;<>*?~") != std::string::npos) {
        return fail(ErrorKind::usage,
                    "reading --run: no shell ever reads this command, so quotes, globs, pipes and "
                    "variables mean nothing in it; give it as a JSON array, such as "
                    "'[\"/usr/bin/psql\",\"-c\",\"drop table t\"]'");
    } else {
        std::string_view rest = text;
        while (!rest.empty()) {
            std::string_view word = base::take_until(rest, ' ');
            if (!word.empty()) {
                words.emplace_back(word);
            }
        }
    }
    if (words.empty() || !words.front().starts_with('/')) {
        return fail(ErrorKind::usage,
                    "reading --run: the command begins with the program's absolute "
                    "path, such as /usr/bin/dropdb");
    }
    return words;
}

Result<std::string> write_policy(const InitOptions& options) {
    Parts parts = TRY(read_parts(options));
    std::string text = whole_text(options, parts);
    policy::ParseOutcome outcome = analysis::held(policy::check_new_policy(text), text);
    if (!outcome.policy) {
        return base::bad_input("making the policy from these answers:\n" +
                               policy::to_text(outcome.diagnostics, "policy"));
    }
    return policy::format_policy(text);
}

}  // namespace cheget::cli
