// What surrounds every screen: whose case it is and how old its knowledge at the top, the keys at
// the bottom; and the screens before the case is open.
#pragma once

#include <string>
#include <string_view>

#include "briefcase/terminal_desk.h"
#include "briefcase/terminal_screen.h"

namespace cheget::briefcase {

constexpr std::size_t k_top_rows = 5;
constexpr std::size_t k_bottom_rows = 3;

/// The rows between.
inline std::size_t body_rows(const Screen& screen) {
    return screen.rows() - k_top_rows - k_bottom_rows;
}

/// How many rows a message takes beyond the one that is always there; a long one is cut.
std::size_t further_rows(std::string_view message, std::size_t columns);

/// Draws both. `position` stands in the line above the message, `keys` in the last row. The message
/// takes as many of the rows above as `further` says, which nothing else may use then.
void draw_frame(Screen& screen, const Heading& heading, std::string_view position,
                std::string_view message, std::string_view keys, base::Time now,
                std::size_t further = 0);

bool is_too_small(std::size_t rows, std::size_t columns);
/// Says so, and how large the window has to be.
Screen too_small(std::size_t rows, std::size_t columns);

/// Prose between words from this row on, as far as there is room; gives the row after it.
std::size_t put_prose(Screen& screen, std::size_t row, std::size_t last_row, std::string_view text,
                      Style style = Style::plain);

/// Before it is open: asks for the passphrase, of which nothing is shown.
struct Lock {
    enum class State : std::uint8_t { asks, works };
    State state = State::asks;
    std::string message;             ///< why the last try failed
    std::int64_t since_seconds = 0;  ///< how long it has been at work
};
Screen draw_lock(const Heading& heading, const Lock& lock, std::size_t rows, std::size_t columns,
                 base::Time now);

}  // namespace cheget::briefcase
