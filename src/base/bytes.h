// Bytes and their two text forms, hexadecimal and base64, each in one canonical spelling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::base {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// The characters of `text` as bytes; the view lives as long as the text.
inline BytesView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as characters, unchanged; the view lives as long as the bytes.
inline std::string_view as_text(BytesView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hexadecimal.
std::string to_hex(BytesView bytes);

/// The bytes of lower-case hexadecimal of exactly `size` bytes. Upper case is refused.
Result<Bytes> from_hex(std::string_view text, std::size_t size);

/// Writes the bytes of lower-case hexadecimal into `out`, whose size decides the expected length;
/// false, with `out` unspecified, if the text is anything else. Does not allocate.
bool decode_hex(std::string_view text, std::span<std::uint8_t> out);

/// Base64 (RFC 4648 section 4) with padding.
std::string to_base64(BytesView bytes);

/// The bytes of base64 in its one canonical spelling: padded, no white space, unused bits zero.
Result<Bytes> from_base64(std::string_view text);

/// Base64url (RFC 4648 section 5) without padding.
std::string to_base64url(BytesView bytes);

/// Whether the bytes are equal, in time that depends on their lengths alone.
bool equal_in_constant_time(BytesView left, BytesView right);

}  // namespace cheget::base
