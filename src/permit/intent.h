// Whether a vote that is about to be made would count for anything: one that can't is refused by
// the tools, so that nobody believes to have helped or stopped an order when they have not.
#pragma once

#include <string>
#include <vector>

#include "permit/judge.h"

namespace cheget::permit {

/// A vote that is about to be made.
struct Intent {
    statement::Verdict verdict = statement::Verdict::approve;
    std::string name;
    policy::PrincipalIndex person = 0;
    policy::PrincipalIndex stands_for = policy::k_nobody;
    /// The statement number of the vote that it comes after; k_no_statement without one.
    std::uint32_t after = policy::k_no_statement;

    policy::Voice voice(const Judgement& judgement) const;
};

/// Whether the formula names the person.
bool names_person(const policy::Formula& formula, policy::PrincipalIndex person);

/// Whether the rule gives this person this word; ErrorKind::denied and why not.
base::Result<void> check_standing(const policy::BoundOrder& order, const Intent& intent);

/// Whether the state of the order still lets it matter.
base::Result<void> check_moment(const Judgement& judgement, const Intent& intent);

/// The place of the sequence among the nodes of the rule's `approve`, if it asks for voices in
/// order and the decision looked at any.
std::optional<std::size_t> sequence_of(const Judgement& judgement);

/// A vote that a voice in a sequence could come after.
struct Earlier {
    const CountedVote* vote = nullptr;  ///< null: the new vote is the first of all
    std::uint32_t length = 0;           ///< of the sequence, were the new vote there
};
/// All of them, the null one first. `now` is asked where there is no log.
std::vector<Earlier> ways_to_follow(const Judgement& judgement, std::size_t sequence, Intent intent,
                                    base::Time now);
/// Of these, the ones that bring the sequence further.
std::vector<Earlier> helping_ways(const Judgement& judgement, std::size_t sequence,
                                  const std::vector<Earlier>& ways);

}  // namespace cheget::permit
