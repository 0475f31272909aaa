// The seal's `tpm` line and the texts of a reset: one spelling each, and bounds on all of it.
#include "briefcase/tpm_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "briefcase/tpm.h"
#include "briefcase/tpm_reset.h"
#include "signature/test_keys.h"

namespace cheget::briefcase {
namespace {

using signature::test_keys::SoftKey;
using ::testing::HasSubstr;

TpmPoint a_point() {
    return point_of(SoftKey::p256().public_key()).value();
}

TpmLine a_line() {
    TpmLine line;
    line.limit = 8;
    line.tries_index = 0x01806300;
    line.counter_index = 0x01806301;
    line.storage_handle = 0x81006300;
    line.storage = a_point();
    line.recovery = a_point();
    line.maker = a_point();
    line.answer.fill(7);
    line.answer_private = base::Bytes(126, 8);
    line.attest = a_point();
    line.attest_private = base::Bytes(126, 9);
    return line;
}

ResetChallenge a_challenge() {
    ResetChallenge challenge;
    challenge.briefcase = SoftKey::ed25519().public_key().fingerprint();
    challenge.recovery = SoftKey::p256().public_key().to_text();
    challenge.limit = 8;
    challenge.tries = tries_name(a_line());
    challenge.nonce.fill(0xA5);
    return challenge;
}

TEST(TpmLine, what_is_written_is_read) {
    const TpmLine line = a_line();
    EXPECT_EQ(parse_tpm_line(render(line)), line);
    EXPECT_EQ(attestation_key_of(render(line)).value(), key_of(line.attest).value());
    EXPECT_LT(render(line).size(), 1'200U);
}

TEST(TpmLine, names_cover_all_that_they_must) {
    // Whatever changes who may write the tries changes the index's name, and with it the policy of
    // the key behind it.
    const TpmLine good = a_line();
    for (const auto& change : std::vector<std::function<void(TpmLine&)>>{
             [](TpmLine& line) { line.recovery = a_point(); },
             [](TpmLine& line) { line.maker = a_point(); },
             [](TpmLine& line) { line.tries_index += 2; }}) {
        TpmLine line = good;
        change(line);
        EXPECT_NE(tries_name(line), tries_name(good));
        EXPECT_NE(answer_policy(line), answer_policy(good));
        EXPECT_NE(answer_name(line), answer_name(good));
    }
    EXPECT_NE(hash_of_reset(tries_name(good), 8), hash_of_reset(tries_name(good), 9));
}

TEST(TpmLineAttack, G10_malformed_lines) {
    const std::string good = render(a_line());
    ASSERT_TRUE(parse_tpm_line(good));
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& text : {std::string(),
                                    "2" + good.substr(1),
                                    good + " ",
                                    good + " more",
                                    " " + good,
                                    good.substr(0, good.size() - 1),
                                    changed("limit 8", "limit 08"),
                                    changed("limit 8", "limit 2"),
                                    changed("limit 8", "limit 1001"),
                                    changed("limit 8", "limit -8"),
                                    changed("tries 01806300", "tries 1806300"),
                                    changed("tries 01806300", "tries 02806300"),
                                    changed("tries 01806300", "tries 01C00000"),
                                    changed("tries 01806300", "tries 01806301"),
                                    changed("storage 8", "storage 4"),
                                    changed("storage 810", "storage 818"),
                                    changed(" by ", "  by "),
                                    changed(" by ", " by A"),
                                    changed(" maker ", " make "),
                                    changed(" answer ", " answer AA== "),
                                    changed("CAgI", "CAg"),
                                    good + std::string(k_longest_tpm_line, 'x')}) {
        const auto read = parse_tpm_line(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().kind, base::ErrorKind::bad_input);
        EXPECT_FALSE(attestation_key_of(text));
    }
    TpmLine off_curve = a_line();
    off_curve.maker[40] ^= 1U;
    EXPECT_THAT(parse_tpm_line(render(off_curve)).error().message, HasSubstr("no point"));
    TpmLine large = a_line();
    large.attest_private.resize(513);
    EXPECT_FALSE(parse_tpm_line(render(large)));
    large.attest_private.clear();
    EXPECT_FALSE(parse_tpm_line(render(large)));
}

TEST(TpmReset, what_is_written_is_read) {
    const ResetChallenge challenge = a_challenge();
    EXPECT_EQ(parse_reset_challenge(render(challenge)), challenge);
    const base::Bytes signature(64, 0x5C);
    EXPECT_EQ(parse_reset_answer(render_reset_answer(signature)), signature);
}

TEST(TpmResetAttack, G10_malformed_challenges) {
    const std::string good = render(a_challenge());
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& text :
         {std::string(), good.substr(1), good + "\n", good.substr(0, good.size() - 1),
          changed("v1", "v2"), changed("briefcase: SHA256:", "briefcase: SHA512:"),
          changed("briefcase: SHA256:", "briefcase: SHA256:A"), changed("limit: 8", "limit: 08"),
          changed("limit: 8", "limit: 2"), changed("limit: 8", "limit: 100000"),
          changed("tries: 000b", "tries: 000B"), changed("nonce: a5", "nonce: "),
          changed("ecdsa-sha2-nistp256 AAAA", "ssh-ed25519 AAAA"), changed("limit", "limits"),
          changed("a5\n", "a5\r\n"), good + std::string(1024, 'x')}) {
        EXPECT_FALSE(parse_reset_challenge(text)) << text;
    }
    const std::string answer = render_reset_answer(base::Bytes(64, 1));
    for (const std::string& text : {std::string(), answer.substr(1), answer + "0", answer + "\n",
                                    answer.substr(0, answer.size() - 2)}) {
        EXPECT_FALSE(parse_reset_answer(text)) << text;
    }
}

TEST(TpmResetAttack, G8_no_nonce_makes_it_another_thing_to_sign) {
    // What SSH signs ends in a digest or a key: here stands text.
    ResetChallenge challenge = a_challenge();
    const std::string_view magic = "SSHSIG";
    std::copy(magic.begin(), magic.end(), challenge.nonce.begin());
    const base::Bytes bytes = bytes_of_reset(challenge);
    ASSERT_EQ(bytes.size(), 100U);
    EXPECT_EQ(base::as_text(base::BytesView(bytes).last(32)), k_reset_reference);
}

}  // namespace
}  // namespace cheget::briefcase
