// decide(): from voices to an answer, the short way for rules of people and thresholds alone.
#include "policy/decide.h"

#include <algorithm>

#include "policy/decide_whole.h"
#include "policy/evaluate.h"

namespace cheget::policy {

namespace {

/// What the voices come to within one rule, as sets of places.
template <typename Width>
struct Spoken {
    PlaceSet<Width> approvals{};
    PlaceSet<Width> direct{};  ///< approvals by a key that is not `web`
    PlaceSet<Width> vetoes{};
    PlaceSet<Width> barred{};  ///< whose approval counts for nothing: vetoed, withdrew, proposed
    bool order_withdrawn = false;
};

/// One pass over the voices. Each principal has one bit, so that no number of votes counts twice.
template <typename Width>
Spoken<Width> gather(const CompiledRule& rule, PrincipalIndex proposer,
                     std::span<const Voice> voices) {
    // Locals, and not the result's own members: they stay in registers.
    PlaceSet<Width> approvals{};
    PlaceSet<Width> direct{};
    PlaceSet<Width> vetoes{};
    PlaceSet<Width> barred{};
    bool order_withdrawn = false;
    const std::size_t principals = rule.place_of.size();
    const Place* place_of = rule.place_of.data();
    for (const Voice& voice : voices) {
        const Place place = voice.by < principals ? place_of[voice.by] : k_no_place;
        const std::size_t word = Width::k_capacity == 1 ? 0 : place / k_word_bits;
        const Word bit = Word{1} << (place % k_word_bits);
        if (voice.verdict == statement::Verdict::approve) {  // most are, so they come first
            if (place != k_no_place && voice.stands_for == k_nobody) {
                approvals[word] |= bit;
                direct[word] |= voice.web ? 0 : bit;
            }
            continue;
        }
        if (voice.verdict == statement::Verdict::withdraw && voice.by == proposer &&
            proposer < principals) {
            order_withdrawn = true;
        }
        if (place == k_no_place) {
            continue;
        }
        if (voice.verdict == statement::Verdict::veto) {
            vetoes[word] |= bit;
            barred[word] |= bit;
        } else if (voice.verdict == statement::Verdict::withdraw) {
            barred[word] |= bit;
        }
    }
    if (proposer < principals && !rule.proposer_counts) {
        if (const Place place = place_of[proposer]; place != k_no_place) {
            barred[Width::k_capacity == 1 ? 0 : place / k_word_bits] |= Word{1}
                                                                        << (place % k_word_bits);
        }
    }
    for (std::size_t i = 0; i < Width::k_capacity; ++i) {
        approvals[i] &= ~barred[i];
        direct[i] &= ~barred[i];
    }
    return {approvals, direct, vetoes, barred, order_withdrawn};
}

/// Whether the formula would hold, and directly, if everyone who is left approved.
template <typename Width>
bool reachable(Width width, const CompiledRule& rule, const Spoken<Width>& spoken) {
    PlaceSet<Width> everyone;
    PlaceSet<Width> direct;
    for (std::size_t i = 0; i < width.count(); ++i) {
        everyone[i] = rule.people[i] & ~spoken.barred[i];
        direct[i] = spoken.direct[i] | (rule.direct_people[i] & ~spoken.barred[i]);
    }
    const Ballot ballot{.said = everyone.data(), .direct = direct.data()};
    const Standing standing = evaluate(width, rule.approve, ballot, nullptr);
    return standing.satisfied && (standing.direct || rule.web_suffices);
}

/// The part of a decision that is about voices alone: deny, wait, or permit without times.
template <typename Width>
Decision decide_voices(Width width, const CompiledRule& rule, const Spoken<Width>& spoken,
                       Tree* tree) {
    TreeNode* const approve_tree = tree != nullptr ? tree->approve.data() : nullptr;
    TreeNode* const veto_tree = tree != nullptr ? tree->veto.data() : nullptr;
    const Ballot approvals{.said = spoken.approvals.data(), .direct = spoken.direct.data()};
    const Standing standing = evaluate(width, rule.approve, approvals, approve_tree);
    const Ballot vetoes{.said = spoken.vetoes.data(), .direct = spoken.vetoes.data()};
    if (rule.veto && evaluate(width, *rule.veto, vetoes, veto_tree).satisfied) {
        return {Answer::deny, Reason::vetoed, {}, {}};
    }
    if (standing.satisfied && (standing.direct || rule.web_suffices)) {
        return {Answer::permit, Reason::permitted, {}, {}};
    }
    if (!reachable(width, rule, spoken)) {
        return {Answer::deny, Reason::unreachable, {}, {}};
    }
    return {Answer::wait,
            standing.satisfied ? Reason::no_direct_voice : Reason::approvals_missing,
            {},
            {}};
}

/// Which statement stands behind each principal's word. The choice depends on what the statements
/// are, never on their order.
template <typename Width>
void cite(const CompiledRule& rule, const Spoken<Width>& spoken, PrincipalIndex proposer,
          std::span<const Voice> voices, Tree& tree) {
    const std::size_t principals = rule.place_of.size();
    tree.approval_of.assign(principals, Tree::k_none);
    tree.veto_of.assign(principals, Tree::k_none);
    tree.withdrawal_of.assign(principals, Tree::k_none);
    for (const Voice& voice : voices) {
        if (voice.by >= principals) {
            continue;
        }
        const Place place = rule.place_of[voice.by];
        if (voice.verdict == statement::Verdict::withdraw &&
            (place != k_no_place || voice.by == proposer)) {
            tree.withdrawal_of[voice.by] = std::min(tree.withdrawal_of[voice.by], voice.statement);
        }
        if (place == k_no_place) {
            continue;
        }
        const std::size_t word = place / k_word_bits;
        const Word bit = Word{1} << (place % k_word_bits);
        if (voice.verdict == statement::Verdict::veto) {
            tree.veto_of[voice.by] = std::min(tree.veto_of[voice.by], voice.statement);
        } else if (voice.verdict == statement::Verdict::approve &&
                   (spoken.approvals[word] & bit) != 0 && voice.stands_for == k_nobody &&
                   (!voice.web || (spoken.direct[word] & bit) == 0)) {
            tree.approval_of[voice.by] = std::min(tree.approval_of[voice.by], voice.statement);
        }
    }
}

template <typename Width>
Decision decide_in(Width width, const CompiledRule& rule, const Question& question,
                   std::span<const Voice> voices, const Evidence& evidence, Tree* tree) {
    const Spoken<Width> spoken = gather<Width>(rule, question.proposer, voices);
    if (tree != nullptr) {
        tree->approve.resize(rule.approve_size);
        tree->veto.resize(rule.veto_size);
        tree->consent.clear();
        tree->seen_by.clear();
        tree->consent_of.clear();
        tree->seen_of.clear();
        tree->deputy_approval.clear();
        tree->facts.clear();
        cite(rule, spoken, question.proposer, voices, *tree);
    }
    Decision decision = decide_voices(width, rule, spoken, tree);
    if (!may_propose(rule, question.proposer)) {
        return {Answer::deny, Reason::proposer_not_entitled, {}, {}};
    }
    if (spoken.order_withdrawn) {
        return {Answer::deny, Reason::withdrawn, {}, {}};
    }
    if (decision.reason == Reason::vetoed) {
        return decision;
    }
    if (evidence.has_log && question.proposed > evidence.order_start) {
        return {Answer::deny, Reason::postdated, {}, {}};
    }
    if (evidence.now_high >= question.expires) {
        return {Answer::deny, Reason::expired, {}, {}};
    }
    if (decision.answer == Answer::permit && evidence.now_low < question.proposed) {
        decision = {Answer::wait, Reason::not_begun, {}, {}};
    }
    if (decision.answer == Answer::wait) {
        decision.earliest = std::max(evidence.now_low, question.proposed);
        if (decision.earliest >= question.expires) {
            return {Answer::deny, Reason::too_late, {}, {}};
        }
    } else if (decision.answer == Answer::permit) {
        decision.until = question.expires;
    }
    return decision;
}

template <typename Width>
Decision decide_change_in(Width width, const CompiledRule& rule, std::span<const Voice> voices) {
    return decide_voices(width, rule, gather<Width>(rule, k_nobody, voices), nullptr);
}

Question question_of(const BoundOrder& order) {
    return {order.action_index(),
            order.proposer(),
            order.proposed(),
            order.expires(),
            order.emergency_index(),
            order.parameters(),
            static_cast<std::uint32_t>(order.files().size())};
}

}  // namespace

Decision decide_question(const Rules::Impl& rules, const Question& question,
                         std::span<const Voice> voices, const Evidence& evidence, Tree* tree) {
    const auto& among = question.emergency ? rules.emergencies : rules.actions;
    const std::size_t number = question.emergency.value_or(question.action);
    if (number >= among.size()) {
        return {Answer::deny, Reason::does_not_fit, {}, {}};
    }
    const CompiledRule& rule = among[number];
    if (!rule.is_plain) {
        return decide_whole(rule, rules.facts, question, voices, evidence, tree);
    }
    if (rule.words == 1) {
        return decide_in(OneWord{}, rule, question, voices, evidence, tree);
    }
    return decide_in(ManyWords{rule.words}, rule, question, voices, evidence, tree);
}

Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence) {
    return decide_question(rules.impl(), question_of(order), voices, evidence, nullptr);
}

Decision decide(const Rules& rules, const BoundOrder& order, std::span<const Voice> voices,
                const Evidence& evidence, Tree& tree) {
    return decide_question(rules.impl(), question_of(order), voices, evidence, &tree);
}

Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices) {
    const CompiledRule& rule = rules.impl().change(change);
    if (!rule.is_plain) {
        return decide_whole_change(rule, voices, {});
    }
    if (rule.words == 1) {
        return decide_change_in(OneWord{}, rule, voices);
    }
    return decide_change_in(ManyWords{rule.words}, rule, voices);
}

Decision decide_change(const Rules& rules, Change change, std::span<const Voice> voices,
                       const Evidence& evidence) {
    return decide_whole_change(rules.impl().change(change), voices, evidence);
}

}  // namespace cheget::policy
