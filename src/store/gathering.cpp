// Gathering signed texts.
#include "store/gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "permit/permit.h"
#include "signature/sshsig.h"

namespace cheget::store {

using base::Digest;
using base::Result;
using statement::Kind;

namespace {

constexpr std::size_t k_most_facts = 65'536;
/// Copies of one text with other signatures, and words of the same second, are several.
constexpr std::size_t k_newest_facts = 16;

bool is_about(const statement::Fact& fact, const Digest& order_id, const statement::Order& order) {
    if (const auto* about = std::get_if<statement::AboutTarget>(&fact.about)) {
        const auto* target = std::get_if<std::string>(&order.target);
        return target != nullptr && about->target == *target;
    }
    if (const auto* about = std::get_if<statement::AboutFile>(&fact.about)) {
        const auto* sign = std::get_if<statement::Sign>(&order.deed);
        return (sign != nullptr && sign->digest == about->digest) ||
               std::any_of(order.files.begin(), order.files.end(),
                           [&](const auto& file) { return file.digest == about->digest; });
    }
    if (const auto* about = std::get_if<statement::OnOrder>(&fact.about)) {
        return about->id == order_id;
    }
    return true;
}

/// What a source's words on one thing are filed under.
using Saying = std::tuple<std::string, std::string, std::string>;

Saying saying_of(const statement::Fact& fact) {
    std::string subject;
    if (const auto* target = std::get_if<statement::AboutTarget>(&fact.about)) {
        subject = "target " + target->target;
    } else if (const auto* file = std::get_if<statement::AboutFile>(&fact.about)) {
        subject = "file " + base::to_hex(file->digest);
    } else if (const auto* order = std::get_if<statement::OnOrder>(&fact.about)) {
        subject = "order " + base::to_hex(order->id);
    }
    return {fact.fact, subject, fact.by};
}

struct DatedFact {
    base::Time at;
    std::string signed_text;
};

Result<statement::Fact> read_fact(std::string_view signed_text) {
    const statement::SignedText parts = TRY(statement::split_signed(signed_text));
    return statement::parse_fact(parts.text);
}

/// Keeps it if it is about the order, and one of the newest of its kind.
void keep_fact(std::string signed_text, const Digest& order_id, const statement::Order& order,
               std::map<Saying, std::vector<DatedFact>>& kept) {
    const auto fact = read_fact(signed_text);
    if (!fact || fact->domain != order.domain || !is_about(*fact, order_id, order)) {
        return;
    }
    std::vector<DatedFact>& same = kept[saying_of(*fact)];
    DatedFact dated{fact->at, std::move(signed_text)};
    const auto newer = [](const DatedFact& left, const DatedFact& right) {
        return std::tie(right.at, right.signed_text) < std::tie(left.at, left.signed_text);
    };
    same.insert(std::upper_bound(same.begin(), same.end(), dated, newer), std::move(dated));
    if (same.size() > k_newest_facts) {
        same.pop_back();
    }
}

/// Calls `take` with every signed text of facts/, then with every fact of the inbox.
template <typename Take>
Result<void> for_facts(const Beneath& folder, Take take) {
    for (const std::string& name : TRY(folder.list("facts", k_most_facts))) {
        if (!name.ends_with(".fact")) {
            continue;
        }
        auto content = TRY(folder.read("facts/" + name, statement::k_longest_signed));
        if (content) {
            take(std::move(*content));
        }
    }
    Collection arrived;
    TRY(collect_inbox(folder, arrived,
                      [](const Belonging& one) { return one.kind == Kind::fact; }));
    for (std::string& signed_text : arrived.take()) {
        take(std::move(signed_text));
    }
    return {};
}

}  // namespace

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
    } else if (kind == Kind::custody) {
        belonging.briefcase = TRY(statement::parse_custody(parts.text)).briefcase;
    }
    return belonging;
}

Result<void> collect_facts(const Beneath& folder, const Digest& order_id,
                           const statement::Order& order, Collection& collection) {
    std::map<Saying, std::vector<DatedFact>> kept;
    TRY(for_facts(folder, [&](std::string signed_text) {
        keep_fact(std::move(signed_text), order_id, order, kept);
    }));
    for (auto& [saying, facts] : kept) {
        for (DatedFact& fact : facts) {
            TRY(collection.add(std::move(fact.signed_text)));
        }
    }
    return {};
}

std::string custody_folder(std::string_view briefcase) {
    return "custody/" + base::to_hex(base::sha256(briefcase));
}

Result<void> collect_custody(const Beneath& folder, std::string_view briefcase,
                             Collection& collection) {
    TRY(collect_folder(folder, custody_folder(briefcase), ".custody", collection));
    return collect_inbox(folder, collection,
                         [&](const Belonging& one) { return one.briefcase == briefcase; });
}

Result<void> collect_custody_of_signers(const Beneath& folder, Collection& collection) {
    std::set<std::string> briefcases;
    for (const std::string& whole : collection.texts()) {
        const auto parts = statement::split_signed(whole);
        for (const std::string_view armor :
             parts ? parts->signatures : std::vector<std::string_view>()) {
            const auto signature = signature::parse_armored(armor);
            const auto key = signature ? signature::PublicKey::from_blob(signature->public_key)
                                       : std::unexpected(signature.error());
            // Every key has a fingerprint; only briefcases have a folder by theirs.
            if (key && key->type() == signature::KeyType::ed25519) {
                briefcases.insert(key->fingerprint());
            }
        }
    }
    for (const std::string& briefcase : briefcases) {
        TRY(collect_folder(folder, custody_folder(briefcase), ".custody", collection));
    }
    return collect_inbox(folder, collection,
                         [&](const Belonging& one) { return briefcases.contains(one.briefcase); });
}

Result<std::optional<base::Time>> newest_saying(const Beneath& folder,
                                                const statement::Fact& like) {
    std::optional<base::Time> newest;
    TRY(for_facts(folder, [&](const std::string& signed_text) {
        const auto fact = read_fact(signed_text);
        if (fact && fact->domain == like.domain && saying_of(*fact) == saying_of(like)) {
            newest = std::max(newest, std::optional(fact->at));
        }
    }));
    return newest;
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
