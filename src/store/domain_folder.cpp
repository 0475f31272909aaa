// The domain folder: where each kind of statement lies, and the gathering of what belongs together.
#include "store/domain_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "permit/permit.h"
#include "store/beneath.h"
#include "store/gathering.h"

namespace cheget::store {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using statement::Kind;

constexpr std::size_t k_most_orders = 65'536;
constexpr std::string_view k_first_policy = "policy/000001.policy";

std::optional<Digest> digest_of_name(std::string_view name) {
    auto digest = base::parse_digest(fmt::format("sha256:{}", name));
    return digest ? std::optional(*digest) : std::nullopt;
}

std::string order_folder(const Digest& order) {
    return fmt::format("orders/{}", base::to_hex(order));
}

/// An order's text, from its own place or the inbox; its id is checked.
Result<std::optional<std::string>> read_order(const Beneath& folder, const Digest& id) {
    std::string path = order_folder(id) + "/order";
    auto content = TRY(folder.read(path, statement::k_longest_signed));
    if (!content) {
        return std::nullopt;
    }
    auto parts = statement::split_signed(*content);
    if (!parts || statement::id_of(parts->text) != id) {
        return base::bad_input(
            fmt::format("reading {}: its text is not the one that its folder is "
                        "named after; fetch the order again from its proposer",
                        path));
    }
    return content;
}

struct DatedOrder {
    Digest id;
    std::optional<base::Time> proposed;  ///< absent if the order can't be read
};

DatedOrder dated(const Digest& id, const Result<std::optional<std::string>>& content) {
    auto parts = content && *content
                     ? statement::split_signed(**content)
                     : Result<statement::SignedText>(base::bad_input("there is no order"));
    auto order = parts ? statement::parse_order(parts->text)
                       : Result<statement::Order>(std::unexpected(parts.error()));
    return {id, order ? std::optional(order->proposed) : std::nullopt};
}

/// All orders with the time they claim to have been proposed at, newest first. Those that can't be
/// read come last: what somebody put beside an order must keep nobody from vetoing it.
Result<std::vector<DatedOrder>> dated_orders(const Beneath& folder) {
    std::vector<DatedOrder> all;
    for (const std::string& name : TRY(folder.list("orders", k_most_orders))) {
        auto id = digest_of_name(name);
        if (!id) {
            continue;
        }
        auto content = read_order(folder, *id);
        if (!content || *content) {
            all.push_back(dated(*id, content));
        }
    }
    Collection arrived;
    TRY(collect_inbox(folder, arrived,
                      [](const Belonging& one) { return one.kind == Kind::order; }));
    for (std::string& content : arrived.take()) {
        statement::SignedText parts = TRY(statement::split_signed(content));
        Digest id = statement::id_of(parts.text);
        bool known = std::any_of(all.begin(), all.end(),
                                 [&](const DatedOrder& one) { return one.id == id; });
        if (!known) {
            all.push_back(dated(id, std::move(content)));
        }
    }
    std::sort(all.begin(), all.end(), [](const DatedOrder& left, const DatedOrder& right) {
        // Newest first; an absent date is less than any.
        return std::tie(right.proposed, left.id) < std::tie(left.proposed, right.id);
    });
    return all;
}

/// The text with the signatures of both files, each once.
std::string united(const statement::SignedText& held, const statement::SignedText& added) {
    std::string content(held.text);
    std::set<std::string_view> written;
    for (const auto* source : {&held, &added}) {
        for (std::string_view signature : source->signatures) {
            if (written.insert(signature).second) {
                content += signature;
            }
        }
    }
    return content;
}

/// Files the statement under `stem` + `ending`. The same bytes are one file; another signature on
/// the same text gets a file of its own, so that a bad signature can't spoil a good one.
Result<std::string> file_statement(const Beneath& folder, const std::string& stem,
                                   std::string_view ending, std::string_view signed_text) {
    std::string path = fmt::format("{}{}", stem, ending);
    auto held = TRY(folder.read(path, statement::k_longest_signed));
    if (held && *held != signed_text) {
        path = fmt::format("{}-{}{}", stem, base::to_hex(base::sha256(signed_text)).substr(0, 16),
                           ending);
    }
    TRY(folder.write(path, signed_text));
    return path;
}

/// Files the first policy, uniting its signatures with those already there.
Result<std::string> add_policy(const Beneath& folder, const statement::SignedText& parts) {
    auto header = TRY(statement::parse_policy_header(parts.text));
    if (header.version != 1) {
        return base::bad_input(
            "adding a policy: only a domain's first policy is filed by itself, a "
            "later one enters inside votes on it; propose it with `cheget amend`");
    }
    auto held = TRY(folder.read(k_first_policy, statement::k_longest_signed));
    std::string content = united(parts, parts);
    if (held) {
        auto held_parts = TRY(statement::split_signed(*held));
        if (held_parts.text != parts.text) {
            return fail(ErrorKind::denied,
                        "adding a first policy: the folder already has another one, and a domain's "
                        "first policy never changes; use a folder of its own for it");
        }
        content = united(held_parts, parts);
    }
    if (content.size() > statement::k_longest_signed) {
        return base::bad_input(
            "adding signatures to the first policy: it would pass 65535 bytes; "
            "remove signatures that do not belong to its people");
    }
    TRY(folder.write(k_first_policy, content));
    return std::string(k_first_policy);
}

Result<std::string> add_vote(const Beneath& folder, std::string_view text,
                             std::string_view signed_text) {
    auto fields = TRY(statement::parse_vote_fields(text));
    std::string parent;
    if (const auto* on = std::get_if<statement::OnOrder>(&fields.on)) {
        parent = order_folder(on->id);
    } else {
        Digest id = std::get<statement::PolicyReference>(fields.on).id;
        parent = fmt::format("amendments/{}", base::to_hex(id));
        if (statement::id_of(fields.subject_text) != id) {
            return base::bad_input(
                "adding a vote: the policy in it is not the one that its `on` "
                "line names; ask its maker to vote again");
        }
        TRY(folder.write(parent + "/policy", fields.subject_text));
    }
    std::string stem = fmt::format("{}/votes/{}", parent, base::to_hex(statement::id_of(text)));
    return file_statement(folder, stem, ".vote", signed_text);
}

}  // namespace

Result<DomainFolder> DomainFolder::open(std::filesystem::path root) {
    Beneath folder = TRY(Beneath::open(root.string()));
    auto policy = TRY(folder.read(k_first_policy, statement::k_longest_signed));
    if (!policy) {
        return fail(ErrorKind::unreachable,
                    fmt::format("opening the domain folder {}: it has no {}; make a domain with "
                                "`cheget init`, or name another folder with --domain",
                                base::shown(root.string()), k_first_policy));
    }
    return DomainFolder(std::move(root));
}

Result<DomainFolder> DomainFolder::create(std::filesystem::path root,
                                          std::string_view signed_first_policy) {
    std::error_code error;
    std::filesystem::create_directories(root, error);
    if (error) {
        return fail(
            ErrorKind::unreachable,
            fmt::format("making the folder {}: {}", base::shown(root.string()), error.message()));
    }
    Beneath folder = TRY(Beneath::open(root.string()));
    if (TRY(folder.read(k_first_policy, statement::k_longest_signed))) {
        return fail(ErrorKind::usage,
                    fmt::format("making a domain in {}: there is one already; choose another "
                                "folder, or change its policy with `cheget amend`",
                                base::shown(root.string())));
    }
    statement::SignedText parts = TRY(statement::split_signed(signed_first_policy));
    TRY(add_policy(folder, parts));
    return open(std::move(root));
}

Result<std::string> DomainFolder::first_policy() const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    auto content = TRY(folder.read(k_first_policy, statement::k_longest_signed));
    if (!content) {
        return fail(ErrorKind::unreachable,
                    fmt::format("reading {}/{}: it is gone; fetch it again from whoever shares "
                                "this folder with you",
                                base::shown(root_.string()), k_first_policy));
    }
    return std::move(*content);
}

Result<std::vector<std::string>> DomainFolder::change_statements() const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    Collection collection;
    for (const std::string& name : TRY(folder.list("amendments", permit::k_most_statements))) {
        if (digest_of_name(name)) {
            TRY(collect_folder(folder, fmt::format("amendments/{}/votes", name), ".vote",
                               collection));
        }
    }
    TRY(collect_folder(folder, "revocations", ".revocation", collection));
    TRY(collect_inbox(folder, collection, [](const Belonging& one) { return one.changes_domain; }));
    TRY(collect_custody_of_signers(folder, collection));
    return collection.take();
}

Result<std::vector<Digest>> DomainFolder::orders() const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    std::vector<Digest> ids;
    for (const DatedOrder& order : TRY(dated_orders(folder))) {
        ids.push_back(order.id);
    }
    return ids;
}

Result<std::vector<Digest>> DomainFolder::amendments() const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    std::vector<Digest> ids;
    for (const std::string& name : TRY(folder.list("amendments", permit::k_most_statements))) {
        if (auto id = digest_of_name(name)) {
            ids.push_back(*id);
        }
    }
    return ids;
}

Result<std::string> DomainFolder::amendment(const Digest& id) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    std::string path = fmt::format("amendments/{}/policy", base::to_hex(id));
    auto text = TRY(folder.read(path, statement::k_longest_policy));
    if (!text || statement::id_of(*text) != id) {
        return base::bad_input(
            fmt::format("reading {}: it is absent, or not the text that its "
                        "folder is named after; fetch it again from its proposer",
                        path));
    }
    return std::move(*text);
}

Result<Digest> DomainFolder::find_latest_order() const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    std::vector<DatedOrder> dated = TRY(dated_orders(folder));
    if (dated.empty() || !dated[0].proposed) {
        return fail(ErrorKind::usage, fmt::format("finding the latest order: {} has none; make one "
                                                  "with `cheget propose`",
                                                  base::shown(root_.string())));
    }
    if (dated.size() > 1 && dated[0].proposed == dated[1].proposed) {
        return fail(ErrorKind::usage,
                    fmt::format("finding the latest order: {} and {} were proposed in the same "
                                "second; name the one that you mean",
                                base::to_hex(dated[0].id).substr(0, 12),
                                base::to_hex(dated[1].id).substr(0, 12)));
    }
    return dated.front().id;
}

Result<Digest> DomainFolder::find_order(std::string_view prefix) const {
    if (prefix == "latest") {
        return find_latest_order();
    }
    std::string_view digits = prefix.starts_with("sha256:") ? prefix.substr(7) : prefix;
    if (auto id = digest_of_name(digits)) {
        // A whole id needs no look at what else lies there.
        auto content = read_order(TRY(Beneath::open(root_.string())), *id);
        if (content && *content) {
            return *id;
        }
    }
    std::vector<Digest> all = TRY(orders());
    bool readable = digits.size() >= 4 && digits.size() <= 64 &&
                    digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!readable) {
        return fail(
            ErrorKind::usage,
            fmt::format("finding the order `{}`: an order is named by `latest` or by the "
                        "first digits of its id, four at least, as `cheget status` shows it",
                        base::shown(prefix)));
    }
    std::vector<Digest> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Digest& id) { return base::to_hex(id).starts_with(digits); });
    if (found.size() == 1) {
        return found.front();
    }
    return fail(
        ErrorKind::usage,
        fmt::format(
            "finding the order `{}`: {} in {}; `cheget status` lists what there is", digits,
            found.empty() ? "there is none of that id" : "several ids begin so, give more digits",
            base::shown(root_.string())));
}

Result<std::vector<std::string>> DomainFolder::order_statements(const Digest& order) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    Collection collection;
    std::string path = order_folder(order);
    if (auto content = TRY(read_order(folder, order))) {
        TRY(collection.add(std::move(*content)));
    }
    TRY(collect_folder(folder, path + "/votes", ".vote", collection));
    TRY(collect_folder(folder, path + "/receipts", ".claim", collection));
    TRY(collect_folder(folder, path + "/receipts", ".receipt", collection));
    TRY(collect_inbox(folder, collection,
                      [&](const Belonging& one) { return one.order == std::optional(order); }));
    TRY(collect_custody_of_signers(folder, collection));
    for (const std::string& signed_text : collection.texts()) {
        auto parts = statement::split_signed(signed_text);
        if (parts && statement::id_of(parts->text) == order) {
            if (auto parsed = statement::parse_order(parts->text)) {
                TRY(collect_facts(folder, order, *parsed, collection));
            }
            break;
        }
    }
    return collection.take();
}

Result<std::optional<base::Time>> DomainFolder::newest_saying(const statement::Fact& like) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    return store::newest_saying(folder, like);
}

Result<std::vector<std::string>> DomainFolder::custody(std::string_view briefcase) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    Collection collection;
    TRY(collect_custody(folder, briefcase, collection));
    return collection.take();
}

std::filesystem::path DomainFolder::file_path(const Digest& digest) const {
    return root_ / "files" / base::to_hex(digest);
}

Result<std::optional<std::string>> DomainFolder::read_named_file(const Digest& digest,
                                                                 std::size_t most) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    auto content = TRY(folder.read("files/" + base::to_hex(digest), most));
    if (content && base::sha256(*content) != digest) {
        return base::bad_input(
            fmt::format("reading files/{}: its bytes are not the ones that it is "
                        "named after; fetch it again",
                        base::to_hex(digest)));
    }
    return content;
}

Result<void> DomainFolder::add_named_file(std::string_view content) {
    Beneath folder = TRY(Beneath::open(root_.string()));
    return folder.write("files/" + base::to_hex(base::sha256(content)), content);
}

Result<void> DomainFolder::write_policy_copy(std::uint32_t version, std::string_view text) {
    Beneath folder = TRY(Beneath::open(root_.string()));
    if (version < 2) {
        return fail(ErrorKind::usage, "writing a policy's copy: the first policy is no copy");
    }
    return folder.write(fmt::format("policy/{:06}.policy", version), text);
}

Result<std::filesystem::path> DomainFolder::add(std::string_view signed_text) {
    Beneath folder = TRY(Beneath::open(root_.string()));
    statement::SignedText parts = TRY(statement::split_signed(signed_text));
    Belonging belonging = TRY(belonging_of(signed_text));
    std::string id = base::to_hex(statement::id_of(parts.text));
    std::string_view kind = statement::name_of(belonging.kind);
    std::string path;
    switch (belonging.kind) {
        case Kind::policy:
            path = TRY(add_policy(folder, parts));
            break;
        case Kind::order:
            path = fmt::format("orders/{}/order", id);
            TRY(folder.write(path, signed_text));
            break;
        case Kind::vote:
            path = TRY(add_vote(folder, parts.text, signed_text));
            break;
        case Kind::claim:
        case Kind::receipt:
            path = TRY(file_statement(
                folder, fmt::format("{}/receipts/{}", order_folder(*belonging.order), id),
                fmt::format(".{}", kind), signed_text));
            break;
        case Kind::revocation:
            path = TRY(file_statement(folder, "revocations/" + id, ".revocation", signed_text));
            break;
        case Kind::fact:
            path = TRY(file_statement(folder, "facts/" + id, ".fact", signed_text));
            break;
        case Kind::custody:
            path = TRY(file_statement(folder,
                                      fmt::format("{}/{}", custody_folder(belonging.briefcase), id),
                                      ".custody", signed_text));
            break;
        case Kind::enactment:
            path =
                TRY(file_statement(folder, "inbox/" + id, fmt::format(".{}", kind), signed_text));
            break;
    }
    return root_ / path;
}

Result<std::string> DomainFolder::make_permit(const Digest& order) const {
    Beneath folder = TRY(Beneath::open(root_.string()));
    std::vector<std::string> statements = TRY(change_statements());
    for (std::string& one : TRY(order_statements(order))) {
        if (std::find(statements.begin(), statements.end(), one) == statements.end()) {
            statements.push_back(std::move(one));
        }
    }

    permit::Permit permit;
    std::optional<statement::Order> parsed;
    for (const std::string& text : statements) {
        permit.statements.push_back(text);
        auto parts = statement::split_signed(text);
        if (!parsed && parts && statement::id_of(parts->text) == order) {
            parsed = TRY(statement::parse_order(parts->text));
        }
    }
    if (!parsed) {
        return fail(ErrorKind::unreachable,
                    fmt::format("making a permit: the order {} is not in the folder, only what "
                                "others said about it; fetch it from its proposer",
                                base::to_hex(order)));
    }
    std::set<Digest> named;
    for (const statement::FileReference& file : parsed->files) {
        named.insert(file.digest);
    }
    if (parsed->standard_input) {
        named.insert(parsed->standard_input->digest);
    }
    if (const auto* sign = std::get_if<statement::Sign>(&parsed->deed)) {
        named.insert(sign->digest);
    }
    std::vector<std::string> contents;
    contents.reserve(named.size());
    for (const Digest& digest : named) {
        auto content = TRY(folder.read("files/" + base::to_hex(digest), permit::k_most_file_bytes));
        if (content) {
            contents.push_back(std::move(*content));
            permit.files.push_back({digest, base::as_bytes(contents.back())});
        }
    }
    return permit::render_permit(permit);
}

}  // namespace cheget::store
