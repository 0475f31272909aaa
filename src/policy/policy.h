// The policy language (docs/policy-language.md): the parsed policy, its reader, its printer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
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
    std::optional<std::string> web_origin;
    Position at;
};

struct Principal {
    std::string name;
    PrincipalKind kind = PrincipalKind::person;
    std::vector<Key> keys;  ///< at least one
    Position at;
};

struct Group {
    std::string name;
    std::vector<PrincipalIndex> members;  ///< sorted, distinct; groups of groups are flattened
    Position at;
};

/// A formula over people: a tree in one array, children before their parents, the root last.
struct Formula {
    struct Node {
        enum class Kind {
            people,     ///< `need` distinct ones of `people`
            threshold,  ///< `need` of the `children`
        };
        Kind kind = Kind::people;
        std::uint32_t need = 1;               ///< 1 to the number of people or children
        std::vector<PrincipalIndex> people;   ///< sorted, distinct
        std::vector<std::uint32_t> children;  ///< indices of lower nodes, each used once
        bool shared = false;                  ///< one person may fill places in several children
        std::string source;                   ///< as it stands in canonical layout: `2 of dba`
        Position at;
    };
    std::vector<Node> nodes;

    const Node& root() const { return nodes.back(); }
};

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
    RunPattern run;
    Allow allow;
    Formula propose;
    bool proposer_counts = false;
    Formula approve;
    bool web_suffices = false;
    bool by_digest = false;  ///< approvers may sign digests of files that they can't open
    std::optional<Formula> veto;
    base::Span expire;  ///< at least 1 s
    std::uint32_t executors_needed = 1;
    std::vector<PrincipalIndex> executors;  ///< machines; sorted, distinct
    Position at;
};

/// `amend { … }` and `revoke { … }`.
struct ChangeRule {
    Formula approve;
    std::optional<Formula> veto;
    Position at;
};

struct Policy {
    statement::PolicyHeader header;
    base::Digest id;         ///< of the text
    base::Digest domain_id;  ///< the first policy's id: the header's, or `id` in the first
    bool has_log = false;    ///< false for `log: none`
    std::vector<Principal> principals;  ///< in the order of the text
    std::vector<Group> groups;
    std::vector<Action> actions;
    ChangeRule amend;
    ChangeRule revoke;

    statement::Domain domain() const { return {header.domain, domain_id}; }
    statement::PolicyReference reference() const { return {header.version, id}; }
    std::optional<PrincipalIndex> find_principal(std::string_view name) const;
    const Group* find_group(std::string_view name) const;
    const Action* find_action(std::string_view name) const;
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
    const Action& action() const { return policy_->actions[action_]; }
    std::size_t action_index() const { return action_; }
    PrincipalIndex proposer() const { return proposer_; }
    base::Time proposed() const { return proposed_; }
    base::Time expires() const { return expires_; }

  private:
    friend base::Result<BoundOrder> bind(const Policy& policy, const statement::Order& order);
    BoundOrder() = default;

    const Policy* policy_ = nullptr;
    std::size_t action_ = 0;
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
