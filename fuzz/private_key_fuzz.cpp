// Private key files: any text as an openssh-key-v1 file, and any bytes as what is in one.
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <string>

#include "keys/key_file.h"
#include "keys/signer.h"

namespace keys = cheget::keys;
namespace base = cheget::base;

static void examine(std::string_view pem) {
    std::array<std::uint8_t, 64> secret{};
    auto key = keys::parse_private_key(pem, secret);
    std::array<std::uint8_t, 32> point{};
    std::array<std::uint8_t, 64> expanded{};
    if (key) {
        crypto_sign_seed_keypair(point.data(), expanded.data(), secret.data());
        if (expanded != secret || base::as_text(point) != base::as_text(key->ed25519_point())) {
            std::abort();
        }
    } else if (sodium_is_zero(secret.data(), secret.size()) == 0) {
        std::abort();  // a refused file leaves no secret behind
    }
    if (const auto other = keys::parse_p256_private_key(pem);
        other && (key || other->key.type() != cheget::signature::KeyType::ecdsa_p256 ||
                  other->number.view().size() != 32)) {
        std::abort();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    base::BytesView bytes{data, size};
    examine(base::as_text(bytes));
    examine("-----BEGIN OPENSSH PRIVATE KEY-----\n" + base::to_base64(bytes) +
            "\n-----END OPENSSH PRIVATE KEY-----\n");
    return 0;
}
