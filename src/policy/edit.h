// Changes of who is in a policy, made in its text: a key added, replaced or taken out, a person
// brought in or taken out. The rest stays as its author wrote it, comments included.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

// Each takes a policy's text in any layout and gives the changed one in canonical layout, header as
// it was. The result is text alone: whether it still is a sound policy is check_new_policy()'s
// question. They fail with ErrorKind::usage, and say why, where there is nothing to change.

/// Another key for a principal.
base::Result<std::string> add_key(std::string_view text, std::string_view name,
                                  const signature::PublicKey& key, bool pin);

/// A key instead of another one; it takes over the other's place and marks.
base::Result<std::string> replace_key(std::string_view text, std::string_view name,
                                      const signature::PublicKey& old_key,
                                      const signature::PublicKey& new_key);

/// One of several keys taken out.
base::Result<std::string> remove_key(std::string_view text, std::string_view name,
                                     const signature::PublicKey& key);

/// A new person, after the others, in these groups.
base::Result<std::string> add_person(std::string_view text, std::string_view name,
                                     const signature::PublicKey& key, bool pin,
                                     const std::vector<std::string>& groups);

/// A principal taken out of everywhere: groups, sets, weights, sources, deputies. No number is
/// changed, so that a rule that needs them all the same is left for the check to refuse. What asks
/// for `all of` some people asks for one less; `fewer` names these: `drop: all of { alice, bob }`.
struct Removal {
    std::string text;
    std::vector<std::string> fewer;
};
base::Result<Removal> remove_principal(std::string_view text, std::string_view name);

}  // namespace cheget::policy
