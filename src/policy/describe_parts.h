// What the parts of describe() share: names, citations, who could still speak,
// walks over formulas.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide.h"

namespace cheget::policy {

/// A decision about to be told. Borrows everything.
struct Described {
    const BoundOrder& order;
    const Decision& decision;
    const Tree& tree;
    std::span<const std::string> cite;

    const Action& action() const { return order.action(); }
    const std::string& name_of(PrincipalIndex person) const {
        return order.policy().principals[person].name;
    }
    /// `alice (vote approve, sha256:12ab…)`.
    std::string cited(PrincipalIndex person, std::uint32_t statement) const;
    /// Whose approval counts for nothing: they vetoed, withdrew, or proposed.
    bool is_barred(PrincipalIndex person) const;
    /// Of these people, those whose word is still to be had.
    std::vector<std::string> could_speak(const std::vector<PrincipalIndex>& people,
                                         const std::vector<std::uint32_t>& statements) const;
    /// `2 of dba`, or made up from the people where the formula was not read from
    /// a text.
    std::string source_of(const Formula::Node& node) const;
    /// `alert` or `backup-ok(target)`.
    std::string fact_name(FactIndex fact) const;
};

/// The statement that stands behind a person's word, or Tree::k_none.
std::uint32_t statement_of(const std::vector<std::uint32_t>& of, PrincipalIndex person);

/// `all of 3 parts`.
std::string part_words(const Formula::Node& node);

/// Calls `visit(node, standing, depth)` from the root down; children of nodes
/// for which it gives false are passed over.
template <typename Visitor>
void walk(const Formula& formula, const std::vector<TreeNode>& tree, Visitor visitor) {
    struct Visit {
        std::uint32_t node;
        std::size_t depth;
    };
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

/// How the rule stands, as an indented tree that names people and cites
/// statements; then the deputies, what was set aside, and whose approval counts
/// for nothing.
std::string tree_text(const Described& described);

}  // namespace cheget::policy
