// Gathering signed texts.
#include "store/gathering.h"

#include <fmt/format.h>

#include "permit/permit.h"

namespace cheget::store {

using base::Digest;
using base::Result;
using statement::Kind;

Result<void> Collection::add(std::string signed_text) {
    if (!seen_.insert(base::sha256(signed_text)).second) {
        return {};
    }
    bytes_ += signed_text.size();
    if (texts_.size() == permit::k_most_statements || bytes_ > permit::k_most_statement_bytes) {
        return base::bad_input(
            fmt::format("gathering statements: there are more than {} of them or more than {} "
                        "bytes, the most that can be judged together; move what does not "
                        "belong here out of the folder",
                        permit::k_most_statements, permit::k_most_statement_bytes));
    }
    texts_.push_back(std::move(signed_text));
    return {};
}

Result<void> collect_folder(const Beneath& folder, const std::string& path, std::string_view ending,
                            Collection& collection) {
    for (const std::string& name : TRY(folder.list(path, permit::k_most_statements))) {
        if (!name.ends_with(ending)) {
            continue;
        }
        auto content =
            TRY(folder.read(fmt::format("{}/{}", path, name), statement::k_longest_signed));
        if (content) {
            TRY(collection.add(std::move(*content)));
        }
    }
    return {};
}

Result<Belonging> belonging_of(std::string_view signed_text) {
    statement::SignedText parts = TRY(statement::split_signed(signed_text));
    Kind kind = TRY(statement::kind_of(parts.text));
    Belonging belonging{kind, std::nullopt, false};
    if (kind == Kind::order) {
        belonging.order = statement::id_of(parts.text);
    } else if (kind == Kind::vote) {
        auto fields = TRY(statement::parse_vote_fields(parts.text));
        if (const auto* on = std::get_if<statement::OnOrder>(&fields.on)) {
            belonging.order = on->id;
        } else {
            belonging.changes_domain = true;
        }
    } else if (kind == Kind::claim) {
        belonging.order = TRY(statement::parse_claim(parts.text)).order;
    } else if (kind == Kind::receipt) {
        belonging.order = TRY(statement::parse_receipt(parts.text)).order;
    } else if (kind == Kind::revocation) {
        belonging.changes_domain = true;
    }
    return belonging;
}

Result<void> collect_inbox(const Beneath& folder, Collection& collection,
                           const std::function<bool(const Belonging&)>& wanted) {
    for (const std::string& name : TRY(folder.list("inbox", permit::k_most_statements))) {
        auto content = TRY(folder.read("inbox/" + name, statement::k_longest_signed));
        if (!content) {
            continue;
        }
        auto belonging = belonging_of(*content);
        if (belonging && wanted(*belonging)) {
            TRY(collection.add(std::move(*content)));
        }
    }
    return {};
}

}  // namespace cheget::store
