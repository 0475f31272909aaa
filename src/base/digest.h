// SHA-256 digests, the name of every text and file.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct evp_md_ctx_st;

namespace cheget::base {

/// A SHA-256 value (FIPS 180-4). Written as `sha256:` and 64 lower-case hexadecimal digits.
struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    auto operator<=>(const Digest&) const = default;
};

/// The SHA-256 of the bytes.
Digest sha256(BytesView bytes);
inline Digest sha256(std::string_view text) { return sha256(as_bytes(text)); }

/// `sha256:` and 64 lower-case hexadecimal digits.
std::string to_text(const Digest& digest);

/// The 64 hexadecimal digits alone: the form used in file names and on command lines.
std::string to_hex(const Digest& digest);

/// Reads `sha256:` and 64 lower-case hexadecimal digits, and nothing else.
Result<Digest> parse_digest(std::string_view text);

/// SHA-256 of bytes that come in pieces.
class Hasher {
  public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void add(BytesView bytes);
    /// The digest of all that was added; the hasher then begins anew.
    Digest finish();

  private:
    evp_md_ctx_st* context_;
};

}  // namespace cheget::base

template <>
struct std::hash<cheget::base::Digest> {
    std::size_t operator()(const cheget::base::Digest& digest) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i) {
            value = value << 8 | digest.bytes[i];
        }
        return value;
    }
};
