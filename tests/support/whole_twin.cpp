// The naive evaluator for the whole language. Recursion, maps and copies throughout: clarity is all
// it is for.
#include "support/whole_twin.h"

#include <map>
#include <set>

#include "support/whole_places.h"

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
