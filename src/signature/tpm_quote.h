// A briefcase's TPM speaks: how many tries are used and where its counter stands, certified over a
// challenge (TPM 2.0 Library, Part 2: TPMS_ATTEST with TPMS_NV_CERTIFY_INFO). As bytes it is these
// SSH strings (RFC 4251): "cheget-tpm-quote-v1", the attesting key's blob
// (ecdsa-sha2-nistp256), and for the tries and then the counter the TPMS_ATTEST and its signature
// (r and s, 32 bytes each).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "signature/public_key.h"

namespace cheget::signature {

constexpr std::size_t k_longest_tpm_quote = 4096;

struct TpmQuote {
    PublicKey key;  ///< that attested
    std::uint32_t tries_used = 0;
    std::uint32_t tries_limit = 0;
    std::uint64_t counter = 0;
    /// The names of both NV indexes (digests over attributes and policies), as they were certified.
    base::Bytes tries_name{};
    base::Bytes counter_name{};
};

/// Reads and verifies one: both signatures by the key in it, both over this challenge. Whether the
/// key is to be trusted is the caller's question, and whose indexes those are: who has the case can
/// have its TPM certify indexes of their own making, so their names must be the expected ones.
base::Result<TpmQuote> verify_tpm_quote(base::BytesView quote, base::BytesView challenge);

/// One half of a quote, as a TPM gives it.
struct TpmAttestation {
    base::Bytes attest;     ///< TPMS_ATTEST
    base::Bytes signature;  ///< r and s, 32 bytes each
};
/// Writes a quote; nothing is verified.
base::Bytes make_tpm_quote(base::BytesView key_blob, const TpmAttestation& tries,
                           const TpmAttestation& counter);

}  // namespace cheget::signature
