// The seal's `tpm` line: where a TPM keeps what one briefcase needs, and all that it needs besides
// to answer. Bearers may have altered it: what it names is compared with what the TPM holds, and a
// seal whose line was changed opens with no passphrase.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "signature/public_key.h"

namespace cheget::briefcase {

constexpr std::size_t k_longest_tpm_line = 4096;
/// More would be no limit, fewer than it takes to seal and to open once would lock its owner out.
constexpr std::uint32_t k_fewest_tries = 3;
constexpr std::uint32_t k_most_tries = 1000;

/// The coordinates of a P-256 point, as TPMs keep it.
using TpmPoint = std::array<std::uint8_t, 64>;

struct TpmLine {
    std::uint32_t limit = 0;           ///< of tries
    std::uint32_t tries_index = 0;     ///< NV, counts them
    std::uint32_t counter_index = 0;   ///< NV, counts up
    std::uint32_t storage_handle = 0;  ///< persistent: the parent of the two keys below
    TpmPoint storage{};
    TpmPoint recovery{};  ///< may reset the tries
    TpmPoint maker{};     ///< wrote them first; its secret was wiped then
    /// The HMAC key that answers: its unique part, and its private one, encrypted by the TPM.
    std::array<std::uint8_t, 32> answer{};
    base::Bytes answer_private;
    /// The key that attests.
    TpmPoint attest{};
    base::Bytes attest_private;

    bool operator==(const TpmLine&) const = default;
};

std::string render(const TpmLine& line);
/// Reads exactly what render() writes; points lie on their curve.
base::Result<TpmLine> parse_tpm_line(std::string_view text);

/// As an SSH key. The point must lie on its curve.
base::Result<signature::PublicKey> key_of(const TpmPoint& point);
/// Fails with usage unless the key is of the type ecdsa-sha2-nistp256: TPMs verify no other here.
base::Result<TpmPoint> point_of(const signature::PublicKey& key);

/// The policyRef under which the index of tries takes a signature: for nothing else.
constexpr std::string_view k_reset_reference = "cheget briefcase: reset of tries";
static_assert(k_reset_reference.size() == 32);

// Names and policies (TPM 2.0 Library, Part 1, "Names"; Part 3, the policy commands), computed
// here: what is in the TPM has to come to the same.

/// `algorithm ‖ digest of the public area`: what a TPM knows an index or a key by.
using TpmName = std::array<std::uint8_t, 34>;

TpmName tries_name(const TpmLine& line, bool written = true);
TpmName counter_name(const TpmLine& line);
TpmName storage_name(const TpmPoint& storage);
TpmName answer_name(const TpmLine& line);
TpmName attest_name(const TpmPoint& attest);

/// The ways to use the index of tries, other than by its (empty) secret, which costs one: the
/// recovery authority's signature, the maker's, and without anything to read it and to certify it.
std::array<base::Digest, 4> tries_branches(const TpmLine& line);
enum TriesBranch : std::uint8_t { by_recovery, by_maker, to_read, to_certify };
/// Any of them: the policy of the index. The counter has it too, where its attributes give it no
/// use: it makes the counter's name this briefcase's own.
base::Digest tries_policy(const TpmLine& line);
/// The policy of the HMAC key: one use of the index of tries.
base::Digest answer_policy(const TpmLine& line);

/// What a signature over a write of the tries binds, besides the nonce: the write's every
/// parameter, so that no other count, limit or index can be written by it.
base::Digest hash_of_reset(base::BytesView name_of_tries, std::uint32_t limit);

// Attributes of what is made, as TPMA_NV and TPMA_OBJECT number them.
std::uint32_t tries_attributes(bool written);
std::uint32_t counter_attributes(bool written);
constexpr std::uint32_t k_storage_attributes = 0x30472;  ///< fixed, decrypt, restricted, no DA
constexpr std::uint32_t k_answer_attributes = 0x404B2;   ///< fixed, sign, by policy alone, no DA
constexpr std::uint32_t k_attest_attributes = 0x50472;   ///< fixed, sign, restricted, no DA
constexpr std::uint32_t k_outside_attributes = 0x40040;  ///< a public key from outside, to verify

}  // namespace cheget::briefcase
