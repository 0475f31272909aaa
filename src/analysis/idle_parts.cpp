// Takes parts out of a rule, one after the other, and asks whether the formula is the same: first a
// few sets that would show a difference, then, if none does, the diagrams.
#include <algorithm>
#include <numeric>

#include "analysis/difference.h"
#include "analysis/evaluation.h"
#include "analysis/policy_stretches.h"
#include "analysis/splitmix.h"
#include "policy/compile.h"

namespace cheget::analysis {

namespace {

using Kind = RuleName::Kind;
using policy::Formula;
using Node = Formula::Node;

constexpr std::size_t k_most_situations = 64;
constexpr std::uint64_t k_most_inputs = 20'000'000;

/// Everybody whom a node or those below it name; sorted.
std::vector<std::uint32_t> people_below(const Formula& formula, std::uint32_t root) {
    std::vector<std::uint32_t> people;
    std::vector<std::uint32_t> waiting{root};
    while (!waiting.empty()) {
        const Node& node = formula.nodes[waiting.back()];
        waiting.pop_back();
        people.insert(people.end(), node.people.begin(), node.people.end());
        waiting.insert(waiting.end(), node.children.begin(), node.children.end());
    }
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
}

/// For each person how far they are from a part: 0 in it, 1 beside it in the node above, and so on.
std::vector<std::uint32_t> distances(const Formula& formula, std::uint32_t part,
                                     std::size_t people) {
    constexpr std::uint32_t k_far = ~std::uint32_t{0};
    std::vector<std::uint32_t> distance(people, k_far);
    std::uint32_t node = part;
    for (std::uint32_t level = 0;; ++level) {
        for (const std::uint32_t one : people_below(formula, node)) {
            distance[one] = std::min(distance[one], level);
        }
        const auto above = std::ranges::find_if(formula.nodes, [&](const Node& other) {
            return std::ranges::find(other.children, node) != other.children.end();
        });
        if (above == formula.nodes.end()) {
            return distance;
        }
        node = static_cast<std::uint32_t>(above - formula.nodes.begin());
    }
}

/// The values of parameters that a rule can tell apart, in all combinations.
std::optional<std::vector<std::vector<std::string>>> parameter_choices(
    const policy::Action& action) {
    std::vector<std::vector<std::string>> values(action.parameters.size());
    for (const Node& node : action.approve.nodes) {
        if (node.kind != Node::Kind::parameter) {
            continue;
        }
        auto& some = values[node.parameter];
        if (node.compare == policy::Compare::equal) {
            some.insert(some.end(), {node.text, node.text + "x"});
        } else {
            some.push_back(std::to_string(node.number));
            some.push_back(std::to_string(node.compare == policy::Compare::at_most
                                              ? node.number + 1
                                              : node.number - (node.number > 0 ? 1 : 0)));
            some.emplace_back("x");  // no number meets neither
        }
    }
    std::vector<std::vector<std::string>> choices{{}};
    for (auto& some : values) {
        if (some.empty()) {
            some.emplace_back("0");
        }
        std::sort(some.begin(), some.end());
        some.erase(std::unique(some.begin(), some.end()), some.end());
        std::vector<std::vector<std::string>> longer;
        for (const auto& choice : choices) {
            for (const std::string& value : some) {
                longer.push_back(choice);
                longer.back().push_back(value);
            }
        }
        choices = std::move(longer);
        if (choices.size() > k_most_situations) {
            return std::nullopt;
        }
    }
    return choices;
}

auto* action_of(auto& policy, RuleName rule) {
    return rule.kind == Kind::action      ? &policy.actions[rule.index]
           : rule.kind == Kind::emergency ? &policy.emergencies[rule.index].rule
                                          : nullptr;
}

auto& approve_in(auto& policy, RuleName rule) {
    auto* action = action_of(policy, rule);
    return action != nullptr           ? action->approve
           : rule.kind == Kind::revoke ? policy.revoke.approve
           : rule.kind == Kind::amend  ? policy.amend.approve
                                       : policy.amend_lowering->approve;
}

/// Every fact that the rule asks for, at each number where its conditions turn, as a variable.
Parties with_facts(const policy::Policy& policy, const Formula& approve) {
    Parties parties = Parties::of_one(policy);
    auto next = static_cast<std::uint32_t>(policy.principals.size());
    for (const Node& node : approve.nodes) {
        if (node.kind == Node::Kind::fact) {
            auto& levels = parties.facts[node.fact];
            if (std::none_of(levels.begin(), levels.end(), [&](const Parties::Level& one) {
                    return one.number == node.number;
                })) {
                levels.push_back({node.number, next++});
            }
        }
    }
    return parties;
}

/// The policy with this rule alone, whose place then is 0.
policy::Policy alone(const policy::Policy& policy, RuleName& rule) {
    policy::Policy rest = policy;
    rest.actions.clear();
    rest.emergencies.clear();
    if (rule.kind == Kind::action) {
        rest.actions.push_back(policy.actions[rule.index]);
    } else if (rule.kind == Kind::emergency) {
        policy::Emergency emergency = policy.emergencies[rule.index];
        rest.actions.push_back(policy.actions[emergency.action]);
        emergency.action = 0;
        rest.emergencies.push_back(std::move(emergency));
    }
    rule.index = 0;
    return rest;
}

/// Chooses what is tried first.
class Shuffle {
  public:
    void operator()(std::vector<std::uint32_t>& numbers) {
        for (std::size_t i = numbers.size(); i > 1; --i) {
            std::swap(numbers[i - 1], numbers[random_.below(i)]);
        }
    }

  private:
    Splitmix random_{1};
};

class IdleSearch {
  public:
    IdleSearch(const policy::Policy& policy, RuleName rule, const Budget& budget)
        : rule_(rule), changed_(alone(policy, rule_)), ready_(changed_), budget_(budget) {
        parties_ = with_facts(ready_.policy, approve_in(ready_.policy, rule_));
        budget_.steps /= k_most_comparisons;
        const policy::Action* action = action_of(changed_, rule_);
        if (action == nullptr) {
            situations_.emplace_back();
            return;
        }
        const auto choices = parameter_choices(*action);
        if (!choices) {
            return;
        }
        std::vector<std::int64_t> rests{action->expire.seconds - 1};
        for (const policy::Deputy& one : action->deputies) {
            // Before this hour, and before all.
            const std::int64_t wait = action->wait ? action->wait->seconds : 0;
            rests.push_back(wait + one.after.seconds - 1);
        }
        for (const auto& parameters : *choices) {
            for (const std::int64_t rest : rests) {
                Situation one;
                one.parameters = parameters;
                one.rested = base::Span{rest};
                situations_.push_back(std::move(one));
            }
        }
    }

    std::vector<IdlePart> run() {
        if (situations_.empty() || situations_.size() > k_most_situations) {
            return {};
        }
        search(approve_in(changed_, rule_));
        if (policy::Action* action = action_of(changed_, rule_);
            action != nullptr && action->consent) {
            search(action->consent->formula);
        }
        return std::move(found_);
    }

  private:
    static constexpr std::size_t k_most_comparisons = 8;
    static constexpr int k_tries = 6;
    using Situation = Surroundings;

    /// From the root down: below an idle part nothing more is asked.
    void search(Formula& formula) {
        const Formula whole = formula;
        std::vector<bool> skipped(whole.nodes.size());
        for (std::size_t i = whole.nodes.size(); i-- > 0;) {
            const Node& node = whole.nodes[i];
            const bool is_root = i + 1 == whole.nodes.size();
            bool is_idle = skipped[i];
            for (const bool holds : {false, true}) {
                if (is_root || is_idle || comparisons_ >= k_most_comparisons) {
                    continue;
                }
                auto rest = without_part(whole, static_cast<std::uint32_t>(i), holds);
                if (!rest) {
                    continue;
                }
                formula = std::move(*rest);
                is_idle = is_same(
                    distances(whole, static_cast<std::uint32_t>(i), changed_.principals.size()),
                    holds);
                formula = whole;
                if (is_idle) {
                    found_.push_back({node.source, node.at, !holds});
                }
            }
            for (const std::uint32_t child : node.children) {
                skipped[child] = is_idle;
            }
        }
    }

    struct Built {
        Circuit circuit;
        Wire root;
    };
    std::optional<Built> build(const ReadyPolicy& ready, const Situation& situation) const {
        Built built;
        const auto root =
            PolicyFormula::add_to(built.circuit, ready, rule_, situation, parties_, k_most_inputs);
        if (!root) {
            return std::nullopt;
        }
        built.root = *root;
        return built;
    }

    /// Whether the rule, without the part, is the same in every situation.
    bool is_same(const std::vector<std::uint32_t>& distance, bool holds) {
        const ReadyPolicy other(changed_);
        for (std::size_t i = 0; i < situations_.size(); ++i) {
            if (i >= before_.size()) {
                before_.push_back(build(ready_, situations_[i]));
            }
            const auto after = build(other, situations_[i]);
            if (!before_[i] || !after ||
                (holds ? differ(*after, *before_[i], distance, true)
                       : differ(*before_[i], *after, distance, false))) {
                return false;
            }
        }
        ++comparisons_;
        return std::all_of(situations_.begin(), situations_.end(), [&](const Situation& situation) {
            Circuit circuit;
            const auto before =
                PolicyFormula::add_to(circuit, ready_, rule_, situation, parties_, k_most_inputs);
            const auto after =
                PolicyFormula::add_to(circuit, other, rule_, situation, parties_, k_most_inputs);
            if (!before || !after) {
                return false;
            }
            const auto changed = difference(circuit, *before, *after, budget_, 0);
            return changed && changed->same();
        });
    }

    /// Whether a set is easily found for which the weaker formula holds and the stronger does not:
    /// sets of the weaker from which as many as can be are taken, those far from the part first, so
    /// that it is the part that matters; where the weaker does without it, its people before all.
    bool differ(const Built& weaker, const Built& stronger,
                const std::vector<std::uint32_t>& distance, bool part_first) {
        Evaluation weak(weaker.circuit, weaker.root);
        Evaluation strong(stronger.circuit, stronger.root);
        const std::uint32_t count =
            std::max(weaker.circuit.variables(), stronger.circuit.variables());
        std::vector<std::uint32_t> order(count);
        std::iota(order.begin(), order.end(), 0U);
        const auto rank = [&](std::uint32_t one) -> std::uint64_t {
            if (one >= distance.size()) {
                return 2;  // facts go last
            }
            return distance[one] == 0 ? (part_first ? 0 : 3) : 1;
        };
        for (int tried = 0; tried < k_tries; ++tried) {
            shuffle_(order);
            std::ranges::stable_sort(order, [&](std::uint32_t left, std::uint32_t right) {
                return rank(left) != rank(right) ? rank(left) < rank(right)
                       : rank(left) == 1         ? distance[left] > distance[right]
                                                 : false;
            });
            for (const std::uint32_t one : order) {
                weak.put(one, true);
                strong.put(one, true);
            }
            for (const std::uint32_t one : order) {
                weak.put(one, false);
                if (!weak.holds()) {
                    weak.put(one, true);
                    continue;
                }
                strong.put(one, false);
                if (!strong.holds()) {
                    return true;
                }
            }
        }
        return false;
    }

    RuleName rule_;
    policy::Policy changed_;
    ReadyPolicy ready_;
    Parties parties_;
    Budget budget_;
    std::vector<Situation> situations_;
    std::vector<std::optional<Built>> before_;  ///< beside situations_, as far as they were asked
    std::size_t comparisons_ = 0;
    Shuffle shuffle_;
    std::vector<IdlePart> found_;
};

}  // namespace

const Formula& approve_of(const policy::Policy& policy, RuleName rule) {
    return approve_in(policy, rule);
}

std::optional<Formula> without_part(const Formula& formula, std::uint32_t part, bool holds) {
    std::vector<std::optional<bool>> settled(formula.nodes.size());
    std::vector<std::uint32_t> place(formula.nodes.size());
    std::vector<bool> used(formula.nodes.size());
    settled[part] = holds;
    std::vector<Node> nodes = formula.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        Node& node = nodes[i];
        if (node.kind != Node::Kind::threshold || i == part) {
            continue;
        }
        std::vector<std::uint32_t> children;
        for (const std::uint32_t child : node.children) {
            if (!settled[child]) {
                children.push_back(child);
            } else if (node.in_sequence) {
                return std::nullopt;
            } else if (*settled[child]) {
                --node.need;
            }
        }
        node.children = std::move(children);
        if (node.need == 0 || node.need > node.children.size()) {
            settled[i] = node.need == 0;
        }
    }
    if (settled.back()) {
        return std::nullopt;
    }
    used.back() = true;
    for (std::size_t i = nodes.size(); i-- > 0;) {
        for (const std::uint32_t child : nodes[i].children) {
            used[child] = used[child] || used[i];
        }
    }
    Formula rest;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (used[i]) {
            place[i] = static_cast<std::uint32_t>(rest.nodes.size());
            for (std::uint32_t& child : nodes[i].children) {
                child = place[child];
            }
            rest.nodes.push_back(std::move(nodes[i]));
        }
    }
    return rest;
}

std::vector<IdlePart> idle_parts(const policy::Policy& policy, RuleName rule,
                                 const Budget& budget) {
    return IdleSearch(policy, rule, budget).run();
}

}  // namespace cheget::analysis
