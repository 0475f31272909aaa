// briefcase handover: a case goes from one bearer to the next, and both sign.
#include <CLI/App.hpp>

#include "base/text.h"
#include "cli/bearer.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using briefcase::Verdict;
using statement::CustodyEvent;
using statement::Kind;

struct Options {
    CaseOptions of_case;
    std::string from;
    std::string to;
    std::string giver_key;
    std::string receiver_key;
    std::string nonce;
    std::string output;
    std::string accept;
    bool ask = false;
    bool returned = false;
    bool anyway = false;
};

/// What is read before anybody signs.
struct Opened {
    briefcase::Case folder;
    std::unique_ptr<briefcase::Knowledge> knowledge;

    const policy::Policy& policy() const { return knowledge->domain().policy->policy; }
};

Result<Opened> open_case(const Options& options) {
    briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    auto knowledge = TRY(read_knowledge(folder));
    return Opened{std::move(folder), std::move(knowledge)};
}

/// Nobody takes over what they have not looked at.
Result<briefcase::Inspection> look_first(Session& session, const Opened& opened,
                                         const Options& options,
                                         std::optional<std::string> offered = std::nullopt) {
    auto evidence =
        TRY(gather_evidence(session, opened.folder, *opened.knowledge, options.of_case));
    evidence.offered = std::move(offered);
    auto found = TRY(briefcase::inspect(opened.folder, *opened.knowledge, evidence));
    tell_inspection(session, opened.folder, *opened.knowledge, found, evidence);
    if (found.verdict > Verdict::opened && !options.anyway) {
        return fail(ErrorKind::denied,
                    "taking it over: it is not as it should be; call its principal first. Who must "
                    "take it all the same adds --anyway");
    }
    return found;
}

std::string fresh_nonce() {
    std::array<std::uint8_t, 32> bytes{};
    fill_random(bytes.data(), bytes.size());
    return base::to_hex(bytes);
}

/// The receiver's part of the first step, remembered until the statement with it comes.
Outcome ask(Session& session, const Options& options) {
    const briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    const std::string nonce = fresh_nonce();
    const auto path = TRY(kept_path(options.of_case.keep, folder.fingerprint(), ".nonce"));
    TRY(store::make_folder_durably(path.parent_path(), 0700));
    TRY(store::write_file_durably(path, nonce + "\n", 0600));
    session.say(
        "Tell the giver:\n    cheget briefcase handover {} --to YOU --nonce {} --output "
        "handover.custody\n",
        base::shown(options.of_case.folder), nonce);
    session.write_json({base::Json::Object{{"nonce", text_json(nonce)}}});
    return 0;
}

/// Has the signers agree to a statement, completes it by what the case's TPM says of it, and shows
/// and returns its text. In that order: the TPM counts up for each statement, and a step that
/// nobody tells looks like an earlier state put back.
Result<std::string> agree(Session& session, const Opened& opened, const Options& options,
                          statement::Custody& said, std::string_view question) {
    auto tpm = TRY(tpm_of(opened.folder, options.of_case.tpm));
    std::string draft = TRY(statement::render(said));
    show_what_is_signed(session, draft);
    if (tpm) {
        session.say(
            "To this its TPM adds the tries that are left, its counter and its quote, once you "
            "agree.\n");
    }
    TRY(session.confirm(question));
    if (!tpm) {
        return draft;
    }
    TRY(briefcase::attest(said, *tpm, opened.folder.seal().tpm));
    std::string text = TRY(statement::render(said));
    show_what_is_signed(session, text);
    return text;
}

Result<statement::Custody> make_handover(const Opened& opened, const Options& options,
                                         const std::string& from, const std::string& nonce) {
    statement::Custody handover = TRY(briefcase::next_custody(opened.folder, from, now()));
    handover.event = CustodyEvent::handover;
    handover.from = from;
    handover.to = options.to;
    handover.nonce = nonce;
    return handover;
}

Result<void> check_parties(const Opened& opened, const briefcase::Inspection& found,
                           const std::string& from, const std::string& to) {
    for (const std::string& name : {from, to}) {
        if (!opened.policy().find_principal(name)) {
            return fail(ErrorKind::usage,
                        fmt::format("handing it over: the policy that the briefcase knows has no "
                                    "`{}`",
                                    base::shown(name)));
        }
    }
    if (from == to) {
        return fail(ErrorKind::usage, "handing it over: giver and receiver are one");
    }
    if (found.record.holder != from) {
        return fail(
            ErrorKind::denied,
            fmt::format("handing it over: by its journal {} has it, and not {}",
                        found.record.holder.empty() ? "nobody" : found.record.holder, from));
    }
    return {};
}

void tell_done(Session& session, const Options& options, const statement::Custody& said) {
    session.say("{} {} has it now, from {}.\n", session.good("Handed over:"), *said.to, *said.from);
    session.write_json({base::Json::Object{{"from", text_json(*said.from)},
                                           {"nonce", text_json(*said.nonce)},
                                           {"to", text_json(*said.to)}}});
    if (!options.output.empty()) {
        session.say("The statement is in {}: the giver keeps it, to compare later.\n",
                    base::shown(options.output));
    }
}

Result<void> write_output(const Options& options, std::string_view signed_text) {
    if (options.output.empty()) {
        return {};
    }
    return store::write_file_durably(std::filesystem::absolute(options.output), signed_text);
}

/// Its TPM has counted up for it, whether it is accepted or not.
Result<void> keep_begun(const Opened& opened, const std::string& signed_by_giver) {
    return opened.folder.seal().tpm.empty() ? Result<void>()
                                            : opened.folder.keep_offer(signed_by_giver);
}

/// Both on one computer.
Outcome hand_over(Session& session, const Options& options) {
    const Opened opened = TRY(open_case(options));
    const Signer giver =
        TRY(signer_of(session, *opened.knowledge, options.from, options.giver_key));
    const Signer receiver =
        TRY(signer_of(session, *opened.knowledge, options.to, options.receiver_key));
    const auto found = TRY(look_first(session, opened, options));
    TRY(check_parties(opened, found, giver.name(), options.to));
    statement::Custody handover = TRY(make_handover(opened, options, giver.name(), fresh_nonce()));
    const std::string text = TRY(agree(
        session, opened, options, handover,
        fmt::format("Hand it over from {} to {}, both signing?", giver.name(), receiver.name())));
    std::string whole = TRY(giver.sign(opened.policy(), Kind::custody, text));
    const auto other = receiver.sign(opened.policy(), Kind::custody, text);
    if (!other) {
        TRY(keep_begun(opened, whole));
        return std::unexpected(other.error());
    }
    whole += std::string_view(*other).substr(text.size());
    TRY(opened.folder.append_to_journal(whole));
    TRY(keep_statement(options.of_case.keep, opened.folder.fingerprint(), whole));
    TRY(write_output(options, whole));
    tell_done(session, options, handover);
    return 0;
}

/// The giver's step.
Outcome give(Session& session, const Options& options) {
    if (options.nonce.empty()) {
        return fail(ErrorKind::usage,
                    "handing it over in two steps: the receiver's tool makes a nonce first "
                    "(`cheget briefcase handover CASE --ask`); give it here with --nonce");
    }
    const Opened opened = TRY(open_case(options));
    const Signer giver =
        TRY(signer_of(session, *opened.knowledge, options.from, options.giver_key));
    const auto found = TRY(look_first(session, opened, options));
    TRY(check_parties(opened, found, giver.name(), options.to));
    statement::Custody handover = TRY(make_handover(opened, options, giver.name(), options.nonce));
    const std::string text =
        TRY(agree(session, opened, options, handover,
                  fmt::format("Give it to {} and sign so as {}?", options.to, giver.name())));
    const std::string offer = TRY(giver.sign(opened.policy(), Kind::custody, text));
    TRY(keep_begun(opened, offer));
    TRY(write_output(options, offer));
    session.say(
        "{} {}\nThe receiver takes it over with\n    cheget briefcase handover {} --accept "
        "{}\n",
        session.good("Written:"), base::shown(options.output), base::shown(options.of_case.folder),
        base::shown(options.output));
    return 0;
}

/// What the receiver's tool demands of the giver's statement.
Result<void> check_offer(const Opened& opened, const statement::Custody& offered,
                         const statement::SignedText& parts, const std::string& nonce) {
    const auto expected =
        TRY(briefcase::next_custody(opened.folder, offered.from.value_or(""), offered.at));
    const auto refuse = [](std::string_view why) {
        return fail(ErrorKind::denied, fmt::format("taking it over: {}", why));
    };
    const auto checked = briefcase::check_offer(opened.folder, *opened.knowledge, offered, parts);
    if (!checked) {
        return refuse(checked.error().message);
    }
    if (offered.previous != expected.previous) {
        return refuse("the statement does not go on from the end of the journal");
    }
    if (offered.nonce != nonce) {
        return refuse(
            "it has another nonce than the one that was asked for here: it may be an "
            "old statement");
    }
    return {};
}

/// Where the case has a TPM, it must have spoken over this very statement, just now.
Result<void> check_quote(const Opened& opened, const statement::Custody& offered,
                         const Options& options) {
    auto tpm = TRY(tpm_of(opened.folder, options.of_case.tpm));
    if (!tpm) {
        return {};
    }
    const auto refuse = [](std::string_view why) {
        return fail(ErrorKind::denied, fmt::format("taking it over: {}", why));
    };
    if (!offered.quote) {
        return refuse("its TPM did not speak in the giver's statement");
    }
    const base::Digest challenge = TRY(permit::custody_challenge(offered));
    const auto quote = signature::verify_tpm_quote(base::as_bytes(*offered.quote), challenge.bytes);
    if (!quote) {
        return refuse("the TPM's word does not hold: " + quote.error().message);
    }
    const std::string& line = opened.folder.seal().tpm;
    if (!(quote->key == TRY(briefcase::attestation_key_of(line)))) {
        return refuse("another TPM spoke than the one of its seal");
    }
    const briefcase::Tries now_there = TRY(tpm->tries(line));
    if (quote->counter != now_there.counter || offered.counter != quote->counter) {
        return refuse(
            "its TPM's counter has gone on since the giver's statement: ask for "
            "another one");
    }
    return {};
}

/// The receiver's step.
Outcome accept(Session& session, const Options& options) {
    const Opened opened = TRY(open_case(options));
    const std::string offer = TRY(store::read_file(options.accept, statement::k_longest_signed));
    const auto parts = TRY(statement::split_signed(offer));
    const statement::Custody offered = TRY(statement::parse_custody(parts.text));
    const auto nonce_file =
        TRY(kept_path(options.of_case.keep, opened.folder.fingerprint(), ".nonce"));
    std::string nonce = TRY(store::read_file(nonce_file, 200));
    while (!nonce.empty() && nonce.back() == '\n') {
        nonce.pop_back();
    }
    TRY(check_offer(opened, offered, parts, nonce));
    TRY(check_quote(opened, offered, options));
    const Signer receiver =
        TRY(signer_of(session, *opened.knowledge, *offered.to, options.receiver_key));
    const bool has_tpm = !opened.folder.seal().tpm.empty();
    const auto found =
        TRY(look_first(session, opened, options, has_tpm ? std::optional(offer) : std::nullopt));
    Options named = options;
    named.to = *offered.to;
    TRY(check_parties(opened, found, *offered.from, *offered.to));
    show_what_is_signed(session, parts.text);
    TRY(session.confirm(
        fmt::format("Take it over from {} and sign so as {}?", *offered.from, receiver.name())));
    const std::string signed_by_receiver =
        TRY(receiver.sign(opened.policy(), Kind::custody, parts.text));
    const std::string whole =
        offer + signed_by_receiver.substr(std::string_view(parts.text).size());
    TRY(opened.folder.append_to_journal(whole));
    TRY(keep_statement(options.of_case.keep, opened.folder.fingerprint(), whole));
    std::error_code error;
    std::filesystem::remove(nonce_file, error);
    TRY(write_output(options, whole));
    tell_done(session, options, offered);
    return 0;
}

/// Back in its principal's hands: their word alone, as nobody else could say so.
Outcome take_back(Session& session, const Options& options) {
    const Opened opened = TRY(open_case(options));
    const std::string& principal = opened.folder.seal().principal;
    const Signer signer =
        TRY(signer_of(session, *opened.knowledge, principal, options.receiver_key));
    TRY(look_first(session, opened, options));
    statement::Custody returned = TRY(briefcase::next_custody(opened.folder, principal, now()));
    returned.event = CustodyEvent::returned;
    const std::string text =
        TRY(agree(session, opened, options, returned,
                  fmt::format("Sign as {} that it is in your hands again?", principal)));
    const std::string whole = TRY(signer.sign(opened.policy(), Kind::custody, text));
    TRY(opened.folder.append_to_journal(whole));
    TRY(keep_statement(options.of_case.keep, opened.folder.fingerprint(), whole));
    session.say("{} {} has it again.\n", session.good("Returned:"), principal);
    session.write_json({base::Json::Object{{"to", text_json(principal)}}});
    TRY(write_output(options, whole));
    return 0;
}

Outcome choose_step(Session& session, const Options& options) {
    if (options.returned) {
        return take_back(session, options);
    }
    if (options.ask) {
        return ask(session, options);
    }
    if (!options.accept.empty()) {
        return accept(session, options);
    }
    if (options.to.empty()) {
        return fail(ErrorKind::usage, "handing it over: say with --to NAME who receives it");
    }
    return options.nonce.empty() && options.output.empty() ? hand_over(session, options)
                                                           : give(session, options);
}

}  // namespace

void add_briefcase_handover(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "handover", "Hand a briefcase from one bearer to the next: both sign",
        "  cheget briefcase handover /media/case --from alice --to bob\n"
        "On two computers:\n"
        "  cheget briefcase handover /media/case --ask                     (the receiver)\n"
        "  cheget briefcase handover /media/case --to bob --nonce 5f0c… --output it (the giver)\n"
        "  cheget briefcase handover /media/case --accept it                (the receiver)");
    auto options = std::make_shared<Options>();
    add_case_options(command, options->of_case);
    command->add_option("--from", options->from, "The giver (else found by the keys at hand)")
        ->type_name("NAME");
    command->add_option("--to", options->to, "The receiver")->type_name("NAME");
    command->add_option("--giver-key", options->giver_key, "The giver's key file")
        ->type_name("PATH");
    command->add_option("--receiver-key", options->receiver_key, "The receiver's key file")
        ->type_name("PATH");
    command->add_flag("--ask", options->ask,
                      "As the receiver: make the nonce that must stand in it");
    command->add_flag("--returned", options->returned,
                      "As its principal: it is in your hands again, whoever had it");
    command->add_option("--nonce", options->nonce, "As the giver: the receiver's nonce")
        ->type_name("HEX");
    command
        ->add_option("--output", options->output,
                     "As the giver, where to write it; else a copy of the whole statement")
        ->type_name("FILE");
    command->add_option("--accept", options->accept, "As the receiver: the giver's statement")
        ->type_name("FILE");
    command->add_flag("--anyway", options->anyway,
                      "Take it over although it is lost, altered or copied back");
    on_chosen(command, session, [&session, options] { return choose_step(session, *options); });
}

}  // namespace cheget::cli
