// What a policy's text says, before any name in it is looked up. Views point into the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/lexer.h"
#include "policy/policy.h"

namespace cheget::policy {

/// Braces within braces, at most.
constexpr std::size_t k_deepest_formula = 32;

struct WordSyntax {
    std::string_view text;
    Position at;
};

struct StringSyntax {
    std::string value;  ///< decoded
    Position at;
};

/// Where something stands: its bytes, and the lines of the first and last of them.
struct Extent {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t first_line = 0;
    std::uint32_t last_line = 0;
};

/// A formula as a tree in one array, children before their parents, the root last.
struct FormulaSyntax {
    enum class Quantity : std::uint8_t {
        number,
        all,
        any,
        weight,    ///< `weight >= 5 of { alice: 3 }`: a leaf with members and weights
        sequence,  ///< `in sequence { … }`
        braces,    ///< `when { … }`: braces alone
    };
    enum class Relation : std::uint8_t { none, is, at_least, at_most };
    struct Node {
        bool is_name = false;  ///< a bare name in braces, which is `name`
        bool shared = false;
        Quantity quantity = Quantity::number;
        std::uint32_t number = 0;             ///< when quantity is number or weight
        WordSyntax name;                      ///< `of NAME`; empty when there are braces
        std::vector<std::uint32_t> children;  ///< what the braces hold
        std::vector<WordSyntax> members;      ///< of a weight
        std::vector<std::uint32_t> weights;   ///< beside the members
        Relation relation = Relation::none;   ///< a condition on `name`, unless it is none
        WordSyntax about;                     ///< of a condition: what stands in parentheses
        WordSyntax value;                     ///< of a condition: what `name` is compared with
        Position at;
    };
    std::vector<Node> nodes;
};

struct KeySyntax {
    WordSyntax type;
    WordSyntax base64;
    std::vector<WordSyntax> marks;
    WordSyntax origin;           ///< after `web`
    WordSyntax attestation_key;  ///< after `tpm`
    Position at;
};

/// A value among arguments: a string, or a bare `{capture}` whose name `string` holds.
struct ValueSyntax {
    StringSyntax string;
    bool bare = false;
};

struct ClauseSyntax {
    enum class Kind : std::uint8_t {
        run,
        call,
        sql,
        ref,
        sign,
        file,
        allow_environment,
        allow_stdin,
        allow_directory,
        allow_file,
        propose,
        proposer_counts,
        approve,
        when,
        consent,
        web_suffices,
        by_digest,
        briefcase_counts,
        veto,
        wait,
        expire,
        execute,
        valid,
        deputy,
        offline,
        at_most,
    };
    Kind kind = Kind::run;
    FormulaSyntax formula;  ///< propose, approve, when, consent, veto, execute; wait: `seen by`
    std::vector<StringSyntax> strings;        ///< run: argv; allow directory and file: paths; sql:
                                              ///< statements; sign: key, namespace; file: capture
    std::vector<StringSyntax> names_of_deed;  ///< call: server, tool; ref: both; sql: database
    std::vector<StringSyntax> keys;           ///< call: of the arguments
    std::vector<ValueSyntax> values;          ///< call: beside the keys; sql: parameters
    std::vector<WordSyntax> names;  ///< allow environment; deputy: who, for whom; sign: form
    bool any = false;               ///< `run any`; call: `any` among the arguments
    std::optional<WordSyntax> user;
    base::Span span;  ///< wait, expire, deputy, offline, at most … per
    Position span_at;
    std::optional<base::Span> within;  ///< consent
    std::optional<base::Time> from;    ///< valid
    std::optional<base::Time> until;
    std::uint32_t number = 0;  ///< at most
    Position at;
    Extent extent;
};

/// `fact NAME(ABOUT): TYPE from FORMULA fresh SPAN`.
struct FactSyntax {
    Fact::Type type = Fact::Type::truth;
    WordSyntax about;               ///< empty for the world
    std::vector<WordSyntax> words;  ///< of Type::words
    std::uint64_t lowest = 0;       ///< of Type::number
    std::uint64_t highest = 0;
    Position type_at;
    FormulaSyntax sources;
    base::Span fresh;
};

/// `assert CLAIM for SUBJECT …`.
struct AssertionSyntax {
    Assertion::Claim claim = Assertion::Claim::smallest_coalition;
    Assertion::Subject subject = Assertion::Subject::action;
    WordSyntax action;         ///< of an action or emergency
    std::uint32_t number = 0;  ///< after `>=`
    Position number_at;
    FormulaSyntax set;  ///< after `inside` (then with Quantity::braces) or `has`
};

struct BlockSyntax {
    enum class Kind : std::uint8_t {
        person,
        machine,
        witness,
        drop,
        group,
        fact,
        action,
        emergency,
        amend,
        amend_lowering,
        revoke,
        assertion,
    };
    Kind kind = Kind::person;
    WordSyntax name;      ///< empty for drops, amend, revoke and assertions
    WordSyntax target;    ///< action
    WordSyntax note_key;  ///< witness
    StringSyntax place;   ///< drop
    std::vector<KeySyntax> keys;
    std::vector<WordSyntax> members;
    FactSyntax fact;
    AssertionSyntax assertion;
    std::vector<ClauseSyntax> clauses;
    Position at;
    Extent head;  ///< to the opening brace
    Extent extent;
};

/// How each kind of block begins, such as `amend lowering`.
std::string_view keyword(BlockSyntax::Kind kind);

struct PolicySyntax {
    statement::PolicyHeader header;
    std::vector<std::string_view> header_lines;
    bool has_log = false;
    std::optional<signature::NoteKey> log;  ///< nothing for `log: none`
    std::vector<WordSyntax> witnesses;      ///< of `witnesses: K of { … }`
    std::uint32_t witnesses_needed = 0;
    Position witnesses_at;
    std::size_t header_end = 0;  ///< offset of the first byte after the header's last line
    std::vector<BlockSyntax> blocks;
    std::vector<Comment> comments;
    Position end;  ///< the last line, for complaints about what is missing
};

/// How each kind of clause begins, such as `allow environment`.
std::string_view keyword(ClauseSyntax::Kind kind);

/// An assertion up to its set or its number's end: `assert every coalition for drop has `.
std::string assertion_head(const AssertionSyntax& assertion);

/// Each node of a formula in canonical layout on one line, in the order of its nodes.
std::vector<std::string> flat_texts(const FormulaSyntax& formula);

}  // namespace cheget::policy
