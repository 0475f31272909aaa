// key: the keys of a policy, for people and for stock ssh-keygen.
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/identity.h"
#include "cli/key_change.h"

namespace cheget::cli {

namespace {

constexpr statement::Kind k_kinds[] = {
    statement::Kind::order,      statement::Kind::vote,    statement::Kind::fact,
    statement::Kind::claim,      statement::Kind::receipt, statement::Kind::enactment,
    statement::Kind::revocation, statement::Kind::custody, statement::Kind::policy};

std::string namespaces(std::string_view domain) {
    std::string list;
    for (statement::Kind kind : k_kinds) {
        list += list.empty() ? "" : ",";
        list += statement::signature_namespace(kind, domain);
    }
    return list;
}

/// allowed_signers (ssh-keygen(1)), one line a key. Names hold no pattern characters. Revoked keys
/// are left out. What a key must do beyond signing (pin, web origin) stock OpenSSH can't check.
Outcome export_keys(Session& session) {
    OpenDomain domain = TRY(open_domain(session));
    const policy::Policy& policy = domain.policy();
    std::string lines = fmt::format("# allowed_signers of {}, policy {} {}\n", policy.header.domain,
                                    policy.header.version, base::to_text(policy.id));
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (domain.state.is_revoked(key.key)) {
                lines += fmt::format("# revoked: {} {}\n", principal.name, key.key.fingerprint());
                continue;
            }
            lines += fmt::format("{} namespaces=\"{}\" {}\n", principal.name,
                                 namespaces(policy.header.domain), key.key.to_text());
        }
    }
    if (session.globals.json) {
        session.write_json({base::Json::Object{{"allowed_signers", text_json(lines)}}});
    } else {
        session.write_data(lines);
    }
    return 0;
}

std::string marks_of(const policy::Key& key) {
    std::string marks;
    marks += key.pin ? " pin" : "";
    marks += key.briefcase ? " briefcase" : "";
    marks += key.custody ? " custody" : "";
    marks += key.tpm ? " tpm " + *key.tpm : "";
    marks += key.web_origin ? " web " + *key.web_origin : "";
    return marks;
}

Outcome list_keys(Session& session) {
    OpenDomain domain = TRY(open_domain(session));
    std::vector<KeyAtHand> at_hand = keys_at_hand();
    base::Json::Array listed;
    for (const policy::Principal& principal : domain.policy().principals) {
        for (const policy::Key& key : principal.keys) {
            bool revoked = domain.state.is_revoked(key.key);
            bool here = std::any_of(at_hand.begin(), at_hand.end(),
                                    [&](const KeyAtHand& one) { return one.key == key.key; });
            bool person = principal.kind == policy::PrincipalKind::person;
            session.say("{:8}{:16} {:34} {}{}{}{}\n", person ? "person" : "machine", principal.name,
                        signature::type_name(key.key.type()), key.key.fingerprint(), marks_of(key),
                        revoked ? session.bad("  revoked") : "",
                        here ? session.good("  at hand") : "");
            base::Json::Object one;
            one["name"] = text_json(principal.name);
            one["kind"] = text_json(person ? "person" : "machine");
            one["type"] = text_json(signature::type_name(key.key.type()));
            one["fingerprint"] = text_json(key.key.fingerprint());
            one["revoked"] = flag_json(revoked);
            one["at_hand"] = flag_json(here);
            listed.push_back({one});
        }
    }
    session.write_json({base::Json::Object{{"keys", {listed}}}});
    return 0;
}

}  // namespace

void add_key(CLI::App& app, Session& session) {
    CLI::App* key = add_command(app, "key", "The policy's keys", "");
    key->require_subcommand(1);
    CLI::App* exported = add_command(
        *key, "export", "Write them as allowed_signers, for ssh-keygen -Y verify",
        "  cheget key export > allowed_signers\n"
        "  cheget show --text bob.vote > text; cheget show --signatures bob.vote > text.sig\n"
        "  ssh-keygen -Y verify -f allowed_signers -I bob -n cheget-vote@acme/prod \\\n"
        "      -s text.sig < text");
    on_chosen(exported, session, [&session] { return export_keys(session); });
    CLI::App* list = add_command(*key, "list", "Whose they are, and which are revoked or at hand",
                                 "  cheget key list");
    on_chosen(list, session, [&session] { return list_keys(session); });
    add_key_changes(*key, session);
}

}  // namespace cheget::cli
