// Small text services: names, lines, quoting what is shown, the nearest name to a misspelt one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cheget::base {

/// Whether the text is a name: `[a-z0-9][a-z0-9._-]{0,62}`.
bool is_name(std::string_view text);

/// Whether the text is a domain: names joined by `/`, 255 characters at most.
bool is_domain(std::string_view text);

/// Whether every byte is 0x20–0x7E or LF.
bool is_statement_text(std::string_view text);

/// The part before the first `separator`, taken off the front of `rest` with the separator; all of
/// `rest` when there is none.
std::string_view take_until(std::string_view& rest, char separator);

/// A whole number in decimal without sign or leading zeros, at most `largest`.
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest);

/// The length in bytes of the valid UTF-8 sequence (RFC 3629) at the front of `text`, with its code
/// point; 0 if there is none: overlong forms, surrogates and cut sequences are not valid.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code_point);

/// Any bytes made safe to show on a terminal: printable ASCII as it is, all else as \n, \t, \xNN or
/// (valid UTF-8 beyond ASCII) \uNNNN. A backslash is doubled. Never more than one line.
std::string shown(std::string_view text);

/// The candidate nearest to `word` by edits (insert, delete, replace, swap neighbours), if one is
/// near enough to be a likely slip: at most two edits, and fewer than half of the word.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

/// `one`, `one and two`, `one, two and three`.
std::string join_words(std::span<const std::string> words, std::string_view conjunction = "and");

}  // namespace cheget::base
