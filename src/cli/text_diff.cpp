// A line diff by the longest common subsequence; policies are short enough for the plain table.
#include "cli/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/text.h"

namespace cheget::cli {

namespace {

struct Line {
    char sign = ' ';
    std::string_view text;
};

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(base::take_until(text, '\n'));
    }
    return lines;
}

/// Lengths of the longest common subsequences of all suffixes, in rows.
std::vector<std::uint16_t> common_lengths(const std::vector<std::string_view>& before,
                                          const std::vector<std::string_view>& after) {
    const std::size_t width = after.size() + 1;
    std::vector<std::uint16_t> lengths((before.size() + 1) * width, 0);
    for (std::size_t i = before.size(); i-- > 0;) {
        for (std::size_t j = after.size(); j-- > 0;) {
            std::uint16_t longest =
                std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
            if (before[i] == after[j]) {
                longest = static_cast<std::uint16_t>(lengths[(i + 1) * width + j + 1] + 1);
            }
            lengths[i * width + j] = longest;
        }
    }
    return lengths;
}

std::vector<Line> compare(const std::vector<std::string_view>& before,
                          const std::vector<std::string_view>& after) {
    const std::size_t width = after.size() + 1;
    std::vector<std::uint16_t> lengths = common_lengths(before, after);
    std::vector<Line> lines;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() || j < after.size()) {
        if (i < before.size() && j < after.size() && before[i] == after[j]) {
            lines.push_back({' ', before[i]});
            ++i;
            ++j;
        } else if (j == after.size() || (i < before.size() && lengths[(i + 1) * width + j] >=
                                                                  lengths[i * width + j + 1])) {
            lines.push_back({'-', before[i++]});
        } else {
            lines.push_back({'+', after[j++]});
        }
    }
    return lines;
}

bool near_change(const std::vector<Line>& lines, std::size_t place) {
    std::size_t begin = place < 2 ? 0 : place - 2;
    std::size_t end = std::min(place + 3, lines.size());
    return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                       lines.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const Line& line) { return line.sign != ' '; });
}

}  // namespace

std::string text_diff(std::string_view before, std::string_view after, const Session& session) {
    std::vector<Line> lines = compare(lines_of(before), lines_of(after));
    std::string shown;
    bool skipped = false;
    for (std::size_t place = 0; place < lines.size(); ++place) {
        if (!near_change(lines, place)) {
            skipped = true;
            continue;
        }
        if (skipped && !shown.empty()) {
            shown += session.faint("   ...") + "\n";
        }
        skipped = false;
        std::string line = fmt::format(" {} {}", lines[place].sign, base::shown(lines[place].text));
        shown += lines[place].sign == '+'   ? session.good(line)
                 : lines[place].sign == '-' ? session.bad(line)
                                            : line;
        shown += '\n';
    }
    return shown;
}

}  // namespace cheget::cli
