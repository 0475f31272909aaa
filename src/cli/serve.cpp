// serve and witness: the processes that keep a domain's log, and that watch over others'.
#include <CLI/App.hpp>
#include <algorithm>
#include <csignal>

#include "authority/drop_box.h"
#include "authority/log_service.h"
#include "authority/publisher.h"
#include "authority/witness_service.h"
#include "authority/witnessing.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/log_source.h"
#include "keys/note_signer.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
    std::string state;
    std::string key;
    std::string listen;
    bool make = false;
    std::vector<std::string> witnesses;  ///< NAME=URL
    std::vector<std::string> logs;       ///< public keys
    std::uint64_t quota = authority::Quota().entries;
};

// ADDRESS:PORT, the address numeric; `[::1]:8470` for IPv6.
Result<net::ServerOptions> listen_at(const std::string& text) {
    net::ServerOptions options;
    const std::size_t colon = text.rfind(':');
    const auto port = colon == std::string::npos
                          ? Result<std::uint64_t>(std::unexpected(base::Error{}))
                          : base::parse_number(text.substr(colon + 1), 65'535);
    if (!port) {
        return fail(ErrorKind::usage,
                    fmt::format("listening at {}: write ADDRESS:PORT, such as 127.0.0.1:8470",
                                base::shown(text)));
    }
    options.address = text.substr(0, colon);
    if (options.address.starts_with('[') && options.address.ends_with(']')) {
        options.address = options.address.substr(1, options.address.size() - 2);
    }
    options.port = static_cast<std::uint16_t>(*port);
    return options;
}

// SIGTERM and SIGINT are waited for here; every thread that is started later leaves them alone.
class Ending {
  public:
    Ending() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    void wait() const {
        int received = 0;
        sigwait(&signals_, &received);
    }

  private:
    sigset_t signals_{};
};

std::string address_text(const net::ServerOptions& options, std::uint16_t port) {
    return options.address.find(':') == std::string::npos
               ? fmt::format("http://{}:{}", options.address, port)
               : fmt::format("http://[{}]:{}", options.address, port);
}

void say_where(Session& session, std::string_view what, const std::string& where) {
    session.say("{} {} at {}\n", session.good("Serving:"), what, where);
    session.write_json(
        {base::Json::Object{{"serving", text_json(what)}, {"at", text_json(where)}}});
    std::fflush(stdout);
}

/// The texts of the domain's policies as they lie in its folder: the first one, which everybody in
/// it has signed, and the copies of later ones, which whoever runs the log puts there.
Result<std::vector<std::string>> policy_texts(const OpenDomain& domain) {
    std::vector<std::string> texts;
    for (std::uint32_t version = 1;; ++version) {
        const auto path = domain.folder.root() / "policy" / fmt::format("{:06}.policy", version);
        std::error_code error;
        if (!std::filesystem::exists(path, error)) {
            return texts;
        }
        const std::string content = TRY(store::read_file(path, statement::k_longest_signed));
        const statement::SignedText parts = TRY(statement::split_signed(content));
        texts.emplace_back(parts.text);
    }
}

/// The witnesses of the policy with the URLs that the command line gives; all of them need one.
Result<std::vector<authority::AskedWitness>> asked_witnesses(const LogTrust& trust,
                                                             const Options& options) {
    std::vector<authority::AskedWitness> asked;
    for (const std::string& each : options.witnesses) {
        std::string_view rest = each;
        const std::string name(base::take_until(rest, '='));
        const auto place = std::find(trust.witnesses.begin(), trust.witnesses.end(), name);
        if (rest.empty() || !trust.trust.has_witnesses() || place == trust.witnesses.end()) {
            return fail(ErrorKind::usage,
                        fmt::format("`{}` is no witness of the policy with its URL: write "
                                    "NAME=URL, such as w1=https://w1.example.org",
                                    base::shown(each)));
        }
        std::string url(rest);
        while (url.ends_with('/')) {
            url.pop_back();
        }
        asked.push_back(
            {name, std::move(url), static_cast<std::size_t>(place - trust.witnesses.begin())});
    }
    if (trust.trust.has_witnesses() && asked.size() < trust.trust.quorum()) {
        return fail(
            ErrorKind::usage,
            fmt::format("the policy needs {} witnesses, and --witness NAME=URL names {} of "
                        "{}: nothing could be published",
                        trust.trust.quorum(), asked.size(), base::join_words(trust.witnesses)));
    }
    return asked;
}

Result<store::LogStore> open_store(const OpenDomain& domain, const log::NoteKey& key,
                                   const Options& options) {
    const std::filesystem::path state = options.state;
    const store::LogOwner owner{key.name, domain.state.domain};
    store::LogStoreOptions appending;
    appending.reserve = true;
    if (options.make) {
        TRY(store::make_folder_durably(state, 0700));
        TRY(store::make_folder_durably(state / "public"));
        return store::LogStore::create(state / store::k_log_database, owner, appending);
    }
    std::error_code error;
    if (!std::filesystem::exists(state / store::k_log_database, error)) {
        return fail(ErrorKind::unreachable,
                    fmt::format("serving {}: there is no log in it; --new begins one, and never "
                                "over one that was lost",
                                base::shown(options.state)));
    }
    store::LogStore store = TRY(store::LogStore::open(state / store::k_log_database, appending));
    if (store.owner().domain != owner.domain) {
        return fail(ErrorKind::usage, fmt::format("serving {}: it is the log of another domain, {}",
                                                  base::shown(options.state),
                                                  base::shown(store.owner().domain.name)));
    }
    return store;
}

authority::LogSigner signer_of(const std::shared_ptr<keys::NoteSigner>& key) {
    return {key->key(),
            [key](std::string_view message) { return Result<base::Bytes>(key->sign(message)); }};
}

Result<net::Response> post(const std::string& url, const std::string& body) {
    net::Ask asked{.url = url};
    asked.method = "POST";
    asked.body = body;
    asked.longest_wait = std::chrono::seconds(5);
    return net::ask(asked);
}

Outcome serve(Session& session, const Options& options) {
    const net::ServerOptions listen = TRY(listen_at(options.listen));
    const OpenDomain domain = TRY(open_domain(session));
    const LogTrust trust = TRY(read_log_trust(session, {}));
    const auto asked = TRY(asked_witnesses(trust, options));
    keys::NoteSigner loaded = TRY(keys::NoteSigner::load(options.key));
    const auto key = std::make_shared<keys::NoteSigner>(std::move(loaded));
    if (key->key() != trust.trust.log()) {
        return fail(
            ErrorKind::usage,
            fmt::format("the key {} is {}, and the policy's log is {}", base::shown(options.key),
                        signature::to_text(key->key()), signature::to_text(trust.trust.log())));
    }
    const std::vector<std::string> policies = TRY(policy_texts(domain));
    const auto admission = TRY(authority::Admission::make(policies));
    const Ending ending;
    authority::AppenderOptions appending;
    appending.quota.entries = appending.quota.stops = options.quota;
    appending.clock = now;
    appending.cosigns = !trust.trust.has_witnesses();
    auto progress = std::make_shared<ProgressLine>("checking the log");
    appending.progress = [progress](std::uint64_t done, std::uint64_t all) {
        (*progress)(done, all);
    };
    store::LogStore store = TRY(open_store(domain, key->key(), options));
    auto appender =
        TRY(authority::Appender::start(std::move(store), signer_of(key), std::move(appending)));
    const auto sequencer = TRY(authority::Sequencer::start(std::move(appender)));
    const std::filesystem::path state = options.state;
    auto reading = TRY(store::LogStore::open_to_read(state / store::k_log_database));
    auto folder = TRY(
        authority::PublicFolder::open(state / "public", key->key(), sequencer->view(), reading));
    authority::WitnessClient client(trust.trust, asked, post, std::chrono::steady_clock::now);
    authority::Witnessing witnessing;
    if (trust.trust.has_witnesses()) {
        witnessing = [&client](const store::LogHead& head, const log::HashReader& nodes) {
            return client.gather(head, nodes);
        };
    }
    const auto publisher = TRY(authority::Publisher::start(
        *sequencer, std::move(reading), std::move(folder), std::move(witnessing),
        [&session](const base::Error& error) {
            fmt::print(stderr, "{} {}\n", session.warning("not published:"), error.message);
        }));
    const auto drop = TRY(authority::DropBox::open(state / "drop", admission, now));
    const auto server = TRY(net::HttpServer::start(
        listen, authority::with_drop_box(
                    *drop, authority::log_handler({&admission, sequencer.get(), state / "public",
                                                   state / store::k_log_database}))));
    say_where(session, key->key().name, address_text(listen, server->port()));
    ending.wait();
    return 0;
}

Outcome witness(Session& session, const Options& options) {
    const net::ServerOptions listen = TRY(listen_at(options.listen));
    keys::NoteSigner loaded = TRY(keys::NoteSigner::load(options.key));
    const auto key = std::make_shared<keys::NoteSigner>(std::move(loaded));
    if (key->key().type != signature::k_note_cosignature) {
        return fail(ErrorKind::usage,
                    fmt::format("the key {} is a log's; make a witness's with `cheget log key NAME "
                                "FILE --witness`",
                                base::shown(options.key)));
    }
    std::vector<log::NoteKey> logs;
    for (const std::string& text : options.logs) {
        logs.push_back(TRY(signature::parse_note_key(text)));
    }
    const Ending ending;
    const auto service = TRY(authority::WitnessService::open(
        options.state,
        {key->key(),
         [key](std::string_view message) { return Result<base::Bytes>(key->sign(message)); }},
        logs, now));
    net::ServerOptions bounded = listen;
    bounded.longest_body = log::k_longest_add_checkpoint;
    const auto server = TRY(net::HttpServer::start(bounded, authority::witness_handler(*service)));
    say_where(session, key->key().name, address_text(listen, server->port()));
    ending.wait();
    return 0;
}

}  // namespace

void add_serve(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    options->listen = "127.0.0.1:8470";
    CLI::App* command = add_command(
        app, "serve", "Keep a domain's log: take statements in, sign, publish, have it witnessed",
        "  cheget serve STATE --log-key log.key --new          the first time\n"
        "  cheget serve STATE --log-key log.key --witness w1=https://w1.example.org \\\n"
        "      --witness w2=https://w2.example.org --listen 127.0.0.1:8470\n"
        "  curl --data-binary @veto.vote http://127.0.0.1:8470/statement > veto.tlog-proof");
    command->add_option("state", options->state, "Where the log is kept")
        ->required()
        ->type_name("STATE");
    command->add_option("--log-key", options->key, "The log's key, made by `cheget log key`")
        ->required()
        ->type_name("FILE");
    command->add_option("--listen", options->listen, "Where to serve (127.0.0.1:8470)")
        ->type_name("ADDRESS:PORT");
    command->add_flag("--new", options->make, "Begin a log; refused if there is one");
    command->add_option("--witness", options->witnesses, "Where a witness of the policy is reached")
        ->type_name("NAME=URL");
    command
        ->add_option("--quota", options->quota,
                     "Statements that each principal may log in a day (2000)")
        ->type_name("NUMBER");
    on_chosen(command, session, [&session, options] { return serve(session, *options); });
}

void add_witness(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    options->listen = "127.0.0.1:8471";
    CLI::App* command = add_command(
        app, "witness", "Be a witness: cosign logs that only grow, and remember what was signed",
        "  cheget log key w1.example.org w1.key --witness\n"
        "  cheget witness STATE --witness-key w1.key --log log.example.org/prod+8a2f04c1+AX…");
    command->add_option("state", options->state, "Where it remembers what it signed")
        ->required()
        ->type_name("STATE");
    command->add_option("--witness-key", options->key, "The witness's key")
        ->required()
        ->type_name("FILE");
    command->add_option("--log", options->logs, "A log to witness, by its public key")
        ->required()
        ->type_name("KEY");
    command->add_option("--listen", options->listen, "Where to serve (127.0.0.1:8471)")
        ->type_name("ADDRESS:PORT");
    on_chosen(command, session, [&session, options] { return witness(session, *options); });
}

}  // namespace cheget::cli
