// Proofs that an entry lies in a tree and that one tree grew out of another (RFC 6962, sections
// 2.1.1 and 2.1.2; verified as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says).
#pragma once

#include <functional>
#include <span>

#include "log/tree.h"

namespace cheget::log {

using Proof = std::vector<Digest>;

/// No proof has more hashes.
constexpr std::size_t k_longest_proof = 63;

/// Gives the hash of a full node; its failures become those of who asked.
using HashReader = std::function<base::Result<Digest>(Node)>;

/// The hashes, leaf to root, that prove the entry at `index` in the tree of `size` entries. Fails
/// unless index < size.
base::Result<Proof> make_inclusion_proof(std::uint64_t index, std::uint64_t size,
                                         const HashReader& read);

/// The hashes that prove that the tree of `new_size` entries begins with those of `old_size`.
/// Fails unless 0 < old_size <= new_size; of equal sizes it is empty.
base::Result<Proof> make_consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                           const HashReader& read);

/// The root of the tree of `size` entries.
base::Result<Digest> root_at(std::uint64_t size, const HashReader& read);

/// Whether the leaf stands at `index` in the tree of that size and root. Says what is wrong.
base::Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                                    std::span<const Digest> proof, const Digest& root);

/// Whether the newer tree begins with the older one. An old size of 0 is refused: it would prove
/// nothing.
base::Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                      const Digest& old_root, const Digest& new_root,
                                      std::span<const Digest> proof);

}  // namespace cheget::log
