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
    std::string next_key;
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

/// Where witnesses are asked, as the command line says.
Result<std::vector<authority::WitnessPlace>> witness_places(const Options& options) {
    std::vector<authority::WitnessPlace> places;
    for (const std::string& each : options.witnesses) {
        std::string_view rest = each;
        std::string name(base::take_until(rest, '='));
        std::string url(rest);
        while (url.ends_with('/')) {
            url.pop_back();
        }
        if (url.empty() || name.empty()) {
            return fail(ErrorKind::usage,
                        fmt::format("`{}` is no witness with its URL: write NAME=URL, such as "
                                    "w1=https://w1.example.org",
                                    base::shown(each)));
        }
        places.push_back({std::move(name), std::move(url)});
    }
    return places;
}

// A name that the policy in force does not know may be one of a policy to come, or misspelt.
void tell_unknown_witnesses(Session& session, const std::vector<authority::WitnessPlace>& places,
                            const authority::Party& party) {
    for (const authority::WitnessPlace& place : places) {
        const auto& known = party.witnesses;
        if (std::find(known.begin(), known.end(), place.name) == known.end()) {
            fmt::print(stderr,
                       "{} the policy in force has no witness {}; it has {}. It is asked once a "
                       "policy names it\n",
                       session.warning("note:"), base::shown(place.name),
                       known.empty() ? "none" : base::join_words(known));
        }
    }
}

Result<store::LogStore> open_store(const OpenDomain& domain, const std::string& origin,
                                   const Options& options) {
    const std::filesystem::path state = options.state;
    const store::LogOwner owner{origin, domain.state.domain};
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

/// The keys that the log may sign with: the one in force, and one that a policy to come names.
Result<std::vector<authority::LogSigner>> load_signers(const Options& options) {
    std::vector<authority::LogSigner> signers;
    for (const std::string& file : {options.key, options.next_key}) {
        if (!file.empty()) {
            keys::NoteSigner loaded = TRY(keys::NoteSigner::load(file));
            signers.push_back(signer_of(std::make_shared<keys::NoteSigner>(std::move(loaded))));
        }
    }
    if (signers.back().key.name != signers.front().key.name) {
        return fail(ErrorKind::usage,
                    fmt::format("the next key {} is of {}, and the log is {}: its name can't "
                                "change; make it with `cheget log key {} FILE`",
                                base::shown(options.next_key), signers.back().key.name,
                                signers.front().key.name, signers.front().key.name));
    }
    return signers;
}

/// Before a log is begun: whether it can be kept under its first policy at all.
Result<void> require_beginning(std::string_view policy,
                               const std::vector<authority::LogSigner>& signers,
                               const authority::WitnessClient& client) {
    const auto parsed = TRY(policy::parse_policy(policy));
    const authority::Party party = TRY(authority::party_of(parsed));
    const log::NoteKey& key = party.trust.log();
    const auto has_key = [&](const authority::LogSigner& signer) { return signer.key == key; };
    if (std::none_of(signers.begin(), signers.end(), has_key)) {
        return fail(ErrorKind::usage,
                    fmt::format("the key of --log-key is {}, and the policy's log is {}",
                                signature::to_text(signers.front().key), signature::to_text(key)));
    }
    return client.can_ask(party);
}

/// The log's one writer, over the folder that the options name.
Result<std::unique_ptr<authority::Sequencer>> start_sequencer(
    const OpenDomain& domain, const Options& options, const authority::WitnessClient& client) {
    const auto signers = TRY(load_signers(options));
    authority::AppenderOptions appending;
    appending.quota.entries = appending.quota.stops = options.quota;
    appending.clock = now;
    appending.first_policy = TRY(first_policy_text(domain));
    if (options.make) {
        TRY(require_beginning(appending.first_policy, signers, client));
    }
    appending.may_pass_to = [&client](const authority::Party& party) {
        return client.can_ask(party);
    };
    auto progress = std::make_shared<ProgressLine>("checking the log");
    appending.progress = [progress](std::uint64_t done, std::uint64_t all) {
        (*progress)(done, all);
    };
    store::LogStore store = TRY(open_store(domain, signers.front().key.name, options));
    return authority::Sequencer::start(
        TRY(authority::Appender::start(std::move(store), signers, std::move(appending))));
}

constexpr std::chrono::milliseconds k_longest_freshening{1'500};

Outcome serve(Session& session, const Options& options) {
    const net::ServerOptions listen = TRY(listen_at(options.listen));
    const OpenDomain domain = TRY(open_domain(session));
    const auto places = TRY(witness_places(options));
    const Ending ending;
    authority::WitnessClient client(places, post, std::chrono::steady_clock::now);
    const auto sequencer = TRY(start_sequencer(domain, options, client));
    const authority::LogView view = sequencer->view();
    const authority::Party party = TRY(authority::party_of(view.rules->in_force()));
    TRY(client.can_ask(party));
    tell_unknown_witnesses(session, places, party);
    const std::filesystem::path state = options.state;
    auto reading = TRY(store::LogStore::open_to_read(state / store::k_log_database));
    const auto keys = TRY(view.rules->log_keys());
    auto folder = TRY(authority::PublicFolder::open(state / "public", keys, view, reading));
    const auto publisher = TRY(authority::Publisher::start(
        *sequencer, std::move(reading), std::move(folder),
        [&client](const store::LogHead& head, const log::HashReader& nodes,
                  std::span<const authority::Party> parties) {
            return client.gather(head, nodes, parties);
        },
        [&session](const base::Error& error) {
            fmt::print(stderr, "{} {}\n", session.warning("not published:"), error.message);
        }));
    const auto server = TRY(net::HttpServer::start(
        listen, authority::log_handler(
                    {nullptr, sequencer.get(), state / "public", state / store::k_log_database,
                     [&publisher] { publisher->freshen(k_longest_freshening); }})));
    say_where(session, party.trust.log().name, address_text(listen, server->port()));
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
        "  cheget serve STATE --log-key log.key --next-log-key next.key       before an amendment\n"
        "  curl --data-binary @veto.vote http://127.0.0.1:8470/statement > veto.tlog-proof");
    command->add_option("state", options->state, "Where the log is kept")
        ->required()
        ->type_name("STATE");
    command->add_option("--log-key", options->key, "The log's key, made by `cheget log key`")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--next-log-key", options->next_key,
                     "The key that a policy to come names, to sign with once it is enacted")
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
