// Keys made up for tests, which really sign: SSHSIG containers by libsodium and OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "signature/public_key.h"
#include "statement/statement.h"

struct evp_pkey_st;

namespace cheget::test_support {

/// A key pair. Copies share it.
class TestKey {
  public:
    /// The Ed25519 key of a seed: the same key for the same name, always.
    static TestKey ed25519(std::string_view seed);
    /// A fresh P-256 key.
    static TestKey p256();
    /// A token of type sk-ecdsa for the application, which a passkey's page uses as its rpId.
    static TestKey passkey(std::string application);

    const signature::PublicKey& public_key() const { return *public_key_; }
    std::string text() const { return public_key_->to_text(); }

    /// The armoured SSHSIG of the message.
    std::string sign(std::string_view name_space, std::string_view message) const;
    /// Another valid signature out of a P-256 key's: (r, n - s) for (r, s).
    std::string malleate(std::string_view armor) const;
    /// As a browser on the page `origin` has the token sign.
    std::string sign_on_page(std::string_view origin, std::string_view name_space,
                             std::string_view message) const;

  private:
    TestKey() = default;

    std::shared_ptr<const signature::PublicKey> public_key_;
    std::array<std::uint8_t, 64> secret_{};
    std::shared_ptr<evp_pkey_st> pair_;
};

/// The text followed by the key's signature on it in the kind's namespace.
std::string sign_text(const TestKey& key, statement::Kind kind, std::string_view domain,
                      std::string_view text);

}  // namespace cheget::test_support
