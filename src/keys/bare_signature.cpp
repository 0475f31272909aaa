// Bare ECDSA P-256 signatures, for who verifies no SSHSIG: a TPM.
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>

#include "base/text.h"
#include "keys/key_file.h"
#include "keys/signer.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

using base::Bytes;
using base::BytesView;
using base::Result;

constexpr std::size_t k_number_size = 32;
constexpr std::uint8_t k_request_signature = 13;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* list) const { OSSL_PARAM_free(list); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Free>;

std::unexpected<base::Error> unable() {
    return base::bad_input("OpenSSL can't use it as a P-256 key");
}

BytesView without_leading_zeros(BytesView number) {
    const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
    return number.subspan(static_cast<std::size_t>(first - number.begin()));
}

/// The last look: a signature that the key does not verify is nobody's.
Result<Bytes> checked(Bytes numbers, const signature::PublicKey& key, BytesView message) {
    if (!signature::verify_ecdsa_p256(
            key, message, without_leading_zeros(BytesView(numbers).first(k_number_size)),
            without_leading_zeros(BytesView(numbers).subspan(k_number_size)))) {
        return base::bad_input("what was signed does not verify by the key that was to sign");
    }
    return numbers;
}

/// The public point as OpenSSL holds it, as an SSH key.
Result<signature::PublicKey> public_key_of(EVP_PKEY* key) {
    std::array<std::uint8_t, 65> point{};
    std::array<char, 32> group{};
    std::size_t size = 0;
    std::size_t group_size = 0;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                       &group_size) != 1 ||
        std::string_view(group.data(), group_size) != "prime256v1" ||
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                        &size) != 1 ||
        size != point.size()) {
        return unable();
    }
    signature::WireWriter blob;
    blob.write_string(signature::type_name(signature::KeyType::ecdsa_p256));
    blob.write_string(std::string_view("nistp256"));
    blob.write_string(BytesView(point));
    return signature::PublicKey::from_blob(blob.take());
}

Result<Bytes> sign(EVP_PKEY* key, BytesView message) {
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::array<std::uint8_t, 80> der{};
    std::size_t size = der.size();
    if (context == nullptr ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) != 1) {
        return unable();
    }
    const std::uint8_t* at = der.data();
    const Owned<ECDSA_SIG> parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    Bytes numbers(2 * k_number_size);
    if (parsed == nullptr ||
        BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), numbers.data(), k_number_size) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), numbers.data() + k_number_size,
                     k_number_size) < 0) {
        return unable();
    }
    return numbers;
}

/// The key of an OpenSSH file in OpenSSL's form.
Result<Owned<EVP_PKEY>> from_openssh(std::string_view pem) {
    const P256Secret secret = TRY(parse_p256_private_key(pem));
    const Owned<BIGNUM> number(BN_secure_new());
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    const BytesView point = secret.key.blob().last(65);
    if (number == nullptr || builder == nullptr ||
        BN_bin2bn(secret.number.view().data(), k_number_size, number.get()) == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) != 1) {
        return unable();
    }
    const Owned<OSSL_PARAM> list(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (list == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, list.get()) != 1) {
        return unable();
    }
    return Owned<EVP_PKEY>(made);
}

/// The key of a PEM file (RFC 5915, RFC 5958), which must not be encrypted.
Result<Owned<EVP_PKEY>> from_pem(std::string_view pem) {
    const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const auto no_passphrase = [](char*, int, int, void*) { return -1; };
    Owned<EVP_PKEY> key(bio == nullptr
                            ? nullptr
                            : PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (key == nullptr) {
        return base::bad_input(
            "it is no private key in PEM, or an encrypted one: hand that to an agent (ssh-add)");
    }
    return key;
}

bool agent_holds(Agent& agent, const signature::PublicKey& key) {
    const auto held = agent.identities();
    return held && std::ranges::any_of(
                       *held, [&](const AgentIdentity& identity) { return identity.key == key; });
}

Result<Bytes> sign_with_file(std::string_view text, const signature::PublicKey& key,
                             BytesView message) {
    if (!text.starts_with("-----BEGIN ")) {
        return base::fail(base::ErrorKind::unreachable,
                          "it is a public key, and no agent holds its private half: ssh-add that, "
                          "or name its file");
    }
    const Owned<EVP_PKEY> secret =
        TRY(text.starts_with("-----BEGIN OPENSSH ") ? from_openssh(text) : from_pem(text));
    const signature::PublicKey own = TRY(public_key_of(secret.get()));
    if (!(own == key)) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("it is the key {}, and {} is to sign", own.fingerprint(),
                                      key.fingerprint()));
    }
    Bytes numbers = TRY(sign(secret.get(), message));
    return checked(std::move(numbers), key, message);
}

}  // namespace

Result<Bytes> Agent::sign_bare(const signature::PublicKey& key, BytesView message) {
    if (key.type() != signature::KeyType::ecdsa_p256) {
        return base::fail(base::ErrorKind::usage, "only a P-256 key signs such bytes");
    }
    signature::WireWriter request;
    request.write_byte(k_request_signature);
    request.write_string(key.blob());
    request.write_string(message);
    request.write_u32(0);
    const Bytes asked = request.take();
    const Bytes answer = TRY(ask(asked));
    const Bytes bare = TRY(parse_sign_answer(answer));
    signature::WireReader reader(bare);
    const std::string_view type = TRY(reader.read_text());
    const BytesView both = TRY(reader.read_string());
    signature::WireReader inner(both);
    Bytes numbers(2 * k_number_size);
    for (std::size_t half = 0; half < 2; ++half) {
        const BytesView number = TRY(inner.read_positive_mpint());
        if (number.size() > k_number_size) {
            return base::bad_input("the agent's answer is malformed: a number is too long");
        }
        std::ranges::copy(
            number, numbers.begin() +
                        static_cast<std::ptrdiff_t>(k_number_size * (half + 1) - number.size()));
    }
    if (type != signature::type_name(key.type()) || !reader.at_end() || !inner.at_end()) {
        return base::bad_input("the agent's answer is malformed: it is no P-256 signature");
    }
    return checked(std::move(numbers), key, message);
}

Result<Bytes> sign_bare_with(const std::string& path, const signature::PublicKey& key,
                             BytesView message) {
    TRY(start_sodium());
    if (auto agent = Agent::connect({}); agent && agent_holds(*agent, key)) {
        return agent->sign_bare(key, message);
    }
    const OpenFile file = TRY(open_key_file(path));
    LockedBytes text = TRY(LockedBytes::make(static_cast<std::size_t>(file.status.st_size)));
    TRY(read_whole(file, path, text.span()));
    auto made = sign_with_file(base::as_text(text.view()), key, message);
    if (!made) {
        return std::unexpected(
            base::within("key file " + base::shown(path), std::move(made).error()));
    }
    return made;
}

}  // namespace cheget::keys
