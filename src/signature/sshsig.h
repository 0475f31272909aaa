// SSHSIG (OpenSSH PROTOCOL.sshsig): the one signature container, read strictly and verified.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "signature/public_key.h"

namespace cheget::signature {

/// The longest armoured signature that is read; RSA-16384 fits.
constexpr std::size_t k_longest_armor = 8192;

enum class MessageHash { sha256, sha512 };

/// An SSHSIG blob taken apart, not yet verified. It owns its bytes.
struct Sshsig {
    base::Bytes blob;             ///< the whole container; the views below point into it
    base::BytesView public_key;   ///< wire form
    std::string_view name_space;  ///< such as `cheget-vote@acme/prod`
    MessageHash hash = MessageHash::sha512;
    base::BytesView signature;  ///< wire form: type, then by kind

    Sshsig() = default;
    Sshsig(Sshsig&&) = default;  // moving a vector keeps its bytes in place
    Sshsig& operator=(Sshsig&&) = default;
    Sshsig(const Sshsig&) = delete;
    Sshsig& operator=(const Sshsig&) = delete;
};

/// Reads one armoured signature: the BEGIN line, canonical base64 in lines of 70 characters (the
/// last one shorter) as ssh-keygen writes, the END line, each line ended by LF. Version 1, empty
/// reserved field and no bytes left over are required.
base::Result<Sshsig> parse_armored(std::string_view armor);

/// Reads the bare blob under the same rules.
base::Result<Sshsig> parse_blob(base::BytesView blob);

/// The armoured form, exactly as ssh-keygen writes it, ended by LF.
std::string to_armor(base::BytesView blob);

/// The bytes that the key signs ("tbs" in facts): magic, namespace, reserved, hash name,
/// H(message).
base::Bytes signed_bytes(std::string_view name_space, MessageHash hash, std::string_view message);

/// Builds the container from its parts.
base::Bytes make_blob(base::BytesView public_key, std::string_view name_space, MessageHash hash,
                      base::BytesView signature);

/// What the policy demands of a key's signatures beyond being valid.
struct Requirements {
    bool user_verification = false;                ///< `pin`: the token must have checked its user
    std::optional<std::string_view> web_origin{};  ///< `web ORIGIN`: only passkey signatures of it
};

/// Whether `signature` is a valid signature by `key` on `message` in `name_space` that meets the
/// requirements. User presence (touch) is demanded of every hardware key. A passkey (webauthn)
/// signature is refused for a key without a web origin. Ed25519 by libsodium alone; P-256
/// and RSA by OpenSSL; SHA-1 and RSA below 2048 bits never. Says which check failed.
base::Result<void> verify(const Sshsig& signature, const PublicKey& key,
                          std::string_view name_space, std::string_view message,
                          const Requirements& requirements);

/// The primitives that verify() calls, for the outside test vectors.
bool verify_ed25519(base::BytesView point, base::BytesView message, base::BytesView signature);
bool verify_ecdsa_p256(const PublicKey& key, base::BytesView message, base::BytesView r,
                       base::BytesView s);
bool verify_rsa(const PublicKey& key, MessageHash hash, base::BytesView message,
                base::BytesView signature);

}  // namespace cheget::signature
