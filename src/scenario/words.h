// The words of scenario files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scenario/scenario.h"

namespace cheget::scenario {

/// `approve` or `approves`, and so on.
std::optional<statement::Verdict> verdict_of(std::string_view verb);
/// All verbs, in both forms.
std::span<const std::string_view> verbs();

/// The reason of these words, whatever the answer that it belongs to.
std::optional<policy::Reason> reason_of(std::string_view words);
/// The answer that a reason belongs to.
policy::Answer answer_of(policy::Reason reason);
/// The reasons of an answer, as words; or all.
std::vector<std::string_view> reasons_of(policy::Answer answer);

/// `did you mean ...?` for the candidate that the word is a likely slip of, else `otherwise`.
std::string advice_for(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view otherwise);

}  // namespace cheget::scenario
