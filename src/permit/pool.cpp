// Sorts statements by kind.
#include "permit/pool.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace cheget::permit {

namespace {

using statement::Kind;

/// How a text begins, for naming one that can't be read.
std::string beginning(std::string_view text) {
    const std::string_view line = base::take_until(text, '\n');
    return fmt::format("'{}'", base::shown(line.substr(0, 60)));
}

base::Result<void> sort_one(std::string_view whole, std::optional<std::uint64_t> index,
                            Pool& pool) {
    auto signed_text = TRY(statement::split_signed(whole));
    Item item{whole, std::move(signed_text), index};
    const Kind kind = TRY(statement::kind_of(item.signed_text.text));
    switch (kind) {
        case Kind::order:
            pool.orders.push_back(std::move(item));
            break;
        case Kind::vote: {
            VoteItem vote{std::move(item), {}};
            vote.fields = TRY(statement::parse_vote_fields(vote.signed_text.text));
            auto& votes = std::holds_alternative<statement::OnOrder>(vote.fields.on)
                              ? pool.order_votes
                              : pool.policy_votes;
            votes.push_back(std::move(vote));
            break;
        }
        case Kind::revocation:
            pool.revocations.push_back(std::move(item));
            break;
        case Kind::claim:
            pool.claims.push_back(std::move(item));
            break;
        case Kind::receipt:
            pool.receipts.push_back(std::move(item));
            break;
        case Kind::policy:
            return base::bad_input("a policy comes into force by votes on it, never by itself");
        case Kind::fact:
            pool.facts.push_back(std::move(item));
            break;
        case Kind::enactment:
            pool.enactments.push_back(std::move(item));
            break;
        case Kind::custody:
            pool.custody.push_back(std::move(item));
            break;
    }
    return {};
}

void take(std::string_view whole, std::optional<std::uint64_t> index, Pool& pool) {
    if (auto sorted = sort_one(whole, index, pool); !sorted) {
        pool.ignored.push_back({beginning(whole), std::move(sorted).error().message});
    }
}

}  // namespace

Pool sort_statements(const std::vector<std::string_view>& statements) {
    Pool pool;
    for (const std::string_view whole : statements) {
        take(whole, std::nullopt, pool);
    }
    return pool;
}

Pool sort_entries(const std::vector<Entry>& entries,
                  const std::vector<std::string_view>& statements) {
    Pool pool;
    std::set<std::string_view> logged;
    for (const Entry& entry : entries) {
        take(entry.whole, entry.index, pool);
        logged.insert(entry.whole);
    }
    for (const std::string_view whole : statements) {
        if (!logged.contains(whole)) {
            take(whole, std::nullopt, pool);
        }
    }
    return pool;
}

std::string name_of(const VoteItem& vote) {
    return fmt::format("vote {} by {} ({})", statement::name_of(vote.fields.verdict),
                       vote.fields.by, base::to_text(statement::id_of(vote.signed_text.text)));
}

std::string name_of(Kind kind, const Item& item) {
    return fmt::format("{} ({})", statement::name_of(kind),
                       base::to_text(statement::id_of(item.signed_text.text)));
}

}  // namespace cheget::permit
