// init: makes a domain: its folder, its first policy, its maker's signature.
#include "cli/init.h"

#include <filesystem>

#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/init_template.h"
#include "cli/pin.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::string> policy_from_file(const std::string& file) {
    std::string content = TRY(read_input(file, statement::k_longest_policy));
    policy::ParseOutcome outcome = analysis::held(policy::check_new_policy(content), content);
    if (!outcome.policy) {
        return base::bad_input("checking the policy:\n" +
                               policy::to_text(outcome.diagnostics, base::shown(file)));
    }
    if (outcome.policy->header.version != 1) {
        return fail(
            ErrorKind::usage,
            fmt::format("making a domain from {}: it is policy {}, and a domain begins with "
                        "policy 1",
                        base::shown(file), outcome.policy->header.version));
    }
    return policy::format_policy(content);
}

/// Flags that contradict each other are refused, rather than one of them passed over.
Result<void> check_flags(const InitOptions& options) {
    bool whole_command = options.need != 0 || !options.action.empty() || !options.target.empty() ||
                         !options.environment.empty() || !options.files.empty() ||
                         !options.expire.empty() || options.proposer_apart;
    if (!options.template_name.empty() && (whole_command || !options.policy_file.empty())) {
        return fail(ErrorKind::usage,
                    "making a policy from a template: it says by itself what --need, --action, "
                    "--target, --environment, --file, --expire, --proposer-apart and --policy "
                    "would; leave them out, or write it to a file with --draft, edit that, and "
                    "give it with --policy");
    }
    bool of_template = !options.roles.empty() || !options.log.empty() ||
                       !options.witnesses.empty() || !options.draft.empty();
    if (options.template_name.empty() && of_template) {
        return fail(ErrorKind::usage,
                    "making a policy: --role, --log, --witness and --draft go with --template NAME "
                    "(`cheget init --list-templates`); a policy with a log of your own writing "
                    "comes with --policy FILE");
    }
    if (!options.witnesses.empty() && options.log.empty()) {
        return fail(ErrorKind::usage,
                    "making a policy: witnesses vouch for a log; give it with "
                    "--log VKEY, or leave --witness out");
    }
    return {};
}

/// What a domain is made from.
struct Made {
    std::string policy;
    std::string scenarios;  ///< empty without a template
};

std::string name_from(const std::filesystem::path& path) {
    return std::filesystem::absolute(path).lexically_normal().filename().string();
}

Result<Made> make_policy(Session& session, InitOptions& options) {
    if (!options.policy_file.empty()) {
        return Made{TRY(policy_from_file(options.policy_file)), {}};
    }
    if (!is_complete(options)) {
        if (!session.can_ask()) {
            return fail(
                ErrorKind::usage,
                "making a policy: there is no terminal to ask on, so say it all by flags: "
                "--person NAME=KEY (for each), --machine NAME=KEY, and either --template NAME "
                "or --action and --run; or give a whole one with --policy FILE");
        }
        TRY(ask_for_the_rest(session, options));
    }
    if (options.name.empty()) {
        options.name = name_from(options.folder);
    }
    if (!options.template_name.empty()) {
        FilledTemplate filled = TRY(fill_template(options, "000001.policy"));
        return Made{std::move(filled.policy), std::move(filled.scenarios)};
    }
    return Made{TRY(write_policy(options)), {}};
}

Outcome show_templates(Session& session) {
    base::Json::Array told;
    for (const Template& one : TRY(all_templates())) {
        base::Json::Array roles;
        for (const Role& role : one.roles) {
            roles.push_back({base::Json::Object{{"fewest", number_json(role.fewest)},
                                                {"name", text_json(role.name)},
                                                {"purpose", text_json(role.purpose)}}});
        }
        told.push_back({base::Json::Object{{"name", text_json(one.name)},
                                           {"purpose", text_json(one.purpose)},
                                           {"roles", {roles}}}});
    }
    session.write_people(TRY(list_templates(true)));
    session.write_json({base::Json::Object{{"templates", {told}}}});
    return 0;
}

Result<void> write_new(const std::filesystem::path& file, std::string_view content) {
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        return fail(ErrorKind::usage, fmt::format("writing {}: it is there already; move it away, "
                                                  "or choose another name",
                                                  base::shown(file.string())));
    }
    return store::write_file_durably(file, content);
}

/// The template's policy and scenarios as files to edit.
Outcome write_draft(Session& session, InitOptions& options) {
    std::filesystem::path policy = std::filesystem::absolute(options.draft);
    std::filesystem::path scenarios = policy;
    if (policy.extension() != ".policy") {
        return fail(ErrorKind::usage, fmt::format("writing {}: give it a name that ends in .policy",
                                                  base::shown(options.draft)));
    }
    scenarios.replace_extension(".scenarios");
    if (options.name.empty()) {
        options.name = policy.stem().string();
    }
    if (!is_complete(options)) {
        return fail(ErrorKind::usage,
                    "writing a draft: name its people with --person NAME=KEY and its machines with "
                    "--machine NAME=KEY");
    }
    FilledTemplate filled = TRY(fill_template(options, policy.filename().string()));
    TRY(write_new(policy, filled.policy));
    TRY(write_new(scenarios, filled.scenarios));
    session.say(
        "{} {} and {}\nNext: edit them, and then\n    cheget policy check {}\n"
        "    cheget policy test {}\n    cheget init FOLDER --policy {}\n",
        session.good("Written:"), base::shown(policy.filename().string()),
        base::shown(scenarios.filename().string()), base::shown(policy.string()),
        base::shown(scenarios.string()), base::shown(policy.string()));
    session.write_json(
        {base::Json::Object{{"policy", text_json(base::shown(policy.string()))},
                            {"scenarios", text_json(base::shown(scenarios.string()))}}});
    return 0;
}

Result<void> check_new(const InitOptions& options) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::path(options.folder) / "policy/000001.policy",
                                error)) {
        return fail(ErrorKind::usage,
                    fmt::format("making a domain in {}: there is one already; choose another "
                                "folder, or change its policy with `cheget amend`",
                                base::shown(options.folder)));
    }
    return {};
}

void tell_next(Session& session, const std::string& folder, const FirstPolicy& first) {
    session.say("{} {}, with the policy {}\n", session.good("Made:"), base::shown(folder),
                base::to_text(first.policy.id));
    session.say("Its twelve words, to compare by voice:\n    {}\n",
                session.bold(statement::words_text(first.policy.id)));
    if (!first.missing.empty()) {
        session.say(
            "\nIt holds once {} {} signed it as well. Share the folder (git, mail, USB "
            "stick); in it each of them runs\n    cheget approve policy\n",
            base::join_words(first.missing), first.missing.size() == 1 ? "has" : "have");
    } else {
        session.say("\nEveryone in it has signed; it holds. Next: cheget propose\n");
    }
    base::Json::Object told;
    told["folder"] = text_json(base::shown(folder));
    told["domain"] = text_json(first.policy.header.domain);
    told["first_policy"] = text_json(base::to_text(first.policy.id));
    told["words"] = text_json(statement::words_text(first.policy.id));
    told["missing"] = list_json(first.missing);
    session.write_json({told});
}

constexpr std::string_view k_no_log_followed =
    "this policy has a log, and this version follows none yet: it can be checked, explained and "
    "tested, and no executor acts under it";

Outcome init(Session& session, InitOptions options) {
    if (options.list_templates) {
        return show_templates(session);
    }
    TRY(check_flags(options));
    if (!options.draft.empty()) {
        return write_draft(session, options);
    }
    if (options.folder.empty()) {
        return fail(ErrorKind::usage,
                    "making a domain: which folder shall it be? As in `cheget "
                    "init acme`");
    }
    TRY(check_new(options));
    Made made = TRY(make_policy(session, options));
    const std::string& text = made.policy;
    policy::Policy policy = TRY(policy::parse_policy(text));
    auto pinned = TRY(pinned_first_policy(policy.header.domain));
    if (pinned && *pinned != policy.id) {
        return fail(ErrorKind::denied,
                    fmt::format("making the domain {}: you know another one of this name, whose "
                                "first policy is {}; choose another --name",
                                policy.header.domain, base::to_text(*pinned)));
    }
    session.say("\n");
    show_what_is_signed(session, text);
    std::string content = text;
    if (!options.unsigned_only) {
        Signer signer = TRY(find_signer(session, policy, nullptr));
        session.say("Signing as {} with {}.\n", session.bold(signer.name()),
                    signer.key().fingerprint());
        TRY(session.confirm(fmt::format("Sign this policy as {}?", signer.name())));
        content = TRY(signer.sign(policy, statement::Kind::policy, text));
    }
    store::DomainFolder folder = TRY(store::DomainFolder::create(options.folder, content));
    if (!made.scenarios.empty()) {
        TRY(store::write_file_durably(folder.root() / "policy/000001.scenarios", made.scenarios));
    }
    FirstPolicy first = TRY(read_first_policy(folder));
    tell_next(session, options.folder, first);
    if (!made.scenarios.empty()) {
        session.say("What it answers, case by case: cheget policy test {}\n",
                    base::shown((folder.root() / "policy/000001.scenarios").string()));
    }
    if (policy.has_log) {
        session.say("{} {}\n", session.warning("note:"), k_no_log_followed);
    }
    return 0;
}

void add_options(CLI::App* command, InitOptions& options) {
    command->add_option("folder", options.folder, "The folder to make")->type_name("FOLDER");
    command->add_option("--name", options.name, "The domain's name (else the folder's)")
        ->type_name("NAME");
    command->add_option("--person", options.people, "A person and a key file or line; repeat it")
        ->type_name("NAME=KEY")
        ->allow_extra_args(false);
    command->add_option("--machine", options.machines, "A machine that runs the command; repeat it")
        ->type_name("NAME=KEY")
        ->allow_extra_args(false);
    command->add_option("--need", options.need, "How many people must approve (2)")
        ->check(CLI::Range(1, 1000));
    command->add_option("--action", options.action, "A name for what needs their approval")
        ->type_name("NAME");
    command->add_option("--target", options.target, "What it is done to, such as prod/{name}")
        ->type_name("PATTERN");
    command
        ->add_option("--run", options.run,
                     "The command: a JSON array, or plain words; {name} is filled in")
        ->type_name("COMMAND");
    command->add_option("--user", options.user, "The user that it runs as")->type_name("USER");
    command->add_option("--environment", options.environment, "A variable that orders may set")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command->add_option("--file", options.files, "Another file that orders may name, by its path")
        ->type_name("PATH")
        ->allow_extra_args(false);
    command->add_option("--expire", options.expire, "How long an order holds (8h)")
        ->type_name("SPAN");
    command->add_flag("--proposer-apart", options.proposer_apart,
                      "The proposer's own approval does not count");
    command
        ->add_option("--template", options.template_name,
                     "Begin with a template: see --list-templates")
        ->type_name("NAME");
    command->add_flag("--list-templates", options.list_templates, "Say what templates there are");
    command->add_option("--role", options.roles, "Who plays a role of the template; repeat it")
        ->type_name("ROLE=NAME,NAME")
        ->allow_extra_args(false);
    command
        ->add_option("--log", options.log,
                     "The key of your log: with it the template's delays hold")
        ->type_name("VKEY");
    command->add_option("--witness", options.witnesses, "A witness of that log; repeat it")
        ->type_name("NAME=VKEY")
        ->allow_extra_args(false);
    command->add_option("--draft", options.draft, "Only write the template to a file, to edit it")
        ->type_name("FILE");
    command->add_option("--policy", options.policy_file, "A whole policy, instead of all of these")
        ->type_name("FILE");
    command->add_flag("--unsigned", options.unsigned_only, "Leave the signing to the others");
}

}  // namespace

void add_init(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "init", "Make a domain: a folder with a first policy, signed by you",
        "  cheget init acme                       asks for everything\n"
        "  cheget init acme --name acme/prod --person alice=alice.pub --person bob=bob.pub \\\n"
        "      --person carol=carol.pub --machine db1=/etc/ssh/ssh_host_ed25519_key.pub --need 2 "
        "\\\n"
        "      --action drop-database --target 'prod/{name}' \\\n"
        "      --run '/usr/bin/dropdb --if-exists {name}' --user postgres\n"
        "  cheget init acme --template release --person alice=alice.pub ... --machine qa=ci.pub "
        "\\\n"
        "      --machine host=/etc/ssh/ssh_host_ed25519_key.pub\n"
        "  cheget init --template agent --draft agent.policy --person alice=alice.pub ...\n"
        "  cheget init acme --policy agent.policy\n\n"
        "Templates:\n" +
            list_templates(false).value_or(""));
    auto options = std::make_shared<InitOptions>();
    add_options(command, *options);
    on_chosen(command, session, [&session, options] { return init(session, *options); });
}

}  // namespace cheget::cli
