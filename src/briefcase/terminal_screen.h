// What a terminal shows, as a grid of characters: made without one, so that tests can read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "briefcase/qr.h"

namespace cheget::briefcase {

/// How text looks. Plain terminals have these, and nothing is told by colour alone.
enum class Style : std::uint8_t {
    plain,
    strong,
    alarm,  ///< bright on a bar
    bar,    ///< dark on light: headings and keys
};

/// The least window that everything fits in.
constexpr std::size_t k_fewest_rows = 24;
constexpr std::size_t k_fewest_columns = 80;

/// The one way by which a character gets on a screen: 0x20 to 0x7E as it is, anything else as `?`.
/// So nothing that is shown can control the terminal, whoever wrote it.
constexpr char printable(char character) {
    return character >= 0x20 && character <= 0x7E ? character : '?';
}

/// Any bytes on one line of printable characters: what isn't ASCII or controls is escaped as
/// base::shown does it; a backslash stays as it is.
std::string ascii(std::string_view text);

class Screen {
  public:
    Screen(std::size_t rows, std::size_t columns);

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }

    /// Writes from there on; what doesn't fit on the row is cut, and the cut marked with `>`.
    /// Places outside of the screen change nothing.
    void put(std::size_t row, std::size_t column, std::string_view text,
             Style style = Style::plain);
    /// The same over the whole row, in this style to its end.
    void put_row(std::size_t row, std::string_view text, Style style);

    std::string_view row(std::size_t number) const;
    Style style(std::size_t row, std::size_t column) const;
    /// All rows with a line feed after each, without spaces at their ends.
    std::string text() const;

    /// Where the person types, if anywhere.
    struct Cursor {
        std::size_t row = 0;
        std::size_t column = 0;
        bool is_shown = false;
    };
    Cursor cursor;

    /// Instead of characters: a code that fills the window, in half blocks or in whole cells.
    struct Picture {
        Code code;
        bool in_halves = false;
    };
    std::optional<Picture> picture;

  private:
    std::size_t rows_;
    std::size_t columns_;
    std::string characters_;
    std::vector<Style> styles_;
};

}  // namespace cheget::briefcase
