// The grid of characters, and the filter before it.
#include "briefcase/terminal_screen.h"

#include <algorithm>

#include "base/text.h"

namespace cheget::briefcase {

std::string ascii(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const char front = text.front();
        std::size_t length = 1;
        if (front >= 0x20 && front <= 0x7E) {
            safe += front;
        } else {
            std::uint32_t code_point = 0;
            length = std::max<std::size_t>(1, base::decode_utf8(text, code_point));
            safe += base::shown(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return safe;
}

Screen::Screen(std::size_t rows, std::size_t columns)
    : rows_(rows),
      columns_(columns),
      characters_(rows * columns, ' '),
      styles_(rows * columns, Style::plain) {}

void Screen::put(std::size_t row, std::size_t column, std::string_view text, Style style) {
    if (row >= rows_ || column >= columns_) {
        return;
    }
    const std::size_t place = row * columns_ + column;
    const std::size_t fits = std::min(text.size(), columns_ - column);
    for (std::size_t i = 0; i < fits; ++i) {
        characters_[place + i] = printable(text[i]);
        styles_[place + i] = style;
    }
    if (fits < text.size()) {
        characters_[place + fits - 1] = '>';
    }
}

void Screen::put_row(std::size_t row, std::string_view text, Style style) {
    put(row, 0, std::string(columns_, ' '), style);
    put(row, 0, text, style);
}

std::string_view Screen::row(std::size_t number) const {
    return std::string_view(characters_).substr(number * columns_, columns_);
}

Style Screen::style(std::size_t row, std::size_t column) const {
    return styles_[row * columns_ + column];
}

std::string Screen::text() const {
    std::string all;
    for (std::size_t i = 0; i < rows_; ++i) {
        std::string_view line = row(i);
        all += line.substr(0, line.find_last_not_of(' ') + 1);
        all += '\n';
    }
    return all;
}

}  // namespace cheget::briefcase
