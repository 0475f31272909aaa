// What the recovery authority is asked and answers when a briefcase's tries are to be reset: in the
// same room or far away, as text that can be mailed, dictated or carried.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "briefcase/tpm_line.h"

namespace cheget::briefcase {

/// How long after the TPM drew its nonce a signature may still be used.
constexpr std::uint32_t k_reset_seconds = 24 * 60 * 60;

/// A question that one TPM asks once.
struct ResetChallenge {
    std::string briefcase;  ///< `SHA256:…` of its key, by the word of who asks
    std::string recovery;   ///< the key that is to sign, `ecdsa-sha2-nistp256 AAAA…`
    std::uint32_t limit = 0;
    TpmName tries{};  ///< of the index; it covers whose signature resets it
    std::array<std::uint8_t, 32> nonce{};

    bool operator==(const ResetChallenge&) const = default;
};

std::string render(const ResetChallenge& challenge);
/// Reads exactly what render() writes.
base::Result<ResetChallenge> parse_reset_challenge(std::string_view text);

/// What is signed (Part 3, TPM2_PolicySigned, aHash): nonce, expiration, the write's hash, and the
/// reference. It ends in 32 bytes of fixed text, where an SSH signature has a digest or a key: no
/// nonce that a hostile TPM may choose makes it anything else that the authority's key could sign.
base::Bytes bytes_of_reset(const ResetChallenge& challenge);

/// The answer: one line with r and s in hexadecimal.
std::string render_reset_answer(base::BytesView signature);
base::Result<base::Bytes> parse_reset_answer(std::string_view line);

}  // namespace cheget::briefcase
