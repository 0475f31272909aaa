// Marks (docs/briefcase.md): what a briefcase's real slot makes of each vote, and what executors
// hold to tell it from any other.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "keys/locked_bytes.h"

namespace cheget::keys {

constexpr std::size_t k_mark_secret_size = 32;
constexpr std::size_t k_longest_mark_file = 1024;

/// HMAC-SHA256 (RFC 2104) under the secret, of 32 bytes, over a vote's text with 64 zeros as its
/// mark.
base::Result<std::array<std::uint8_t, 32>> mark_of(base::BytesView secret,
                                                   std::string_view unmarked_vote);

/// The secret behind one key's marks, for executors.
struct MarkSecret {
    std::string domain;         ///< its name
    base::Digest first_policy;  ///< its id
    std::string key;            ///< `SHA256:…` of the key in the briefcase
    LockedBytes secret;
};

/// `cheget mark v1`, and a line each for `domain`, `key` and `secret`; in locked memory.
base::Result<LockedBytes> render_mark_file(const MarkSecret& mark);
/// Reads exactly what render_mark_file() writes.
base::Result<MarkSecret> parse_mark_file(std::string_view text);

}  // namespace cheget::keys
