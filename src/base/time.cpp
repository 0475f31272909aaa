// Times by the proleptic Gregorian calendar of <chrono>; no clock is read here.
#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace cheget::base {
namespace {

struct Unit {
    char letter;
    std::int64_t seconds;
    std::string_view name;
};
constexpr std::array<Unit, 4> k_units{
    {{'d', 86400, "day"}, {'h', 3600, "hour"}, {'m', 60, "minute"}, {'s', 1, "second"}}};

bool is_digits(std::string_view text) {
    for (char character : text) {
        if (character < '0' || character > '9') {
            return false;
        }
    }
    return !text.empty();
}

int number(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

}  // namespace

std::string to_text(Time time) {
    using namespace std::chrono;
    sys_seconds point{seconds{time.seconds}};
    auto day = floor<days>(point);
    year_month_day date{day};
    hh_mm_ss clock{point - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()},
                       unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

Result<Time> parse_time(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    auto refuse = [] { return bad_input("expected a UTC time such as 2026-11-21T10:00:00Z"); };
    if (text.size() != shape.size()) {
        return refuse();
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '0' ? !is_digits(text.substr(i, 1)) : text[i] != shape[i]) {
            return refuse();
        }
    }
    year_month_day date{year{number(text.substr(0, 4))},
                        month{static_cast<unsigned>(number(text.substr(5, 2)))},
                        day{static_cast<unsigned>(number(text.substr(8, 2)))}};
    int hour = number(text.substr(11, 2));
    int minute = number(text.substr(14, 2));
    int second = number(text.substr(17, 2));
    if (!date.ok() || int{date.year()} < 1970 || hour > 23 || minute > 59 || second > 59) {
        return refuse();
    }
    return Time{sys_days{date}.time_since_epoch().count() * std::int64_t{86400} + hour * 3600 +
                minute * 60 + second};
}

std::string to_text(Span span) {
    if (span.seconds != 0) {
        for (const Unit& unit : k_units) {
            if (span.seconds % unit.seconds == 0) {
                return fmt::format("{}{}", span.seconds / unit.seconds, unit.letter);
            }
        }
    }
    return "0s";
}

Result<Span> parse_span(std::string_view text) {
    if (text.size() >= 2 && text.size() <= 6) {
        std::string_view digits = text.substr(0, text.size() - 1);
        bool canonical = is_digits(digits) && (digits.size() == 1 || digits[0] != '0');
        for (const Unit& unit : k_units) {
            if (canonical && text.back() == unit.letter) {
                return Span{number(digits) * unit.seconds};
            }
        }
    }
    return bad_input("expected a span such as 90s, 30m, 8h or 7d");
}

std::string to_words(Span span) {
    std::string words;
    int shown = 0;
    for (const Unit& unit : k_units) {
        std::int64_t count = span.seconds / unit.seconds;
        span.seconds %= unit.seconds;
        if (count != 0 && shown < 2) {
            words += fmt::format("{}{} {}{}", shown == 0 ? "" : " ", count, unit.name,
                                 count == 1 ? "" : "s");
            ++shown;
        } else if (shown != 0) {
            break;
        }
    }
    return words.empty() ? "0 seconds" : words;
}

}  // namespace cheget::base
