// Whether a vote on an order would count for anything: one that can't is refused, so that nobody
// believes to have helped or stopped an order when they have not.
#pragma once

#include <string>

#include "cli/domain.h"
#include "cli/vote.h"

namespace cheget::cli {

/// A vote that is about to be made.
struct Intent {
    statement::Verdict verdict = statement::Verdict::approve;
    std::string name;
    policy::PrincipalIndex person = 0;
    policy::PrincipalIndex stands_for = policy::k_nobody;
    /// The statement number of the vote that it comes after; k_no_statement without one.
    std::uint32_t after = policy::k_no_statement;

    policy::Voice voice(const permit::Judgement& judgement) const;
};

/// Whether the formula names the person.
bool names_person(const policy::Formula& formula, policy::PrincipalIndex person);

/// Whether the rule gives this person this word; ErrorKind::denied and why not.
base::Result<void> check_standing(const policy::BoundOrder& order, const Intent& intent);

/// Whether the state of the order still lets it matter.
base::Result<void> check_moment(const permit::Judgement& judgement, const Intent& intent);

/// Whom `--for` names.
base::Result<policy::PrincipalIndex> find_absent(const policy::Policy& policy,
                                                 const std::string& name);

/// Which vote the new one must name in `after`, where the rule asks for voices in order; its number
/// goes to `intent`. `wanted` is what the person asked for: `first`, the digits of a vote's id, or
/// nothing, and then it is the one that brings the sequence further; if several do it fails and
/// names them. The digest is of the earlier vote's signed bytes, as filed.
base::Result<std::optional<base::Digest>> choose_after(Session& session, const OpenDomain& domain,
                                                       const JudgedOrder& judged,
                                                       const std::string& wanted, Intent& intent);

}  // namespace cheget::cli
