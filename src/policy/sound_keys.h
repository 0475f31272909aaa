// Checking many new policies that share people: each key's subgroup is looked at once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "policy/policy.h"

namespace cheget::policy {

/// Keys whose subgroup was checked and is sound, by blob.
using SoundKeys = std::unordered_set<std::string>;

/// check_new_policy(), where keys in `sound` are not looked at again; those found sound are added.
ParseOutcome check_new_policy(std::string_view text, SoundKeys& sound);

}  // namespace cheget::policy
