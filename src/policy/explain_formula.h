// Formulas in plain English.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

/// `alice, bob and carol`.
std::string names_of(const Policy& policy, const std::vector<PrincipalIndex>& people);

/// What one node asks for, its children aside. `action` gives the names of parameters.
std::string sentence_of(const Policy& policy, const Action* action, const Formula& formula,
                        std::size_t index);

/// What a policy's assertions promise; empty without any.
std::string assertions_text(const Policy& policy);

/// Whether facts or parameters stand in it, beside people.
bool has_conditions(const Formula& formula);

/// The formula as a list indented by `indent`, one node a line. `whose` stands before people, such
/// as `the approval of `.
std::string formula_list(const Policy& policy, const Action* action, const Formula& formula,
                         std::size_t indent, std::string_view whose);

}  // namespace cheget::policy
