// completion: scripts for shells, made from the command line's own description.
#include "cli/commands.h"
#include "cli/domain.h"

namespace cheget::cli {

namespace {

using base::Result;

/// The names of a command's own options and subcommands, then the global options.
std::vector<std::string> words_of(const CLI::App& command, const CLI::App& root) {
    std::vector<std::string> words;
    for (const CLI::App* sub : command.get_subcommands(nullptr)) {
        words.push_back(sub->get_name());
    }
    for (const CLI::App* source : {&command, &root}) {
        for (const CLI::Option* option : source->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                words.push_back("--" + name);
            }
        }
        if (&command == &root) {
            break;
        }
    }
    return words;
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) {
        all += all.empty() ? word : " " + word;
    }
    return all;
}

/// Every command by its words, such as `policy check`, with what can follow.
struct Row {
    std::string command;
    std::string words;
};

std::vector<Row> rows_of(const CLI::App& root) {
    std::vector<Row> rows = {{"", joined(words_of(root, root))}};
    for (const CLI::App* command : root.get_subcommands(nullptr)) {
        rows.push_back({command->get_name(), joined(words_of(*command, root))});
        for (const CLI::App* sub : command->get_subcommands(nullptr)) {
            rows.push_back(
                {command->get_name() + " " + sub->get_name(), joined(words_of(*sub, root))});
        }
    }
    return rows;
}

// clang-format off
constexpr std::string_view k_bash_end =
    "        *) words=\"\" ;;\n"
    "    esac\n"
    "    case \"$command\" in\n"
    "        approve|veto|withdraw|consent|status|verify|permit)\n"
    "            words=\"$words latest $(cheget completion orders 2>/dev/null)\" ;;\n"
    "    esac\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
    "    [ ${#COMPREPLY[@]} -gt 0 ] ||\n"
    "        COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
    "}\n"
    "complete -o filenames -F _cheget cheget\n";
// clang-format on

std::string bash_script(const CLI::App& root) {
    std::string script =
        "# bash completion for cheget: put it into /etc/bash_completion.d, or source it\n"
        "_cheget() {\n"
        "    local command=\"\" word words\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case \"$word\" in -*) ;; *)\n"
        "            case \"$command\" in\n"
        "                \"\") command=\"$word\" ;;\n"
        "                policy|key|completion) command=\"$command $word\" ;;\n"
        "            esac ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$command\" in\n";
    for (const Row& row : rows_of(root)) {
        script += fmt::format("        \"{}\") words=\"{}\" ;;\n", row.command, row.words);
    }
    return script + std::string(k_bash_end);
}

std::string zsh_script(const CLI::App& root) {
    return "#compdef cheget\n"
           "# zsh completion for cheget: put it as _cheget into a folder of $fpath\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           bash_script(root);
}

/// Text between single quotes in fish.
std::string fish_quoted(const std::string& text) {
    std::string quoted;
    for (char character : text) {
        if (character == '\'' || character == '\\') {
            quoted += '\\';
        }
        quoted += character;
    }
    return quoted;
}

void add_fish_options(std::string& script, const CLI::App& command, const std::string& condition) {
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            script += fmt::format("complete -c cheget {} -l {} -d '{}'\n", condition, name,
                                  fish_quoted(option->get_description()));
        }
    }
}

std::string fish_script(const CLI::App& root) {
    std::string script =
        "# fish completion for cheget: put it into ~/.config/fish/completions/cheget.fish\n";
    add_fish_options(script, root, "");
    for (const CLI::App* command : root.get_subcommands(nullptr)) {
        const std::string& name = command->get_name();
        script += fmt::format("complete -c cheget -n __fish_use_subcommand -f -a {} -d '{}'\n",
                              name, fish_quoted(command->get_description()));
        std::string condition = fmt::format("-n '__fish_seen_subcommand_from {}'", name);
        add_fish_options(script, *command, condition);
        for (const CLI::App* sub : command->get_subcommands(nullptr)) {
            script += fmt::format("complete -c cheget {} -f -a {} -d '{}'\n", condition,
                                  sub->get_name(), fish_quoted(sub->get_description()));
        }
    }
    script +=
        "complete -c cheget -n '__fish_seen_subcommand_from approve veto withdraw consent "
        "status verify permit' -f -a 'latest (cheget completion orders 2>/dev/null)'\n";
    return script;
}

Outcome print_orders(Session& session) {
    store::DomainFolder folder = TRY(find_folder(session));
    for (const base::Digest& id : TRY(folder.orders())) {
        session.write_data(short_id(id) + "\n");
    }
    return 0;
}

}  // namespace

void add_completion(CLI::App& app, Session& session) {
    CLI::App* command = add_command(app, "completion", "Print a completion script for a shell",
                                    "  cheget completion bash > /etc/bash_completion.d/cheget\n"
                                    "  cheget completion fish > "
                                    "~/.config/fish/completions/cheget.fish");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash, zsh or fish; `orders` lists the orders' ids")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish", "orders"}));
    on_chosen(command, session, [&session, &app, shell]() -> Outcome {
        if (*shell == "orders") {
            return print_orders(session);
        }
        session.write_data(*shell == "bash"  ? bash_script(app)
                           : *shell == "zsh" ? zsh_script(app)
                                             : fish_script(app));
        return 0;
    });
}

}  // namespace cheget::cli
