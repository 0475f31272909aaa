// Signs as ssh-keygen, an agent or a browser would.
#include "support/signing.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cstdlib>
#include <utility>

#include "base/digest.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::test_support {

namespace {

using signature::MessageHash;
using signature::WireReader;
using signature::WireWriter;

constexpr std::string_view k_p256 = "ecdsa-sha2-nistp256";
constexpr std::string_view k_sk_p256 = "sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view k_webauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

/// A failure here is the test's own fault.
void require(bool ok) {
    if (!ok) {
        std::abort();
    }
}

std::shared_ptr<evp_pkey_st> new_p256_pair() {
    EVP_PKEY* pair = EVP_EC_gen("P-256");
    require(pair != nullptr);
    return {pair, EVP_PKEY_free};
}

base::Bytes point_of(evp_pkey_st* pair) {
    base::Bytes point(65);
    std::size_t size = 0;
    require(EVP_PKEY_get_octet_string_param(pair, "encoded-pub-key", point.data(), point.size(),
                                            &size) == 1 &&
            size == point.size());
    return point;
}

struct Numbers {
    base::Bytes r;
    base::Bytes s;
};

base::Bytes bytes_of(const BIGNUM* number) {
    base::Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    return bytes;
}

Numbers sign_p256(evp_pkey_st* pair, base::BytesView message) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::size_t size = 80;
    base::Bytes der(size);
    require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pair) == 1 &&
            EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1);
    const unsigned char* start = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)), ECDSA_SIG_free);
    require(both != nullptr);
    return {bytes_of(ECDSA_SIG_get0_r(both.get())), bytes_of(ECDSA_SIG_get0_s(both.get()))};
}

base::Bytes wire_numbers(const Numbers& numbers) {
    WireWriter writer;
    writer.write_mpint(numbers.r);
    writer.write_mpint(numbers.s);
    return writer.take();
}

base::Bytes order_minus(base::BytesView s) {
    const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group(
        EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), EC_GROUP_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        BN_bin2bn(s.data(), static_cast<int>(s.size()), nullptr), BN_free);
    require(BN_sub(number.get(), EC_GROUP_get0_order(group.get()), number.get()) == 1);
    return bytes_of(number.get());
}

std::shared_ptr<const signature::PublicKey> read_key(base::Bytes blob) {
    auto key = signature::PublicKey::from_blob(blob);
    require(key.has_value());
    return std::make_shared<const signature::PublicKey>(std::move(*key));
}

}  // namespace

TestKey TestKey::ed25519(std::string_view seed) {
    TestKey key;
    const base::Digest digest = base::sha256(seed);
    std::array<std::uint8_t, 32> point{};
    crypto_sign_seed_keypair(point.data(), key.secret_.data(), digest.bytes.data());
    WireWriter writer;
    writer.write_string("ssh-ed25519");
    writer.write_string(base::BytesView(point));
    key.public_key_ = read_key(writer.take());
    return key;
}

TestKey TestKey::p256() {
    TestKey key;
    key.pair_ = new_p256_pair();
    WireWriter writer;
    writer.write_string(k_p256);
    writer.write_string("nistp256");
    writer.write_string(base::BytesView(point_of(key.pair_.get())));
    key.public_key_ = read_key(writer.take());
    return key;
}

TestKey TestKey::passkey(std::string application) {
    TestKey key;
    key.pair_ = new_p256_pair();
    WireWriter writer;
    writer.write_string(k_sk_p256);
    writer.write_string("nistp256");
    writer.write_string(base::BytesView(point_of(key.pair_.get())));
    writer.write_string(application);
    key.public_key_ = read_key(writer.take());
    return key;
}

std::string TestKey::sign(std::string_view name_space, std::string_view message) const {
    const base::Bytes to_sign = signature::signed_bytes(name_space, MessageHash::sha512, message);
    WireWriter writer;
    if (pair_) {
        writer.write_string(k_p256);
        writer.write_string(base::BytesView(wire_numbers(sign_p256(pair_.get(), to_sign))));
    } else {
        std::array<std::uint8_t, 64> bare{};
        crypto_sign_detached(bare.data(), nullptr, to_sign.data(), to_sign.size(), secret_.data());
        writer.write_string("ssh-ed25519");
        writer.write_string(base::BytesView(bare));
    }
    return signature::to_armor(
        signature::make_blob(public_key_->blob(), name_space, MessageHash::sha512, writer.take()));
}

std::string TestKey::malleate(std::string_view armor) const {
    const auto parsed = signature::parse_armored(armor);
    require(parsed.has_value());
    WireReader outer(parsed->signature);
    require(outer.read_text() == k_p256);
    const auto both = outer.read_string();
    WireReader inner(*both);
    const auto r = inner.read_positive_mpint();
    const auto s = inner.read_positive_mpint();
    require(r && s);
    WireWriter writer;
    writer.write_string(k_p256);
    writer.write_string(
        base::BytesView(wire_numbers({base::Bytes(r->begin(), r->end()), order_minus(*s)})));
    return signature::to_armor(
        signature::make_blob(parsed->public_key, parsed->name_space, parsed->hash, writer.take()));
}

std::string TestKey::sign_on_page(std::string_view origin, std::string_view name_space,
                                  std::string_view message) const {
    const base::Bytes to_sign = signature::signed_bytes(name_space, MessageHash::sha512, message);
    const std::string client_data = fmt::format(
        R"({{"type":"webauthn.get","challenge":"{}","origin":"{}","crossOrigin":false}})",
        base::to_base64url(to_sign), origin);
    const std::array<std::uint8_t, 5> flags_and_counter{0x05, 0, 0, 0, 1};
    WireWriter signed_by_token;
    signed_by_token.write_raw(base::sha256(public_key_->application()).bytes);
    signed_by_token.write_raw(flags_and_counter);
    signed_by_token.write_raw(base::sha256(client_data).bytes);
    WireWriter writer;
    writer.write_string(k_webauthn);
    writer.write_string(
        base::BytesView(wire_numbers(sign_p256(pair_.get(), signed_by_token.take()))));
    writer.write_raw(flags_and_counter);
    writer.write_string(origin);
    writer.write_string(client_data);
    writer.write_string("");
    return signature::to_armor(
        signature::make_blob(public_key_->blob(), name_space, MessageHash::sha512, writer.take()));
}

std::string sign_text(const TestKey& key, statement::Kind kind, std::string_view domain,
                      std::string_view text) {
    return std::string(text) + key.sign(statement::signature_namespace(kind, domain), text);
}

}  // namespace cheget::test_support
