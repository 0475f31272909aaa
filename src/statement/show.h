// A statement as people read it before they sign (G8): made from the very bytes that get signed,
// every raw line beside what it says, and nothing hidden.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cheget::statement {

/// The statement in plain text that ends with LF: its kind, size and id, then each raw line after
/// `| ` and under it what it says. Long lines are folded at 76 columns and marked, so that nothing
/// in them can pass for a line of its own; A vote shows the text voted on in the same way. Lists,
/// paths and arguments are escaped to ASCII; a reason or note is shown as its letters, which the
/// format keeps to those that can't deceive. A text that is not a statement is shown escaped, under
/// the reason why it is none.
std::string show_text(std::string_view text);

/// One thing that a field says. The label is short and ASCII; the value is safe to show.
struct Row {
    std::string label;
    std::string value;
};

/// One raw line, and what it says where that isn't plain.
struct ToldLine {
    std::string_view raw;  ///< without its LF; points into the text
    std::vector<Row> says;
};

/// The same for whoever lays it out: all lines of a text that parses; of a policy only the lines of
/// its header say something, of a vote the text voted on is told like the rest.
std::vector<ToldLine> told_lines(std::string_view text);

}  // namespace cheget::statement
