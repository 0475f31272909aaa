// A decision in words, for whoever is woken by it: the answer first, then who can change it.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "policy/decide.h"

namespace cheget::policy {

namespace {

using Kind = Formula::Node::Kind;

class Describer {
  public:
    Describer(const BoundOrder& order, const Decision& decision, const Tree& tree,
              std::span<const std::string> cite)
        : order_(order), decision_(decision), tree_(tree), cite_(cite) {}

    std::string describe() {
        add_answer();
        const Action& action = order_.action();
        if (decision_.reason == Reason::approvals_missing ||
            decision_.reason == Reason::conditions_missing ||
            decision_.reason == Reason::unreachable) {
            add_missing(action.approve, tree_.approve, tree_.approval_of, "approve");
        }
        if (action.consent && (decision_.reason == Reason::consent_missing ||
                               decision_.reason == Reason::unreachable)) {
            add_missing(action.consent->formula, tree_.consent, tree_.consent_of, "consent");
        }
        if (action.seen_by && decision_.reason == Reason::seen_missing) {
            add_missing(*action.seen_by, tree_.seen_by, tree_.seen_of, "sign `seen`");
        }
        add("approve:\n");
        add_tree(action.approve, tree_.approve, tree_.approval_of, true);
        if (action.consent) {
            add("consent:\n");
            add_tree(action.consent->formula, tree_.consent, tree_.consent_of, false);
        }
        if (action.seen_by) {
            add("seen:\n");
            add_tree(*action.seen_by, tree_.seen_by, tree_.seen_of, false);
        }
        if (action.veto) {
            add("veto:\n");
            add_tree(*action.veto, tree_.veto, tree_.veto_of, false);
        }
        add_deputies();
        add_facts_set_aside();
        add_void_approvals();
        return std::move(text_);
    }

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }

    const std::string& name_of(PrincipalIndex person) const {
        return order_.policy().principals[person].name;
    }

    static std::uint32_t statement_of(const std::vector<std::uint32_t>& of, PrincipalIndex person) {
        return person < of.size() ? of[person] : Tree::k_none;
    }

    /// `alice (vote approve, sha256:12ab…)`.
    std::string cited(PrincipalIndex person, std::uint32_t statement) const {
        return statement < cite_.size() ? fmt::format("{} ({})", name_of(person), cite_[statement])
                                        : name_of(person);
    }

    std::string all_cited(const std::vector<std::uint32_t>& of) const {
        std::vector<std::string> words;
        for (std::size_t i = 0; i < of.size(); ++i) {
            if (of[i] != Tree::k_none) {
                words.push_back(cited(static_cast<PrincipalIndex>(i), of[i]));
            }
        }
        return base::join_words(words);
    }

    bool is_barred(PrincipalIndex person) const {
        return statement_of(tree_.veto_of, person) != Tree::k_none ||
               statement_of(tree_.withdrawal_of, person) != Tree::k_none ||
               (person == order_.proposer() && !order_.action().proposer_counts);
    }

    /// Of these people, those whose word is still to be had.
    std::vector<std::string> could_speak(const std::vector<PrincipalIndex>& people,
                                         const std::vector<std::uint32_t>& statements) const {
        std::vector<std::string> names;
        for (const PrincipalIndex person : people) {
            if (!is_barred(person) && statement_of(statements, person) == Tree::k_none) {
                names.push_back(name_of(person));
            }
        }
        return names;
    }

    void add_answer() {
        switch (decision_.reason) {
            case Reason::permitted:
                add("permit until {}: {} is satisfied\n", base::to_text(decision_.until),
                    order_.action().name);
                break;
            case Reason::approvals_missing:
                add("wait: approvals are missing\n");
                break;
            case Reason::no_direct_voice:
                add("wait: every approval that fills a place was given through a web page; one "
                    "signed with another kind of key is needed\n");
                add_direct_people();
                break;
            case Reason::not_begun:
                add("wait: all approvals are there, but the order begins at {}\n",
                    base::to_text(order_.proposed()));
                break;
            case Reason::expired:
                add("deny: the order expired at {}; propose it again\n",
                    base::to_text(order_.expires()));
                break;
            case Reason::vetoed:
                add("deny: vetoed by {}; a veto is final for this order\n",
                    all_cited(tree_.veto_of));
                break;
            case Reason::withdrawn:
                add("deny: withdrawn by its proposer {}; propose it again if it is still wanted\n",
                    cited(order_.proposer(), statement_of(tree_.withdrawal_of, order_.proposer())));
                break;
            case Reason::proposer_not_entitled:
                add("deny: {} may not propose {}; it takes {}\n", name_of(order_.proposer()),
                    order_.action().name, source_of(order_.action().propose.root()));
                break;
            case Reason::unreachable:
                add("deny: too few are left who could still approve\n");
                break;
            case Reason::does_not_fit:
                add("deny: the order does not fit the policy\n");
                break;
            default:
                add_answer_of_clauses();
                break;
        }
        if (decision_.answer == Answer::wait) {
            add("  earliest: {}; the order expires at {}\n", base::to_text(decision_.earliest),
                base::to_text(order_.expires()));
        }
    }

    /// The answers that only rules with conditions, consent, delays and the like give.
    void add_answer_of_clauses() {
        const Action& action = order_.action();
        switch (decision_.reason) {
            case Reason::conditions_missing:
                add("wait: the people suffice, but the facts do not\n");
                break;
            case Reason::consent_missing:
                add("wait: consent is missing{}\n",
                    action.consent && !action.consent->shared
                        ? "; whoever fills a place in `approve` does not fill one in `consent` too"
                        : "");
                break;
            case Reason::seen_missing:
                add("wait: the delay begins only when those of `seen by` have signed `seen`\n");
                break;
            case Reason::delay_running:
                add("wait: nobody is missing; the delay of {} is not over\n",
                    base::to_text(action.wait.value_or(base::Span{})));
                break;
            case Reason::rationed:
                add("wait: the emergency's ration is used up\n");
                break;
            case Reason::not_valid_yet:
                add("wait: nobody is missing, but the rule is valid from {}\n",
                    base::to_text(action.valid_from.value_or(base::Time{})));
                break;
            case Reason::rule_ended:
                add("deny: the rule was valid until {}\n",
                    base::to_text(action.valid_until.value_or(base::Time{})));
                break;
            case Reason::too_late:
                add("deny: what is missing can't come before the order or its rule ends; propose "
                    "it again\n");
                break;
            case Reason::needs_log:
                add("deny: the rule asks for times that only a log proves, and no log is "
                    "followed here\n");
                break;
            case Reason::postdated:
                add("deny: the order says it was proposed at {}, after it was logged\n",
                    base::to_text(order_.proposed()));
                break;
            default:
                break;  // add_answer() has said it
        }
    }

    void add_direct_people() {
        std::vector<std::string> names;
        std::vector<bool> seen(order_.policy().principals.size(), false);
        for (const auto& node : order_.action().approve.nodes) {
            for (const PrincipalIndex person : node.people) {
                const auto& keys = order_.policy().principals[person].keys;
                const bool has_direct_key = std::any_of(
                    keys.begin(), keys.end(), [](const Key& key) { return !key.web_origin; });
                if (!seen[person] && has_direct_key && !is_barred(person)) {
                    names.push_back(name_of(person));
                }
                seen[person] = true;
            }
        }
        add("  who could give it: {}\n", base::join_words(names, "or"));
    }

    /// `2 of dba`, or made up from the people where the formula was not read from a text.
    std::string source_of(const Formula::Node& node) const {
        if (!node.source.empty()) {
            return node.source;
        }
        std::vector<std::string> names;
        for (std::size_t i = 0; i < node.people.size(); ++i) {
            names.push_back(i < node.weights.size()
                                ? fmt::format("{}: {}", name_of(node.people[i]), node.weights[i])
                                : name_of(node.people[i]));
        }
        const std::string compare = node.compare == Compare::at_least  ? ">="
                                    : node.compare == Compare::at_most ? "<="
                                                                       : "is";
        const std::string value =
            node.compare == Compare::equal ? node.text : fmt::format("{}", node.number);
        switch (node.kind) {
            case Kind::threshold:
                return fmt::format("{} of {} parts", node.need, node.children.size());
            case Kind::weight:
                return fmt::format("weight >= {} of {{ {} }}", node.need, fmt::join(names, ", "));
            case Kind::fact:
                return fmt::format("{} {} {}", order_.policy().facts[node.fact].name, compare,
                                   value);
            case Kind::parameter:
                return fmt::format("{} {} {}", order_.action().parameters[node.parameter].name,
                                   compare, value);
            case Kind::people:
                break;
        }
        return fmt::format("{} of {{ {} }}", node.need, fmt::join(names, ", "));
    }

    static std::string part_words(const Formula::Node& node) {
        if (node.in_sequence) {
            return fmt::format("{} voices, each after the one before it", node.children.size());
        }
        if (node.need == node.children.size()) {
            return fmt::format("all of {} parts", node.children.size());
        }
        if (node.need == 1) {
            return fmt::format("any of {} parts", node.children.size());
        }
        return fmt::format("{} of {} parts", node.need, node.children.size());
    }

    struct Visit {
        std::uint32_t node;
        std::size_t depth;
    };

    /// Calls `visit(node, standing, depth)` from the root down; children of nodes for which it
    /// gives false are passed over.
    template <typename Visitor>
    static void walk(const Formula& formula, const std::vector<TreeNode>& tree, Visitor visitor) {
        if (formula.nodes.empty() || tree.size() < formula.nodes.size()) {
            return;
        }
        std::vector<Visit> path{{static_cast<std::uint32_t>(formula.nodes.size() - 1), 0}};
        while (!path.empty()) {
            const Visit visit = path.back();
            path.pop_back();
            const Formula::Node& node = formula.nodes[visit.node];
            if (!visitor(node, tree[visit.node], visit.depth)) {
                continue;
            }
            for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
                path.push_back({*child, visit.depth + 1});
            }
        }
    }

    /// The part of a tree that is not satisfied, as a list of what to get from whom.
    void add_missing(const Formula& formula, const std::vector<TreeNode>& tree,
                     const std::vector<std::uint32_t>& statements, std::string_view verb) {
        verb_ = verb;
        add("missing:\n");
        walk(formula, tree, [&](const auto& node, TreeNode standing, std::size_t depth) {
            if (standing.satisfied) {
                return false;
            }
            const std::string indent(2 * (depth + 1), ' ');
            if (node.kind == Kind::people) {
                add_missing_people(indent, node, standing, statements);
            } else if (node.kind == Kind::weight) {
                add("{}{}, {} so far: {} can {}\n", indent, source_of(node), standing.have,
                    joined_or_nobody(could_speak(node.people, statements)), verb_);
            } else if (node.kind == Kind::fact) {
                add_missing_fact(indent, node, standing);
            } else if (node.kind == Kind::parameter) {
                add("{}{}: never, the order says {}\n", indent, source_of(node),
                    base::shown(order_.parameters()[node.parameter]));
            } else if (node.in_sequence) {
                add("{}{} more voices, each `after` the one before it:\n", indent,
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
        const auto names = could_speak(node.people, statements);
        const std::uint32_t more = standing.need - standing.have;
        if (names.size() < more) {
            add("{}{} more for {}: out of reach, {}\n", indent, more, source_of(node),
                names.empty()
                    ? fmt::format("nobody is left who could {}", verb_)
                    : fmt::format("only {} could still {}", base::join_words(names), verb_));
        } else {
            add("{}{} more for {}: {} can {}\n", indent, more, source_of(node),
                base::join_words(names, names.size() == more ? "and" : "or"), verb_);
        }
    }

    /// Who can state what the condition asks for.
    void add_missing_fact(const std::string& indent, const Formula::Node& node, TreeNode standing) {
        const Fact& fact = order_.policy().facts[node.fact];
        std::vector<std::string> sources;
        for (const PrincipalIndex source : fact.sources) {
            sources.push_back(name_of(source));
        }
        const std::uint32_t more =
            standing.need > standing.have ? standing.need - standing.have : 1;
        add("{}{}: {} more of {} must say so, and no longer than {} ago\n", indent, source_of(node),
            more, base::join_words(sources, "or"), base::to_text(fact.fresh));
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
            if (!is_barred(person)) {
                names.push_back(name_of(person));
            }
        }
        add("{}next, {}: {} can approve\n", indent, source_of(part), joined_or_nobody(names));
    }

    /// Each part has its people, but the same person would have to fill two places.
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
        const auto names = could_speak(people, statements);
        add("{}one person fills one place, and someone is needed in two of {}: {}\n", indent,
            part_words(node),
            names.empty() ? fmt::format("nobody else is left who could {}", verb_)
                          : fmt::format("{} can {}", base::join_words(names, "or"), verb_));
    }

    void add_tree(const Formula& formula, const std::vector<TreeNode>& tree,
                  const std::vector<std::uint32_t>& statements, bool is_approval) {
        walk(formula, tree, [&](const auto& node, TreeNode standing, std::size_t depth) {
            add("{:{}}[{}] ", "", 2 * (depth + 1), standing.satisfied ? 'x' : ' ');
            switch (node.kind) {
                case Kind::threshold:
                    add("{}: {} so far\n", part_words(node), standing.have);
                    return true;
                case Kind::fact:
                    add("{}: {}\n", source_of(node), who_said(node.fact));
                    return true;
                case Kind::parameter:
                    add("{}: the order says {}\n", source_of(node),
                        base::shown(order_.parameters()[node.parameter]));
                    return true;
                case Kind::people:
                case Kind::weight:
                    break;
            }
            add_leaf_of_people(node, standing, statements, is_approval);
            return true;
        });
    }

    void add_leaf_of_people(const Formula::Node& node, TreeNode standing,
                            const std::vector<std::uint32_t>& statements, bool is_approval) {
        std::vector<std::string> words;
        for (const PrincipalIndex person : node.people) {
            const std::uint32_t statement = statement_of(statements, person);
            if (statement != Tree::k_none) {
                words.push_back(cited(person, statement));
            }
            if (is_approval) {
                add_deputy_of(person, words);
            }
        }
        add("{}: {}", source_of(node), words.empty() ? "nobody" : base::join_words(words));
        if (node.kind == Kind::weight) {
            add(", weight {}", standing.have);
        }
        if (is_approval && !standing.satisfied) {
            if (const auto names = could_speak(node.people, statements); !names.empty()) {
                add("; not yet: {}", base::join_words(names));
            }
        }
        add("\n");
    }

    void add_deputy_of(PrincipalIndex person, std::vector<std::string>& words) const {
        const auto& deputies = order_.action().deputies;
        for (std::size_t i = 0; i < deputies.size() && i < tree_.deputy_approval.size(); ++i) {
            if (deputies[i].stands_for == person && tree_.deputy_approval[i] != Tree::k_none) {
                words.push_back(fmt::format("{} for {}",
                                            cited(deputies[i].deputy, tree_.deputy_approval[i]),
                                            name_of(person)));
            }
        }
    }

    /// `backups says true at … (fact, sha256:…)`.
    std::string who_said(FactIndex number) const {
        std::vector<std::string> words;
        for (const Tree::FactLeaf& leaf : tree_.facts) {
            if (leaf.said.fact == number && leaf.state == FactState::counts) {
                words.push_back(
                    fmt::format("{} said {} at {}", cited(leaf.said.source, leaf.said.statement),
                                value_text(number, *leaf.said.value), base::to_text(leaf.said.at)));
            }
        }
        return words.empty() ? "nobody says so" : base::join_words(words);
    }

    std::string value_text(FactIndex number, std::uint64_t value) const {
        const Fact& fact = order_.policy().facts[number];
        if (fact.type == Fact::Type::truth) {
            return value != 0 ? "true" : "false";
        }
        return fact.type == Fact::Type::words && value < fact.words.size()
                   ? fact.words[value]
                   : fmt::format("{}", value);
    }

    void add_deputies() {
        for (const Deputy& one : order_.action().deputies) {
            add("{} may approve for {} once the order has lain {} without a word of {}'s\n",
                name_of(one.deputy), name_of(one.stands_for), base::to_text(one.after),
                name_of(one.stands_for));
        }
    }

    /// Facts that do not count, so that their sources learn why.
    void add_facts_set_aside() {
        for (const Tree::FactLeaf& leaf : tree_.facts) {
            const std::string_view why = leaf.state == FactState::stale    ? "is too old"
                                         : leaf.state == FactState::future ? "is dated ahead"
                                         : leaf.state == FactState::malformed
                                             ? "has a value that the fact lacks"
                                             : "";
            if (!why.empty()) {
                add("what {} said of {} at {} {}\n", cited(leaf.said.source, leaf.said.statement),
                    order_.policy().facts[leaf.said.fact].name, base::to_text(leaf.said.at), why);
            }
        }
    }

    /// Whose approval can count for nothing, so that nobody goes on waiting for it.
    void add_void_approvals() {
        for (std::size_t i = 0; i < order_.policy().principals.size(); ++i) {
            const auto person = static_cast<PrincipalIndex>(i);
            const std::uint32_t veto = statement_of(tree_.veto_of, person);
            const std::uint32_t withdrawal = statement_of(tree_.withdrawal_of, person);
            if (veto != Tree::k_none) {
                add("{} vetoed, so no approval by them counts\n", cited(person, veto));
            } else if (withdrawal != Tree::k_none) {
                add("{} withdrew, so no approval by them counts\n", cited(person, withdrawal));
            }
        }
        if (!order_.action().proposer_counts) {
            add("{} proposed, so their own approval fills no place\n", name_of(order_.proposer()));
        }
    }

    const BoundOrder& order_;
    const Decision& decision_;
    const Tree& tree_;
    std::span<const std::string> cite_;
    std::string text_;
    std::string_view verb_;  ///< what those who are missing are to do
};

}  // namespace

std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite) {
    return Describer(order, decision, tree, cite).describe();
}

}  // namespace cheget::policy
