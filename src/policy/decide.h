// decide(): the one place where permission is decided. Pure, total, deterministic; no clock, no
// I/O, no recursion, no allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "policy/policy.h"

namespace cheget::policy {

constexpr PrincipalIndex k_nobody = 0xFFFF;
constexpr std::uint32_t k_no_statement = 0xFFFFFFFF;

/// One verified vote: its signature is valid, its key belongs to `by`, met its marks and is not
/// void by revocation (vetoes and withdrawals excepted).
struct Voice {
    PrincipalIndex by = 0;
    statement::Verdict verdict = statement::Verdict::approve;
    bool web = false;             ///< signed by a key marked `web`
    std::uint32_t statement = 0;  ///< the caller's number for the vote, cited by the tree
    /// `for`: whom a deputy stands for; k_nobody without it. A principal that the policy does not
    /// have is the caller's to refuse.
    PrincipalIndex stands_for = k_nobody;
    /// The `statement` of the voice whose signed bytes `after` names. k_no_statement without
    /// `after`, and where it names no voice that is here.
    std::uint32_t after = k_no_statement;
    base::Time start{};  ///< of its entry; asked only where Evidence::has_log says there is one
};

/// One verified fact statement by a source of the fact that is about what the order is about
/// (match_fact), its key not revoked.
struct FactStatement {
    FactIndex fact = 0;
    std::uint32_t file = 0;  ///< of a fact about a file: its place in BoundOrder::files; else 0
    PrincipalIndex source = 0;
    std::optional<std::uint64_t> value;  ///< Fact::value_of(); nothing for a value it lacks
    base::Time at;                       ///< the signer's own word
    base::Time start;                    ///< of its entry; asked only where there is a log
    std::uint32_t statement = 0;         ///< cited by the tree; numbered together with the voices

    bool operator==(const FactStatement&) const = default;
};

/// Reads a fact statement for an order: fails with the reason if the policy has no such fact, if
/// the statement is about something else, or if its `by` is no source. `order_id` is the order's.
base::Result<FactStatement> match_fact(const BoundOrder& order, const base::Digest& order_id,
                                       const statement::Fact& fact);

/// What is known besides the voices. Without a log now_low and now_high are the caller's own clock.
struct Evidence {
    base::Time now_low;
    base::Time now_high;
    std::span<const FactStatement> facts{};
    /// Everything below needs a log: without one, a rule that asks for it never permits.
    bool has_log = false;
    base::Time order_start{};  ///< of the order's entry
    /// Starts of the claims that count against the ration of the order's emergency: across policy
    /// versions, without drills, without this order's own and those given back by `refused`.
    std::span<const base::Time> claims{};
};

enum class Answer : std::uint8_t { permit, wait, deny };

enum class Reason : std::uint8_t {
    permitted,
    approvals_missing,
    no_direct_voice,  ///< every matched voice was signed by a `web` key
    not_begun,        ///< `proposed` lies in the future
    expired,
    vetoed,
    withdrawn,  ///< the proposer withdrew the order
    proposer_not_entitled,
    unreachable,         ///< those who are left (no veto, no withdrawal) can no longer suffice
    does_not_fit,        ///< never decide()'s answer: bind() refused the order before
    conditions_missing,  ///< the people suffice; facts are absent, stale or say otherwise
    consent_missing,
    seen_missing,   ///< the delay begins only when those of `seen by` have signed
    delay_running,  ///< `wait` is not over
    rationed,       ///< the emergency's `at most N per SPAN` is used up
    not_valid_yet,  ///< before `valid from`
    rule_ended,     ///< after `valid until`
    too_late,       ///< what is missing can't come before the order or the rule ends
    needs_log,      ///< the rule asks for times that only a log proves, and there is none
    postdated,      ///< `proposed` lies after the start of the order's entry
};
constexpr std::size_t k_reason_count = 20;

/// A decision. `until` is when a permit ends: the first now_high at which the same evidence would
/// not permit any more, facts growing stale included. `earliest` is the first instant at which a
/// wait could become a permit if what is missing came at once. Each is zero in the other answers.
struct Decision {
    Answer answer = Answer::deny;
    Reason reason = Reason::approvals_missing;
    base::Time until;
    base::Time earliest;

    bool operator==(const Decision&) const = default;
};

/// One node of a decision's tree, beside the rule's node of the same number.
struct TreeNode {
    std::uint32_t have = 0;
    std::uint32_t need = 0;
    bool satisfied = false;

    bool operator==(const TreeNode&) const = default;
};

/// How one fact statement stands, whatever the value that a rule asks for.
enum class FactState : std::uint8_t {
    counts,     ///< its source's newest, fresh, and of the fact's type
    older,      ///< its source has said something newer
    stale,      ///< older than `fresh` allows
    future,     ///< its time lies after its entry's start, or without a log in the future
    malformed,  ///< a value that the fact's type lacks
};

/// The tree: for every node of the rule's formulas how it stands, and for every principal the
/// statement that counts, whatever the order in which the voices came. A fact's node has as many as
/// its sources that say so, the fewest over the files. Reused between calls under one policy it
/// allocates nothing for a rule of votes alone.
struct Tree {
    std::vector<TreeNode> approve;
    std::vector<TreeNode> veto;
    std::vector<TreeNode> consent;
    std::vector<TreeNode> seen_by;
    /// By principal: the statement cited for an approval that counts (a direct one before a `web`
    /// one, then the lowest number), for a veto and for a withdrawal; k_none without one.
    std::vector<std::uint32_t> approval_of;
    std::vector<std::uint32_t> veto_of;
    std::vector<std::uint32_t> withdrawal_of;
    /// The same for consents in time and for `seen`.
    std::vector<std::uint32_t> consent_of;
    std::vector<std::uint32_t> seen_of;
    /// By place in Action::deputies: the deputy's approval, if it counts now.
    std::vector<std::uint32_t> deputy_approval;
    struct FactLeaf {
        FactStatement said;
        FactState state = FactState::counts;
        bool operator==(const FactLeaf&) const = default;
    };
    std::vector<FactLeaf> facts;  ///< sorted by fact, file, source, time and statement
    static constexpr std::uint32_t k_none = k_no_statement;

    bool operator==(const Tree&) const = default;
};

/// A policy's rules made ready for deciding. Built once per policy; immutable; borrows nothing.
class Rules {
  public:
    explicit Rules(const Policy& policy);
    ~Rules();
    Rules(Rules&&) noexcept;
    Rules& operator=(Rules&&) noexcept;

    struct Impl;
    const Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

/// Decides (docs/deciding.md). `rules` must have been built from order.policy(). The first of these
/// that holds is the answer:
///
/// - deny needs_log: wait, within, deputies or a ration, and Evidence::has_log is false
/// - deny proposer_not_entitled: the proposer alone does not satisfy `propose`
/// - deny withdrawn: the proposer signed `withdraw`
/// - deny vetoed: the vetoes satisfy `veto`
/// - deny postdated: with a log, proposed > order_start
/// - deny expired: now_high >= expires
/// - deny rule_ended: now_high >= `valid until`
/// - deny unreachable: not even if everyone left approved and consented, each with a key that is
///   not `web` where they have one, and every fact held, would the rule be satisfied directly
/// - deny too_late: `earliest` would not lie before `expires` and `valid until`
/// - wait approvals_missing: `approve` would not be satisfied if every fact held
/// - wait conditions_missing: it would, but not with the facts as they stand
/// - wait consent_missing: `consent` is not satisfied, or only by people needed in `approve`
/// - wait no_direct_voice: all are, but every voice that fills a place is a `web` key's, and the
///   action does not say `web suffices`
/// - wait seen_missing: `seen by` is not satisfied
/// - wait delay_running: `wait` is not over
/// - wait rationed: claims have used up the emergency's ration
/// - wait not_begun: now_low < proposed
/// - wait not_valid_yet: now_low < `valid from`
/// - permit, until `expires`, `valid until`, or a fact that grows stale
///
/// A voice counts once per principal, whatever the number of votes; it counts for nothing once the
/// same principal vetoed or withdrew, in whichever order these came. The proposer's counts only if
/// the action says `proposer counts`. Voices of verdicts that no clause asks for, and of principals
/// that the policy does not have, change nothing.
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence);
/// The same, and fills the tree.
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence, Tree& tree);

/// `amend` is an amendment that lowers a threshold, or of which nothing shows that it does not:
/// where the policy has `amend lowering`, that decides. `everyday_amend` is one that the analyser
/// has shown not to lower (analysis/policy_difference.h); `amend` decides.
enum class Change : std::uint8_t { amend, everyday_amend, revoke };
/// Whether these voices satisfy the policy's own amend or revoke rule, its veto included: permit,
/// wait (approvals_missing, no_direct_voice, delay_running) or deny (vetoed, unreachable). An
/// amendment needs a direct voice too; a revocation, which only stops things, does not.
/// Without evidence of a log the `wait` of an amendment is never over.
Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices);
/// The same with a log: of `evidence` has_log and now_low are asked; `earliest` is filled in.
Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices,
                       const Evidence& evidence);

/// The decision in words: the answer and why on the first line, then what is missing and who could
/// give it, then the tree as an indented list that names people and cites statements by `cite`
/// (by Voice::statement and FactStatement::statement). Lines end with LF.
std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite);

}  // namespace cheget::policy
