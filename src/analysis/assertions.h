// Holds a policy to its own assertions, and tells which of them a new policy drops. What each means
// exactly is in docs/policy-language.md, "Assertions".
//
// All is pure, and limited in steps and memory, never in time: whoever checks, proposes or takes up
// a policy comes to the same verdict. What the budget does not settle does not hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/meter.h"
#include "base/result.h"
#include "policy/policy.h"

namespace cheget::analysis {

/// What all assertions of a policy may cost together.
Budget assertion_budget();

/// Pages count as parties of their own beside principals; more can't be told apart in every
/// combination.
constexpr std::size_t k_most_pages = 6;

/// An assertion that does not hold.
struct Broken {
    std::size_t assertion = 0;  ///< its place in Policy::assertions
    bool settled = true;        ///< false: the budget did not suffice, or decide() did not agree
    /// Who breaks it, by name, pages by origin: can act (and decide() permits it), or keeps all
    /// others from acting (and decide() does not permit it). Empty if not settled, or if nobody
    /// can act anyway.
    std::vector<std::string> parties;
    std::string why;
    std::string advice;
};

/// All assertions that do not hold, in the order of the text.
std::vector<Broken> hold_assertions(const policy::Policy& policy,
                                    const Budget& budget = assertion_budget());

/// As complaints about the policy's text, which must be the one that was parsed.
std::vector<policy::Diagnostic> complaints_of(const policy::Policy& policy, std::string_view text,
                                              const std::vector<Broken>& broken);

/// What came of checking `text`, with what the policy breaks of its own assertions among the
/// complaints: for a policy that shall be used, not only looked at.
policy::ParseOutcome held(policy::ParseOutcome outcome, std::string_view text);

/// Fails with ErrorKind::bad_input and all complaints unless every assertion holds.
base::Result<void> require_assertions(const policy::Policy& policy, std::string_view text);

/// The assertions of `before`, by place, that `after` neither has nor implies by one that is at
/// least as strong: dropped or weakened. Principals, actions and groups are the same if their names
/// are; about an action that `after` no longer has, and people who are in it no longer, nothing is
/// left to promise. Asks nothing of the diagrams: hold_assertions(after) is the caller's to ask.
std::vector<std::size_t> assertions_dropped(const policy::Policy& before,
                                            const policy::Policy& after);

}  // namespace cheget::analysis
