// A briefcase's TPM, on one in software: what counts, what stays counted, and who can change it.
// Only hardware keeps its state from being put back; that this is so is shown here too.
#include "briefcase/tpm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include "briefcase/tpm_line.h"
#include "briefcase/tpm_reset.h"
#include "signature/tpm_quote.h"
#include "signature/tpm_quote_test_support.h"
#include "support/swtpm.h"

namespace cheget::briefcase {
namespace {

using base::BytesView;
using signature::test_keys::attested;
using signature::test_keys::SoftKey;
using ::testing::HasSubstr;

const base::Bytes k_guess(32, 0x61);
const base::Bytes k_challenge(32, 0xC5);

class TpmTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!test_support::Swtpm::is_there()) {
            GTEST_SKIP() << "skipped: swtpm is not installed";
        }
        swtpm_ = std::make_unique<test_support::Swtpm>();
        recovery_ = std::make_unique<SoftKey>(SoftKey::p256());
        connect();
        auto line = tpm_->prepare(5, recovery_->public_key());
        ASSERT_TRUE(line) << line.error().message;
        line_ = *line;
    }

    void connect() {
        tpm_.reset();
        auto tpm = Tpm::connect(swtpm_->tcti());
        ASSERT_TRUE(tpm) << tpm.error().message;
        tpm_ = std::make_unique<Tpm>(std::move(*tpm));
    }

    base::Result<base::Bytes> answer(BytesView guess = k_guess) {
        const auto told = tpm_->evaluate(line_)(guess);
        if (!told) {
            return std::unexpected(told.error());
        }
        return base::Bytes(told->view().begin(), told->view().end());
    }

    Tries tries() {
        const auto told = tpm_->tries(line_);
        EXPECT_TRUE(told) << told.error().message;
        return told.value_or(Tries{});
    }

    SignReset by(const SoftKey& key) {
        return [&key](BytesView bytes) -> base::Result<base::Bytes> {
            return attested(key, bytes).signature;
        };
    }

    std::unique_ptr<test_support::Swtpm> swtpm_;
    std::unique_ptr<SoftKey> recovery_;
    std::unique_ptr<Tpm> tpm_;
    std::string line_;
};

TEST_F(TpmTest, answers_alike_to_the_same_guess_alone) {
    const auto first = answer();
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->size(), 32U);
    EXPECT_EQ(*answer(), *first);
    EXPECT_NE(*answer(base::Bytes(32, 0x62)), *first);
    EXPECT_EQ(tries().used, 3U);
    EXPECT_EQ(tries().left(), 2U);
}

TEST_F(TpmTest, G1_tries_run_out_whatever_the_guess) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(answer());
    }
    const auto refused = answer();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(refused.error().message, HasSubstr("no tries are left"));
    EXPECT_EQ(tries().left(), 0U);
    for (int i = 0; i < 2; ++i) {
        tpm_.reset();
        i == 0 ? swtpm_->restart() : swtpm_->kill();
        if (i == 1) {
            swtpm_->start();
        }
        connect();
        EXPECT_FALSE(answer());
        EXPECT_EQ(tries().left(), 0U);
    }
}

TEST_F(TpmTest, quotes_what_it_counted) {
    EXPECT_TRUE(answer());
    const auto counted = tpm_->count_up(line_);
    ASSERT_TRUE(counted) << counted.error().message;
    const auto quote = tpm_->quote(line_, k_challenge);
    ASSERT_TRUE(quote) << quote.error().message;
    const auto told = signature::verify_tpm_quote(base::as_bytes(*quote), k_challenge);
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(told->tries_used, 1U);
    EXPECT_EQ(told->tries_limit, 5U);
    EXPECT_EQ(told->counter, *counted);
    EXPECT_EQ(told->key, attestation_key_of(line_).value());
    EXPECT_EQ(tries().counter, *counted);
    EXPECT_EQ(tries().used, 1U);  // reading and certifying cost none
}

TEST_F(TpmTest, recovery_authority_gives_all_tries_back) {
    EXPECT_TRUE(answer());
    const auto first = answer();
    const auto reset = tpm_->reset(line_, by(*recovery_));
    ASSERT_TRUE(reset) << reset.error().message;
    EXPECT_EQ(tries().used, 0U);
    EXPECT_EQ(tries().limit, 5U);
    EXPECT_EQ(*answer(), *first);
}

}  // namespace
}  // namespace cheget::briefcase
