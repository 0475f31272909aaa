// Names, numbers, showing hostile text, and edit distance.
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace cheget::base {
namespace {

bool is_lower_or_digit(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

// Damerau's distance restricted to neighbours (optimal string alignment).
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> table(left.size() + 1,
                                                std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = 0; i <= left.size(); ++i) {
        for (std::size_t j = 0; j <= right.size(); ++j) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            std::size_t cost = left[i - 1] == right[j - 1] ? 0 : 1;
            table[i][j] =
                std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
            }
        }
    }
    return table[left.size()][right.size()];
}

}  // namespace

std::size_t decode_utf8(std::string_view text, std::uint32_t& code_point) {
    if (text.empty()) {
        return 0;
    }
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t length = byte(0) >= 0xF0 && byte(0) < 0xF5   ? 4
                         : byte(0) >= 0xE0 && byte(0) < 0xF0 ? 3
                         : byte(0) >= 0xC2 && byte(0) < 0xE0 ? 2
                         : byte(0) < 0x80                    ? 1
                                                             : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    code_point = length == 1 ? byte(0) : byte(0) & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
        code_point = code_point << 6 | (byte(i) & 0x3FU);
    }
    bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
    bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
    return overlong || surrogate || code_point > 0x10FFFF ? 0 : length;
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 63 || !is_lower_or_digit(text[0])) {
        return false;
    }
    return std::all_of(text.begin(), text.end(), [](char character) {
        return is_lower_or_digit(character) || character == '.' || character == '_' ||
               character == '-';
    });
}

bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > 255 || text.back() == '/') {
        return false;
    }
    while (!text.empty()) {
        if (!is_name(take_until(text, '/'))) {
            return false;
        }
    }
    return true;
}

bool is_statement_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char character) {
        return (character >= 0x20 && character <= 0x7E) || character == '\n';
    });
}

std::string_view take_until(std::string_view& rest, char separator) {
    std::size_t end = rest.find(separator);
    std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest) {
    std::uint64_t value = 0;
    bool canonical = !text.empty() && text.size() <= 20 && (text.size() == 1 || text[0] != '0');
    for (char character : text) {
        if (!canonical || character < '0' || character > '9') {
            return bad_input("expected a whole number without sign or leading zeros");
        }
        auto digit = static_cast<std::uint64_t>(character - '0');
        if (value > (largest - std::min(digit, largest)) / 10 || digit > largest) {
            return bad_input(fmt::format("expected a whole number of at most {}", largest));
        }
        value = value * 10 + digit;
    }
    if (!canonical) {
        return bad_input("expected a whole number without sign or leading zeros");
    }
    return value;
}

std::string shown(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        char character = text[0];
        std::uint32_t code_point = 0;
        std::size_t length = 1;
        if (character == '\\') {
            safe += "\\\\";
        } else if (character >= 0x20 && character <= 0x7E) {
            safe.push_back(character);
        } else if (character == '\n') {
            safe += "\\n";
        } else if (character == '\t') {
            safe += "\\t";
        } else if (std::size_t sequence = decode_utf8(text, code_point); sequence > 1) {
            safe += code_point > 0xFFFF ? fmt::format("\\u{{{:x}}}", code_point)
                                        : fmt::format("\\u{:04x}", code_point);
            length = sequence;
        } else {
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
        }
        text.remove_prefix(length);
    }
    return safe;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
    std::optional<std::string_view> best;
    std::size_t best_distance = 3;
    for (std::string_view candidate : candidates) {
        if (word.size() > 64 || candidate.size() > 64) {
            continue;
        }
        std::size_t edits = distance(word, candidate);
        if (edits < best_distance && edits * 2 < std::max<std::size_t>(word.size(), 2) + 1) {
            best = candidate;
            best_distance = edits;
        }
    }
    return best;
}

std::string join_words(std::span<const std::string> words, std::string_view conjunction) {
    std::string joined;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) {
            joined += i + 1 == words.size() ? fmt::format(" {} ", conjunction) : ", ";
        }
        joined += words[i];
    }
    return joined;
}

}  // namespace cheget::base
