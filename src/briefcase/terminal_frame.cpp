// The frame around the screens, and the lock.
#include "briefcase/terminal_frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "briefcase/terminal_document.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

std::string first_words(const base::Digest& digest) {
    std::string text;
    const auto words = statement::words_of(digest);
    for (std::size_t i = 0; i < statement::k_words_for_a_quick_look; ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : " ", words[i]);
    }
    return text;
}

void draw_alarms(Screen& screen, std::size_t row, const Heading& heading) {
    if (!heading.alarms.empty()) {
        screen.put_row(row,
                       fmt::format(" ALARM    {}{}", ascii(heading.alarms.front()),
                                   heading.alarms.size() > 1
                                       ? fmt::format(" (and {} more)", heading.alarms.size() - 1)
                                       : std::string()),
                       Style::alarm);
    } else if (heading.set_aside > 0) {
        screen.put(row, 0,
                   fmt::format(" Warning  {} in the inbox {} set aside: i tells what and why",
                               heading.set_aside == 1 ? "one thing"
                                                      : fmt::format("{} things", heading.set_aside),
                               heading.set_aside == 1 ? "was" : "were"),
                   Style::strong);
    } else {
        screen.put(row, 0, " Alarms   none, and nothing was set aside");
    }
}

}  // namespace

std::size_t further_rows(std::string_view message, std::size_t columns) {
    constexpr std::size_t k_most = 4;
    Document document;
    document.add_prose(fmt::format(" {}", ascii(message)));
    const std::size_t rows = document.lay_out(columns).size();
    return std::min(std::max<std::size_t>(rows, 1) - 1, k_most);
}

void draw_frame(Screen& screen, const Heading& heading, std::string_view position,
                std::string_view message, std::string_view keys, base::Time now,
                std::size_t further) {
    const std::string clock = base::to_text(now).substr(0, 16) + "Z ";
    screen.put_row(0, "", Style::bar);
    screen.put(0, 0,
               fmt::format(" {}'s briefcase: {}, policy {}", heading.principal,
                           ascii(heading.domain), heading.policy),
               Style::bar);
    screen.put(0, screen.columns() - clock.size() - 2, "  " + clock, Style::bar);
    screen.put(1, 0, fmt::format(" Domain   {}", first_words(heading.domain_id)));
    screen.put(2, 0, fmt::format(" Knows    {}", ascii(heading.knowledge)),
               heading.is_old ? Style::strong : Style::plain);
    draw_alarms(screen, 3, heading);
    const std::string line(screen.columns(), '-');
    screen.put(4, 0, line);
    const std::size_t bottom = screen.rows() - k_bottom_rows - further;
    screen.put(bottom, 0, line);
    if (!position.empty()) {
        screen.put(bottom, screen.columns() - position.size() - 4, fmt::format(" {} ", position));
    }
    if (further == 0) {
        screen.put(bottom + 1, 0, fmt::format(" {}", ascii(message)), Style::strong);
    } else {
        put_prose(screen, bottom + 1, screen.rows() - 1, fmt::format(" {}", ascii(message)),
                  Style::strong);
    }
    screen.put_row(screen.rows() - 1, fmt::format(" {}", keys), Style::bar);
}

bool is_too_small(std::size_t rows, std::size_t columns) {
    return rows < k_fewest_rows || columns < k_fewest_columns;
}

Screen too_small(std::size_t rows, std::size_t columns) {
    Screen screen(rows, columns);
    std::size_t row = put_prose(
        screen, 0, rows,
        fmt::format("This window is {} x {}. The briefcase needs {} x {}: make it larger, or the "
                    "letters smaller. It waits, and does nothing until then.",
                    columns, rows, k_fewest_columns, k_fewest_rows));
    put_prose(screen, row, rows, "Ctrl-C leaves.");
    return screen;
}

std::size_t put_prose(Screen& screen, std::size_t row, std::size_t last_row, std::string_view text,
                      Style style) {
    Document document;
    document.add_prose(text, style);
    for (const DocumentLine& line : document.lay_out(screen.columns())) {
        if (row < last_row) {
            screen.put(row, 0, line.text, line.style);
        }
        ++row;
    }
    return row;
}

Screen draw_lock(const Heading& heading, const Lock& lock, std::size_t rows, std::size_t columns,
                 base::Time now) {
    if (is_too_small(rows, columns)) {
        return too_small(rows, columns);
    }
    Screen screen(rows, columns);
    const bool works = lock.state == Lock::State::works;
    draw_frame(screen, heading, "", lock.message,
               works ? "Ctrl-C leaves" : "Enter opens   Ctrl-U begins again   Ctrl-C leaves", now);
    std::size_t row = k_top_rows + 1;
    const std::size_t last = rows - k_bottom_rows;
    if (works) {
        row = put_prose(screen, row, last,
                        fmt::format(" Opening. This takes some seconds, whatever was typed: {} so "
                                    "far.",
                                    lock.since_seconds));
        return screen;
    }
    for (const std::string& alarm : heading.alarms) {
        row =
            put_prose(screen, row, k_top_rows + 6, fmt::format(" ALARM: {}", alarm), Style::strong);
    }
    row = std::min(row, k_top_rows + 6);
    row = put_prose(screen, row, last,
                    " Is this the domain that you know? Compare its words above with those that "
                    "you were given.");
    row = put_prose(screen, row + 1, last, fmt::format(" {}", heading.tries));
    row += 2;
    screen.put(row, 1, "Passphrase (nothing shows while you type):", Style::strong);
    screen.cursor = {row, 44, true};
    return screen;
}

}  // namespace cheget::briefcase
