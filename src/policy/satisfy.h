// Whether given people, all of them willing and all conditions true, could satisfy a formula: what
// the checks ask to refuse rules that nobody can satisfy. Deciding is decide()'s, by other means.
#pragma once

#include <bitset>

#include "policy/policy.h"

namespace cheget::policy {

using PeopleSet = std::bitset<k_most_principals>;

/// At most so many overlapping parts of one `all of`.
constexpr std::size_t k_most_overlapping_parts = 8;

/// All people whom each node of the formula names, in the order of its nodes.
std::vector<PeopleSet> people_of_nodes(const Formula& formula);

/// The children of an `all of` node (not shared) that overlap with another of its children, as
/// places in its list of children.
std::vector<std::size_t> overlapping_children(const Formula::Node& node,
                                              const std::vector<PeopleSet>& people);

/// For each node, whether the willing people could satisfy it. The formula's overlaps must be
/// among those that the language allows.
std::vector<bool> satisfiable_nodes(const Formula& formula, const std::vector<PeopleSet>& people,
                                    const PeopleSet& willing);

/// Whether the node's parts must all come true at once, one person in one place: an `all of` that
/// is neither shared nor in sequence.
bool is_divisible(const Formula::Node& root);

/// `approve` and `consent` under one `all of`, the parts of each side by side if they are
/// divisible.
Formula joined(const Formula& approve, const Formula& consent, Position at);

}  // namespace cheget::policy
