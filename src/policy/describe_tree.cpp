// How a rule stands, as a tree.
#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "policy/describe_parts.h"

namespace cheget::policy {
namespace {

using Kind = Formula::Node::Kind;

class TreeTeller {
  public:
    explicit TreeTeller(const Described& told) : told_(told) {}

    std::string text() {
        const Action& action = told_.action();
        const Tree& tree = told_.tree;
        add("approve:\n");
        add_tree(action.approve, tree.approve, tree.approval_of, true);
        if (action.consent) {
            add("consent:\n");
            add_tree(action.consent->formula, tree.consent, tree.consent_of, false);
        }
        if (action.seen_by) {
            add("seen:\n");
            add_tree(*action.seen_by, tree.seen_by, tree.seen_of, false);
        }
        if (action.veto) {
            add("veto:\n");
            add_tree(*action.veto, tree.veto, tree.veto_of, false);
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

    void add_tree(const Formula& formula, const std::vector<TreeNode>& tree,
                  const std::vector<std::uint32_t>& statements, bool is_approval) {
        walk(formula, tree, [&](const auto& node, TreeNode standing, std::size_t depth) {
            add("{:{}}[{}] ", "", 2 * (depth + 1), standing.satisfied ? 'x' : ' ');
            switch (node.kind) {
                case Kind::threshold:
                    add("{}: {} so far\n", part_words(node), standing.have);
                    return true;
                case Kind::fact:
                    add("{}: {}\n", told_.source_of(node), who_said(node.fact));
                    return true;
                case Kind::parameter:
                    add("{}: the order says {}\n", told_.source_of(node),
                        base::shown(told_.order.parameters()[node.parameter]));
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
                words.push_back(told_.cited(person, statement));
            }
            if (is_approval) {
                add_deputy_of(person, words);
            }
        }
        add("{}: {}", told_.source_of(node), words.empty() ? "nobody" : base::join_words(words));
        if (node.kind == Kind::weight) {
            add(", weight {}", standing.have);
        }
        if (is_approval && !standing.satisfied) {
            if (const auto names = told_.could_speak(node.people, statements); !names.empty()) {
                add("; not yet: {}", base::join_words(names));
            }
        }
        add("\n");
    }

    void add_deputy_of(PrincipalIndex person, std::vector<std::string>& words) const {
        const auto& deputies = told_.action().deputies;
        for (std::size_t i = 0; i < deputies.size() && i < told_.tree.deputy_approval.size(); ++i) {
            if (deputies[i].stands_for == person && told_.tree.deputy_approval[i] != Tree::k_none) {
                words.push_back(fmt::format(
                    "{} for {}", told_.cited(deputies[i].deputy, told_.tree.deputy_approval[i]),
                    told_.name_of(person)));
            }
        }
    }

    /// `backups says true at … (fact, sha256:…)`.
    std::string who_said(FactIndex number) const {
        std::vector<std::string> words;
        for (const Tree::FactLeaf& leaf : told_.tree.facts) {
            if (leaf.said.fact == number && leaf.state == FactState::counts) {
                words.push_back(fmt::format(
                    "{} said {} at {}", told_.cited(leaf.said.source, leaf.said.statement),
                    value_text(number, *leaf.said.value), base::to_text(leaf.said.at)));
            }
        }
        return words.empty() ? "nobody says so" : base::join_words(words);
    }

    std::string value_text(FactIndex number, std::uint64_t value) const {
        const Fact& fact = told_.order.policy().facts[number];
        if (fact.type == Fact::Type::truth) {
            return value != 0 ? "true" : "false";
        }
        return fact.type == Fact::Type::words && value < fact.words.size()
                   ? fact.words[value]
                   : fmt::format("{}", value);
    }

    void add_deputies() {
        for (const Deputy& one : told_.action().deputies) {
            add("{} may approve for {} once the order has lain {} without a word of "
                "{}'s\n",
                told_.name_of(one.deputy), told_.name_of(one.stands_for), base::to_text(one.after),
                told_.name_of(one.stands_for));
        }
    }

    /// Facts that do not count, so that their sources learn why.
    void add_facts_set_aside() {
        for (const Tree::FactLeaf& leaf : told_.tree.facts) {
            const std::string_view why = leaf.state == FactState::stale    ? "is too old"
                                         : leaf.state == FactState::future ? "is dated ahead"
                                         : leaf.state == FactState::malformed
                                             ? "has a value that the fact lacks"
                                             : "";
            if (!why.empty()) {
                add("what {} said of {} at {} {}\n",
                    told_.cited(leaf.said.source, leaf.said.statement),
                    told_.fact_name(leaf.said.fact), base::to_text(leaf.said.at), why);
            }
        }
    }

    /// Whose approval can count for nothing, so that nobody goes on waiting for
    /// it.
    void add_void_approvals() {
        for (std::size_t i = 0; i < told_.order.policy().principals.size(); ++i) {
            const auto person = static_cast<PrincipalIndex>(i);
            const std::uint32_t veto = statement_of(told_.tree.veto_of, person);
            const std::uint32_t withdrawal = statement_of(told_.tree.withdrawal_of, person);
            if (veto != Tree::k_none) {
                add("{} vetoed, so that no approval by them counts\n", told_.cited(person, veto));
            } else if (withdrawal != Tree::k_none) {
                add("{} withdrew, so that no approval by them counts\n",
                    told_.cited(person, withdrawal));
            }
        }
        if (!told_.action().proposer_counts) {
            add("{} proposed it, so that their own approval counts for nothing\n",
                told_.name_of(told_.order.proposer()));
        }
    }

    const Described& told_;
    std::string text_;
};

}  // namespace

std::string tree_text(const Described& described) {
    return TreeTeller(described).text();
}

}  // namespace cheget::policy
