// A policy in plain English.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/text.h"
#include "policy/explain_formula.h"
#include "policy/format.h"
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

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    void add_header();
    void add_principals();
    void add_key(const Key& key);
    void add_groups();
    void add_facts();
    void add_emergency(const Emergency& emergency);
    void add_action(const Action& action);
    void add_command(const Action& action);
    void add_deed(const Action& action);
    void add_arguments(const Action& action);
    void add_parameters(const Action& action);
    void add_allowed(const Action& action);
    void add_consent(const Action& action);
    void add_delays(const Action& action);
    void add_people_rules(const Action& action);
    void add_execution(const Action& action);
    void add_change(const ChangeRule& rule, std::string_view what, std::string_view how);
    void add_formula(std::string_view lead, const Formula& formula);

    const Policy& policy_;
    const Action* action_ = nullptr;  // whose parameters formulas name
    std::string text_;
};

void Explainer::add_formula(std::string_view lead, const Formula& formula) {
    if (formula.nodes.size() == 1) {
        add("  {} {}.\n", lead, sentence_of(policy_, action_, formula, 0));
    } else {
        add("  {}\n{}", lead, formula_list(policy_, action_, formula, 4));
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
            add("    as {} says, and no older than {}\n", names_of(policy_, fact.sources),
                base::to_words(fact.fresh));
        } else {
            add("    as {} of {} say, each by their newest word, no older than {}\n", fact.need,
                names_of(policy_, fact.sources), base::to_words(fact.fresh));
        }
    }
}

void Explainer::add_deed(const Action& action) {
    switch (action.deed) {
        case DeedKind::run:
            return add_command(action);
        case DeedKind::call:
            add("  It calls the tool {} of the server {}", quoted(to_text(action.call.tool)),
                quoted(to_text(action.call.server)));
            return add_arguments(action);
        case DeedKind::sql:
            add("  It runs in the database {}\n", quoted(to_text(action.sql.database)));
            for (const std::string& statement : action.sql.statements) {
                add("    {}\n", quoted(statement));
            }
            if (!action.sql.parameters.empty()) {
                add("  with the parameters\n");
            }
            for (const ValuePattern& value : action.sql.parameters) {
                add("    {}\n", value.bare ? to_text(value.text) : quoted(to_text(value.text)));
            }
            return;
        case DeedKind::ref:
            add("  It moves {} of the repository {}; the order says from which commit to which.\n",
                quoted(to_text(action.ref.ref)), quoted(to_text(action.ref.repository)));
            return;
        case DeedKind::sign:
            add("  It makes a signature of the form {} with the key {}, in the namespace {}, of "
                "the bytes\n  that the order names by their digest.\n",
                action.sign.form, quoted(to_text(action.sign.key)),
                quoted(to_text(action.sign.name_space)));
    }
}

void Explainer::add_arguments(const Action& action) {
    const CallPattern& call = action.call;
    if (call.arguments.empty()) {
        add(" with {}.\n", call.any ? "any arguments" : "no arguments");
        return;
    }
    add(" with the arguments\n");
    for (const CallPattern::Argument& argument : call.arguments) {
        const ValuePattern& value = argument.value;
        add("    {}: {}\n", quoted(argument.key),
            value.bare ? to_text(value.text) : quoted(to_text(value.text)));
    }
    add("  and {} further ones.\n", call.any ? "any" : "no");
}

void Explainer::add_parameters(const Action& action) {
    for (const Parameter& parameter : action.parameters) {
        if (parameter.from == Parameter::From::file) {
            add("  {{{}}} stands for the path of a file that the order names, whose bytes it "
                "binds.\n",
                parameter.name);
        } else if (parameter.from == Parameter::From::deed) {
            add("  {{{}}} stands for what the order says there: {}.\n", parameter.name,
                parameter.bare ? "any text or whole number" : "letters, digits, `_`, `.` and `-`");
        }
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
    if (action.deed != DeedKind::run) {
        return;
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
        proposers.people.size() == 1 ? "" : "any one of ", names_of(policy_, proposers.people));
    add_formula("It needs the approval of", action.approve);
    add("  {}\n", action.proposer_counts ? "The proposer's own approval counts like any other."
                                         : "The proposer fills no place in that.");
    add_consent(action);
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
    add_delays(action);
}

void Explainer::add_consent(const Action& action) {
    if (!action.consent) {
        return;
    }
    const Consent& consent = *action.consent;
    add_formula("It needs the consent of", consent.formula);
    add("  Nothing replaces that, an emergency neither.\n");
    if (consent.within) {
        add("  It must come within {} of the proposal.\n", base::to_words(*consent.within));
    }
    add("  {}\n", consent.shared ? "One person may both approve and consent."
                                 : "Nobody fills a place in both approval and consent.");
}

void Explainer::add_delays(const Action& action) {
    if (action.wait) {
        add("  Then it waits {}, in which a veto still stops it", base::to_words(*action.wait));
        if (action.seen_by) {
            add("; the time runs once this has been signed\n"
                "  as seen by {}",
                sentence_of(policy_, action_, *action.seen_by, 0));
        }
        add(".\n");
    }
    for (const Deputy& deputy : action.deputies) {
        add("  {} may approve in the place of {} once {} has left the order without any word for "
            "{}.\n",
            policy_.principals[deputy.deputy].name, policy_.principals[deputy.stands_for].name,
            policy_.principals[deputy.stands_for].name, base::to_words(deputy.after));
    }
    add("  An order stays open for {} at most.\n", base::to_words(action.expire));
    if (action.valid_from) {
        add("  The rule holds from {}", base::to_text(*action.valid_from));
        if (action.valid_until) {
            add(" until {}", base::to_text(*action.valid_until));
        }
        add(".\n");
    }
    if (action.offline) {
        add("  A permit may be carried to it one way, and then lives for {} at most.\n",
            base::to_words(*action.offline));
    }
}

void Explainer::add_emergency(const Emergency& emergency) {
    const Action& rule = emergency.rule;
    const Action& action = policy_.actions[emergency.action];
    action_ = &rule;
    add("\nIn an emergency the action {} needs other voices; all else stays as above.\n",
        rule.name);
    add_formula("It then needs the approval of", rule.approve);
    add("  {}\n", rule.proposer_counts ? "The proposer's own approval counts like any other."
                                       : "The proposer fills no place in that.");
    if (rule.web_suffices && !action.web_suffices) {
        add("  Keys used in a browser suffice.\n");
    }
    if (rule.consent) {
        add("  The consent is needed all the same.\n");
    }
    if (rule.wait) {
        add("  It waits {}.\n", base::to_words(*rule.wait));
    } else if (action.wait) {
        add("  It does not wait.\n");
    }
    add("  An order stays open for {} at most.\n", base::to_words(rule.expire));
    add("  This may be used {} in {}; the log shows each use.\n",
        count_of(emergency.most, "time", "times"), base::to_words(emergency.per));
}

void Explainer::add_execution(const Action& action) {
    if (action.executors.size() == 1) {
        add("  The machine {} carries it out.\n", names_of(policy_, action.executors));
    } else if (action.executors_needed == action.executors.size()) {
        add("  The machines {} carry it out, each once.\n", names_of(policy_, action.executors));
    } else if (policy_.has_log) {
        add("  The first {} of the machines {} to claim it carry it out, each once.\n",
            action.executors_needed, names_of(policy_, action.executors));
    } else {
        add("  {} of the machines {} may carry it out; without a log nothing keeps the others "
            "from\n"
            "  doing so too, each once.\n",
            action.executors_needed, names_of(policy_, action.executors));
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
    add_deed(action);
    add_parameters(action);
    add_allowed(action);
    add_people_rules(action);
    add_execution(action);
}

void Explainer::add_change(const ChangeRule& rule, std::string_view what, std::string_view how) {
    add("\n{}\n", what);
    add_formula(how, rule.approve);
    if (rule.wait) {
        add("  Then it waits {}.\n", base::to_words(*rule.wait));
    }
    if (rule.veto) {
        add_formula("It is stopped by the veto of", *rule.veto);
    }
}

std::string Explainer::explain_policy() {
    add_header();
    add_principals();
    add_groups();
    add_facts();
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
               "This rule needs the approval of");
    if (policy_.amend_lowering) {
        add_change(*policy_.amend_lowering,
                   "A new policy that lowers a threshold, or may lower one, needs this rule "
                   "instead; until an\nanalyser tells, every new policy may.",
                   "That needs the approval of");
    }
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
    return formula_list(policy, nullptr, formula, 0);
}

}  // namespace cheget::policy
