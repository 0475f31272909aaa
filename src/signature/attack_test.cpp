// What an attacker would try on the signatures: each check, and what falls when it is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signature/test_keys.h"

namespace cheget::signature {
namespace {

using test_keys::SoftKey;
using test_keys::TokenReport;
using testing::HasSubstr;

constexpr std::string_view k_space = "cheget-vote@acme/prod";
constexpr std::string_view k_text = "cheget vote v1\n";
constexpr std::string_view k_origin = "https://cheget.acme.example";

base::Bytes to_be_signed() {
    return signed_bytes(k_space, MessageHash::sha512, k_text);
}

base::Result<void> check(std::string_view armor, const SoftKey& key,
                         const Requirements& requirements = {}) {
    Sshsig signature = TRY(parse_armored(armor));
    return verify(signature, key.public_key(), k_space, k_text, requirements);
}

void expect_refused(const base::Result<void>& result, const char* why) {
    ASSERT_FALSE(result) << "accepted, though: " << why;
    EXPECT_THAT(result.error().message, HasSubstr(why));
    EXPECT_EQ(result.error().kind, base::ErrorKind::bad_input);
}

// The container in pieces, so that each can be spoilt.
struct Container {
    std::string magic = "SSHSIG";
    std::uint32_t version = 1;
    std::string reserved{};
    std::string hash = "sha512";
    std::string left_over{};

    std::string armor(const SoftKey& key) const {
        WireWriter writer;
        writer.write_raw(base::as_bytes(magic));
        writer.write_u32(version);
        writer.write_string(base::BytesView(key.blob()));
        writer.write_string(k_space);
        writer.write_string(std::string_view(reserved));
        writer.write_string(std::string_view(hash));
        writer.write_string(base::BytesView(key.software_signature(to_be_signed())));
        writer.write_raw(base::as_bytes(left_over));
        return to_armor(writer.take());
    }
};

TEST(Attack, G8_untouched_token) {
    for (const SoftKey& key : {SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
        auto signed_with = [&](std::uint8_t flags) {
            return key.armor(k_space, key.token_signature(to_be_signed(), {.flags = flags}));
        };
        expect_refused(check(signed_with(0x00), key), "not touched");
        expect_refused(check(signed_with(0x04), key), "not touched");
        EXPECT_TRUE(check(signed_with(0x01), key));
        EXPECT_TRUE(check(signed_with(0x05), key));
    }
}

TEST(Attack, G1_token_without_pin) {
    const Requirements pin{.user_verification = true};
    for (const SoftKey& key : {SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
        auto signed_with = [&](std::uint8_t flags) {
            return key.armor(k_space, key.token_signature(to_be_signed(), {.flags = flags}));
        };
        expect_refused(check(signed_with(0x01), key, pin), "did not check its user");
        expect_refused(check(signed_with(0x04), key, pin), "not touched");
        EXPECT_TRUE(check(signed_with(0x05), key, pin));
    }
}

TEST(Attack, G1_software_key_marked_pin) {
    const Requirements pin{.user_verification = true};
    for (const SoftKey& key : {SoftKey::ed25519(), SoftKey::p256(), SoftKey::rsa(2048)}) {
        EXPECT_TRUE(check(key.sign(k_space, k_text), key));
        expect_refused(check(key.sign(k_space, k_text), key, pin), "a key in software");
    }
}

TEST(Attack, G1_token_flags_rewritten) {
    SoftKey key = SoftKey::sk_ed25519();
    base::Bytes made = key.token_signature(to_be_signed(), {.flags = 0x00});
    made[made.size() - 5] = 0x05;
    expect_refused(check(key.armor(k_space, made), key), "does not verify");
    made = key.token_signature(to_be_signed(), {.counter = 7});
    made[made.size() - 1] = 8;
    expect_refused(check(key.armor(k_space, made), key), "does not verify");
}

TEST(Attack, G1_token_of_another_application) {
    SoftKey key = SoftKey::sk_p256("ssh:");
    base::Bytes made = key.token_signature(to_be_signed());
    EXPECT_TRUE(check(key.armor(k_space, made), key));
    // The same point under another application: the token would not have signed for it.
    WireWriter writer;
    writer.write_raw(base::BytesView(key.blob()).first(key.blob().size() - 8));
    writer.write_string(std::string_view("ssh:elsewhere"));
    PublicKey other = PublicKey::from_blob(writer.take()).value();
    base::Bytes blob = make_blob(other.blob(), k_space, MessageHash::sha512, made);
    expect_refused(verify(parse_blob(blob).value(), other, k_space, k_text, {}), "does not verify");
}

// A passkey's signature with any client data, origin and flags.
std::string passkey(const SoftKey& key, std::string_view client_data, std::string_view origin,
                    const TokenReport& report = {}) {
    return key.armor(k_space, key.passkey_signature(client_data, origin, report));
}

TEST(Attack, G8_passkey_of_another_origin) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    const Requirements web{.web_origin = k_origin};
    EXPECT_TRUE(check(key.sign_in_browser(k_space, k_text, k_origin), key, web));
    constexpr std::string_view phishing = "https://cheget.acme.example.evil.example";
    expect_refused(check(key.sign_in_browser(k_space, k_text, phishing), key, web),
                   "made on the web page of");
    std::string theirs = SoftKey::client_data(to_be_signed(), phishing, "}");
    expect_refused(check(passkey(key, theirs, k_origin), key, web), "another challenge or origin");
}

TEST(Attack, G8_origin_that_closes_its_quote) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    constexpr std::string_view crafted = R"(https://a.example","x":"y)";
    expect_refused(
        check(key.sign_in_browser(k_space, k_text, crafted), key, {.web_origin = crafted}),
        "made on the web page of");
}

TEST(Attack, G8_passkey_where_the_policy_has_no_web) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    expect_refused(check(key.sign_in_browser(k_space, k_text, k_origin), key),
                   "does not mark the key 'web'");
}

TEST(Attack, G8_web_key_used_elsewhere) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    expect_refused(check(key.sign(k_space, k_text), key, {.web_origin = k_origin}),
                   "not made in a browser");
    SoftKey software = SoftKey::ed25519();
    expect_refused(check(software.sign(k_space, k_text), software, {.web_origin = k_origin}),
                   "not made in a browser");
}

TEST(Attack, G2_passkey_challenge_of_another_text) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    const Requirements web{.web_origin = k_origin};
    base::Bytes other = signed_bytes(k_space, MessageHash::sha512, "cheget vote v2\n");
    expect_refused(
        check(passkey(key, SoftKey::client_data(other, k_origin, "}"), k_origin), key, web),
        "another challenge or origin");
}

TEST(Attack, G8_passkey_in_a_foreign_frame) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    const Requirements web{.web_origin = k_origin};
    auto with_rest = [&](std::string_view rest) {
        return check(passkey(key, SoftKey::client_data(to_be_signed(), k_origin, rest), k_origin),
                     key, web);
    };
    EXPECT_TRUE(with_rest("}"));
    EXPECT_TRUE(with_rest(R"(,"crossOrigin":false,"other_keys_can_be_added_here":"x"})"));
    expect_refused(with_rest(R"(,"crossOrigin":true})"), "framed inside another");
    expect_refused(with_rest(R"(,"crossOrigin":true,"topOrigin":"https://evil.example"})"),
                   "framed inside another");
    expect_refused(with_rest(""), "not complete");
    expect_refused(with_rest(R"(.evil.example"})"), "not complete");
    expect_refused(with_rest(","), "not complete");
}

TEST(Attack, G1_passkey_touch_pin_and_contradicting_flags) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    std::string data = SoftKey::client_data(to_be_signed(), k_origin, "}");
    auto with = [&](const TokenReport& report, bool pin = false) {
        return check(passkey(key, data, k_origin, report), key,
                     {.user_verification = pin, .web_origin = k_origin});
    };
    EXPECT_TRUE(with({.flags = 0x01}));
    EXPECT_TRUE(with({.flags = 0x81, .extensions = {0xa0}}));
    EXPECT_TRUE(with({.flags = 0x05}, true));
    expect_refused(with({.flags = 0x00}), "not touched");
    expect_refused(with({.flags = 0x01}, true), "did not check its user");
    expect_refused(with({.flags = 0x41}), "contradict");
    expect_refused(with({.flags = 0x81}), "contradict");
    expect_refused(with({.flags = 0x01, .extensions = {0xa0}}), "contradict");
}

TEST(Attack, G8_passkey_creation_instead_of_use) {
    SoftKey key = SoftKey::sk_p256("acme.example");
    std::string data = SoftKey::client_data(to_be_signed(), k_origin, "}");
    data.replace(data.find("webauthn.get"), 12, "webauthn.create");
    expect_refused(check(passkey(key, data, k_origin), key, {.web_origin = k_origin}),
                   "another challenge or origin");
}

TEST(Attack, G1_signature_for_another_purpose) {
    SoftKey key = SoftKey::ed25519();
    expect_refused(check(key.sign("cheget-vote@acme/test", k_text), key), "it was made for");
    expect_refused(check(key.sign("file", k_text), key), "it was made for");
}

TEST(Attack, G1_namespace_rewritten) {
    SoftKey key = SoftKey::ed25519();
    base::Bytes elsewhere = signed_bytes("file", MessageHash::sha512, k_text);
    expect_refused(check(key.armor(k_space, key.software_signature(elsewhere)), key),
                   "does not verify");
}

TEST(Attack, G1_key_in_the_signature_is_not_the_expected_one) {
    SoftKey expected = SoftKey::ed25519();
    SoftKey attacker = SoftKey::ed25519();
    expect_refused(check(attacker.sign(k_space, k_text), expected), "another key");
    // The attacker's key named in the container, the expected one's own signature inside.
    base::Bytes honest = expected.software_signature(to_be_signed());
    expect_refused(check(attacker.armor(k_space, honest), expected), "another key");
}

TEST(Attack, G10_reserved_field_filled) {
    SoftKey key = SoftKey::ed25519();
    EXPECT_TRUE(check(Container{}.armor(key), key));
    expect_refused(check(Container{.reserved = "x"}.armor(key), key), "reserved field");
}

TEST(Attack, G10_version_or_magic_unknown) {
    SoftKey key = SoftKey::ed25519();
    expect_refused(check(Container{.version = 0}.armor(key), key), "version 0");
    expect_refused(check(Container{.version = 2}.armor(key), key), "version 2");
    expect_refused(check(Container{.magic = "SSHSIH"}.armor(key), key), "begin with SSHSIG");
}

TEST(Attack, G10_bytes_left_over) {
    SoftKey key = SoftKey::ed25519();
    expect_refused(check(Container{.left_over = "x"}.armor(key), key), "left over");
    for (const SoftKey& any : {SoftKey::ed25519(), SoftKey::p256(), SoftKey::rsa(2048)}) {
        base::Bytes longer = any.software_signature(to_be_signed());
        EXPECT_TRUE(check(any.armor(k_space, longer), any));
        longer.push_back(0);
        expect_refused(check(any.armor(k_space, longer), any), "left over");
    }
    for (const SoftKey& any : {SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
        base::Bytes longer = any.token_signature(to_be_signed());
        longer.push_back(0);
        expect_refused(check(any.armor(k_space, longer), any), "left over");
    }
    SoftKey passkey_key = SoftKey::sk_p256("acme.example");
    std::string data = SoftKey::client_data(to_be_signed(), k_origin, "}");
    base::Bytes longer = passkey_key.passkey_signature(data, k_origin);
    longer.push_back(0);
    expect_refused(check(passkey_key.armor(k_space, longer), passkey_key, {.web_origin = k_origin}),
                   "left over");
}

TEST(Attack, G10_bytes_left_over_among_ecdsa_numbers) {
    SoftKey key = SoftKey::p256();
    base::Bytes numbers = key.bare(to_be_signed());
    auto wrapped = [&] {
        return key.armor(k_space, SoftKey::signature_of("ecdsa-sha2-nistp256", numbers));
    };
    EXPECT_TRUE(check(wrapped(), key));
    numbers.push_back(0);
    expect_refused(check(wrapped(), key), "left over");
}

TEST(Attack, G10_unknown_hash) {
    SoftKey key = SoftKey::ed25519();
    for (const char* name : {"sha1", "md5", "SHA512", "sha512 ", "", "none"}) {
        expect_refused(check(Container{.hash = name}.armor(key), key), "neither sha256 nor sha512");
    }
}

TEST(Attack, G1_rsa_below_2048_bits) {
    SoftKey small = SoftKey::rsa(1024);
    auto key = PublicKey::from_blob(small.blob());
    ASSERT_FALSE(key);
    EXPECT_THAT(key.error().message, HasSubstr("2048 to 16384 bits, this one has 1024"));
    EXPECT_FALSE(PublicKey::from_blob(SoftKey::rsa(2040).blob()));
    EXPECT_TRUE(PublicKey::from_blob(SoftKey::rsa(2048).blob()));
}

TEST(Attack, G1_rsa_with_sha1) {
    SoftKey key = SoftKey::rsa(2048);
    base::Bytes weak = SoftKey::signature_of("ssh-rsa", key.bare(to_be_signed(), "SHA1"));
    expect_refused(check(key.armor(k_space, weak), key), "'ssh-rsa' is not accepted");
    base::Bytes mislabelled =
        SoftKey::signature_of("rsa-sha2-512", key.bare(to_be_signed(), "SHA1"));
    expect_refused(check(key.armor(k_space, mislabelled), key), "does not verify");
    base::Bytes swapped = SoftKey::signature_of("rsa-sha2-512", key.bare(to_be_signed(), "SHA256"));
    expect_refused(check(key.armor(k_space, swapped), key), "does not verify");
    base::Bytes shorter_hash =
        SoftKey::signature_of("rsa-sha2-256", key.bare(to_be_signed(), "SHA256"));
    EXPECT_TRUE(check(key.armor(k_space, shorter_hash), key));
}

TEST(Attack, G1_algorithm_of_another_key_type) {
    SoftKey key = SoftKey::ed25519();
    for (const char* name : {"ssh-rsa", "rsa-sha2-512", "ecdsa-sha2-nistp256", "none", "",
                             "sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com",
                             "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"}) {
        base::Bytes made = SoftKey::signature_of(name, key.bare(to_be_signed()));
        expect_refused(check(key.armor(k_space, made), key), "is not accepted for ssh-ed25519");
    }
}

// One signature in another spelling would be a second file with the same meaning.
TEST(Attack, G4_armor_has_one_spelling) {
    SoftKey key = SoftKey::ed25519();
    const std::string good = key.sign(k_space, k_text);
    ASSERT_TRUE(check(good, key));
    auto changed = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    std::size_t first_break = good.find('\n', 30);
    std::string moved_break = good;
    moved_break.erase(first_break, 1).insert(first_break - 1, "\n");
    std::string narrower = "-----BEGIN SSH SIGNATURE-----\n";
    const std::string body = base::to_base64(parse_armored(good)->blob);
    for (std::size_t i = 0; i < body.size(); i += 64) {
        narrower += body.substr(i, 64) + "\n";
    }
    narrower += "-----END SSH SIGNATURE-----\n";
    std::string padded_line = good;
    padded_line.insert(first_break, "\n");
    for (const std::string& bad :
         {good + "\n", " " + good, "\n" + good, good.substr(0, good.size() - 1), good + good,
          changed("BEGIN SSH", "BEGIN  SSH"), changed("\n", "\r\n"),
          changed("\n-----END", "-----END"), changed("\n-----END", "\n\n-----END"),
          changed("\n-----END", " \n-----END"), moved_break, narrower, padded_line, std::string(),
          std::string("-----BEGIN SSH SIGNATURE-----\n"),
          std::string("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n")}) {
        EXPECT_FALSE(check(bad, key)) << bad;
    }
}

TEST(Attack, G4_base64_has_one_spelling) {
    SoftKey key = SoftKey::ed25519();
    // The container with a namespace of each length: one of three has spare bits in its base64.
    int with_spare_bits = 0;
    for (std::string space = "a"; space.size() < 4; space += "a") {
        std::string good = key.sign(space, k_text);
        ASSERT_TRUE(parse_armored(good));
        std::size_t padding = good.find('=');
        if (padding == std::string::npos) {
            continue;
        }
        ++with_spare_bits;
        std::string other_bits = good;
        ++other_bits[padding - 1];  // the last letter's low bits are not used
        EXPECT_FALSE(parse_armored(other_bits));
        std::string unpadded = good;
        unpadded.erase(padding, unpadded.find('\n', padding) - padding);
        EXPECT_FALSE(parse_armored(unpadded));
    }
    EXPECT_EQ(with_spare_bits, 2);
}

TEST(Attack, G10_over_long_armor) {
    std::string body((k_longest_armor / 71) * 71, 'A');
    for (std::size_t i = 70; i < body.size(); i += 71) {
        body[i] = '\n';
    }
    auto refused =
        parse_armored("-----BEGIN SSH SIGNATURE-----\n" + body + "-----END SSH SIGNATURE-----\n");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("more than the 8192 allowed"));
    EXPECT_FALSE(parse_blob(base::Bytes(k_longest_armor + 1)));
}

TEST(Attack, G1_ecdsa_numbers_out_of_range) {
    SoftKey key = SoftKey::p256();
    PublicKey shown = key.public_key();
    base::Bytes zero;
    base::Bytes one{1};
    base::Bytes longer(33, 1);
    base::Bytes padded{0, 1};
    for (const auto& [r, s] : {std::pair{zero, one},
                               {one, zero},
                               {longer, one},
                               {one, longer},
                               {padded, one},
                               {one, padded},
                               {one, one}}) {
        EXPECT_FALSE(verify_ecdsa_p256(shown, to_be_signed(), r, s));
    }
    EXPECT_FALSE(verify_ecdsa_p256(SoftKey::rsa(2048).public_key(), to_be_signed(), one, one));
    EXPECT_FALSE(verify_rsa(shown, MessageHash::sha512, to_be_signed(), base::Bytes(256)));
}

// Half of all honest ECDSA signers make a high s: it is as good, and votes are counted by text.
TEST(Signature, EcdsaWithTheOtherSIsAccepted) {
    const auto order =
        base::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 32)
            .value();
    SoftKey key = SoftKey::p256();
    base::Bytes numbers = key.bare(to_be_signed());
    WireReader reader(numbers);
    base::BytesView r = reader.read_positive_mpint().value();
    base::BytesView s = reader.read_positive_mpint().value();
    base::Bytes other(32);
    int borrow = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        int digit = i < s.size() ? s[s.size() - 1 - i] : 0;
        int difference = order[31 - i] - digit - borrow;
        borrow = difference < 0 ? 1 : 0;
        other[31 - i] = static_cast<std::uint8_t>(difference + 256 * borrow);
    }
    WireWriter writer;
    writer.write_mpint(r);
    writer.write_mpint(other);
    EXPECT_TRUE(check(
        key.armor(k_space, SoftKey::signature_of("ecdsa-sha2-nistp256", writer.take())), key));
}

TEST(Signature, BothHashesOfTheTextAreAccepted) {
    for (const SoftKey& key : {SoftKey::ed25519(), SoftKey::p256(), SoftKey::rsa(3072),
                               SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
        for (MessageHash hash : {MessageHash::sha256, MessageHash::sha512}) {
            auto good = check(key.sign(k_space, k_text, hash), key);
            EXPECT_TRUE(good) << good.error().message;
        }
    }
}

}  // namespace
}  // namespace cheget::signature
