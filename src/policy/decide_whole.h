// decide() for rules that use the whole language. decide.cpp takes a shorter way for plain ones.
#pragma once

#include "policy/compile.h"

namespace cheget::policy {

constexpr base::Time k_no_limit{std::int64_t{1} << 60U};

/// Decides by a rule that is not plain, as decide() says.
Decision decide_whole(const CompiledRule& rule, std::span<const CompiledFact> facts,
                      const Question& question, std::span<const Voice> voices,
                      const Evidence& evidence, Tree* tree);

/// The same for the rule of a change, for which nobody proposes and nothing expires.
Decision decide_whole_change(const CompiledRule& rule, std::span<const Voice> voices,
                             const Evidence& evidence);

inline bool may_propose(const CompiledRule& rule, PrincipalIndex proposer) {
    return proposer < rule.place_of.size() &&
           (rule.proposers[proposer / k_word_bits] >> (proposer % k_word_bits) & 1U) != 0;
}

}  // namespace cheget::policy
