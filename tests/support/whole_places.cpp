// Tries all ways: recursion, maps and copies throughout, since clarity is all it is for.
#include "support/whole_places.h"

#include <set>

namespace cheget::test_support {

namespace {

using policy::Action;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;
using policy::Voice;
using statement::Verdict;

/// Who can fill a place at this leaf, and with what weight.
std::map<PrincipalIndex, std::uint64_t> candidates(const Scene& scene, const Formula::Node& leaf) {
    std::map<PrincipalIndex, std::uint64_t> found;
    for (std::size_t i = 0; i < leaf.people.size(); ++i) {
        const PrincipalIndex person = leaf.people[i];
        const std::uint64_t weight = leaf.weights.empty() ? 1 : leaf.weights[i];
        if ((scene.present.self & one(person)) != 0) {
            found[person] = std::max(found[person], weight);
        }
        for (std::size_t j = 0; scene.of_approve && j < scene.present.deputies.size(); ++j) {
            if (scene.present.deputies[j] && scene.action.deputies[j].stands_for == person) {
                auto& known = found[scene.action.deputies[j].deputy];
                known = std::max(known, weight);
            }
        }
    }
    return found;
}

/// Whether one of those chosen can fill a place at this leaf by a direct voice.
bool has_direct_candidate(const Scene& scene, const Formula::Node& leaf, People chosen) {
    for (const PrincipalIndex person : leaf.people) {
        if ((scene.present.direct & scene.present.self & chosen & one(person)) != 0) {
            return true;
        }
        for (std::size_t j = 0; scene.of_approve && j < scene.present.deputies.size(); ++j) {
            if (scene.present.deputies[j] && scene.present.direct_deputies[j] &&
                scene.action.deputies[j].stands_for == person &&
                (chosen & one(scene.action.deputies[j].deputy)) != 0) {
                return true;
            }
        }
    }
    return false;
}

void choose_people(const std::vector<std::pair<PrincipalIndex, std::uint64_t>>& from,
                   std::size_t next, std::uint64_t sum, std::uint64_t need, bool exactly,
                   People chosen, Leaves leaf, Ways& ways) {
    if (exactly ? sum == need : sum >= need) {
        ways[chosen] |= leaf;
        if (exactly) {
            return;
        }
    }
    if (next == from.size()) {
        return;
    }
    choose_people(from, next + 1, sum, need, exactly, chosen, leaf, ways);
    choose_people(from, next + 1, sum + from[next].second, need, exactly,
                  chosen | one(from[next].first), leaf, ways);
}

void choose_parts(const std::vector<Ways>& parts, std::size_t next, std::size_t need, bool shared,
                  People chosen, Leaves leaves, Ways& ways) {
    if (need == 0) {
        ways[chosen] |= leaves;
        return;
    }
    if (next == parts.size()) {
        return;
    }
    choose_parts(parts, next + 1, need, shared, chosen, leaves, ways);
    for (const auto& [people, used] : parts[next]) {
        if (shared || (people & chosen) == 0) {
            choose_parts(parts, next + 1, need - 1, shared, chosen | people, leaves | used, ways);
        }
    }
}

/// Every chain of voices from part `part` on, each naming the one before it.
void choose_chain(const Scene& scene, const Formula& formula, const Formula::Node& node,
                  std::size_t part, const Voice* before, People chosen, bool direct, Ways& ways) {
    if (part == node.children.size()) {
        ways[chosen] |= direct ? k_direct_in_sequence : 0;
        return;
    }
    const auto& people = formula.nodes[node.children[part]].people;
    for (const Voice& voice : scene.present.voices) {
        const PrincipalIndex place =
            voice.stands_for == policy::k_nobody ? voice.by : voice.stands_for;
        bool fits = false;
        for (const PrincipalIndex person : people) {
            fits = fits || person == place;
        }
        if (voice.verdict != Verdict::approve || !fits || (chosen & one(voice.by)) != 0 ||
            (before != nullptr && voice.after != before->statement)) {
            continue;
        }
        choose_chain(scene, formula, node, part + 1, &voice, chosen | one(voice.by),
                     direct || !voice.web, ways);
    }
}

}  // namespace

Ways ways_of(const Scene& scene, const Formula& formula, std::size_t number) {
    const auto& node = formula.nodes[number];
    Ways ways;
    const Leaves leaf = Leaves{1} << (number + (scene.of_approve ? 0 : 40));
    switch (node.kind) {
        case Formula::Node::Kind::people: {
            std::vector<std::pair<PrincipalIndex, std::uint64_t>> from;
            for (const auto& [person, weight] : candidates(scene, node)) {
                from.emplace_back(person, 1);
            }
            choose_people(from, 0, 0, node.need, true, 0, leaf, ways);
            return ways;
        }
        case Formula::Node::Kind::weight: {
            const auto found = candidates(scene, node);
            choose_people({found.begin(), found.end()}, 0, 0, node.need, false, 0, leaf, ways);
            return ways;
        }
        case Formula::Node::Kind::fact:
        case Formula::Node::Kind::parameter:
            if (scene.conditions.at(number)) {
                ways[0] = 0;
            }
            return ways;
        case Formula::Node::Kind::threshold:
            break;
    }
    if (node.in_sequence && !scene.present.at_best) {
        choose_chain(scene, formula, node, 0, nullptr, 0, false, ways);
        return ways;
    }
    std::vector<Ways> parts;
    for (const std::uint32_t child : node.children) {
        parts.push_back(ways_of(scene, formula, child));
    }
    choose_parts(parts, 0, node.need, node.shared, 0, 0, ways);
    return ways;
}

static bool uses_direct(const Scene& scene, const Formula& formula, Leaves used, People chosen) {
    if (scene.of_approve && (used & k_direct_in_sequence) != 0) {
        return true;
    }
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        if ((used >> (i + (scene.of_approve ? 0 : 40)) & 1U) != 0 &&
            has_direct_candidate(scene, formula.nodes[i], chosen)) {
            return true;
        }
    }
    return false;
}

Holding hold(const Policy& policy, const Action& action, const Present& approving,
             const Present& consenting, const std::map<std::size_t, bool>& conditions) {
    const Scene scene{policy, action, approving, conditions, true};
    const Scene consent_scene{policy, action, consenting, conditions, false};
    const Ways approve = ways_of(scene, action.approve, action.approve.nodes.size() - 1);
    Ways consent{{0, 0}};
    if (action.consent) {
        const Formula& formula = action.consent->formula;
        consent = ways_of(consent_scene, formula, formula.nodes.size() - 1);
    }
    Holding holding;
    holding.approve = !approve.empty();
    holding.direct = action.web_suffices;
    for (const auto& [approvers, approve_leaves] : approve) {
        for (const auto& [consenters, consent_leaves] : consent) {
            const bool shared = action.consent && action.consent->shared;
            if (shared || (approvers & consenters) == 0) {
                holding.consent = true;
                holding.direct =
                    holding.direct ||
                    uses_direct(scene, action.approve, approve_leaves, approvers) ||
                    (action.consent && uses_direct(consent_scene, action.consent->formula,
                                                   consent_leaves, consenters));
            }
        }
    }
    return holding;
}

}  // namespace cheget::test_support
