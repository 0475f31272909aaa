// Hexadecimal and base64, strict both ways.
#include "base/bytes.h"

#include <sodium.h>

#include <array>

namespace cheget::base {
namespace {

constexpr std::string_view k_hex_digits = "0123456789abcdef";

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return -1;
}

constexpr std::array<int, 256> make_base64_values() {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<int, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
    }
    return values;
}

constexpr auto k_base64_values = make_base64_values();

std::string encode_base64(BytesView bytes, int variant) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back();  // libsodium ends it with a NUL
    return text;
}

}  // namespace

std::string to_hex(BytesView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::uint8_t byte : bytes) {
        text.push_back(k_hex_digits[byte >> 4]);
        text.push_back(k_hex_digits[byte & 15]);
    }
    return text;
}

bool decode_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) {
        return false;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

Result<Bytes> from_hex(std::string_view text, std::size_t size) {
    Bytes bytes(size);
    if (!decode_hex(text, bytes)) {
        return bad_input("expected " + std::to_string(size * 2) + " lower-case hexadecimal digits");
    }
    return bytes;
}

std::string to_base64(BytesView bytes) {
    return encode_base64(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string to_base64url(BytesView bytes) {
    return encode_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Result<Bytes> from_base64(std::string_view text) {
    std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    Bytes bytes(text.size() / 4 * 3);
    bool good = text.size() % 4 == 0;
    for (std::size_t i = 0; good && i < text.size(); i += 4) {
        bool last = i + 4 == text.size();
        std::size_t letters = last ? 4 - padding : 4;
        std::int32_t bits = 0;
        std::int32_t flaw = 0;  // negative as soon as one letter is none
        for (std::size_t j = 0; j < 4; ++j) {
            std::int32_t value =
                j < letters ? k_base64_values[static_cast<unsigned char>(text[i + j])] : 0;
            flaw |= value;
            bits = bits << 6 | (value & 63);
        }
        std::int32_t unused = (1 << (8 * (4 - letters))) - 1;
        good = flaw >= 0 && (bits & unused) == 0;
        bytes[i / 4 * 3] = static_cast<std::uint8_t>(bits >> 16);
        bytes[i / 4 * 3 + 1] = static_cast<std::uint8_t>(bits >> 8);
        bytes[i / 4 * 3 + 2] = static_cast<std::uint8_t>(bits);
    }
    if (!good) {
        return bad_input("not canonical base64 (RFC 4648 section 4, padded, no white space)");
    }
    bytes.resize(bytes.size() - padding);
    return bytes;
}

bool equal_in_constant_time(BytesView left, BytesView right) {
    return left.size() == right.size() &&
           sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace cheget::base
