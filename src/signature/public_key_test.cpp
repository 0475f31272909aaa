// Public keys: what is read, what is refused, and what they are called.
#include "signature/public_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "signature/test_keys.h"

namespace cheget::signature {
namespace {

using test_keys::SoftKey;
using testing::HasSubstr;

std::string refusal(base::BytesView blob) {
    auto key = PublicKey::from_blob(blob);
    return key ? "accepted" : key.error().message;
}

base::Bytes edwards_blob(base::BytesView point) {
    WireWriter writer;
    writer.write_string(std::string_view("ssh-ed25519"));
    writer.write_string(point);
    return writer.take();
}

base::Bytes nist_blob(base::BytesView point, std::string_view curve = "nistp256") {
    WireWriter writer;
    writer.write_string(std::string_view("ecdsa-sha2-nistp256"));
    writer.write_string(curve);
    writer.write_string(point);
    return writer.take();
}

base::Bytes rsa_blob(base::BytesView exponent, base::BytesView modulus) {
    WireWriter writer;
    writer.write_string(std::string_view("ssh-rsa"));
    writer.write_mpint(exponent);
    writer.write_mpint(modulus);
    return writer.take();
}

TEST(PublicKey, EveryKindComesBackFromItsText) {
    for (const SoftKey& soft : {SoftKey::ed25519(), SoftKey::p256(), SoftKey::rsa(2048),
                                SoftKey::sk_ed25519(), SoftKey::sk_p256("acme.example")}) {
        PublicKey key = soft.public_key();
        std::string text = key.to_text();
        EXPECT_EQ(PublicKey::from_text(text).value(), key);
        EXPECT_EQ(PublicKey::from_text(text).value().to_text(), text);
        EXPECT_TRUE(key.check_subgroup());
        EXPECT_EQ(key.is_hardware(), text.starts_with("sk-"));
    }
    EXPECT_EQ(SoftKey::sk_p256("acme.example").public_key().application(), "acme.example");
    EXPECT_FALSE(SoftKey::ed25519().public_key() == SoftKey::ed25519().public_key());
}

TEST(PublicKey, FingerprintIsThatOfOpenssh) {
    // The answer of ssh-keygen -l on this key.
    auto key = PublicKey::from_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlizSIN3DQV78VPNjVvvwjgf+"
        "P5HqbPYCYu3BOMdjAE");
    EXPECT_EQ(key.value().fingerprint(), "SHA256:ZxTZQ/K7JZpz0mHqWqdmYCUcq3MAtnu9TYA66TCBkxM");
}

TEST(PublicKey, TextHasOneSpelling) {
    std::string good = SoftKey::ed25519().public_key().to_text();
    ASSERT_TRUE(PublicKey::from_text(good));
    std::string base64 = good.substr(good.find(' ') + 1);
    for (const std::string& bad :
         {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 "), good + " comment",
          good + "\n", " " + good, "ssh-ed25519  " + base64, "ssh-ed25519\t" + base64,
          "ecdsa-sha2-nistp256 " + base64, "ssh-dss " + base64, base64, good + "=",
          good.substr(0, good.size() - 1)}) {
        EXPECT_FALSE(PublicKey::from_text(bad)) << bad;
    }
    EXPECT_THAT(PublicKey::from_text("ssh-rsa " + base64).error().message,
                HasSubstr("says ssh-rsa but is ssh-ed25519"));
}

TEST(Attack, G1_point_of_small_order_as_key) {
    // Points of order 1, 2, 4 and 8, and the two encodings of p and p + 1 that mean 0 and 1.
    const std::array<std::string_view, 8> points{
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    for (std::string_view hex : points) {
        base::Bytes point = base::from_hex(hex, 32).value();
        EXPECT_THAT(refusal(edwards_blob(point)), HasSubstr("small order")) << hex;
        EXPECT_EQ(crypto_core_ed25519_is_valid_point(point.data()), 0) << hex;
    }
}

TEST(Attack, G4_second_encoding_of_a_key) {
    for (unsigned low = 0xed; low <= 0xff; ++low) {
        for (std::uint8_t top : base::Bytes{0x7f, 0xff}) {
            base::Bytes point(32, 0xff);
            point[0] = static_cast<std::uint8_t>(low);
            point[31] = top;
            EXPECT_THAT(refusal(edwards_blob(point)), HasSubstr("one encoding"));
        }
    }
    base::Bytes below(32, 0xff);
    below[0] = 0xeb;  // p - 2, the largest y that is not of small order
    below[31] = 0x7f;
    EXPECT_THAT(refusal(edwards_blob(below)), "accepted");
}

TEST(PublicKey, AMistypedEd25519PointIsFoundOut) {
    base::Bytes blob = SoftKey::ed25519().blob();
    int found = 0;
    for (std::size_t i = blob.size() - 32; i < blob.size(); ++i) {
        base::Bytes mistyped = blob;
        mistyped[i] ^= 1;
        auto key = PublicKey::from_blob(mistyped);
        ASSERT_TRUE(key);
        found += key->check_subgroup() ? 0 : 1;
    }
    EXPECT_GT(found, 16);  // one point in sixteen at most is in the subgroup by chance
}

TEST(PublicKey, LengthsOfPointsAreFixed) {
    EXPECT_THAT(refusal(edwards_blob(base::Bytes(31, 9))), HasSubstr("has 32 bytes, this one 31"));
    EXPECT_THAT(refusal(edwards_blob(base::Bytes(33, 9))), HasSubstr("has 32 bytes, this one 33"));
    EXPECT_THAT(refusal(nist_blob(base::Bytes{0})), HasSubstr("uncompressed"));
    EXPECT_THAT(refusal(nist_blob(base::Bytes(33, 2))), HasSubstr("uncompressed"));
    EXPECT_THAT(refusal(nist_blob(base::Bytes(65, 4), "nistp384")), HasSubstr("nistp256"));
}

TEST(Attack, G1_point_off_the_curve) {
    EXPECT_THAT(refusal(nist_blob(base::Bytes(65, 4))), HasSubstr("on its curve"));
    base::Bytes blob = SoftKey::p256().blob();
    EXPECT_THAT(refusal(blob), "accepted");
    blob.back() ^= 1;
    EXPECT_THAT(refusal(blob), HasSubstr("on its curve"));
}

TEST(PublicKey, RsaNumbersAreSound) {
    base::Bytes modulus(256, 0xff);
    const base::Bytes e{1, 0, 1};
    EXPECT_THAT(refusal(rsa_blob(e, modulus)), "accepted");
    EXPECT_THAT(refusal(rsa_blob(base::Bytes{3}, modulus)), "accepted");
    EXPECT_THAT(refusal(rsa_blob(base::Bytes(8, 0xff), modulus)), "accepted");
    for (const base::Bytes& bad :
         {base::Bytes{1}, base::Bytes{2}, base::Bytes{1, 0, 0}, base::Bytes(9, 0xff)}) {
        EXPECT_THAT(refusal(rsa_blob(bad, modulus)), HasSubstr("exponent must be odd"));
    }
    EXPECT_THAT(refusal(rsa_blob(base::Bytes{}, modulus)), HasSubstr("zero or negative"));
    modulus.back() = 0xfe;
    EXPECT_THAT(refusal(rsa_blob(e, modulus)), HasSubstr("even"));
    modulus.back() = 0xff;
    modulus.front() = 0x7f;
    EXPECT_THAT(refusal(rsa_blob(e, modulus)), HasSubstr("this one has 2047"));
    EXPECT_THAT(refusal(rsa_blob(e, base::Bytes(2048, 0xff))), "accepted");
    EXPECT_THAT(refusal(rsa_blob(e, base::Bytes(2049, 0xff))), HasSubstr("this one has 16392"));
    EXPECT_THAT(refusal(rsa_blob(e, base::Bytes(5000, 0xff))), HasSubstr("too long"));
}

TEST(PublicKey, ApplicationsAreVisibleText) {
    for (std::string_view bad : {std::string_view("a b"), std::string_view("a\n"),
                                 std::string_view("\0", 1), std::string_view("\x80")}) {
        EXPECT_THAT(refusal(SoftKey::sk_ed25519(bad).blob()), HasSubstr("application"));
    }
    EXPECT_THAT(refusal(SoftKey::sk_p256(std::string(256, 'a')).blob()), HasSubstr("application"));
    EXPECT_THAT(refusal(SoftKey::sk_p256(std::string(255, 'a')).blob()), "accepted");
    base::Bytes without = SoftKey::sk_p256("a").blob();
    without.pop_back();
    without.back() = 0;
    EXPECT_THAT(refusal(without), HasSubstr("application"));
}

TEST(Attack, G4_bytes_left_over_after_a_key) {
    for (const SoftKey& soft : {SoftKey::ed25519(), SoftKey::p256(), SoftKey::rsa(2048),
                                SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
        base::Bytes longer = soft.blob();
        longer.push_back(0);
        EXPECT_THAT(refusal(longer), HasSubstr("left over"));
        longer.resize(soft.blob().size() - 1);
        EXPECT_FALSE(PublicKey::from_blob(longer));
    }
}

TEST(PublicKey, EveryPrefixIsRefusedAndAnyBytesAreSurvived) {
    EXPECT_TRUE(rc::check("any bytes", [](const base::Bytes& bytes) {
        auto key = PublicKey::from_blob(bytes);
        RC_ASSERT((!key || std::ranges::equal(key->blob(), bytes)));
    }));
    const base::Bytes blob = SoftKey::sk_p256().blob();
    for (std::size_t size = 0; size < blob.size(); ++size) {
        EXPECT_FALSE(PublicKey::from_blob(base::BytesView(blob).first(size))) << size;
    }
}

}  // namespace
}  // namespace cheget::signature
