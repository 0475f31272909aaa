// Which bytes were shown is kept by their places in the text, so that windows may change their
// size.
#include "briefcase/terminal_pager.h"

#include <fmt/format.h>

#include <algorithm>

namespace cheget::briefcase {

Pager::Pager(Document document)
    : document_(std::move(document)), seen_(document_.signed_size(), false) {}

std::size_t Pager::lowest_top() const {
    return lines_.size() > rows_ ? lines_.size() - rows_ : 0;
}

void Pager::go_to(std::size_t line) {
    top_ = std::min(line, lowest_top());
}

void Pager::lay_out(std::size_t columns, std::size_t rows) {
    rows_ = std::max<std::size_t>(rows, 1);
    if (columns != columns_) {
        const std::size_t part = lines_.empty() ? 0 : lines_[top_].part;
        lines_ = document_.lay_out(columns);
        columns_ = columns;
        const auto place = std::find_if(lines_.begin(), lines_.end(),
                                        [&](const auto& line) { return line.part >= part; });
        top_ = static_cast<std::size_t>(place - lines_.begin());
    }
    go_to(top_);
}

void Pager::draw(Screen& screen, std::size_t first_row, std::size_t rows) {
    lay_out(screen.columns(), rows);
    const std::size_t bottom = std::min(top_ + rows_, lines_.size());
    for (std::size_t i = top_; i < bottom; ++i) {
        const DocumentLine& line = lines_[i];
        screen.put(first_row + i - top_, 0, line.text, line.style);
        std::fill(seen_.begin() + static_cast<std::ptrdiff_t>(line.from),
                  seen_.begin() + static_cast<std::ptrdiff_t>(line.to), true);
    }
    end_seen_ = end_seen_ || bottom == lines_.size();
}

void Pager::move(Move move) {
    const std::size_t page = rows_ > 1 ? rows_ - 1 : 1;  // one line stays, to read on from
    switch (move) {
        case Move::line_up:
            go_to(top_ == 0 ? 0 : top_ - 1);
            break;
        case Move::line_down:
            go_to(top_ + 1);
            break;
        case Move::page_up:
            go_to(top_ < page ? 0 : top_ - page);
            break;
        case Move::page_down:
            go_to(top_ + page);
            break;
        case Move::begin:
            go_to(0);
            break;
        case Move::end:
            go_to(lines_.size());
            break;
        case Move::section: {
            const auto next = std::find_if(
                lines_.begin() + static_cast<std::ptrdiff_t>(std::min(top_ + 1, lines_.size())),
                lines_.end(), [](const auto& line) { return line.begins_section; });
            const bool is_at_end = top_ == lowest_top();
            go_to(is_at_end || next == lines_.end()
                      ? 0
                      : static_cast<std::size_t>(next - lines_.begin()));
            break;
        }
    }
}

bool Pager::has_shown_all() const {
    return end_seen_ && std::find(seen_.begin(), seen_.end(), false) == seen_.end();
}

void Pager::go_to_unseen() {
    const auto place = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) {
        const auto from = seen_.begin() + static_cast<std::ptrdiff_t>(line.from);
        const auto to = seen_.begin() + static_cast<std::ptrdiff_t>(line.to);
        return std::find(from, to, false) != to;
    });
    go_to(static_cast<std::size_t>(place - lines_.begin()));
}

void Pager::begin_again() {
    std::fill(seen_.begin(), seen_.end(), false);
    end_seen_ = false;
    top_ = 0;
}

std::string Pager::position() const {
    return fmt::format("lines {}-{} of {}", std::min(top_ + 1, lines_.size()),
                       std::min(top_ + rows_, lines_.size()), lines_.size());
}

}  // namespace cheget::briefcase
