// The SSH wire encoding. Bounds are checked before anything is read or kept.
#include "signature/wire.h"

#include <algorithm>

namespace cheget::signature {
namespace {

std::unexpected<base::Error> cut_short() {
    return base::bad_input("the SSH encoding ends too early");
}

std::uint32_t big_endian(base::BytesView bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

base::BytesView without_leading_zeros(base::BytesView number) {
    auto first = std::find_if(number.begin(), number.end(), [](auto byte) { return byte != 0; });
    return number.subspan(static_cast<std::size_t>(first - number.begin()));
}

}  // namespace

base::Result<std::uint8_t> WireReader::read_byte() {
    if (rest_.empty()) {
        return cut_short();
    }
    std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
}

base::Result<std::uint32_t> WireReader::read_u32() {
    if (rest_.size() < 4) {
        return cut_short();
    }
    std::uint32_t value = big_endian(rest_);
    rest_ = rest_.subspan(4);
    return value;
}

base::Result<base::BytesView> WireReader::read_string() {
    if (rest_.size() < 4 || big_endian(rest_) > rest_.size() - 4) {
        return cut_short();
    }
    base::BytesView value = rest_.subspan(4, big_endian(rest_));
    rest_ = rest_.subspan(4 + value.size());
    return value;
}

base::Result<std::string_view> WireReader::read_text() {
    base::BytesView value = TRY(read_string());
    return base::as_text(value);
}

base::Result<base::BytesView> WireReader::read_positive_mpint() {
    WireReader ahead = *this;
    base::BytesView number = TRY(ahead.read_string());
    if (number.empty() || (number[0] & 0x80) != 0) {
        return base::bad_input("a number in the SSH encoding is zero or negative");
    }
    if (number[0] == 0) {
        if (number.size() == 1 || (number[1] & 0x80) == 0) {
            return base::bad_input("a number in the SSH encoding has needless leading zeros");
        }
        number = number.subspan(1);
    }
    *this = ahead;
    return number;
}

base::Result<base::BytesView> WireReader::read_raw(std::size_t size) {
    if (rest_.size() < size) {
        return cut_short();
    }
    base::BytesView value = rest_.first(size);
    rest_ = rest_.subspan(size);
    return value;
}

void WireWriter::write_byte(std::uint8_t value) {
    bytes_.push_back(value);
}

void WireWriter::write_u32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void WireWriter::write_string(base::BytesView value) {
    write_u32(static_cast<std::uint32_t>(value.size()));
    write_raw(value);
}

void WireWriter::write_mpint(base::BytesView value) {
    value = without_leading_zeros(value);
    bool looks_negative = !value.empty() && (value[0] & 0x80) != 0;
    write_u32(static_cast<std::uint32_t>(value.size() + (looks_negative ? 1 : 0)));
    if (looks_negative) {
        write_byte(0);
    }
    write_raw(value);
}

void WireWriter::write_raw(base::BytesView value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
}

}  // namespace cheget::signature
