// briefcase create: makes a case at home, on a computer that its principal trusts.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>

#include "base/text.h"
#include "briefcase/signing.h"
#include "briefcase/terminal_window.h"
#include "cli/bearer.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "cli/passphrase.h"
#include "cli/recording.h"
#include "keys/mark.h"
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
    std::string tpm;
    std::string recovery;
    std::string owner_file;
    std::uint32_t tries = 10;
    std::string keep;
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
    if (options.tpm.empty() != options.recovery.empty()) {
        return fail(ErrorKind::usage,
                    "making a briefcase with a TPM: --tpm TCTI and --recovery FILE.pub go "
                    "together: only the recovery authority gives used tries back");
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

/// For `cheget-exec marks add`.
Result<void> write_marks(const std::string& file, const briefcase::Seal& seal,
                         const std::string& fingerprint, LockedBytes mark) {
    const LockedBytes content = TRY(keys::render_mark_file(
        {seal.domain.name, seal.domain.first_policy, fingerprint, std::move(mark)}));
    return store::write_file_durably(std::filesystem::absolute(file), base::as_text(content.view()),
                                     0600);
}

/// The TPM, made ready for this briefcase; given back as it was if nothing comes of it.
class PreparedTpm {
  public:
    static Result<PreparedTpm> prepare(const Options& options) {
        const auto recovery = TRY(read_public_key(options.recovery));
        LockedBytes owner = TRY(LockedBytes::make(1));
        owner.shorten(0);
        if (!options.owner_file.empty()) {
            owner = TRY(read_passphrase(options.owner_file, "The TPM's owner password"));
        }
        briefcase::Tpm tpm = TRY(briefcase::Tpm::connect(options.tpm));
        std::string line = TRY(tpm.prepare(options.tries, recovery, owner.view()));
        return PreparedTpm(std::move(tpm), std::move(owner), std::move(line));
    }
    PreparedTpm(PreparedTpm&& other) noexcept
        : tpm_(std::move(other.tpm_)),
          owner_(std::move(other.owner_)),
          line_(std::exchange(other.line_, {})) {}
    PreparedTpm& operator=(PreparedTpm&&) = delete;
    PreparedTpm(const PreparedTpm&) = delete;
    PreparedTpm& operator=(const PreparedTpm&) = delete;
    ~PreparedTpm() {
        if (!line_.empty() && !is_kept_) {
            const auto removed = tpm_.remove(line_, owner_.view());
            if (!removed) {
                fmt::print(stderr, "cheget: what was made ready in the TPM stays there: {}\n",
                           removed.error().message);
            }
        }
    }

    briefcase::Tpm& tpm() { return tpm_; }
    const std::string& line() const { return line_; }
    void keep() { is_kept_ = true; }

  private:
    PreparedTpm(briefcase::Tpm tpm, LockedBytes owner, std::string line)
        : tpm_(std::move(tpm)), owner_(std::move(owner)), line_(std::move(line)) {}
    briefcase::Tpm tpm_;
    LockedBytes owner_;
    std::string line_;
    bool is_kept_ = false;
};

/// A filled seal: the one place where the passphrases are needed.
struct Sealed {
    briefcase::Seal seal;
    briefcase::Secrets secrets;
};
Result<Sealed> make_seal(const OpenDomain& domain, const Options& options,
                         const std::string& principal, PreparedTpm* tpm) {
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
    if (tpm != nullptr) {
        seal.tpm = tpm->line();
    }
    briefcase::Secrets secrets = TRY(briefcase::make_secrets(seal.key));
    ProgressLine progress("sealing");
    const auto evaluate = tpm != nullptr ? tpm->tpm().evaluate(tpm->line()) : briefcase::no_tpm();
    TRY(briefcase::fill_slots(seal, secrets, passphrase.view(),
                              duress ? std::optional(duress->view()) : std::nullopt, evaluate));
    return Sealed{std::move(seal), std::move(secrets)};
}

Result<std::string> created_text(const briefcase::Seal& seal, const std::string& maker,
                                 const Options& options, PreparedTpm* tpm) {
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
    if (tpm != nullptr) {
        TRY(briefcase::attest(created, tpm->tpm(), tpm->line()));
    }
    return statement::render(created);
}

/// The briefcase's own signature on the statement that it was made: nobody else can begin another
/// record of its custody.
Result<std::string> own_signature(const briefcase::Seal& seal, briefcase::Secrets secrets,
                                  const std::string& text) {
    const auto key = TRY(briefcase::OpenKey::make(seal, std::move(secrets)));
    const statement::Custody created = TRY(statement::parse_custody(text));
    return TRY(key.sign_custody(created)).substr(text.size());
}

/// The TPM's own key, as policies name it; empty without one.
Result<std::string> attester_of(const briefcase::Seal& seal) {
    return seal.tpm.empty() ? std::string()
                            : TRY(briefcase::attestation_key_of(seal.tpm)).fingerprint();
}

Result<void> tell(Session& session, const briefcase::Seal& seal, const Options& options) {
    session.say("{} {}, for {}\n", session.good("Made:"), base::shown(options.folder),
                seal.principal);
    if (!seal.tpm.empty()) {
        session.say("Its TPM gives {} tries, of which making it used {}.\n", options.tries,
                    briefcase::k_tries_to_seal);
    } else {
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
    const std::string attester = TRY(attester_of(seal));
    session.say(
        "\nIts key, to be put between {}'s keys by an amendment (`cheget amend`):\n    {} "
        "briefcase\n`briefcase custody`{} asks for a whole chain of custody with each vote.\n",
        seal.principal, seal.key,
        attester.empty() ? "" : fmt::format(", or `briefcase custody tpm {}`,", attester));
    return {};
}

/// Into the log, or the folder of a domain without one. The case is whole by then, whatever comes
/// of this.
void hand_in(Session& session, OpenDomain& domain, std::string_view created,
             const Options& options) {
    const auto filed = domain.folder.add(created);
    if (!filed) {
        session.end_with(
            static_cast<int>(filed.error().kind),
            fmt::format("{} {}\n", session.warning("NOT HANDED IN:"), filed.error().message));
    }
    if (!filed || !record(session, domain, created, *filed)) {
        session.end_with(
            0, fmt::format("The briefcase is made all the same, and its journal tells that it was. "
                           "Until {} does too, no vote out of it counts where the policy asks for "
                           "`custody` or `tpm`: `cheget briefcase journal {} --hand-in` hands it "
                           "in, as does whoever collects from it.\n",
                           domain.policy().has_log ? "the witnessed log" : "the domain's folder",
                           base::shown(options.folder)));
    }
}

Result<base::Json> told_json(const briefcase::Case& made) {
    const briefcase::Seal& seal = made.seal();
    return base::Json{base::Json::Object{{"key", text_json(seal.key)},
                                         {"fingerprint", text_json(made.fingerprint())},
                                         {"seal", text_json(base::to_text(made.seal_digest()))},
                                         {"principal", text_json(seal.principal)},
                                         {"tries_limited", flag_json(!seal.tpm.empty())},
                                         {"attestation", text_json(TRY(attester_of(seal)))}}};
}

Outcome create(Session& session, const Options& options) {
    briefcase::guard_process();
    TRY(keys::start_sodium());
    session.globals.follow = Follow::yes;
    OpenDomain domain = TRY(open_domain(session));
    TRY(check_options(domain, options));
    const Signer maker = TRY(find_signer(session, domain.policy(), &domain.state));
    const std::string& principal = options.principal.empty() ? maker.name() : options.principal;
    const std::string first_policy = TRY(domain.folder.first_policy());
    std::optional<PreparedTpm> tpm;
    if (!options.tpm.empty()) {
        tpm.emplace(TRY(PreparedTpm::prepare(options)));
    }
    auto [seal, secrets] = TRY(make_seal(domain, options, principal, tpm ? &*tpm : nullptr));
    const std::string text = TRY(created_text(seal, maker.name(), options, tpm ? &*tpm : nullptr));
    show_what_is_signed(session, text);
    TRY(session.confirm(fmt::format("Sign as {} that this briefcase was made?", maker.name())));
    LockedBytes mark = TRY(LockedBytes::make(secrets.mark.view().size()));
    std::ranges::copy(secrets.mark.view(), mark.span().begin());
    const std::string created = TRY(maker.sign(domain.policy(), statement::Kind::custody, text)) +
                                TRY(own_signature(seal, std::move(secrets), text));
    const briefcase::Case made = TRY(briefcase::Case::create(options.folder, seal, first_policy));
    TRY(made.append_to_journal(created));
    if (!options.marks.empty()) {
        TRY(write_marks(options.marks, seal, made.fingerprint(), std::move(mark)));
    }
    if (tpm) {
        tpm->keep();
    }
    TRY(keep_statement(options.keep, made.fingerprint(), created));
    TRY(tell(session, made.seal(), options));
    hand_in(session, domain, created, options);
    session.write_json(TRY(told_json(made)));
    return 0;
}

}  // namespace

void add_briefcase_create(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "create", "Make a briefcase at home, on a computer that you trust",
        "  cheget briefcase create /media/case --as dave --duress --marks dave.mark\n"
        "  cheget briefcase create case --principal dave --to bob --cost sensitive\n"
        "  cheget briefcase create /media/case --tpm device:/dev/tpmrm0 --recovery safe.pub\n"
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
    command
        ->add_option("--tpm", options->tpm,
                     "Let a TPM 2.0 limit the tries, such as device:/dev/tpmrm0")
        ->type_name("TCTI");
    command->add_option("--tries", options->tries, "How many (10); making it uses two of them")
        ->check(CLI::Range(3, 1000))
        ->type_name("NUMBER");
    command
        ->add_option("--recovery", options->recovery,
                     "The key (ecdsa-sha2-nistp256) whose signature alone gives tries back")
        ->type_name("FILE.pub");
    command
        ->add_option("--tpm-owner-file", options->owner_file,
                     "Read the TPM's owner password, where one is set, from here")
        ->type_name("FILE");
    command
        ->add_option("--keep", options->keep,
                     "Where you keep your last statement on it (else below XDG_STATE_HOME)")
        ->type_name("FOLDER");
    add_recording(command, session);
    on_chosen(command, session, [&session, options] { return create(session, *options); });
}

}  // namespace cheget::cli
