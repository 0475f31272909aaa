// What a briefcase does with its TPM: evaluate, count, certify, reset. tpm_prepare.cpp makes what
// these use.
//
// What travels between this machine and the TPM can be listened to by who has the case. The guess
// and the answer to it therefore go encrypted, in a session whose key is agreed on with the storage
// key whose name the seal holds: a listener learns nothing, and whoever alters the traffic makes
// the try fail. That does not help where the seal's line itself was altered to name a key of the
// listener's (custody statements name the seal's digest: compare it before typing a passphrase),
// nor against a changed terminal. Counts, counters and quotes are no secrets and go in clear.
#include "briefcase/tpm.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "briefcase/tpm_impl.h"
#include "briefcase/tpm_reset.h"
#include "signature/tpm_quote.h"
#include "signature/wire.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::ErrorKind;
using base::fail;
using base::Result;
using keys::LockedBytes;
using tss::check;
using tss::Context;
using tss::Handle;

constexpr UINT16 k_index_size = 8;

TPML_DIGEST branches_of(const TpmLine& line) {
    TPML_DIGEST list{};
    for (const base::Digest& branch : tries_branches(line)) {
        list.digests[list.count++] = tss::sized<TPM2B_DIGEST>(branch.bytes);
    }
    return list;
}

/// The index of tries, as this line made it.
Result<Handle> find_tries(const Context& context, const TpmLine& line) {
    return tss::find(context, line.tries_index, tries_name(line), "the index of tries");
}

Result<Handle> find_counter(const Context& context, const TpmLine& line) {
    return tss::find(context, line.counter_index, counter_name(line), "the counter");
}

/// A policy session in which one of the index's free commands is allowed: no try is used up.
Result<Handle> allow(const Context& context, const TpmLine& line, TPM2_CC command) {
    constexpr std::string_view k_doing = "asking the TPM for the tries";
    Handle session = TRY(tss::start_policy(context));
    TRY(check(context.tss().policy_command_code(context.get(), session.get(), ESYS_TR_NONE,
                                                ESYS_TR_NONE, ESYS_TR_NONE, command),
              k_doing));
    const TPML_DIGEST list = branches_of(line);
    TRY(check(context.tss().policy_or(context.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                      ESYS_TR_NONE, &list),
              k_doing));
    return session;
}

Result<std::uint64_t> read_index(const Context& context, const Handle& index, ESYS_TR session) {
    tss::Owned<TPM2B_MAX_NV_BUFFER> data;
    TRY(check(context.tss().nv_read(context.get(), index.get(), index.get(), session, ESYS_TR_NONE,
                                    ESYS_TR_NONE, k_index_size, 0, data.out()),
              "reading what the TPM counted"));
    const BytesView bytes = tss::view(*data);
    if (bytes.size() != k_index_size) {
        return fail(ErrorKind::corrupt_state, "the TPM gave a count of another length");
    }
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8U | byte;
    }
    return value;
}

/// Count and limit, four bytes each.
Result<Tries> read_tries(const Context& context, const TpmLine& line) {
    const Handle index = TRY(find_tries(context, line));
    const Handle session = TRY(allow(context, line, TPM2_CC_NV_Read));
    const std::uint64_t both = TRY(read_index(context, index, session.get()));
    Tries tries;
    tries.used = static_cast<std::uint32_t>(both >> 32U);
    tries.limit = static_cast<std::uint32_t>(both);
    if (tries.limit != line.limit) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("the TPM counts to {}, and the seal says {}: the seal was changed, "
                                "or the recovery authority signed for another limit",
                                tries.limit, line.limit));
    }
    return tries;
}

/// One of the two keys of the line, loaded under the storage key.
Result<Handle> load_key(const Context& context, const Handle& storage, const TPM2B_PUBLIC& area,
                        BytesView encrypted) {
    Handle key(context);
    const auto secret = tss::sized<TPM2B_PRIVATE>(encrypted);
    TRY(check(context.tss().load(context.get(), storage.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                 ESYS_TR_NONE, &secret, &area, key.transient()),
              "loading a key of the seal into the TPM"));
    return key;
}

/// Uses one try up: the session may then use the HMAC key once. Nobody needs to know anything for
/// it, and the answer to a guess can't be had without it: TPM2_PolicySecret on a PIN-PASS index
/// counts before it allows, and gives no ticket that could be used again.
Result<Handle> use_a_try(const Context& context, const TpmLine& line) {
    constexpr std::string_view k_doing = "trying to open the briefcase";
    const Handle index = TRY(find_tries(context, line));
    Handle session = TRY(tss::start_policy(context));
    const TSS2_RC code = context.tss().policy_secret(
        context.get(), index.get(), session.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
        nullptr, nullptr, nullptr, 0, nullptr, nullptr);
    if (code == TSS2_RC_SUCCESS) {
        return session;
    }
    if (const auto tries = read_tries(context, line); tries && tries->left() == 0) {
        return tss::failure(TPM2_RC_AUTH_UNAVAILABLE, k_doing);
    }
    return tss::failure(code, k_doing);
}

Result<LockedBytes> answer_to(const Context& context, const TpmLine& line, BytesView guess) {
    const Handle storage = TRY(tss::find(context, line.storage_handle, storage_name(line.storage),
                                         "the briefcase's storage key"));
    const Handle key =
        TRY(load_key(context, storage, tss::public_of_answer(line), line.answer_private));
    const Handle encrypting = TRY(tss::start_encrypting(context, storage));
    LockedBytes answer = TRY(LockedBytes::make(k_secret_size));
    const Handle session = TRY(use_a_try(context, line));
    auto asked = tss::sized<TPM2B_MAX_BUFFER>(guess);
    tss::Owned<TPM2B_DIGEST> told;
    const TSS2_RC code =
        context.tss().hmac(context.get(), key.get(), session.get(), encrypting.get(), ESYS_TR_NONE,
                           &asked, TPM2_ALG_SHA256, told.out());
    sodium_memzero(&asked, sizeof(asked));
    TRY(check(code, "asking the TPM to open the briefcase"));
    if (told->size != k_secret_size) {
        return fail(ErrorKind::corrupt_state, "the TPM gave an answer of another length");
    }
    std::ranges::copy(tss::view(*told), answer.span().begin());
    // The library keeps the last exchange, decrypted, in its own memory: another one takes its
    // place.
    tss::Owned<TPM2B_DIGEST> random;
    TRY(check(context.tss().get_random(context.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       2 * k_secret_size, random.out()),
              "asking the TPM to open the briefcase"));
    return answer;
}

Result<signature::TpmAttestation> certify(const Context& context, const Handle& key,
                                          const Handle& index, ESYS_TR session,
                                          BytesView challenge) {
    const auto qualifying = tss::sized<TPM2B_DATA>(challenge);
    const TPMT_SIG_SCHEME scheme{.scheme = TPM2_ALG_NULL, .details = {}};
    tss::Owned<TPM2B_ATTEST> attest;
    tss::Owned<TPMT_SIGNATURE> signature;
    TRY(check(context.tss().nv_certify(context.get(), key.get(), index.get(), index.get(),
                                       ESYS_TR_PASSWORD, session, ESYS_TR_NONE, &qualifying,
                                       &scheme, k_index_size, 0, attest.out(), signature.out()),
              "having the TPM certify the tries and the counter"));
    const BytesView bytes = tss::view(*attest);
    return signature::TpmAttestation{.attest = Bytes(bytes.begin(), bytes.end()),
                                     .signature = TRY(tss::numbers_of(*signature))};
}

/// The write that a reset is, in a session that is authorized for this write alone.
Result<void> write_tries(const Context& context, const Handle& index, const Handle& session,
                         std::uint32_t limit) {
    signature::WireWriter contents;
    contents.write_u32(0);
    contents.write_u32(limit);
    const auto data = tss::sized<TPM2B_MAX_NV_BUFFER>(contents.take());
    return check(context.tss().nv_write(context.get(), index.get(), index.get(), session.get(),
                                        ESYS_TR_NONE, ESYS_TR_NONE, &data, 0),
                 "writing the tries into the TPM");
}

}  // namespace

Result<void> write_tries_signed(const Context& context, const Handle& index, const TpmLine& line,
                                const TpmPoint& by, BytesView name, const SignReset& sign) {
    constexpr std::string_view k_doing = "giving the TPM the signature for a reset";
    Handle authority(context);
    const TPM2B_PUBLIC area = tss::public_of_outside(by);
    TRY(check(context.tss().load_external(context.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          nullptr, &area, ESYS_TR_RH_NULL, authority.transient()),
              k_doing));
    const Handle session = TRY(tss::start_policy(context));
    tss::Owned<TPM2B_NONCE> nonce;
    TRY(check(context.tss().get_nonce(context.get(), session.get(), nonce.out()), k_doing));
    ResetChallenge challenge;
    challenge.limit = line.limit;
    if (nonce->size != challenge.nonce.size()) {
        return fail(ErrorKind::corrupt_state, "the TPM gave a nonce of another length");
    }
    std::ranges::copy(tss::view(*nonce), challenge.nonce.begin());
    std::ranges::copy(name, challenge.tries.begin());
    const Bytes numbers = TRY(sign(bytes_of_reset(challenge)));
    if (numbers.size() != 64) {
        return base::bad_input("a signature for a reset is 64 bytes");
    }
    const TPMT_SIGNATURE signature = tss::signature_of(numbers);
    const auto bound = tss::sized<TPM2B_DIGEST>(hash_of_reset(name, line.limit).bytes);
    const auto reference = tss::sized<TPM2B_NONCE>(base::as_bytes(k_reset_reference));
    TRY(check(
        context.tss().policy_signed(context.get(), authority.get(), session.get(), ESYS_TR_NONE,
                                    ESYS_TR_NONE, ESYS_TR_NONE, &*nonce, &bound, &reference,
                                    k_reset_seconds, &signature, nullptr, nullptr),
        k_doing));
    const TPML_DIGEST list = branches_of(line);
    TRY(check(context.tss().policy_or(context.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                      ESYS_TR_NONE, &list),
              k_doing));
    return write_tries(context, index, session, line.limit);
}

Tpm::Tpm(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tpm::Tpm(Tpm&&) noexcept = default;
Tpm& Tpm::operator=(Tpm&&) noexcept = default;
Tpm::~Tpm() = default;

Result<Tpm> Tpm::connect(const std::string& configuration) {
    TRY(keys::start_sodium());
    return Tpm(std::make_unique<Impl>(TRY(Context::connect(configuration))));
}

Evaluate Tpm::evaluate(std::string_view line) {
    return [this, line](BytesView guess) -> Result<LockedBytes> {
        if (guess.size() != k_secret_size) {
            return base::bad_input("a TPM is asked about 32 bytes");
        }
        const TpmLine parsed = TRY(parse_tpm_line(line));
        return answer_to(impl_->context, parsed, guess);
    };
}

Result<Tries> Tpm::tries(std::string_view line) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    Tries tries = TRY(read_tries(impl_->context, parsed));
    const Handle counter = TRY(find_counter(impl_->context, parsed));
    tries.counter = TRY(read_index(impl_->context, counter, ESYS_TR_PASSWORD));
    return tries;
}

Result<std::uint64_t> Tpm::count_up(std::string_view line) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    const Context& context = impl_->context;
    const Handle counter = TRY(find_counter(context, parsed));
    TRY(check(context.tss().nv_increment(context.get(), counter.get(), counter.get(),
                                         ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
              "counting up in the TPM"));
    return read_index(context, counter, ESYS_TR_PASSWORD);
}

Result<void> Tpm::reset(std::string_view line, const SignReset& sign) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    const Handle index = TRY(find_tries(impl_->context, parsed));
    return write_tries_signed(impl_->context, index, parsed, parsed.recovery, tries_name(parsed),
                              sign);
}

Result<std::string> Tpm::quote(std::string_view line, BytesView challenge) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    const Context& context = impl_->context;
    const Handle storage = TRY(
        tss::find(context, parsed.storage_handle, storage_name(parsed.storage), "the storage key"));
    const Handle key = TRY(
        load_key(context, storage, tss::public_of_attest(parsed.attest), parsed.attest_private));
    const Handle index = TRY(find_tries(context, parsed));
    const Handle counter = TRY(find_counter(context, parsed));
    const Handle session = TRY(allow(context, parsed, TPM2_CC_NV_Certify));
    const auto tries = TRY(certify(context, key, index, session.get(), challenge));
    const auto count = TRY(certify(context, key, counter, ESYS_TR_PASSWORD, challenge));
    const signature::PublicKey attest = TRY(key_of(parsed.attest));
    const Bytes quote = signature::make_tpm_quote(attest.blob(), tries, count);
    TRY(signature::verify_tpm_quote(quote, challenge));
    return std::string(base::as_text(quote));
}

}  // namespace cheget::briefcase
