// The SSH wire encoding (RFC 4251 section 5): a reader that checks bounds, and a writer.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace cheget::signature {

/// Reads from the front of a view. Every read checks bounds first and fails without advancing.
class WireReader {
  public:
    explicit WireReader(base::BytesView bytes) : rest_(bytes) {}

    base::Result<std::uint8_t> read_byte();
    base::Result<std::uint32_t> read_u32();
    /// A length-prefixed string; the view points into the input.
    base::Result<base::BytesView> read_string();
    /// The same, as characters.
    base::Result<std::string_view> read_text();
    /// A positive mpint in minimal form, as unsigned big-endian bytes without leading zeros.
    base::Result<base::BytesView> read_positive_mpint();
    base::Result<base::BytesView> read_raw(std::size_t size);
    bool at_end() const { return rest_.empty(); }
    std::size_t remaining() const { return rest_.size(); }

  private:
    base::BytesView rest_;
};

/// Appends to a byte vector.
class WireWriter {
  public:
    WireWriter() { bytes_.reserve(256); }  // what most containers need, in one allocation
    void write_byte(std::uint8_t value);
    void write_u32(std::uint32_t value);
    void write_string(base::BytesView value);
    void write_string(std::string_view value) { write_string(base::as_bytes(value)); }
    /// An unsigned big-endian number as mpint.
    void write_mpint(base::BytesView value);
    void write_raw(base::BytesView value);
    base::Bytes take() { return std::move(bytes_); }

  private:
    base::Bytes bytes_;
};

}  // namespace cheget::signature
