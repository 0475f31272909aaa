// The naive evaluator for the whole language. Recursion, maps and copies throughout: clarity is all
// it is for.
#include "support/whole_twin.h"

#include <map>
#include <set>

namespace cheget::test_support {

namespace {

using policy::Action;
using policy::Answer;
using policy::Compare;
using policy::Decision;
using policy::Evidence;
using policy::Formula;
using policy::Policy;
using policy::PrincipalIndex;
using policy::Reason;
using policy::Voice;
using statement::Verdict;
using Seconds = std::int64_t;

/// A set of people: bit i is principal i.
using People = std::uint32_t;
/// Leaves by number; the highest bit says that a direct voice stands in a sequence.
using Leaves = std::uint64_t;
constexpr Leaves k_direct_in_sequence = Leaves{1} << 63U;
/// For each set of people who together fill all places, the leaves that are used by some such way.
using Ways = std::map<People, Leaves>;

constexpr People one(std::size_t person) {
    return People{1} << person;
}

/// Whose voices are there, as far as a formula asks.
struct Present {
    People self = 0;
    People direct = 0;
    std::vector<bool> deputies;  ///< by place in Action::deputies: speaks for the other
    std::vector<bool> direct_deputies;
    std::vector<Voice> voices;  ///< those that count, for sequences
    bool at_best = false;       ///< then a sequence is whoever could form it
};

struct Scene {
    const Policy& policy;
    const Action& action;
    const Present& present;
    const std::map<std::size_t, bool>& conditions;  ///< by node of `approve`
    bool of_approve;
};

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

bool has_direct_candidate(const Scene& scene, const Formula::Node& leaf) {
    for (const PrincipalIndex person : leaf.people) {
        if ((scene.present.direct & scene.present.self & one(person)) != 0) {
            return true;
        }
        for (std::size_t j = 0; scene.of_approve && j < scene.present.deputies.size(); ++j) {
            if (scene.present.deputies[j] && scene.present.direct_deputies[j] &&
                scene.action.deputies[j].stands_for == person) {
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

struct Holding {
    bool approve = false;
    bool consent = false;  ///< beside `approve`, by other people
    bool direct = false;

    bool all() const { return approve && consent && direct; }
};

bool uses_direct(const Scene& scene, const Formula& formula, Leaves used) {
    if (scene.of_approve && (used & k_direct_in_sequence) != 0) {
        return true;
    }
    for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
        if ((used >> (i + (scene.of_approve ? 0 : 40)) & 1U) != 0 &&
            has_direct_candidate(scene, formula.nodes[i])) {
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
    Leaves used = 0;
    for (const auto& [approvers, approve_leaves] : approve) {
        for (const auto& [consenters, consent_leaves] : consent) {
            const bool shared = action.consent && action.consent->shared;
            if (shared || (approvers & consenters) == 0) {
                holding.consent = true;
                used |= approve_leaves | consent_leaves;
            }
        }
    }
    holding.direct = action.web_suffices || uses_direct(scene, action.approve, used) ||
                     (action.consent && uses_direct(consent_scene, action.consent->formula, used));
    return holding;
}

/// One question with all its surroundings.
class Asked {
  public:
    Asked(const Policy& policy, const Action& action, const policy::Emergency* emergency,
          const Situation& situation, std::span<const Voice> voices, const Evidence& evidence,
          bool is_change)
        : policy_(policy),
          action_(action),
          emergency_(emergency),
          situation_(situation),
          voices_(voices),
          evidence_(evidence),
          is_change_(is_change) {
        end_ = situation.expires.seconds;
        if (action.valid_until && action.valid_until->seconds < end_) {
            end_ = action.valid_until->seconds;
        }
        if (is_change) {
            end_ = INT64_MAX;
        }
    }

    Decision answer() const {
        if (needs_log() && !evidence_.has_log && !is_change_) {
            return deny(Reason::needs_log);
        }
        if (!is_change_) {
            if (!may_propose()) {
                return deny(Reason::proposer_not_entitled);
            }
            if (has_said(situation_.proposer, Verdict::withdraw)) {
                return deny(Reason::withdrawn);
            }
        }
        if (is_vetoed()) {
            return deny(Reason::vetoed);
        }
        if (!is_change_) {
            if (evidence_.has_log && situation_.proposed > evidence_.order_start) {
                return deny(Reason::postdated);
            }
            if (evidence_.now_high >= situation_.expires) {
                return deny(Reason::expired);
            }
            if (evidence_.now_high.seconds >= end_) {
                return deny(Reason::rule_ended);
            }
        }
        if (!is_reachable()) {
            return deny(Reason::unreachable);
        }
        const Seconds now_high = evidence_.now_high.seconds;
        const Reason why = reason_at(now_high);
        if (why == Reason::permitted) {
            return {Answer::permit, why, {is_change_ ? 0 : until()}, {}};
        }
        const Seconds best = earliest();
        if (best >= end_) {
            return deny(Reason::too_late);
        }
        return {Answer::wait, why, {}, {best}};
    }

  private:
    static Decision deny(Reason why) { return {Answer::deny, why, {}, {}}; }

    bool rationed() const { return emergency_ != nullptr && emergency_->per.seconds > 0; }

    bool needs_log() const {
        return action_.wait || action_.seen_by || !action_.deputies.empty() || rationed() ||
               (action_.consent && action_.consent->within);
    }

    bool has_said(std::size_t person, Verdict verdict) const {
        for (const Voice& voice : voices_) {
            if (voice.by == person && voice.verdict == verdict) {
                return true;
            }
        }
        return false;
    }

    bool has_spoken(std::size_t person) const {
        for (const Voice& voice : voices_) {
            if (voice.by == person) {
                return true;
            }
        }
        return !is_change_ && person == situation_.proposer;
    }

    bool is_left(std::size_t person) const {
        return !has_said(person, Verdict::veto) && !has_said(person, Verdict::withdraw) &&
               (is_change_ || action_.proposer_counts || person != situation_.proposer);
    }

    bool has_direct_key(std::size_t person) const {
        for (const auto& key : policy_.principals[person].keys) {
            if (!key.web_origin) {
                return true;
            }
        }
        return false;
    }

    bool simple(const Formula& formula, People people) const {
        Present present;
        present.self = people;
        const std::map<std::size_t, bool> none;
        Action action;
        return !ways_of({policy_, action, present, none, false}, formula, formula.nodes.size() - 1)
                    .empty();
    }

    bool may_propose() const { return simple(action_.propose, one(situation_.proposer)); }

    bool is_vetoed() const {
        People vetoing = 0;
        for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
            vetoing |= has_said(i, Verdict::veto) ? one(i) : 0;
        }
        return action_.veto && simple(*action_.veto, vetoing);
    }

    Seconds hour(std::size_t deputy) const {
        return evidence_.order_start.seconds + action_.deputies[deputy].after.seconds;
    }

    /// When an approval begins to count; nothing if it never does. Deputies are told apart.
    std::optional<Seconds> date(const Voice& voice, std::optional<std::size_t>& deputy) const {
        deputy.reset();
        if (!is_left(voice.by)) {
            return std::nullopt;
        }
        if (voice.stands_for == policy::k_nobody) {
            return voice.start.seconds;
        }
        for (std::size_t j = 0; j < action_.deputies.size(); ++j) {
            const auto& known = action_.deputies[j];
            if (known.deputy == voice.by && known.stands_for == voice.stands_for &&
                !has_spoken(known.stands_for) && evidence_.now_low.seconds >= hour(j)) {
                deputy = j;
                return std::max(voice.start.seconds, hour(j));
            }
        }
        return std::nullopt;
    }

    Present approving(Seconds latest) const {
        Present present;
        present.deputies.resize(action_.deputies.size());
        present.direct_deputies.resize(action_.deputies.size());
        for (const Voice& voice : voices_) {
            std::optional<std::size_t> deputy;
            const auto when = date(voice, deputy);
            if (voice.verdict != Verdict::approve || !when ||
                (evidence_.has_log && *when > latest)) {
                continue;
            }
            present.voices.push_back(voice);
            if (deputy) {
                present.deputies[*deputy] = true;
                present.direct_deputies[*deputy] = present.direct_deputies[*deputy] || !voice.web;
            } else {
                present.self |= one(voice.by);
                present.direct |= voice.web ? 0 : one(voice.by);
            }
        }
        return present;
    }

    Present consenting(Seconds latest) const {
        Present present;
        for (const Voice& voice : voices_) {
            const bool late = action_.consent && action_.consent->within &&
                              voice.start.seconds - situation_.proposed.seconds >
                                  action_.consent->within->seconds;
            if (voice.verdict == Verdict::consent && is_left(voice.by) && !late &&
                voice.stands_for == policy::k_nobody &&
                (!evidence_.has_log || voice.start.seconds <= latest)) {
                present.self |= one(voice.by);
                present.direct |= voice.web ? 0 : one(voice.by);
            }
        }
        return present;
    }

    bool seen(Seconds latest) const {
        People people = 0;
        for (const Voice& voice : voices_) {
            if (voice.verdict == Verdict::seen && voice.stands_for == policy::k_nobody &&
                (voice.by != situation_.proposer || action_.proposer_counts) &&
                (!evidence_.has_log || voice.start.seconds <= latest)) {
                people |= one(voice.by);
            }
        }
        return !action_.seen_by || simple(*action_.seen_by, people);
    }

    bool source_says_so(const Formula::Node& node, PrincipalIndex source, std::uint32_t file,
                        Seconds now_high) const {
        std::vector<policy::FactStatement> newest;
        for (const auto& said : evidence_.facts) {
            if (said.fact != node.fact || said.file != file || said.source != source) {
                continue;
            }
            if (!newest.empty() && newest[0].at < said.at) {
                newest.clear();
            }
            if (newest.empty() || newest[0].at == said.at) {
                newest.push_back(said);
            }
        }
        for (const auto& said : newest) {
            const Seconds known_by = (evidence_.has_log ? said.start : evidence_.now_low).seconds;
            const bool good_value =
                said.value && (node.compare == Compare::at_least ? *said.value >= node.number
                                                                 : *said.value <= node.number);
            if (!good_value || said.at.seconds > known_by ||
                now_high - said.at.seconds > policy_.facts[node.fact].fresh.seconds) {
                return false;
            }
        }
        return !newest.empty();
    }

    bool fact_holds(const Formula::Node& node, Seconds now_high) const {
        const auto& fact = policy_.facts[node.fact];
        const bool about_files = fact.about == policy::Fact::About::file;
        if (about_files && situation_.files == 0) {
            return false;
        }
        for (std::uint32_t file = 0; file < (about_files ? situation_.files : 1); ++file) {
            std::size_t saying = 0;
            for (const PrincipalIndex source : fact.sources) {
                saying += source_says_so(node, source, file, now_high) ? 1U : 0U;
            }
            if (saying < fact.need) {
                return false;
            }
        }
        return true;
    }

    bool parameter_holds(const Formula::Node& node) const {
        const std::string& value = situation_.parameters[node.parameter];
        if (node.compare == Compare::equal) {
            return value == node.text;
        }
        if (value.empty() || value.size() > 18 || (value.size() > 1 && value[0] == '0') ||
            value.find_first_not_of("0123456789") != std::string::npos) {
            return false;
        }
        const std::uint64_t number = std::stoull(value);
        return node.compare == Compare::at_least ? number >= node.number : number <= node.number;
    }

    std::map<std::size_t, bool> conditions(Seconds now_high, bool hoped) const {
        std::map<std::size_t, bool> result;
        for (std::size_t i = 0; i < action_.approve.nodes.size(); ++i) {
            const auto& node = action_.approve.nodes[i];
            if (node.kind == Formula::Node::Kind::fact) {
                result[i] = hoped || fact_holds(node, now_high);
            } else if (node.kind == Formula::Node::Kind::parameter) {
                result[i] = parameter_holds(node);
            }
        }
        return result;
    }

    Holding holding(Seconds latest, const std::map<std::size_t, bool>& standing) const {
        return hold(policy_, action_, approving(latest), consenting(latest), standing);
    }

    /// Every choice of deputies who may still come to speak, all others being left to speak for
    /// themselves.
    bool is_reachable() const {
        const auto hoped = conditions(0, true);
        for (std::uint32_t choice = 0; choice < 1U << action_.deputies.size(); ++choice) {
            Present approve;
            Present consent = consenting(INT64_MAX);
            approve.at_best = true;
            approve.deputies.resize(action_.deputies.size());
            approve.direct_deputies.resize(action_.deputies.size());
            People silent = 0;
            bool possible = true;
            for (std::size_t j = 0; j < action_.deputies.size(); ++j) {
                const auto& known = action_.deputies[j];
                if ((choice >> j & 1U) == 0) {
                    continue;
                }
                possible = possible && is_left(known.deputy) && !has_spoken(known.stands_for) &&
                           hour(j) < end_;
                silent |= one(known.stands_for);
                approve.deputies[j] = true;
                approve.direct_deputies[j] = has_direct_key(known.deputy);
            }
            const bool open = action_.consent &&
                              (!action_.consent->within ||
                               evidence_.now_low.seconds <=
                                   situation_.proposed.seconds + action_.consent->within->seconds);
            for (std::size_t i = 0; i < policy_.principals.size(); ++i) {
                if (!is_left(i) || (silent & one(i)) != 0) {
                    continue;
                }
                approve.self |= one(i);
                approve.direct |= has_direct_key(i) ? one(i) : 0;
                if (open) {
                    consent.self |= one(i);
                    consent.direct |= has_direct_key(i) ? one(i) : 0;
                }
            }
            if (possible && hold(policy_, action_, approve, consent, hoped).all()) {
                return true;
            }
        }
        return false;
    }

    std::size_t claims_at(Seconds now) const {
        std::size_t count = 0;
        for (const base::Time claim : evidence_.claims) {
            count += now - claim.seconds < emergency_->per.seconds ? 1U : 0U;
        }
        return count;
    }

    bool delay_is_over(const std::map<std::size_t, bool>& standing) const {
        if (!action_.wait) {
            return true;
        }
        const Seconds begun = evidence_.now_low.seconds - action_.wait->seconds;
        return evidence_.has_log && holding(begun, standing).all() && seen(begun);
    }

    Reason reason_at(Seconds now_high) const {
        const auto standing = conditions(now_high, false);
        const Holding now = holding(INT64_MAX, standing);
        if (!now.approve) {
            return holding(INT64_MAX, conditions(now_high, true)).approve
                       ? Reason::conditions_missing
                       : Reason::approvals_missing;
        }
        if (!now.consent) {
            return Reason::consent_missing;
        }
        if (!now.direct) {
            return Reason::no_direct_voice;
        }
        if (!seen(INT64_MAX)) {
            return Reason::seen_missing;
        }
        if (!delay_is_over(standing)) {
            return Reason::delay_running;
        }
        if (rationed() && claims_at(evidence_.now_low.seconds) >= emergency_->most) {
            return Reason::rationed;
        }
        if (!is_change_ && evidence_.now_low < situation_.proposed) {
            return Reason::not_begun;
        }
        if (action_.valid_from && evidence_.now_low < *action_.valid_from) {
            return Reason::not_valid_yet;
        }
        return Reason::permitted;
    }

    /// Looks at every instant at which a fact grows stale.
    Seconds until() const {
        std::set<Seconds> instants;
        for (const auto& said : evidence_.facts) {
            instants.insert(said.at.seconds + policy_.facts[said.fact].fresh.seconds + 1);
        }
        for (const Seconds instant : instants) {
            if (instant > evidence_.now_high.seconds && instant < end_ &&
                reason_at(instant) != Reason::permitted) {
                return instant;
            }
        }
        return end_;
    }

    /// Looks at every instant at which a voice begins to count, or a claim ceases to.
    Seconds earliest() const {
        const Seconds now = evidence_.now_low.seconds;
        Seconds result = is_change_ ? now : std::max(now, situation_.proposed.seconds);
        if (action_.valid_from) {
            result = std::max(result, action_.valid_from->seconds);
        }
        if (rationed()) {
            std::set<Seconds> instants{now};
            for (const base::Time claim : evidence_.claims) {
                instants.insert(std::max(now, claim.seconds + emergency_->per.seconds));
            }
            for (const Seconds instant : instants) {
                if (claims_at(instant) < emergency_->most) {
                    result = std::max(result, instant);
                    break;
                }
            }
        }
        if (action_.wait) {
            std::set<Seconds> instants{0};
            for (const Voice& voice : voices_) {
                std::optional<std::size_t> deputy;
                instants.insert(date(voice, deputy).value_or(0));
                instants.insert(voice.start.seconds);
            }
            Seconds begun = now;
            for (const Seconds instant : instants) {
                if (instant < begun && seen(instant) &&
                    holding(instant, conditions(0, true)).all()) {
                    begun = instant;
                }
            }
            result = std::max(result, begun + action_.wait->seconds);
        }
        return result;
    }

    const Policy& policy_;
    const Action& action_;
    const policy::Emergency* emergency_;
    const Situation& situation_;
    std::span<const Voice> voices_;
    const Evidence& evidence_;
    bool is_change_;
    Seconds end_ = 0;
};

}  // namespace

Decision naive_decide_whole(const Policy& policy, const Situation& situation,
                            std::span<const Voice> voices, const Evidence& evidence) {
    if (situation.emergency) {
        const auto& emergency = policy.emergencies[situation.rule];
        return Asked(policy, emergency.rule, &emergency, situation, voices, evidence, false)
            .answer();
    }
    return Asked(policy, policy.actions[situation.rule], nullptr, situation, voices, evidence,
                 false)
        .answer();
}

Decision naive_decide_change_whole(const Policy& policy, policy::Change change,
                                   std::span<const Voice> voices, const Evidence& evidence) {
    const bool amending = change == policy::Change::amend;
    const auto& rule = !amending               ? policy.revoke
                       : policy.amend_lowering ? *policy.amend_lowering
                                               : policy.amend;
    Action action;
    action.approve = rule.approve;
    action.veto = rule.veto;
    action.wait = rule.wait;
    action.web_suffices = !amending;
    Situation situation;
    situation.proposer = policy::k_nobody;
    return Asked(policy, action, nullptr, situation, voices, evidence, true).answer();
}

}  // namespace cheget::test_support
