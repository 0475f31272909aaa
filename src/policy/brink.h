// Rules that nobody can satisfy any more, or could not once one more person or key is lost: what
// the living are to be warned of while they can still change the policy.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

/// Which keys can't speak any more, revoked ones and others: beside Policy::principals and their
/// keys. A shorter list means that the rest are not lost.
using LostKeys = std::vector<std::vector<bool>>;

/// One rule that is bricked or stands at the brink.
struct Brink {
    enum class Rule : std::uint8_t { action, emergency, everyday_amend, amend, revoke };
    Rule rule = Rule::action;
    std::size_t number = 0;  ///< its place in Policy::actions or Policy::emergencies
    /// Whoever proposes, whoever of those with a key left speaks, and whatever their facts say, the
    /// rule never permits. Then the two lists are empty.
    bool bricked = false;
    std::vector<PrincipalIndex> people;  ///< whose loss, with all their keys, would brick it
    /// Keys of people who have others, any one of whose loss would: their last that is not `web`.
    std::vector<Policy::KeyPlace> keys;
};

/// All of them: actions, emergencies, `amend`, `revoke`. Where there is `amend lowering`, that is
/// `amend` here, as new people and keys need it; the rule for what does not lower is
/// `everyday_amend`. A rule is satisfiable if some way to propose, approve, consent, see
/// and attest would make decide() permit it: parameters may be what the conditions want, and times
/// are not looked at. Executors are not asked: the rule is about who may say so. Pure; a rule of n
/// people costs n evaluations.
std::vector<Brink> find_brinks(const Policy& policy, const LostKeys& lost);

/// In plain words, one line without LF: `drop-database: …`.
std::string to_words(const Policy& policy, const Brink& brink);

/// What the rule is called: `drop-database`, `emergency drop-database`, `amend`, `revoke`.
std::string name_of(const Policy& policy, const Brink& brink);

}  // namespace cheget::policy
