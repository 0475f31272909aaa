// Quotes of a briefcase's TPM: what counts as one, and every way in which one must not.
#include "signature/tpm_quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "signature/tpm_quote_test_support.h"

namespace cheget::signature {
namespace {

using test_keys::Attest;
using test_keys::attested;
using test_keys::SoftKey;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

const base::Bytes k_challenge(32, 0xC5);

Attest of_tries() {
    return {};
}

Attest of_counter() {
    Attest attest;
    attest.index = Attest::name(3);
    attest.contents = {0, 0, 0, 1, 0, 0, 0, 2};
    return attest;
}

const SoftKey& key() {
    static const SoftKey made = SoftKey::p256();
    return made;
}

base::Bytes quote_of(const Attest& tries, const Attest& counter, const SoftKey& by = key()) {
    return make_tpm_quote(key().blob(), attested(by, tries.bytes()), attested(by, counter.bytes()));
}

std::string why_refused(const base::Bytes& quote, base::BytesView challenge = k_challenge) {
    const auto told = verify_tpm_quote(quote, challenge);
    if (told) {
        return "it was taken";
    }
    EXPECT_EQ(told.error().kind, base::ErrorKind::bad_input);
    return told.error().message;
}

TEST(TpmQuote, tells_tries_and_counter) {
    // Some numbers of a signature are shorter than 32 bytes: 600 of them show a few.
    for (int i = 0; i < 300; ++i) {
        const auto told = verify_tpm_quote(quote_of(of_tries(), of_counter()), k_challenge);
        ASSERT_TRUE(told) << told.error().message;
        EXPECT_EQ(told->key, key().public_key());
        EXPECT_EQ(told->tries_used, 3U);
        EXPECT_EQ(told->tries_limit, 8U);
        EXPECT_EQ(told->counter, (1ULL << 32U) + 2);
        EXPECT_THAT(told->tries_name, ElementsAreArray(Attest::name(2)));
        EXPECT_THAT(told->counter_name, ElementsAreArray(Attest::name(3)));
    }
}

TEST(TpmQuoteAttack, G1_over_another_challenge) {
    const base::Bytes quote = quote_of(of_tries(), of_counter());
    EXPECT_THAT(why_refused(quote, base::Bytes(32, 0xC4)), HasSubstr("another challenge"));
    EXPECT_THAT(why_refused(quote, base::Bytes(31, 0xC5)), HasSubstr("a challenge has 32 bytes"));
    EXPECT_THAT(why_refused(quote, {}), HasSubstr("a challenge has 32 bytes"));
    // One half of an old quote beside a fresh one.
    Attest old = of_counter();
    old.challenge[31] ^= 1U;
    EXPECT_THAT(why_refused(quote_of(of_tries(), old)), HasSubstr("another challenge"));
    old = of_tries();
    old.challenge.pop_back();
    EXPECT_THAT(why_refused(quote_of(old, of_counter())), HasSubstr("another challenge"));
}

TEST(TpmQuoteAttack, G1_by_another_key) {
    EXPECT_THAT(why_refused(quote_of(of_tries(), of_counter(), SoftKey::p256())),
                HasSubstr("does not verify"));
    const auto other = SoftKey::ed25519();
    EXPECT_THAT(why_refused(make_tpm_quote(other.blob(), attested(key(), of_tries().bytes()),
                                           attested(key(), of_counter().bytes()))),
                HasSubstr("not of the type"));
    EXPECT_THAT(why_refused(make_tpm_quote({}, attested(key(), of_tries().bytes()),
                                           attested(key(), of_counter().bytes()))),
                HasSubstr("TPM quote: "));
}

TEST(TpmQuoteAttack, G1_no_byte_can_be_changed) {
    const base::Bytes good = quote_of(of_tries(), of_counter());
    ASSERT_TRUE(verify_tpm_quote(good, k_challenge));
    for (std::size_t i = 0; i < good.size(); ++i) {
        base::Bytes quote = good;
        quote[i] ^= 0x40U;
        EXPECT_FALSE(verify_tpm_quote(quote, k_challenge)) << i;
        EXPECT_FALSE(verify_tpm_quote(base::BytesView(good).first(i), k_challenge)) << i;
    }
    base::Bytes longer = good;
    longer.push_back(0);
    EXPECT_THAT(why_refused(longer), HasSubstr("1 bytes are left over"));
    longer.resize(k_longest_tpm_quote + 1);
    EXPECT_THAT(why_refused(longer), HasSubstr("longer than"));
}

TEST(TpmQuoteAttack, G1_what_the_key_signed_is_no_quote) {
    // All of these bear good signatures: a key that isn't restricted, or a TPM that quotes
    // something else.
    const std::vector<std::pair<std::function<void(Attest&)>, std::string>> changes{
        {[](Attest& attest) { attest.magic = 0xFF544348; }, "no TPM made it"},
        {[](Attest& attest) { attest.type = 0x8018; }, "other than an NV index"},
        {[](Attest& attest) { attest.signer[1] = 0x0C; }, "not one by SHA-256"},
        {[](Attest& attest) { attest.signer.clear(); }, "not one by SHA-256"},
        {[](Attest& attest) { attest.index[0] = 1; }, "not one by SHA-256"},
        {[](Attest& attest) { attest.index.push_back(1); }, "not one by SHA-256"},
        {[](Attest& attest) { attest.safe = 2; }, "neither safe nor unsafe"},
        {[](Attest& attest) { attest.offset = 1; }, "does not certify the whole"},
        {[](Attest& attest) { attest.contents.pop_back(); }, "does not certify the whole"},
        {[](Attest& attest) { attest.contents.push_back(0); }, "does not certify the whole"},
        {[](Attest& attest) { attest.contents.clear(); }, "does not certify the whole"},
        {[](Attest& attest) { attest.tail = {0}; }, "1 bytes are left over in what"},
        {[](Attest& attest) { attest.signer = Attest::name(9); }, "do not belong together"},
    };
    for (const auto& [change, why] : changes) {
        Attest tries = of_tries();
        change(tries);
        EXPECT_THAT(why_refused(quote_of(tries, of_counter())), HasSubstr(why));
        Attest counter = of_counter();
        change(counter);
        EXPECT_THAT(why_refused(quote_of(of_tries(), counter)), HasSubstr(why));
    }
    EXPECT_THAT(why_refused(quote_of(of_tries(), of_tries())), HasSubstr("do not belong together"));
    const base::Bytes whole = of_tries().bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const base::BytesView cut = base::BytesView(whole).first(size);
        EXPECT_FALSE(verify_tpm_quote(make_tpm_quote(key().blob(), attested(key(), cut),
                                                     attested(key(), of_counter().bytes())),
                                      k_challenge))
            << size;
    }
}

TEST(TpmQuoteAttack, G1_signatures_of_other_lengths) {
    for (const std::size_t size : {0UL, 63UL, 65UL}) {
        TpmAttestation tries = attested(key(), of_tries().bytes());
        tries.signature.resize(size);
        EXPECT_THAT(
            why_refused(make_tpm_quote(key().blob(), tries, attested(key(), of_counter().bytes()))),
            HasSubstr("not 64 bytes"));
    }
    TpmAttestation zero = attested(key(), of_tries().bytes());
    std::ranges::fill(zero.signature, 0);
    EXPECT_THAT(
        why_refused(make_tpm_quote(key().blob(), zero, attested(key(), of_counter().bytes()))),
        HasSubstr("does not verify"));
}

}  // namespace
}  // namespace cheget::signature
