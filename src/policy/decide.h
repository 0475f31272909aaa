// decide(): the one place where permission is decided. Pure, total, deterministic; no clock, no I/O,
// no recursion, no allocation.
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
    bool web = false;               ///< signed by a key marked `web`
    std::uint32_t statement = 0;    ///< the caller's number for the vote, cited by the tree
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
    no_direct_voice,     ///< every matched voice was signed by a `web` key
    not_begun,           ///< `proposed` lies in the future
    expired,
    vetoed,
    withdrawn,           ///< the proposer withdrew the order
    proposer_not_entitled,
    unreachable,         ///< those who are left (no veto, no withdrawal) can no longer suffice
};

/// A decision: `until` is when a permit ends, `earliest` is when a wait could end by time alone.
struct Decision {
    Answer answer = Answer::deny;
    Reason reason = Reason::approvals_missing;
    base::Time until;
    base::Time earliest;
};

/// One node of a decision's tree, beside the rule's node of the same number.
struct TreeNode {
    std::uint32_t have = 0;
    std::uint32_t need = 0;
    bool satisfied = false;
};

/// The tree: for every node of the rule's formulas how it stands, and for every person the statement
/// that counts. Reused between calls it does not allocate.
struct Tree {
    std::vector<TreeNode> approve;
    std::vector<TreeNode> veto;
    /// By principal: the statement cited for an approval or a veto; k_none without one.
    std::vector<std::uint32_t> approval_of;
    std::vector<std::uint32_t> veto_of;
    static constexpr std::uint32_t k_none = 0xFFFFFFFF;
};

/// A formula made ready for deciding: people as bits, Hall's condition spelt out.
class CompiledFormula;

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

/// Decides. `rules` must have been built from order.policy().
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence);
/// The same, and fills the tree.
Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence, Tree& tree);

enum class Change { amend, revoke };
/// Whether these voices satisfy the policy's own amend or revoke rule (a veto rule included).
Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices);

/// The decision in words: what is missing, who could give it, when; one line per fact, and the
/// tree as an indented list that names people and cites statements by `cite`.
std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite);

}  // namespace cheget::policy
