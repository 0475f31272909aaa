// log key, log check, log rebuild, log trust: what whoever runs a log does with it.
#include <CLI/App.hpp>

#include "authority/appender.h"
#include "authority/publisher.h"
#include "authority/rules.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "keys/note_signer.h"
#include "log/trust_file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
    std::string name;
    std::string file;
    bool witness = false;
    std::string state;
    std::string trust;
};

Outcome make_key(Session& session, const Options& options) {
    const auto signer = TRY(keys::NoteSigner::create(
        options.file, options.name,
        options.witness ? signature::k_note_cosignature : signature::k_note_ed25519));
    const std::string key = signature::to_text(signer.key());
    session.say(
        "{} {} (its secret; nobody else may have it)\nIts public key, for the policy's "
        "header line `{}`:\n",
        session.good("Made:"), base::shown(options.file),
        options.witness ? "witness NAME { KEY }" : "log: KEY");
    if (!session.globals.json) {
        session.write_data(key + '\n');
    }
    session.write_json(
        {base::Json::Object{{"file", text_json(options.file)}, {"key", text_json(key)}}});
    return 0;
}

/// The keys that the log has signed with: by its entries and the domain's first policy, else the
/// one of the trust file.
std::vector<log::NoteKey> log_keys(Session& session, const Options& options, const LogTrust& trust,
                                   store::LogStore& store) {
    if (options.trust.empty()) {
        const auto read = [&]() -> Result<std::vector<log::NoteKey>> {
            const OpenDomain domain = TRY(open_domain(session));
            return authority::read_log_keys(store, TRY(first_policy_text(domain)));
        }();
        if (read) {
            return *read;
        }
    }
    return {trust.trust.log()};  // what is wrong is then told of what it makes
}

Outcome check(Session& session, const Options& options) {
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    store::LogStore store = TRY(store::LogStore::open_to_read(std::filesystem::path(options.state) /
                                                              store::k_log_database));
    std::vector<std::string> amiss;
    {
        ProgressLine progress("checking");
        amiss = TRY(authority::check_log(store, log_keys(session, options, trust, store),
                                         std::ref(progress)));
    }
    const store::LogHead head = TRY(store.head());
    session.write_json({base::Json::Object{{"log", text_json(store.owner().origin)},
                                           {"size", number_json(head.size)},
                                           {"amiss", list_json(amiss)}}});
    if (!amiss.empty()) {
        std::string told;
        for (const std::string& line : amiss) {
            told += "\n  " + line;
        }
        return fail(ErrorKind::corrupt_state,
                    fmt::format("checking the log {}:{}", base::shown(options.state), told));
    }
    session.say(
        "{} {}: {} entries make the root that it signed, and every witnessed checkpoint "
        "is one of its tree\n",
        session.good("Sound:"), store.owner().origin, head.size);
    return 0;
}

Outcome rebuild(Session& session, const Options& options) {
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    const std::filesystem::path state = options.state;
    store::LogStore store = TRY(store::LogStore::open_to_read(state / store::k_log_database));
    ProgressLine progress("checking");
    const std::uint64_t size = TRY(authority::rebuild_folder(
        state / "public", store, log_keys(session, options, trust, store), std::ref(progress)));
    session.say("{} {} with {} entries\n", session.good("Written again:"),
                base::shown((state / "public").string()), size);
    session.write_json({base::Json::Object{{"size", number_json(size)}}});
    return 0;
}

Outcome write_trust(Session& session, const Options& options) {
    session.keep_stdout_for_data();
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    session.write_data(log::render(log::trust_file_of(trust.trust, {}, trust.witnesses, {})));
    return 0;
}

}  // namespace

void add_log_keeping(CLI::App& log, Session& session) {
    auto options = std::make_shared<Options>();
    CLI::App* key = add_command(log, "key", "Make the key of a log, or of a witness",
                                "  cheget log key log.example.org/prod log.key\n"
                                "  cheget log key w1.example.org w1.key --witness");
    key->add_option("name", options->name,
                    "The name under which it signs, like a URL without https://")
        ->required()
        ->type_name("NAME");
    key->add_option("file", options->file, "Where to keep the secret")
        ->required()
        ->type_name("FILE");
    key->add_flag("--witness", options->witness, "A witness's key, which signs with a time");
    on_chosen(key, session, [&session, options] { return make_key(session, *options); });

    CLI::App* checking = add_command(
        log, "check", "Check a log's database: its entries, its tiles, all that it signed",
        "  cheget log check /var/lib/cheget/log");
    CLI::App* rebuilding =
        add_command(log, "rebuild", "Write what a log publishes again, out of its database",
                    "  cheget log rebuild /var/lib/cheget/log");
    for (CLI::App* command : {checking, rebuilding}) {
        command->add_option("state", options->state, "The folder that `cheget serve` keeps")
            ->required()
            ->type_name("STATE");
    }
    CLI::App* trusting = add_command(
        log, "trust", "Say whom the domain's policy trusts for its log, for other people's tools",
        "  cheget log trust > prod.trust");
    for (CLI::App* command : {checking, rebuilding, trusting}) {
        command
            ->add_option(
                "--trust", options->trust,
                "Whom to trust: a file as C2SP tlog-policy has it (else the domain's policy)")
            ->type_name("FILE");
    }
    on_chosen(checking, session, [&session, options] { return check(session, *options); });
    on_chosen(rebuilding, session, [&session, options] { return rebuild(session, *options); });
    on_chosen(trusting, session, [&session, options] { return write_trust(session, *options); });
}

void add_log(CLI::App& app, Session& session) {
    CLI::App* log = add_command(app, "log", "Verify, prove, watch and keep transparency logs", "");
    log->require_subcommand(1);
    add_log_reading(*log, session);
    add_log_submit(*log, session);
    add_log_watch(*log, session);
    add_log_words(*log, session);
    add_log_keeping(*log, session);
}

}  // namespace cheget::cli
