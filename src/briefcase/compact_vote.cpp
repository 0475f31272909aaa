// The payloads of codes, read and written.
#include "briefcase/compact_vote.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "briefcase/parts.h"
#include "permit/judge.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::ErrorKind;
using base::Result;
using statement::Verdict;

constexpr std::string_view k_vote_start("CGv\x01", k_payload_start_size);
constexpr std::string_view k_statement_start("CGs\x01", k_payload_start_size);
constexpr std::string_view k_part_start("CGp\x01", k_payload_start_size);
constexpr std::uint8_t k_last_verdict = static_cast<std::uint8_t>(Verdict::seen);
constexpr std::string_view k_signature_type = "ssh-ed25519";

void append_number(Bytes& bytes, std::uint64_t number, unsigned size) {
    for (unsigned i = size; i > 0; --i) {
        bytes.push_back(static_cast<std::uint8_t>(number >> 8U * (i - 1)));
    }
}

void append(Bytes& bytes, BytesView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

/// Takes bytes off the front; the caller knows that they are there.
class Taker {
  public:
    explicit Taker(BytesView rest) : rest_(rest) {}
    std::uint64_t number(unsigned size) {
        std::uint64_t number = 0;
        for (const std::uint8_t byte : raw(size)) {
            number = number << 8U | byte;
        }
        return number;
    }
    template <std::size_t size>
    void fill(std::array<std::uint8_t, size>& to) {
        const BytesView taken = raw(size);
        std::copy(taken.begin(), taken.end(), to.begin());
    }
    BytesView raw(std::size_t size) {
        const BytesView taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    bool has(std::size_t size) const { return rest_.size() >= size; }
    bool at_end() const { return rest_.empty(); }

  private:
    BytesView rest_;
};

std::unexpected<base::Error> longer(std::string_view why) {
    return base::bad_input(fmt::format("the vote can't be shortened: {}", why));
}

std::array<std::uint8_t, 8> beginning_of(const signature::PublicKey& key) {
    const base::Digest digest = base::sha256(key.blob());
    std::array<std::uint8_t, 8> beginning{};
    std::copy_n(digest.bytes.begin(), beginning.size(), beginning.begin());
    return beginning;
}

std::array<std::uint8_t, 16> half_of(const base::Digest& id) {
    std::array<std::uint8_t, 16> half{};
    std::copy_n(id.bytes.begin(), half.size(), half.begin());
    return half;
}

/// In the one form that OpenSSH gives an Ed25519 signature.
std::string armor_of(const CompactVote& vote, const signature::PublicKey& key,
                     std::string_view domain) {
    signature::WireWriter inner;
    inner.write_string(k_signature_type);
    inner.write_string(BytesView(vote.signature));
    const std::string name_space = statement::signature_namespace(statement::Kind::vote, domain);
    return signature::to_armor(
        signature::make_blob(key.blob(), name_space, signature::MessageHash::sha512, inner.take()));
}

/// What the vote would be on this order by that principal; nothing if it can't be one.
std::optional<std::string> text_on(const CompactVote& compact, const KnownOrder& order,
                                   const std::string& by) {
    const auto parsed = statement::parse_order(order.text);
    if (!parsed) {
        return std::nullopt;
    }
    statement::Vote vote;
    vote.domain = parsed->domain;
    vote.on = statement::OnOrder{order.id};
    vote.verdict = compact.verdict;
    vote.by = by;
    vote.mark = compact.mark;
    vote.voted = compact.voted;
    vote.subject_text = order.text;
    auto text = statement::render(vote);  // which compares the id with the text
    return text ? std::optional(std::move(*text)) : std::nullopt;
}

struct NamedKey {
    const policy::Principal* principal;
    const policy::Key* key;
};

/// All of them: the signature decides which it was.
std::vector<NamedKey> keys_that_begin(const policy::Policy& policy,
                                      const std::array<std::uint8_t, 8>& beginning) {
    std::vector<NamedKey> found;
    for (const policy::Principal& principal : policy.principals) {
        for (const policy::Key& key : principal.keys) {
            if (key.key.type() == signature::KeyType::ed25519 &&
                beginning_of(key.key) == beginning) {
                found.push_back({&principal, &key});
            }
        }
    }
    return found;
}

}  // namespace

std::string_view start_of(PayloadKind kind) {
    switch (kind) {
        case PayloadKind::vote:
            return k_vote_start;
        case PayloadKind::statement:
            return k_statement_start;
        case PayloadKind::part:
            break;
    }
    return k_part_start;
}

Result<PayloadKind> kind_of_payload(BytesView payload) {
    const std::string_view text = base::as_text(payload);
    for (const PayloadKind kind : {PayloadKind::vote, PayloadKind::statement, PayloadKind::part}) {
        if (text.starts_with(start_of(kind))) {
            return kind;
        }
    }
    return base::bad_input(
        text.starts_with("CG")
            ? "it is of a kind or version that this program doesn't know: get a newer one"
            : "it is none of cheget's codes: they begin with CG");
}

Bytes render(const CompactVote& vote) {
    Bytes bytes;
    bytes.reserve(k_compact_vote_size);
    append(bytes, base::as_bytes(k_vote_start));
    bytes.push_back(static_cast<std::uint8_t>(vote.verdict));
    append(bytes, vote.order);
    append(bytes, vote.key);
    append_number(bytes, static_cast<std::uint64_t>(vote.voted.seconds), 5);
    append(bytes, vote.mark);
    append(bytes, vote.signature);
    return bytes;
}

Result<CompactVote> parse_compact_vote(BytesView payload) {
    if (payload.size() != k_compact_vote_size ||
        !base::as_text(payload).starts_with(k_vote_start)) {
        return base::bad_input(
            fmt::format("a short vote has {} bytes and begins with CGv, and these {} don't; read "
                        "the code again",
                        k_compact_vote_size, payload.size()));
    }
    Taker taker(payload.subspan(k_payload_start_size));
    CompactVote vote;
    const std::uint64_t verdict = taker.number(1);
    if (verdict > k_last_verdict) {
        return base::bad_input(fmt::format(
            "a short vote says {}, and there are five words, 0 to 4; read the code again",
            verdict));
    }
    vote.verdict = static_cast<Verdict>(verdict);
    taker.fill(vote.order);
    taker.fill(vote.key);
    vote.voted = {static_cast<std::int64_t>(taker.number(5))};
    if (vote.voted > base::k_latest_time) {
        return base::bad_input("a short vote's time is beyond the year 9999; read the code again");
    }
    taker.fill(vote.mark);
    taker.fill(vote.signature);
    return vote;
}

Result<CompactVote> shorten(std::string_view signed_vote) {
    const statement::SignedText parts = TRY(statement::split_signed(signed_vote));
    const statement::Vote vote = TRY(statement::parse_vote(parts.text));
    const auto* order = std::get_if<statement::OnOrder>(&vote.on);
    if (order == nullptr || vote.stands_for || vote.after || vote.note) {
        return longer(order == nullptr ? "it is on a policy"
                                       : "it has a note, a `for` or an `after`");
    }
    if (parts.signatures.size() != 1) {
        return longer("it has not exactly one signature");
    }
    const signature::Sshsig signature = TRY(signature::parse_armored(parts.signatures.front()));
    const auto key = signature::PublicKey::from_blob(signature.public_key);
    constexpr std::size_t k_raw_size = 64;
    if (!key || key->type() != signature::KeyType::ed25519 ||
        signature.signature.size() < k_raw_size) {
        return longer("it is not signed by an Ed25519 key");
    }
    CompactVote compact;
    compact.order = half_of(order->id);
    compact.key = beginning_of(*key);
    compact.verdict = vote.verdict;
    compact.voted = vote.voted;
    compact.mark = vote.mark;
    const BytesView raw = signature.signature.last(k_raw_size);
    std::copy(raw.begin(), raw.end(), compact.signature.begin());
    if (armor_of(compact, *key, vote.domain.name) != parts.signatures.front()) {
        return longer("its signature isn't in the form that OpenSSH gives one");
    }
    return compact;
}

Result<std::string> restore(const CompactVote& vote, const policy::Policy& policy,
                            const std::vector<KnownOrder>& orders) {
    const std::string begins = base::to_hex(vote.order).substr(0, 12);
    const auto keys = keys_that_begin(policy, vote.key);
    if (keys.empty()) {
        return base::fail(
            ErrorKind::denied,
            fmt::format("the vote on the order {}… is by a key that nobody has in policy {} of {}: "
                        "it is another domain's, its key was replaced, or the code was misread; "
                        "take the vote out as a file",
                        begins, policy.header.version, policy.header.domain));
    }
    bool has_order = false;
    for (const KnownOrder& order : orders) {
        if (half_of(order.id) != vote.order) {
            continue;
        }
        has_order = true;
        for (const NamedKey& named : keys) {
            auto whole = text_on(vote, order, named.principal->name);
            if (!whole) {
                continue;
            }
            const std::string armor = armor_of(vote, named.key->key, policy.header.domain);
            if (permit::verify_signer(policy, named.principal->name, statement::Kind::vote,
                                      {*whole, {armor}})) {
                return *whole + armor;
            }
        }
    }
    return base::fail(
        ErrorKind::denied,
        has_order
            ? fmt::format("the vote on the order {}… is not signed by {}: the code was misread, or "
                          "somebody altered it; read it again, or take the vote out as a file",
                          begins, keys.front().principal->name)
            : fmt::format("the vote is on an order that begins with {}, and there is none here; "
                          "fetch that order first, or take the vote out as a file",
                          begins));
}

Result<Bytes> pack_statement(std::string_view signed_text) {
    constexpr std::size_t k_most_signatures = 255;
    const statement::SignedText parts = TRY(statement::split_signed(signed_text));
    TRY(statement::kind_of(parts.text));
    if (parts.signatures.empty() || parts.signatures.size() > k_most_signatures) {
        return base::bad_input(fmt::format("a statement is carried with 1 to {} signatures, not {}",
                                           k_most_signatures, parts.signatures.size()));
    }
    Bytes bytes;
    append(bytes, base::as_bytes(k_statement_start));
    append_number(bytes, parts.text.size(), 2);
    append(bytes, base::as_bytes(parts.text));
    bytes.push_back(static_cast<std::uint8_t>(parts.signatures.size()));
    for (const std::string_view armor : parts.signatures) {
        const signature::Sshsig signature = TRY(signature::parse_armored(armor));
        append_number(bytes, signature.blob.size(), 2);
        append(bytes, signature.blob);
    }
    return bytes;
}

namespace {

std::unexpected<base::Error> cut_off() {
    return base::bad_input("the statement is cut off; read the code again");
}

/// Reads one from the front; tells how many bytes it is.
Result<std::pair<std::string, std::size_t>> unpack_front(BytesView stream) {
    Taker taker(stream);
    if (!base::as_text(stream).starts_with(k_statement_start)) {
        return base::bad_input("a statement begins with CGs, and these bytes don't");
    }
    taker.raw(k_payload_start_size);
    const std::size_t length = taker.has(2) ? taker.number(2) : 0;
    if (length == 0 || !taker.has(length + 1)) {
        return cut_off();
    }
    std::size_t size = k_payload_start_size + 2 + length + 1;
    std::string whole(base::as_text(taker.raw(length)));
    const std::uint64_t count = taker.number(1);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t bytes = taker.has(2) ? taker.number(2) : 0;
        if (bytes == 0 || !taker.has(bytes)) {
            return cut_off();
        }
        const signature::Sshsig signature = TRY(signature::parse_blob(taker.raw(bytes)));
        whole += signature::to_armor(signature.blob);
        size += 2 + bytes;
    }
    return std::pair(std::move(whole), size);
}

}  // namespace

Result<std::string> unpack_statement(BytesView payload) {
    auto [whole, size] = TRY(unpack_front(payload));
    if (size != payload.size()) {
        return base::bad_input(
            fmt::format("{} bytes are left over after the statement", payload.size() - size));
    }
    const auto again = pack_statement(whole);
    if (!again || !std::equal(again->begin(), again->end(), payload.begin(), payload.end())) {
        return base::bad_input("it is no signed statement in its one form" +
                               (again ? std::string() : ": " + again.error().message));
    }
    return whole;
}

Result<Bytes> carry(std::string_view signed_text) {
    if (const auto compact = shorten(signed_text)) {
        return render(*compact);
    }
    return pack_statement(signed_text);
}

Result<std::vector<BytesView>> split_payloads(BytesView stream) {
    std::vector<BytesView> payloads;
    while (!stream.empty()) {
        if (payloads.size() == k_most_payloads) {
            return base::bad_input(fmt::format("more than {} codes", k_most_payloads));
        }
        std::size_t size = k_compact_vote_size;
        switch (TRY(kind_of_payload(stream))) {
            case PayloadKind::vote:
                break;
            case PayloadKind::statement:
                size = TRY(unpack_front(stream)).second;
                break;
            case PayloadKind::part:
                size = TRY(size_of_part(stream));
                break;
        }
        if (size > stream.size()) {
            return cut_off();
        }
        payloads.push_back(stream.first(size));
        stream = stream.subspan(size);
        if (!stream.empty() && stream.front() == '\n') {
            stream = stream.subspan(1);
        }
    }
    return payloads;
}

}  // namespace cheget::briefcase
