// Any bytes as a TPM's quote: the first 32 are the challenge. As their own signatures would keep
// changed ones from being read further, the rest, cut in two, is also taken for what a TPM of the
// fuzzer's certified.
#include <cstdlib>

#include "signature/tpm_quote_test_support.h"

namespace base = cheget::base;
namespace signature = cheget::signature;

namespace {

constexpr std::size_t k_challenge_size = 32;

void check(base::BytesView quote, base::BytesView challenge) {
    const auto told = signature::verify_tpm_quote(quote, challenge);
    if (!told) {
        if (told.error().message.empty()) {
            std::abort();
        }
        return;
    }
    base::Bytes other(challenge.begin(), challenge.end());
    other[0] ^= 1U;
    if (signature::verify_tpm_quote(quote, other) ||
        signature::verify_tpm_quote(quote.first(quote.size() - 1), challenge) ||
        told->tries_name == told->counter_name) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto key = signature::test_keys::SoftKey::p256();
    const base::BytesView input{data, size};
    const base::BytesView challenge = input.first(std::min(size, k_challenge_size));
    const base::BytesView rest = input.subspan(challenge.size());
    check(rest, challenge);
    const base::BytesView tries = rest.first(rest.size() / 2);
    const base::BytesView counter = rest.subspan(tries.size());
    check(signature::make_tpm_quote(key.blob(), signature::test_keys::attested(key, tries),
                                    signature::test_keys::attested(key, counter)),
          challenge);
    return 0;
}
