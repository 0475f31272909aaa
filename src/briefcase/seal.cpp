// Slots: one evaluation of the passphrase, one of the TPM, then both slots looked at alike.
#include "briefcase/seal.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::briefcase {

namespace {

using base::BytesView;
using base::ErrorKind;
using base::fail;
using base::Result;
using keys::LockedBytes;

constexpr std::string_view k_first_line = "cheget briefcase v1";
constexpr std::size_t k_commitment_size = crypto_auth_hmacsha256_BYTES;
constexpr std::size_t k_nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t k_tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t k_sealed_size = 2 * k_secret_size + k_tag_size;
static_assert(k_slot_size == k_commitment_size + k_nonce_size + k_sealed_size);
static_assert(crypto_pwhash_argon2id_SALTBYTES == k_salt_size);

using Slot = std::array<std::uint8_t, k_slot_size>;

/// All lines above the slots: what they are bound to.
std::string head_of(const Seal& seal) {
    return fmt::format(
        "{}\ndomain: {} {}\npolicy: {} {}\nprincipal: {}\nkey: {}\nmade: {}\nargon2id: {} "
        "{}\nsalt: "
        "{}\n{}",
        k_first_line, seal.domain.name, base::to_text(seal.domain.first_policy),
        seal.policy.version, base::to_text(seal.policy.id), seal.principal, seal.key,
        base::to_text(seal.made), seal.cost.passes, seal.cost.kibibytes, base::to_hex(seal.salt),
        seal.tpm.empty() ? std::string() : fmt::format("tpm: {}\n", seal.tpm));
}

/// HMAC-SHA256 (RFC 2104) with a 32-byte key.
void authenticate(std::span<std::uint8_t> out, BytesView key, std::string_view label,
                  std::uint8_t number, BytesView message) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    const BytesView name = base::as_bytes(label);
    crypto_auth_hmacsha256_update(&state, name.data(), name.size());
    crypto_auth_hmacsha256_update(&state, &number, 1);
    crypto_auth_hmacsha256_update(&state, message.data(), message.size());
    crypto_auth_hmacsha256_final(&state, out.data());
    sodium_memzero(&state, sizeof(state));
}

/// What a passphrase comes to: HKDF-SHA256's extraction (RFC 5869) over Argon2id's and the TPM's
/// answers.
Result<LockedBytes> stretch(const Seal& seal, BytesView passphrase, const Evaluate& evaluate) {
    LockedBytes guessed = TRY(LockedBytes::make(k_secret_size));
    if (crypto_pwhash_argon2id(guessed.span().data(), k_secret_size,
                               reinterpret_cast<const char*>(passphrase.data()), passphrase.size(),
                               seal.salt.data(), seal.cost.passes, seal.cost.kibibytes * 1024,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
        return fail(ErrorKind::unreachable,
                    fmt::format("a try at this briefcase needs {} MiB of memory, and they aren't "
                                "to be had: end other programs and try again",
                                seal.cost.kibibytes / 1024));
    }
    LockedBytes answer = TRY(evaluate(guessed.view()));
    LockedBytes material = TRY(LockedBytes::make(guessed.view().size() + answer.view().size()));
    std::copy(answer.view().begin(), answer.view().end(),
              std::copy(guessed.view().begin(), guessed.view().end(), material.span().begin()));
    LockedBytes key = TRY(LockedBytes::make(k_secret_size));
    authenticate(key.span(), seal.salt, "cheget briefcase", 0, material.view());
    return key;
}

/// The key and the commitment of one slot.
struct SlotKey {
    LockedBytes key;
    std::array<std::uint8_t, k_commitment_size> commitment{};
};

Result<SlotKey> key_of_slot(BytesView stretched, std::uint8_t number, BytesView head) {
    SlotKey slot{TRY(LockedBytes::make(k_secret_size)), {}};
    authenticate(slot.key.span(), stretched, "slot key", number, head);
    authenticate(slot.commitment, stretched, "slot commitment", number, head);
    return slot;
}

Result<Slot> seal_slot(BytesView stretched, std::uint8_t number, std::string_view head,
                       BytesView seed, BytesView mark) {
    const SlotKey key = TRY(key_of_slot(stretched, number, base::as_bytes(head)));
    LockedBytes secrets = TRY(LockedBytes::make(2 * k_secret_size));
    std::copy(mark.begin(), mark.end(),
              std::copy(seed.begin(), seed.end(), secrets.span().begin()));
    Slot slot{};
    std::uint8_t* const nonce =
        std::copy(key.commitment.begin(), key.commitment.end(), slot.data());
    randombytes_buf(nonce, k_nonce_size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + k_nonce_size, nullptr, secrets.view().data(),
                                               secrets.view().size(), base::as_bytes(head).data(),
                                               head.size(), nullptr, nonce, key.key.view().data());
    return slot;
}

/// Copies `from` over `to` where `chosen` is 1, and as many bytes over themselves where it is 0.
void choose(std::span<std::uint8_t> to, BytesView from, unsigned chosen) {
    const auto mask = static_cast<std::uint8_t>(0U - chosen);
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = static_cast<std::uint8_t>((to[i] & ~mask) | (from[i] & mask));
    }
}

std::unexpected<base::Error> malformed(std::string_view why) {
    return base::bad_input(fmt::format(
        "not a briefcase's seal: {}; it is damaged or was changed, and `cheget briefcase inspect` "
        "tells what its bearers signed",
        why));
}

/// The rest of a line `name: …`, which must come next.
Result<std::string_view> take_line(std::string_view& rest, std::string_view name) {
    const std::string_view line = base::take_until(rest, '\n');
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(": ")) {
        return malformed(fmt::format("`{}:` is expected where '{}' stands", name,
                                     base::shown(line.substr(0, 60))));
    }
    return line.substr(name.size() + 2);
}

template <std::size_t Size>
Result<void> take_hex(std::string_view& rest, std::string_view name,
                      std::array<std::uint8_t, Size>& out) {
    const std::string_view text = TRY(take_line(rest, name));
    if (!base::decode_hex(text, out)) {
        return malformed(fmt::format("`{}` is not {} bytes in lower-case hexadecimal", name, Size));
    }
    return {};
}

Result<void> take_who(std::string_view& rest, Seal& seal) {
    std::string_view domain = TRY(take_line(rest, "domain"));
    seal.domain.name = base::take_until(domain, ' ');
    seal.domain.first_policy = TRY(base::parse_digest(domain));
    std::string_view policy = TRY(take_line(rest, "policy"));
    seal.policy.version = static_cast<std::uint32_t>(
        TRY(base::parse_number(base::take_until(policy, ' '), 0xFFFFFFFF)));
    seal.policy.id = TRY(base::parse_digest(policy));
    seal.principal = TRY(take_line(rest, "principal"));
    if (!base::is_domain(seal.domain.name) || !base::is_name(seal.principal)) {
        return malformed("its domain or its principal is no name");
    }
    seal.key = TRY(take_line(rest, "key"));
    TRY(signature::PublicKey::from_text(seal.key));
    const std::string_view made = TRY(take_line(rest, "made"));
    seal.made = TRY(base::parse_time(made));
    return {};
}

/// Bounds come first: what a hostile seal asks for must not exhaust the machine.
Result<void> take_cost(std::string_view& rest, GuessCost& cost) {
    constexpr std::uint64_t k_most_passes = 64;
    constexpr std::uint64_t k_most_kibibytes = 4ULL << 20U;
    std::string_view line = TRY(take_line(rest, "argon2id"));
    cost.passes = TRY(base::parse_number(base::take_until(line, ' '), k_most_passes));
    cost.kibibytes = TRY(base::parse_number(line, k_most_kibibytes));
    if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
        cost.kibibytes * 1024 < crypto_pwhash_argon2id_MEMLIMIT_MIN) {
        return malformed("its passphrase would cost nothing to guess at");
    }
    return {};
}

}  // namespace

GuessCost GuessCost::moderate() {
    return {crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
            crypto_pwhash_argon2id_MEMLIMIT_MODERATE / 1024};
}

GuessCost GuessCost::sensitive() {
    return {crypto_pwhash_argon2id_OPSLIMIT_SENSITIVE,
            crypto_pwhash_argon2id_MEMLIMIT_SENSITIVE / 1024};
}

GuessCost GuessCost::for_tests() {
    return {crypto_pwhash_argon2id_OPSLIMIT_MIN, crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024};
}

std::string render(const Seal& seal) {
    return fmt::format("{}slot: {}\nslot: {}\n", head_of(seal), base::to_hex(seal.slots[0]),
                       base::to_hex(seal.slots[1]));
}

Result<Seal> parse_seal(std::string_view text) {
    if (text.size() > k_longest_seal) {
        return malformed(fmt::format("it is longer than {} bytes", k_longest_seal));
    }
    std::string_view rest = text;
    if (base::take_until(rest, '\n') != k_first_line) {
        return malformed(fmt::format("its first line is not `{}`", k_first_line));
    }
    Seal seal;
    TRY(take_who(rest, seal));
    TRY(take_cost(rest, seal.cost));
    TRY(take_hex(rest, "salt", seal.salt));
    if (rest.starts_with("tpm: ")) {
        seal.tpm = TRY(take_line(rest, "tpm"));
    }
    for (Slot& slot : seal.slots) {
        TRY(take_hex(rest, "slot", slot));
    }
    if (render(seal) != text) {
        return malformed("it is not spelt as seals are");
    }
    return seal;
}

Evaluate no_tpm() {
    return [](BytesView) { return LockedBytes::make(0); };
}

Result<void> fill_slots(Seal& seal, const Secrets& secrets, BytesView passphrase,
                        std::optional<BytesView> duress, const Evaluate& evaluate) {
    TRY(keys::start_sodium());
    for (const auto& one : {std::optional(passphrase), duress}) {
        if (one && one->size() < k_shortest_passphrase) {
            return fail(ErrorKind::usage,
                        fmt::format("a passphrase has {} characters at least; several words make "
                                    "a good one",
                                    k_shortest_passphrase));
        }
    }
    if (duress && std::ranges::equal(*duress, passphrase)) {
        return fail(ErrorKind::usage, "the passphrase for duress must be another one");
    }
    randombytes_buf(seal.salt.data(), seal.salt.size());
    randombytes_buf(seal.slots.data(), sizeof(seal.slots));
    const std::string head = head_of(seal);
    const auto real = static_cast<std::uint8_t>(randombytes_uniform(2));
    LockedBytes stretched = TRY(stretch(seal, passphrase, evaluate));
    seal.slots[real] =
        TRY(seal_slot(stretched.view(), real, head, secrets.seed.view(), secrets.mark.view()));
    if (duress) {
        LockedBytes mark = TRY(LockedBytes::make(k_secret_size));
        randombytes_buf(mark.span().data(), k_secret_size);
        LockedBytes other = TRY(stretch(seal, *duress, evaluate));
        const auto place = static_cast<std::uint8_t>(1 - real);
        seal.slots[place] =
            TRY(seal_slot(other.view(), place, head, secrets.seed.view(), mark.view()));
    } else {
        // Costs the TPM as many tries, so that they don't tell that there is none for duress.
        LockedBytes nobodys = TRY(LockedBytes::make(k_secret_size));
        randombytes_buf(nobodys.span().data(), k_secret_size);
        TRY(stretch(seal, nobodys.view(), evaluate));
    }
    return {};
}

Result<Secrets> open_slots(const Seal& seal, BytesView passphrase, const Evaluate& evaluate) {
    TRY(keys::start_sodium());
    const std::string head = head_of(seal);
    const LockedBytes stretched = TRY(stretch(seal, passphrase, evaluate));
    Slot slot = seal.slots[0];
    LockedBytes key = TRY(LockedBytes::make(k_secret_size));
    for (std::uint8_t number = 0; number < 2; ++number) {
        const SlotKey one = TRY(key_of_slot(stretched.view(), number, base::as_bytes(head)));
        const unsigned fits =
            sodium_memcmp(one.commitment.data(), seal.slots[number].data(), k_commitment_size) == 0
                ? 1U
                : 0U;
        choose(slot, seal.slots[number], fits);
        choose(key.span(), one.key.view(), fits);
    }
    LockedBytes opened = TRY(LockedBytes::make(2 * k_secret_size));
    const std::uint8_t* const nonce = slot.data() + k_commitment_size;
    const int outcome = crypto_aead_xchacha20poly1305_ietf_decrypt(
        opened.span().data(), nullptr, nullptr, nonce + k_nonce_size, k_sealed_size,
        base::as_bytes(head).data(), head.size(), nonce, key.view().data());
    if (outcome != 0) {
        return fail(ErrorKind::denied,
                    "the passphrase does not open this briefcase, or its seal was changed");
    }
    Secrets secrets{TRY(LockedBytes::make(k_secret_size)), TRY(LockedBytes::make(k_secret_size))};
    const BytesView all = opened.view();
    std::copy_n(all.begin(), k_secret_size, secrets.seed.span().begin());
    std::copy_n(all.begin() + k_secret_size, k_secret_size, secrets.mark.span().begin());
    return secrets;
}

}  // namespace cheget::briefcase
