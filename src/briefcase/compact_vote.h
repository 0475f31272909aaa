// What travels as codes (docs/briefcase.md, "In and out"): a vote in 130 bytes, out of which
// whoever knows the order makes the signed text again; and any signed statement, its armour as
// bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/time.h"
#include "policy/policy.h"
#include "statement/statement.h"

namespace cheget::briefcase {

/// Every payload begins with `CG`, a letter that says what it is, and the format's version, 1. Its
/// own bytes tell where it ends, so that payloads may follow each other.
enum class PayloadKind : char { vote = 'v', statement = 's', part = 'p' };
constexpr std::size_t k_payload_start_size = 4;
std::string_view start_of(PayloadKind kind);
/// Fails with bad_input if the bytes begin no payload.
base::Result<PayloadKind> kind_of_payload(base::BytesView payload);

/// An approval, consent, veto, withdrawal or `seen` of an order by an Ed25519 key, without note,
/// `for` and `after`. Not verified: restore() does that.
struct CompactVote {
    std::array<std::uint8_t, 16> order{};  ///< the first half of its id
    std::array<std::uint8_t, 8> key{};     ///< of the SHA-256 of the key's wire form, the beginning
    statement::Verdict verdict = statement::Verdict::approve;
    base::Time voted;
    std::array<std::uint8_t, 32> mark{};
    std::array<std::uint8_t, 64> signature{};

    bool operator==(const CompactVote&) const = default;
};
/// So that a code of version 6 holds it, at level L (134 bytes).
constexpr std::size_t k_compact_vote_size = k_payload_start_size + 1 + 16 + 8 + 5 + 32 + 64;

base::Bytes render(const CompactVote& vote);
/// Reads exactly what render() writes.
base::Result<CompactVote> parse_compact_vote(base::BytesView payload);

/// The vote of a signed statement as it is written shortly. Fails with bad_input if it holds more
/// than that can say, and says what: then pack_statement() does.
base::Result<CompactVote> shorten(std::string_view signed_vote);

/// An order that the receiver has: its id and its text, which is not believed to have that id.
struct KnownOrder {
    base::Digest id;
    std::string_view text;
};

/// The signed vote, text and armour, as it was before shorten(): a key of the policy that begins so
/// signed exactly that text on one of the orders that begin so. Fails with denied if there is no
/// such order or key, or if the signature holds for none, and says what to do.
base::Result<std::string> restore(const CompactVote& vote, const policy::Policy& policy,
                                  const std::vector<KnownOrder>& orders);

/// A whole signed statement with 1 to 255 signatures.
base::Result<base::Bytes> pack_statement(std::string_view signed_text);
/// The signed statement that exactly these bytes are; not verified.
base::Result<std::string> unpack_statement(base::BytesView payload);

/// The vote in as few bytes as it can be: short where that can say it, else whole.
base::Result<base::Bytes> carry(std::string_view signed_text);

/// Takes payloads that follow each other apart, each perhaps with a line feed behind it, as zbarcam
/// and zbarimg write them. Fails with bad_input if anything else stands between them, or if there
/// are more than k_most_payloads.
base::Result<std::vector<base::BytesView>> split_payloads(base::BytesView stream);
constexpr std::size_t k_most_payloads = 8192;

}  // namespace cheget::briefcase
