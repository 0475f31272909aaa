// JSON in the one canonical form that statements use: no spaces, keys sorted by bytes, strings with
// short escapes where they exist and lower-case \uxxxx beyond printable ASCII, numbers as text.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace cheget::base {

/// A JSON value. Numbers are kept as the text that stood there.
// Copies go as deep as the value: at most 64, by how the readers below make them.
struct Json {  // NOLINT(misc-no-recursion)
    struct Null {
        bool operator==(const Null&) const = default;
    };
    struct Number {
        std::string text;
        bool operator==(const Number&) const = default;
    };
    using Array = std::vector<Json>;
    using Object = std::map<std::string, Json, std::less<>>;

    std::variant<Null, bool, Number, std::string, Array, Object> value;

    /// The same value: members in any order, numbers by their text.
    bool operator==(const Json& other) const;
};

constexpr std::size_t k_deepest_json = 64;

/// Reads a valid JSON text (RFC 8259) without byte order mark and without duplicate keys, at most
/// 64 deep, of valid UTF-8 and paired surrogates only, its numbers within a double's range
/// (±1.7e308). Strings are held as UTF-8.
Result<Json> parse_json(std::string_view text);

/// The canonical text of a value. Bytes of its strings that are not valid UTF-8 become U+FFFD, so
/// that reading the text back shows the difference.
std::string to_canonical(const Json& value);

/// The canonical text of a string alone, with its quotes.
std::string to_canonical(std::string_view string);

/// Reads JSON that must already be in canonical form. Unless `any_number`, its numbers must be
/// whole, with neither leading zero nor plus sign nor `-0`.
Result<Json> parse_canonical_json(std::string_view text, bool any_number = false);

/// Reads a canonical JSON string alone.
Result<std::string> parse_canonical_string(std::string_view text);

}  // namespace cheget::base
