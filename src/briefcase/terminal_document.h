// A text to be scrolled through, laid out for a window: which of its lines show which bytes of what
// gets signed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "briefcase/terminal_screen.h"

namespace cheget::briefcase {

/// One line of a laid-out document, at most as long as the window is wide.
struct DocumentLine {
    std::string text;
    Style style = Style::plain;
    bool begins_section = false;
    std::size_t part = 0;  ///< of the document: stays the same in windows of other widths
    /// The bytes of the signed text that it shows, its line feed included; the same twice for none.
    std::size_t from = 0;
    std::size_t to = 0;
};

/// What every line of signed text stands behind; a line that goes on has the second.
constexpr std::string_view k_raw_mark = "| ";
constexpr std::string_view k_more_mark = "|+";

class Document {
  public:
    /// Begins a section.
    void add_heading(std::string_view title);
    /// Lines of prose, folded between words; where a line goes on, it is indented like its
    /// beginning and by `hang` more.
    void add_prose(std::string_view text, Style style = Style::plain, std::size_t hang = 0);
    void add_blank();
    /// A signed text: each raw line behind k_raw_mark, byte for byte, and under it what it says
    /// unless that is plain.
    /// A document holds one at most.
    void add_signed_text(std::string_view text);
    /// Raw lines of another text, none of which count as signed bytes here.
    void add_raw(std::string_view text);
    /// Any bytes, line by line, escaped.
    void add_escaped(std::string_view content);
    /// A name beside its value.
    void add_row(std::string_view label, std::string_view value);

    /// How many bytes the signed text has.
    std::size_t signed_size() const { return signed_size_; }

    std::vector<DocumentLine> lay_out(std::size_t columns) const;

  private:
    struct Part {
        enum class Kind : std::uint8_t { heading, prose, raw, row } kind = Kind::prose;
        std::string text{};
        std::string label{};
        Style style = Style::plain;
        std::size_t from = 0;  ///< of raw: where it stands in the signed text
        bool is_signed = false;
        std::size_t hang = 0;  ///< of prose
    };
    void add_lines(std::string_view text, bool is_signed);

    std::vector<Part> parts_;
    std::size_t signed_size_ = 0;
};

}  // namespace cheget::briefcase
