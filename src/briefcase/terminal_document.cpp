// Laying out a text: raw lines folded where the window ends, prose between words.
#include "briefcase/terminal_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "statement/show.h"

namespace cheget::briefcase {

namespace {

constexpr std::size_t k_row_indent = 6;
constexpr std::size_t k_label_columns = 16;

/// The longest front of `text` that fits and ends between words, if there is one.
std::size_t words_that_fit(std::string_view text, std::size_t columns) {
    if (text.size() <= columns) {
        return text.size();
    }
    const std::size_t space = text.rfind(' ', columns);
    const std::size_t indent = text.find_first_not_of(' ');
    return space == std::string_view::npos || space <= indent ? columns : space;
}

/// Folds between words; further lines are indented like the first and by `hang` more.
void fold_prose(std::vector<DocumentLine>& lines, std::string_view text, std::size_t columns,
                Style style, std::size_t hang) {
    std::size_t indent = std::min(text.find_first_not_of(' '), text.size()) + hang;
    if (indent + 20 > columns) {
        indent = 0;
    }
    std::string start;
    do {
        const std::size_t length = words_that_fit(text, columns - start.size());
        lines.push_back({start + std::string(text.substr(0, length)), style});
        text.remove_prefix(length);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        start.assign(indent, ' ');
    } while (!text.empty());
}

/// Folds where the window ends, whatever stands there: no character is left out or added.
void fold_anywhere(std::vector<DocumentLine>& lines, std::string_view before, std::string_view more,
                   std::string_view text, std::size_t columns, Style style) {
    std::string_view start = before;
    do {
        const std::size_t length = std::min(columns - start.size(), text.size());
        lines.push_back({std::string(start) + std::string(text.substr(0, length)), style});
        text.remove_prefix(length);
        start = more;
    } while (!text.empty());
}

/// A raw line that stands at `from` in the signed text.
void fold_raw(std::vector<DocumentLine>& lines, std::string_view text, std::size_t columns,
              std::size_t from, bool is_signed) {
    const std::size_t first = lines.size();
    fold_anywhere(lines, k_raw_mark, k_more_mark, text, columns, Style::strong);
    if (!is_signed) {
        return;
    }
    for (std::size_t i = first; i < lines.size(); ++i) {
        lines[i].from = from;
        from += lines[i].text.size() - k_raw_mark.size();
        lines[i].to = from;
    }
    lines.back().to += 1;  // the line's end shows its line feed
}

void fold_row(std::vector<DocumentLine>& lines, std::string_view label, std::string_view value,
              std::size_t columns) {
    const std::string indent(k_row_indent, ' ');
    const std::string far(k_row_indent + k_label_columns + 2, ' ');
    const std::string more = far.substr(2) + "+ ";
    if (base::parse_digest(value)) {  // it fits on a line of its own, and is more use unfolded
        fold_anywhere(lines, indent, more, label, columns, Style::plain);
        fold_anywhere(lines, indent.substr(2), more, value, columns, Style::plain);
    } else if (label.size() > k_label_columns) {
        fold_anywhere(lines, indent, indent.substr(2) + "+ ", label, columns, Style::plain);
        fold_anywhere(lines, far, more, value, columns, Style::plain);
    } else {
        fold_anywhere(lines, fmt::format("{}{:<{}}  ", indent, label, k_label_columns), more, value,
                      columns, Style::plain);
    }
}

/// Whether the raw line says just that already.
bool is_plain(std::string_view raw, const statement::Row& row) {
    return raw == fmt::format("{}: {}", row.label, row.value) ||
           (base::parse_digest(row.value) && raw.find(row.value) != std::string_view::npos);
}

}  // namespace

void Document::add_heading(std::string_view title) {
    if (!parts_.empty()) {
        add_blank();
    }
    parts_.push_back({Part::Kind::heading, ascii(title)});
}

void Document::add_prose(std::string_view text, Style style, std::size_t hang) {
    while (!text.empty()) {
        Part& part = parts_.emplace_back();
        part.kind = Part::Kind::prose;
        part.text = ascii(base::take_until(text, '\n'));
        part.style = style;
        part.hang = hang;
    }
}

void Document::add_blank() {
    parts_.push_back({Part::Kind::prose, {}});
}

void Document::add_signed_text(std::string_view text) {
    add_lines(text, true);
    signed_size_ = text.size();
}

void Document::add_raw(std::string_view text) {
    add_lines(text, false);
}

void Document::add_escaped(std::string_view content) {
    while (!content.empty()) {
        parts_.push_back({Part::Kind::raw, base::shown(base::take_until(content, '\n'))});
    }
}

void Document::add_lines(std::string_view text, bool is_signed) {
    for (const statement::ToldLine& line : statement::told_lines(text)) {
        const auto from = static_cast<std::size_t>(line.raw.data() - text.data());
        parts_.push_back(
            {Part::Kind::raw, std::string(line.raw), {}, Style::strong, from, is_signed});
        for (const statement::Row& row : line.says) {
            if (!is_plain(line.raw, row)) {
                add_row(row.label, row.value);
            }
        }
    }
}

void Document::add_row(std::string_view label, std::string_view value) {
    parts_.push_back({Part::Kind::row, ascii(value), ascii(label)});
}

std::vector<DocumentLine> Document::lay_out(std::size_t columns) const {
    std::vector<DocumentLine> lines;
    for (std::size_t number = 0; number < parts_.size(); ++number) {
        const Part& part = parts_[number];
        const std::size_t first = lines.size();
        switch (part.kind) {
            case Part::Kind::heading:
                lines.push_back({fmt::format("== {} ", part.text), Style::strong, true});
                lines.back().text.resize(columns, '=');
                break;
            case Part::Kind::prose:
                fold_prose(lines, part.text, columns, part.style, part.hang);
                break;
            case Part::Kind::raw:
                fold_raw(lines, part.text, columns, part.from, part.is_signed);
                break;
            case Part::Kind::row:
                fold_row(lines, part.label, part.text, columns);
                break;
        }
        for (std::size_t i = first; i < lines.size(); ++i) {
            lines[i].part = number;
        }
    }
    return lines;
}

}  // namespace cheget::briefcase
