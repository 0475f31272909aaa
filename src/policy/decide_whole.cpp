// From voices, facts and times to an answer, for rules that use the whole language.
#include "policy/decide_whole.h"

#include <algorithm>

#include "policy/chain.h"
#include "policy/facts.h"
#include "policy/said.h"

namespace cheget::policy {

namespace {

using statement::Verdict;

/// What stands whenever it was said.
template <typename Width>
struct Finals {
    PlaceSet<Width> barred{};  ///< whose agreement counts for nothing: vetoed, withdrew, proposed
    PlaceSet<Width> vetoes{};
    PlaceSet<Width> spoken{};  ///< who said anything at all, the proposer included
    bool order_withdrawn = false;
};

template <typename Width>
class Deliberation {
  public:
    Deliberation(Width width, const CompiledRule& rule, const Question& question,
                 std::span<const Voice> voices, const Evidence& evidence)
        : width_(width), rule_(rule), question_(question), voices_(voices), evidence_(evidence) {
        listen();
        limit_ = question.expires;
        if (rule.valid_until) {
            limit_ = std::min(limit_, *rule.valid_until);
        }
    }

    Decision decide(std::span<const CompiledFact> facts, Tree* tree) {
        judge_conditions(rule_, facts, question_, evidence_, evidence_.now_high, now_);
        hope_for_facts(rule_, now_, hoped_);
        said_ = hear(k_no_limit);
        if (tree != nullptr) {
            fill(facts, *tree);
        }
        if (rule_.needs_log && !evidence_.has_log) {
            return deny(Reason::needs_log);
        }
        if (!may_propose(rule_, question_.proposer)) {
            return deny(Reason::proposer_not_entitled);
        }
        if (finals_.order_withdrawn) {
            return deny(Reason::withdrawn);
        }
        if (is_vetoed()) {
            return deny(Reason::vetoed);
        }
        if (evidence_.has_log && question_.proposed > evidence_.order_start) {
            return deny(Reason::postdated);
        }
        if (evidence_.now_high >= question_.expires) {
            return deny(Reason::expired);
        }
        if (rule_.valid_until && evidence_.now_high >= *rule_.valid_until) {
            return deny(Reason::rule_ended);
        }
        return decide_open(facts);
    }

    Decision decide_change() {
        said_ = hear(k_no_limit);
        if (is_vetoed()) {
            return deny(Reason::vetoed);
        }
        if (!is_reachable()) {
            return deny(Reason::unreachable);
        }
        const Reason missing = what_is_missing();
        if (missing == Reason::permitted) {
            return {Answer::permit, missing, {}, {}};
        }
        return {Answer::wait, missing, {}, evidence_.has_log ? earliest() : base::Time{}};
    }

  private:
    static Decision deny(Reason reason) { return {Answer::deny, reason, {}, {}}; }

    Decision decide_open(std::span<const CompiledFact> facts) {
        if (!is_reachable()) {
            return deny(Reason::unreachable);
        }
        const Reason missing = what_is_missing();
        if (missing == Reason::permitted) {
            return {Answer::permit, Reason::permitted, until(facts), {}};
        }
        const base::Time at_best = earliest();
        if (at_best >= limit_) {
            return deny(Reason::too_late);
        }
        return {Answer::wait, missing, {}, at_best};
    }

    Place place_of(PrincipalIndex person) const {
        return person < rule_.place_of.size() ? rule_.place_of[person] : k_no_place;
    }

    // Voices.

    void listen() {
        for (const Voice& voice : voices_) {
            finals_.order_withdrawn =
                finals_.order_withdrawn ||
                (voice.by == question_.proposer && voice.verdict == Verdict::withdraw);
            const Place place = place_of(voice.by);
            if (place == k_no_place) {
                continue;
            }
            add(finals_.spoken, place);
            if (voice.verdict == Verdict::veto) {
                add(finals_.vetoes, place);
            }
            if (voice.verdict == Verdict::veto || voice.verdict == Verdict::withdraw) {
                add(finals_.barred, place);
            }
        }
        if (const Place place = place_of(question_.proposer); place != k_no_place) {
            add(finals_.spoken, place);
            if (!rule_.proposer_counts) {
                add(finals_.barred, place);
            }
        }
    }

    /// Where an approval counts: the giver's own place, or that of a deputy for the other, from
    /// that deputy's hour on and while the other keeps silent.
    Place place_of_approval(const Voice& voice) const {
        const Place own = place_of(voice.by);
        if (own == k_no_place || has(finals_.barred, own)) {
            return k_no_place;
        }
        if (voice.stands_for == k_nobody) {
            return own;
        }
        for (const DeputyPlaces& one : rule_.deputies) {
            if (one.deputy == voice.by && one.stands_for == voice.stands_for) {
                return !has(finals_.spoken, one.absent) && hour_of(one) <= evidence_.now_low
                           ? one.approval
                           : k_no_place;
            }
        }
        return k_no_place;
    }

    base::Time hour_of(const DeputyPlaces& deputy) const {
        return evidence_.order_start + deputy.after;
    }

    /// A deputy's voice dates from the later of its entry and the deputy's hour.
    base::Time date_of_approval(const Voice& voice) const {
        for (const DeputyPlaces& one : rule_.deputies) {
            if (one.deputy == voice.by && one.stands_for == voice.stands_for) {
                return std::max(voice.start, hour_of(one));
            }
        }
        return voice.start;
    }

    bool is_consent_in_time(const Voice& voice) const {
        return !rule_.consent->within || voice.start <= question_.proposed + *rule_.consent->within;
    }

    /// The voices dated `latest` or before.
    Said<Width> hear(base::Time latest) const {
        Said<Width> said;
        for (const Voice& voice : voices_) {
            if (voice.verdict == Verdict::approve) {
                const Place place = place_of_approval(voice);
                if (place != k_no_place && is_dated(date_of_approval(voice), latest)) {
                    add(said.approvals, place);
                    if (!voice.web) {
                        add(said.direct, place);
                    }
                }
            } else if (voice.verdict == Verdict::consent && rule_.consent) {
                hear_consent(voice, latest, said);
            } else if (voice.verdict == Verdict::seen && rule_.seen_by) {
                const Place place = place_of(voice.by);
                const bool is_proposer = voice.by == question_.proposer && !rule_.proposer_counts;
                if (place != k_no_place && !is_proposer && voice.stands_for == k_nobody &&
                    is_dated(voice.start, latest)) {
                    add(said.seen, place);
                }
            }
        }
        if (!rule_.approve.sequence().empty()) {
            said.sequence = follow_chain(rule_.approve, voices_, [&](const Voice& voice) {
                return voice.verdict == Verdict::approve &&
                               is_dated(date_of_approval(voice), latest)
                           ? place_of_approval(voice)
                           : k_no_place;
            });
        }
        return said;
    }

    void hear_consent(const Voice& voice, base::Time latest, Said<Width>& said) const {
        const Place place = place_of(voice.by);
        if (place == k_no_place || has(finals_.barred, place) || voice.stands_for != k_nobody ||
            !is_consent_in_time(voice) || !is_dated(voice.start, latest)) {
            return;
        }
        add(said.consents, place);
        if (!voice.web) {
            add(said.direct_consents, place);
        }
    }

    /// Without a log nothing is dated, and no rule that asks for dates is satisfied anyway.
    bool is_dated(base::Time date, base::Time latest) const {
        return !evidence_.has_log || date <= latest;
    }

    // Formulas.

    bool is_vetoed() const {
        if (!rule_.veto) {
            return false;
        }
        const Ballot ballot{.said = finals_.vetoes.data(), .direct = finals_.vetoes.data()};
        return evaluate(width_, *rule_.veto, ballot, nullptr).satisfied;
    }

    Ballot ballot_of(const Said<Width>& said, const ConditionStandings& conditions,
                     bool as_sequence) const {
        return {.said = said.approvals.data(),
                .direct = said.direct.data(),
                .deputies = rule_.deputies,
                .conditions = conditions.data(),
                .sequence = as_sequence ? &said.sequence : nullptr};
    }

    Standings weigh(const Said<Width>& said, const ConditionStandings& conditions,
                    bool as_sequence) const {
        Standings standings = weigh_as_said(said, conditions, as_sequence);
        if (standings.all() && !rule_.web_suffices && rule_.consent &&
            !rule_.consent->joint.empty()) {
            standings.direct = is_direct_where_placed(rule_, said, [&](const Said<Width>& others) {
                return weigh_as_said(others, conditions, as_sequence);
            });
        }
        return standings;
    }

    Standings weigh_as_said(const Said<Width>& said, const ConditionStandings& conditions,
                            bool as_sequence) const {
        const Standing approve =
            evaluate(width_, rule_.approve, ballot_of(said, conditions, as_sequence), nullptr);
        Standing consent{true, false};
        if (rule_.consent) {
            const Ballot ballot{.said = said.consents.data(),
                                .direct = said.direct_consents.data()};
            consent = evaluate(width_, rule_.consent->formula, ballot, nullptr);
            consent.satisfied = consent.satisfied && distinct_people_suffice(said);
        }
        return {approve.satisfied, consent.satisfied,
                rule_.web_suffices || approve.direct || consent.direct};
    }

    bool distinct_people_suffice(const Said<Width>& said) const {
        for (const JointDemand& demand : rule_.consent->joint) {
            PlaceSet<Width> people{};
            for (std::size_t i = 0; i < width_.count(); ++i) {
                people[i] = demand.approvers[i] & said.approvals[i];
            }
            fold_deputies(rule_.deputies, people.data());
            for (std::size_t i = 0; i < width_.count(); ++i) {
                people[i] |= demand.consenters[i] & said.consents[i];
            }
            if (count_common(width_, people.data(), people.data()) < demand.need) {
                return false;
            }
        }
        return true;
    }

    /// Whether the rule would be satisfied if everyone who is left spoke and every fact held. Who
    /// has a deputy could speak too, and would fill the same places; so deputies are asked only
    /// where the one thing lacking is a direct voice.
    bool is_reachable() const {
        Said<Width> best;
        for (std::size_t i = 0; i < width_.count(); ++i) {
            best.approvals[i] = rule_.people[i] & ~finals_.barred[i];
            best.direct[i] =
                (rule_.direct_people[i] & ~finals_.barred[i]) | (said_.direct[i] & rule_.people[i]);
        }
        hope_for_consent(best);
        const Standings standings = weigh(best, hoped_, false);
        if (!standings.approve || !standings.consent || standings.direct) {
            return standings.all();
        }
        return std::any_of(rule_.deputies.begin(), rule_.deputies.end(),
                           [&](const DeputyPlaces& one) { return is_direct_with(best, one); });
    }

    void hope_for_consent(Said<Width>& best) const {
        if (!rule_.consent) {
            return;
        }
        const bool is_open = !rule_.consent->within ||
                             evidence_.now_low <= question_.proposed + *rule_.consent->within;
        for (std::size_t i = 0; i < width_.count(); ++i) {
            best.consents[i] = said_.consents[i];
            best.direct_consents[i] = said_.direct_consents[i];
            if (is_open) {
                best.consents[i] |= rule_.consent->people[i] & ~finals_.barred[i];
                best.direct_consents[i] |= rule_.consent->direct_people[i] & ~finals_.barred[i];
            }
        }
    }

    bool is_direct_with(Said<Width> best, const DeputyPlaces& deputy) const {
        if (!deputy.has_direct_key || has(finals_.barred, deputy.self) ||
            has(finals_.spoken, deputy.absent) || hour_of(deputy) >= limit_) {
            return false;
        }
        PlaceSet<Width> absent{};
        add(absent, deputy.absent);
        for (std::size_t i = 0; i < width_.count(); ++i) {
            best.approvals[i] &= ~absent[i];
            best.consents[i] &= ~absent[i];
        }
        best.direct = {};
        best.direct_consents = {};
        add(best.approvals, deputy.approval);
        add(best.direct, deputy.approval);
        return weigh(best, hoped_, false).all();
    }

    bool is_seen(const Said<Width>& said) const {
        const Ballot ballot{.said = said.seen.data(), .direct = said.seen.data()};
        return !rule_.seen_by || evaluate(width_, *rule_.seen_by, ballot, nullptr).satisfied;
    }

    // Time.

    /// The first thing that is missing, in the order that decide() names; permitted if nothing is.
    Reason what_is_missing() const {
        const Standings standings = weigh(said_, now_, true);
        if (!standings.approve) {
            return weigh(said_, hoped_, true).approve ? Reason::conditions_missing
                                                      : Reason::approvals_missing;
        }
        if (!standings.consent) {
            return Reason::consent_missing;
        }
        if (!standings.direct) {
            return Reason::no_direct_voice;
        }
        if (!is_seen(said_)) {
            return Reason::seen_missing;
        }
        if (!is_delay_over(now_)) {
            return Reason::delay_running;
        }
        if (claims_after(evidence_.now_low) >= most_claims()) {
            return Reason::rationed;
        }
        if (evidence_.now_low < question_.proposed) {
            return Reason::not_begun;
        }
        if (rule_.valid_from && evidence_.now_low < *rule_.valid_from) {
            return Reason::not_valid_yet;
        }
        return Reason::permitted;
    }

    /// Whether the voices dated before the delay began suffice.
    bool is_delay_over(const ConditionStandings& conditions) const {
        if (!rule_.wait) {
            return true;
        }
        if (!evidence_.has_log) {
            return false;
        }
        const Said<Width> then = hear({evidence_.now_low.seconds - rule_.wait->seconds});
        return weigh(then, conditions, true).all() && is_seen(then);
    }

    std::size_t most_claims() const {
        return rule_.ration ? rule_.ration->most : evidence_.claims.size() + 1;
    }

    /// Claims that still count against the ration at some time.
    std::size_t claims_after(base::Time now) const {
        if (!rule_.ration) {
            return 0;
        }
        return static_cast<std::size_t>(
            std::count_if(evidence_.claims.begin(), evidence_.claims.end(), [&](base::Time claim) {
                return claim.seconds > now.seconds - rule_.ration->per.seconds;
            }));
    }

    /// The lowest time from `low` to `high` at which `holds`, which stays true once it is; `high`
    /// if it holds nowhere before.
    template <typename Holds>
    static base::Time first_time(base::Time low, base::Time high, Holds holds) {
        while (low < high) {
            const base::Time middle{low.seconds + (high.seconds - low.seconds) / 2};
            if (holds(middle)) {
                high = middle;
            } else {
                low = {middle.seconds + 1};
            }
        }
        return high;
    }

    /// The earliest permit if what is missing came at once: facts hold, new voices date from now.
    base::Time earliest() const {
        const base::Time now = evidence_.now_low;
        base::Time time = std::max(now, question_.proposed);
        if (rule_.valid_from) {
            time = std::max(time, *rule_.valid_from);
        }
        if (rule_.ration) {
            if (rule_.ration->most == 0) {
                return limit_;
            }
            time = std::max(time, first_time(now, latest_claim_end(), [&](base::Time at) {
                                return claims_after(at) < rule_.ration->most;
                            }));
        }
        if (rule_.wait) {
            const base::Time begun = first_time({0}, now, [&](base::Time at) {
                const Said<Width> said = hear(at);
                return weigh(said, hoped_, true).all() && is_seen(said);
            });
            time = std::max(time, begun + *rule_.wait);
        }
        return time;
    }

    base::Time latest_claim_end() const {
        base::Time end = evidence_.now_low;
        for (const base::Time claim : evidence_.claims) {
            end = std::max(end, claim + rule_.ration->per);
        }
        return end;
    }

    /// Until the order or the rule ends, or a fact that is needed grows stale.
    base::Time until(std::span<const CompiledFact> facts) const {
        if (!rule_.has_facts) {
            return limit_;
        }
        return first_time(evidence_.now_high, limit_, [&](base::Time at) {
            ConditionStandings then;
            judge_conditions(rule_, facts, question_, evidence_, at, then);
            return !weigh(said_, then, true).all() || !is_delay_over(then);
        });
    }

    // The tree.

    void fill(std::span<const CompiledFact> facts, Tree& tree) const {
        tree.approve.assign(rule_.approve_size, {});
        tree.veto.assign(rule_.veto_size, {});
        tree.consent.assign(rule_.consent ? rule_.consent->size : 0, {});
        tree.seen_by.assign(rule_.seen_by_size, {});
        evaluate(width_, rule_.approve, ballot_of(said_, now_, true), tree.approve.data());
        if (rule_.veto) {
            const Ballot vetoes{.said = finals_.vetoes.data(), .direct = finals_.vetoes.data()};
            evaluate(width_, *rule_.veto, vetoes, tree.veto.data());
        }
        if (rule_.consent) {
            const Ballot consents{.said = said_.consents.data(),
                                  .direct = said_.direct_consents.data()};
            evaluate(width_, rule_.consent->formula, consents, tree.consent.data());
        }
        if (rule_.seen_by) {
            const Ballot seen{.said = said_.seen.data(), .direct = said_.seen.data()};
            evaluate(width_, *rule_.seen_by, seen, tree.seen_by.data());
        }
        tell_facts(facts, evidence_, tree.facts);
        cite(tree);
    }

    /// Which statement stands behind each word: a direct one before a `web` one, then the lowest.
    void cite(Tree& tree) const {
        for (auto* list : {&tree.approval_of, &tree.veto_of, &tree.withdrawal_of, &tree.consent_of,
                           &tree.seen_of}) {
            list->assign(rule_.place_of.size(), Tree::k_none);
        }
        tree.deputy_approval.assign(rule_.deputies.size(), Tree::k_none);
        const auto keep_lowest = [](std::uint32_t& known, const Voice& voice) {
            known = std::min(known, voice.statement);
        };
        for (const Voice& voice : voices_) {
            const Place own = place_of(voice.by);
            if (voice.verdict == Verdict::withdraw && voice.by < rule_.place_of.size() &&
                (own != k_no_place || voice.by == question_.proposer)) {
                keep_lowest(tree.withdrawal_of[voice.by], voice);
            }
            if (own == k_no_place) {
                continue;
            }
            if (voice.verdict == Verdict::veto) {
                keep_lowest(tree.veto_of[voice.by], voice);
            } else if (voice.verdict == Verdict::consent && has(said_.consents, own) &&
                       voice.stands_for == k_nobody && is_consent_in_time(voice) &&
                       (!voice.web || !has(said_.direct_consents, own))) {
                keep_lowest(tree.consent_of[voice.by], voice);
            } else if (voice.verdict == Verdict::seen && has(said_.seen, own) &&
                       voice.stands_for == k_nobody) {
                keep_lowest(tree.seen_of[voice.by], voice);
            } else if (voice.verdict == Verdict::approve) {
                cite_approval(voice, tree);
            }
        }
    }

    void cite_approval(const Voice& voice, Tree& tree) const {
        const Place place = place_of_approval(voice);
        if (place == k_no_place || (voice.web && has(said_.direct, place))) {
            return;
        }
        std::uint32_t* known = &tree.approval_of[voice.by];
        for (std::size_t i = 0; i < rule_.deputies.size(); ++i) {
            if (rule_.deputies[i].approval == place) {
                known = &tree.deputy_approval[i];
            }
        }
        *known = std::min(*known, voice.statement);
    }

    Width width_;
    const CompiledRule& rule_;
    const Question& question_;
    std::span<const Voice> voices_;
    const Evidence& evidence_;
    Finals<Width> finals_;
    Said<Width> said_;
    ConditionStandings now_;
    ConditionStandings hoped_;
    base::Time limit_;  ///< when the order or the rule ends
};

}  // namespace

Decision decide_whole(const CompiledRule& rule, std::span<const CompiledFact> facts,
                      const Question& question, std::span<const Voice> voices,
                      const Evidence& evidence, Tree* tree) {
    if (rule.words == 1) {
        return Deliberation<OneWord>({}, rule, question, voices, evidence).decide(facts, tree);
    }
    return Deliberation<ManyWords>({rule.words}, rule, question, voices, evidence)
        .decide(facts, tree);
}

Decision decide_whole_change(const CompiledRule& rule, std::span<const Voice> voices,
                             const Evidence& evidence) {
    Question question;
    question.proposer = k_nobody;
    question.expires = k_no_limit;
    if (rule.words == 1) {
        return Deliberation<OneWord>({}, rule, question, voices, evidence).decide_change();
    }
    return Deliberation<ManyWords>({rule.words}, rule, question, voices, evidence).decide_change();
}

}  // namespace cheget::policy
