// Who holds the case talks to its TPM with any commands they like, not with ours alone: what they
// still can't have is an answer that is not counted. tpm_reset_attack_test.cpp has the ways to have
// counted tries back.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/tpm_fixture.h"

namespace cheget::briefcase {
namespace {

using base::BytesView;
using ::testing::HasSubstr;
using tss::Handle;

TEST_F(TpmBearer, G1_one_use_is_one_answer) {
    {
        const Handle key = load_answer_key();
        const Handle session = lasting_session();
        ASSERT_EQ(spend(session, 0, nullptr), TSS2_RC_SUCCESS);
        EXPECT_EQ(ask(key, session.get()), TSS2_RC_SUCCESS);
        EXPECT_EQ(tss::bare_code(ask(key, session.get())), TPM2_RC_POLICY_FAIL);
        EXPECT_EQ(tss::bare_code(ask(key, lasting_session().get())), TPM2_RC_POLICY_FAIL);
        EXPECT_NE(ask(key, ESYS_TR_PASSWORD), TSS2_RC_SUCCESS);
    }
    EXPECT_EQ(used(), 1U);
}

TEST_F(TpmBearer, G1_use_is_counted_however_it_is_authorized) {
    // By password, by an HMAC session, by one bound to the index, by a salted one; kept or not.
    std::uint32_t counted = 0;
    {
        const Handle index = find_tries();
        const Handle storage = find_storage();
        const TPMT_SYM_DEF cipher{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
        for (const ESYS_TR salted_to : {static_cast<ESYS_TR>(ESYS_TR_NONE), storage.get()}) {
            for (const ESYS_TR bound_to : {static_cast<ESYS_TR>(ESYS_TR_NONE), index.get()}) {
                Handle by(*context_);
                if (tss().start_session(get(), salted_to, bound_to, ESYS_TR_NONE, ESYS_TR_NONE,
                                        ESYS_TR_NONE, nullptr, TPM2_SE_HMAC, &cipher,
                                        TPM2_ALG_SHA256, by.transient()) != TSS2_RC_SUCCESS) {
                    continue;  // which is as good
                }
                const Handle session = lasting_session();
                counted += tss().policy_secret(get(), index.get(), session.get(), by.get(),
                                               ESYS_TR_NONE, ESYS_TR_NONE, nullptr, nullptr,
                                               nullptr, 0, nullptr, nullptr) == TSS2_RC_SUCCESS
                               ? 1U
                               : 0U;
            }
        }
        // By a policy session that holds what lets anybody read the index: not at all.
        const Handle reading = lasting_session();
        ASSERT_EQ(tss().policy_command_code(get(), reading.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                            ESYS_TR_NONE, TPM2_CC_NV_Read),
                  TSS2_RC_SUCCESS);
        ASSERT_EQ(any_branch(reading), TSS2_RC_SUCCESS);
        const Handle session = lasting_session();
        EXPECT_NE(
            tss().policy_secret(get(), index.get(), session.get(), reading.get(), ESYS_TR_NONE,
                                ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr),
            TSS2_RC_SUCCESS);
    }
    EXPECT_GT(counted, 0U);
    EXPECT_EQ(used(), counted);
}

TEST_F(TpmBearer, G1_no_ticket_stands_for_a_use) {
    TPMT_TK_AUTH* ticket = nullptr;
    {
        const Handle session = lasting_session();
        ASSERT_EQ(spend(session, -100'000, &ticket), TSS2_RC_SUCCESS);
        ASSERT_NE(ticket, nullptr);
        EXPECT_EQ(ticket->digest.size, 0U);  // the null ticket
        EXPECT_EQ(ticket->hierarchy, TPM2_RH_NULL);
        tss().free(ticket);
    }
    EXPECT_EQ(used(), 1U);
}

TEST_F(TpmBearer, G1_key_has_no_other_door) {
    {
        const Handle key = load_answer_key();
        const Handle storage = find_storage();
        const Handle session = lasting_session();
        const TPM2B_AUTH none{};
        ESYS_TR sequence = ESYS_TR_NONE;
        for (const ESYS_TR by : {session.get(), static_cast<ESYS_TR>(ESYS_TR_PASSWORD)}) {
            EXPECT_NE(others_.hmac_start(get(), key.get(), by, ESYS_TR_NONE, ESYS_TR_NONE, &none,
                                         TPM2_ALG_SHA256, &sequence),
                      TSS2_RC_SUCCESS);
            const auto digest = tss::sized<TPM2B_DIGEST>(base::Bytes(32, 1));
            const TPMT_SIG_SCHEME scheme{.scheme = TPM2_ALG_HMAC,
                                         .details = {.hmac = {.hashAlg = TPM2_ALG_SHA256}}};
            const TPMT_TK_HASHCHECK unchecked{
                .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL, .digest = {}};
            tss::Owned<TPMT_SIGNATURE> made;
            EXPECT_NE(others_.sign(get(), key.get(), by, ESYS_TR_NONE, ESYS_TR_NONE, &digest,
                                   &scheme, &unchecked, made.out()),
                      TSS2_RC_SUCCESS);
            const TPMT_SYM_DEF_OBJECT plain{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
            tss::Owned<TPM2B_DATA> wrapper;
            tss::Owned<TPM2B_PRIVATE> copy;
            tss::Owned<TPM2B_ENCRYPTED_SECRET> seed;
            EXPECT_NE(
                others_.duplicate(get(), key.get(), storage.get(), by, ESYS_TR_NONE, ESYS_TR_NONE,
                                  nullptr, &plain, wrapper.out(), copy.out(), seed.out()),
                TSS2_RC_SUCCESS);
        }
    }
    EXPECT_EQ(used(), 0U);
}

TEST_F(TpmBearer, G1_tries_are_written_under_a_signature_alone) {
    {
        const Handle session = lasting_session();
        EXPECT_NE(write(ESYS_TR_PASSWORD, 0, k_limit), TSS2_RC_SUCCESS);
        EXPECT_NE(write(session.get(), 0, k_limit), TSS2_RC_SUCCESS);
        // What allows anybody to read it allows no writing.
        for (const TPM2_CC command : {TPM2_CC_NV_Read, TPM2_CC_NV_Certify}) {
            const Handle reading = lasting_session();
            ASSERT_EQ(tss().policy_command_code(get(), reading.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                                ESYS_TR_NONE, command),
                      TSS2_RC_SUCCESS);
            ASSERT_EQ(any_branch(reading), TSS2_RC_SUCCESS);
            EXPECT_NE(write(reading.get(), 0, k_limit), TSS2_RC_SUCCESS);
        }
        // Nor does the owner write it.
        const Handle index = find_tries();
        const auto data = tss::sized<TPM2B_MAX_NV_BUFFER>(base::Bytes(8));
        EXPECT_NE(tss().nv_write(get(), ESYS_TR_RH_OWNER, index.get(), ESYS_TR_PASSWORD,
                                 ESYS_TR_NONE, ESYS_TR_NONE, &data, 0),
                  TSS2_RC_SUCCESS);
    }
    EXPECT_EQ(used(), 0U);
}

TEST_F(TpmBearer, G1_index_made_anew_counts_nothing) {
    // The owner may remove it and make it again under the same name; it is then unwritten, and who
    // could write it is as before.
    {
        Handle index = find_tries();
        ASSERT_EQ(tss().nv_undefine(get(), ESYS_TR_RH_OWNER, index.get(), ESYS_TR_PASSWORD,
                                    ESYS_TR_NONE, ESYS_TR_NONE),
                  TSS2_RC_SUCCESS);
        index.forget();
        const TPM2B_AUTH none{};
        const auto area = tss::public_of_tries(parsed_);
        Handle anew(*context_);
        ASSERT_EQ(tss().nv_define(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &none, &area, anew.lasting()),
                  TSS2_RC_SUCCESS);
        const auto data =
            tss::sized<TPM2B_MAX_NV_BUFFER>(base::Bytes{0, 0, 0, 0, 0, 0, 0, k_limit});
        const Handle session = lasting_session();
        for (const ESYS_TR by : {session.get(), static_cast<ESYS_TR>(ESYS_TR_PASSWORD)}) {
            EXPECT_NE(tss().nv_write(get(), anew.get(), anew.get(), by, ESYS_TR_NONE, ESYS_TR_NONE,
                                     &data, 0),
                      TSS2_RC_SUCCESS);
            EXPECT_NE(tss().nv_write(get(), ESYS_TR_RH_OWNER, anew.get(), by, ESYS_TR_NONE,
                                     ESYS_TR_NONE, &data, 0),
                      TSS2_RC_SUCCESS);
        }
        EXPECT_NE(
            tss().policy_secret(get(), anew.get(), session.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr),
            TSS2_RC_SUCCESS);
    }
    context_.reset();
    connect();
    EXPECT_EQ(answer().error().kind, base::ErrorKind::corrupt_state);
    EXPECT_FALSE(tpm_->tries(line_));
}

TEST_F(TpmBearer, G3_counter_made_anew_goes_on_above) {
    context_.reset();
    connect();
    std::uint64_t before = 0;
    for (int i = 0; i < 5; ++i) {
        before = tpm_->count_up(line_).value();
    }
    tpm_.reset();
    context_ = std::make_unique<tss::Context>(tss::Context::connect(swtpm_->tcti()).value());
    {
        Handle counter =
            tss::find(*context_, parsed_.counter_index, counter_name(parsed_), "counter").value();
        ASSERT_EQ(tss().nv_undefine(get(), ESYS_TR_RH_OWNER, counter.get(), ESYS_TR_PASSWORD,
                                    ESYS_TR_NONE, ESYS_TR_NONE),
                  TSS2_RC_SUCCESS);
        counter.forget();
        const TPM2B_AUTH none{};
        const auto area = tss::public_of_counter(parsed_);
        Handle anew(*context_);
        ASSERT_EQ(tss().nv_define(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &none, &area, anew.lasting()),
                  TSS2_RC_SUCCESS);
        ASSERT_EQ(tss().nv_increment(get(), anew.get(), anew.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                     ESYS_TR_NONE),
                  TSS2_RC_SUCCESS);
    }
    context_.reset();
    connect();
    EXPECT_GT(tries().counter, before);
}

TEST_F(TpmBearer, G1_lockout_neither_stops_nor_frees_it) {
    // Wrong passwords for something else bring the TPM's lockout; tries stand apart from it.
    const auto secret = tss::sized<TPM2B_AUTH>(base::as_bytes("a secret"));
    const auto wrong = tss::sized<TPM2B_AUTH>(base::as_bytes("a guess"));
    TPM2B_NV_PUBLIC area = tss::public_of_counter(parsed_);
    area.nvPublic.nvIndex = 0x01800001;
    area.nvPublic.attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE;
    {
        Handle other(*context_);
        ASSERT_EQ(tss().nv_define(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &secret, &area, other.lasting()),
                  TSS2_RC_SUCCESS);
        ASSERT_EQ(tss().set_auth(get(), other.get(), &wrong), TSS2_RC_SUCCESS);
        const auto data = tss::sized<TPM2B_MAX_NV_BUFFER>(base::Bytes(8));
        TSS2_RC code = TSS2_RC_SUCCESS;
        for (int i = 0; i < 50 && tss::bare_code(code) != TPM2_RC_LOCKOUT; ++i) {
            code = tss().nv_write(get(), other.get(), other.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &data, 0);
        }
        ASSERT_EQ(tss::bare_code(code), TPM2_RC_LOCKOUT);
        EXPECT_THAT(tss::failure(code, "writing").error().message, HasSubstr("lockout"));
    }
    context_.reset();
    connect();
    EXPECT_TRUE(answer());
    EXPECT_TRUE(tpm_->count_up(line_));
    EXPECT_TRUE(tpm_->quote(line_, base::Bytes(32, 1)));
    EXPECT_EQ(tries().used, 1U);
    EXPECT_TRUE(tpm_->reset(line_, by(recovery_)));
}

TEST_F(TpmBearer, failed_making_leaves_nothing_behind) {
    // No room for the second of the two indexes, or the first.
    TPM2B_NV_PUBLIC area = tss::public_of_counter(parsed_);
    area.nvPublic.attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA;
    area.nvPublic.authPolicy.size = 0;
    area.nvPublic.nvIndex = 0x01800000;
    const TPM2B_AUTH none{};
    for (const UINT16 size : std::array<UINT16, 4>{2048, 256, 32, 1}) {
        area.nvPublic.dataSize = size;
        TSS2_RC code = TSS2_RC_SUCCESS;
        while (code == TSS2_RC_SUCCESS) {
            ++area.nvPublic.nvIndex;
            Handle filler(*context_);
            code = tss().nv_define(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                   ESYS_TR_NONE, &none, &area, filler.lasting());
        }
        ASSERT_EQ(tss::bare_code(code), TPM2_RC_NV_SPACE);
    }
    const auto indexes = held(0x01000000);
    const auto keys = held(0x81000000);
    context_.reset();
    connect();
    const auto refused = tpm_->prepare(k_limit, recovery_.public_key());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("no room left"));
    tpm_.reset();
    context_ = std::make_unique<tss::Context>(tss::Context::connect(swtpm_->tcti()).value());
    EXPECT_EQ(held(0x01000000), indexes);
    EXPECT_EQ(held(0x81000000), keys);
}

TEST_F(TpmBearer, whatever_fails_nothing_stays_loaded) {
    context_.reset();
    connect();
    TpmLine altered = parsed_;
    altered.answer[0] ^= 1U;
    altered.attest_private.back() ^= 1U;
    const std::string bad = render(altered);
    const auto other = signature::test_keys::SoftKey::p256();
    for (std::uint32_t i = 0; i < k_limit + 3; ++i) {
        EXPECT_EQ(answer().has_value(), i < k_limit);
        EXPECT_FALSE(answer_by(bad, base::Bytes(32, 1)));
        EXPECT_FALSE(tpm_->quote(bad, base::Bytes(32, 1)));
        EXPECT_FALSE(tpm_->quote(line_, base::Bytes(100, 1)));
        EXPECT_FALSE(tpm_->reset(line_, by(other)));
        EXPECT_FALSE(tpm_->reset(line_, [](BytesView) -> base::Result<base::Bytes> {
            return base::bad_input("the authority says no");
        }));
        EXPECT_TRUE(tpm_->quote(line_, base::Bytes(32, 1)));
        EXPECT_TRUE(tpm_->count_up(line_));
    }
    EXPECT_TRUE(tpm_->reset(line_, by(recovery_)));
    EXPECT_FALSE(tpm_->prepare(k_limit, recovery_.public_key(), base::Bytes(100)));
    tpm_.reset();
    context_ = std::make_unique<tss::Context>(tss::Context::connect(swtpm_->tcti()).value());
    EXPECT_EQ(held(TPM2_TRANSIENT_FIRST), 0U);
    EXPECT_EQ(held(TPM2_HMAC_SESSION_FIRST), 0U);    // loaded ones
    EXPECT_EQ(held(TPM2_POLICY_SESSION_FIRST), 0U);  // saved ones
}

TEST_F(TpmBearer, G1_listener_on_the_bus_learns_neither_guess_nor_answer) {
    context_.reset();
    const std::string record = swtpm_->state() / "bus.pcapng";
    ::setenv("TCTI_PCAP_FILE", record.c_str(), 1);
    auto tpm = Tpm::connect("pcap:" + swtpm_->tcti());
    ASSERT_TRUE(tpm) << tpm.error().message;
    const base::Bytes guess = bytes_of(base::sha256("a guess").bytes);
    const auto told = tpm->evaluate(line_)(guess);
    ASSERT_TRUE(told) << told.error().message;
    const std::string answer(base::as_text(told->view()));
    const std::string index(base::as_text(tries_name(parsed_)));
    { const Tpm closed = std::move(*tpm); }
    ::unsetenv("TCTI_PCAP_FILE");
    std::ifstream stream(record, std::ios::binary);
    const std::string heard{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_THAT(heard, HasSubstr(index));  // what goes in clear is heard
    EXPECT_EQ(heard.find(base::as_text(guess).substr(0, 16)), std::string::npos);
    EXPECT_EQ(heard.find(base::as_text(guess).substr(16)), std::string::npos);
    EXPECT_EQ(heard.find(answer.substr(0, 16)), std::string::npos);
    EXPECT_EQ(heard.find(answer.substr(16)), std::string::npos);
}

}  // namespace
}  // namespace cheget::briefcase
