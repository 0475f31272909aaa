// show: a signed file as it is, with what it means, or split for other tools.
#include "statement/show.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "permit/permit.h"
#include "signature/sshsig.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ShowOptions {
    std::string subject;
    bool text = false;
    bool signatures = false;
    bool words = false;
};

/// What to show: a file, or an order of the domain's folder by its id.
Result<std::string> read_subject(Session& session, const std::string& named) {
    const std::string subject = order_named(session, named);
    std::error_code error;
    if (subject == "-" || (!looks_like_id(subject) && std::filesystem::exists(subject, error))) {
        return read_input(subject, statement::k_longest_signed);
    }
    store::DomainFolder folder = TRY(find_folder(session));
    base::Digest id = TRY(folder.find_order(subject));
    for (std::string& text : TRY(folder.order_statements(id))) {
        statement::SignedText parts = TRY(statement::split_signed(text));
        if (statement::id_of(parts.text) == id) {
            return std::move(text);
        }
    }
    return fail(ErrorKind::unreachable, fmt::format("showing {}: the order's text is not in the "
                                                    "folder",
                                                    base::shown(subject)));
}

void show_signatures(Session& session, const statement::SignedText& parts) {
    for (std::string_view armor : parts.signatures) {
        auto signature = signature::parse_armored(armor);
        if (!signature) {
            session.say("{} {}\n", session.bad("a signature that can't be read:"),
                        signature.error().message);
            continue;
        }
        auto key = signature::PublicKey::from_blob(signature->public_key);
        session.say("{} by the key {} in {}, not verified here (`cheget verify` does)\n",
                    session.faint("signature:"), key ? key->fingerprint() : "of an unknown kind",
                    base::shown(signature->name_space));
    }
}

base::Json as_json(const statement::SignedText& parts, statement::Kind kind) {
    base::Json::Object told;
    base::Digest id = statement::id_of(parts.text);
    told["kind"] = text_json(statement::name_of(kind));
    told["id"] = text_json(base::to_text(id));
    told["words"] = text_json(statement::words_text(id));
    told["text"] = text_json(parts.text);
    told["signatures"] =
        list_json(std::vector<std::string>(parts.signatures.begin(), parts.signatures.end()));
    return {told};
}

Outcome show(Session& session, const ShowOptions& options) {
    std::string content = TRY(read_subject(session, options.subject));
    statement::SignedText parts = TRY(statement::split_signed(content));
    if (options.text) {
        session.write_data(parts.text);
        return 0;
    }
    if (options.signatures) {
        for (std::string_view signature : parts.signatures) {
            session.write_data(signature);
        }
        return 0;
    }
    if (options.words) {
        session.write_data(statement::words_text(statement::id_of(parts.text)) + "\n");
        return 0;
    }
    auto kind = statement::kind_of(parts.text);
    auto parsed = kind ? statement::parse(parts.text)
                       : Result<statement::Statement>(std::unexpected(kind.error()));
    if (!parsed) {
        return std::unexpected(
            base::within(fmt::format("showing {}", base::shown(options.subject)), parsed.error()));
    }
    session.write_people(statement::show_text(parts.text));
    session.say("{} {}\n", session.faint("words:"),
                statement::words_text(statement::id_of(parts.text)));
    show_signatures(session, parts);
    session.write_json(as_json(parts, *kind));
    return 0;
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "show", "Show a signed statement, with what it means beside each line",
        "  cheget show bob.vote\n"
        "  cheget show latest\n"
        "  cheget show --text bob.vote > text; cheget show --signatures bob.vote > text.sig\n"
        "  cheget show --words latest");
    auto options = std::make_shared<ShowOptions>();
    command
        ->add_option("subject", options->subject,
                     "A file, or an order's id (a file named like one: ./NAME); `-` reads stdin")
        ->required()
        ->type_name("FILE|ID");
    CLI::Option* text = command->add_flag("--text", options->text, "The signed text alone");
    CLI::Option* signatures =
        command->add_flag("--signatures", options->signatures, "The armoured signatures alone");
    CLI::Option* words =
        command->add_flag("--words", options->words, "Twelve words to compare by voice");
    text->excludes(signatures)->excludes(words);
    signatures->excludes(words);
    on_chosen(command, session, [&session, options] { return show(session, *options); });
}

}  // namespace cheget::cli
