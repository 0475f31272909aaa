// A briefcase's TPM in software, prepared, for the tests of it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "briefcase/tpm.h"
#include "briefcase/tpm_impl.h"
#include "briefcase/tpm_line.h"
#include "briefcase/tpm_reset.h"
#include "net/late_library.h"
#include "signature/tpm_quote.h"
#include "signature/tpm_quote_test_support.h"
#include "swtpm.h"

namespace cheget::briefcase {

class TpmTest : public ::testing::Test {
  protected:
    static constexpr std::uint32_t k_limit = 5;

    void SetUp() override {
        if (!test_support::Swtpm::is_there()) {
            GTEST_SKIP() << "skipped: swtpm is not installed";
        }
        swtpm_ = std::make_unique<test_support::Swtpm>();
        connect();
        auto line = tpm_->prepare(k_limit, recovery_.public_key());
        ASSERT_TRUE(line) << line.error().message;
        line_ = *line;
    }

    void connect() {
        tpm_.reset();
        auto tpm = Tpm::connect(swtpm_->tcti());
        ASSERT_TRUE(tpm) << tpm.error().message;
        tpm_ = std::make_unique<Tpm>(std::move(*tpm));
    }

    static base::Bytes bytes_of(base::BytesView view) { return {view.begin(), view.end()}; }

    base::Result<base::Bytes> answer_by(std::string_view line, base::BytesView guess) {
        const auto told = tpm_->evaluate(line)(guess);
        if (!told) {
            return std::unexpected(told.error());
        }
        return bytes_of(told->view());
    }
    base::Result<base::Bytes> answer(base::BytesView guess = base::Bytes(32, 0x61)) {
        return answer_by(line_, guess);
    }

    Tries tries() {
        const auto told = tpm_->tries(line_);
        EXPECT_TRUE(told) << told.error().message;
        return told.value_or(Tries{});
    }

    /// As the recovery authority signs; what it signed and answered is kept.
    SignReset by(const signature::test_keys::SoftKey& key) {
        return [this, &key](base::BytesView bytes) -> base::Result<base::Bytes> {
            last_signed_ = bytes_of(bytes);
            last_answer_ = signature::test_keys::attested(key, bytes).signature;
            return last_answer_;
        };
    }

    signature::test_keys::SoftKey recovery_ = signature::test_keys::SoftKey::p256();
    std::unique_ptr<test_support::Swtpm> swtpm_;
    std::unique_ptr<Tpm> tpm_;
    std::string line_;
    base::Bytes last_signed_;
    base::Bytes last_answer_;
};

}  // namespace cheget::briefcase
