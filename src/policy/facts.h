// Facts and parameters as conditions: what the fact statements and the order's captures come to.
#pragma once

#include <array>

#include "policy/evaluate.h"

namespace cheget::policy {

using ConditionStandings = std::array<ConditionStanding, k_most_conditions>;

/// How each condition of the rule stands at this now_high.
void judge_conditions(const CompiledRule& rule, std::span<const CompiledFact> facts,
                      const Question& question, const Evidence& evidence, base::Time now_high,
                      ConditionStandings& standings);

/// Every fact as if it held; parameters as they are.
void hope_for_facts(const CompiledRule& rule, const ConditionStandings& now,
                    ConditionStandings& standings);

/// The fact statements as the tree tells them.
void tell_facts(std::span<const CompiledFact> facts, const Evidence& evidence,
                std::vector<Tree::FactLeaf>& leaves);

}  // namespace cheget::policy
