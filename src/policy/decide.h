// decide(): the one place where permission is decided. Pure, total, deterministic; no clock, no
// I/O, no recursion, no allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "policy/policy.h"

namespace cheget::policy {

/// One verified vote: its signature is valid, its key belongs to `by`, met its marks and is not
/// void by revocation (vetoes and withdrawals excepted).
struct Voice {
    PrincipalIndex by = 0;
    statement::Verdict verdict = statement::Verdict::approve;
    bool web = false;             ///< signed by a key marked `web`
    std::uint32_t statement = 0;  ///< the caller's number for the vote, cited by the tree
};

/// What the log proves. Without a log now_low and now_high are the caller's own clock, and nothing
/// more is known. Times of entries join here when a log is followed.
struct Evidence {
    base::Time now_low;
    base::Time now_high;
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
    unreachable,   ///< those who are left (no veto, no withdrawal) can no longer suffice
    does_not_fit,  ///< never decide()'s answer: bind() refused the order before
};

/// A decision. `until` is when a permit ends, `earliest` the first instant at which a wait could
/// become a permit if what is missing came at once; each is zero in the other answers.
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

/// The tree: for every node of the rule's formulas how it stands, and for every principal the
/// statement that counts, whatever the order in which the voices came. Reused between calls under
/// one policy it does not allocate.
struct Tree {
    std::vector<TreeNode> approve;
    std::vector<TreeNode> veto;
    /// By principal: the statement cited for an approval that counts (a direct one before a `web`
    /// one, then the lowest number), for a veto and for a withdrawal; k_none without one.
    std::vector<std::uint32_t> approval_of;
    std::vector<std::uint32_t> veto_of;
    std::vector<std::uint32_t> withdrawal_of;
    static constexpr std::uint32_t k_none = 0xFFFFFFFF;

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

/// Decides. `rules` must have been built from order.policy(). The first of these that holds is the
/// answer:
///
///   deny proposer_not_entitled   the proposer alone does not satisfy `propose`
///   deny withdrawn               the proposer signed `withdraw`
///   deny vetoed                  the vetoes satisfy `veto`
///   deny expired                 now_high >= expires
///   deny unreachable             not even if everyone left approved, each with a key that is not
///                                `web` where they have one, would `approve` be satisfied directly
///   wait approvals_missing       the approvals do not satisfy `approve`
///   wait no_direct_voice         they do, but every voice that fills a place is a `web` key's, and
///                                the action does not say `web suffices`
///   wait not_begun               now_low < proposed
///   permit                       until `expires`
///
/// An approval counts once per principal, whatever the number of votes; it counts for nothing once
/// the same principal vetoed or withdrew, in whichever order these came (docs/deciding.md). The
/// proposer's counts only if the action says `proposer counts`. Voices of verdicts that no clause
/// asks for, and of principals that the policy does not have, change nothing.
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence);
/// The same, and fills the tree.
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence, Tree& tree);

enum class Change { amend, revoke };
/// Whether these voices satisfy the policy's own amend or revoke rule, its veto included: permit,
/// wait (approvals_missing, no_direct_voice) or deny (vetoed, unreachable). An amendment needs a
/// direct voice too; a revocation, which only stops things, does not.
Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices);

/// The decision in words: the answer and why on the first line, then what is missing and who could
/// give it, then the tree as an indented list that names people and cites statements by `cite`.
/// Lines end with LF.
std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite);

}  // namespace cheget::policy
