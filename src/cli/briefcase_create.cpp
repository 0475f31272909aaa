// briefcase create: makes a case at home, on a computer that its principal trusts.
#include <fmt/format.h>
#include <sodium.h>

#include <CLI/App.hpp>

#include "base/text.h"
#include "briefcase/signing.h"
#include "cli/briefcase.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "cli/passphrase.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using keys::LockedBytes;

struct Options {
    std::string folder;
    std::string principal;
    std::string bearer;
    std::string cost = "moderate";
    bool duress = false;
    std::string passphrase_file;
    std::string duress_file;
    std::string marks;
};

Result<briefcase::GuessCost> cost_of(const std::string& name) {
    if (name == "sensitive") {
        return briefcase::GuessCost::sensitive();
    }
    return name == "least" ? briefcase::GuessCost::for_tests() : briefcase::GuessCost::moderate();
}

Result<void> check_options(const OpenDomain& domain, const Options& options) {
    for (const std::string& name : {options.principal, options.bearer}) {
        const auto index = domain.policy().find_principal(name);
        if (!name.empty() &&
            (!index || domain.policy().principals[*index].kind != policy::PrincipalKind::person)) {
            return fail(ErrorKind::usage,
                        fmt::format("making a briefcase: the policy knows no person `{}`; `cheget "
                                    "key list` shows all",
                                    base::shown(name)));
        }
    }
    if (options.duress && options.marks.empty()) {
        return fail(ErrorKind::usage,
                    "making a briefcase: --duress needs --marks FILE: only executors that hold "
                    "that file's secret tell a vote under duress from another");
    }
    std::error_code error;
    if (!options.marks.empty() && std::filesystem::exists(options.marks, error)) {
        return fail(ErrorKind::usage, fmt::format("writing {}: it is there already; move it away, "
                                                  "or choose another name",
                                                  base::shown(options.marks)));
    }
    return {};
}

Result<LockedBytes> new_passphrase(const std::string& file, std::string_view what) {
    return file.empty() ? ask_new_passphrase(what) : read_passphrase(file, what);
}

/// `cheget mark v1`, for `cheget-exec marks add`. What it is written from is wiped.
Result<void> write_marks(const std::string& file, const briefcase::Seal& seal,
                         const std::string& fingerprint, const LockedBytes& mark) {
    std::string secret(2 * briefcase::k_secret_size + 1, '\0');
    sodium_bin2hex(secret.data(), secret.size(), mark.view().data(), mark.view().size());
    std::string content;
    content.reserve(1024);  // no smaller copy stays behind
    fmt::format_to(std::back_inserter(content),
                   "cheget mark v1\ndomain: {} {}\nkey: {}\nsecret: {}\n", seal.domain.name,
                   base::to_text(seal.domain.first_policy), fingerprint, secret.c_str());
    auto written = store::write_file_durably(std::filesystem::absolute(file), content, 0600);
    sodium_memzero(secret.data(), secret.size());
    sodium_memzero(content.data(), content.size());
    return written;
}

/// A filled seal: the one place where the passphrases are needed.
struct Sealed {
    briefcase::Seal seal;
    LockedBytes mark;
};
Result<Sealed> make_seal(const OpenDomain& domain, const Options& options,
                         const std::string& principal) {
    const LockedBytes passphrase = TRY(new_passphrase(options.passphrase_file, "Passphrase"));
    std::optional<LockedBytes> duress;
    if (options.duress) {
        duress = TRY(new_passphrase(options.duress_file, "Passphrase under duress"));
    }
    briefcase::Seal seal;
    seal.domain = domain.state.domain;
    seal.policy = {domain.policy().header.version, domain.policy().id};
    seal.principal = principal;
    seal.made = now();
    seal.cost = TRY(cost_of(options.cost));
    briefcase::Secrets secrets = TRY(briefcase::make_secrets(seal.key));
    ProgressLine progress("sealing");
    TRY(briefcase::fill_slots(seal, secrets, passphrase.view(),
                              duress ? std::optional(duress->view()) : std::nullopt,
                              briefcase::no_tpm()));
    return Sealed{std::move(seal), std::move(secrets.mark)};
}

Result<std::string> created_text(const briefcase::Seal& seal, const std::string& maker,
                                 const Options& options) {
    statement::Custody created;
    created.domain = seal.domain;
    created.briefcase = TRY(signature::PublicKey::from_text(seal.key)).fingerprint();
    created.event = statement::CustodyEvent::created;
    created.by = maker;
    if (!options.bearer.empty()) {
        created.to = options.bearer;
    }
    created.seal = base::sha256(briefcase::render(seal));
    created.at = seal.made;
    return statement::render(created);
}

void tell(Session& session, const briefcase::Case& made, const Options& options) {
    const briefcase::Seal& seal = made.seal();
    session.say("{} {}, for {}\n", session.good("Made:"), base::shown(options.folder),
                seal.principal);
    if (seal.tpm.empty()) {
        session.say(
            "{} there is no TPM in it: whoever copies this folder may guess at the passphrase as "
            "often as they like, and only its length stands against them\n",
            session.warning("note:"));
    }
    if (options.marks.empty()) {
        session.say("{} without --marks no executor can check its votes' marks\n",
                    session.warning("note:"));
    } else {
        session.say(
            "\nThe secret of its marks is in {}. Carry it to each executor, then destroy it there "
            "and here:\n    cheget-exec marks add {}\n",
            base::shown(options.marks), base::shown(options.marks));
    }
    session.say(
        "\nIts key, to be put between {}'s keys by an amendment (`cheget amend`):\n    {} "
        "briefcase\n`briefcase custody`, and with a TPM `briefcase tpm SHA256:…`, ask for more.\n",
        seal.principal, seal.key);
    session.write_json({base::Json::Object{{"key", text_json(seal.key)},
                                           {"fingerprint", text_json(made.fingerprint())},
                                           {"seal", text_json(base::to_text(made.seal_digest()))},
                                           {"principal", text_json(seal.principal)},
                                           {"tries_limited", flag_json(!seal.tpm.empty())}}});
}

Outcome create(Session& session, const Options& options) {
    OpenDomain domain = TRY(open_domain(session));
    TRY(check_options(domain, options));
    const Signer maker = TRY(find_signer(session, domain.policy(), &domain.state));
    const std::string& principal = options.principal.empty() ? maker.name() : options.principal;
    const std::string first_policy = TRY(domain.folder.first_policy());
    const auto [seal, mark] = TRY(make_seal(domain, options, principal));
    const std::string text = TRY(created_text(seal, maker.name(), options));
    show_what_is_signed(session, text);
    TRY(session.confirm(fmt::format("Sign as {} that this briefcase was made?", maker.name())));
    const std::string created = TRY(maker.sign(domain.policy(), statement::Kind::custody, text));
    const briefcase::Case made = TRY(briefcase::Case::create(options.folder, seal, first_policy));
    TRY(made.append_to_journal(created));
    if (!options.marks.empty()) {
        TRY(write_marks(options.marks, seal, made.fingerprint(), mark));
    }
    tell(session, made, options);
    return 0;
}

}  // namespace

void add_briefcase_create(CLI::App& briefcase, Session& session) {
    CLI::App* command =
        add_command(briefcase, "create", "Make a briefcase at home, on a computer that you trust",
                    "  cheget briefcase create /media/case --as dave --duress --marks dave.mark\n"
                    "  cheget briefcase create case --principal dave --to bob --cost sensitive\n"
                    "  cheget briefcase create case --passphrase-file /dev/fd/3 3<words");
    auto options = std::make_shared<Options>();
    command->add_option("case", options->folder, "An empty folder, or one that isn't there yet")
        ->required()
        ->type_name("CASE");
    command
        ->add_option("--principal", options->principal,
                     "Whose terminal it is (else who signs that it was made)")
        ->type_name("NAME");
    command->add_option("--to", options->bearer, "Who holds it first (else who makes it)")
        ->type_name("BEARER");
    command->add_flag("--duress", options->duress,
                      "Ask for a second passphrase, whose votes executors void in silence");
    command
        ->add_option("--marks", options->marks,
                     "Write the secret of its marks, for the executors, into this new file")
        ->type_name("FILE");
    command
        ->add_option("--cost", options->cost,
                     "What a guess costs: moderate (a second, 256 MiB), sensitive (several, 1 "
                     "GiB), or for tests least")
        ->check(CLI::IsMember({"moderate", "sensitive", "least"}));
    command
        ->add_option("--passphrase-file", options->passphrase_file,
                     "Read the passphrase from a file's first line or /dev/fd/N")
        ->type_name("FILE");
    command->add_option("--duress-file", options->duress_file, "The same for the second one")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] { return create(session, *options); });
}

}  // namespace cheget::cli
