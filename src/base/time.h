// Times and spans in whole seconds, UTC, in the one spelling that statements use.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cheget::base {

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds; from year 1970 to 9999.
struct Time {
    std::int64_t seconds = 0;

    auto operator<=>(const Time&) const = default;
};

/// A length of time in seconds, never negative.
struct Span {
    std::int64_t seconds = 0;

    auto operator<=>(const Span&) const = default;
};

constexpr Time k_latest_time{253402300799};  // 9999-12-31T23:59:59Z

inline Time operator+(Time time, Span span) { return {time.seconds + span.seconds}; }

/// `2026-11-21T10:00:00Z`.
std::string to_text(Time time);

/// Reads exactly the form that to_text writes; no other zone, no fractions, no leap second.
Result<Time> parse_time(std::string_view text);

/// The shortest exact form in one unit: `90s`, `30m`, `6h`, `30d`; zero is `0s`.
std::string to_text(Span span);

/// Reads a whole number from 0 to 99999 without leading zeros and one of s, m, h, d.
Result<Span> parse_span(std::string_view text);

/// For people: the largest two units, such as `2 days 3 hours` or `4 minutes`.
std::string to_words(Span span);

}  // namespace cheget::base
