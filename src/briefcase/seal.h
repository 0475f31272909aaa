// The seal of a briefcase (docs/briefcase.md): a principal's key, shut away under a passphrase in
// two slots of which nobody can tell the one from the other without it.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "keys/locked_bytes.h"
#include "signature/public_key.h"
#include "statement/statement.h"

namespace cheget::briefcase {

constexpr std::size_t k_longest_seal = 16 * 1024;
constexpr std::size_t k_salt_size = 16;
constexpr std::size_t k_secret_size = 32;
/// What a slot looks like from outside: a commitment to its key, a nonce, the sealed secrets with
/// their tag. An empty slot is as many random bytes.
constexpr std::size_t k_slot_size = 32 + 24 + 2 * k_secret_size + 16;

/// What one guess at the passphrase costs (Argon2id, RFC 9106).
struct GuessCost {
    std::uint64_t passes = 0;
    std::uint64_t kibibytes = 0;
    bool operator==(const GuessCost&) const = default;

    static GuessCost moderate();   ///< about a second, 256 MiB
    static GuessCost sensitive();  ///< several seconds, 1 GiB
    static GuessCost for_tests();  ///< the least there is: for tests of everything else
};

/// What everybody sees of a sealed key.
struct Seal {
    statement::Domain domain;
    statement::PolicyReference policy;  ///< in force when it was sealed
    std::string principal;
    std::string key;  ///< the public half, `ssh-ed25519 AAAA…`
    base::Time made;
    GuessCost cost;
    std::array<std::uint8_t, k_salt_size> salt{};
    /// What the TPM needs to answer, as tpm.h writes it; empty where tries are not limited.
    std::string tpm;
    std::array<std::array<std::uint8_t, k_slot_size>, 2> slots{};

    bool operator==(const Seal&) const = default;
};

std::string render(const Seal& seal);
/// Reads exactly what render() writes.
base::Result<Seal> parse_seal(std::string_view text);

/// What a slot holds: the key's seed, and the secret that makes its votes' marks.
struct Secrets {
    keys::LockedBytes seed;
    keys::LockedBytes mark;
};

/// The one evaluation that a try costs: a function of these 32 bytes that only the case's TPM can
/// compute. Its failures become those of who asked: no tries left, no such TPM.
using Evaluate = std::function<base::Result<keys::LockedBytes>(base::BytesView)>;

/// Without a TPM: nothing but the passphrase.
Evaluate no_tpm();

/// Fills the slots. With `duress` the second passphrase opens the same key with another, random
/// mark secret; without it the other slot is random. Either evaluates twice. Which slot is which is
/// drawn by lot. Fails if the passphrases are alike, or shorter than k_shortest_passphrase.
base::Result<void> fill_slots(Seal& seal, const Secrets& secrets, base::BytesView passphrase,
                              std::optional<base::BytesView> duress, const Evaluate& evaluate);
constexpr std::size_t k_shortest_passphrase = 12;

/// Opens it. The steps and their order are the same whichever slot the passphrase opens, or none.
/// Fails with denied if it opens none, or if anything in the seal was changed.
base::Result<Secrets> open_slots(const Seal& seal, base::BytesView passphrase,
                                 const Evaluate& evaluate);

}  // namespace cheget::briefcase
