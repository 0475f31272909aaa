// Statements sorted by what they are, each read once. Nothing in here is verified.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/witnessed_times.h"
#include "permit/judge.h"
#include "statement/statement.h"

namespace cheget::permit {

struct Item {
    std::string_view whole;  ///< the text with its signatures
    statement::SignedText signed_text;
    std::optional<std::uint64_t> index{};  ///< in the log; nothing for what came another way
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
    std::vector<Item> enactments;
    std::vector<Item> custody;
    std::vector<Ignored> ignored;  ///< what did not parse, and kinds that nothing here asks for

    bool has_changes() const { return !policy_votes.empty() || !revocations.empty(); }
};

Pool sort_statements(const std::vector<std::string_view>& statements);
/// Entries of a log, then what came another way. Of a statement that is in both the latter is left
/// out, unless another signature is on it.
Pool sort_entries(const std::vector<Entry>& entries,
                  const std::vector<std::string_view>& statements);

/// `vote approve by bob (sha256:…)`, for reports.
std::string name_of(const VoteItem& vote);
/// `claim (sha256:…)`.
std::string name_of(statement::Kind kind, const Item& item);

/// advance() on statements that are sorted already.
base::Result<Advance> advance_pool(const DomainState& state, const Pool& pool);

/// What an enactment says and shows of an amendment.
struct Enacted {
    statement::PolicyReference policy;
    std::uint64_t completed = 0;   ///< approvals of a higher index don't count
    base::Time start;              ///< of that entry, as the evidence shows it
    base::Time now_low;            ///< as the evidence shows it
    std::optional<bool> lowers{};  ///< where the analyser was asked before
};
/// advance() by an amendment that was enacted under a log: it alone takes force, if `pool`, the
/// votes on it below the enactment, bears it out. Advance::steps is empty if it does not.
base::Result<Advance> advance_enacted(const DomainState& state, const Pool& pool,
                                      const Enacted& enacted);

/// What judging knows under a log beside the statements.
struct LogContext {
    UnderLogMoment moment;
    const log::WitnessedTimes* times = nullptr;
    std::string refusal{};  ///< why the order can't be carried out, whoever signed it
    /// The policy that an entry found in force.
    std::function<base::Result<std::shared_ptr<const KnownPolicy>>(std::uint64_t)> policy_at{};
};
/// judge() on statements that are sorted already.
base::Result<Judgement> judge_pool(const DomainState& state, const Pool& pool, base::Time now,
                                   std::optional<LogContext> log, const HoldsMark& holds_mark);

/// Voids every key that the signed revocations name; nothing of them is verified. Fails with
/// corrupt_state if one can't be read or is of another domain.
base::Result<void> trust_revocations(DomainState& state,
                                     const std::vector<std::string>& signed_revocations);

/// The policy with its rules; fails if it has a log, unless only statements are prepared under it,
/// and if it breaks its own assertions.
base::Result<std::shared_ptr<const KnownPolicy>> known_policy(
    std::string_view text, UnderLog under_log = UnderLog::refuse);
/// The same, with its assertions still to be held: that takes time.
base::Result<std::shared_ptr<const KnownPolicy>> unheld_policy(
    std::string_view text, UnderLog under_log = UnderLog::refuse);

}  // namespace cheget::permit
