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

/// A permit taken apart; the views point into the bytes that were parsed. Framing: the line
/// `cheget permit v1`, then parts: `statement <bytes>` LF and that many bytes of a signed text, or
/// `file <bytes> <digest>` LF and that many bytes. Statements come first.
struct Permit {
    struct File {
        base::Digest digest;
        base::BytesView content;
    };
    std::vector<std::string_view> statements;  ///< signed texts, unverified
    std::vector<File> files;                   ///< digests not yet compared with the bytes
};

/// Reads the framing; bounds first. Statements' texts and files' digests are not checked here.
base::Result<Permit> parse_permit(base::BytesView bytes);

/// Writes it. Fails if a bound is passed.
base::Result<std::string> render_permit(const Permit& permit);

}  // namespace cheget::permit
