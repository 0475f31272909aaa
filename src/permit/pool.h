// Statements sorted by what they are, each read once. Nothing in here is verified.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "permit/judge.h"
#include "statement/statement.h"

namespace cheget::permit {

struct Item {
    std::string_view whole;  ///< the text with its signatures
    statement::SignedText signed_text;
};

struct VoteItem : Item {
    statement::VoteFields fields;
};

/// Statements of one collection by kind, in the order given. Views point into the statements.
struct Pool {
    std::vector<Item> orders;
    std::vector<VoteItem> order_votes;
    std::vector<VoteItem> policy_votes;
    std::vector<Item> facts;
    std::vector<Item> revocations;
    std::vector<Item> claims;
    std::vector<Item> receipts;
    std::vector<Ignored> ignored;  ///< what did not parse, and kinds that nothing here asks for

    bool has_changes() const { return !policy_votes.empty() || !revocations.empty(); }
};

Pool sort_statements(const std::vector<std::string_view>& statements);

/// `vote approve by bob (sha256:…)`, for reports.
std::string name_of(const VoteItem& vote);
/// `claim (sha256:…)`.
std::string name_of(statement::Kind kind, const Item& item);

/// advance() on statements that are sorted already.
base::Result<Advance> advance_pool(const DomainState& state, const Pool& pool);

/// The policy with its rules; fails if it has a log, unless only statements are prepared under it,
/// and if it breaks its own assertions.
base::Result<std::shared_ptr<const KnownPolicy>> known_policy(
    std::string_view text, UnderLog under_log = UnderLog::refuse);
/// The same, with its assertions still to be held: that takes time.
base::Result<std::shared_ptr<const KnownPolicy>> unheld_policy(
    std::string_view text, UnderLog under_log = UnderLog::refuse);

}  // namespace cheget::permit
