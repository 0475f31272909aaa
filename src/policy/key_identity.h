// What makes a key itself, whatever form it is written in.
#pragma once

#include <string>
#include <string_view>

#include "signature/public_key.h"

namespace cheget::policy {

/// The bytes that a private key decides: the point of an elliptic key, the modulus of an RSA key.
/// Equal for an `ssh-ed25519` and an `sk-ssh-ed25519@openssh.com` key made of one point, so that
/// nobody gets two voices by writing one key twice.
std::string key_identity(const signature::PublicKey& key);

/// Whether the text is an origin as browsers write it: `https://HOST[:PORT]`, or `http://localhost`
/// with or without a port.
bool is_web_origin(std::string_view text);

/// The same for any program: `http://` may go with any host.
bool is_http_origin(std::string_view text);

/// Whether a browser on the origin can use keys of the FIDO application: the application is the
/// origin's host or a domain above it (WebAuthn, relying party identifier).
bool is_application_of_origin(std::string_view application, std::string_view origin);

}  // namespace cheget::policy
