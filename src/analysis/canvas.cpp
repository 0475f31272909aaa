// SVG.
#include "analysis/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/picture.h"

namespace cheget::analysis {

namespace {

constexpr double k_margin = 24;

std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        switch (character) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += character;
        }
    }
    return result;
}

constexpr std::string_view k_styles = R"(
text { font: 13px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2733; white-space: pre; }
text.title { font-weight: bold; font-size: 13px; }
text.quiet { fill: #5a6875; }
text.alarm { fill: #9b1c1c; font-weight: bold; }
rect.card { fill: #ffffff; stroke: #b8c4ce; }
rect.emergency { fill: #fff8f6; stroke: #d08a7a; }
rect.box { fill: #f4f7f9; stroke: #c5d0d9; }
rect.person { fill: #dbeafe; stroke: #7ea6dd; }
rect.needed { fill: #ffd9a8; stroke: #b45309; stroke-width: 2.5; }
rect.machine { fill: #e5e7eb; stroke: #9aa5b1; }
rect.condition { fill: #dcf3e3; stroke: #7bbf95; }
)";

}  // namespace

double text_width(std::string_view text) {
    return static_cast<double>(text.size()) * k_character_width;
}

void Canvas::include(Point corner) {
    size_.width = std::max(size_.width, corner.x);
    size_.height = std::max(size_.height, corner.y);
}

void Canvas::rectangle(Point at, Size size, std::string_view style) {
    shapes_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" "
        "rx=\"6\"/>\n",
        style, at.x, at.y, size.width, size.height);
    include({at.x + size.width, at.y + size.height});
}

void Canvas::text(Point at, std::string_view text, std::string_view style) {
    constexpr double k_baseline = 13.5;
    shapes_ += fmt::format("<text class=\"{}\" x=\"{:.0f}\" y=\"{:.1f}\">{}</text>\n", style, at.x,
                           at.y + k_baseline, escaped(text));
    include({at.x + text_width(text), at.y + k_line_height});
}

std::string Canvas::finish(std::string_view title) const {
    const double width = std::ceil(size_.width + k_margin);
    const double height = std::ceil(size_.height + k_margin);
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\">\n<title>{2}</title>\n"
        "<style>{3}</style>\n"
        "<rect x=\"0\" y=\"0\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "fill=\"#eef2f5\"/>\n{4}</svg>\n",
        width, height, escaped(title), k_styles, shapes_);
}

}  // namespace cheget::analysis
