// log verify, log prove, log show: the outsider's tools.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "executor/log_source.h"
#include "log/fork.h"
#include "log/trust_file.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Options {
    std::string source;
    std::string trust;
    std::string subject;  ///< an index, or the file of an entry
    std::string proof;
    std::string entry;
    std::string evidence;
    std::string promise;
    std::string output;
};

base::Json checkpoint_json(const log::OpenedCheckpoint& opened, const LogTrust& trust) {
    base::Json::Array cosigned;
    for (const log::Cosigned& each : opened.cosigned) {
        cosigned.push_back(
            {base::Json::Object{{"witness", text_json(trust.witnesses[each.cosigner])},
                                {"time", text_json(base::to_text(each.latest))}}});
    }
    return {base::Json::Object{{"log", text_json(opened.checkpoint.origin)},
                               {"size", number_json(opened.checkpoint.size)},
                               {"root", text_json(base::to_text(opened.checkpoint.root))},
                               {"cosigned", {std::move(cosigned)}}}};
}

Outcome verify_log(Session& session, const Options& options) {
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    const log::RemoteLog remote(TRY(executor::open_log_source(options.source)));
    const std::string checkpoint = TRY(remote.checkpoint());
    {
        ProgressLine progress("reading");
        TRY(remote.follow({}, checkpoint, trust.trust, {}, std::ref(progress)));
    }
    const log::OpenedCheckpoint opened = TRY(log::open_witnessed(checkpoint, trust.trust));
    session.say(
        "{} {} has {} entries, every one under the root that it signed.\n"
        "  root      {}\n  cosigned by {}\n",
        session.good("Verified:"), opened.checkpoint.origin, opened.checkpoint.size,
        base::to_hex(opened.checkpoint.root), describe_cosigned(opened, trust));
    if (!trust.trust.has_witnesses()) {
        session.say("{} no witness watches this log: nothing shows that others see the same one\n",
                    session.warning("note:"));
    }
    session.write_json(checkpoint_json(opened, trust));
    return 0;
}

Outcome verify_proof(Session& session, const Options& options) {
    if (options.entry.empty()) {
        return fail(ErrorKind::usage, "verifying a proof: name what it proves, with --entry FILE");
    }
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    const std::string text = TRY(read_input(options.proof, log::k_longest_proof_file));
    const log::ProofFile proof = TRY(log::parse_proof_file(text));
    const std::string entry = TRY(read_input(options.entry, log::k_longest_entry));
    const log::OpenedCheckpoint opened =
        TRY(log::verify(proof, base::as_bytes(entry), trust.trust));
    session.say("{} it is entry {} of {}, which had {} entries.\n  cosigned by {}\n",
                session.good("Proved:"), proof.index, opened.checkpoint.origin,
                opened.checkpoint.size, describe_cosigned(opened, trust));
    base::Json json = checkpoint_json(opened, trust);
    std::get<base::Json::Object>(json.value)["index"] = number_json(proof.index);
    session.write_json(json);
    return 0;
}

// The keys alone decide: neither a quorum nor a policy is asked.
Outcome verify_evidence(Session& session, const Options& options) {
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    const std::string text = TRY(read_input(options.evidence, log::k_longest_evidence));
    const log::ForkEvidence evidence = TRY(log::parse_fork_evidence(text));
    const log::Fork fork = TRY(log::verify(evidence, trust.trust.log()));
    session.say(
        "{} {} signed two trees of which neither grew out of the other.\n"
        "  of {} entries it signed   {}\n  of these its other tree has {}\n"
        "Whoever holds the log's key has deceived someone. Act on nothing that it says.\n",
        session.bad("Forked:"), fork.larger.origin, fork.smaller.size,
        base::to_hex(fork.smaller.root), base::to_hex(fork.beginning));
    session.write_json({base::Json::Object{{"log", text_json(fork.larger.origin)},
                                           {"forked", flag_json(true)},
                                           {"size", number_json(fork.smaller.size)}}});
    return 0;
}

void say_kept(Session& session, const log::PromiseStanding& standing,
              const log::OpenedCheckpoint& opened, const LogTrust& trust) {
    session.say("{} the witnessed log of {} entries has it as entry {}.\n  cosigned by {}\n",
                session.good("Kept:"), opened.checkpoint.size, standing.index,
                describe_cosigned(opened, trust));
}

// What the log signed when it took the statement in, against what it shows its witnesses.
Outcome verify_promise(Session& session, const Options& options) {
    if (options.entry.empty() || options.source.empty()) {
        return fail(ErrorKind::usage,
                    "verifying a promise: name the log (a URL or folder) and what it promised to "
                    "hold, with --entry FILE");
    }
    const LogTrust trust = TRY(read_log_trust(session, options.trust));
    const std::string text = TRY(read_input(options.promise, log::k_longest_proof_file));
    const std::string entry = TRY(read_input(options.entry, log::k_longest_entry));
    log::RemoteLog remote(TRY(executor::open_log_source(options.source)));
    const log::ProofFile promise = TRY(log::parse_proof_file(text));
    const std::string checkpoint = TRY(remote.checkpoint());
    const log::OpenedCheckpoint opened = TRY(log::open_witnessed(checkpoint, trust.trust));
    const log::PromiseStanding standing =
        TRY(log::check_promise(promise, base::as_bytes(entry), remote, opened, trust.trust));
    session.write_json({base::Json::Object{{"promised", number_json(standing.index)},
                                           {"settled", base::Json{standing.is_settled}},
                                           {"broken", base::Json{standing.broken.has_value()}},
                                           {"size", number_json(opened.checkpoint.size)}}});
    if (!standing.is_settled) {
        return fail(ErrorKind::waiting,
                    fmt::format("the log promised entry {} with {} entries, and its witnesses have "
                                "seen {}: ask again later",
                                standing.index, standing.size, opened.checkpoint.size));
    }
    if (!standing.broken) {
        say_kept(session, standing, opened, trust);
        return 0;
    }
    return fail(ErrorKind::denied, TRY(promise_alarm(standing, options.promise)));
}

Outcome verify(Session& session, const Options& options) {
    if (!options.promise.empty()) {
        return verify_promise(session, options);
    }
    const int subjects = (options.source.empty() ? 0 : 1) + (options.proof.empty() ? 0 : 1) +
                         (options.evidence.empty() ? 0 : 1);
    if (subjects != 1) {
        return fail(ErrorKind::usage,
                    "verifying: name a log (a URL or folder), or --proof FILE --entry FILE, or "
                    "--evidence FILE");
    }
    return !options.proof.empty()      ? verify_proof(session, options)
           : !options.evidence.empty() ? verify_evidence(session, options)
                                       : verify_log(session, options);
}

// An entry with its index: by number, or by looking for a file's bytes through the whole log.
struct Found {
    std::uint64_t index = 0;
    std::string entry;
};

Result<Found> find(const log::RemoteLog& remote, const std::string& checkpoint,
                   const log::OpenedCheckpoint& opened, const log::Trust& trust,
                   const std::string& subject) {
    if (const auto index = base::parse_number(subject, log::k_largest_size)) {
        return Found{*index, TRY(remote.entry(*index, opened.checkpoint.size))};
    }
    const std::string wanted = TRY(read_input(subject, log::k_longest_entry));
    std::optional<std::uint64_t> place;
    ProgressLine progress("looking for it");
    TRY(remote.follow(
        {}, checkpoint, trust,
        [&](std::uint64_t index, std::string_view entry) -> Result<void> {
            if (!place && entry == wanted) {
                place = index;
            }
            return {};
        },
        std::ref(progress)));
    if (!place) {
        return fail(ErrorKind::waiting, fmt::format("{} is NOT RECORDED among the {} entries of {}",
                                                    base::shown(subject), opened.checkpoint.size,
                                                    opened.checkpoint.origin));
    }
    return Found{*place, wanted};
}

struct Proved {
    LogTrust trust;
    log::OpenedCheckpoint opened;
    Found found;
    log::ProofFile proof;
};

Result<Proved> find_and_prove(Session& session, const Options& options) {
    LogTrust trust = TRY(read_log_trust(session, options.trust));
    log::RemoteLog remote(TRY(executor::open_log_source(options.source)));
    const std::string checkpoint = TRY(remote.checkpoint());
    log::OpenedCheckpoint opened = TRY(log::open_witnessed(checkpoint, trust.trust));
    Found found = TRY(find(remote, checkpoint, opened, trust.trust, options.subject));
    log::ProofFile proof = TRY(remote.prove(found.index, found.entry, opened));
    return Proved{std::move(trust), std::move(opened), std::move(found), std::move(proof)};
}

Outcome prove(Session& session, const Options& options) {
    if (options.output.empty()) {
        session.keep_stdout_for_data();
    }
    const Proved proved = TRY(find_and_prove(session, options));
    const std::string text = log::render(proved.proof);
    if (!options.output.empty()) {
        TRY(store::write_file_durably(options.output, text));
        session.say("{} entry {} of {}: {}\n", session.good("Proved:"), proved.found.index,
                    proved.opened.checkpoint.origin, base::shown(options.output));
        session.write_json({base::Json::Object{{"index", number_json(proved.found.index)},
                                               {"proof", text_json(options.output)}}});
        return 0;
    }
    if (session.globals.json) {
        session.write_json({base::Json::Object{{"index", number_json(proved.found.index)},
                                               {"proof", text_json(text)}}});
        return 0;
    }
    session.write_data(text);
    return 0;
}

Outcome show(Session& session, const Options& options) {
    session.keep_stdout_for_data();
    const Proved proved = TRY(find_and_prove(session, options));
    const std::string& entry = proved.found.entry;
    if (session.globals.json) {
        session.write_json(
            {base::Json::Object{{"index", number_json(proved.found.index)},
                                {"id", text_json(base::to_text(base::sha256(entry)))},
                                {"entry", text_json(entry)}}});
        return 0;
    }
    session.say("{} entry {} of {} ({} entries, cosigned by {})\n", session.good("Verified:"),
                proved.found.index, proved.opened.checkpoint.origin, proved.opened.checkpoint.size,
                describe_cosigned(proved.opened, proved.trust));
    std::string_view rest = entry;
    while (!rest.empty()) {
        session.write_data(base::shown(base::take_until(rest, '\n')) + '\n');
    }
    return 0;
}

void add_trust(CLI::App* command, Options& options) {
    command
        ->add_option("--trust", options.trust,
                     "Whom to trust: a file as C2SP tlog-policy has it (else the domain's policy)")
        ->type_name("FILE");
}

}  // namespace

void add_log_reading(CLI::App& log, Session& session) {
    auto options = std::make_shared<Options>();
    CLI::App* verifying = add_command(
        log, "verify", "Read a whole log and check that it is what its log and witnesses signed",
        "  cheget log verify https://log.example.org\n"
        "  cheget log verify /var/lib/cheget/log/public --trust prod.trust\n"
        "  cheget log verify --proof veto.tlog-proof --entry veto.vote\n"
        "  cheget log verify --evidence fork.evidence\n"
        "  cheget log verify https://log.example.org --promise veto.vote.tlog-promise \\\n"
        "      --entry veto.vote");
    verifying->add_option("source", options->source, "What the log publishes")
        ->type_name("URL|FOLDER");
    verifying->add_option("--proof", options->proof, "A proof file to check instead")
        ->type_name("FILE");
    verifying->add_option("--entry", options->entry, "What the proof is about")->type_name("FILE");
    verifying
        ->add_option("--promise", options->promise,
                     "What the log signed when it took --entry in: whether it kept that")
        ->type_name("FILE");
    verifying->add_option("--evidence", options->evidence, "Evidence of a fork to check instead")
        ->type_name("FILE");
    add_trust(verifying, *options);
    on_chosen(verifying, session, [&session, options] { return verify(session, *options); });

    CLI::App* proving = add_command(
        log, "prove", "Get a proof that a statement is in a log, to be checked without the log",
        "  cheget log prove https://log.example.org veto.vote --output veto.tlog-proof\n"
        "  cheget log prove https://log.example.org 4711");
    CLI::App* showing = add_command(log, "show", "Show an entry of a log, once it is verified",
                                    "  cheget log show https://log.example.org 4711");
    for (CLI::App* command : {proving, showing}) {
        command->add_option("source", options->source, "What the log publishes")
            ->required()
            ->type_name("URL|FOLDER");
        command->add_option("entry", options->subject, "Its index, or the signed statement's file")
            ->required()
            ->type_name("INDEX|FILE");
        add_trust(command, *options);
    }
    proving->add_option("--output", options->output, "Where to write the proof (else stdout)")
        ->type_name("FILE");
    on_chosen(proving, session, [&session, options] { return prove(session, *options); });
    on_chosen(showing, session, [&session, options] { return show(session, *options); });
}

}  // namespace cheget::cli
