// The templates of `cheget init`: reading them, casting their roles, filling them in.
#include "cli/init_template.h"

#include <algorithm>

#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/template_text.h"
#include "policy/policy.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// `1`, `2+` or `0..1`.
Result<void> read_numbers(std::string_view text, Role& role) {
    bool open = text.ends_with('+');
    if (open) {
        text.remove_suffix(1);
    }
    std::size_t dots = text.find("..");
    role.fewest = TRY(base::parse_number(text.substr(0, dots), 100));
    role.most = dots == std::string_view::npos
                    ? role.fewest
                    : TRY(base::parse_number(text.substr(dots + 2), 100));
    if (open) {
        role.most = 0;
    }
    return {};
}

/// `NAME people|machines|anyone NUMBERS [log]: purpose`.
Result<Role> read_role(std::string_view line) {
    Role role;
    std::string_view head = base::take_until(line, ':');
    role.purpose = line.starts_with(' ') ? line.substr(1) : line;
    role.name = base::take_until(head, ' ');
    std::string_view who = base::take_until(head, ' ');
    role.who = who == "people"     ? Role::Who::people
               : who == "machines" ? Role::Who::machines
                                   : Role::Who::anyone;
    TRY(read_numbers(base::take_until(head, ' '), role));
    role.needs_log = head == "log";
    return role;
}

Result<Template> read_template(const TemplateTexts& texts) {
    Template read;
    read.name = texts.name;
    read.policy = texts.policy;
    read.scenarios = texts.scenarios;
    while (read.policy.starts_with('@') && !read.policy.starts_with("@header@")) {
        std::string_view line = base::take_until(read.policy, '\n');
        std::string_view word = base::take_until(line, ' ');
        if (word == "@template") {
            base::take_until(line, ' ');  // its name, which the file's name says already
            read.purpose = line;
        } else if (word == "@role") {
            read.roles.push_back(TRY(read_role(line)));
        } else if (word == "@command") {
            read.command = line;
        } else {
            return base::bad_input(
                fmt::format("reading the template {}: `{}` begins no line of "
                            "its head",
                            read.name, base::shown(word)));
        }
    }
    read.policy.remove_prefix(std::min(read.policy.find_first_not_of('\n'), read.policy.size()));
    return read;
}

// ---- Who plays what ----

/// Every name of them, in the order given.
std::vector<std::string> names_of(const std::vector<NamedKeys>& principals) {
    std::vector<std::string> names;
    for (const NamedKeys& one : principals) {
        names.push_back(one.name);
    }
    return names;
}

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += text.empty() ? name : ", " + name;
    }
    return text;
}

/// One casting: the template, the people and machines given, and who is taken already.
class Casting {
  public:
    Casting(const Template& chosen, Cast cast) : chosen_(chosen), cast_(std::move(cast)) {
        cast_.names.resize(chosen_.roles.size());
        people_ = names_of(cast_.people);
        machines_ = names_of(cast_.machines);
        left_ = people_;
        left_.insert(left_.end(), machines_.begin(), machines_.end());
    }

    /// `ROLE=NAME,NAME`.
    Result<void> take_flag(const std::string& flag, bool has_log) {
        std::size_t equals = flag.find('=');
        std::size_t role = TRY(find_role(flag.substr(0, equals)));
        if (equals == std::string::npos) {
            return fail(ErrorKind::usage, fmt::format("reading --role `{}`: it should be "
                                                      "ROLE=NAME, or ROLE=NAME,NAME",
                                                      base::shown(flag)));
        }
        if (chosen_.roles[role].needs_log && !has_log) {
            return fail(ErrorKind::usage,
                        fmt::format("giving someone the role {}: what it may do needs a log; give "
                                    "it with --log, or leave the role out",
                                    chosen_.roles[role].name));
        }
        std::string_view names = std::string_view(flag).substr(equals + 1);
        while (!names.empty()) {
            TRY(give(role, std::string(base::take_until(names, ','))));
        }
        return {};
    }

    Result<Cast> finish() {
        TRY(check_names());
        for (std::size_t role = 0; role < chosen_.roles.size(); ++role) {
            const std::string& name = chosen_.roles[role].name;
            if (cast_.names[role].empty() && may_play(role, name) && is_left(name)) {
                TRY(give(role, name));
            }
        }
        give_rest(Role::Who::people, people_, 0);
        give_rest(Role::Who::machines, machines_, chosen_.roles.size() - 1);
        for (std::size_t role = 0; role < chosen_.roles.size(); ++role) {
            TRY(check_number(role));
        }
        return std::move(cast_);
    }

  private:
    static bool has(const std::vector<std::string>& names, std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    bool is_left(std::string_view name) const { return has(left_, name); }
    bool may_play(std::size_t role, std::string_view name) const {
        Role::Who who = chosen_.roles[role].who;
        return (who != Role::Who::machines && has(people_, name)) ||
               (who != Role::Who::people && has(machines_, name));
    }

    Result<std::size_t> find_role(const std::string& name) const {
        std::vector<std::string> names;
        for (std::size_t role = 0; role < chosen_.roles.size(); ++role) {
            if (chosen_.roles[role].name == name) {
                return role;
            }
            names.push_back(chosen_.roles[role].name);
        }
        return fail(ErrorKind::usage,
                    fmt::format("reading --role `{}`: the template {} has the roles {}",
                                base::shown(name), chosen_.name, base::join_words(names)));
    }

    Result<void> give(std::size_t role, const std::string& name) {
        if (!may_play(role, name)) {
            const Role& wanted = chosen_.roles[role];
            std::string_view kind = wanted.who == Role::Who::people     ? "a --person"
                                    : wanted.who == Role::Who::machines ? "a --machine"
                                                                        : "a --person or --machine";
            return fail(
                ErrorKind::usage,
                fmt::format("giving `{}` the role {}: that is for {} of this name, and none "
                            "was given",
                            base::shown(name), wanted.name, kind));
        }
        std::vector<std::string>& players = cast_.names[role];
        if (has(players, name)) {
            return fail(ErrorKind::usage, fmt::format("giving {} the role {}: it has it already",
                                                      name, chosen_.roles[role].name));
        }
        players.push_back(name);
        std::erase(left_, name);
        return {};
    }

    /// Those whom nobody named play the template's main role of their kind.
    void give_rest(Role::Who kind, const std::vector<std::string>& names, std::size_t role) {
        if (chosen_.roles[role].who != kind) {
            return;
        }
        for (const std::string& name : names) {
            if (is_left(name)) {
                cast_.names[role].push_back(name);
                std::erase(left_, name);
            }
        }
    }

    /// A group of the template can't bear a person's name.
    Result<void> check_names() const {
        for (const Role& role : chosen_.roles) {
            bool is_group =
                chosen_.policy.find(fmt::format("group {} ", role.name)) != std::string_view::npos;
            if (is_group && (has(people_, role.name) || has(machines_, role.name))) {
                return fail(ErrorKind::usage,
                            fmt::format("filling in the template {0}: `{1}` is the name of a group "
                                        "in it; call the person or machine something else, and say "
                                        "--role {1}=THAT-NAME",
                                        chosen_.name, role.name));
            }
        }
        return {};
    }

    Result<void> check_number(std::size_t index) const {
        const Role& role = chosen_.roles[index];
        const std::vector<std::string>& players = cast_.names[index];
        bool too_many = role.most != 0 && players.size() > role.most;
        if (players.size() >= role.fewest && !too_many) {
            return {};
        }
        bool machines = role.who == Role::Who::machines;
        std::size_t number = too_many ? role.most : role.fewest;
        std::string wanted = fmt::format("{} {}", number,
                                         machines      ? number == 1 ? "machine" : "machines"
                                         : number == 1 ? "person"
                                                       : "people");
        return fail(
            ErrorKind::usage,
            fmt::format("filling in the template {}: for the role {} ({}) it wants {} {}, and has "
                        "{}; {}",
                        chosen_.name, role.name, role.purpose, too_many ? "at most" : "at least",
                        wanted, players.empty() ? "nobody" : list(players),
                        too_many ? fmt::format("name fewer with --role {}=NAME", role.name)
                                 : fmt::format("name more with {} NAME=KEY, and say who plays it "
                                               "with --role {}=NAME,NAME",
                                               machines ? "--machine" : "--person", role.name)));
    }

    const Template& chosen_;
    Cast cast_;
    std::vector<std::string> people_;
    std::vector<std::string> machines_;
    std::vector<std::string> left_;  ///< who plays nothing so far
};

// ---- The values ----

std::string principals(std::string_view kind, const std::vector<NamedKeys>& given) {
    std::string text;
    for (const NamedKeys& one : given) {
        std::string keys;
        for (const signature::PublicKey& key : one.keys) {
            keys += keys.empty() ? key.to_text() : "; " + key.to_text();
        }
        text += fmt::format("{}{} {} {{ {} }}", text.empty() ? "" : "\n", kind, one.name, keys);
    }
    return text;
}

Result<std::string> header(const InitOptions& options) {
    std::string text = fmt::format("cheget policy v1\ndomain: {}\nversion: 1\nlog: {}",
                                   options.name, options.log.empty() ? "none" : options.log);
    std::vector<std::string> names;
    std::string blocks;
    for (const std::string& witness : options.witnesses) {
        std::size_t equals = witness.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(ErrorKind::usage, fmt::format("reading --witness `{}`: it should be "
                                                      "NAME=VKEY",
                                                      base::shown(witness)));
        }
        names.push_back(witness.substr(0, equals));
        blocks += fmt::format("\nwitness {} {{ {} }}", names.back(), witness.substr(equals + 1));
    }
    if (!names.empty()) {
        text += fmt::format("\nwitnesses: {} of {{ {} }}\n{}", names.size() / 2 + 1, list(names),
                            blocks);
    }
    return text;
}

/// What `run` says: --run and --user, where given.
Result<std::string> command(const Template& chosen, const InitOptions& options) {
    if (options.run.empty() && options.user.empty()) {
        return chosen.command;
    }
    if (chosen.command.empty()) {
        return fail(
            ErrorKind::usage,
            fmt::format("filling in the template {}: it runs no command, so leave out --run "
                        "and --user",
                        chosen.name));
    }
    std::size_t as = chosen.command.rfind(" as ");
    std::string text = chosen.command.substr(0, as);
    std::string user = as == std::string::npos ? "" : chosen.command.substr(as);
    if (!options.run.empty()) {
        user = "";
        text = "";
        for (const std::string& word : TRY(parse_command(options.run))) {
            text += (text.empty() ? "[" : ", ") + base::to_canonical(word);
        }
        text += ']';
    }
    return text + (options.user.empty() ? user : " as " + options.user);
}

Result<Fillings> fillings_of(const Template& chosen, const InitOptions& options, const Cast& cast,
                             std::string_view policy_file) {
    Fillings fillings;
    fillings.values["header"] = TRY(header(options));
    fillings.values["people"] = principals("person", cast.people);
    fillings.values["machines"] = principals("machine", cast.machines);
    fillings.values["command"] = TRY(command(chosen, options));
    fillings.values["policy"] = policy_file;
    if (!options.log.empty()) {
        fillings.conditions.insert("log");
    }
    for (std::size_t role = 0; role < chosen.roles.size(); ++role) {
        const std::string& name = chosen.roles[role].name;
        const std::vector<std::string>& players = cast.names[role];
        if (players.empty()) {
            continue;
        }
        fillings.conditions.insert(name);
        fillings.values[name] = list(players);
        for (std::size_t i = 0; i < players.size(); ++i) {
            fillings.values[fmt::format("{}.{}", name, i + 1)] = players[i];
        }
    }
    return fillings;
}

}  // namespace

Result<std::vector<Template>> all_templates() {
    std::vector<Template> all;
    for (const TemplateTexts& texts : template_texts()) {
        all.push_back(TRY(read_template(texts)));
    }
    return all;
}

Result<Template> find_template(std::string_view name) {
    std::vector<Template> all = TRY(all_templates());
    std::vector<std::string> names;
    for (Template& one : all) {
        if (one.name == name) {
            return std::move(one);
        }
        names.push_back(one.name);
    }
    return fail(ErrorKind::usage, fmt::format("finding the template `{}`: there are {}",
                                              base::shown(name), base::join_words(names)));
}

std::string number_of(const Role& role) {
    bool open = role.most == 0;
    std::string number = role.most > role.fewest ? fmt::format("{} to {}", role.fewest, role.most)
                                                 : fmt::format("{}", role.fewest);
    return open ? number + " or more" : number;
}

Result<std::string> list_templates(bool with_roles) {
    std::string text;
    for (const Template& one : TRY(all_templates())) {
        text += fmt::format("  {:<9} {}\n", one.name, one.purpose);
        for (const Role& role : one.roles) {
            if (with_roles) {
                std::string_view who = role.who == Role::Who::people     ? "people"
                                       : role.who == Role::Who::machines ? "machines"
                                                                         : "people or machines";
                text += fmt::format("      {:<14} {} {}: {}\n", role.name, number_of(role), who,
                                    role.purpose);
            }
        }
    }
    return text;
}

Result<Cast> cast_roles(const Template& chosen, const InitOptions& options) {
    Cast cast;
    cast.people = TRY(read_named_keys(options.people, "--person"));
    cast.machines = TRY(read_named_keys(options.machines, "--machine"));
    Casting casting(chosen, std::move(cast));
    for (const std::string& flag : options.roles) {
        TRY(casting.take_flag(flag, !options.log.empty()));
    }
    return casting.finish();
}

Result<FilledTemplate> fill_template(const InitOptions& options, std::string_view policy_file) {
    Template chosen = TRY(find_template(options.template_name));
    Cast cast = TRY(cast_roles(chosen, options));
    Fillings fillings = TRY(fillings_of(chosen, options, cast, policy_file));
    std::string text = TRY(fill_in(chosen.policy, fillings));
    policy::ParseOutcome outcome = analysis::held(policy::check_new_policy(text), text);
    if (!outcome.policy) {
        return base::bad_input(
            fmt::format("filling in the template {} with these people, machines and keys:\n",
                        chosen.name) +
            policy::to_text(outcome.diagnostics, "policy"));
    }
    return FilledTemplate{TRY(policy::format_policy(text)),
                          TRY(fill_in(chosen.scenarios, fillings))};
}

}  // namespace cheget::cli
