// Statements, format 1 (docs/statements.md): the strict texts that people and machines sign. Every
// kind and field is here; parse and render are exact inverses, and anything else is refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace cheget::statement {

constexpr std::size_t k_longest_order = 16 * 1024;
constexpr std::size_t k_longest_policy = 48 * 1024;
constexpr std::size_t k_longest_vote = 52 * 1024;  ///< with the text voted on
constexpr std::size_t k_longest_free_text = 2048;  ///< bytes of a reason or note as it is written
constexpr std::size_t k_longest_target = 255;
constexpr std::size_t k_longest_path = 1024;
constexpr std::size_t k_longest_signed = 65'535;  ///< a text with its signatures

enum class Kind { policy, order, vote, fact, claim, receipt, enactment, revocation, custody };

std::string_view name_of(Kind kind);  ///< as it stands in the first line and in namespaces

/// `acme/prod sha256:…`: a domain, told apart from another of its name by its first policy's id.
struct Domain {
    std::string name;
    base::Digest first_policy;
    bool operator==(const Domain&) const = default;
};

/// `3 sha256:…`.
struct PolicyReference {
    std::uint32_t version = 0;  ///< from 1
    base::Digest id;
    bool operator==(const PolicyReference&) const = default;
};

/// `<action>` or `emergency <action>`.
struct RuleReference {
    bool emergency = false;
    std::string action;
    bool operator==(const RuleReference&) const = default;
};

// The deeds: what an order asks to be done. Exactly one stands in an order.
struct Run {
    std::vector<std::string> argv;  ///< an absolute path first; UTF-8, anything but NUL
    bool operator==(const Run&) const = default;
};
struct Call {
    std::string server;
    std::string tool;
    base::Json arguments;  ///< an object; numbers keep the text that the caller sent
    bool operator==(const Call&) const = default;
};
struct Sign {
    std::uint64_t bytes = 0;
    base::Digest digest;
    std::string form;  ///< sshsig, ssh-cert or raw
    std::string key;
    std::string name_space;
    bool operator==(const Sign&) const = default;
};
struct Ref {
    std::string repository;
    std::string ref;
    std::string old_value;
    std::string new_value;
    bool operator==(const Ref&) const = default;
};
struct Sql {
    std::string database;
    std::vector<std::string> statements;
    std::vector<base::Json> parameters;
    bool operator==(const Sql&) const = default;
};
using Deed = std::variant<Run, Call, Sign, Ref, Sql>;

/// One wave: a count of targets, a percentage, or the rest; then the hold before the next.
struct Wave {
    enum class Size { count, percent, rest };
    Size size = Size::rest;
    std::uint64_t amount = 0;
    std::optional<base::Span> hold;
    bool operator==(const Wave&) const = default;
};
/// Many targets by the RFC 6962 root of their lines.
struct Targets {
    base::Digest root;
    std::uint64_t count = 0;
    std::vector<Wave> waves;
    bool operator==(const Targets&) const = default;
};

struct ContentReference {  ///< `<digest> <bytes>`
    base::Digest digest;
    std::uint64_t bytes = 0;
    bool operator==(const ContentReference&) const = default;
};
struct FileReference {  ///< `<digest> <bytes> <path or name>`
    base::Digest digest;
    std::uint64_t bytes = 0;
    std::string path;
    bool operator==(const FileReference&) const = default;
};
struct Parameter {
    std::string name;
    std::string value;
    bool operator==(const Parameter&) const = default;
};

struct Order {
    Domain domain;
    PolicyReference policy;
    RuleReference rule;
    std::variant<std::string, Targets> target;
    Deed deed;
    std::optional<std::string> user;
    std::optional<std::string> directory;
    std::vector<std::pair<std::string, std::string>>
        environment;  ///< sorted by name, no duplicates
    std::optional<ContentReference> standard_input;
    std::vector<FileReference> files;   ///< sorted by path, no duplicates
    std::vector<Parameter> parameters;  ///< sorted by name, no duplicates
    bool drill = false;
    std::string reason;
    std::string proposer;
    base::Time proposed;
    base::Time expires;
    std::array<std::uint8_t, 16> nonce{};
    bool operator==(const Order&) const = default;
};

enum class Verdict { approve, consent, veto, withdraw, seen };
std::string_view name_of(Verdict verdict);

/// What a vote speaks about.
struct OnOrder {
    base::Digest id;
    bool operator==(const OnOrder&) const = default;
};
using VoteSubject = std::variant<OnOrder, PolicyReference>;

struct Vote {
    Domain domain;
    VoteSubject on;
    Verdict verdict = Verdict::approve;
    std::string by;
    std::optional<std::string> stands_for;  ///< `for`: whom a deputy stands for
    std::optional<base::Digest> after;      ///< the logged vote before it
    std::array<std::uint8_t, 32> mark{};
    base::Time voted;
    std::optional<std::string> note;
    std::string subject_text;  ///< the complete text voted on; its digest is in `on`
    bool operator==(const Vote&) const = default;
};

/// What a fact is about; std::monostate is the world.
struct AboutTarget {
    std::string target;
    bool operator==(const AboutTarget&) const = default;
};
struct AboutFile {
    base::Digest digest;
    bool operator==(const AboutFile&) const = default;
};
using FactSubject = std::variant<std::monostate, AboutTarget, AboutFile, OnOrder>;

struct Fact {
    Domain domain;
    std::string fact;
    FactSubject about;
    std::string value;  ///< a name or a whole number
    std::string by;
    base::Time at;
    std::optional<std::string> note;
    bool operator==(const Fact&) const = default;
};

struct Claim {
    Domain domain;
    base::Digest order;
    std::string target;
    std::string executor;
    PolicyReference policy;
    std::uint64_t size = 0;  ///< log entries caught up to; 0 without a log
    std::array<std::uint8_t, 16> nonce{};
    std::optional<std::array<std::uint8_t, 64>> commitment;
    bool operator==(const Claim&) const = default;
};

enum class Outcome { started, succeeded, failed, refused, unknown };
std::string_view name_of(Outcome outcome);

struct Receipt {
    Domain domain;
    base::Digest order;
    std::string target;
    std::string executor;
    std::optional<base::Digest> claim;
    Outcome outcome = Outcome::unknown;
    std::optional<std::int32_t> code;  ///< exit code, or minus the signal's number
    std::optional<ContentReference> output;
    base::Time began;
    std::optional<base::Time> ended;
    bool operator==(const Receipt&) const = default;
};

struct Enactment {
    Domain domain;
    PolicyReference policy;
    std::uint64_t completed = 0;
    std::vector<std::string> evidence;  ///< decoded checkpoints
    std::string by;
    base::Time at;
    bool operator==(const Enactment&) const = default;
};

enum class RevocationReason { lost, stolen, left, replaced };
std::string_view name_of(RevocationReason reason);

struct Revocation {
    Domain domain;
    std::string key;  ///< `SHA256:…`
    std::string of;
    RevocationReason why = RevocationReason::lost;
    std::string by;
    base::Time at;
    std::optional<std::string> note;
    bool operator==(const Revocation&) const = default;
};

enum class CustodyEvent { created, loaded, opened, handover, returned, lost };
std::string_view name_of(CustodyEvent event);

struct Custody {
    Domain domain;
    std::string briefcase;  ///< `SHA256:…` of its key
    CustodyEvent event = CustodyEvent::created;
    std::string by;
    std::optional<std::string> from;
    std::optional<std::string> to;
    base::Digest seal;
    std::optional<std::uint32_t> tries;
    std::optional<std::uint64_t> counter;
    std::optional<std::string> nonce;  ///< 32 to 128 hex digits
    std::optional<std::string> quote;  ///< decoded bytes of a TPM quote
    std::optional<base::Digest> previous;
    base::Time at;
    std::optional<std::string> note;
    bool operator==(const Custody&) const = default;
};

/// A policy as a statement: its header alone. The language is the policy folder's.
struct PolicyHeader {
    std::string domain;
    std::optional<base::Digest> first_policy;  ///< absent in the first policy itself
    std::uint32_t version = 1;
    std::optional<base::Digest> previous;  ///< absent in the first policy itself
    bool operator==(const PolicyHeader&) const = default;
};

using Statement =
    std::variant<PolicyHeader, Order, Vote, Fact, Claim, Receipt, Enactment, Revocation, Custody>;

/// The kind that the first line names (`cheget order v1`).
base::Result<Kind> kind_of(std::string_view text);

/// Each reads one whole text, refusing everything but the canonical form; errors name the line and
/// the field. Lengths are checked before anything else.
base::Result<Order> parse_order(std::string_view text);
base::Result<Vote> parse_vote(std::string_view text);
base::Result<Fact> parse_fact(std::string_view text);
base::Result<Claim> parse_claim(std::string_view text);
base::Result<Receipt> parse_receipt(std::string_view text);
base::Result<Enactment> parse_enactment(std::string_view text);
base::Result<Revocation> parse_revocation(std::string_view text);
base::Result<Custody> parse_custody(std::string_view text);
base::Result<PolicyHeader> parse_policy_header(std::string_view text);
base::Result<Statement> parse(std::string_view text);

/// Each gives the canonical text, or says which field can't be written.
base::Result<std::string> render(const Order& order);
base::Result<std::string> render(const Vote& vote);
base::Result<std::string> render(const Fact& fact);
base::Result<std::string> render(const Claim& claim);
base::Result<std::string> render(const Receipt& receipt);
base::Result<std::string> render(const Enactment& enactment);
base::Result<std::string> render(const Revocation& revocation);
base::Result<std::string> render(const Custody& custody);

/// A vote's own fields without its subject, and the subject as a view into the input: for callers
/// that already hold the subject and compare bytes instead of parsing it once more.
struct VoteFields {
    Domain domain;
    VoteSubject on;
    Verdict verdict = Verdict::approve;
    std::string_view by;
    std::optional<std::string_view> stands_for;
    std::optional<base::Digest> after;
    std::array<std::uint8_t, 32> mark{};
    base::Time voted;
    std::optional<std::string> note;
    std::string_view subject_text;
};
/// As strict as parse_vote but for one thing: it does not parse the subject nor compute its digest.
base::Result<VoteFields> parse_vote_fields(std::string_view text);

/// The SSHSIG namespace of a kind in a domain: `cheget-vote@acme/prod`.
std::string signature_namespace(Kind kind, std::string_view domain);

/// A statement's id: the digest of its text.
inline base::Digest id_of(std::string_view text) {
    return base::sha256(text);
}

/// A statement on disk: its text, then its armoured signatures.
struct SignedText {
    std::string_view text;                     ///< ends with LF
    std::vector<std::string_view> signatures;  ///< each from BEGIN to END line with its LF
};
/// Splits a file's bytes; the views point into them. There may be no signature; there may be no
/// byte besides the text and the signatures. At most k_longest_signed bytes.
base::Result<SignedText> split_signed(std::string_view file);

}  // namespace cheget::statement
