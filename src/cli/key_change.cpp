// Amendments about people's lives: a key is lost, somebody leaves, somebody comes.
#include "cli/key_change.h"

#include <algorithm>

#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/brinks.h"
#include "cli/commands.h"
#include "cli/identity.h"
#include "cli/recording.h"
#include "cli/vote.h"
#include "policy/edit.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ChangeOptions {
    std::string name;
    std::string key;  ///< the new key of replace and add, the old one of remove
    std::string old_key;
    std::vector<std::string> groups;
    bool pin = false;
    VoteOptions vote;
};

/// A key of the principal: by fingerprint, by file or line, or the only one there is.
Result<signature::PublicKey> own_key(const policy::Policy& policy, const std::string& name,
                                     const std::string& asked) {
    auto index = policy.find_principal(name);
    if (!index) {
        return fail(ErrorKind::usage, fmt::format("changing a key of `{}`: the policy knows no "
                                                  "such name; `cheget key list` shows all",
                                                  base::shown(name)));
    }
    const std::vector<policy::Key>& keys = policy.principals[*index].keys;
    if (asked.empty() && keys.size() == 1) {
        return keys.front().key;
    }
    std::string wanted = asked;
    if (!wanted.empty() && !wanted.starts_with("SHA256:")) {
        wanted = TRY(read_public_key(wanted)).fingerprint();
    }
    std::vector<std::string> known;
    for (const policy::Key& key : keys) {
        if (key.key.fingerprint() == wanted) {
            return key.key;
        }
        known.push_back(key.key.fingerprint());
    }
    return fail(ErrorKind::usage,
                fmt::format("changing a key of {}: say which one; there {} {}", name,
                            known.size() == 1 ? "is" : "are", base::join_words(known)));
}

/// Proposes the edited text, unless it leaves a rule that can't hold.
Outcome propose_edited(Session& session, OpenDomain& domain, const std::string& edited,
                       const std::string& what, const VoteOptions& options) {
    std::string next = with_next_header(edited, domain.policy());
    policy::ParseOutcome outcome = analysis::held(policy::check_new_policy(next), next);
    if (!outcome.policy) {
        return fail(ErrorKind::denied,
                    fmt::format("{} would leave a policy that can't hold, so nothing was "
                                "signed:\n{}Change that in the same amendment: `cheget policy show "
                                "> new.policy`, edit it, `cheget amend new.policy`",
                                what, policy::to_text(outcome.diagnostics, "policy")));
    }
    std::vector<std::string> bricked = newly_bricked(domain, *outcome.policy);
    if (!bricked.empty()) {
        return fail(ErrorKind::denied,
                    fmt::format("{} would leave too few keys for {}, revoked ones counted, so "
                                "nothing was signed; bring in others in the same amendment or ask "
                                "for fewer: `cheget policy show > new.policy`, edit it, `cheget "
                                "amend new.policy`",
                                what, base::join_words(bricked)));
    }
    Outcome proposed = propose_policy(session, domain, next, "this change", options);
    if (proposed) {
        warn_of_brinks(session, *outcome.policy, lost_keys(domain.state, *outcome.policy),
                       "Under the new policy");
    }
    return proposed;
}

Outcome replace(Session& session, ChangeOptions options) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    signature::PublicKey old_key = TRY(own_key(domain.policy(), options.name, options.old_key));
    signature::PublicKey new_key = TRY(read_public_key(options.key));
    std::string text =
        TRY(policy::replace_key(domain.state.policy->text, options.name, old_key, new_key));
    options.vote.new_key = options.key;
    return propose_edited(session, domain, text,
                          fmt::format("replacing {}'s key {}", options.name, old_key.fingerprint()),
                          options.vote);
}

Outcome remove(Session& session, const ChangeOptions& options) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    const std::string& current = domain.state.policy->text;
    if (!options.key.empty()) {
        signature::PublicKey key = TRY(own_key(domain.policy(), options.name, options.key));
        std::string text = TRY(policy::remove_key(current, options.name, key));
        return propose_edited(
            session, domain, text,
            fmt::format("taking out {}'s key {}", options.name, key.fingerprint()), options.vote);
    }
    policy::Removal removal = TRY(policy::remove_principal(current, options.name));
    for (const std::string& rule : removal.fewer) {
        session.say("{} `all of` asks for one person less now, in {}\n", session.warning("note:"),
                    rule);
    }
    return propose_edited(session, domain, removal.text, fmt::format("taking {} out", options.name),
                          options.vote);
}

Outcome add(Session& session, ChangeOptions options) {
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    const std::string& current = domain.state.policy->text;
    signature::PublicKey key = TRY(read_public_key(options.key));
    bool is_known = domain.policy().find_principal(options.name).has_value();
    if (is_known && !options.groups.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("adding a key: {} is in the policy already, so --group has no "
                                "place here; to change a group, use `cheget amend`",
                                options.name));
    }
    if (!is_known && options.groups.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("adding a key: the policy knows no `{}`; to bring in somebody new, "
                                "say in which group with --group",
                                base::shown(options.name)));
    }
    options.vote.new_key = options.key;
    std::string text =
        is_known ? TRY(policy::add_key(current, options.name, key, options.pin))
                 : TRY(policy::add_person(current, options.name, key, options.pin, options.groups));
    return propose_edited(session, domain, text,
                          fmt::format("adding a key of {}", base::shown(options.name)),
                          options.vote);
}

std::shared_ptr<ChangeOptions> add_common(CLI::App* command, Session& session) {
    auto options = std::make_shared<ChangeOptions>();
    command->add_option("name", options->name, "Whose key")->required()->type_name("NAME");
    command->add_option("--note", options->vote.note, "A remark that is signed with your vote");
    add_recording(command, session);
    command->add_flag("--unsigned", options->vote.unsigned_only,
                      "Only write your vote's text, to be signed with bare ssh-keygen");
    command->add_option("-o,--output", options->vote.output, "Where --unsigned writes the text")
        ->type_name("FILE");
    return options;
}

}  // namespace

void add_key_changes(CLI::App& key, Session& session) {
    CLI::App* replacing =
        add_command(key, "replace", "Propose a policy with another key for somebody",
                    "  cheget key replace alice ~/.ssh/id_new.pub\n"
                    "  cheget key replace bob bob-new.pub --old SHA256:2xQ… --note 'lost it'");
    auto replace_options = add_common(replacing, session);
    replacing->add_option("new", replace_options->key, "The new key: a file, or a line of one")
        ->required()
        ->type_name("KEY");
    replacing->add_option("--old", replace_options->old_key, "Which one, if they have several")
        ->type_name("KEY");
    on_chosen(replacing, session,
              [&session, replace_options] { return replace(session, *replace_options); });

    CLI::App* removing = add_command(
        key, "remove", "Propose a policy without somebody, or without one of their keys",
        "  cheget key remove dave --note 'leaves us in May'\n"
        "  cheget key remove carol SHA256:2xQ…");
    auto remove_options = add_common(removing, session);
    removing->add_option("which", remove_options->key, "One key of theirs, by fingerprint or file")
        ->type_name("KEY");
    on_chosen(removing, session,
              [&session, remove_options] { return remove(session, *remove_options); });

    CLI::App* adding = add_command(
        key, "add", "Propose a policy with one more key for somebody, or with somebody new",
        "  cheget key add alice alice-token.pub --pin\n"
        "  cheget key add frank frank.pub --group security");
    auto add_options = add_common(adding, session);
    adding->add_option("new", add_options->key, "The key: a file, or a line of one")
        ->required()
        ->type_name("KEY");
    adding->add_option("--group", add_options->groups, "A group for somebody new; repeat it")
        ->type_name("NAME")
        ->allow_extra_args(false);
    adding->add_flag("--pin", add_options->pin,
                     "A security key whose signatures count only with its PIN");
    on_chosen(adding, session, [&session, add_options] { return add(session, *add_options); });
}

}  // namespace cheget::cli
