// The policy language (docs/policy-language.md): the parsed policy, its reader, its printer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "signature/note_key.h"
#include "signature/public_key.h"
#include "statement/statement.h"

namespace cheget::policy {

/// A place in a policy's text, both from 1.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    bool operator==(const Position&) const = default;
};

/// A principal's place in Policy::principals.
using PrincipalIndex = std::uint16_t;
constexpr std::size_t k_most_principals = 1024;

enum class PrincipalKind { person, machine };

struct Key {
    signature::PublicKey key;
    bool pin = false;
    bool briefcase = false;
    /// `briefcase custody`: what it approves counts only under a whole chain of custody.
    bool custody = false;
    /// `briefcase tpm SHA256:…`: the fingerprint of the key by which its TPM must have attested.
    std::optional<std::string> tpm{};
    std::optional<std::string> web_origin{};
    Position at;
};

struct Principal {
    std::string name;
    PrincipalKind kind = PrincipalKind::person;
    std::vector<Key> keys;  ///< at least one
    Position at;

    /// Whether every key lies in a briefcase.
    bool has_briefcase_alone() const;
};

struct Group {
    std::string name;
    std::vector<PrincipalIndex> members;  ///< sorted, distinct; groups of groups are flattened
    Position at;
};

/// A fact's place in Policy::facts.
using FactIndex = std::uint16_t;
constexpr std::size_t k_most_facts = 256;

/// `fact alert: none < raised < high from 1 of { backups, db1 } fresh 15m`. Every value of a fact
/// is a number to the rules: false is 0 and true 1, the words count from 0, numbers are themselves.
struct Fact {
    enum class About : std::uint8_t { world, target, file, order };
    enum class Type : std::uint8_t { truth, words, number };
    std::string name;
    About about = About::world;
    Type type = Type::truth;
    std::vector<std::string> words;  ///< of Type::words, the lowest first; 2 to 64
    std::uint64_t lowest = 0;        ///< of Type::number, both included
    std::uint64_t highest = 0;
    std::uint32_t need = 1;               ///< sources that must say so: 1 to their number
    std::vector<PrincipalIndex> sources;  ///< persons or machines; sorted, distinct
    base::Span fresh;                     ///< at least 1 s; now_high - at may be that much at most
    Position at;

    /// The number that a statement's value stands for; nothing for a value that the type lacks.
    std::optional<std::uint64_t> value_of(std::string_view text) const;
};

/// How a condition compares. One fact is compared in one direction throughout a policy.
enum class Compare : std::uint8_t { at_least, at_most, equal };

/// A formula over people and conditions: a tree in one array, children before their parents, the
/// root last. Facts and parameters stand in `approve` of actions and emergencies alone.
struct Formula {
    struct Node {
        enum class Kind {
            people,     ///< `need` distinct ones of `people`
            threshold,  ///< `need` of the `children`
            weight,     ///< people whose `weights` are together at least `need`
            fact,       ///< `fact` stands at or beyond `number` by `compare`; need is 1
            parameter,  ///< the order's `parameter` compared with `number` or `text`; need is 1
        };
        Kind kind = Kind::people;
        std::uint32_t need = 1;  ///< 1 to the number of people or children, or to all weights
        std::vector<PrincipalIndex> people;   ///< of people and weight: sorted, distinct
        std::vector<std::uint32_t> weights;   ///< of weight: beside `people`, each 1 to 1,000,000
        std::vector<std::uint32_t> children;  ///< indices of lower nodes, each used once
        bool shared = false;                  ///< one person may fill places in several children
        /// Of a threshold: `in sequence { … }`. All children are needed, each a `people` node with
        /// need 1; the voice that counts for each names in `after` the signed bytes of the one that
        /// counts for the child before it. Stands at the root, or as the root's first child beside
        /// conditions alone.
        bool in_sequence = false;
        FactIndex fact = 0;                   ///< of fact: its place in Policy::facts
        std::uint32_t parameter = 0;          ///< of parameter: its place in Action::parameters
        Compare compare = Compare::at_least;  ///< of facts at_least or at_most, never equal
        std::uint64_t number = 0;  ///< of fact: a value_of(); of parameter: unless compare is equal
        std::string text;          ///< of a parameter with Compare::equal
        std::string source;        ///< as it stands in canonical layout: `2 of dba`
        Position at;
    };
    std::vector<Node> nodes;

    const Node& root() const { return nodes.back(); }
};

/// The number that an order's parameter stands for in `<=` and `>=`: decimal, without sign or
/// leading zeros, at most 18 digits. Nothing for any other text: such a condition does not hold.
std::optional<std::uint64_t> parameter_number(std::string_view text);

/// Text with captures: `delete_{what}`. literals has one element more than captures.
struct Template {
    std::vector<std::string> literals;
    std::vector<std::string> captures;
    Position at;
};

struct RunPattern {
    bool any = false;                 ///< `run any`
    std::vector<Template> argv;       ///< when not any
    std::optional<std::string> user;  ///< `as postgres`
    Position at;
};

/// A value in a call's or a statement's arguments: a string template, or a bare `{capture}`, which
/// takes any string (its text is the parameter's value) or a whole number from 0 (its digits are).
struct ValuePattern {
    Template text;
    bool bare = false;  ///< then text is one capture between two empty literals
};

/// `call "SERVER" "TOOL" { "key": TEMPLATE, …, any }`.
struct CallPattern {
    struct Argument {
        std::string key;  ///< decoded; each once
        ValuePattern value;
    };
    Template server;
    Template tool;
    std::vector<Argument> arguments;  ///< all must be there
    bool any = false;                 ///< further keys may be there, of any value
    Position at;
};

/// `sql "DATABASE" ["STATEMENT", …] with [TEMPLATE, …]`.
struct SqlPattern {
    Template database;
    std::vector<std::string> statements;   ///< each as it is, without captures
    std::vector<ValuePattern> parameters;  ///< the order has as many
    Position at;
};

/// `ref "REPOSITORY" "REF"`: from and to which commit is the order's, and free.
struct RefPattern {
    Template repository;
    Template ref;
    Position at;
};

/// `sign FORM with "KEY" in "NAMESPACE"`: what is signed is the order's, by digest and size.
struct SignPattern {
    std::string form;  ///< sshsig, ssh-cert or raw
    Template key;
    Template name_space;
    Position at;
};

/// Which of an action's patterns is in use.
enum class DeedKind : std::uint8_t { run, call, sign, ref, sql };

/// A capture whose value an order states or whose target states it; what conditions compare.
struct Parameter {
    enum class From : std::uint8_t {
        target,  ///< a capture of the target; the order may carry it as `parameter`
        deed,    ///< captured by the deed alone; the order must carry it as `parameter`
        file,    ///< `file {name}`: as deed, and its value is the absolute path of a `file` line
    };
    std::string name;
    From from = From::target;
    bool bare = false;  ///< stands as a bare `{name}` somewhere, and nowhere else: any string
};

/// `consent FORMULA [within SPAN]`. Votes with the verdict `consent`. The formula is one `people`
/// node or an `all of` such nodes. One person fills one place in `approve` and `consent` together:
/// Hall's condition over the parts of both, where parts of `approve` see approvers and parts of
/// `consent` consenters. Parts of `approve` that share people with `consent` are its root, if flat,
/// or flat children of its root, an `all of` that is neither shared nor in sequence; at most 8
/// overlapping parts; deputies count as people of the parts of those for whom they stand.
struct Consent {
    Formula formula;
    bool shared = false;  ///< written before the formula: one person may fill places in both
    std::optional<base::Span> within;  ///< from `proposed` to the start of the consent's entry
    Position at;
};

/// `deputy dave for carol after 4h`: dave's approval `for: carol` counts in carol's place, from
/// when the order has rested that long without any word of carol's.
struct Deputy {
    PrincipalIndex deputy = 0;
    PrincipalIndex stands_for = 0;  ///< each has one deputy at most, and is none in turn
    base::Span after;               ///< at least 1 s, and less than `expire`
    Position at;
};

/// What an order may add to the command. Whatever is not named here is refused.
struct Allow {
    std::vector<std::string> environment;  ///< names
    bool standard_input = false;
    std::vector<Template> directories;
    std::vector<Template> files;  ///< named files besides the program, its interpreter, argv
};

struct Action {
    std::string name;
    std::vector<Template> target;  ///< one per segment, each with at most one capture
    DeedKind deed = DeedKind::run;
    RunPattern run;  ///< by `deed` one of these five is filled
    CallPattern call;
    SignPattern sign;
    RefPattern ref;
    SqlPattern sql;
    std::vector<Parameter> parameters;  ///< the target's captures first, then the deed's; distinct
    std::vector<std::uint32_t> files;   ///< `file {artifact}`: places in `parameters`
    Allow allow;
    Formula propose;
    bool proposer_counts = false;
    Formula approve;  ///< with the conditions of `when` as further parts
    std::optional<Consent> consent;
    bool web_suffices = false;
    bool by_digest = false;  ///< approvers may sign digests of files that they can't open
    std::optional<Formula> veto;
    std::optional<base::Span> wait;  ///< 1 s at least, from when the voices suffice
    std::optional<Formula> seen_by;  ///< `wait … seen by`: the wait starts when these signed
    base::Span expire;               ///< at least 1 s
    std::uint32_t executors_needed = 1;
    std::vector<PrincipalIndex> executors;  ///< machines; sorted, distinct
    std::optional<base::Time> valid_from;   ///< permits begin here,
    std::optional<base::Time> valid_until;  ///< and end here; after valid_from
    std::vector<Deputy> deputies;           ///< in the order of the text
    std::optional<base::Span> offline;      ///< `offline up to`: a one-way permit's longest life
    Position at;
};

/// `emergency drop-database { approve … expire … at most 1 per 30d }`: break-glass for one action.
struct Emergency {
    std::size_t action = 0;  ///< its place in Policy::actions; each has one emergency at most
    /// The action as it rules here: approve, wait and expire are the emergency's own (no wait if it
    /// writes none), `proposer counts` and `web suffices` either's, all else the action's.
    Action rule;
    std::uint32_t most = 1;  ///< `at most 1`: claims, from 1
    base::Span per;          ///< `per 30d`
    Position at;
};

/// `amend { … }`, `amend lowering { … }` and `revoke { … }`.
struct ChangeRule {
    Formula approve;  ///< of people and weights
    std::optional<Formula> veto;
    std::optional<base::Span> wait;  ///< amend alone
    /// `briefcase counts`, in amend alone: approvals by keys in briefcases count. Without it
    /// `approve` holds nobody who has no other key, but where a set needs them.
    bool briefcase_counts = false;
    Position at{};
};

/// `assert smallest coalition for drop-database >= 3`: one of the policy's own tests. What it means
/// exactly is in docs/policy-language.md; analysis::hold_assertions() holds the policy to it.
struct Assertion {
    enum class Claim : std::uint8_t {
        smallest_coalition,  ///< every coalition that can act counts `need` parties at least
        smallest_blocking,   ///< so does every set that can keep all others from acting
        none_inside,         ///< `people` alone can't act
        every_has,           ///< every coalition that can act has `need` of `people` at least
    };
    enum class Subject : std::uint8_t { action, emergency, amend, amend_lowering, revoke };
    Claim claim = Claim::smallest_coalition;
    Subject subject = Subject::action;
    std::size_t number = 0;              ///< of an action or emergency: its place in the policy
    std::uint32_t need = 0;              ///< 0 of none_inside
    std::vector<PrincipalIndex> people;  ///< sorted, distinct
    std::string source;                  ///< on one line in canonical layout
    Position at;
};

/// `witness w1 { VKEY }`, in the order of the text.
struct Witness {
    std::string name;
    signature::NoteKey key;
    Position at;
};

/// `drop "https://drop.example.org/acme"`: where executors also look for vetoes, withdrawals and
/// revocations, and where whoever says no leaves theirs (docs/drop.md).
struct Drop {
    std::string
        place;  ///< a folder's absolute path, or an http or https URL without `/` at its end
    Position at;

    bool is_folder() const { return place.starts_with('/'); }
};
constexpr std::size_t k_most_drops = 8;

struct Policy {
    statement::PolicyHeader header;
    base::Digest id;         ///< of the text
    base::Digest domain_id;  ///< the first policy's id: the header's, or `id` in the first
    bool has_log = false;    ///< false for `log: none`
    std::optional<signature::NoteKey> log;  ///< there when has_log is
    std::vector<Witness> witnesses;         ///< all are of the quorum's set
    std::uint32_t witnesses_needed = 0;     ///< more than half of them; 0 without witnesses
    std::vector<Drop> drops;                ///< distinct, in the order of the text
    std::vector<Principal> principals;      ///< in the order of the text
    std::vector<Group> groups;
    std::vector<Fact> facts;
    std::vector<Action> actions;
    std::vector<Emergency> emergencies;
    ChangeRule amend;
    std::optional<ChangeRule> amend_lowering;  ///< without it `amend` serves for every amendment
    ChangeRule revoke;
    std::vector<Assertion> assertions;  ///< in the order of the text

    statement::Domain domain() const { return {header.domain, domain_id}; }
    statement::PolicyReference reference() const { return {header.version, id}; }
    std::optional<PrincipalIndex> find_principal(std::string_view name) const;
    const Group* find_group(std::string_view name) const;
    const Action* find_action(std::string_view name) const;
    const Fact* find_fact(std::string_view name) const;
    /// The emergency of the action named, if it has one.
    const Emergency* find_emergency(std::string_view action) const;
    /// Whose key this is, and which of theirs.
    struct KeyPlace {
        PrincipalIndex principal;
        std::size_t key;
    };
    std::optional<KeyPlace> find_key(base::BytesView blob) const;

    /// Lookup tables, filled by index(): positions sorted by name, and by key blob.
    std::vector<PrincipalIndex> principals_by_name;
    std::vector<KeyPlace> keys_by_blob;
    /// Fills the lookup tables; parse_policy and check_policy have done it.
    void index();
};

/// One complaint about a policy.
struct Diagnostic {
    Position at;
    std::string what;    ///< what is wrong and why
    std::string advice;  ///< what to write instead
    std::string source;  ///< the line itself
};

/// Complaints as people read them: `FILE:LINE:COLUMN: what`, the line, a caret, the advice.
std::string to_text(const std::vector<Diagnostic>& diagnostics, std::string_view file_name);

struct ParseOutcome {
    std::optional<Policy> policy;  ///< there when no diagnostic is
    std::vector<Diagnostic> diagnostics;
};

/// Reads and checks a policy in any layout; reports up to 20 complaints at once.
ParseOutcome check_policy(std::string_view text);

/// The same, and also whether every Ed25519 key can have a secret at all (about 10 us a key): for a
/// policy that nobody has taken up yet, where a mistyped letter can still be mended.
ParseOutcome check_new_policy(std::string_view text);

/// Reads a policy that must be in canonical layout, as every signed one is.
base::Result<Policy> parse_policy(std::string_view text);

/// The canonical layout of a policy that parses, comments kept. Formatting twice changes nothing.
base::Result<std::string> format_policy(std::string_view text);

/// The policy in plain English, line by line, for people who never read the language.
std::string explain(const Policy& policy);
std::string explain(const Policy& policy, const Formula& formula);

/// An order tied to the action that rules it: made by bind() alone, so that whoever holds one
/// knows that the order fits the policy. Borrows the policy.
class BoundOrder {
  public:
    const Policy& policy() const { return *policy_; }
    /// The rule as it holds for this order: the action, or its emergency's `rule`.
    const Action& action() const {
        return emergency_ ? policy_->emergencies[*emergency_].rule : policy_->actions[action_];
    }
    std::size_t action_index() const { return action_; }
    /// The place in Policy::emergencies that an `emergency` order appeals to.
    std::optional<std::size_t> emergency_index() const { return emergency_; }
    const std::string& target() const { return target_; }
    /// The values of action().parameters, in their order.
    const std::vector<std::string>& parameters() const { return parameters_; }
    /// What `f(file)` is about: the digests that the action's `file` clauses bind, or what `sign`
    /// signs; sorted, distinct. Not empty where the rule has such a condition.
    const std::vector<base::Digest>& files() const { return files_; }
    PrincipalIndex proposer() const { return proposer_; }
    base::Time proposed() const { return proposed_; }
    base::Time expires() const { return expires_; }

  private:
    friend base::Result<BoundOrder> bind(const Policy& policy, const statement::Order& order);
    BoundOrder() = default;

    const Policy* policy_ = nullptr;
    std::size_t action_ = 0;
    std::optional<std::size_t> emergency_;
    std::string target_;
    std::vector<std::string> parameters_;
    std::vector<base::Digest> files_;
    PrincipalIndex proposer_ = 0;
    base::Time proposed_;
    base::Time expires_;
};

/// Ties an order to its action. Fails with ErrorKind::denied and the reason when the order names
/// another domain or policy, no action or the wrong one for its target, a deed, user, environment
/// name, directory, stdin, file or parameter that the action does not allow, or a span longer than
/// the action's. Whether the proposer may propose is decide()'s question, but that the proposer is
/// a principal is asked here.
base::Result<BoundOrder> bind(const Policy& policy, const statement::Order& order);

}  // namespace cheget::policy
