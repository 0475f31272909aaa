// briefcase revoke: makes a briefcase's key void, and tells that it was lost.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/bearer.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/recording.h"
#include "cli/revoking.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
    std::string subject;
    std::string why = "lost";
    std::string note;
    std::string seal;
    CaseOptions of_case;
    bool lost = false;
};

/// Of a case that is here, a key's file, or the fingerprint itself.
Result<std::string> fingerprint_of(const std::string& subject) {
    std::error_code error;
    if (subject.starts_with("SHA256:")) {
        return subject;
    }
    if (std::filesystem::is_directory(subject, error)) {
        return TRY(briefcase::Case::open(subject)).fingerprint();
    }
    return TRY(read_public_key(subject)).fingerprint();
}

Result<std::string> owner_of(const policy::Policy& policy, const std::string& fingerprint,
                             const std::string& subject) {
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.key.fingerprint() == fingerprint && key.briefcase) {
                return principal.name;
            }
            if (key.key.fingerprint() == fingerprint) {
                // Whoever bore the case could have written any key into its seal.
                return fail(ErrorKind::denied,
                            fmt::format("revoking {}: the key {} is {}'s and lies in no briefcase "
                                        "by the policy; if it is a case, it was altered; `cheget "
                                        "revoke` voids ordinary keys",
                                        base::shown(subject), fingerprint, principal.name));
            }
        }
    }
    return fail(ErrorKind::usage,
                fmt::format("revoking {}: the policy in force knows no such key, so it counts for "
                            "nothing; `cheget key list` shows all",
                            base::shown(fingerprint)));
}

/// What its seal was: by what was filed on it, what this person kept, or what they say.
Result<base::Digest> seal_of(const OpenDomain& domain, const std::string& fingerprint,
                             const Options& options) {
    if (!options.seal.empty()) {
        return base::parse_digest(options.seal);
    }
    std::vector<std::string> known = TRY(filed_custody(domain, fingerprint));
    if (auto kept = TRY(kept_statement(options.of_case, fingerprint))) {
        known.push_back(std::move(*kept));
    }
    for (const std::string& whole : known) {
        const auto parts = statement::split_signed(whole);
        const auto said =
            parts ? statement::parse_custody(parts->text) : std::unexpected(parts.error());
        if (said && said->briefcase == fingerprint) {
            return said->seal;
        }
    }
    return fail(ErrorKind::usage,
                "telling that it is lost: nothing filed or kept says what its seal was; say it "
                "with --seal sha256:…");
}

Outcome tell_lost(Session& session, const std::string& fingerprint, const Options& options) {
    OpenDomain domain = TRY(open_domain(session));
    const Signer signer = TRY(find_signer(session, domain.policy(), &domain.state));
    statement::Custody lost;
    lost.domain = domain.state.domain;
    lost.briefcase = fingerprint;
    lost.event = statement::CustodyEvent::lost;
    lost.by = signer.name();
    lost.seal = TRY(seal_of(domain, fingerprint, options));
    lost.at = now();
    if (!options.note.empty()) {
        lost.note = options.note;
    }
    const std::string text = TRY(statement::render(lost));
    show_what_is_signed(session, text);
    const Filed filed = TRY(
        sign_and_file(session, domain.folder, domain.policy(), signer, statement::Kind::custody,
                      text, fmt::format("Tell as {} that this briefcase is lost?", signer.name())));
    record(session, domain, filed.signed_text, filed.path);
    session.say("{} it counts as lost from here on; nobody can hand it over any more.\n",
                session.good("Filed:"));
    return 0;
}

Outcome revoke(Session& session, const Options& options) {
    const std::string fingerprint = TRY(fingerprint_of(options.subject));
    std::string owner;
    {
        session.globals.follow = Follow::if_new;
        const OpenDomain domain = TRY(open_domain(session));
        owner = TRY(owner_of(domain.policy(), fingerprint, options.subject));
    }
    // The revocation first: it is what stops a thief.
    const int code = TRY(revoke_key(session, {owner, fingerprint, options.why, options.note}));
    if (options.lost) {
        const auto told = tell_lost(session, fingerprint, options);
        if (!told) {
            return std::unexpected(
                base::within("its revocation is filed, but not that it is lost", told.error()));
        }
    }
    return code;
}

}  // namespace

void add_briefcase_revoke(CLI::App& briefcase, Session& session) {
    CLI::App* command =
        add_command(briefcase, "revoke", "Make a briefcase's key void, as its owner or with others",
                    "  cheget briefcase revoke SHA256:2xQ… --why stolen --lost\n"
                    "  cheget briefcase revoke /media/case --why replaced");
    auto options = std::make_shared<Options>();
    command
        ->add_option("briefcase", options->subject,
                     "Its key's fingerprint or public file, or the case if it is here")
        ->required()
        ->type_name("CASE|KEY");
    command
        ->add_option("--why", options->why,
                     "lost (if nothing else is said), stolen, left or replaced")
        ->check(CLI::IsMember({"lost", "stolen", "left", "replaced"}));
    command->add_option("--note", options->note, "A remark that is signed with it");
    command->add_flag("--lost", options->lost, "Also sign into its custody that it is lost");
    command->add_option("--seal", options->seal, "Its seal's digest, where nothing filed tells it")
        ->type_name("DIGEST");
    command
        ->add_option("--keep", options->of_case.keep,
                     "Where you keep your last statement on it (else below XDG_STATE_HOME)")
        ->type_name("FOLDER");
    add_recording(command, session, true);
    on_chosen(command, session, [&session, options] { return revoke(session, *options); });
}

}  // namespace cheget::cli
