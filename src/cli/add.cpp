// add: files statements that came by other ways, such as those signed with bare ssh-keygen.
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/vote.h"
#include "permit/permit.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view k_armor_begin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view k_permit_begin = "cheget permit v1\n";

/// Who must have signed a statement.
Result<std::string> signer_of(const statement::Statement& parsed) {
    if (const auto* order = std::get_if<statement::Order>(&parsed)) {
        return order->proposer;
    }
    if (const auto* vote = std::get_if<statement::Vote>(&parsed)) {
        return vote->by;
    }
    if (const auto* fact = std::get_if<statement::Fact>(&parsed)) {
        return fact->by;
    }
    if (const auto* claim = std::get_if<statement::Claim>(&parsed)) {
        return claim->executor;
    }
    if (const auto* receipt = std::get_if<statement::Receipt>(&parsed)) {
        return receipt->executor;
    }
    if (const auto* enactment = std::get_if<statement::Enactment>(&parsed)) {
        return enactment->by;
    }
    if (const auto* revocation = std::get_if<statement::Revocation>(&parsed)) {
        return revocation->by;
    }
    if (const auto* custody = std::get_if<statement::Custody>(&parsed)) {
        return custody->by;
    }
    return base::bad_input("reading who signed it: this kind of statement names no signer");
}

/// The vote's maker may be one whom the new policy brings in: then its key stands there.
Result<void> verify_by(const policy::Policy& policy, const statement::Statement& parsed,
                       statement::Kind kind, const statement::SignedText& parts) {
    std::string by = TRY(signer_of(parsed));
    auto verified = permit::verify_signer(policy, by, kind, parts);
    const auto* vote = std::get_if<statement::Vote>(&parsed);
    if (!verified && vote != nullptr &&
        std::holds_alternative<statement::PolicyReference>(vote->on)) {
        auto proposed = policy::parse_policy(vote->subject_text);
        if (proposed && permit::verify_signer(*proposed, by, kind, parts)) {
            return {};
        }
    }
    if (!verified) {
        return std::unexpected(verified.error());
    }
    return {};
}

/// A first policy: every signature on it must be one of its people's.
Result<void> verify_first_policy(const statement::SignedText& parts) {
    policy::Policy policy = TRY(policy::parse_policy(parts.text));
    for (std::string_view signature : parts.signatures) {
        bool known = std::any_of(
            policy.principals.begin(), policy.principals.end(), [&](const auto& principal) {
                return permit::verify_signer(policy, principal.name, statement::Kind::policy,
                                             {parts.text, {signature}})
                    .has_value();
            });
        if (!known) {
            return base::bad_input("a signature on the policy is by nobody who is in it");
        }
    }
    return {};
}

Result<std::string> verify_and_file(Session& session, store::DomainFolder& folder,
                                    const std::string& signed_text) {
    statement::SignedText parts = TRY(statement::split_signed(signed_text));
    if (parts.signatures.empty()) {
        return fail(ErrorKind::usage,
                    "it has no signature; sign it with `ssh-keygen -Y sign` and "
                    "give the .sig file beside it, or after it");
    }
    statement::Kind kind = TRY(statement::kind_of(parts.text));
    if (kind == statement::Kind::policy) {
        TRY(verify_first_policy(parts));
    } else {
        OpenDomain domain = TRY(open_domain(session));
        statement::Statement parsed = TRY(statement::parse(parts.text));
        TRY(verify_by(domain.policy(), parsed, kind, parts));
    }
    return TRY(folder.add(signed_text)).string();
}

/// The text with the signature that ssh-keygen put beside it, if it has none in itself.
Result<std::string> with_detached_signature(std::string content, const std::string& file,
                                            const std::string& next) {
    if (content.find(k_armor_begin) != std::string::npos) {
        return content;
    }
    std::error_code error;
    std::string beside = next.empty() ? file + ".sig" : next;
    if (!next.empty() || std::filesystem::exists(beside, error)) {
        content += TRY(store::read_file(beside, 65'535));
    }
    return content;
}

bool is_armor(const std::string& path) {
    auto content = store::read_file(path, 65'535);
    return content && content->starts_with(k_armor_begin);
}

Result<void> add_permit_file(Session& session, store::DomainFolder& folder,
                             const std::string& bytes, std::vector<std::string>& filed) {
    permit::Permit permit = TRY(permit::parse_permit(base::as_bytes(bytes)));
    for (std::string_view signed_text : permit.statements) {
        filed.push_back(TRY(verify_and_file(session, folder, std::string(signed_text))));
    }
    for (const permit::Permit::File& file : permit.files) {
        if (base::sha256(file.content) != file.digest) {
            return base::bad_input(
                fmt::format("the file {} in it has other bytes", base::to_text(file.digest)));
        }
        TRY(folder.add_named_file(base::as_text(file.content)));
        filed.push_back(folder.file_path(file.digest).string());
    }
    return {};
}

Result<void> add_one(Session& session, store::DomainFolder& folder, const std::string& file,
                     const std::string& next, std::vector<std::string>& filed) {
    std::string content = TRY(store::read_file(file, permit::k_most_file_bytes));
    if (content.starts_with(k_permit_begin)) {
        return add_permit_file(session, folder, content, filed);
    }
    std::string signed_text = TRY(with_detached_signature(std::move(content), file, next));
    filed.push_back(TRY(verify_and_file(session, folder, signed_text)));
    return {};
}

Outcome add(Session& session, const std::vector<std::string>& files) {
    store::DomainFolder folder = TRY(find_folder(session));
    std::vector<std::string> filed;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string& file = files[i];
        std::string next = i + 1 < files.size() && is_armor(files[i + 1]) ? files[++i] : "";
        auto added = add_one(session, folder, file, next, filed);
        if (!added) {
            return std::unexpected(
                base::within(fmt::format("adding {}", base::shown(file)), added.error()));
        }
    }
    for (const std::string& path : filed) {
        session.say("{} {}\n", session.good("Filed:"), base::shown(path));
    }
    session.write_json({base::Json::Object{{"filed", list_json(filed)}}});
    return 0;
}

}  // namespace

void add_add(CLI::App& app, Session& session) {
    CLI::App* command = add_command(
        app, "add", "File signed statements that came by mail, by USB stick or from ssh-keygen",
        "  cheget add bob.vote\n"
        "  cheget add vote.txt                    with vote.txt.sig beside it\n"
        "  cheget add vote.txt elsewhere.sig\n"
        "  cheget add order.permit                everything that a permit file holds");
    auto files = std::make_shared<std::vector<std::string>>();
    command->add_option("files", *files, "Signed statements, texts with their .sig, permit files")
        ->required()
        ->type_name("FILE");
    on_chosen(command, session, [&session, files] { return add(session, *files); });
}

}  // namespace cheget::cli
