// What a decision still lacks, and who could give it.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "policy/describe.h"
#include "policy/describe_parts.h"

namespace cheget::policy {
namespace {

using Kind = Formula::Node::Kind;

class Missing {
  public:
    explicit Missing(const Described& told) : told_(told) {}

    std::string text() {
        const Action& action = told_.action();
        const Tree& tree = told_.tree;
        const Reason reason = told_.decision.reason;
        const bool out_of_reach = reason == Reason::unreachable || reason == Reason::too_late;
        if (out_of_reach || reason == Reason::approvals_missing ||
            reason == Reason::conditions_missing) {
            add_missing(action.approve, tree.approve, tree.approval_of, "approve", "missing");
        }
        if (action.consent && (out_of_reach || reason == Reason::consent_missing)) {
            add_missing(action.consent->formula, tree.consent, tree.consent_of, consent_verb(),
                        "missing consent");
            add_missing_place(*action.consent);
        }
        if (action.seen_by && (reason == Reason::too_late || reason == Reason::seen_missing)) {
            add_missing(*action.seen_by, tree.seen_by, tree.seen_of, "sign `seen`",
                        "missing words of having seen it");
        }
        if (reason == Reason::no_direct_voice) {
            add_direct_people();
        }
        return std::move(text_);
    }

  private:
    /// Both `approve` and `consent` are satisfied, but only with somebody counted in both.
    void add_missing_place(const Consent& consent) {
        const Tree& tree = told_.tree;
        if (told_.decision.reason != Reason::consent_missing || !tree.approve.back().satisfied ||
            !tree.consent.back().satisfied) {
            return;
        }
        add("missing:\n  one person counts in `approve` or in `consent`, and somebody is needed in "
            "both: {} can {}",
            joined_or_nobody(told_.could_speak(people_of(consent.formula), tree.consent_of)),
            consent_verb());
        const auto approvers =
            told_.could_speak(people_of(told_.action().approve), tree.approval_of);
        if (!approvers.empty()) {
            add(", or {} can approve", base::join_words(approvers, "or"));
        }
        add("\n");
    }

    /// Everyone in the formula.
    static std::vector<PrincipalIndex> people_of(const Formula& formula) {
        std::vector<PrincipalIndex> people;
        for (const Formula::Node& node : formula.nodes) {
            people.insert(people.end(), node.people.begin(), node.people.end());
        }
        std::sort(people.begin(), people.end());
        people.erase(std::unique(people.begin(), people.end()), people.end());
        return people;
    }

    /// With `within` a consent that comes later counts for nothing.
    std::string consent_verb() const {
        const Consent& consent = *told_.action().consent;
        return consent.within ? fmt::format("consent, by {} at the latest",
                                            base::to_text(told_.order.proposed() + *consent.within))
                              : std::string("consent");
    }

    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }

    /// The part of a tree that is not satisfied, as a list of what to get from
    /// whom.
    void add_missing(const Formula& formula, const std::vector<TreeNode>& tree,
                     const std::vector<std::uint32_t>& statements, std::string_view verb,
                     std::string_view heading) {
        if (tree.empty() || tree.back().satisfied) {
            return;
        }
        verb_ = verb;
        add("{}:\n", heading);
        walk(formula, tree, [&](const auto& node, TreeNode standing, std::size_t depth) {
            if (standing.satisfied) {
                return false;
            }
            const std::string indent(2 * (depth + 1), ' ');
            if (node.kind == Kind::people) {
                add_missing_people(indent, node, standing, statements);
            } else if (node.kind == Kind::weight) {
                add_missing_weight(indent, node, standing, statements);
            } else if (node.kind == Kind::fact) {
                add_missing_fact(indent, node, standing);
            } else if (node.kind == Kind::parameter) {
                add("{}{}: never, the order says {}\n", indent, told_.source_of(node),
                    base::shown(told_.order.parameters()[node.parameter]));
            } else if (node.in_sequence) {
                add("{}{} more in this order, each naming the vote before it in `after`:\n", indent,
                    standing.need - standing.have);
                add_missing_voice(indent + "  ", formula, node, standing);
                return false;
            } else if (standing.have >= standing.need) {
                add_missing_distinct(indent, formula, node, statements);
                return false;
            } else if (node.need == node.children.size()) {
                add("{}all of these:\n", indent);
            } else {
                add("{}{} more of these parts:\n", indent, standing.need - standing.have);
            }
            return true;
        });
    }

    static std::string joined_or_nobody(const std::vector<std::string>& names) {
        return names.empty() ? "nobody who is left" : base::join_words(names, "or");
    }

    void add_missing_people(const std::string& indent, const Formula::Node& node, TreeNode standing,
                            const std::vector<std::uint32_t>& statements) {
        const auto names = told_.could_speak(node.people, statements);
        const std::uint32_t more = standing.need - standing.have;
        if (names.size() < more) {
            add("{}{} more for {}: out of reach, {}\n", indent, more, told_.source_of(node),
                names.empty()
                    ? fmt::format("nobody is left who could {}", verb_)
                    : fmt::format("only {} could still {}", base::join_words(names), verb_));
        } else {
            add("{}{} more for {}: {} can {}\n", indent, more, told_.source_of(node),
                base::join_words(names, names.size() == more ? "and" : "or"), verb_);
        }
    }

    void add_missing_weight(const std::string& indent, const Formula::Node& node, TreeNode standing,
                            const std::vector<std::uint32_t>& statements) {
        std::uint64_t most = standing.have;
        for (std::size_t i = 0; i < node.people.size(); ++i) {
            const bool is_left = !told_.is_barred(node.people[i]) &&
                                 statement_of(statements, node.people[i]) == Tree::k_none;
            most += is_left ? node.weights[i] : 0U;
        }
        const auto names = told_.could_speak(node.people, statements);
        if (most < standing.need) {
            add("{}{}, {} so far: out of reach, {} could still {}\n", indent, told_.source_of(node),
                standing.have, names.empty() ? "nobody" : "only " + base::join_words(names), verb_);
        } else {
            add("{}{}, {} so far: {} can {}\n", indent, told_.source_of(node), standing.have,
                base::join_words(names, "or"), verb_);
        }
    }

    /// Who can state what the condition asks for.
    void add_missing_fact(const std::string& indent, const Formula::Node& node, TreeNode standing) {
        const Fact& fact = told_.order.policy().facts[node.fact];
        std::vector<std::string> sources;
        for (const PrincipalIndex source : fact.sources) {
            sources.push_back(told_.name_of(source));
        }
        const std::uint32_t more =
            standing.need > standing.have ? standing.need - standing.have : 1;
        add("{}{}: {} more of {} must say so, and no longer than {} ago\n", indent,
            told_.source_of(node), more, base::join_words(sources, "or"),
            base::to_text(fact.fresh));
    }

    /// The next voice of a sequence.
    void add_missing_voice(const std::string& indent, const Formula& formula,
                           const Formula::Node& node, TreeNode standing) {
        if (standing.have >= node.children.size()) {
            return;
        }
        const auto& part = formula.nodes[node.children[standing.have]];
        std::vector<std::string> names;
        for (const PrincipalIndex person : part.people) {
            if (!told_.is_barred(person)) {
                names.push_back(told_.name_of(person));
            }
        }
        add("{}next, {}: {} can approve\n", indent, told_.source_of(part), joined_or_nobody(names));
    }

    /// Each part has its people, but the same person would have to fill two
    /// places.
    void add_missing_distinct(const std::string& indent, const Formula& formula,
                              const Formula::Node& node,
                              const std::vector<std::uint32_t>& statements) {
        std::vector<PrincipalIndex> people;
        for (const std::uint32_t child : node.children) {
            const auto& more = formula.nodes[child].people;
            people.insert(people.end(), more.begin(), more.end());
        }
        std::sort(people.begin(), people.end());
        people.erase(std::unique(people.begin(), people.end()), people.end());
        const auto names = told_.could_speak(people, statements);
        add("{}one person counts for one part alone, and two parts rest on the same one: {}\n",
            indent,
            names.empty() ? fmt::format("nobody else is left who could {}", verb_)
                          : fmt::format("{} can {}", base::join_words(names, "or"), verb_));
    }

    void add_direct_people() {
        std::vector<std::string> names;
        std::vector<bool> seen(told_.order.policy().principals.size(), false);
        for (const auto& node : told_.action().approve.nodes) {
            for (const PrincipalIndex person : node.people) {
                const auto& keys = told_.order.policy().principals[person].keys;
                const bool has_direct_key = std::any_of(
                    keys.begin(), keys.end(), [](const Key& key) { return !key.web_origin; });
                if (!seen[person] && has_direct_key && !told_.is_barred(person)) {
                    names.push_back(told_.name_of(person));
                }
                seen[person] = true;
            }
        }
        add("  who could give it: {}\n", base::join_words(names, "or"));
    }

    const Described& told_;
    std::string text_;
    std::string verb_;  ///< what those who are missing are to do
};

}  // namespace

std::string describe_missing(const BoundOrder& order, const Decision& decision, const Tree& tree) {
    return Missing({order, decision, tree, {}}).text();
}

}  // namespace cheget::policy
