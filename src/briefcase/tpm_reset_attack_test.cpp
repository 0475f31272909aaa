// Tries come back by the recovery authority's signature over this session's nonce and this very
// write, and by nothing else that who holds the case could send.
#include "support/tpm_fixture.h"

namespace cheget::briefcase {
namespace {

using base::BytesView;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using tss::Handle;

TEST_F(TpmBearer, G3_reset_can_not_be_replayed) {
    context_.reset();
    connect();
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(answer());
    }
    ASSERT_TRUE(tpm_->reset(line_, by(recovery_)));
    EXPECT_EQ(tries().used, 0U);
    EXPECT_TRUE(answer());
    const base::Bytes signed_then = last_signed_;
    const base::Bytes captured = last_answer_;
    const auto replayed = tpm_->reset(line_, [&](BytesView bytes) -> base::Result<base::Bytes> {
        EXPECT_NE(bytes_of(bytes), signed_then);
        return captured;
    });
    ASSERT_FALSE(replayed);
    EXPECT_EQ(replayed.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(replayed.error().message, HasSubstr("not by the recovery authority over this"));
    // With its own nonce, or none, in another session.
    tpm_.reset();
    context_ = std::make_unique<tss::Context>(tss::Context::connect(swtpm_->tcti()).value());
    const auto bound = hash_of_reset(tries_name(parsed_), k_limit);
    const BytesView old_nonce = BytesView(signed_then).first(32);
    {
        const Handle session = lasting_session();
        for (const BytesView nonce : {old_nonce, BytesView()}) {
            EXPECT_THAT(tss::bare_code(authorize(session, captured, nonce, bound.bytes)),
                        AnyOf(TPM2_RC_NONCE, TPM2_RC_SIGNATURE, TPM2_RC_VALUE));
            static_cast<void>(any_branch(session));
            EXPECT_NE(write(session.get(), 0, k_limit), TSS2_RC_SUCCESS);
        }
    }
    EXPECT_EQ(used(), 1U);
}

TEST_F(TpmBearer, G3_one_answer_is_one_reset) {
    // The same session goes on: its nonce has moved.
    {
        const Handle session = lasting_session();
        const ResetChallenge challenge = challenge_of(session);
        const auto signature = by(recovery_)(bytes_of_reset(challenge)).value();
        const auto bound = hash_of_reset(tries_name(parsed_), k_limit);
        ASSERT_EQ(authorize(session, signature, challenge.nonce, bound.bytes), TSS2_RC_SUCCESS);
        ASSERT_EQ(any_branch(session), TSS2_RC_SUCCESS);
        ASSERT_EQ(write(session.get(), 0, k_limit), TSS2_RC_SUCCESS);
        EXPECT_NE(write(session.get(), 0, k_limit), TSS2_RC_SUCCESS);
        EXPECT_NE(authorize(session, signature, challenge.nonce, bound.bytes), TSS2_RC_SUCCESS);
    }
    EXPECT_EQ(used(), 0U);
}

TEST_F(TpmBearer, G1_reset_raises_no_limit) {
    const auto bound = hash_of_reset(tries_name(parsed_), k_limit);
    const auto larger = hash_of_reset(tries_name(parsed_), 1000);
    for (const BytesView claimed : {BytesView(bound.bytes), BytesView(larger.bytes), BytesView()}) {
        const Handle session = lasting_session();
        const ResetChallenge challenge = challenge_of(session);
        const auto signature = by(recovery_)(bytes_of_reset(challenge)).value();
        const TSS2_RC code = authorize(session, signature, challenge.nonce, claimed);
        EXPECT_EQ(code == TSS2_RC_SUCCESS, std::ranges::equal(claimed, bound.bytes));
        static_cast<void>(any_branch(session));
        EXPECT_NE(write(session.get(), 0, 1000), TSS2_RC_SUCCESS);
        EXPECT_NE(write(session.get(), 1, k_limit), TSS2_RC_SUCCESS);
    }
    // Nor does a line that says another limit.
    context_.reset();
    connect();
    TpmLine altered = parsed_;
    altered.limit = 1000;
    base::Bytes asked;
    const auto refused =
        tpm_->reset(render(altered), [&](BytesView bytes) -> base::Result<base::Bytes> {
            asked = bytes_of(bytes);
            return signature::test_keys::attested(recovery_, last_signed_).signature;
        });
    EXPECT_FALSE(refused);
    EXPECT_EQ(tries().limit, k_limit);
    EXPECT_THAT(tpm_->tries(render(altered)).error().message, HasSubstr("the seal says 1000"));
}

TEST_F(TpmBearer, G1_reset_by_another_key) {
    context_.reset();
    connect();
    EXPECT_TRUE(answer());
    const auto other = signature::test_keys::SoftKey::p256();
    EXPECT_EQ(tpm_->reset(line_, by(other)).error().kind, base::ErrorKind::denied);
    TpmLine altered = parsed_;
    altered.recovery = point_of(other.public_key()).value();
    EXPECT_EQ(tpm_->reset(render(altered), by(other)).error().kind, base::ErrorKind::corrupt_state);
    EXPECT_FALSE(tpm_->reset(line_, [](BytesView) { return base::Bytes(63); }));
    EXPECT_FALSE(tpm_->reset(line_, [](BytesView) { return base::Bytes(64); }));
    EXPECT_EQ(tries().used, 1U);
}

}  // namespace
}  // namespace cheget::briefcase
