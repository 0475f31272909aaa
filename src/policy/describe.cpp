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
        if (decision_.reason == Reason::approvals_missing ||
            decision_.reason == Reason::unreachable) {
            add_missing();
        }
        const Action& action = order_.action();
        add("approve:\n");
        add_tree(action.approve, tree_.approve, tree_.approval_of, true);
        if (action.veto) {
            add("veto:\n");
            add_tree(*action.veto, tree_.veto, tree_.veto_of, false);
        }
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

    /// Of these people, those whose approval is still to be had.
    std::vector<std::string> could_approve(const std::vector<PrincipalIndex>& people) const {
        std::vector<std::string> names;
        for (const PrincipalIndex person : people) {
            if (!is_barred(person) && statement_of(tree_.approval_of, person) == Tree::k_none) {
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
        }
        if (decision_.answer == Answer::wait) {
            add("  earliest: {}; the order expires at {}\n", base::to_text(decision_.earliest),
                base::to_text(order_.expires()));
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
        if (node.kind == Kind::threshold) {
            return fmt::format("{} of {} parts", node.need, node.children.size());
        }
        std::vector<std::string> names;
        for (const PrincipalIndex person : node.people) {
            names.push_back(name_of(person));
        }
        return fmt::format("{} of {{ {} }}", node.need, fmt::join(names, ", "));
    }

    static std::string part_words(const Formula::Node& node) {
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

    /// The part of the tree that is not satisfied, as a list of what to get from whom.
    void add_missing() {
        add("missing:\n");
        const Formula& formula = order_.action().approve;
        walk(formula, tree_.approve, [&](const auto& node, TreeNode standing, std::size_t depth) {
            if (standing.satisfied) {
                return false;
            }
            const std::string indent(2 * (depth + 1), ' ');
            if (node.kind == Kind::people) {
                add_missing_people(indent, node, standing);
            } else if (standing.have >= standing.need) {
                add_missing_distinct(indent, formula, node);
                return false;
            } else if (node.need == node.children.size()) {
                add("{}all of these:\n", indent);
            } else {
                add("{}{} more of these parts:\n", indent, standing.need - standing.have);
            }
            return true;
        });
    }

    void add_missing_people(const std::string& indent, const Formula::Node& node,
                            TreeNode standing) {
        const auto names = could_approve(node.people);
        const std::uint32_t more = standing.need - standing.have;
        if (names.size() < more) {
            add("{}{} more for {}: out of reach, {}\n", indent, more, source_of(node),
                names.empty() ? "nobody is left who could approve"
                              : "only " + base::join_words(names) + " could still approve");
        } else {
            add("{}{} more for {}: {} can approve\n", indent, more, source_of(node),
                base::join_words(names, names.size() == more ? "and" : "or"));
        }
    }

    /// Each part has its people, but the same person would have to fill two places.
    void add_missing_distinct(const std::string& indent, const Formula& formula,
                              const Formula::Node& node) {
        std::vector<PrincipalIndex> people;
        for (const std::uint32_t child : node.children) {
            const auto& more = formula.nodes[child].people;
            people.insert(people.end(), more.begin(), more.end());
        }
        std::sort(people.begin(), people.end());
        people.erase(std::unique(people.begin(), people.end()), people.end());
        const auto names = could_approve(people);
        add("{}one person fills one place, and someone is needed in two of {}: {}\n", indent,
            part_words(node),
            names.empty() ? "nobody else is left who could approve"
                          : base::join_words(names, "or") + " can approve");
    }

    void add_tree(const Formula& formula, const std::vector<TreeNode>& tree,
                  const std::vector<std::uint32_t>& statements, bool is_approval) {
        walk(formula, tree, [&](const auto& node, TreeNode standing, std::size_t depth) {
            add("{:{}}[{}] ", "", 2 * (depth + 1), standing.satisfied ? 'x' : ' ');
            if (node.kind == Kind::threshold) {
                add("{}: {} so far\n", part_words(node), standing.have);
                return true;
            }
            std::vector<std::string> words;
            for (const PrincipalIndex person : node.people) {
                const std::uint32_t statement = statement_of(statements, person);
                if (statement != Tree::k_none) {
                    words.push_back(cited(person, statement));
                }
            }
            add("{}: {}", source_of(node), words.empty() ? "nobody" : base::join_words(words));
            if (is_approval && !standing.satisfied) {
                if (const auto names = could_approve(node.people); !names.empty()) {
                    add("; not yet: {}", base::join_words(names));
                }
            }
            add("\n");
            return true;
        });
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
};

}  // namespace

std::string describe(const BoundOrder& order, const Decision& decision, const Tree& tree,
                     std::span<const std::string> cite) {
    return Describer(order, decision, tree, cite).describe();
}

}  // namespace cheget::policy
