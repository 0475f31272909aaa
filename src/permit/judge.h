// judge(): from statements that anyone may have tampered with to a decision: which policy is in
// force, whose keys are revoked, which votes are valid, and what decide() says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "permit/archive.h"
#include "permit/permit.h"
#include "policy/decide.h"
#include "policy/policy.h"
#include "statement/statement.h"

namespace cheget::permit {

/// A policy with its compiled rules and its text.
struct KnownPolicy {
    policy::Policy policy;
    policy::Rules rules;
    std::string text;
};

/// A key that is void: from the moment the verifier knows of it, approvals, consents, seen and
/// facts by it count for nothing, earlier ones included; vetoes, withdrawals and claims stand.
struct RevokedKey {
    std::string fingerprint;
    std::string of;
    std::vector<std::string> statements;  ///< the signed revocations that did it
    /// The entry with which it took force in the log; nothing where it came another way.
    std::optional<std::uint64_t> from{};
    bool operator==(const RevokedKey&) const = default;
};

/// What a verifier holds about a domain. Only establish() and advance() make one.
struct DomainState {
    statement::Domain domain;
    std::shared_ptr<const KnownPolicy> policy;
    std::vector<RevokedKey> revoked;
    /// Valid revocations that do not yet satisfy the rule, kept until they do.
    std::vector<std::string> pending_revocations;

    bool is_revoked(const signature::PublicKey& key) const;
};

/// A statement that was set aside, and why.
struct Ignored {
    std::string what;  ///< `vote approve by bob (sha256:…)`, or how it began if it did not parse
    std::string why;
};

/// What to do with a policy that has a log where only statements are at hand. `prepare` lets people
/// make and file statements: judge() denies every order under such a policy, and no amendment takes
/// force under it. Who follows the log has a Chronicle (permit/chronicle.h) instead.
enum class UnderLog : std::uint8_t { refuse, prepare };

/// Begins with a domain's first policy, which every person in it must have signed. `expected` is
/// the id that the verifier was installed with; without it the caller must show the id to a person.
base::Result<DomainState> establish(std::string_view signed_first_policy,
                                    std::optional<base::Digest> expected,
                                    UnderLog under_log = UnderLog::refuse);

/// Begins with what the caller knows by its own durable record (its ledger, or an installation
/// compared by words): a policy that was in force, and revocations that were, such as those in
/// DomainState::revoked. No signature is checked and every key they name is revoked: who revoked it
/// may have left the policy since. Pending revocations go through advance() again instead.
base::Result<DomainState> resume(std::string_view policy_text, base::Digest domain_id,
                                 const std::vector<std::string>& signed_revocations);

/// Where a domain stands after these statements: amendments that satisfy the old amend rule and the
/// new policy's, one after the other, and revocations. Where a policy has `amend lowering`,
/// analysis::difference_of() is asked whether an amendment lowers, if that decides. Fails with
/// ErrorKind::denied and names both if two sibling amendments are both satisfied: without a log
/// nothing tells which came first; and if more than k_most_verdicts siblings have the votes
/// that `amend` or `amend lowering` ask for.
struct Advance {
    /// Amendments of one policy that are weighed: a verdict on what lowers, and the assertions, may
    /// take seconds. Only those whose votes satisfy a rule can have that done.
    static constexpr std::size_t k_most_verdicts = 3;

    DomainState state;
    std::vector<Ignored> ignored;
    /// How the votes on a policy stand.
    struct Proposal {
        statement::PolicyReference policy;
        std::string_view policy_text;  ///< points into the statements
        /// If it lowers: under the `amend lowering` in force, or `amend` where there is none.
        policy::Decision under_old;
        /// The same under the proposed policy's own; absent when `refusal` says why the text can't
        /// follow the policy in force.
        std::optional<policy::Decision> under_new;
        /// If it does not lower: under each policy's `amend`.
        policy::Decision everyday_old;
        std::optional<policy::Decision> everyday_new;
        /// Whether it lowers; absent where the answer is the same either way and nobody asked the
        /// analyser.
        std::optional<bool> lowers;
        std::string refusal;
        std::vector<std::string> approved_by;  ///< names, under the rule in force
        std::vector<std::string> vetoed_by;
    };
    /// The signed votes that carried each new policy, in order of version.
    struct Step {
        std::string policy_text;
        std::vector<std::string> votes;
        Proposal weighed;  ///< how it stood when it took force
    };
    std::vector<Step> steps;
    /// Amendments of the policy in force that are voted on and do not suffice yet.
    std::vector<Proposal> proposals;
    /// Valid vetoes and withdrawals on those amendments, for verifiers that remember them: one of
    /// each person, amendment and verdict.
    struct Stop {
        base::Digest amendment;
        std::string_view vote;  ///< signed; points into the statements
    };
    std::vector<Stop> stops;
};
base::Result<Advance> advance(const DomainState& state,
                              const std::vector<std::string_view>& statements);

/// A valid claim or receipt on the order by one of the rule's executors.
struct Trace {
    bool is_claim = false;
    std::string executor;
    std::string target;
    std::optional<statement::Outcome> outcome;  ///< of a receipt
    base::Digest id;
    std::optional<base::Digest> claim;     ///< itself, or the one that a receipt tells of
    std::optional<std::uint64_t> index{};  ///< in the log
    /// Of a claim in the log: whether it counts there (DESIGN section 7): its order is a lower
    /// entry, and its key was not revoked then.
    bool counts = false;
};

/// How a judgement stands under a log.
struct UnderLogMoment {
    std::uint64_t bound = 0;  ///< entries of lower index bind it
    base::Time low;
    base::Time high;
    std::optional<std::uint64_t> order_index{};  ///< nothing while the order is in no entry below
    std::optional<base::Time> order_start{};
    std::vector<base::Time> ration{};  ///< see policy::Evidence::claims
};

/// A vote that counts, beside its Voice.
struct CountedVote {
    policy::Voice voice;
    base::Digest id;
    std::string note;  ///< as it is decoded; empty without one
    base::Time voted;  ///< the voter's own word
    bool in_briefcase = false;
};

/// A fact statement about what the order is about, beside what decide() takes of it.
struct CountedFact {
    policy::FactStatement said;
    base::Digest id;
    std::string note;  ///< as it is decoded; empty without one
};

struct Judgement {
    DomainState state;  ///< after the permit's amendments and revocations
    std::vector<Advance::Step> steps;
    statement::Order order;
    base::Digest order_id;
    std::string_view order_text;  ///< points into the permit's bytes
    /// Absent when the order does not fit the policy; then `refusal` says why.
    std::optional<policy::BoundOrder> bound;  ///< borrows state.policy
    std::string refusal;
    policy::Decision decision;
    policy::Tree tree;
    std::vector<CountedVote> votes;
    std::vector<CountedFact> facts;
    std::vector<Trace> traces;  ///< whoever acts must refuse if there is one for its target
    std::vector<Ignored> ignored;
    bool marks_checked = false;  ///< by a HoldsMark
    /// Set by judge_under_log() alone.
    std::optional<UnderLogMoment> log{};
    std::shared_ptr<const std::vector<Entry>> entries{};  ///< which views here point into

    /// The decision at another time or with further voices. `further` are numbered from
    /// votes.size() + facts.size() on; the order must be bound. Under a log the time is the log's:
    /// `now` isn't asked.
    policy::Decision decide_again(base::Time now, std::vector<policy::Voice> further = {}) const;
    /// The same, and fills the tree.
    policy::Decision decide_again(base::Time now, std::vector<policy::Voice> further,
                                  policy::Tree& tree_then) const;
};

/// Whether the mark of a vote by this key, which lies in a briefcase, is one that its real slot
/// makes (docs/briefcase.md). Asked of approvals, consents and `seen` whose signature is valid;
/// whoever can't tell says no. Only executors are given the means: for everybody else every mark
/// is as good as any, and nothing is asked.
using HoldsMark =
    std::function<bool(const signature::PublicKey& key, const statement::SignedText& vote)>;

/// Judges the one order that the statements hold. Fails with bad_input if there is none, more than
/// one, or one without its proposer's valid signature; all else is a decision (also where the order
/// names another domain or policy, whose keys might be others: it is denied unverified). `now` is
/// the caller's clock (`log: none`).
base::Result<Judgement> judge(const DomainState& state,
                              const std::vector<std::string_view>& statements, base::Time now,
                              const HoldsMark& holds_mark = {});

/// The judgement as people read it: the answer, what is missing, the tree with who signed what,
/// what was set aside and why, and without a log what is not promised.
std::string describe(const Judgement& judgement);
/// Of that the answer, what is missing and the tree alone.
std::string describe_decision(const Judgement& judgement);

/// Verifies one signed statement: at least one of its signatures is by a key of the principal `by`
/// of `policy`, valid in the kind's namespace on that text, and meets the key's marks. Other
/// signatures are passed over, so that nobody can spoil a veto by adding one. Revocation is the
/// caller's question. `by` must be what the text itself names.
struct VerifiedSigner {
    policy::PrincipalIndex principal;
    const policy::Key* key;
};
base::Result<VerifiedSigner> verify_signer(const policy::Policy& policy, std::string_view by,
                                           statement::Kind kind,
                                           const statement::SignedText& signed_text);

}  // namespace cheget::permit
