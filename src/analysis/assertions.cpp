// Each claim is about the coalitions of one or two rules. Pages are taken as parties by asking for
// every choice of pages that are of the coalition, or that serve nobody.
#include "analysis/assertions.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <optional>
#include <ranges>

#include "analysis/circuit_copy.h"
#include "analysis/coalitions.h"
#include "analysis/policy_formula.h"
#include "base/text.h"
#include "policy/diagnostics.h"

namespace cheget::analysis {

namespace {

using policy::Assertion;
using Claim = Assertion::Claim;
using Subject = Assertion::Subject;
using Kind = RuleName::Kind;
using Set = std::vector<std::uint32_t>;
using Pages = std::vector<std::string>;

Pages pages_of(const policy::Policy& policy) {
    Pages pages;
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.web_origin) {
                pages.push_back(*key.web_origin);
            }
        }
    }
    std::sort(pages.begin(), pages.end());
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
    return pages;
}

/// The rules by which what an assertion speaks about can come about. To rely upon is the first
/// alone: an emergency is rationed, and not every amendment lowers.
std::vector<RuleName> rules_for(const policy::Policy& policy, const Assertion& assertion) {
    switch (assertion.subject) {
        case Subject::action: {
            std::vector<RuleName> rules{{Kind::action, assertion.number}};
            for (std::size_t i = 0; i < policy.emergencies.size(); ++i) {
                if (policy.emergencies[i].action == assertion.number) {
                    rules.push_back({Kind::emergency, i});
                }
            }
            return rules;
        }
        case Subject::emergency:
            return {{Kind::emergency, assertion.number}};
        case Subject::amend:
            if (policy.amend_lowering) {
                return {{Kind::amend, 0}, {Kind::amend_lowering, 0}};
            }
            return {{Kind::amend, 0}};
        case Subject::amend_lowering:
            return {{Kind::amend_lowering, 0}};
        case Subject::revoke:
            break;
    }
    return {{Kind::revoke, 0}};
}

/// Parties who break an assertion, or why it can't be told whether any do.
struct Found {
    RuleName rule;
    Set people;
    Pages pages;
    std::string unsettled;

    std::size_t size() const { return people.size() + pages.size(); }
};

class Holder {
  public:
    Holder(const policy::Policy& policy, const Budget& budget)
        : policy_(policy),
          ready_(std::make_shared<const ReadyPolicy>(policy)),
          budget_(budget),
          pages_(pages_of(policy)) {}

    std::optional<Broken> hold(std::size_t place) {
        const Assertion& assertion = policy_.assertions[place];
        std::optional<Found> found;
        for (const RuleName rule : rules_for(policy_, assertion)) {
            found = find(assertion, rule);
            if (found || assertion.claim == Claim::smallest_blocking) {
                break;
            }
        }
        if (!found) {
            return std::nullopt;
        }
        return told(place, *found);
    }

  private:
    std::optional<Found> find(const Assertion& assertion, RuleName rule) {
        switch (assertion.claim) {
            case Claim::smallest_coalition:
                return find_smallest(rule, Side::acting, assertion.need);
            case Claim::smallest_blocking:
                return find_smallest(rule, Side::blocking, assertion.need);
            case Claim::none_inside:
                return find_inside(rule, assertion);
            case Claim::every_has:
                return find_lacking(rule, assertion);
        }
        return std::nullopt;
    }

    static Found unsettled(RuleName rule, std::string why) {
        return {rule, {}, {}, std::move(why)};
    }

    /// The smallest coalition or blocking set, if it has fewer than `need` parties.
    std::optional<Found> find_smallest(RuleName rule, Side side, std::size_t need) {
        if (pages_.size() > k_most_pages) {
            return unsettled(rule, fmt::format("the policy has {} pages, and {} are the most whose "
                                               "every combination is looked at",
                                               pages_.size(), k_most_pages));
        }
        std::optional<Found> smallest;
        for (std::uint32_t choice = 0; choice < 1U << pages_.size(); ++choice) {
            const auto count = static_cast<std::size_t>(std::popcount(choice));
            const std::size_t bound = smallest ? smallest->size() : need;
            if (count >= bound) {
                continue;
            }
            Found found = smallest_with(rule, side, choice);
            if (!found.unsettled.empty()) {
                return found;
            }
            if (has_any_ && found.size() < bound) {
                smallest = std::move(found);
            }
        }
        return smallest;
    }

    /// With these pages; has_any_ tells whether there is a set at all.
    Found smallest_with(RuleName rule, Side side, std::uint32_t choice) {
        const auto key = std::tuple(rule.kind, rule.index, side, choice);
        if (auto known = known_.find(key); known != known_.end()) {
            has_any_ = known->second.has_value();
            return has_any_ ? *known->second : Found{};
        }
        Found found{rule, {}, {}, {}};
        for (std::size_t i = 0; i < pages_.size(); ++i) {
            if ((choice >> i & 1U) != 0) {
                found.pages.push_back(pages_[i]);
            }
        }
        const auto formula = formula_of(rule, surroundings(side, found.pages));
        if (!formula) {
            return unsettled(rule, formula.error().message);
        }
        const auto set = smallest_set(formula->circuit(), formula->root(), side);
        if (!set.settled) {
            return unsettled(rule, set.why);
        }
        has_any_ = set.people.has_value();
        if (has_any_) {
            found.people = *set.people;
            if (!is_confirmed(*formula, side, found.people)) {
                return unsettled(rule, std::string(k_no_agreement));
            }
        }
        known_.emplace(key, has_any_ ? std::optional(found) : std::nullopt);
        return found;
    }

    static Surroundings surroundings(Side side, const Pages& pages) {
        Surroundings surroundings;
        if (side == Side::acting) {
            surroundings.speaking = pages;
        } else {
            surroundings.dark = pages;
            surroundings.others = Others::veto;
            surroundings.colluding_facts = true;
        }
        return surroundings;
    }

    static constexpr std::size_t k_looked_at = 32;
    struct Smallest {
        bool settled = true;
        std::string why;
        std::optional<Set> people;
    };

    Smallest smallest_set(const Circuit& circuit, Wire root, Side side) {
        const auto analysis = Analysis::of(circuit, root, budget_);
        if (!analysis) {
            budget_.steps = 0;
            return {false, std::string(k_out_of_steps), {}};
        }
        budget_.steps -= std::min(budget_.steps, analysis->steps_taken());
        // Of several the first by place in the policy, as far as a few are looked at.
        auto sets = analysis->smallest_sets(side, k_looked_at);
        if (sets.empty()) {
            return {};
        }
        return {true, {}, *std::ranges::min_element(sets, [](const Set& left, const Set& right) {
                    return std::pair(left.size(), left) < std::pair(right.size(), right);
                })};
    }

    /// Takes steps from the budget; false where there are not so many left.
    bool spend(std::uint64_t steps) {
        const bool enough = steps < budget_.steps;
        budget_.steps -= std::min(steps, budget_.steps);
        return enough;
    }

    base::Result<PolicyFormula> formula_of(RuleName rule, Surroundings around) {
        auto formula = PolicyFormula::of(ready_, rule, std::move(around), budget_.steps);
        if (!formula) {
            return formula;
        }
        std::uint64_t inputs = 0;
        const Circuit& circuit = formula->circuit();
        for (std::uint32_t number = 0; number < circuit.size(); ++number) {
            inputs += circuit.gate(number).count + 1;
        }
        if (!spend(inputs)) {
            return base::bad_input(std::string(k_out_of_steps));
        }
        return formula;
    }

    bool permits(const PolicyFormula& formula, const Set& people) {
        spend(formula.steps_of_asking());
        return formula.permits(people);
    }

    bool is_confirmed(const PolicyFormula& formula, Side side, const Set& people) {
        return permits(formula, side == Side::acting ? people : all_but(people)) ==
               (side == Side::acting);
    }

    Set all_but(const Set& people) const {
        Set rest;
        for (std::uint32_t i = 0; i < policy_.principals.size(); ++i) {
            if (!std::binary_search(people.begin(), people.end(), i)) {
                rest.push_back(i);
            }
        }
        return rest;
    }

    /// Whether the people of the assertion can act by themselves; then as few of them as do.
    std::optional<Found> find_inside(RuleName rule, const Assertion& assertion) {
        const auto formula = formula_of(rule, {});
        if (!formula) {
            return unsettled(rule, formula.error().message);
        }
        Found found{rule, {assertion.people.begin(), assertion.people.end()}, {}, {}};
        std::vector<bool> inside(policy_.principals.size());
        for (const std::uint32_t one : found.people) {
            inside[one] = true;
        }
        inside.resize(std::max<std::size_t>(inside.size(), formula->circuit().variables()));
        const bool can_act = formula->circuit().evaluate(formula->root(), inside);
        if (permits(*formula, found.people) != can_act) {
            return unsettled(rule, std::string(k_no_agreement));
        }
        if (!can_act) {
            return std::nullopt;
        }
        shrink(*formula, found.people, {});
        return found;
    }

    /// A coalition with fewer of the people than asked for, whoever else is in it.
    std::optional<Found> find_lacking(RuleName rule, const Assertion& assertion) {
        auto formula = formula_of(rule, surroundings(Side::acting, pages_));
        if (!formula) {
            return unsettled(rule, formula.error().message);
        }
        const Set named(assertion.people.begin(), assertion.people.end());
        const Set others = all_but(named);
        const Rooted rest = with_true(formula->circuit(), formula->root(), others);
        const Smallest few = smallest_set(rest.circuit, rest.root, Side::acting);
        if (!few.settled) {
            return unsettled(rule, few.why);
        }
        if (!few.people || few.people->size() >= assertion.need) {
            return std::nullopt;
        }
        Found found{rule, others, pages_, {}};
        found.people.insert(found.people.end(), few.people->begin(), few.people->end());
        std::sort(found.people.begin(), found.people.end());
        if (!permits(*formula, found.people)) {
            return unsettled(rule, std::string(k_no_agreement));
        }
        for (const std::string& page : pages_) {
            Pages fewer = found.pages;
            std::erase(fewer, page);
            auto without = formula_of(rule, surroundings(Side::acting, fewer));
            if (without && permits(*without, found.people)) {
                found.pages = std::move(fewer);
                formula = std::move(without);
            }
        }
        shrink(*formula, found.people, *few.people);
        return found;
    }

    /// Leaves out whom it can do without, but for those to `keep`, as far as there are steps left.
    void shrink(const PolicyFormula& formula, Set& people, const Set& keep) {
        const Set all = people;
        for (const std::uint32_t one : all | std::views::reverse) {
            Set fewer = people;
            std::erase(fewer, one);
            if (budget_.steps > 0 && !std::binary_search(keep.begin(), keep.end(), one) &&
                permits(formula, fewer)) {
                people = std::move(fewer);
            }
        }
    }

    Broken told(std::size_t place, const Found& found) const {
        const Assertion& assertion = policy_.assertions[place];
        Broken broken;
        broken.assertion = place;
        if (!found.unsettled.empty()) {
            broken.settled = false;
            broken.why = fmt::format("not settled, and so it does not hold: {}", found.unsettled);
            broken.advice = "make the rule simpler, or take the assertion out";
            return broken;
        }
        std::vector<std::string> words;
        for (const std::uint32_t one : found.people) {
            broken.parties.push_back(policy_.principals[one].name);
            words.push_back(policy_.principals[one].name);
        }
        for (const std::string& page : found.pages) {
            broken.parties.push_back(page);
            words.push_back("the page " + page);
        }
        say(assertion, found, words, broken);
        return broken;
    }

    void say(const Assertion& assertion, const Found& found, const std::vector<std::string>& words,
             Broken& broken) const {
        const std::string rule = to_text(policy_, found.rule);
        const std::string who = base::join_words(words);
        const std::string_view suffice = words.size() == 1 ? "suffices" : "suffice";
        switch (assertion.claim) {
            case Claim::smallest_coalition:
                broken.why = fmt::format("{} {} for {}: that is {}, and {} are promised", who,
                                         suffice, rule, words.size(), assertion.need);
                broken.advice = "let the rule ask for more people, or promise less";
                return;
            case Claim::smallest_blocking:
                broken.why =
                    words.empty()
                        ? fmt::format("nobody has to block {}: not even all together can do it",
                                      rule)
                        : fmt::format(
                              "without {} nobody can do it ({}): that is {}, and {} are "
                              "promised",
                              who, rule, words.size(), assertion.need);
                broken.advice = "let others fill that place too, or promise less";
                return;
            case Claim::none_inside:
                broken.why = fmt::format("{} of that set {} for {}", who, suffice, rule);
                broken.advice = "let the rule ask for somebody from outside the set";
                return;
            case Claim::every_has:
                broken.why = fmt::format("{} {} for {}, with fewer of that set than promised", who,
                                         suffice, rule);
                broken.advice = "let the rule ask for them, or promise less";
                return;
        }
    }

    static constexpr std::string_view k_out_of_steps =
        "the analyser can't settle it within the steps that every verifier takes";
    static constexpr std::string_view k_no_agreement =
        "the analysis and decide() do not agree; please report it with the policy";

    const policy::Policy& policy_;
    std::shared_ptr<const ReadyPolicy> ready_;
    Budget budget_;
    Pages pages_;
    std::map<std::tuple<Kind, std::size_t, Side, std::uint32_t>, std::optional<Found>> known_;
    bool has_any_ = false;
};

}  // namespace

Budget assertion_budget() {
    Budget budget;
    budget.steps = 4'000'000;
    budget.nodes = 200'000;
    return budget;
}

std::vector<Broken> hold_assertions(const policy::Policy& policy, const Budget& budget) {
    std::vector<Broken> all;
    if (policy.assertions.empty()) {
        return all;
    }
    Holder holder(policy, budget);
    for (std::size_t i = 0; i < policy.assertions.size(); ++i) {
        if (auto broken = holder.hold(i)) {
            all.push_back(std::move(*broken));
        }
    }
    return all;
}

std::vector<policy::Diagnostic> complaints_of(const policy::Policy& policy, std::string_view text,
                                              const std::vector<Broken>& broken) {
    policy::Diagnostics diagnostics(text);
    for (const Broken& one : broken) {
        diagnostics.add(policy.assertions[one.assertion].at,
                        "this assertion does not hold: " + one.why, one.advice);
    }
    return diagnostics.take();
}

policy::ParseOutcome held(policy::ParseOutcome outcome, std::string_view text) {
    if (outcome.policy) {
        outcome.diagnostics =
            complaints_of(*outcome.policy, text, hold_assertions(*outcome.policy));
        if (!outcome.diagnostics.empty()) {
            outcome.policy.reset();
        }
    }
    return outcome;
}

base::Result<void> require_assertions(const policy::Policy& policy, std::string_view text) {
    const auto broken = hold_assertions(policy);
    if (broken.empty()) {
        return {};
    }
    std::string complaints = to_text(complaints_of(policy, text, broken), "policy");
    complaints.pop_back();  // the last line feed
    return base::bad_input("the policy breaks its own assertions\n" + complaints);
}

}  // namespace cheget::analysis
