// The permit file (docs/permit.md): an order with all that allows it, in one file that travels by
// network, mail, USB stick or QR codes. Nothing in it is labelled but by its own bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

namespace cheget::permit {

constexpr std::size_t k_most_statements = 4096;
constexpr std::size_t k_most_statement_bytes = 16U << 20U;
constexpr std::size_t k_most_file_bytes = 256U << 20U;
constexpr std::size_t k_most_entries = 100'000;
constexpr std::size_t k_most_entry_bytes = 64U << 20U;
constexpr std::size_t k_most_checkpoints = 4096;
constexpr std::size_t k_longest_checkpoint = 256U << 10U;

/// A permit taken apart; the views point into the bytes that were parsed. Framing: the line
/// `cheget permit v1`, then parts: `statement <bytes>` LF and that many bytes of a signed text, or
/// `entry <index> <bytes>`, `checkpoint <bytes>`, `file <bytes> <digest>`, each with LF and that
/// many bytes; in this order.
struct Permit {
    /// What the log holds from entry `first` on, without a gap, and witnessed checkpoints of it.
    struct Extract {
        std::uint64_t first = 0;
        std::vector<std::string> entries;      ///< signed statements as they were logged
        std::vector<std::string> checkpoints;  ///< as they were signed; sizes ascending

        bool empty() const { return entries.empty() && checkpoints.empty(); }
    };
    struct File {
        base::Digest digest;
        base::BytesView content;
    };
    std::vector<std::string_view> statements;  ///< signed texts, unverified
    Extract extract;                           ///< unverified
    std::vector<File> files;                   ///< digests not yet compared with the bytes
};

/// Reads the framing; bounds first. Statements' texts and files' digests are not checked here.
base::Result<Permit> parse_permit(base::BytesView bytes);

/// Writes it. Fails if a bound is passed.
base::Result<std::string> render_permit(const Permit& permit);

}  // namespace cheget::permit
