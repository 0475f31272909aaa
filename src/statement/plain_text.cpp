// The characters that can deceive, by ranges. The table is part of format 1 and never changes: what
// was signed once must read the same for ever. It follows Unicode 15, and takes in the blocks that
// Unicode reserves for default-ignorable characters. Other unassigned code points are let through:
// they show as a box, and may be tomorrow's letters.
#include "statement/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace cheget::statement {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

// An array of the language: g++ 12 leaves a constexpr std::array of deduced size writable.
constexpr Range k_deceiving[] = {
    Range{0x0000, 0x001F},      // controls
    Range{0x007F, 0x00A0},      // DEL, C1 controls, no-break space
    Range{0x00AD, 0x00AD},      // soft hyphen
    Range{0x034F, 0x034F},      // combining grapheme joiner
    Range{0x0600, 0x0605},      // Arabic number signs, which format what follows
    Range{0x061C, 0x061C},      // Arabic letter mark
    Range{0x06DD, 0x06DD},      // Arabic end of ayah
    Range{0x070F, 0x070F},      // Syriac abbreviation mark
    Range{0x0890, 0x0891},      // Arabic currency marks above
    Range{0x08E2, 0x08E2},      // Arabic disputed end of ayah
    Range{0x115F, 0x1160},      // Hangul fillers
    Range{0x1680, 0x1680},      // Ogham space
    Range{0x17B4, 0x17B5},      // invisible Khmer vowels
    Range{0x180B, 0x180F},      // Mongolian variation selectors, vowel separator
    Range{0x2000, 0x200F},      // spaces, zero widths, directional marks
    Range{0x2028, 0x202F},      // line and paragraph separators, bidi controls, narrow space
    Range{0x205F, 0x206F},      // mathematical space, invisible operators, bidi isolates
    Range{0x2800, 0x2800},      // the empty Braille pattern
    Range{0x3000, 0x3000},      // ideographic space
    Range{0x3164, 0x3164},      // Hangul filler
    Range{0xD800, 0xF8FF},      // surrogates, private use
    Range{0xFDD0, 0xFDEF},      // noncharacters
    Range{0xFE00, 0xFE0F},      // variation selectors
    Range{0xFEFF, 0xFEFF},      // zero width no-break space
    Range{0xFFA0, 0xFFA0},      // half-width Hangul filler
    Range{0xFFF0, 0xFFFF},      // reserved, annotations, replacement characters, noncharacters
    Range{0x110BD, 0x110BD},    // Kaithi number sign
    Range{0x110CD, 0x110CD},    // Kaithi number sign above
    Range{0x13430, 0x1345F},    // Egyptian hieroglyph format controls
    Range{0x16FE4, 0x16FE4},    // Khitan filler
    Range{0x1BCA0, 0x1BCAF},    // shorthand format controls
    Range{0x1D173, 0x1D17A},    // musical format controls
    Range{0x1FFFE, 0x1FFFF},    // noncharacters
    Range{0x2FFFE, 0x2FFFF},    // noncharacters
    Range{0x3FFFE, 0xFFFFFFFF}  // unassigned planes, tags, selectors, private use, beyond Unicode
};

}  // namespace

bool can_deceive(std::uint32_t code_point) {
    const Range* range = std::lower_bound(
        std::begin(k_deceiving), std::end(k_deceiving), code_point,
        [](const Range& candidate, std::uint32_t point) { return candidate.last < point; });
    return range != std::end(k_deceiving) && range->first <= code_point;
}

std::optional<std::uint32_t> first_deceiving(std::string_view text) {
    while (!text.empty()) {
        std::uint32_t code_point = 0;
        std::size_t length = base::decode_utf8(text, code_point);
        if (length == 0) {
            return 0xFFFD;
        }
        bool is_printable_ascii = code_point >= 0x20 && code_point <= 0x7E;
        if (!is_printable_ascii && can_deceive(code_point)) {
            return code_point;
        }
        text.remove_prefix(length);
    }
    return std::nullopt;
}

base::Result<void> check_plain(std::string_view text) {
    if (std::optional<std::uint32_t> found = first_deceiving(text)) {
        return base::bad_input(fmt::format(
            "expected text without control, format or invisible characters; it holds U+{:04X}",
            *found));
    }
    return {};
}

}  // namespace cheget::statement
