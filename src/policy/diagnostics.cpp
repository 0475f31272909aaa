// Complaints: gathered with their source lines, and printed with a caret under the place.
#include "policy/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace cheget::policy {
namespace {

constexpr std::size_t k_widest_source = 96;     // columns of a source line that are shown
constexpr std::size_t k_before_the_caret = 60;  // of these, at most so many before the place

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(base::take_until(text, '\n'));
    }
    return lines;
}

// Source as it stands, unless it holds what a terminal should not be sent.
std::string printable(std::string_view text) {
    bool plain = std::all_of(text.begin(), text.end(),
                             [](char character) { return character >= 0x20 && character <= 0x7E; });
    return plain ? std::string(text) : base::shown(text);
}

// The source line and the caret below it; a long line is cut to a window around the place.
std::string excerpt(const Diagnostic& diagnostic) {
    std::string_view line = diagnostic.source;
    std::size_t caret = std::min<std::size_t>(diagnostic.at.column - 1, line.size());
    std::string_view before;
    std::string_view after;
    if (caret > k_before_the_caret) {
        line.remove_prefix(caret - k_before_the_caret);
        caret = k_before_the_caret;
        before = "...";
    }
    if (line.size() > k_widest_source) {
        line = line.substr(0, k_widest_source);
        after = "...";
    }
    std::string left = fmt::format("{}{}", before, printable(line.substr(0, caret)));
    return fmt::format("    {}{}{}\n    {}^\n", left, printable(line.substr(caret)), after,
                       std::string(left.size(), ' '));
}

}  // namespace

void Diagnostics::add(Position at, std::string what, std::string advice) {
    if (!full()) {
        auto later = std::upper_bound(diagnostics_.begin(), diagnostics_.end(), at,
                                      [](Position place, const Diagnostic& other) {
                                          return std::tie(place.line, place.column) <
                                                 std::tie(other.at.line, other.at.column);
                                      });
        diagnostics_.insert(later, {at, std::move(what), std::move(advice), {}});
    }
}

std::vector<Diagnostic> Diagnostics::take() {
    std::vector<std::string_view> lines = split_lines(text_);
    for (Diagnostic& diagnostic : diagnostics_) {
        if (diagnostic.at.line <= lines.size()) {
            diagnostic.source = lines[diagnostic.at.line - 1];
        }
    }
    return std::move(diagnostics_);
}

std::string to_text(const std::vector<Diagnostic>& diagnostics, std::string_view file_name) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) {
        text += fmt::format("{}:{}:{}: {}\n", file_name, diagnostic.at.line, diagnostic.at.column,
                            diagnostic.what);
        text += excerpt(diagnostic);
        text += fmt::format("  {}\n", diagnostic.advice);
    }
    return text;
}

}  // namespace cheget::policy
