// Marks, against RFC 4231's and OpenSSL's HMAC, and the files that carry their secrets.
#include "keys/mark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

namespace cheget::keys {
namespace {

using ::testing::HasSubstr;

const std::string k_file =
    "cheget mark v1\n"
    "domain: acme/prod sha256:0b510b510b510b510b510b510b510b510b510b510b510b510b510b510b510b51\n"
    "key: SHA256:t30UJQlVVnZan0eNQo8X3jpS+RO/NMgEpB8PiZH2h64\n"
    "secret: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

TEST(Mark, is_what_openssl_makes) {
    for (std::size_t size : {0U, 1U, 55U, 64U, 1000U}) {
        const std::string text(size, 'x');
        const base::Bytes secret(k_mark_secret_size, 0x5A);
        const auto mark = mark_of(secret, text);
        ASSERT_TRUE(mark);
        std::array<std::uint8_t, 32> expected{};
        HMAC(EVP_sha256(), secret.data(), 32, base::as_bytes(text).data(), text.size(),
             expected.data(), nullptr);
        EXPECT_EQ(*mark, expected);
    }
}

TEST(Mark, needs_a_whole_secret) {
    EXPECT_FALSE(mark_of(base::Bytes(31, 1), "text"));
    EXPECT_FALSE(mark_of({}, "text"));
}

TEST(MarkFile, is_written_as_it_is_read) {
    const auto mark = parse_mark_file(k_file);
    ASSERT_TRUE(mark) << mark.error().message;
    EXPECT_EQ(mark->domain, "acme/prod");
    EXPECT_EQ(mark->key, "SHA256:t30UJQlVVnZan0eNQo8X3jpS+RO/NMgEpB8PiZH2h64");
    EXPECT_EQ(mark->secret.view()[31], 0x1F);
    const auto text = render_mark_file(*mark);
    ASSERT_TRUE(text);
    EXPECT_EQ(base::as_text(text->view()), k_file);
}

TEST(MarkFile, has_one_spelling) {
    const auto refused = [](std::string text, const std::string& from, const std::string& to,
                            const std::string& why) {
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        const auto mark = parse_mark_file(text.replace(at, from.size(), to));
        ASSERT_FALSE(mark) << to;
        EXPECT_EQ(mark.error().kind, base::ErrorKind::bad_input);
        EXPECT_THAT(mark.error().message, HasSubstr(why));
    };
    refused(k_file, "v1", "v2", "does not begin");
    refused(k_file, "domain: ", "Domain: ", "`domain` is missing");
    refused(k_file, "acme/prod ", "acme/prod", "not `NAME sha256:...`");
    refused(k_file, "acme/prod", "Acme/prod", "not `NAME sha256:...`");
    refused(k_file, "sha256:0b51", "sha256:0B51", "not `NAME sha256:...`");
    refused(k_file, "key: ", "key:", "`key` is missing");
    refused(k_file, "SHA256:t3", "SHA256:t", "no fingerprint");
    refused(k_file, "1d1e1f", "1d1e1F", "64 hexadecimal digits");
    refused(k_file, "1d1e1f", "1d1e1", "64 hexadecimal digits");
    refused(k_file, "1d1e1f\n", "1d1e1f", "`secret` is missing");
    refused(k_file, "1d1e1f\n", "1d1e1f\n\n", "64 hexadecimal digits");
    EXPECT_FALSE(parse_mark_file(k_file + std::string(k_longest_mark_file, 'x')));
    EXPECT_FALSE(parse_mark_file(""));
}

}  // namespace
}  // namespace cheget::keys
