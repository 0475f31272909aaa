// What one briefcase has in its TPM: made once, at home, and taken away again.
//
//   storage   a persistent primary key of its own under the owner's seed, parent of the two below
//             and what sessions are salted to
//   tries     an NV index of type PIN-PASS. Using its secret, which is empty, counts up; once count
//             reaches limit it can't be used any more. It is written under a signature alone.
//   answer    an HMAC key, random, that never leaves this TPM, usable by one use of `tries`
//   counter   an NV counter. TPMs let a new one begin above the highest that they ever had, so it
//             doesn't go back by being removed and made anew either.
//   attest    a restricted ECDSA key: signs nothing but what this TPM says of itself
//
// The first write of `tries` needs a signature too: a key is made for it that is gone afterwards.
// With any easier way to write a fresh index (the owner's password, a policy that holds while it is
// unwritten) who knows the owner's password could remove it, make it anew under the same name, and
// have all tries again.
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>

#include "briefcase/tpm_impl.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::ErrorKind;
using base::fail;
using base::Result;
using tss::check;
using tss::Context;
using tss::Handle;

// Where cheget's own begin, in the ranges that owners are free to use.
constexpr TPM2_HANDLE k_first_index = 0x01806300;
constexpr TPM2_HANDLE k_first_storage = 0x81006300;
constexpr std::uint32_t k_places = 0x100;

constexpr std::string_view k_making = "making a key in the TPM";
constexpr std::string_view k_defining = "making an index in the TPM";

/// A P-256 key in this process, for the first write.
class MakerKey {
  public:
    static Result<MakerKey> make() {
        MakerKey key;
        key.evp_.reset(EVP_EC_gen("P-256"));
        std::array<std::uint8_t, 65> encoded{};
        std::size_t size = 0;
        if (key.evp_ == nullptr ||
            EVP_PKEY_get_octet_string_param(key.evp_.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                            encoded.size(), &size) != 1 ||
            size != encoded.size()) {
            return fail(ErrorKind::unreachable, "OpenSSL can't make a P-256 key");
        }
        std::copy_n(encoded.begin() + 1, key.point.size(), key.point.begin());
        return key;
    }

    Result<Bytes> sign(BytesView message) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        std::array<std::uint8_t, 80> der{};
        std::size_t size = der.size();
        if (context == nullptr ||
            EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, evp_.get()) != 1 ||
            EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) != 1) {
            return fail(ErrorKind::unreachable, "OpenSSL can't sign with a P-256 key");
        }
        const std::uint8_t* at = der.data();
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
            d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
        Bytes numbers(64);
        if (parsed == nullptr ||
            BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), numbers.data(), 32) != 32 ||
            BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), numbers.data() + 32, 32) != 32) {
            return fail(ErrorKind::unreachable, "OpenSSL can't sign with a P-256 key");
        }
        return numbers;
    }

    TpmPoint point{};

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }  // wipes the secret
    };
    std::unique_ptr<EVP_PKEY, Free> evp_;
};

/// The first handles from `first` on that nothing has.
Result<std::vector<TPM2_HANDLE>> free_places(const Context& context, TPM2_HANDLE first,
                                             std::size_t wanted) {
    tss::Owned<TPMS_CAPABILITY_DATA> told;
    TPMI_YES_NO more = 0;
    TRY(check(context.tss().get_capability(context.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           TPM2_CAP_HANDLES, first, k_places, &more, told.out()),
              "asking the TPM what it holds"));
    const TPML_HANDLE& held = told->data.handles;
    const std::span<const TPM2_HANDLE> taken(
        held.handle, std::min<std::size_t>(held.count, TPM2_MAX_CAP_HANDLES));
    std::vector<TPM2_HANDLE> places;
    for (TPM2_HANDLE place = first; place < first + k_places && places.size() < wanted; ++place) {
        if (std::ranges::find(taken, place) == taken.end()) {
            places.push_back(place);
        }
    }
    if (places.size() < wanted) {
        return fail(
            ErrorKind::unreachable,
            "the TPM has no free place among cheget's: remove briefcases that nobody needs");
    }
    return places;
}

Result<void> use_owner_password(const Context& context, BytesView password) {
    if (password.size() > sizeof(TPMU_HA)) {
        return fail(ErrorKind::usage,
                    fmt::format("a TPM's owner password has at most {} bytes", sizeof(TPMU_HA)));
    }
    auto auth = tss::sized<TPM2B_AUTH>(password);
    const TSS2_RC code = context.tss().set_auth(context.get(), ESYS_TR_RH_OWNER, &auth);
    sodium_memzero(&auth, sizeof(auth));
    return check(code, "using the TPM's owner password");
}

/// What prepare() has made so far; taken away again unless it is kept.
class Made {
  public:
    explicit Made(const Context& context)
        : storage(context), tries(context), counter(context), context_(&context) {}
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;
    Made(Made&&) = delete;
    Made& operator=(Made&&) = delete;
    ~Made() {
        if (!kept_) {
            // What is told is why the making failed.
            [[maybe_unused]] const auto outcome = take_away();
        }
    }
    void keep() { kept_ = true; }

    /// All that is there; the first failure, after trying everything.
    Result<void> take_away() {
        Result<void> outcome;
        for (Handle* index : {&tries, &counter}) {
            if (index->get() != ESYS_TR_NONE) {
                note(outcome,
                     context_->tss().nv_undefine(context_->get(), ESYS_TR_RH_OWNER, index->get(),
                                                 ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE));
                index->forget();
            }
        }
        if (storage.get() != ESYS_TR_NONE) {
            ESYS_TR gone = ESYS_TR_NONE;
            note(outcome, context_->tss().evict_control(context_->get(), ESYS_TR_RH_OWNER,
                                                        storage.get(), ESYS_TR_PASSWORD,
                                                        ESYS_TR_NONE, ESYS_TR_NONE, 0, &gone));
            storage.close();
        }
        return outcome;
    }

    Handle storage;
    Handle tries;
    Handle counter;

  private:
    static void note(Result<void>& outcome, TSS2_RC code) {
        const auto told = check(code, "removing what the briefcase has in the TPM");
        if (outcome && !told) {
            outcome = told;
        }
    }
    const Context* context_;
    bool kept_ = false;
};

/// The persistent storage key; random bytes in its template make it this briefcase's own.
Result<void> make_storage(const Context& context, TpmLine& line, Made& made) {
    line.storage_handle = TRY(free_places(context, k_first_storage, 1)).front();
    TpmPoint random{};
    randombytes_buf(random.data(), random.size());
    const TPM2B_PUBLIC area = tss::public_of_storage(random);
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_DATA nothing{};
    const TPML_PCR_SELECTION no_registers{};
    Handle primary(context);
    tss::Owned<TPM2B_PUBLIC> created;
    TRY(check(context.tss().create_primary(context.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
                                           ESYS_TR_NONE, ESYS_TR_NONE, &no_secret, &area, &nothing,
                                           &no_registers, primary.transient(), created.out(),
                                           nullptr, nullptr, nullptr),
              k_making));
    line.storage = TRY(tss::point_of(*created));
    return check(context.tss().evict_control(context.get(), ESYS_TR_RH_OWNER, primary.get(),
                                             ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                             line.storage_handle, made.storage.lasting()),
                 k_making);
}

/// A random key under the storage key; gives its encrypted private part.
Result<Bytes> make_child(const Context& context, const Handle& storage, const TPM2B_PUBLIC& area,
                         tss::Owned<TPM2B_PUBLIC>& created) {
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_DATA nothing{};
    const TPML_PCR_SELECTION no_registers{};
    tss::Owned<TPM2B_PRIVATE> encrypted;
    TRY(check(context.tss().create(context.get(), storage.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                   ESYS_TR_NONE, &no_secret, &area, &nothing, &no_registers,
                                   encrypted.out(), created.out(), nullptr, nullptr, nullptr),
              k_making));
    const BytesView bytes = tss::view(*encrypted);
    return Bytes(bytes.begin(), bytes.end());
}

/// Handing in an empty `unique` has the TPM draw the key.
Result<void> make_children(const Context& context, TpmLine& line, const Made& made) {
    tss::Owned<TPM2B_PUBLIC> created;
    TPM2B_PUBLIC wanted = tss::public_of_answer(line);
    wanted.publicArea.unique = {};
    line.answer_private = TRY(make_child(context, made.storage, wanted, created));
    const BytesView unique = tss::view(created->publicArea.unique.keyedHash);
    if (unique.size() != line.answer.size()) {
        return fail(ErrorKind::corrupt_state, "the TPM made a key of another length");
    }
    std::ranges::copy(unique, line.answer.begin());
    wanted = tss::public_of_attest(line.attest);
    wanted.publicArea.unique = {};
    line.attest_private = TRY(make_child(context, made.storage, wanted, created));
    line.attest = TRY(tss::point_of(*created));
    return {};
}

Result<void> define(const Context& context, const TPM2B_NV_PUBLIC& area, Handle& index) {
    const TPM2B_AUTH no_secret{};
    return check(
        context.tss().nv_define(context.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE, &no_secret, &area, index.lasting()),
        k_defining);
}

Result<void> make_indexes(const Context& context, TpmLine& line, const MakerKey& maker,
                          Made& made) {
    const auto places = TRY(free_places(context, k_first_index, 2));
    line.tries_index = places[0];
    line.counter_index = places[1];
    TRY(define(context, tss::public_of_counter(line), made.counter));
    TRY(check(context.tss().nv_increment(context.get(), made.counter.get(), made.counter.get(),
                                         ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
              k_defining));
    TRY(define(context, tss::public_of_tries(line), made.tries));
    return write_tries_signed(context, made.tries, line, maker.point, tries_name(line, false),
                              [&](BytesView bytes) { return maker.sign(bytes); });
}

}  // namespace

Result<std::string> Tpm::prepare(std::uint32_t limit, const signature::PublicKey& recovery,
                                 BytesView owner_password) {
    if (limit < k_fewest_tries || limit > k_most_tries) {
        return fail(ErrorKind::usage,
                    fmt::format("a briefcase has {} to {} tries, sealing takes {}", k_fewest_tries,
                                k_most_tries, k_tries_to_seal));
    }
    const Context& context = impl_->context;
    TpmLine line;
    line.limit = limit;
    line.recovery = TRY(point_of(recovery));
    const MakerKey maker = TRY(MakerKey::make());
    line.maker = maker.point;
    TRY(use_owner_password(context, owner_password));
    Made made(context);
    TRY(make_storage(context, line, made));
    TRY(make_indexes(context, line, maker, made));
    TRY(make_children(context, line, made));
    std::string text = render(line);
    TRY(parse_tpm_line(text));
    // What it says is what is there: names, keys, counts.
    TRY(tss::find(context, line.storage_handle, storage_name(line.storage), "the storage key"));
    const Tries now = TRY(tries(text));
    std::array<std::uint8_t, k_secret_size> challenge{};
    randombytes_buf(challenge.data(), challenge.size());
    TRY(quote(text, challenge));
    if (now.used != 0 || now.limit != limit) {
        return fail(ErrorKind::corrupt_state, "the TPM counts other tries than it was told to");
    }
    made.keep();
    return text;
}

Result<void> Tpm::remove(std::string_view line, BytesView owner_password) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    const Context& context = impl_->context;
    TRY(use_owner_password(context, owner_password));
    Made made(context);
    made.keep();  // all of it goes, or, where something is missing, nothing
    const auto take = [&](Handle& into, TPM2_HANDLE at, const TpmName& name,
                          std::string_view what) -> Result<void> {
        TRY(tss::find(context, at, name, what));  // never anything that isn't this briefcase's
        return check(context.tss().from_public(context.get(), at, ESYS_TR_NONE, ESYS_TR_NONE,
                                               ESYS_TR_NONE, into.lasting()),
                     "removing what the briefcase has in the TPM");
    };
    TRY(take(made.tries, parsed.tries_index, tries_name(parsed), "the index of tries"));
    TRY(take(made.counter, parsed.counter_index, counter_name(parsed), "the counter"));
    TRY(take(made.storage, parsed.storage_handle, storage_name(parsed.storage), "the storage key"));
    return made.take_away();
}

}  // namespace cheget::briefcase
