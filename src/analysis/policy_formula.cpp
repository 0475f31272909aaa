// Makes the circuit of a rule, from the rule as it is made ready for deciding.
#include "analysis/policy_formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/policy_context.h"
#include "analysis/proposers.h"
#include "policy/decide_whole.h"

namespace cheget::analysis {

using policy::CompiledFormula;
using policy::Condition;
using policy::Place;
using policy::PrincipalIndex;
using Kind = RuleName::Kind;

std::vector<RuleName> rules_of(const policy::Policy& policy) {
    std::vector<RuleName> rules;
    for (std::size_t i = 0; i < policy.actions.size(); ++i) {
        rules.push_back({Kind::action, i});
        for (std::size_t j = 0; j < policy.emergencies.size(); ++j) {
            if (policy.emergencies[j].action == i) {
                rules.push_back({Kind::emergency, j});
            }
        }
    }
    rules.push_back({Kind::amend, 0});
    if (policy.amend_lowering) {
        rules.push_back({Kind::amend_lowering, 0});
    }
    rules.push_back({Kind::revoke, 0});
    return rules;
}

std::string to_text(const policy::Policy& policy, RuleName rule) {
    switch (rule.kind) {
        case Kind::action:
            return "action " + policy.actions[rule.index].name;
        case Kind::emergency:
            return "emergency " + policy.actions[policy.emergencies[rule.index].action].name;
        case Kind::amend:
            return "amend";
        case Kind::amend_lowering:
            return "amend lowering";
        case Kind::revoke:
            break;
    }
    return "revoke";
}

bool PolicyFormula::Context::has_direct_key(PrincipalIndex person) const {
    const auto& keys = policy.principals[person].keys;
    return std::any_of(keys.begin(), keys.end(),
                       [](const policy::Key& key) { return !key.web_origin; });
}

bool PolicyFormula::Context::meets(const Condition& condition, std::uint64_t value) {
    return condition.compare == policy::Compare::at_most ? value <= condition.number
                                                         : value >= condition.number;
}

bool PolicyFormula::Context::meets(const Condition& condition,
                                   const std::vector<std::string>& values) {
    const std::string& value = values[condition.parameter];
    if (condition.compare == policy::Compare::equal) {
        return value == condition.text;
    }
    const auto number = policy::parameter_number(value);
    return number && meets(condition, *number);
}

std::uint64_t PolicyFormula::Context::value_of(policy::FactIndex fact) const {
    if (auto fixed = surroundings.fixed.find(fact); fixed != surroundings.fixed.end()) {
        return fixed->second;
    }
    std::optional<std::uint64_t> best;
    for (const Condition& one : rule->conditions) {
        if (one.is_fact && one.fact == fact) {
            best = !best                                     ? one.number
                   : one.compare == policy::Compare::at_most ? std::min(*best, one.number)
                                                             : std::max(*best, one.number);
        }
    }
    return best.value_or(0);
}

void PolicyFormula::Context::set_times() {
    constexpr base::Time k_any_day{1'800'000'000};
    constexpr std::int64_t k_long_rest = 400 * std::int64_t{86'400};
    const std::int64_t longest = is_change() ? k_long_rest : action->expire.seconds - 1;
    const std::int64_t rested =
        surroundings.rested ? surroundings.rested->seconds : std::max<std::int64_t>(0, longest);
    now = surroundings.instant.value_or(k_any_day);
    if (!surroundings.instant && rule->valid_until) {
        now = {rule->valid_until->seconds - 1};
    } else if (!surroundings.instant && rule->valid_from) {
        now = std::max(now, *rule->valid_from);
    }
    proposed = {now.seconds - rested};
    expires = is_change() ? policy::k_no_limit : proposed + action->expire;
}

namespace {

struct Standing {
    Wire satisfied;
    Wire direct;
};

/// Voices at places, as wires.
struct Voices {
    std::vector<Wire> said;
    std::vector<Wire> direct;
};

/// One branch of one rule.
template <typename Context>
class Builder {
  public:
    Builder(const Context& context, Circuit& circuit, const Branch& branch)
        : context_(context), rule_(*context.rule), circuit_(circuit), branch_(branch) {
        number_owners();
    }

    Wire build() {
        if (!is_timely()) {
            return no();
        }
        const Voices approvals = approve();
        const Standing approve = evaluate(rule_.approve, approvals);
        std::vector<Wire> all{approve.satisfied};
        std::vector<Wire> direct{approve.direct};
        if (rule_.consent) {
            const Voices consents = own_voices();
            const Standing consent = evaluate(rule_.consent->formula, consents);
            all.push_back(consent.satisfied);
            direct.push_back(consent.direct);
            for (const auto& demand : rule_.consent->joint) {
                all.push_back(met(demand, approvals, consents));
            }
        }
        if (!rule_.web_suffices) {
            all.push_back(circuit_.any_of(direct));
        }
        if (rule_.seen_by) {
            all.push_back(evaluate(*rule_.seen_by, own_voices()).satisfied);
        }
        if (rule_.veto && others() == Others::veto) {
            all.push_back(!evaluate(*rule_.veto, vetoes()).satisfied);
        }
        if (!context_.is_change() && !branch_.fill_no_place) {
            std::vector<Wire> proposers;
            for (const PrincipalIndex one : branch_.proposers) {
                proposers.push_back(signs(one, false));
            }
            all.push_back(circuit_.any_of(proposers));
        }
        return circuit_.all_of(all);
    }

    /// The variable of someone's voice, in a branch whose proposers fill no place.
    static std::uint32_t voice_of(const Context& context, PrincipalIndex person) {
        return context.first_free_variable() + person;
    }

    /// Whether someone of the coalition can sign as the principal.
    Wire signs(PrincipalIndex person, bool directly) {
        return context_.is_mute(person)                      ? no()
               : context_.is_spoken_for(person) && !directly ? yes()
                                                             : is_won(person, directly);
    }
    /// Whether the principal does as the coalition wants.
    Wire member(PrincipalIndex person) {
        const bool helps = others() == Others::help && !context_.is_mute(person);
        return helps ? yes() : signs(person, false);
    }

  private:
    /// Whether the coalition has whoever signs as the principal, pages aside.
    Wire is_won(PrincipalIndex person, bool directly) {
        std::vector<Wire> wires;
        for (const Parties::Party& party : context_.parties.of[person]) {
            if (party.direct || !directly) {
                wires.push_back(circuit_.variable(party.variable));
            }
        }
        return circuit_.any_of(wires);
    }

    Wire no() const { return circuit_.constant(false); }
    Wire yes() const { return circuit_.constant(true); }
    Others others() const { return context_.surroundings.others; }

    void number_owners() {
        std::size_t places = 0;
        for (std::size_t i = 0; i < rule_.place_of.size(); ++i) {
            places += rule_.place_of[i] != policy::k_no_place ? 1U : 0U;
        }
        owner_.assign(places + rule_.deputies.size(), 0);
        for (std::size_t i = 0; i < rule_.place_of.size(); ++i) {
            if (rule_.place_of[i] != policy::k_no_place) {
                owner_[rule_.place_of[i]] = static_cast<PrincipalIndex>(i);
            }
        }
        for (const auto& one : rule_.deputies) {
            owner_[one.approval] = one.deputy;
        }
    }

    bool is_timely() const {
        if (rule_.needs_log && !context_.policy.has_log) {
            return false;
        }
        const base::Time now = context_.now;
        return now < context_.expires && (!rule_.valid_from || now >= *rule_.valid_from) &&
               (!rule_.valid_until || now < *rule_.valid_until) &&
               (!rule_.ration || rule_.ration->most > 0);
    }

    /// Whether a voice dated so long after the proposal counts: `wait` must have passed since.
    bool is_heard(base::Span after) const {
        const std::int64_t wait = rule_.wait ? rule_.wait->seconds : 0;
        return context_.proposed.seconds + after.seconds + wait <= context_.now.seconds;
    }

    Wire direct_member(PrincipalIndex person) {
        if (!context_.has_direct_key(person)) {
            return no();
        }
        return others() == Others::help ? yes() : signs(person, true);
    }
    bool keeps_silent(PrincipalIndex person) const {
        return std::count(branch_.silent.begin(), branch_.silent.end(), person) > 0;
    }
    bool proposes(PrincipalIndex person) const {
        return branch_.proposers.size() == 1 && branch_.proposers[0] == person;
    }
    /// Whether the branch spares one of its proposers, this one among them: then no key of theirs
    /// is `web`, or all are.
    bool is_apart(PrincipalIndex person) const {
        return branch_.fill_no_place &&
               std::binary_search(branch_.proposers.begin(), branch_.proposers.end(), person);
    }
    /// The voice at someone's own place.
    Wire voice(PrincipalIndex person) {
        return is_apart(person) ? circuit_.variable(voice_of(context_, person)) : member(person);
    }
    Wire direct_voice(PrincipalIndex person) {
        if (!is_apart(person)) {
            return direct_member(person);
        }
        return context_.has_direct_key(person) ? voice(person) : no();
    }
    bool is_barred(PrincipalIndex person) const {
        return proposes(person) && !rule_.proposer_counts;
    }

    Voices own_voices() {
        Voices voices{std::vector<Wire>(owner_.size(), no()),
                      std::vector<Wire>(owner_.size(), no())};
        for (std::size_t i = 0; i < rule_.place_of.size(); ++i) {
            const auto person = static_cast<PrincipalIndex>(i);
            const Place place = rule_.place_of[i];
            if (place == policy::k_no_place || is_barred(person) || keeps_silent(person) ||
                !is_heard({})) {
                continue;
            }
            voices.said[place] = voice(person);
            voices.direct[place] = direct_voice(person);
        }
        return voices;
    }

    Voices approve() {
        Voices voices = own_voices();
        for (const auto& one : rule_.deputies) {
            if (!is_heard(one.after) || is_barred(one.deputy) || proposes(one.stands_for)) {
                continue;
            }
            const Wire quiet =
                keeps_silent(one.stands_for) || context_.is_mute(one.stands_for)
                    ? (others() == Others::veto ? is_won(one.stands_for, false) : yes())
                : others() == Others::silent && !context_.is_plain ? !signs(one.stands_for, false)
                                                                   : no();
            const Wire both[] = {member(one.deputy), quiet};
            voices.said[one.approval] = circuit_.all_of(both);
            const Wire both_directly[] = {direct_member(one.deputy), quiet};
            voices.direct[one.approval] = circuit_.all_of(both_directly);
        }
        return voices;
    }

    /// Whoever is not of the coalition vetoes.
    Voices vetoes() {
        Voices voices{std::vector<Wire>(owner_.size(), no()),
                      std::vector<Wire>(owner_.size(), no())};
        for (std::size_t i = 0; i < rule_.place_of.size(); ++i) {
            if (rule_.place_of[i] != policy::k_no_place) {
                voices.said[rule_.place_of[i]] = !is_won(static_cast<PrincipalIndex>(i), false);
            }
        }
        return voices;
    }

    std::vector<Place> places_in(const policy::Word* words) const {
        std::vector<Place> places;
        for (std::size_t place = 0; place < owner_.size(); ++place) {
            if (policy::has_place(words, static_cast<Place>(place))) {
                places.push_back(static_cast<Place>(place));
            }
        }
        return places;
    }

    /// People are counted, so that someone's voices are joined.
    using ByOwner = std::map<PrincipalIndex, std::vector<Wire>>;
    Wire at_least(std::uint64_t need, const ByOwner& voices) {
        std::vector<Circuit::Input> inputs;
        for (const auto& [owner, wires] : voices) {
            inputs.push_back({circuit_.any_of(wires), 1});
        }
        return circuit_.threshold(need, std::move(inputs));
    }

    Wire count(std::uint64_t need, const policy::Word* words, const Voices& voices) {
        ByOwner people;
        for (const Place place : places_in(words)) {
            people[owner_[place]].push_back(voices.said[place]);
        }
        return at_least(need, people);
    }

    Wire any_of(const policy::Word* words, const std::vector<Wire>& voices) {
        std::vector<Wire> wires;
        for (const Place place : places_in(words)) {
            wires.push_back(voices[place]);
        }
        return circuit_.any_of(wires);
    }

    Wire met(const policy::JointDemand& demand, const Voices& approvals, const Voices& consents) {
        ByOwner people;
        for (const Place place : places_in(demand.approvers.data())) {
            people[owner_[place]].push_back(approvals.said[place]);
        }
        for (const Place place : places_in(demand.consenters.data())) {
            people[owner_[place]].push_back(consents.said[place]);
        }
        return at_least(demand.need, people);
    }

    /// Of someone's voices the heaviest counts.
    Wire weigh(const CompiledFormula& formula, const CompiledFormula::Node& node,
               const Voices& voices) {
        std::map<PrincipalIndex, std::map<std::uint32_t, std::vector<Wire>>> by_owner;
        for (std::uint32_t i = 0; i < node.weight_count; ++i) {
            const auto& one = formula.weights(node.detail)[i];
            by_owner[owner_[one.place]][one.weight].push_back(voices.said[one.place]);
        }
        std::vector<Circuit::Input> inputs;
        for (const auto& [owner, by_weight] : by_owner) {
            std::uint32_t below = 0;
            for (auto least = by_weight.begin(); least != by_weight.end(); ++least) {
                std::vector<Wire> as_heavy;
                for (auto one = least; one != by_weight.end(); ++one) {
                    as_heavy.insert(as_heavy.end(), one->second.begin(), one->second.end());
                }
                inputs.push_back({circuit_.any_of(as_heavy), least->first - below});
                below = least->first;
            }
        }
        return circuit_.threshold(node.need, std::move(inputs));
    }

    Wire condition(const Condition& one) {
        if (!one.is_fact) {
            return one.parameter < branch_.parameters.size() &&
                           Context::meets(one, branch_.parameters)
                       ? yes()
                       : no();
        }
        if (one.fact >= context_.policy.facts.size()) {
            return no();
        }
        const policy::Fact& fact = context_.policy.facts[one.fact];
        if (const auto open = context_.parties.facts.find(one.fact);
            open != context_.parties.facts.end()) {
            std::vector<Wire> beyond;
            for (const Parties::Level& level : open->second) {
                if (Context::meets(one, level.number)) {
                    beyond.push_back(circuit_.variable(level.variable));
                }
            }
            return circuit_.any_of(beyond);
        }
        if (context_.surroundings.fixed.contains(one.fact)) {
            return Context::meets(one, context_.value_of(one.fact)) ? yes() : no();
        }
        if (!context_.surroundings.colluding_facts) {
            return yes();
        }
        std::vector<Circuit::Input> inputs;
        for (const PrincipalIndex source : fact.sources) {
            inputs.push_back({member(source), 1});
        }
        return circuit_.threshold(std::max(1U, fact.need), std::move(inputs));
    }

    /// As policy/evaluate.h evaluates, node by node.
    Standing evaluate(const CompiledFormula& formula, const Voices& voices) {
        using NodeKind = CompiledFormula::Kind;
        struct Level {
            std::vector<Circuit::Input> satisfied;
            std::vector<Wire> held;
            std::vector<Wire> direct;
        };
        std::vector<Level> levels(formula.deepest() + std::size_t{2});
        Standing standing{no(), no()};
        for (const auto& node : formula.nodes()) {
            Level below = std::exchange(levels[node.depth + 1U], {});
            standing = {no(), no()};
            Wire anybody = yes();
            switch (node.kind) {
                case NodeKind::people:
                    standing.satisfied = count(node.need, formula.people(node.people), voices);
                    standing.direct = any_of(formula.people(node.people), voices.direct);
                    anybody = any_of(formula.people(node.people), voices.said);
                    break;
                case NodeKind::weight:
                    standing.satisfied = weigh(formula, node, voices);
                    standing.direct = any_of(formula.people(node.people), voices.direct);
                    anybody = any_of(formula.people(node.people), voices.said);
                    break;
                case NodeKind::condition:
                    standing.satisfied = condition(rule_.conditions[node.detail]);
                    break;
                case NodeKind::sequence:
                case NodeKind::threshold: {
                    std::vector<Wire> all{circuit_.threshold(node.need, below.satisfied)};
                    for (std::uint32_t i = 0; i < node.demand_count; ++i) {
                        const auto& demand = formula.demands()[node.first_demand + i];
                        all.push_back(count(demand.need, formula.people(demand.people), voices));
                    }
                    standing.satisfied = circuit_.all_of(all);
                    standing.direct = circuit_.any_of(below.direct);
                    anybody = circuit_.any_of(below.held);
                    break;
                }
                case NodeKind::never:
                    break;
            }
            // What is satisfied has a voice below it: where each is direct, no more is asked.
            const Wire both[] = {standing.satisfied, standing.direct};
            standing.direct =
                standing.direct == anybody ? standing.satisfied : circuit_.all_of(both);
            levels[node.depth].satisfied.push_back({standing.satisfied, 1});
            levels[node.depth].held.push_back(standing.satisfied);
            levels[node.depth].direct.push_back(standing.direct);
        }
        return standing;
    }

    const Context& context_;
    const policy::CompiledRule& rule_;
    Circuit& circuit_;
    const Branch& branch_;
    std::vector<PrincipalIndex> owner_;  ///< by place
};

template <typename Context>
Wire built(const Context& context, Circuit& circuit, const Branch& branch) {
    if (!branch.fill_no_place) {
        return Builder<Context>(context, circuit, branch).build();
    }
    Circuit apart;
    const Wire rule = Builder<Context>(context, apart, branch).build();
    std::vector<Proposer> proposers;
    for (const PrincipalIndex one : branch.proposers) {
        Builder<Context> builder(context, circuit, branch);
        proposers.push_back({Builder<Context>::voice_of(context, one), builder.signs(one, false),
                             builder.member(one)});
    }
    return with_one_spared(circuit, apart, rule, proposers);
}

/// Some branch or other.
Wire any_branch(const auto& context, const std::vector<Branch>& branches, Circuit& circuit) {
    std::vector<Wire> ways;
    for (const Branch& branch : branches) {
        ways.push_back(built(context, circuit, branch));
    }
    return circuit.any_of(ways);
}

}  // namespace

namespace {

/// Fails where the branches could take more inputs of gates than that.
base::Result<void> keep_within(const auto& context, const std::vector<Branch>& branches,
                               std::uint64_t most) {
    std::uint64_t ways = 0;
    for (const Branch& branch : branches) {
        ways += branch.fill_no_place ? branch.proposers.size() : 1;
    }
    if (ways * context.inputs_of_branch() > most) {
        return base::bad_input("the rule's formula is too large");
    }
    return {};
}

}  // namespace

base::Result<PolicyFormula> PolicyFormula::of(std::shared_ptr<const ReadyPolicy> ready,
                                              RuleName rule, Surroundings surroundings,
                                              std::uint64_t most_inputs) {
    auto context = std::make_shared<Context>(*ready, rule, std::move(surroundings));
    context->parties = Parties::of_one(ready->policy);
    PolicyFormula formula;
    formula.branches_ = TRY(context->branches());
    TRY(keep_within(*context, formula.branches_, most_inputs));
    formula.root_ = any_branch(*context, formula.branches_, formula.circuit_);
    formula.context_ = std::move(context);
    formula.ready_ = std::move(ready);
    return formula;
}

base::Result<PolicyFormula> PolicyFormula::of(const policy::Policy& policy, RuleName rule,
                                              Surroundings surroundings) {
    return of(std::make_shared<const ReadyPolicy>(policy), rule, std::move(surroundings));
}

base::Result<Wire> PolicyFormula::add_to(Circuit& circuit, const ReadyPolicy& ready, RuleName rule,
                                         Surroundings surroundings, const Parties& parties,
                                         std::uint64_t most_inputs) {
    Context context(ready, rule, std::move(surroundings));
    context.parties = parties;
    context.is_plain = true;
    const std::vector<Branch> branches = TRY(context.branches());
    TRY(keep_within(context, branches, most_inputs));
    return any_branch(context, branches, circuit);
}

}  // namespace cheget::analysis
