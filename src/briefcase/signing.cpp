// Signing with a briefcase's key, which never leaves locked memory.
#include "briefcase/signing.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "keys/mark.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using keys::LockedBytes;
using PublicPoint = std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES>;

static_assert(crypto_sign_SEEDBYTES == k_secret_size);
static_assert(keys::k_mark_secret_size == k_secret_size);

constexpr std::string_view k_ed25519 = "ssh-ed25519";

/// The key pair that a seed makes (RFC 8032): the secret half as libsodium has it.
Result<LockedBytes> expand(base::BytesView seed, PublicPoint& point) {
    LockedBytes secret = TRY(LockedBytes::make(crypto_sign_SECRETKEYBYTES));
    crypto_sign_seed_keypair(point.data(), secret.span().data(), seed.data());
    return secret;
}

Result<std::string> key_text(const PublicPoint& point) {
    signature::WireWriter writer;
    writer.write_string(k_ed25519);
    writer.write_string(base::BytesView(point));
    const base::Bytes blob = writer.take();
    return TRY(signature::PublicKey::from_blob(blob)).to_text();
}

}  // namespace

Result<Secrets> make_secrets(std::string& public_key) {
    TRY(keys::start_sodium());
    Secrets secrets{TRY(LockedBytes::make(k_secret_size)), TRY(LockedBytes::make(k_secret_size))};
    randombytes_buf(secrets.seed.span().data(), k_secret_size);
    randombytes_buf(secrets.mark.span().data(), k_secret_size);
    PublicPoint point{};
    TRY(expand(secrets.seed.view(), point));
    public_key = TRY(key_text(point));
    return secrets;
}

Result<OpenKey> OpenKey::make(const Seal& seal, Secrets secrets) {
    PublicPoint point{};
    TRY(expand(secrets.seed.view(), point));
    if (TRY(key_text(point)) != seal.key) {
        return fail(ErrorKind::corrupt_state,
                    "the briefcase holds another key than its seal names: it was made wrongly, "
                    "and nothing is signed with it; make a new one");
    }
    return OpenKey(seal, std::move(secrets));
}

Result<std::string> OpenKey::sign(statement::Kind kind, std::string_view text) const {
    PublicPoint point{};
    const LockedBytes secret = TRY(expand(secrets_.seed.view(), point));
    const std::string name_space = statement::signature_namespace(kind, seal_.domain.name);
    constexpr auto hash = signature::MessageHash::sha512;
    const base::Bytes to_be_signed = signature::signed_bytes(name_space, hash, text);
    std::array<std::uint8_t, crypto_sign_BYTES> bare{};
    crypto_sign_detached(bare.data(), nullptr, to_be_signed.data(), to_be_signed.size(),
                         secret.view().data());
    signature::WireWriter writer;
    writer.write_string(k_ed25519);
    writer.write_string(base::BytesView(bare));
    const base::Bytes signed_by = writer.take();
    const auto key = TRY(signature::PublicKey::from_text(seal_.key));
    const std::string armor =
        signature::to_armor(signature::make_blob(key.blob(), name_space, hash, signed_by));
    // What a fault in memory made of it must not get out: it could give the key away.
    const auto made = TRY(signature::parse_armored(armor));
    TRY(signature::verify(made, key, name_space, text, {}));
    return fmt::format("{}{}", text, armor);
}

Result<std::string> OpenKey::sign_vote(statement::Vote vote) const {
    if (vote.by != seal_.principal || vote.domain != seal_.domain) {
        return fail(ErrorKind::denied, fmt::format("this briefcase signs votes by {} in {} alone",
                                                   seal_.principal, seal_.domain.name));
    }
    vote.mark = {};
    const std::string unmarked = TRY(statement::render(vote));
    vote.mark = TRY(keys::mark_of(secrets_.mark.view(), unmarked));
    return sign(statement::Kind::vote, TRY(statement::render(vote)));
}

Result<std::string> OpenKey::sign_custody(const statement::Custody& custody) const {
    const auto key = TRY(signature::PublicKey::from_text(seal_.key));
    const bool is_made = custody.event == statement::CustodyEvent::created;
    if ((custody.by != seal_.principal && !is_made) || custody.domain != seal_.domain ||
        custody.briefcase != key.fingerprint()) {
        return fail(ErrorKind::denied,
                    fmt::format("this briefcase signs custody of itself by {} in {} alone, and for "
                                "whoever makes it that it was made",
                                seal_.principal, seal_.domain.name));
    }
    return sign(statement::Kind::custody, TRY(statement::render(custody)));
}

}  // namespace cheget::briefcase
