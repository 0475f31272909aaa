// A policy in plain English.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "policy/explain_deed.h"
#include "policy/explain_formula.h"
#include "policy/explain_rule.h"
#include "policy/policy.h"
#include "policy/templates.h"

namespace cheget::policy {
namespace {

using Node = Formula::Node;

std::string count_of(std::size_t count, std::string_view noun, std::string_view nouns) {
    return fmt::format("{} {}", count, count == 1 ? noun : nouns);
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
    std::string explain_rule(const BoundOrder& order);

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    void add_header();
    void add_principals();
    void add_key(const Key& key);
    void add_drops();
    void add_groups();
    void add_facts();
    void add_emergency(const Emergency& emergency);
    void add_action(const Action& action);
    void add_consent(const Action& action);
    void add_delays(const Action& action);
    void add_people_rules(const Action& action);
    void add_execution(const Action& action);
    void add_change(const ChangeRule& rule, std::string_view what,
                    std::pair<std::string_view, std::string_view> how);
    /// `whose` ends with a space and stands before people, such as `the approval of `.
    void add_formula(std::string_view lead, std::string_view whose, const Formula& formula);
    void add_proposers_approval(const Action& rule);
    void add_wait(const Action& action);
    void add_web(const Action& rule);
    /// Whether someone who may propose stands in the formula.
    bool may_propose_among(const Action& action, const Formula& formula) const;
    bool has_web_keys(const Formula& formula) const;
    /// Whether someone may both approve, be it as a deputy, and consent.
    static bool may_do_both(const Action& action);

    const Policy& policy_;
    const Action* action_ = nullptr;  // whose parameters formulas name
    std::string text_;
};

void Explainer::add_formula(std::string_view lead, std::string_view whose, const Formula& formula) {
    if (formula.nodes.size() == 1) {
        add("  {} {}{}.\n", lead, whose, sentence_of(policy_, action_, formula, 0));
    } else if (has_conditions(formula)) {
        add("  {}\n{}", lead, formula_list(policy_, action_, formula, 4, whose));
    } else {
        add("  {} {}\n{}", lead, whose.substr(0, whose.size() - 1),
            formula_list(policy_, action_, formula, 4, ""));
    }
}

bool Explainer::may_propose_among(const Action& action, const Formula& formula) const {
    const auto& proposers = action.propose.root().people;
    return std::any_of(formula.nodes.begin(), formula.nodes.end(), [&](const Node& node) {
        return std::any_of(node.people.begin(), node.people.end(), [&](PrincipalIndex person) {
            return std::binary_search(proposers.begin(), proposers.end(), person);
        });
    });
}

bool Explainer::may_do_both(const Action& action) {
    const auto stands_in = [](const Formula& formula, PrincipalIndex person) {
        return std::any_of(formula.nodes.begin(), formula.nodes.end(), [&](const Node& node) {
            return std::binary_search(node.people.begin(), node.people.end(), person);
        });
    };
    const Formula& consent = action.consent->formula;
    const auto approves = [&](PrincipalIndex person) {
        return stands_in(action.approve, person) ||
               std::any_of(action.deputies.begin(), action.deputies.end(),
                           [&](const Deputy& deputy) { return deputy.deputy == person; });
    };
    return std::any_of(consent.nodes.begin(), consent.nodes.end(), [&](const Node& node) {
        return std::any_of(node.people.begin(), node.people.end(), approves);
    });
}

bool Explainer::has_web_keys(const Formula& formula) const {
    return std::any_of(formula.nodes.begin(), formula.nodes.end(), [&](const Node& node) {
        return std::any_of(node.people.begin(), node.people.end(), [&](PrincipalIndex person) {
            const auto& keys = policy_.principals[person].keys;
            return std::any_of(keys.begin(), keys.end(),
                               [](const Key& key) { return key.web_origin.has_value(); });
        });
    });
}

void Explainer::add_proposers_approval(const Action& rule) {
    if (rule.proposer_counts) {
        add("  The proposer's own approval counts like any other.\n");
    } else if (may_propose_among(rule, rule.approve)) {
        add("  The proposer's own approval does not count.\n");
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
    if (!policy_.has_log) {
        add("\nIt keeps no log. So nothing is promised about delays, about the order of "
            "statements, or\n"
            "that a veto or a newer policy reaches an executor, against whoever holds the shared "
            "folder;\n"
            "and each executor prevents repetition on its own disk alone.\n");
        return;
    }
    add("\nEvery statement is kept in the log {}, whose key is {}.\n", policy_.log->name,
        to_text(*policy_.log));
    if (policy_.witnesses.empty()) {
        add("No witness watches it: whoever runs it could show people different logs.\n");
        return;
    }
    add("What is in it counts once {} of these {} have vouched for it:\n",
        count_of(policy_.witnesses_needed, "witness", "witnesses"), policy_.witnesses.size());
    for (const Witness& witness : policy_.witnesses) {
        add("  {}, whose key is {}\n", witness.name, to_text(witness.key));
    }
}

void Explainer::add_drops() {
    if (!policy_.drops.empty()) {
        add("\nVetoes, withdrawals and revocations also reach executors by way of\n");
    }
    for (const Drop& drop : policy_.drops) {
        add("  {} {}\n", drop.is_folder() ? "the folder" : "the address", drop.place);
    }
}

void Explainer::add_key(const Key& key) {
    add("    {} {}", plain_name(key.key.type()), key.key.fingerprint());
    if (key.pin) {
        add(", used with its PIN");
    }
    if (key.briefcase) {
        add(", sealed in a briefcase");
    }
    if (key.custody) {
        add(", whose approvals count only while its custody is whole");
    }
    if (key.tpm) {
        add(", and only as the TPM {} attests", *key.tpm);
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
        count_of(machines, "machine", "machines"));
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
        add("  {}: {}\n", group.name, names_of(policy_, group.members));
    }
}

void Explainer::add_facts() {
    if (!policy_.facts.empty()) {
        add("\nThe facts that rules may ask for are\n");
    }
    for (const Fact& fact : policy_.facts) {
        std::string values =
            fact.type == Fact::Type::truth ? "true or false"
            : fact.type == Fact::Type::words
                ? "one of these, from the lowest to the highest: " +
                      base::join_words(fact.words, "or")
                : fmt::format("a whole number from {} to {}", fact.lowest, fact.highest);
        std::string_view about = fact.about == Fact::About::world    ? "the world"
                                 : fact.about == Fact::About::target ? "a target"
                                 : fact.about == Fact::About::file   ? "a file's exact bytes"
                                                                     : "an order";
        add("  {}, about {}: {}\n", fact.name, about, values);
        if (fact.sources.size() == 1) {
            add("    as {} says, whose newest word counts for {}\n",
                names_of(policy_, fact.sources), base::to_words(fact.fresh));
        } else {
            const bool all = fact.need == fact.sources.size();
            add("    as {}{} {}; the newest word of each counts for {}\n",
                all ? "" : fmt::format("any {} of ", fact.need), names_of(policy_, fact.sources),
                fact.need == 1 ? "says" : "say together", base::to_words(fact.fresh));
        }
    }
}

void Explainer::add_people_rules(const Action& action) {
    const Node& proposers = action.propose.root();
    add("  It may be proposed by {}{}, who so chooses the target.\n",
        proposers.people.size() == 1 ? "" : "any one of ", names_of(policy_, proposers.people));
    add_formula("It needs", "the approval of ", action.approve);
    add_proposers_approval(action);
    add_consent(action);
    add_web(action);
    if (action.by_digest) {
        add("  Approvers may sign for files that they can't open, by their digests.\n");
    }
    if (action.veto) {
        add_formula("It is stopped for good by", "the veto of ", *action.veto);
    } else {
        add("  Nobody can veto it; its proposer can withdraw it.\n");
    }
    add_delays(action);
}

void Explainer::add_consent(const Action& action) {
    if (!action.consent) {
        return;
    }
    const Consent& consent = *action.consent;
    add_formula("It needs", "the consent of ", consent.formula);
    add("  Nothing replaces that consent, not even an emergency.\n");
    if (consent.within) {
        add("  It must come within {} of the proposal.\n", base::to_words(*consent.within));
    }
    if (!action.proposer_counts && may_propose_among(action, consent.formula)) {
        add("  The proposer's own consent does not count.\n");
    }
    if (consent.shared) {
        add("  One person may count for both approval and consent.\n");
    } else if (may_do_both(action)) {
        add("  Whoever both approves and consents counts for one of the two alone.\n");
    }
}

void Explainer::add_web(const Action& rule) {
    if (rule.web_suffices) {
        add("  Keys used in a browser suffice by themselves.\n");
    } else if (has_web_keys(rule.approve) ||
               (rule.consent && has_web_keys(rule.consent->formula))) {
        add("  At least one of these votes must be signed with a key that is not used in a "
            "browser.\n");
    }
}

void Explainer::add_wait(const Action& action) {
    const std::string span = base::to_words(*action.wait);
    add("  Once all of that is there it waits {} more, in which {} can still stop it.\n", span,
        action.veto ? "a veto" : "its proposer");
    if (action.seen_by) {
        add_formula("That time runs only once it has been signed as seen by", "", *action.seen_by);
        if (!action.proposer_counts && may_propose_among(action, *action.seen_by)) {
            add("  The proposer's own word for having seen it does not count.\n");
        }
    }
}

void Explainer::add_delays(const Action& action) {
    if (action.wait) {
        add_wait(action);
    }
    for (const Deputy& deputy : action.deputies) {
        const std::string& absent = policy_.principals[deputy.stands_for].name;
        const std::string& name = policy_.principals[deputy.deputy].name;
        add("  {} may approve in {}'s place once the order has been in the log for {} without any "
            "word of {}'s.\n",
            name, absent, base::to_words(deputy.after), absent);
        add("  A later word of {}'s ends that. {} still counts as one person.\n", absent, name);
    }
    add("  An order stays open for {} at most.\n", base::to_words(action.expire));
    if (action.valid_from) {
        add("  The rule holds from {}", base::to_text(*action.valid_from));
        if (action.valid_until) {
            add(" until {}", base::to_text(*action.valid_until));
        }
        add(".\n");
    }
}

void Explainer::add_emergency(const Emergency& emergency) {
    const Action& rule = emergency.rule;
    const Action& action = policy_.actions[emergency.action];
    action_ = &rule;
    add("\nAn order of {} that says it is an emergency has its own approvals; all else{} stays as "
        "above.\n",
        rule.name, rule.veto ? ", the veto too," : "");
    add_formula("It needs", "the approval of ", rule.approve);
    add_proposers_approval(rule);
    if (rule.consent) {
        add("  The consent is needed all the same.\n");
    }
    add_web(rule);
    if (rule.wait) {
        add_wait(rule);
    } else if (action.wait) {
        add("  It does not wait.\n");
    }
    add("  An order stays open for {} at most.\n", base::to_words(rule.expire));
    add("  It may be used {} in any {}, whatever the target; the log shows each use.\n",
        emergency.most == 1 ? "once" : fmt::format("{} times", emergency.most),
        base::to_words(emergency.per));
}

void Explainer::add_execution(const Action& action) {
    if (action.executors.size() == 1) {
        add("  The machine {} carries it out.\n", names_of(policy_, action.executors));
    } else if (action.executors_needed == action.executors.size()) {
        add("  The machines {} carry it out, each once.\n", names_of(policy_, action.executors));
    } else if (policy_.has_log && action.executors_needed == 1) {
        add("  Whichever of the machines {} claims it first carries it out, once.\n",
            names_of(policy_, action.executors));
    } else if (policy_.has_log) {
        add("  The first {} of the machines {} to claim it carry it out, each once.\n",
            action.executors_needed, names_of(policy_, action.executors));
    } else {
        add("  {} of the machines {} may carry it out; without a log nothing keeps the others "
            "from\n"
            "  doing so too, each once.\n",
            action.executors_needed == 1 ? "One" : fmt::format("{}", action.executors_needed),
            names_of(policy_, action.executors));
    }
    if (action.offline) {
        add("  A permit may be carried there one way, without an answer; it then lives for {} at "
            "most.\n",
            base::to_words(*action.offline));
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
    action_ = &action;
    text_ += deed_text(action);
    add_people_rules(action);
    add_execution(action);
}

void Explainer::add_change(const ChangeRule& rule, std::string_view what,
                           std::pair<std::string_view, std::string_view> how) {
    add("\n{}\n", what);
    add_formula(how.first, how.second, rule.approve);
    if (rule.wait) {
        add("  Once that is there it waits {} more{}.\n", base::to_words(*rule.wait),
            rule.veto ? ", in which a veto can still stop it" : "");
    }
    if (rule.veto) {
        add_formula("It is stopped by", "the veto of ", *rule.veto);
    }
    if (rule.briefcase_counts) {
        add("  Approvals out of briefcases count too.\n");
    }
}

std::string Explainer::explain_policy() {
    add_header();
    add_drops();
    add_principals();
    add_groups();
    add_facts();
    if (policy_.actions.empty()) {
        add("\nIt has no action: nothing can be done under it.\n");
    }
    for (const Action& action : policy_.actions) {
        add_action(action);
        if (const Emergency* emergency = policy_.find_emergency(action.name)) {
            add_emergency(*emergency);
        }
    }
    action_ = nullptr;
    add_change(policy_.amend,
               policy_.amend_lowering
                   ? "A new policy that lowers no threshold replaces this one when both this rule "
                     "and its own agree."
                   : "A new policy replaces this one when both this rule and its own agree.",
               {"This rule needs", "the approval of "});
    if (policy_.amend_lowering) {
        add_change(*policy_.amend_lowering,
                   "A new policy that lowers a threshold, or of which nothing shows that it does "
                   "not, needs this\nrule instead. `cheget policy diff` tells.",
                   {"That needs", "the approval of "});
    }
    add_change(policy_.revoke,
               "Everyone can make their own key void at once. Against its owner's will, or without "
               "it:",
               {"That needs", "revocations by "});
    text_ += assertions_text(policy_);
    return std::move(text_);
}

std::string Explainer::explain_rule(const BoundOrder& order) {
    const Action& action = policy_.actions[order.action_index()];
    add_action(action);
    if (const auto emergency = order.emergency_index()) {
        add_emergency(policy_.emergencies[*emergency]);
    }
    text_.erase(0, text_.find_first_not_of('\n'));
    return std::move(text_);
}

}  // namespace

std::string explain_rule(const BoundOrder& order) {
    return Explainer(order.policy()).explain_rule(order);
}

std::string explain(const Policy& policy) {
    return Explainer(policy).explain_policy();
}

std::string explain(const Policy& policy, const Formula& formula) {
    return formula_list(policy, nullptr, formula, 0, "");
}

}  // namespace cheget::policy
