// Private key files in OpenSSH's own form (openssh-key-v1, OpenSSH PROTOCOL.key), taken apart.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "keys/key_file.h"
#include "keys/locked_bytes.h"
#include "keys/signer.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

constexpr std::string_view k_begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view k_end = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view k_magic{"openssh-key-v1\0", 15};

constexpr std::string_view k_ed25519 = "ssh-ed25519";
constexpr std::size_t k_p256_size = 32;

// The padding is 1, 2, 3 … up to the cipher's block, 8 bytes where there is none.
bool is_padding(signature::WireReader& reader) {
    if (reader.remaining() >= 8) {
        return false;
    }
    for (std::uint8_t expected = 1; !reader.at_end(); ++expected) {
        if (reader.read_byte() != expected) {
            return false;
        }
    }
    return true;
}

// Reads the decrypted part: two equal check numbers, the key, a comment, padding.
base::Result<void> read_private_part(base::BytesView part, std::span<std::uint8_t, 64> secret) {
    signature::WireReader reader(part);
    std::uint32_t check = TRY(reader.read_u32());
    std::uint32_t again = TRY(reader.read_u32());
    std::string_view type = TRY(reader.read_text());
    base::BytesView point = TRY(reader.read_string());
    base::BytesView both = TRY(reader.read_string());
    TRY(reader.read_string());  // the comment
    if (part.size() % 8 != 0 || check != again || type != k_ed25519 || point.size() != 32 ||
        both.size() != secret.size() || !is_padding(reader)) {
        return base::bad_input("the private part of the key file does not hold together");
    }
    // Signing with a public half that is not the secret's would give the secret away.
    std::array<std::uint8_t, 32> derived{};
    crypto_sign_seed_keypair(derived.data(), secret.data(), both.data());
    if (!std::ranges::equal(derived, point) || !std::ranges::equal(derived, both.subspan(32))) {
        sodium_memzero(secret.data(), secret.size());
        return base::bad_input("the public half in the key file is not that of its secret");
    }
    return {};
}

base::Result<signature::PublicKey> read_container(base::BytesView bytes,
                                                  std::span<std::uint8_t, 64> secret) {
    PrivateContainer container = TRY(parse_private_container(bytes));
    if (container.cipher != "none") {
        return base::bad_input(
            "it is encrypted, and a machine can type no passphrase: make a key of its own with "
            "ssh-keygen -t ed25519 -N ''");
    }
    signature::PublicKey key = TRY(signature::PublicKey::from_blob(container.public_key));
    if (key.type() != signature::KeyType::ed25519) {
        return base::bad_input("a machine's key must be of the type ssh-ed25519");
    }
    TRY(read_private_part(container.private_part, secret));
    if (!std::ranges::equal(key.ed25519_point(), secret.subspan(32))) {
        sodium_memzero(secret.data(), secret.size());
        return base::bad_input("the public key in the key file is not that of its secret");
    }
    return key;
}

// The base64 between the BEGIN and END lines, line breaks included.
base::Result<std::string_view> private_key_body(std::string_view pem) {
    std::size_t end = pem.find(k_end);
    if (!pem.starts_with(k_begin) || end == std::string_view::npos || end < k_begin.size() ||
        (pem.substr(end + k_end.size()) != "\n" && end + k_end.size() != pem.size())) {
        return base::bad_input(
            "it is not an OpenSSH private key file (-----BEGIN OPENSSH PRIVATE KEY-----)");
    }
    return pem.substr(k_begin.size(), end - k_begin.size());
}

}  // namespace

base::Result<LockedBytes> decode_private_key(std::string_view pem) {
    TRY(start_sodium());
    std::string_view body = TRY(private_key_body(pem));
    LockedBytes decoded = TRY(LockedBytes::make(body.size()));
    std::size_t size = 0;
    if (sodium_base642bin(decoded.span().data(), body.size(), body.data(), body.size(), "\n", &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return base::bad_input("the private key file is not base64");
    }
    decoded.shorten(size);
    return decoded;
}

base::Result<PrivateContainer> parse_private_container(base::BytesView bytes) {
    signature::WireReader reader(bytes);
    base::BytesView magic = TRY(reader.read_raw(k_magic.size()));
    PrivateContainer container;
    container.cipher = TRY(reader.read_text());
    std::string_view derivation = TRY(reader.read_text());
    base::BytesView options = TRY(reader.read_string());
    std::uint32_t count = TRY(reader.read_u32());
    container.public_key = TRY(reader.read_string());
    container.private_part = TRY(reader.read_string());
    // An encrypted file may end in the cipher's authentication tag; a plain one ends here.
    bool plain_has_more = container.cipher == "none" &&
                          (derivation != "none" || !options.empty() || !reader.at_end());
    if (base::as_text(magic) != k_magic || count != 1 || plain_has_more) {
        return base::bad_input("the private key file does not hold exactly one OpenSSH key");
    }
    return container;
}

base::Result<signature::PublicKey> parse_private_key(std::string_view pem,
                                                     std::span<std::uint8_t, 64> secret) {
    LockedBytes decoded = TRY(decode_private_key(pem));
    return read_container(decoded.view(), secret);
}

base::Result<P256Secret> parse_p256_private_key(std::string_view pem) {
    const LockedBytes decoded = TRY(decode_private_key(pem));
    const PrivateContainer container = TRY(parse_private_container(decoded.view()));
    if (container.cipher != "none") {
        return base::bad_input("it is encrypted: hand it to an agent (ssh-add) and try again");
    }
    P256Secret secret{TRY(signature::PublicKey::from_blob(container.public_key)),
                      TRY(LockedBytes::make(k_p256_size))};
    signature::WireReader reader(container.private_part);
    const std::uint32_t check = TRY(reader.read_u32());
    const std::uint32_t again = TRY(reader.read_u32());
    const base::BytesView half = TRY(reader.read_raw(
        std::min(container.public_key.size(), reader.remaining())));  // type, curve and point
    const base::BytesView number = TRY(reader.read_positive_mpint());
    TRY(reader.read_string());  // the comment
    if (secret.key.type() != signature::KeyType::ecdsa_p256 ||
        container.private_part.size() % 8 != 0 || check != again ||
        !std::ranges::equal(half, container.public_key) || number.size() > k_p256_size ||
        !is_padding(reader)) {
        return base::bad_input("it holds no P-256 key, or does not hold together");
    }
    std::ranges::fill(secret.number.span(), 0);
    std::ranges::copy(number,
                      secret.number.span().end() - static_cast<std::ptrdiff_t>(number.size()));
    return secret;
}

}  // namespace cheget::keys
