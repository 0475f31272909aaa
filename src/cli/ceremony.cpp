// The ceremony of signing.
#include "cli/ceremony.h"

#include <sodium.h>

#include "base/text.h"
#include "statement/show.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

using base::Result;

void fill_random(std::uint8_t* bytes, std::size_t size) {
    randombytes_buf(bytes, size);
}

statement::Vote new_vote(const policy::Policy& policy, statement::VoteSubject on,
                         statement::Verdict verdict, std::string by, std::string note,
                         std::string subject_text) {
    statement::Vote vote;
    vote.domain = policy.domain();
    vote.on = on;
    vote.verdict = verdict;
    vote.by = std::move(by);
    fill_random(vote.mark.data(), vote.mark.size());
    vote.voted = now();
    if (!note.empty()) {
        vote.note = std::move(note);
    }
    vote.subject_text = std::move(subject_text);
    return vote;
}

void show_what_is_signed(Session& session, std::string_view text) {
    session.say("{}\n", session.bold("What will be signed, byte for byte:"));
    session.write_people(statement::show_text(text));
    session.say("{} {}\n\n", session.faint("words:"),
                statement::words_text(statement::id_of(text)));
}

Result<Filed> sign_and_file(Session& session, store::DomainFolder& folder,
                            const policy::Policy& policy, const Signer& signer,
                            statement::Kind kind, std::string_view text, std::string_view question,
                            std::optional<AlsoSigned> also) {
    auto tell = [&](std::string_view begin, const Signer& one) {
        session.say("{} {} with {} ({}).\n", begin, session.bold(one.name()),
                    one.key().fingerprint(),
                    one.place() == "agent" ? "in the agent" : base::shown(one.place()));
    };
    tell("Signing as", signer);
    if (also) {
        tell("Signing also as", *also->signer);
    }
    TRY(session.confirm(question));
    Filed filed;
    filed.signed_text = TRY(signer.sign(policy, kind, text));
    if (also) {
        std::string second = TRY(also->signer->sign(*also->policy, kind, text));
        filed.signed_text += std::string_view(second).substr(text.size());
    }
    filed.path = TRY(folder.add(filed.signed_text));
    return filed;
}

Result<void> put_out_unsigned(Session& session, const policy::Policy& policy, statement::Kind kind,
                              std::string_view text, const std::string& output) {
    std::string file = output.empty() ? "TEXT" : output;
    if (output.empty()) {
        session.keep_stdout_for_data();
        session.write_data(text);
    } else {
        TRY(store::write_file_durably(std::filesystem::absolute(output), text));
    }
    session.say(
        "\nThis is the text to sign, to its last byte. With bare OpenSSH:\n"
        "    ssh-keygen -Y sign -f KEY -n {} {}\n"
        "then file it:\n"
        "    cheget add {}\n",
        statement::signature_namespace(kind, policy.header.domain), file, file);
    return {};
}

}  // namespace cheget::cli
