// Scrolling through a document, and remembering what of it was on the screen.
#pragma once

#include <string>
#include <vector>

#include "briefcase/terminal_document.h"

namespace cheget::briefcase {

enum class Move : std::uint8_t { line_up, line_down, page_up, page_down, begin, end, section };

class Pager {
  public:
    Pager() = default;
    explicit Pager(Document document);

    /// Draws what the window shows of it into these rows, and remembers that it was shown.
    void draw(Screen& screen, std::size_t first_row, std::size_t rows);
    void move(Move move);

    /// Whether every byte of the signed text and the document's last line have been on the screen.
    bool has_shown_all() const;
    /// Goes to the first line that shows a byte that has not been on the screen; else to the end.
    void go_to_unseen();
    /// Forgets what was on the screen, and goes back to the beginning.
    void begin_again();

    /// `lines 1-16 of 80`.
    std::string position() const;

  private:
    void lay_out(std::size_t columns, std::size_t rows);
    std::size_t lowest_top() const;
    void go_to(std::size_t line);

    Document document_;
    std::vector<DocumentLine> lines_;
    std::size_t columns_ = 0;
    std::size_t rows_ = 1;
    std::size_t top_ = 0;
    std::vector<bool> seen_;  ///< by byte of the signed text
    bool end_seen_ = false;
};

}  // namespace cheget::briefcase
