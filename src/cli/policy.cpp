// policy: reading, checking, formatting and explaining policies.
#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/policy_file.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

using base::Result;

Result<PolicyFile> read_policy_file(const std::string& file) {
    PolicyFile written;
    written.content = TRY(read_input(file, statement::k_longest_signed));
    statement::SignedText parts = TRY(statement::split_signed(written.content));
    written.text = std::string(parts.text);
    return written;
}

Result<std::string> policy_text(Session& session, const std::string& file) {
    if (!file.empty()) {
        return TRY(read_policy_file(file)).text;
    }
    store::DomainFolder folder = TRY(find_folder(session));
    FirstPolicy first = TRY(read_first_policy(folder));
    if (!first.missing.empty()) {
        session.say("{} the first policy is not in force yet; {} must still sign\n",
                    session.warning("note:"), base::join_words(first.missing));
        return first.text;
    }
    OpenDomain domain = TRY(open_domain(session));
    return domain.state.policy->text;
}

Result<policy::Policy> checked_policy(const std::string& text, const std::string& file,
                                      bool with_assertions) {
    policy::ParseOutcome outcome = policy::check_new_policy(text);
    if (with_assertions) {
        outcome = analysis::held(std::move(outcome), text);
    }
    if (!outcome.policy) {
        return base::bad_input("checking the policy:\n" +
                               policy::to_text(outcome.diagnostics, base::shown(file)));
    }
    return std::move(*outcome.policy);
}

CLI::Option* add_policy_file(CLI::App* command, std::string& file) {
    return command
        ->add_option("file", file, "A policy's file (else the policy in force in the domain)")
        ->type_name("FILE");
}

namespace {

std::string assertions_kept(std::size_t count) {
    return count == 0   ? ""
           : count == 1 ? ", its assertion holds"
                        : fmt::format(", its {} assertions hold", count);
}

Outcome check(Session& session, const std::string& file) {
    std::string text = TRY(policy_text(session, file));
    std::string name = file.empty() ? "policy" : file;
    policy::Policy policy = TRY(checked_policy(text, name, true));
    bool canonical = policy::parse_policy(text).has_value();
    session.say("{} {}: policy {} of {}, {} principals, {} actions{}{}\n", session.good("Good:"),
                base::shown(name), policy.header.version, policy.header.domain,
                policy.principals.size(), policy.actions.size(),
                assertions_kept(policy.assertions.size()),
                canonical ? "" : "; not in canonical layout: `cheget policy format --in-place`");
    base::Json::Object told;
    told["domain"] = text_json(policy.header.domain);
    told["version"] = number_json(policy.header.version);
    told["id"] = text_json(base::to_text(policy.id));
    told["canonical"] = flag_json(canonical);
    told["assertions"] = number_json(policy.assertions.size());
    session.write_json({told});
    return 0;
}

Outcome format(Session& session, const std::string& file, bool in_place) {
    PolicyFile written = TRY(read_policy_file(file));
    TRY(checked_policy(written.text, file));
    std::string formatted = TRY(policy::format_policy(written.text));
    if (!in_place) {
        session.write_data(formatted);
        return 0;
    }
    if (written.content != written.text) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("formatting {} in place: it bears signatures, which hold for "
                                      "its text as it is",
                                      base::shown(file)));
    }
    TRY(store::write_file_durably(std::filesystem::absolute(file), formatted));
    return 0;
}

Outcome explain(Session& session, const std::string& file) {
    std::string text = TRY(policy_text(session, file));
    policy::Policy policy = TRY(checked_policy(text, file.empty() ? "policy" : file));
    session.write_people(policy::explain(policy));
    session.write_json({base::Json::Object{{"explanation", text_json(policy::explain(policy))}}});
    return 0;
}

Outcome show(Session& session, const std::string& file, bool words) {
    session.keep_stdout_for_data();
    std::string text = TRY(policy_text(session, file));
    base::Digest id = statement::id_of(text);
    if (session.globals.json) {
        session.write_json({base::Json::Object{{"id", text_json(base::to_text(id))},
                                               {"text", text_json(text)},
                                               {"words", text_json(statement::words_text(id))}}});
    } else if (words) {
        session.write_data(statement::words_text(id) + "\n");
    } else {
        session.write_data(text);
    }
    return 0;
}

}  // namespace

void add_policy(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "policy", "Check, format, explain, show, draw, analyse, compare or test a policy", "");
    command->require_subcommand(1);
    struct Options {
        std::string file;
        std::string batch;
        bool in_place = false;
        bool words = false;
    };
    auto options = std::make_shared<Options>();

    CLI::App* checking =
        add_command(*command, "check", "Read a policy and say what is wrong with it",
                    "  cheget policy check new.policy\n"
                    "  find . -name '*.policy' | cheget policy check --batch -");
    add_policy_file(checking, options->file);
    checking
        ->add_option("--batch", options->batch,
                     "Check every file that this one lists, one a line; `-` reads stdin")
        ->excludes("file")
        ->type_name("LIST");
    on_chosen(checking, session, [&session, options] {
        return options->batch.empty() ? check(session, options->file)
                                      : check_batch(session, options->batch);
    });

    CLI::App* formatting =
        add_command(*command, "format", "Print the canonical layout, the one that gets signed",
                    "  cheget policy format new.policy\n"
                    "  cheget policy format --in-place new.policy");
    add_policy_file(formatting, options->file)->required();
    formatting->add_flag("--in-place", options->in_place, "Write the file instead");
    on_chosen(formatting, session,
              [&session, options] { return format(session, options->file, options->in_place); });

    CLI::App* explaining = add_command(*command, "explain", "Say in plain English what it demands",
                                       "  cheget policy explain");
    add_policy_file(explaining, options->file);
    on_chosen(explaining, session, [&session, options] { return explain(session, options->file); });

    CLI::App* showing = add_command(*command, "show", "Print its text",
                                    "  cheget policy show > new.policy\n"
                                    "  cheget policy show --words");
    add_policy_file(showing, options->file);
    showing->add_flag("--words", options->words, "Twelve words to compare by voice");
    on_chosen(showing, session,
              [&session, options] { return show(session, options->file, options->words); });

    add_policy_test(*command, session);
    add_policy_simulate(*command, session);
    add_policy_draw(*command, session);
    add_policy_trust(*command, session);
    add_policy_analyse(*command, session);
    add_policy_diff(*command, session);
}

}  // namespace cheget::cli
