// briefcase reset: the recovery authority gives a briefcase its tries back, in the same room or far
// away. What is signed binds a nonce that the TPM drew for this session and forgets with it.
#include <fmt/format.h>

#include <CLI/App.hpp>

#include "base/text.h"
#include "briefcase/tpm.h"
#include "briefcase/tpm_reset.h"
#include "cli/briefcase.h"
#include "cli/commands.h"
#include "keys/signer.h"
#include "signature/sshsig.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::Bytes;
using base::BytesView;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_challenge = 4096;

struct Options {
    std::string folder;
    std::string tpm;
    std::string challenge_file;
    std::string answer_to;
    std::string seal;
};

Result<briefcase::TpmLine> line_of(const briefcase::Seal& seal) {
    if (seal.tpm.empty()) {
        return fail(ErrorKind::usage,
                    "this briefcase has no TPM: its tries are not limited, and nothing is to be "
                    "reset");
    }
    return briefcase::parse_tpm_line(seal.tpm);
}

/// What the TPM is about to ask, out of the bytes that are to be signed: they begin with its nonce.
Result<briefcase::ResetChallenge> challenge_for(const briefcase::Case& folder, BytesView bytes) {
    const briefcase::TpmLine line = TRY(line_of(folder.seal()));
    const signature::PublicKey recovery = TRY(briefcase::key_of(line.recovery));
    briefcase::ResetChallenge challenge;
    challenge.briefcase = folder.fingerprint();
    challenge.recovery = recovery.to_text();
    challenge.limit = line.limit;
    challenge.tries = briefcase::tries_name(line);
    if (bytes.size() < challenge.nonce.size()) {
        return fail(ErrorKind::corrupt_state, "the TPM's challenge has no nonce");
    }
    std::copy_n(bytes.begin(), challenge.nonce.size(), challenge.nonce.begin());
    if (briefcase::bytes_of_reset(challenge) != Bytes(bytes.begin(), bytes.end())) {
        return fail(ErrorKind::corrupt_state, "the TPM's challenge is not over this briefcase");
    }
    return challenge;
}

/// From far away: the challenge out, the answer in, while the session with the TPM lives.
Result<Bytes> ask_for_answer(Session& session, const Options& options, const std::string& text) {
    if (options.challenge_file.empty()) {
        session.say("{}\n", text);
    } else {
        TRY(store::write_file_durably(std::filesystem::absolute(options.challenge_file), text,
                                      0644));
        session.say("The challenge is in {}.\n", base::shown(options.challenge_file));
    }
    session.say(
        "The recovery authority answers it with `cheget briefcase reset --answer FILE --key "
        "THEIRS`.\nLeave this running, and the TPM on: another run asks another challenge. Enter "
        "the answer, one line:\n");
    const std::string answer = TRY(read_line());
    return briefcase::parse_reset_answer(answer);
}

Outcome reset(Session& session, const Options& options) {
    const std::string tcti = options.tpm.empty() ? environment("CHEGET_TPM") : options.tpm;
    if (options.folder.empty() || tcti.empty()) {
        return fail(ErrorKind::usage,
                    "resetting tries: name the briefcase and its TPM (--tpm, or CHEGET_TPM), or "
                    "answer a challenge with --answer FILE");
    }
    const briefcase::Case folder = TRY(briefcase::Case::open(options.folder));
    const std::string& line = folder.seal().tpm;
    const briefcase::TpmLine parsed = TRY(line_of(folder.seal()));
    briefcase::Tpm tpm = TRY(briefcase::Tpm::connect(tcti));
    const briefcase::Tries before = TRY(tpm.tries(line));
    session.say("{} of {} tries are left\n", before.left(), before.limit);
    const auto sign = [&](BytesView bytes) -> Result<Bytes> {
        const auto challenge = TRY(challenge_for(folder, bytes));
        if (session.globals.key.empty()) {
            return ask_for_answer(session, options, briefcase::render(challenge));
        }
        const signature::PublicKey recovery = TRY(briefcase::key_of(parsed.recovery));
        TRY(session.confirm(
            fmt::format("Give {} all its {} tries back?", challenge.briefcase, challenge.limit)));
        return keys::sign_bare_with(session.globals.key, recovery, bytes);
    };
    TRY(tpm.reset(line, sign));
    const briefcase::Tries after = TRY(tpm.tries(line));
    session.say("{} {} of {} tries are left\n", session.good("Reset:"), after.left(), after.limit);
    session.write_json({base::Json::Object{{"briefcase", text_json(folder.fingerprint())},
                                           {"tries_before", number_json(before.left())},
                                           {"tries", number_json(after.left())},
                                           {"limit", number_json(after.limit)}}});
    return 0;
}

/// Whether it is the challenge of the briefcase whose seal the authority kept.
Result<void> compare_with_seal(const briefcase::ResetChallenge& challenge,
                               const std::string& file) {
    const std::string text = TRY(read_input(file, briefcase::k_longest_seal));
    const briefcase::Seal seal = TRY(briefcase::parse_seal(text));
    const briefcase::TpmLine line = TRY(line_of(seal));
    const auto key = TRY(signature::PublicKey::from_text(seal.key));
    if (challenge.briefcase != key.fingerprint() || challenge.limit != line.limit ||
        challenge.tries != briefcase::tries_name(line)) {
        return fail(ErrorKind::denied,
                    fmt::format("the challenge is not of the briefcase that {} seals: another "
                                "briefcase, another TPM or another limit; don't sign",
                                base::shown(file)));
    }
    return {};
}

Outcome answer(Session& session, const Options& options) {
    if (session.globals.key.empty()) {
        return fail(ErrorKind::usage,
                    "answering a reset: name the recovery authority's key with --key FILE");
    }
    const std::string text = TRY(read_input(options.answer_to, k_longest_challenge));
    const auto challenge = TRY(briefcase::parse_reset_challenge(text));
    session.keep_stdout_for_data();
    session.say("{}", text);
    if (options.seal.empty()) {
        session.say(
            "{} which briefcase it is stands there by the word of who asks; --seal FILE "
            "compares it with a copy that you kept\n",
            session.warning("note:"));
    } else {
        TRY(compare_with_seal(challenge, options.seal));
    }
    const auto key = TRY(signature::PublicKey::from_text(challenge.recovery));
    TRY(session.confirm(
        fmt::format("Give {} all its {} tries back?", challenge.briefcase, challenge.limit)));
    const Bytes signature =
        TRY(keys::sign_bare_with(session.globals.key, key, briefcase::bytes_of_reset(challenge)));
    session.write_data(briefcase::render_reset_answer(signature) + "\n");
    return 0;
}

}  // namespace

void add_briefcase_reset(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "reset", "Give a briefcase its tries back, by the recovery authority's key",
        "  cheget briefcase reset /media/case --tpm device:/dev/tpmrm0 --key ~/.ssh/recovery\n"
        "  cheget briefcase reset /media/case --tpm device:/dev/tpmrm0 --challenge challenge\n"
        "  cheget briefcase reset --answer challenge --key ~/.ssh/recovery --seal kept/seal");
    auto options = std::make_shared<Options>();
    command->add_option("case", options->folder, "The briefcase")->type_name("CASE");
    CLI::Option* tpm = command->add_option(
        "--tpm", options->tpm, "Its TPM, such as device:/dev/tpmrm0 (else $CHEGET_TPM)");
    tpm->type_name("TCTI");
    command
        ->add_option("--challenge", options->challenge_file,
                     "Without --key: write the challenge into this file instead of showing it")
        ->type_name("FILE");
    command
        ->add_option("--answer", options->answer_to,
                     "At the recovery authority's: print the answer to this challenge (- for "
                     "stdin)")
        ->type_name("FILE")
        ->excludes(tpm);
    command
        ->add_option("--seal", options->seal,
                     "With --answer: refuse unless the challenge is of the briefcase so sealed")
        ->type_name("FILE");
    on_chosen(command, session, [&session, options] {
        return options->answer_to.empty() ? reset(session, *options) : answer(session, *options);
    });
}

}  // namespace cheget::cli
