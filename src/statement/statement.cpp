// The kinds by name, the reader for any of them, namespaces, and a policy's header.
#include "statement/statement.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "statement/fields.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

constexpr std::array<Kind, 9> k_all_kinds{Kind::policy,    Kind::order,      Kind::vote,
                                          Kind::fact,      Kind::claim,      Kind::receipt,
                                          Kind::enactment, Kind::revocation, Kind::custody};

constexpr std::array<std::string_view, 5> k_verdicts{"approve", "consent", "veto", "withdraw",
                                                     "seen"};
constexpr std::array<std::string_view, 5> k_outcomes{"started", "succeeded", "failed", "refused",
                                                     "unknown"};
constexpr std::array<std::string_view, 4> k_reasons{"lost", "stolen", "left", "replaced"};
constexpr std::array<std::string_view, 6> k_events{"created",  "loaded",   "opened",
                                                   "handover", "returned", "lost"};

// The statement of one kind as any statement.
template <typename T>
base::Result<Statement> any(base::Result<T> read) {
    if (!read) {
        return std::unexpected(std::move(read).error());
    }
    return Statement(std::move(*read));
}

// The domain of a policy: alone in the first one, with its first policy's id in all others.
struct PolicyDomainCodec {
    base::Result<void> read(std::string_view text, PolicyHeader& header) const {
        if (base::is_domain(text)) {
            header.domain = text;
            return {};
        }
        Domain domain;
        TRY(k_domain.read(text, domain));
        header.domain = std::move(domain.name);
        header.first_policy = domain.first_policy;
        return {};
    }
};

}  // namespace

std::string_view name_of(Kind kind) {
    return traits_of(kind).name;
}
std::string_view name_of(Verdict verdict) {
    return k_verdicts[static_cast<std::size_t>(verdict)];
}
std::string_view name_of(Outcome outcome) {
    return k_outcomes[static_cast<std::size_t>(outcome)];
}
std::string_view name_of(RevocationReason reason) {
    return k_reasons[static_cast<std::size_t>(reason)];
}
std::string_view name_of(CustodyEvent event) {
    return k_events[static_cast<std::size_t>(event)];
}

base::Result<Kind> kind_of(std::string_view text) {
    std::string_view first_line = text.substr(0, text.substr(0, 64).find('\n'));
    for (Kind kind : k_all_kinds) {
        if (first_line == fmt::format("cheget {} v1", name_of(kind))) {
            return kind;
        }
    }
    return base::bad_input(fmt::format(
        "not a statement of format 1: expected \"cheget\", a kind and \"v1\" in the first line; "
        "found \"{}\"",
        base::shown(first_line.substr(0, 64))));
}

base::Result<PolicyHeader> parse_policy_header(std::string_view text) {
    FieldReader reader(Kind::policy, text);
    PolicyHeader header;
    reader.required("domain", PolicyDomainCodec(), header);
    reader.check(header.domain.size() <= 255, "expected at most 255 characters");
    reader.required("version", NumberCodec<std::uint32_t, 1>(), header.version);
    reader.optional("previous", k_digest, header.previous);
    bool is_first = header.version == 1;
    reader.check(is_first != header.previous.has_value(),
                 "expected the field \"previous\" in every version but the first");
    reader.check(is_first != header.first_policy.has_value(),
                 "expected the first policy's id beside the domain in every version but the first");
    TRY(reader.finish_header());
    return header;
}

base::Result<Statement> parse(std::string_view text) {
    switch (TRY(kind_of(text))) {
        case Kind::policy:
            return any(parse_policy_header(text));
        case Kind::order:
            return any(parse_order(text));
        case Kind::vote:
            return any(parse_vote(text));
        case Kind::fact:
            return any(parse_fact(text));
        case Kind::claim:
            return any(parse_claim(text));
        case Kind::receipt:
            return any(parse_receipt(text));
        case Kind::enactment:
            return any(parse_enactment(text));
        case Kind::revocation:
            return any(parse_revocation(text));
        case Kind::custody:
            return any(parse_custody(text));
    }
    return base::bad_input("not a statement of format 1");
}

std::string signature_namespace(Kind kind, std::string_view domain) {
    return fmt::format("cheget-{}@{}", name_of(kind), domain);
}

}  // namespace cheget::statement
