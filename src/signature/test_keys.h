// Keys in software of every kind, for tests and benchmarks alone: they sign what a token or a
// browser would sign, with any flags, so that what must be refused can be made.
#pragma once

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::signature::test_keys {

inline void require(bool ok) {
    if (!ok) {
        std::abort();
    }
}

/// What a token reports with a signature.
struct TokenReport {
    std::uint8_t flags = 0x01;
    std::uint32_t counter = 7;
    base::Bytes extensions{};
};

class SoftKey {
  public:
    static SoftKey ed25519() { return edwards("ssh-ed25519", ""); }
    static SoftKey sk_ed25519(std::string_view application = "ssh:") {
        return edwards("sk-ssh-ed25519@openssh.com", application);
    }
    static SoftKey p256() { return nist("ecdsa-sha2-nistp256", ""); }
    static SoftKey sk_p256(std::string_view application = "ssh:") {
        return nist("sk-ecdsa-sha2-nistp256@openssh.com", application);
    }
    static SoftKey rsa(unsigned bits) {
        SoftKey key;
        key.evp_.reset(EVP_RSA_gen(bits), EVP_PKEY_free);
        require(key.evp_ != nullptr);
        WireWriter writer;
        writer.write_string(std::string_view("ssh-rsa"));
        writer.write_mpint(key.number("e"));
        writer.write_mpint(key.number("n"));
        key.blob_ = writer.take();
        return key;
    }

    /// The wire form, accepted or not.
    const base::Bytes& blob() const { return blob_; }
    PublicKey public_key() const { return PublicKey::from_blob(blob_).value(); }

    /// OpenSSL's form of a P-256 or RSA key; null for Ed25519.
    EVP_PKEY* evp() const { return evp_.get(); }

    /// The bare signature: 64 bytes for Ed25519, `mpint r, mpint s` for P-256, PKCS#1 for RSA.
    base::Bytes bare(base::BytesView message, const char* hash = "SHA256") const {
        base::Bytes made = bare_der(message, hash);
        return evp_ != nullptr && EVP_PKEY_is_a(evp_.get(), "EC") != 0 ? without_der(made) : made;
    }

    /// The same, with P-256's numbers in the DER that OpenSSL wants.
    base::Bytes bare_der(base::BytesView message, const char* hash = "SHA256") const {
        if (evp_ == nullptr) {
            base::Bytes made(crypto_sign_BYTES);
            crypto_sign_detached(made.data(), nullptr, message.data(), message.size(),
                                 secret_.data());
            return made;
        }
        std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
        require(EVP_DigestSignInit_ex(context.get(), nullptr, hash, nullptr, nullptr, evp_.get(),
                                      nullptr) == 1);
        std::size_t size = 0;
        require(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
        base::Bytes made(size);
        require(EVP_DigestSign(context.get(), made.data(), &size, message.data(), message.size()) ==
                1);
        made.resize(size);
        return made;
    }

    /// The SSH signature that a key in software makes over the bytes.
    base::Bytes software_signature(base::BytesView to_be_signed) const {
        bool is_rsa = evp_ != nullptr && EVP_PKEY_is_a(evp_.get(), "RSA") != 0;
        return is_rsa ? signature_of("rsa-sha2-512", bare(to_be_signed, "SHA512"))
                      : signature_of(type_, bare(to_be_signed));
    }

    /// The SSH signature that a FIDO token makes over the bytes.
    base::Bytes token_signature(base::BytesView to_be_signed,
                                const TokenReport& report = {}) const {
        WireWriter writer;
        writer.write_string(std::string_view(type_));
        writer.write_string(base::BytesView(bare(token_message(to_be_signed, report))));
        writer.write_byte(report.flags);
        writer.write_u32(report.counter);
        return writer.take();
    }

    /// The SSH signature that a browser's passkey makes when it signs `client_data`.
    base::Bytes passkey_signature(std::string_view client_data, std::string_view origin,
                                  const TokenReport& report = {}) const {
        WireWriter writer;
        writer.write_string(std::string_view("webauthn-sk-ecdsa-sha2-nistp256@openssh.com"));
        writer.write_string(
            base::BytesView(bare(token_message(base::as_bytes(client_data), report))));
        writer.write_byte(report.flags);
        writer.write_u32(report.counter);
        writer.write_string(origin);
        writer.write_string(client_data);
        writer.write_string(base::BytesView(report.extensions));
        return writer.take();
    }

    /// A signature with a name and one string, as the wire has it.
    static base::Bytes signature_of(std::string_view algorithm, base::BytesView bare) {
        WireWriter writer;
        writer.write_string(algorithm);
        writer.write_string(bare);
        return writer.take();
    }

    /// The armour around a signature made by this key over signed_bytes().
    std::string armor(std::string_view name_space, base::BytesView made,
                      MessageHash hash = MessageHash::sha512) const {
        return to_armor(make_blob(blob_, name_space, hash, made));
    }

    /// A good armoured signature, touched and with its user verified where the key is FIDO's.
    std::string sign(std::string_view name_space, std::string_view message,
                     MessageHash hash = MessageHash::sha512) const {
        base::Bytes to_be_signed = signed_bytes(name_space, hash, message);
        return armor(name_space,
                     application_.empty() ? software_signature(to_be_signed)
                                          : token_signature(to_be_signed, {.flags = 0x05}),
                     hash);
    }

    /// A good armoured signature by a passkey on a page of `origin`.
    std::string sign_in_browser(std::string_view name_space, std::string_view message,
                                std::string_view origin) const {
        base::Bytes to_be_signed = signed_bytes(name_space, MessageHash::sha512, message);
        std::string data = client_data(to_be_signed, origin, R"(,"crossOrigin":false})");
        return armor(name_space, passkey_signature(data, origin, {.flags = 0x05}));
    }

    /// The clientDataJSON of a browser, with what follows the origin.
    static std::string client_data(base::BytesView to_be_signed, std::string_view origin,
                                   std::string_view rest) {
        return fmt::format(R"({{"type":"webauthn.get","challenge":"{}","origin":"{}"{})",
                           base::to_base64url(to_be_signed), origin, rest);
    }

  private:
    static SoftKey edwards(std::string_view type, std::string_view application) {
        SoftKey key;
        std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> point{};
        crypto_sign_keypair(point.data(), key.secret_.data());
        WireWriter writer;
        writer.write_string(type);
        writer.write_string(base::BytesView(point));
        return finished(std::move(key), type, application, std::move(writer));
    }

    static SoftKey nist(std::string_view type, std::string_view application) {
        SoftKey key;
        key.evp_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
        std::array<std::uint8_t, 65> point{};
        std::size_t size = 0;
        require(key.evp_ != nullptr &&
                EVP_PKEY_get_octet_string_param(key.evp_.get(), "pub", point.data(), point.size(),
                                                &size) == 1);
        WireWriter writer;
        writer.write_string(type);
        writer.write_string(std::string_view("nistp256"));
        writer.write_string(base::BytesView(point));
        return finished(std::move(key), type, application, std::move(writer));
    }

    static SoftKey finished(SoftKey key, std::string_view type, std::string_view application,
                            WireWriter writer) {
        key.type_ = type;
        key.application_ = application;
        if (!application.empty()) {
            writer.write_string(application);
        }
        key.blob_ = writer.take();
        return key;
    }

    base::Bytes number(const char* name) const {
        BIGNUM* value = nullptr;
        require(EVP_PKEY_get_bn_param(evp_.get(), name, &value) == 1);
        base::Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, bytes.data());
        BN_free(value);
        return bytes;
    }

    static base::Bytes without_der(base::BytesView der) {
        const std::uint8_t* at = der.data();
        std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> parts(
            d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
        require(parts != nullptr);
        WireWriter writer;
        for (const BIGNUM* number :
             {ECDSA_SIG_get0_r(parts.get()), ECDSA_SIG_get0_s(parts.get())}) {
            base::Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
            BN_bn2bin(number, bytes.data());
            writer.write_mpint(bytes);
        }
        return writer.take();
    }

    base::Bytes token_message(base::BytesView given, const TokenReport& report) const {
        WireWriter writer;
        writer.write_raw(base::sha256(application_).bytes);
        writer.write_byte(report.flags);
        writer.write_u32(report.counter);
        writer.write_raw(report.extensions);
        writer.write_raw(base::sha256(given).bytes);
        return writer.take();
    }

    std::string type_;
    std::string application_;
    base::Bytes blob_;
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret_{};
    std::shared_ptr<EVP_PKEY> evp_;
};

}  // namespace cheget::signature::test_keys
