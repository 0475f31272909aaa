// The bare signature checks: Ed25519 by libsodium, P-256 and RSA by OpenSSL.
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>

#include "signature/message_digest.h"
#include "signature/sshsig.h"

namespace cheget::signature {
namespace {

constexpr std::size_t k_p256_number = 32;

struct FreeContext {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;

// A context made ready to verify by `key`, or null.
Context context_for(const PublicKey& key) {
    // OpenSSL counts references in the key and so takes it without const; its value is not changed.
    Context context(EVP_PKEY_CTX_new(const_cast<EVP_PKEY*>(key.evp()), nullptr));
    if (context != nullptr && EVP_PKEY_verify_init(context.get()) != 1) {
        context.reset();
    }
    return context;
}

// Writes an unsigned number as a DER INTEGER (X.690, 8.3) at `out`; gives the bytes written.
std::size_t write_der_integer(base::BytesView number, std::uint8_t* out) {
    bool looks_negative = (number[0] & 0x80) != 0;
    std::size_t size = number.size() + (looks_negative ? 1 : 0);
    *out++ = 0x02;
    *out++ = static_cast<std::uint8_t>(size);
    if (looks_negative) {
        *out++ = 0;
    }
    std::copy(number.begin(), number.end(), out);
    return 2 + size;
}

// Whether the bytes are a positive number of at most 256 bits without leading zeros.
bool is_p256_number(base::BytesView number) {
    return !number.empty() && number.size() <= k_p256_number && number[0] != 0;
}

}  // namespace

bool verify_ed25519(base::BytesView point, base::BytesView message, base::BytesView signature) {
    return point.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                       point.data()) == 0;
}

bool verify_ecdsa_p256(const PublicKey& key, base::BytesView message, base::BytesView r,
                       base::BytesView s) {
    if (key.evp() == nullptr || key.type() == KeyType::rsa || !is_p256_number(r) ||
        !is_p256_number(s)) {
        return false;
    }
    std::array<std::uint8_t, 2 + 2 * (2 + 1 + k_p256_number)> der{};
    std::size_t size = 2 + write_der_integer(r, der.data() + 2);
    size += write_der_integer(s, der.data() + size);
    der[0] = 0x30;
    der[1] = static_cast<std::uint8_t>(size - 2);
    MessageDigest digest = digest_of(MessageHash::sha256, {message});
    Context context = context_for(key);
    return context != nullptr &&
           EVP_PKEY_verify(context.get(), der.data(), size, digest.buffer.data(), digest.size) == 1;
}

bool verify_rsa(const PublicKey& key, MessageHash hash, base::BytesView message,
                base::BytesView signature) {
    if (key.evp() == nullptr || key.type() != KeyType::rsa) {
        return false;
    }
    MessageDigest digest = digest_of(hash, {message});
    Context context = context_for(key);
    const EVP_MD* method = hash == MessageHash::sha256 ? EVP_sha256() : EVP_sha512();
    return context != nullptr &&
           EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), method) == 1 &&
           EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.buffer.data(),
                           digest.size) == 1;
}

}  // namespace cheget::signature
