// Who holds the case talks to its TPM with any commands they like, not with ours alone: what they
// still can't have is a try that is not counted, or counted tries back.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/tpm_fixture.h"

namespace cheget::briefcase {
namespace {

using base::BytesView;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using tss::Handle;

/// ESAPI's functions that cheget itself has no use for.
struct Others {
    net::LateLibrary esys{"libtss2-esys.so.0"};
    decltype(&::Esys_Duplicate) duplicate = esys["Esys_Duplicate"];
    decltype(&::Esys_HMAC_Start) hmac_start = esys["Esys_HMAC_Start"];
    decltype(&::Esys_Sign) sign = esys["Esys_Sign"];
    decltype(&::Esys_NV_ReadPublic) read_public = esys["Esys_NV_ReadPublic"];
};

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

    Handle find_tries() {
        return tss::find(*context_, parsed_.tries_index, tries_name(parsed_), "tries").value();
    }
    Handle find_storage() {
        return tss::find(*context_, parsed_.storage_handle, storage_name(parsed_.storage),
                         "the storage key")
            .value();
    }
    Handle load_answer_key() {
        const Handle storage = find_storage();
        Handle key(*context_);
        const auto area = tss::public_of_answer(parsed_);
        const auto secret = tss::sized<TPM2B_PRIVATE>(parsed_.answer_private);
        EXPECT_EQ(tss().load(get(), storage.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                             &secret, &area, key.transient()),
                  TSS2_RC_SUCCESS);
        return key;
    }
    /// A policy session that is kept when it was used.
    Handle lasting_session() {
        Handle session = tss::start_policy(*context_).value();
        EXPECT_EQ(tss().set_attributes(get(), session.get(), TPMA_SESSION_CONTINUESESSION,
                                       TPMA_SESSION_CONTINUESESSION),
                  TSS2_RC_SUCCESS);
        return session;
    }
    TSS2_RC spend(const Handle& session, INT32 expiration, TPMT_TK_AUTH** ticket) {
        const Handle index = find_tries();
        TPM2B_TIMEOUT* timeout = nullptr;
        const TSS2_RC code = tss().policy_secret(
            get(), index.get(), session.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
            nullptr, nullptr, nullptr, expiration, &timeout, ticket);
        tss().free(timeout);
        return code;
    }
    TSS2_RC ask(const Handle& key, ESYS_TR session) {
        const auto guess = tss::sized<TPM2B_MAX_BUFFER>(base::Bytes(32, 0x61));
        tss::Owned<TPM2B_DIGEST> answer;
        return tss().hmac(get(), key.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, &guess,
                          TPM2_ALG_SHA256, answer.out());
    }
    TSS2_RC write(ESYS_TR session, std::uint32_t count, std::uint32_t limit) {
        const Handle index = find_tries();
        signature::WireWriter contents;
        contents.write_u32(count);
        contents.write_u32(limit);
        const auto data = tss::sized<TPM2B_MAX_NV_BUFFER>(contents.take());
        return tss().nv_write(get(), index.get(), index.get(), session, ESYS_TR_NONE, ESYS_TR_NONE,
                              &data, 0);
    }
    /// Any one of the index's policies.
    TSS2_RC any_branch(const Handle& session) {
        TPML_DIGEST list{};
        for (const base::Digest& branch : tries_branches(parsed_)) {
            list.digests[list.count++] = tss::sized<TPM2B_DIGEST>(branch.bytes);
        }
        return tss().policy_or(get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               &list);
    }
    ResetChallenge challenge_of(const Handle& session) {
        tss::Owned<TPM2B_NONCE> nonce;
        EXPECT_EQ(tss().get_nonce(get(), session.get(), nonce.out()), TSS2_RC_SUCCESS);
        ResetChallenge challenge;
        challenge.limit = k_limit;
        challenge.tries = tries_name(parsed_);
        std::ranges::copy(tss::view(*nonce), challenge.nonce.begin());
        return challenge;
    }
    /// TPM2_PolicySigned with this signature, over this nonce and bound to this write, or to none.
    TSS2_RC authorize(const Handle& session, const base::Bytes& signature, BytesView nonce,
                      BytesView bound) {
        Handle authority(*context_);
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

    TpmLine parsed_;
    Others others_;
    std::unique_ptr<tss::Context> context_;
};

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
    const auto held = [&](TPM2_HANDLE from) {
        tss::Owned<TPMS_CAPABILITY_DATA> told;
        TPMI_YES_NO more = 0;
        EXPECT_EQ(tss().get_capability(get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       TPM2_CAP_HANDLES, from, 100, &more, told.out()),
                  TSS2_RC_SUCCESS);
        return told->data.handles.count;
    };
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
