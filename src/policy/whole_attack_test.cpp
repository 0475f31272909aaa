// Attacks on what the whole language adds, on rules made by hand, named after the guarantee that
// they try to break. Whoever attacks brings valid signatures of the wrong kind, time or person.
#include <gtest/gtest.h>

#include "policy/compile.h"
#include "policy/policy_test_support.h"

namespace cheget::policy {
namespace {

using statement::Verdict;
using Kind = Formula::Node::Kind;

constexpr base::Time k_proposed{1'000'000};
constexpr base::Time k_expires{1'003'600};

enum Person : PrincipalIndex { alice, bob, carol, dave, erin, k_people };

Formula k_of(std::uint32_t need, std::vector<PrincipalIndex> people) {
    Formula formula;
    auto& node = formula.nodes.emplace_back();
    node.need = need;
    node.people = std::move(people);
    return formula;
}

/// `all of` formulas of one node each.
Formula all_of(std::vector<Formula> parts) {
    Formula formula;
    Formula::Node all;
    all.kind = Kind::threshold;
    for (Formula& part : parts) {
        all.children.push_back(static_cast<std::uint32_t>(formula.nodes.size()));
        formula.nodes.push_back(std::move(part.nodes[0]));
    }
    all.need = static_cast<std::uint32_t>(all.children.size());
    formula.nodes.push_back(std::move(all));
    return formula;
}

Formula fact_is_true() {
    Formula formula;
    auto& node = formula.nodes.emplace_back();
    node.kind = Kind::fact;
    node.number = 1;
    return formula;
}

Voice voice(PrincipalIndex by, Verdict verdict = Verdict::approve) {
    Voice result;
    result.by = by;
    result.verdict = verdict;
    result.statement = by;
    result.start = {k_proposed.seconds + 10};
    return result;
}

/// Alice proposes; a log began the order's entry when it was proposed; it is ten minutes later.
class AttackWhole : public ::testing::Test {
  protected:
    AttackWhole() {
        policy_.principals.resize(k_people);
        static const auto key = *signature::PublicKey::from_blob(testing::ed25519_blob(1));
        for (auto& principal : policy_.principals) {
            principal.keys.push_back({.key = key, .at = {}});
        }
        policy_.actions.resize(1);
        action().propose = k_of(1, {alice});
        action().approve = k_of(1, {bob, carol});
        policy_.amend.approve = k_of(1, {alice});
        policy_.revoke.approve = k_of(1, {alice});
        evidence_.now_low = evidence_.now_high = {k_proposed.seconds + 600};
        evidence_.has_log = true;
        evidence_.order_start = k_proposed;
    }

    Action& action() { return policy_.actions[0]; }

    void add_fact(std::uint32_t need, std::vector<PrincipalIndex> sources) {
        Fact fact;
        fact.need = need;
        fact.sources = std::move(sources);
        fact.fresh = {900};
        policy_.facts.push_back(std::move(fact));
    }

    static FactStatement said(PrincipalIndex source, std::int64_t at,
                              std::optional<std::uint64_t> value = 1) {
        FactStatement result;
        result.source = source;
        result.value = value;
        result.at = {k_proposed.seconds + at};
        result.start = result.at;
        return result;
    }

    Decision ask(const std::vector<Voice>& voices, const std::vector<FactStatement>& facts = {}) {
        const Rules rules(policy_);
        Question question;
        question.proposer = alice;
        question.proposed = k_proposed;
        question.expires = k_expires;
        question.files = files_;
        if (!policy_.emergencies.empty()) {
            question.emergency = 0;
        }
        Evidence evidence = evidence_;
        evidence.facts = facts;
        return decide_question(rules.impl(), question, voices, evidence, nullptr);
    }

    void expect_permit(const std::vector<Voice>& voices,
                       const std::vector<FactStatement>& facts = {}) {
        EXPECT_EQ(ask(voices, facts).answer, Answer::permit);
    }
    void expect(Reason reason, const std::vector<Voice>& voices,
                const std::vector<FactStatement>& facts = {}) {
        EXPECT_EQ(ask(voices, facts).reason, reason);
    }

    Policy policy_;
    Evidence evidence_;
    std::uint32_t files_ = 0;
};

// Consent.

TEST_F(AttackWhole, G1_consent_used_as_approval) {
    action().consent = Consent{k_of(1, {bob}), false, std::nullopt, {}};
    expect(Reason::approvals_missing, {voice(bob, Verdict::consent)});
    expect_permit({voice(carol), voice(bob, Verdict::consent)});
}

TEST_F(AttackWhole, G1_approval_used_as_consent) {
    action().consent = Consent{k_of(1, {erin}), false, std::nullopt, {}};
    expect(Reason::consent_missing, {voice(bob), voice(erin)});
}

TEST_F(AttackWhole, G4_one_person_approves_and_consents) {
    action().consent = Consent{k_of(1, {bob, dave}), false, std::nullopt, {}};
    expect(Reason::consent_missing, {voice(bob), voice(bob, Verdict::consent)});
    expect_permit({voice(bob), voice(carol), voice(bob, Verdict::consent)});
    expect_permit({voice(bob), voice(dave, Verdict::consent)});
}

/// A page's server consents for bob and approves for carol; bob's own approval fills no place then.
TEST_F(AttackWhole, G4_a_direct_voice_beside_its_place) {
    action().consent = Consent{k_of(1, {bob}), false, std::nullopt, {}};
    const auto by_page = [](Voice voice) {
        voice.web = true;
        return voice;
    };
    const Voice consent = by_page(voice(bob, Verdict::consent));
    expect(Reason::no_direct_voice, {voice(bob), by_page(voice(carol)), consent});
    expect_permit({voice(bob), voice(carol), consent});
    expect_permit({voice(bob), by_page(voice(carol)), voice(bob, Verdict::consent)});
    // The other way round: the consent is his own word, and only his approval fills a place.
    action().approve = k_of(1, {bob});
    action().consent = Consent{k_of(1, {bob, dave}), false, std::nullopt, {}};
    expect(Reason::no_direct_voice, {by_page(voice(bob)), voice(bob, Verdict::consent),
                                     by_page(voice(dave, Verdict::consent))});
    action().web_suffices = true;
    expect_permit({by_page(voice(bob)), voice(bob, Verdict::consent),
                   by_page(voice(dave, Verdict::consent))});
}

TEST_F(AttackWhole, G4_the_proposer_consents) {
    action().consent = Consent{k_of(1, {alice, erin}), false, std::nullopt, {}};
    expect(Reason::consent_missing, {voice(bob), voice(alice, Verdict::consent)});
}

TEST_F(AttackWhole, G5_consent_of_someone_who_withdrew) {
    action().consent = Consent{k_of(1, {dave, erin}), false, std::nullopt, {}};
    expect(Reason::consent_missing,
           {voice(bob), voice(erin, Verdict::consent), voice(erin, Verdict::withdraw)});
}

TEST_F(AttackWhole, G6_consent_a_second_too_late) {
    action().consent = Consent{k_of(1, {erin}), false, base::Span{300}, {}};
    Voice consent = voice(erin, Verdict::consent);
    consent.start = {k_proposed.seconds + 300};
    expect_permit({voice(bob), consent});
    consent.start.seconds += 1;
    expect(Reason::unreachable, {voice(bob), consent});
}

TEST_F(AttackWhole, G4_overlap_with_consent_that_cannot_be_matched) {
    Formula nested = all_of({k_of(1, {bob}), k_of(1, {carol})});
    nested.nodes.back().need = 1;  // `any of` people who also consent
    action().approve = nested;
    action().consent = Consent{k_of(1, {bob, erin}), false, std::nullopt, {}};
    expect(Reason::unreachable, {voice(carol), voice(erin, Verdict::consent)});
}

// Overlaps and weights.

TEST_F(AttackWhole, G4_one_vote_in_two_parts) {
    action().approve = all_of({k_of(1, {bob, carol}), k_of(1, {bob, dave}), k_of(1, {bob, erin})});
    expect(Reason::approvals_missing, {voice(bob), voice(dave)});
    expect_permit({voice(bob), voice(dave), voice(erin)});
}

TEST_F(AttackWhole, G4_weight_counted_twice) {
    Formula formula = k_of(5, {bob, carol});
    formula.nodes[0].kind = Kind::weight;
    formula.nodes[0].weights = {3, 2};
    action().approve = formula;
    expect(Reason::approvals_missing, {voice(bob), voice(bob)});
    expect_permit({voice(bob), voice(carol)});
}

TEST_F(AttackWhole, G4_weight_that_overlaps) {
    Formula weight = k_of(3, {bob, carol});
    weight.nodes[0].kind = Kind::weight;
    weight.nodes[0].weights = {3, 2};
    action().approve = all_of({weight, k_of(1, {bob, dave})});
    expect(Reason::unreachable, {voice(bob), voice(carol), voice(dave)});
}

TEST_F(AttackWhole, G10_weights_that_are_nothing) {
    Formula formula = k_of(0, {bob, carol});
    formula.nodes[0].kind = Kind::weight;
    formula.nodes[0].weights = {3, 2};
    action().approve = formula;
    expect(Reason::unreachable, {});
}

// Facts.

TEST_F(AttackWhole, G6_fact_from_the_future) {
    add_fact(1, {erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    expect_permit({voice(bob)}, {said(erin, 500)});
    FactStatement ahead = said(erin, 500);
    ahead.start.seconds -= 1;  // dated after its entry
    expect(Reason::conditions_missing, {voice(bob)}, {ahead});
    evidence_.has_log = false;
    expect_permit({voice(bob)}, {said(erin, 600)});
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 601)});
}

TEST_F(AttackWhole, G6_stale_fact) {
    add_fact(1, {erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    expect_permit({voice(bob)}, {said(erin, -300)});
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, -301)});
}

TEST_F(AttackWhole, G6_a_permit_ends_when_its_fact_grows_stale) {
    add_fact(1, {erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    EXPECT_EQ(ask({voice(bob)}, {said(erin, 0)}).until, (base::Time{k_proposed.seconds + 901}));
}

TEST_F(AttackWhole, G1_an_older_statement_after_the_source_took_it_back) {
    add_fact(1, {erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 100), said(erin, 200, 0)});
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 200, 0), said(erin, 200)});
    expect(Reason::conditions_missing, {voice(bob)},
           {said(erin, 100), said(erin, 200, std::nullopt)});
}

TEST_F(AttackWhole, G4_one_source_counted_twice) {
    add_fact(2, {dave, erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 100), said(erin, 101)});
    expect_permit({voice(bob)}, {said(erin, 100), said(dave, 101)});
}

TEST_F(AttackWhole, G1_fact_by_someone_who_is_no_source) {
    add_fact(1, {erin});
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    expect(Reason::conditions_missing, {voice(bob)}, {said(dave, 100)});
}

TEST_F(AttackWhole, G2_fact_about_one_file_of_two) {
    add_fact(1, {erin});
    policy_.facts[0].about = Fact::About::file;
    action().approve = all_of({k_of(1, {bob}), fact_is_true()});
    files_ = 2;
    FactStatement second = said(erin, 100);
    second.file = 1;
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 100)});
    expect_permit({voice(bob)}, {said(erin, 100), second});
    files_ = 0;
    expect(Reason::conditions_missing, {voice(bob)}, {said(erin, 100)});
}

// Deputies.

TEST_F(AttackWhole, G4_a_deputy_before_the_hour) {
    action().approve = k_of(1, {carol});
    action().deputies = {{dave, carol, {590}, {}}};
    Voice deputy = voice(dave);
    deputy.stands_for = carol;
    expect_permit({deputy});
    action().deputies[0].after = {601};
    expect(Reason::approvals_missing, {deputy});
}

TEST_F(AttackWhole, G5_a_deputy_of_someone_who_spoke) {
    action().approve = k_of(1, {bob, carol});
    action().deputies = {{dave, carol, {60}, {}}};
    Voice deputy = voice(dave);
    deputy.stands_for = carol;
    for (const Verdict word : {Verdict::seen, Verdict::withdraw, Verdict::consent}) {
        expect(Reason::approvals_missing, {deputy, voice(carol, word)});
    }
}

TEST_F(AttackWhole, G4_a_deputy_of_the_proposer) {
    action().approve = k_of(1, {alice, bob});
    action().deputies = {{dave, alice, {60}, {}}};
    Voice deputy = voice(dave);
    deputy.stands_for = alice;
    expect(Reason::approvals_missing, {deputy});
}

TEST_F(AttackWhole, G4_a_deputy_fills_two_places) {
    action().approve = all_of({k_of(1, {carol}), k_of(1, {dave, erin})});
    action().deputies = {{dave, carol, {60}, {}}};
    Voice deputy = voice(dave);
    deputy.stands_for = carol;
    deputy.statement = 100;
    expect(Reason::approvals_missing, {voice(dave), deputy});
    expect_permit({voice(erin), deputy});
}

TEST_F(AttackWhole, G4_a_plain_approval_used_for_another) {
    action().approve = k_of(1, {carol});
    action().deputies = {{dave, carol, {60}, {}}};
    expect(Reason::approvals_missing, {voice(dave)});
}

TEST_F(AttackWhole, G4_a_chain_of_deputies) {
    action().approve = k_of(1, {bob, carol});
    action().deputies = {{dave, carol, {60}, {}}};
    Voice chained = voice(erin);
    chained.stands_for = dave;
    expect(Reason::approvals_missing, {chained});
    chained.stands_for = carol;
    expect(Reason::approvals_missing, {chained});
    action().approve = all_of({k_of(1, {carol}), k_of(1, {bob, erin})});
    expect(Reason::approvals_missing, {chained, voice(bob)});  // erin has a place of her own
    action().approve = k_of(1, {bob, carol});
    action().deputies.push_back({erin, dave, {60}, {}});  // no policy that was read says so
    expect(Reason::unreachable, {chained, voice(bob)});
}

TEST_F(AttackWhole, G4_a_deputy_consents) {
    action().consent = Consent{k_of(1, {carol}), false, std::nullopt, {}};
    action().approve = k_of(1, {bob, carol});
    action().deputies = {{dave, carol, {60}, {}}};
    Voice deputy = voice(dave, Verdict::consent);
    deputy.stands_for = carol;
    expect(Reason::consent_missing, {voice(bob), deputy});
}

// Time.

TEST_F(AttackWhole, G6_a_delay_a_second_short) {
    action().wait = base::Span{590};
    expect_permit({voice(bob)});
    action().wait = base::Span{591};
    expect(Reason::delay_running, {voice(bob)});
    EXPECT_EQ(ask({voice(bob)}).earliest, (base::Time{k_proposed.seconds + 601}));
}

TEST_F(AttackWhole, G6_a_delay_begins_with_the_last_voice) {
    action().approve = k_of(2, {bob, carol});
    action().wait = base::Span{300};
    Voice late = voice(carol);
    late.start = {k_proposed.seconds + 301};
    expect(Reason::delay_running, {voice(bob), late});
}

TEST_F(AttackWhole, G6_a_delay_that_nobody_saw) {
    action().wait = base::Span{300};
    action().seen_by = k_of(1, {alice, erin});
    expect(Reason::seen_missing, {voice(bob)});
    expect(Reason::seen_missing, {voice(bob), voice(alice, Verdict::seen)});
    Voice late = voice(erin, Verdict::seen);
    expect_permit({voice(bob), late});
    late.start = {k_proposed.seconds + 301};
    expect(Reason::delay_running, {voice(bob), late});
}

TEST_F(AttackWhole, G6_times_without_a_log) {
    action().wait = base::Span{1};
    evidence_.has_log = false;
    expect(Reason::needs_log, {voice(bob)});
}

TEST_F(AttackWhole, G6_an_order_dated_after_its_entry) {
    evidence_.order_start = {k_proposed.seconds - 1};
    expect(Reason::postdated, {voice(bob)});
    action().valid_from = base::Time{0};  // the same by the longer way
    expect(Reason::postdated, {voice(bob)});
}

TEST_F(AttackWhole, G6_outside_the_period) {
    action().valid_from = base::Time{k_proposed.seconds + 601};
    expect(Reason::not_valid_yet, {voice(bob)});
    action().valid_from.reset();
    action().valid_until = base::Time{k_proposed.seconds + 601};
    EXPECT_EQ(ask({voice(bob)}).until, *action().valid_until);
    action().valid_until = base::Time{k_proposed.seconds + 600};
    expect(Reason::rule_ended, {voice(bob)});
}

TEST_F(AttackWhole, G3_a_ration_used_up) {
    Emergency emergency;
    emergency.rule = action();
    emergency.most = 1;
    emergency.per = {1000};
    policy_.emergencies.push_back(emergency);
    std::vector<base::Time> claims{{k_proposed.seconds - 399}};
    evidence_.claims = claims;
    expect(Reason::rationed, {voice(bob)});
    EXPECT_EQ(ask({voice(bob)}).earliest, (base::Time{k_proposed.seconds + 601}));
    claims[0].seconds -= 1;
    expect_permit({voice(bob)});
}

// Voices in order.

class AttackSequence : public AttackWhole {
  protected:
    AttackSequence() {
        action().approve = all_of({k_of(1, {bob, carol}), k_of(1, {carol, dave})});
        action().approve.nodes.back().in_sequence = true;
    }

    static Voice after(Voice later, const Voice& before) {
        later.after = before.statement;
        return later;
    }
};

TEST_F(AttackSequence, G1_a_later_voice_prepared_in_advance) {
    expect_permit({voice(bob), after(voice(dave), voice(bob))});
    expect(Reason::approvals_missing, {voice(bob), voice(dave)});
}

TEST_F(AttackSequence, G1_the_wrong_order) {
    expect(Reason::approvals_missing, {after(voice(bob), voice(dave)), voice(dave)});
}

TEST_F(AttackSequence, G1_after_a_voice_that_does_not_count) {
    Voice withdrawn = voice(bob);
    expect(Reason::approvals_missing,
           {withdrawn, voice(bob, Verdict::withdraw), voice(carol), after(voice(dave), withdrawn)});
    Voice consent = voice(bob, Verdict::consent);
    expect(Reason::approvals_missing, {consent, after(voice(dave), consent)});
}

TEST_F(AttackSequence, G4_one_person_in_both_parts) {
    Voice second = after(voice(carol), voice(carol));
    second.statement = 100;
    expect(Reason::approvals_missing, {voice(carol), second});
}

TEST_F(AttackSequence, G1_a_voice_after_itself) {
    Voice circle = voice(carol);
    circle.after = circle.statement;
    expect(Reason::approvals_missing, {circle});
}

// Amendments.

TEST_F(AttackWhole, G7_every_amendment_needs_the_harder_rule) {
    policy_.amend_lowering = ChangeRule{k_of(2, {bob, carol}), std::nullopt, base::Span{300}, {}};
    const Rules rules(policy_);
    const std::vector<Voice> easy{voice(alice)};
    const std::vector<Voice> hard{voice(bob), voice(carol)};
    EXPECT_EQ(decide_change(rules, Change::amend, easy, evidence_).reason,
              Reason::approvals_missing);
    EXPECT_EQ(decide_change(rules, Change::amend, hard, evidence_).answer, Answer::permit);
    EXPECT_EQ(decide_change(rules, Change::amend, hard).reason, Reason::delay_running);
}

}  // namespace
}  // namespace cheget::policy
