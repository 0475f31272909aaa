// A policy in plain English.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/text.h"
#include "policy/format.h"
#include "policy/policy.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

using Node = Formula::Node;

std::string count_of(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string_view plain_name(signature::KeyType type) {
    switch (type) {
        case signature::KeyType::ed25519:
            return "an Ed25519 key";
        case signature::KeyType::ecdsa_p256:
            return "a P-256 key";
        case signature::KeyType::rsa:
            return "an RSA key";
        case signature::KeyType::sk_ed25519:
            return "an Ed25519 key in a security key";
        case signature::KeyType::sk_ecdsa_p256:
            return "a P-256 key in a security key";
    }
    return "a key";
}

class Explainer {
  public:
    explicit Explainer(const Policy& policy) : policy_(policy) {}

    std::string explain_policy();
    std::string formula_tree(const Formula& formula, std::size_t indent) const;

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    void add_header();
    void add_principals();
    void add_key(const Key& key);
    void add_groups();
    void add_action(const Action& action);
    void add_command(const Action& action);
    void add_allowed(const Action& action);
    void add_people_rules(const Action& action);
    void add_execution(const Action& action);
    void add_change(const ChangeRule& rule, std::string_view what, std::string_view how);
    std::string names(const std::vector<PrincipalIndex>& people, std::string_view last) const;
    std::string sentence(const Formula& formula, std::size_t index) const;
    void add_formula(std::string_view lead, const Formula& formula);

    const Policy& policy_;
    std::string text_;
};

std::string Explainer::names(const std::vector<PrincipalIndex>& people,
                             std::string_view last) const {
    std::vector<std::string> words;
    words.reserve(people.size());
    for (PrincipalIndex person : people) {
        words.push_back(policy_.principals[person].name);
    }
    return base::join_words(words, last);
}

// What one node asks for, its children aside.
std::string Explainer::sentence(const Formula& formula, std::size_t index) const {
    const Node& node = formula.nodes[index];
    if (node.kind == Node::Kind::people) {
        std::size_t size = node.people.size();
        if (size == 1) {
            return names(node.people, "and");
        }
        if (node.need == size) {
            return fmt::format("{}: {}", size == 2 ? "both of these" : "all of these",
                               names(node.people, "and"));
        }
        return fmt::format("any {} of these {}: {}", node.need, size, names(node.people, "and"));
    }
    std::size_t size = node.children.size();
    std::string text = node.need == size ? "each of the following"
                       : node.need == 1  ? "one of the following"
                                         : fmt::format("{} of the following {}", node.need, size);
    if (node.shared) {
        text += "; one person may fill places in several of them";
    } else if (node.need > 1) {
        text += "; nobody fills two places";
    }
    return text;
}

// The formula as an indented list, walked with an explicit stack.
std::string Explainer::formula_tree(const Formula& formula, std::size_t indent) const {
    struct Visit {
        std::size_t node;
        std::size_t depth;
    };
    std::string text;
    std::vector<Visit> open{{formula.nodes.size() - 1, 0}};
    while (!open.empty()) {
        Visit visit = open.back();
        open.pop_back();
        const Node& node = formula.nodes[visit.node];
        text.append(indent + visit.depth * 2, ' ');
        text += fmt::format("- {}\n", sentence(formula, visit.node));
        for (std::size_t i = node.children.size(); i > 0; --i) {
            open.push_back({node.children[i - 1], visit.depth + 1});
        }
    }
    return text;
}

void Explainer::add_formula(std::string_view lead, const Formula& formula) {
    if (formula.root().kind == Node::Kind::people) {
        add("  {} {}.\n", lead, sentence(formula, formula.nodes.size() - 1));
    } else {
        add("  {}\n{}", lead, formula_tree(formula, 4));
    }
}

void Explainer::add_header() {
    const auto& header = policy_.header;
    if (header.previous) {
        add("This is version {} of the policy for the domain {}. It replaces the policy {}.\n",
            header.version, header.domain, base::to_text(*header.previous));
        add("The domain began with the policy {}.\n", base::to_text(policy_.domain_id));
    } else {
        add("This is the first policy of the domain {}. Every person in it must sign it.\n",
            header.domain);
    }
    add("\nIt keeps no log. So nothing is promised about delays, about the order of statements, "
        "or\n"
        "that a veto or a newer policy reaches an executor, against whoever holds the shared "
        "folder;\n"
        "and each executor prevents repetition on its own disk alone.\n");
}

void Explainer::add_key(const Key& key) {
    add("    {} {}", plain_name(key.key.type()), key.key.fingerprint());
    if (key.pin) {
        add(", used with its PIN");
    }
    if (key.briefcase) {
        add(", sealed in a briefcase");
    }
    if (key.web_origin) {
        add(", used in a browser on {} alone", *key.web_origin);
    }
    add("\n");
}

void Explainer::add_principals() {
    std::size_t people = 0;
    for (const Principal& principal : policy_.principals) {
        people += principal.kind == PrincipalKind::person ? 1U : 0U;
    }
    std::size_t machines = policy_.principals.size() - people;
    add("\nIt knows {} and {}.\n", people == 1 ? "1 person" : fmt::format("{} people", people),
        count_of(machines, "machine"));
    for (const Principal& principal : policy_.principals) {
        add("  {}{} signs with{}\n", principal.kind == PrincipalKind::person ? "" : "the machine ",
            principal.name, principal.keys.size() == 1 ? "" : " any of");
        for (const Key& key : principal.keys) {
            add_key(key);
        }
    }
}

void Explainer::add_groups() {
    if (!policy_.groups.empty()) {
        add("\nIts groups are\n");
    }
    for (const Group& group : policy_.groups) {
        add("  {}: {}\n", group.name, names(group.members, "and"));
    }
}

void Explainer::add_command(const Action& action) {
    std::string user = action.run.user ? fmt::format("as the user {}", *action.run.user)
                                       : std::string("as the executor's own user");
    if (action.run.any) {
        add("  It runs any command that the order states, {}.\n", user);
        return;
    }
    add("  It runs this command, {}, without a shell:\n   ", user);
    bool doubled = false;
    for (const Template& element : action.run.argv) {
        for (const std::string& literal : element.literals) {
            doubled = doubled || literal.find_first_of("{}") != std::string::npos;
        }
        add(" {}", quoted(to_text(element)));
    }
    add("\n");
    if (doubled) {
        add("  Doubled braces in it stand for single ones.\n");
    }
}

void Explainer::add_allowed(const Action& action) {
    std::vector<std::string> allowed;
    for (const std::string& name : action.allow.environment) {
        allowed.push_back("a value for the environment variable " + name);
    }
    for (const Template& path : action.allow.directories) {
        allowed.push_back("to run in the directory " + quoted(to_text(path)));
    }
    for (const Template& path : action.allow.files) {
        allowed.push_back("the bytes of the file " + quoted(to_text(path)));
    }
    if (action.allow.standard_input) {
        allowed.emplace_back("the bytes of standard input");
    }
    if (allowed.empty()) {
        add("  The order can add nothing to that but the bytes of files that the command names.\n");
        return;
    }
    add("  The order may add, besides the bytes of files that the command names:\n");
    for (const std::string& item : allowed) {
        add("    - {}\n", item);
    }
}

void Explainer::add_people_rules(const Action& action) {
    const Node& proposers = action.propose.root();
    add("  It may be proposed by {}{}, who so choose the target.\n",
        proposers.people.size() == 1 ? "" : "any one of ", names(proposers.people, "and"));
    add_formula("It needs the approval of", action.approve);
    add("  {}\n", action.proposer_counts ? "The proposer's own approval counts like any other."
                                         : "The proposer fills no place in that.");
    if (action.web_suffices) {
        add("  Keys used in a browser suffice.\n");
    }
    if (action.by_digest) {
        add("  Approvers may sign for files that they can't open, by their digests.\n");
    }
    if (action.veto) {
        add_formula("It is stopped for good by the veto of", *action.veto);
    } else {
        add("  Nobody can veto it; its proposer can withdraw it.\n");
    }
    add("  An order stays open for {} at most.\n", base::to_words(action.expire));
}

void Explainer::add_execution(const Action& action) {
    if (action.executors.size() == 1) {
        add("  The machine {} carries it out.\n", names(action.executors, "and"));
    } else if (action.executors_needed == action.executors.size()) {
        add("  The machines {} carry it out, each once.\n", names(action.executors, "and"));
    } else {
        add("  {} of the machines {} may carry it out; without a log nothing keeps the others "
            "from\n"
            "  doing so too, each once.\n",
            action.executors_needed, names(action.executors, "and"));
    }
}

void Explainer::add_action(const Action& action) {
    add("\nThe action {} is for targets of the form {}.\n", action.name, to_text(action.target));
    std::vector<std::string> captures;
    for (const Template& segment : action.target) {
        for (const std::string& name : segment.captures) {
            captures.push_back(fmt::format("{{{}}}", name));
        }
    }
    if (!captures.empty()) {
        add("  {} {} for what the target says there: letters, digits, `_`, `.` and `-`.\n",
            base::join_words(captures), captures.size() == 1 ? "stands" : "stand");
    }
    add_command(action);
    add_allowed(action);
    add_people_rules(action);
    add_execution(action);
}

void Explainer::add_change(const ChangeRule& rule, std::string_view what, std::string_view how) {
    add("\n{}\n", what);
    add_formula(how, rule.approve);
    if (rule.veto) {
        add_formula("It is stopped by the veto of", *rule.veto);
    }
}

std::string Explainer::explain_policy() {
    add_header();
    add_principals();
    add_groups();
    for (const Action& action : policy_.actions) {
        add_action(action);
    }
    add_change(policy_.amend,
               "A new policy replaces this one when both this rule and its own agree.",
               "This rule needs the approval of");
    add_change(policy_.revoke,
               "A key is void at once when its owner revokes it, or against its owner's will:",
               "That needs revocations by");
    return std::move(text_);
}

}  // namespace

std::string explain(const Policy& policy) {
    return Explainer(policy).explain_policy();
}

std::string explain(const Policy& policy, const Formula& formula) {
    return Explainer(policy).formula_tree(formula, 0);
}

}  // namespace cheget::policy
