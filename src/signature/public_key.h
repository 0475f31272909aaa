// SSH public keys of the kinds that cheget accepts.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"

struct evp_pkey_st;

namespace cheget::signature {

enum class KeyType {
    ed25519,        ///< ssh-ed25519 (RFC 8709)
    ecdsa_p256,     ///< ecdsa-sha2-nistp256 (RFC 5656)
    rsa,            ///< ssh-rsa of 2048 to 16384 bits, with SHA-2 signatures (RFC 8332)
    sk_ed25519,     ///< sk-ssh-ed25519@openssh.com (OpenSSH PROTOCOL.u2f)
    sk_ecdsa_p256,  ///< sk-ecdsa-sha2-nistp256@openssh.com; passkeys sign under it too
};

/// The name as it stands in an authorized_keys line, such as `ssh-ed25519`.
std::string_view type_name(KeyType type);

/// A public key, checked when it was read: P-256 points are on their curve, Ed25519 points in their
/// one encoding and not of small order, RSA moduli have 2048 to 16384 bits and sound exponents.
/// Copies share the decoded form. Immutable, so it may be used from several threads.
class PublicKey {
  public:
    /// Reads the wire form (RFC 4253 section 6.6), to its last byte.
    static base::Result<PublicKey> from_blob(base::BytesView blob);

    /// Reads `TYPE BASE64`, the first two words of an authorized_keys line; nothing may follow.
    static base::Result<PublicKey> from_text(std::string_view text);

    KeyType type() const { return type_; }
    base::BytesView blob() const { return blob_; }
    /// The FIDO application, `ssh:` or an rpId; empty for other kinds.
    std::string_view application() const { return application_; }
    base::BytesView ed25519_point() const;                 ///< 32 bytes; only for the Ed25519 kinds
    const evp_pkey_st* evp() const { return evp_.get(); }  ///< only for P-256 and RSA

    /// Whether signatures by it carry touch and PIN flags.
    bool is_hardware() const {
        return type_ == KeyType::sk_ed25519 || type_ == KeyType::sk_ecdsa_p256;
    }

    /// Whether an Ed25519 point lies on its curve and in the subgroup that secrets generate; true
    /// of other kinds, whose points were checked when read. It costs some 30 microseconds, so tools
    /// ask it of keys that are new to them. A key that fails it verifies nothing but accidents.
    base::Result<void> check_subgroup() const;

    /// `TYPE BASE64`.
    std::string to_text() const;
    /// `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it.
    std::string fingerprint() const;

    bool operator==(const PublicKey& other) const { return blob_ == other.blob_; }

  private:
    PublicKey() = default;

    KeyType type_ = KeyType::ed25519;
    base::Bytes blob_;
    std::string application_;
    std::array<std::uint8_t, 32> point_{};
    std::shared_ptr<evp_pkey_st> evp_;
};

/// Whether the text is a fingerprint as fingerprint() writes it.
bool is_fingerprint(std::string_view text);

}  // namespace cheget::signature
