// revoke: makes a key void.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/recording.h"
#include "cli/revoking.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// The fingerprint of the key meant: given by fingerprint or file, or the only one there is.
Result<std::string> find_key(const policy::Policy& policy, const RevokeOptions& options) {
    auto index = policy.find_principal(options.name);
    if (!index) {
        return fail(ErrorKind::usage,
                    fmt::format("revoking a key of `{}`: the policy knows no such "
                                "name; `cheget key list` shows all",
                                base::shown(options.name)));
    }
    std::string wanted = options.key;
    if (!wanted.empty() && !wanted.starts_with("SHA256:")) {
        wanted = TRY(read_public_key(wanted)).fingerprint();
    }
    const std::vector<policy::Key>& keys = policy.principals[*index].keys;
    std::vector<std::string> known;
    for (const policy::Key& key : keys) {
        known.push_back(key.key.fingerprint());
    }
    if (wanted.empty() && known.size() == 1) {
        return known.front();
    }
    if (wanted.empty() || std::find(known.begin(), known.end(), wanted) == known.end()) {
        return fail(ErrorKind::usage,
                    fmt::format("revoking a key of {}: say which one; there {} {}", options.name,
                                known.size() == 1 ? "is" : "are", base::join_words(known)));
    }
    return wanted;
}

Outcome tell_revoked(Session& session, const std::string& fingerprint) {
    OpenDomain domain = TRY(open_domain(session));
    bool revoked = std::any_of(domain.state.revoked.begin(), domain.state.revoked.end(),
                               [&](const auto& key) { return key.fingerprint == fingerprint; });
    session.write_json(
        {base::Json::Object{{"key", text_json(fingerprint)}, {"revoked", flag_json(revoked)}}});
    if (revoked) {
        session.say(
            "{} {}: what it approved counts for nothing from now on, here and wherever "
            "this statement arrives.{}\n",
            session.good("Revoked:"), fingerprint,
            domain.policy().has_log ? "" : " Bring it to the executors.");
        if (!domain.policy().has_log) {
            session.say(
                "{} this domain has no log, so nothing proves that an executor sees it "
                "before it acts.\n",
                session.warning("NOT RECORDED:"));
        }
        return 0;
    }
    session.say("It is filed, and waits for others: the rule to revoke is\n{}",
                policy::explain(domain.policy(), domain.policy().revoke.approve));
    return static_cast<int>(ErrorKind::waiting);
}

}  // namespace

Outcome revoke_key(Session& session, const RevokeOptions& options) {
    static const std::map<std::string, statement::RevocationReason> k_reasons = {
        {"lost", statement::RevocationReason::lost},
        {"stolen", statement::RevocationReason::stolen},
        {"left", statement::RevocationReason::left},
        {"replaced", statement::RevocationReason::replaced}};
    session.globals.follow = Follow::if_new;
    OpenDomain domain = TRY(open_domain(session));
    std::string fingerprint = TRY(find_key(domain.policy(), options));
    Signer signer = TRY(find_signer(session, domain.policy(), &domain.state));
    statement::Revocation revocation;
    revocation.domain = domain.policy().domain();
    revocation.key = fingerprint;
    revocation.of = options.name;
    revocation.why = k_reasons.at(options.why);
    revocation.by = signer.name();
    revocation.at = now();
    if (!options.note.empty()) {
        revocation.note = options.note;
    }
    std::string text = TRY(statement::render(revocation));
    show_what_is_signed(session, text);
    session.say("A revocation can't be taken back.\n");
    const Filed filed = TRY(sign_and_file(
        session, domain.folder, domain.policy(), signer, statement::Kind::revocation, text,
        fmt::format("Revoke this key of {} as {}?", options.name, signer.name())));
    record(session, domain, filed.signed_text, filed.path);
    return tell_revoked(session, fingerprint);
}

void add_revoke(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "revoke", "Make a key void: your own, or another's by the policy's revoke rule",
        "  cheget revoke bob --why lost\n"
        "  cheget revoke bob SHA256:2xQ… --why stolen --note 'laptop taken on 3 May'");
    auto options = std::make_shared<RevokeOptions>();
    command->add_option("name", options->name, "Whose key")->required()->type_name("NAME");
    command->add_option("which", options->key, "Its fingerprint or file, if they have several")
        ->type_name("KEY");
    command->add_option("--why", options->why, "lost, stolen, left or replaced")
        ->required()
        ->check(CLI::IsMember({"lost", "stolen", "left", "replaced"}));
    command->add_option("--note", options->note, "A remark that is signed with it");
    add_recording(command, session, true);
    on_chosen(command, session, [&session, options] { return revoke_key(session, *options); });
}

}  // namespace cheget::cli
