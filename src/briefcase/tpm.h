// The case's TPM 2.0 (tpm2-tss): tries that are counted by hardware, a key that answers only while
// some are left, a counter that never goes back, and quotes of all that.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "briefcase/seal.h"
#include "signature/public_key.h"

namespace cheget::briefcase {

/// How tries stand.
struct Tries {
    std::uint32_t used = 0;
    std::uint32_t limit = 0;
    std::uint64_t counter = 0;  ///< goes up by one with each count_up(), and never down
    std::uint32_t left() const { return used >= limit ? 0 : limit - used; }
};

/// How many of a fresh TPM's tries sealing costs: as many without a passphrase for duress as with
/// one, so that tries tell nobody whether there is one.
constexpr std::uint32_t k_tries_to_seal = 2;

/// Signs these bytes with the recovery authority's ECDSA P-256 key (through ssh-agent or a key
/// file); gives r and s, 32 bytes each.
using SignReset = std::function<base::Result<base::Bytes>(base::BytesView)>;

class Tpm {
  public:
    /// By a TCTI configuration such as `device:/dev/tpmrm0` or `swtpm:host=127.0.0.1,port=2321`.
    /// Fails with unreachable if there is none.
    static base::Result<Tpm> connect(const std::string& configuration);
    Tpm(Tpm&&) noexcept;
    Tpm& operator=(Tpm&&) noexcept;
    ~Tpm();

    /// Makes what one briefcase needs: the index that counts tries, the key behind it, the counter,
    /// the key that attests. `recovery` (ecdsa-sha2-nistp256) alone can reset the tries. Takes the
    /// TPM's owner password where one is set. Gives the seal's `tpm` line; a failure leaves nothing
    /// behind.
    base::Result<std::string> prepare(std::uint32_t limit, const signature::PublicKey& recovery,
                                      base::BytesView owner_password = {});
    /// Takes it all away again.
    base::Result<void> remove(std::string_view line, base::BytesView owner_password = {});

    /// One try. The Tpm and the line must outlive it. Fails with denied when none are left.
    Evaluate evaluate(std::string_view line);
    base::Result<Tries> tries(std::string_view line);
    base::Result<std::uint64_t> count_up(std::string_view line);
    /// All tries again, as many as the line says: `sign` is given what binds this TPM's own fresh
    /// nonce (tpm_reset.h), which is the first 32 bytes of it, and may take its time.
    base::Result<void> reset(std::string_view line, const SignReset& sign);
    /// A quote of tries and counter over 32 bytes (signature/tpm_quote.h reads and verifies it).
    base::Result<std::string> quote(std::string_view line, base::BytesView challenge);

  private:
    struct Impl;
    explicit Tpm(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The key that attests, out of a seal's `tpm` line: what a policy names after `briefcase tpm`.
base::Result<signature::PublicKey> attestation_key_of(std::string_view line);

}  // namespace cheget::briefcase
