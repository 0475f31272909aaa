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

/// ESAPI's functions that cheget itself has no use for.
struct Others {
    net::LateLibrary esys{"libtss2-esys.so.0"};
    decltype(&::Esys_Duplicate) duplicate = esys["Esys_Duplicate"];
    decltype(&::Esys_HMAC_Start) hmac_start = esys["Esys_HMAC_Start"];
    decltype(&::Esys_Sign) sign = esys["Esys_Sign"];
    decltype(&::Esys_NV_ReadPublic) read_public = esys["Esys_NV_ReadPublic"];
};

/// Who holds the case, at its TPM with any commands they like.
class TpmBearer : public TpmTest {
  protected:
    void SetUp() override {
        TpmTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        parsed_ = parse_tpm_line(line_).value();
        tpm_.reset();  // one talks to it at a time
        auto context = tss::Context::connect(swtpm_->tcti());
        ASSERT_TRUE(context) << context.error().message;
        context_ = std::make_unique<tss::Context>(std::move(*context));
    }

    const tss::Library& tss() const { return context_->tss(); }
    ESYS_CONTEXT* get() const { return context_->get(); }

    tss::Handle find_tries() {
        return tss::find(*context_, parsed_.tries_index, tries_name(parsed_), "tries").value();
    }
    tss::Handle find_storage() {
        return tss::find(*context_, parsed_.storage_handle, storage_name(parsed_.storage),
                         "the storage key")
            .value();
    }
    tss::Handle load_answer_key() {
        const tss::Handle storage = find_storage();
        tss::Handle key(*context_);
        const auto area = tss::public_of_answer(parsed_);
        const auto secret = tss::sized<TPM2B_PRIVATE>(parsed_.answer_private);
        EXPECT_EQ(tss().load(get(), storage.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                             &secret, &area, key.transient()),
                  TSS2_RC_SUCCESS);
        return key;
    }
    /// A policy session that is kept when it was used.
    tss::Handle lasting_session() {
        tss::Handle session = tss::start_policy(*context_).value();
        EXPECT_EQ(tss().set_attributes(get(), session.get(), TPMA_SESSION_CONTINUESESSION,
                                       TPMA_SESSION_CONTINUESESSION),
                  TSS2_RC_SUCCESS);
        return session;
    }
    TSS2_RC spend(const tss::Handle& session, INT32 expiration, TPMT_TK_AUTH** ticket) {
        const tss::Handle index = find_tries();
        TPM2B_TIMEOUT* timeout = nullptr;
        const TSS2_RC code = tss().policy_secret(
            get(), index.get(), session.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
            nullptr, nullptr, nullptr, expiration, &timeout, ticket);
        tss().free(timeout);
        return code;
    }
    TSS2_RC ask(const tss::Handle& key, ESYS_TR session) {
        const auto guess = tss::sized<TPM2B_MAX_BUFFER>(base::Bytes(32, 0x61));
        tss::Owned<TPM2B_DIGEST> answer;
        return tss().hmac(get(), key.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, &guess,
                          TPM2_ALG_SHA256, answer.out());
    }
    TSS2_RC write(ESYS_TR session, std::uint32_t count, std::uint32_t limit) {
        const tss::Handle index = find_tries();
        signature::WireWriter contents;
        contents.write_u32(count);
        contents.write_u32(limit);
        const auto data = tss::sized<TPM2B_MAX_NV_BUFFER>(contents.take());
        return tss().nv_write(get(), index.get(), index.get(), session, ESYS_TR_NONE, ESYS_TR_NONE,
                              &data, 0);
    }
    /// Any one of the index's policies.
    TSS2_RC any_branch(const tss::Handle& session) {
        TPML_DIGEST list{};
        for (const base::Digest& branch : tries_branches(parsed_)) {
            list.digests[list.count++] = tss::sized<TPM2B_DIGEST>(branch.bytes);
        }
        return tss().policy_or(get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               &list);
    }
    ResetChallenge challenge_of(const tss::Handle& session) {
        tss::Owned<TPM2B_NONCE> nonce;
        EXPECT_EQ(tss().get_nonce(get(), session.get(), nonce.out()), TSS2_RC_SUCCESS);
        ResetChallenge challenge;
        challenge.limit = k_limit;
        challenge.tries = tries_name(parsed_);
        std::ranges::copy(tss::view(*nonce), challenge.nonce.begin());
        return challenge;
    }
    /// TPM2_PolicySigned with this signature, over this nonce and bound to this write, or to none.
    TSS2_RC authorize(const tss::Handle& session, const base::Bytes& signature,
                      base::BytesView nonce, base::BytesView bound) {
        tss::Handle authority(*context_);
        const auto area = tss::public_of_outside(parsed_.recovery);
        EXPECT_EQ(tss().load_external(get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                      &area, ESYS_TR_RH_NULL, authority.transient()),
                  TSS2_RC_SUCCESS);
        const auto numbers = tss::signature_of(signature);
        const auto over = tss::sized<TPM2B_NONCE>(nonce);
        const auto write = tss::sized<TPM2B_DIGEST>(bound);
        const auto reference = tss::sized<TPM2B_NONCE>(base::as_bytes(k_reset_reference));
        return tss().policy_signed(get(), authority.get(), session.get(), ESYS_TR_NONE,
                                   ESYS_TR_NONE, ESYS_TR_NONE, &over, &write, &reference,
                                   k_reset_seconds, &numbers, nullptr, nullptr);
    }
    std::uint32_t used() {
        context_.reset();
        connect();
        const std::uint32_t told = tries().used;
        tpm_.reset();
        context_ = std::make_unique<tss::Context>(tss::Context::connect(swtpm_->tcti()).value());
        return told;
    }

    /// How many of these the TPM holds.
    UINT32 held(TPM2_HANDLE from) {
        tss::Owned<TPMS_CAPABILITY_DATA> told;
        TPMI_YES_NO more = 0;
        EXPECT_EQ(tss().get_capability(get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       TPM2_CAP_HANDLES, from, 100, &more, told.out()),
                  TSS2_RC_SUCCESS);
        return told->data.handles.count;
    }

    TpmLine parsed_;
    Others others_;
    std::unique_ptr<tss::Context> context_;
};

}  // namespace cheget::briefcase
