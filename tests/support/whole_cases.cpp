// Makes random cases of the whole language. Rules whose parts overlap in a way that the language
// refuses are made again: what deputies add to an overlap is looked at too.
#include "support/whole_cases.h"

#include <algorithm>
#include <array>
#include <string>

namespace cheget::test_support {

namespace {

using policy::Action;
using policy::Formula;
using policy::PrincipalIndex;
using Kind = Formula::Node::Kind;
using People = std::vector<PrincipalIndex>;

constexpr std::int64_t k_start = 1'000'000;

People subset(Random& random, const People& pool) {
    People chosen;
    for (const PrincipalIndex person : pool) {
        if (!random.once_in(3)) {
            chosen.push_back(person);
        }
    }
    if (chosen.empty()) {
        chosen.push_back(pool[random.below(static_cast<std::uint32_t>(pool.size()))]);
    }
    return chosen;
}

class Maker {
  public:
    Maker(Random& random, const policy::Policy& policy, bool with_conditions)
        : random_(random), policy_(policy), with_conditions_(with_conditions) {}

    Formula make(const People& pool, unsigned depth) {
        if (with_conditions_ && random_.once_in(7)) {
            return make_sequence(pool);
        }
        add(pool, depth);
        return std::move(formula_);
    }

    /// `all of` flat parts, overlapping as it comes.
    Formula make_flat_parts(const People& pool) {
        std::vector<std::uint32_t> parts;
        for (std::uint32_t i = 0, count = 1 + random_.below(2); i < count; ++i) {
            parts.push_back(add_people(subset(random_, pool), 1 + random_.once_in(4)));
        }
        if (parts.size() > 1) {
            add_threshold(parts, static_cast<std::uint32_t>(parts.size()), false);
        }
        return std::move(formula_);
    }

  private:
    std::uint32_t push(Formula::Node node) {
        formula_.nodes.push_back(std::move(node));
        return static_cast<std::uint32_t>(formula_.nodes.size() - 1);
    }

    std::uint32_t add_people(People people, std::uint32_t most) {
        Formula::Node node;
        node.need = 1 + random_.below(std::min(most, static_cast<std::uint32_t>(people.size())));
        node.people = std::move(people);
        return push(std::move(node));
    }

    std::uint32_t add_weight(People people) {
        Formula::Node node;
        node.kind = Kind::weight;
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < people.size(); ++i) {
            node.weights.push_back(1 + random_.below(4));
            sum += node.weights.back();
        }
        node.need = 1 + random_.below(random_.once_in(3) ? sum : (sum + 1) / 2);
        node.people = std::move(people);
        return push(std::move(node));
    }

    std::uint32_t add_condition() {
        Formula::Node node;
        if (random_.once_in(4)) {
            node.kind = Kind::parameter;
            node.parameter = random_.below(2);
            constexpr std::array k_compares{policy::Compare::at_least, policy::Compare::at_most,
                                            policy::Compare::equal};
            node.compare = k_compares[random_.below(3)];
            node.number = 100;
            node.text = "100";
        } else {
            node.kind = Kind::fact;
            node.fact = static_cast<policy::FactIndex>(
                random_.below(static_cast<std::uint32_t>(policy_.facts.size())));
            node.compare = node.fact == 1 ? policy::Compare::at_most : policy::Compare::at_least;
            node.number = 1;
        }
        return push(std::move(node));
    }

    std::uint32_t add_threshold(std::vector<std::uint32_t> children, std::uint32_t need,
                                bool shared) {
        Formula::Node node;
        node.kind = Kind::threshold;
        node.need = need;
        node.children = std::move(children);
        node.shared = shared;
        return push(std::move(node));
    }

    Formula make_sequence(const People& pool) {
        std::vector<std::uint32_t> parts;
        for (std::uint32_t i = 0, count = 2 + random_.below(2); i < count; ++i) {
            parts.push_back(add_people(subset(random_, pool), 1));
        }
        const std::uint32_t sequence =
            add_threshold(parts, static_cast<std::uint32_t>(parts.size()), false);
        formula_.nodes[sequence].in_sequence = true;
        if (random_.once_in(2)) {
            const std::uint32_t condition = add_condition();
            add_threshold({sequence, condition}, 2, false);
        }
        return std::move(formula_);
    }

    std::uint32_t add(const People& pool, unsigned depth) {
        if (with_conditions_ && depth < 2 && random_.once_in(4)) {
            return add_condition();
        }
        if (depth == 0 || pool.size() == 1) {
            return random_.once_in(4)
                       ? add_weight(subset(random_, pool))
                       : add_people(subset(random_, pool), random_.once_in(3) ? 8 : 2);
        }
        std::vector<std::uint32_t> parts;
        const std::uint32_t kind = random_.below(4);
        if (kind == 0) {  // flat parts with people in common
            for (std::uint32_t i = 0, count = 2 + random_.below(2); i < count; ++i) {
                parts.push_back(add_people(subset(random_, pool), 2));
            }
            if (with_conditions_ && random_.once_in(2)) {
                parts.push_back(add_condition());
            }
            const auto count = static_cast<std::uint32_t>(parts.size());
            return add_threshold(std::move(parts), count, false);
        }
        if (kind == 1) {  // nobody in common
            const std::size_t cut = 1 + random_.below(static_cast<std::uint32_t>(pool.size()) - 1);
            const auto middle = pool.begin() + static_cast<std::ptrdiff_t>(cut);
            parts.push_back(add(People(pool.begin(), middle), depth - 1));
            parts.push_back(add(People(middle, pool.end()), depth - 1));
            return add_threshold(std::move(parts), 1 + random_.below(2), false);
        }
        for (std::uint32_t i = 0, count = 2 + random_.below(2); i < count; ++i) {
            parts.push_back(add(subset(random_, pool), depth - 1));
        }
        const auto count = static_cast<std::uint32_t>(parts.size());
        const bool shared = kind == 2;
        return add_threshold(std::move(parts), shared ? 1 + random_.below(count) : 1, shared);
    }

    Random& random_;
    const policy::Policy& policy_;
    bool with_conditions_;
    Formula formula_;
};

// Which overlaps the language allows, said once more.

People below(const Action& action, const Formula& formula, std::size_t number, bool deputies) {
    const auto& node = formula.nodes[number];
    People people = node.people;
    for (const auto& deputy : action.deputies) {
        if (deputies && std::count(node.people.begin(), node.people.end(), deputy.stands_for) > 0) {
            people.push_back(deputy.deputy);
        }
    }
    for (const std::uint32_t child : node.children) {
        const People more = below(action, formula, child, deputies);
        people.insert(people.end(), more.begin(), more.end());
    }
    return people;
}

bool common(const People& left, const People& right) {
    return std::any_of(left.begin(), left.end(), [&](PrincipalIndex person) {
        return std::count(right.begin(), right.end(), person) > 0;
    });
}

bool overlaps_are_allowed(const Action& action, const Formula& formula, bool deputies) {
    for (const auto& node : formula.nodes) {
        if (node.kind != Kind::threshold || node.shared || node.need == 1) {
            continue;
        }
        for (const std::uint32_t left : node.children) {
            for (const std::uint32_t right : node.children) {
                const bool flat = formula.nodes[left].kind == Kind::people &&
                                  formula.nodes[right].kind == Kind::people &&
                                  node.need == node.children.size();
                if (left != right && !flat &&
                    common(below(action, formula, left, deputies),
                           below(action, formula, right, deputies))) {
                    return false;
                }
            }
        }
    }
    return true;
}

/// Whether everyone of `people` stands in flat parts that the formula needs all of.
bool stand_in_flat_parts(const Action& action, std::size_t number, const People& people) {
    const Formula& formula = action.approve;
    const auto& node = formula.nodes[number];
    if (node.kind == Kind::people || !common(below(action, formula, number, true), people)) {
        return true;
    }
    return node.kind == Kind::threshold && !node.shared && !node.in_sequence &&
           node.need == node.children.size() &&
           std::all_of(node.children.begin(), node.children.end(), [&](std::uint32_t child) {
               return stand_in_flat_parts(action, child, people);
           });
}

void add_clauses(Random& random, const policy::Policy& policy, const People& everyone,
                 Action& action) {
    if (random.once_in(2)) {
        action.consent.emplace();
        action.consent->formula = Maker(random, policy, false).make_flat_parts(everyone);
        if (random.once_in(2)) {
            action.consent->within = base::Span{100 + random.below(500)};
        }
    }
    if (random.once_in(2)) {
        action.wait = base::Span{60 + random.below(300)};
        if (random.once_in(2)) {
            action.seen_by.emplace();
            *action.seen_by = Maker(random, policy, false).make_flat_parts(everyone);
        }
    }
    if (random.once_in(4)) {
        action.valid_from = base::Time{k_start + random.below(400)};
    }
    if (random.once_in(4)) {
        action.valid_until = base::Time{k_start + 500 + random.below(3000)};
    }
    const auto people = static_cast<std::uint32_t>(everyone.size());
    for (std::uint32_t i = 0, count = random.once_in(2) ? 1 + random.below(2) : 0; i < count; ++i) {
        const auto deputy = static_cast<PrincipalIndex>(random.below(2));
        const auto absent = static_cast<PrincipalIndex>(2 + random.below(people - 2));
        const bool known =
            std::any_of(action.deputies.begin(), action.deputies.end(),
                        [&](const policy::Deputy& one) { return one.stands_for == absent; });
        if (!known) {
            action.deputies.push_back({deputy, absent, {60 + random.below(500)}, {}});
        }
    }
}

Action random_rule(Random& random, const policy::Policy& policy, const People& everyone) {
    Action action;
    action.name = "act";
    do {
        action.approve = Maker(random, policy, true).make(everyone, 2);
    } while (action.approve.nodes.size() > 39 ||
             !overlaps_are_allowed(action, action.approve, false));
    Formula::Node proposers;
    proposers.people = everyone;
    action.propose.nodes.push_back(proposers);
    action.proposer_counts = random.once_in(2);
    action.web_suffices = random.once_in(3);
    if (random.once_in(2)) {
        action.veto = Maker(random, policy, false).make_flat_parts(everyone);
    }
    add_clauses(random, policy, everyone, action);
    if (!overlaps_are_allowed(action, action.approve, true)) {
        action.deputies.clear();
    }
    if (action.consent) {
        const auto& consent = action.consent->formula;
        const auto root = action.approve.nodes.size() - 1;
        action.consent->shared =
            random.once_in(6) ||
            !stand_in_flat_parts(action, root,
                                 below(action, consent, consent.nodes.size() - 1, false));
    }
    action.expire = {3600};
    action.parameters = {{"rows", {}, {}}, {"limit", {}, {}}};
    return action;
}

std::int64_t pick(Random& random, const std::vector<base::Time>& instants) {
    return instants[random.below(static_cast<std::uint32_t>(instants.size()))].seconds;
}

}  // namespace

policy::Policy random_whole_policy(Random& random, std::size_t principals) {
    policy::Policy policy = random_policy(random);
    const std::size_t drawn = policy.principals.size();
    policy.principals.resize(principals != 0 ? principals : std::min<std::size_t>(drawn, 6));
    for (std::size_t i = drawn; i < policy.principals.size(); ++i) {
        policy.principals[i] = policy.principals[i - drawn];
        policy.principals[i].name = "person-" + std::to_string(i);
        policy.principals_by_name.push_back(static_cast<PrincipalIndex>(i));
    }
    policy.has_log = true;
    People everyone;
    for (std::size_t i = 0; i < policy.principals.size(); ++i) {
        everyone.push_back(static_cast<PrincipalIndex>(i));
    }
    for (std::size_t i = 0; i < 3; ++i) {
        policy::Fact fact;
        fact.name = "fact-" + std::to_string(i);
        fact.about = i == 2 ? policy::Fact::About::file : policy::Fact::About::world;
        fact.type = policy::Fact::Type::number;
        fact.highest = 3;
        fact.sources = subset(random, everyone);
        fact.need = 1 + random.below(std::min<std::uint32_t>(
                            2, static_cast<std::uint32_t>(fact.sources.size())));
        fact.fresh = {100 + random.below(1500)};
        policy.facts.push_back(std::move(fact));
    }
    policy.actions = {random_rule(random, policy, everyone)};
    if (random.once_in(2)) {
        policy::Emergency emergency;
        emergency.rule = random_rule(random, policy, everyone);
        emergency.most = 1 + random.below(2);
        emergency.per = {200 + random.below(1000)};
        policy.emergencies.push_back(std::move(emergency));
    }
    const auto flat = [&] { return Maker(random, policy, false).make_flat_parts(everyone); };
    policy.amend = {flat(), std::nullopt, std::nullopt, {}};
    policy.revoke = {flat(), std::nullopt, std::nullopt, {}};
    if (random.once_in(2)) {
        policy.amend_lowering = policy::ChangeRule{flat(), flat(), base::Span{200}, {}};
    }
    return policy;
}

const Action& rule_of(const policy::Policy& policy, const WholeCase& one) {
    return one.situation.emergency ? policy.emergencies[one.situation.rule].rule
                                   : policy.actions[one.situation.rule];
}

policy::Evidence WholeCase::evidence_of() const {
    policy::Evidence result = evidence;
    result.facts = facts;
    result.claims = claims;
    return result;
}

policy::Evidence WholeCase::evidence_at(base::Time now) const {
    policy::Evidence result = evidence_of();
    result.now_low = now;
    result.now_high = now;
    return result;
}

std::vector<base::Time> critical_instants(const policy::Policy& policy, const WholeCase& one) {
    const Action& action = rule_of(policy, one);
    std::vector<base::Time> instants{one.situation.proposed, one.situation.expires};
    const auto add = [&](base::Time time) {
        instants.push_back(time);
        if (action.wait) {
            instants.push_back(time + *action.wait);
        }
    };
    for (const auto& voice : one.voices) {
        add(voice.start);
    }
    for (const auto& deputy : action.deputies) {
        add(one.evidence.order_start + deputy.after);
    }
    for (const auto& said : one.facts) {
        instants.push_back(said.at);
        instants.push_back(said.at + policy.facts[said.fact].fresh);
        instants.push_back({instants.back().seconds + 1});
    }
    for (const base::Time claim : one.claims) {
        instants.push_back(claim + policy.emergencies[0].per);
    }
    if (action.consent && action.consent->within) {
        instants.push_back(one.situation.proposed + *action.consent->within);
        instants.push_back({instants.back().seconds + 1});
    }
    for (const auto& time : {action.valid_from, action.valid_until}) {
        if (time) {
            instants.push_back(*time);
        }
    }
    std::sort(instants.begin(), instants.end());
    instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
    return instants;
}

namespace {

void add_voices(Random& random, const policy::Policy& policy, WholeCase& one) {
    const Action& action = rule_of(policy, one);
    const auto principals = static_cast<std::uint32_t>(policy.principals.size());
    const std::uint32_t eagerness = 2 + random.below(6);
    const bool quarrel = random.once_in(5);
    const auto speak = [&](std::uint32_t by, statement::Verdict verdict,
                           PrincipalIndex stands_for) {
        policy::Voice voice;
        voice.by = static_cast<PrincipalIndex>(by);
        voice.verdict = verdict;
        const auto& keys = policy.principals[by].keys;
        voice.web =
            keys[random.below(static_cast<std::uint32_t>(keys.size()))].web_origin.has_value();
        voice.stands_for = stands_for;
        voice.start = {one.evidence.order_start.seconds + random.below(500)};
        voice.statement = static_cast<std::uint32_t>(one.voices.size());
        if (!one.voices.empty() && !random.once_in(3)) {
            voice.after = random.once_in(2)
                              ? voice.statement - 1
                              : random.below(static_cast<std::uint32_t>(one.voices.size()));
        }
        one.voices.push_back(voice);
    };
    using statement::Verdict;
    std::vector<std::uint32_t> by(principals);
    for (std::uint32_t i = 0; i < principals; ++i) {
        by[i] = i;
    }
    for (std::size_t i = by.size(); i > 1; --i) {
        std::swap(by[i - 1], by[random.below(static_cast<std::uint32_t>(i))]);
    }
    for (const std::uint32_t person : by) {
        const bool has_deputy =
            std::any_of(action.deputies.begin(), action.deputies.end(),
                        [&](const auto& deputy) { return deputy.stands_for == person; });
        if (has_deputy && !random.once_in(3)) {
            continue;
        }
        if (random.below(7) < eagerness) {
            speak(person, Verdict::approve, policy::k_nobody);
        }
        if (action.consent && random.below(7) < eagerness) {
            speak(person, Verdict::consent,
                  random.once_in(20) ? PrincipalIndex{0} : policy::k_nobody);
        }
        if (action.seen_by && random.below(7) < eagerness) {
            speak(person, Verdict::seen, policy::k_nobody);
        }
        if (quarrel && random.once_in(6)) {
            speak(person, random.once_in(2) ? Verdict::veto : Verdict::withdraw, policy::k_nobody);
        }
    }
    for (const auto& deputy : action.deputies) {
        if (random.below(7) < eagerness) {
            speak(deputy.deputy, Verdict::approve,
                  random.once_in(10) ? static_cast<PrincipalIndex>(random.below(principals))
                                     : deputy.stands_for);
        }
    }
    for (std::size_t i = one.voices.size(); i > 1; --i) {
        std::swap(one.voices[i - 1], one.voices[random.below(static_cast<std::uint32_t>(i))]);
    }
}

void add_facts(Random& random, const policy::Policy& policy, WholeCase& one) {
    const bool well_meant = !random.once_in(4);
    for (std::size_t fact = 0; fact < policy.facts.size(); ++fact) {
        const bool about_files = policy.facts[fact].about == policy::Fact::About::file;
        for (const PrincipalIndex source : policy.facts[fact].sources) {
            for (std::uint32_t file = 0; file < (about_files ? one.situation.files : 1); ++file) {
                for (std::uint32_t i = 0, count = random.once_in(3) ? 2 : 1; i < count; ++i) {
                    policy::FactStatement said;
                    said.fact = static_cast<policy::FactIndex>(fact);
                    said.file = file;
                    said.source = source;
                    said.value = well_meant && !random.once_in(8) ? 1 : random.below(4);
                    if (random.once_in(20)) {
                        said.value.reset();
                    }
                    said.at = {k_start - 200 + random.below(600)};
                    if (i == 1 && random.once_in(4)) {
                        said.at = one.facts.back().at;
                    }
                    said.start = {said.at.seconds +
                                  (random.once_in(12) ? std::int64_t{-1} : random.below(20))};
                    said.statement = static_cast<std::uint32_t>(100 + one.facts.size());
                    one.facts.push_back(said);
                }
            }
        }
    }
    for (std::size_t i = one.facts.size(); i > 1; --i) {
        std::swap(one.facts[i - 1], one.facts[random.below(static_cast<std::uint32_t>(i))]);
    }
}

}  // namespace

WholeCase random_whole_case(Random& random, const policy::Policy& policy) {
    WholeCase one;
    one.situation.emergency = !policy.emergencies.empty() && random.once_in(2);
    one.situation.proposer = static_cast<PrincipalIndex>(
        random.below(static_cast<std::uint32_t>(policy.principals.size())));
    one.situation.proposed = {k_start};
    one.situation.expires = {k_start + 1000 + random.below(2400)};
    one.situation.parameters = {random.once_in(6) ? std::to_string(98 + random.below(5)) : "100",
                                random.once_in(24) ? "0100" : "100"};
    one.situation.files = 1 + random.below(2);
    one.evidence.has_log = !random.once_in(24);
    one.evidence.order_start = {k_start +
                                (random.once_in(40) ? std::int64_t{-1} : random.below(5))};
    add_voices(random, policy, one);
    add_facts(random, policy, one);
    if (one.situation.emergency) {
        for (std::uint32_t i = 0, count = random.below(4); i < count; ++i) {
            one.claims.push_back({k_start - 800 + random.below(900)});
        }
    }
    const auto instants = critical_instants(policy, one);
    const std::int64_t late = k_start + 500 + random.below(700);
    one.evidence.now_low = {random.once_in(2) ? pick(random, instants) - 1 + random.below(3)
                                              : late};
    one.evidence.now_high = {one.evidence.now_low.seconds +
                             (random.once_in(3) ? random.below(4) : 0)};
    return one;
}

}  // namespace cheget::test_support
