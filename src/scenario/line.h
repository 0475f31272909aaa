// One line of a scenario file, cut into words as they are asked for.
#pragma once

#include <string>
#include <string_view>

#include "policy/policy.h"

namespace cheget::scenario {

using policy::Position;

struct Token {
    enum class Kind {
        word,           ///< a run of anything but spaces and commas, as it stands
        string,         ///< a JSON string, decoded
        broken_string,  ///< what begins with a quote and is no JSON string
        comma,
        end,  ///< of the line, or where its comment begins
    };
    Kind kind = Kind::end;
    std::string text;
    Position at;

    bool is(std::string_view word) const { return kind == Kind::word && text == word; }
    bool is_text() const { return kind == Kind::word || kind == Kind::string; }
};

class Line {
  public:
    /// Borrows the text, which is one line without its line feed.
    Line(std::string_view text, std::uint32_t number) : text_(text), number_(number) { scan(); }

    const Token& peek() const { return next_; }
    Token take();
    bool at_end() const { return next_.kind == Token::Kind::end; }
    /// Takes all that is left as it stands, without its comment and the spaces around it.
    Token take_rest();

  private:
    void scan();
    void scan_string();
    Position here() const { return {number_, static_cast<std::uint32_t>(offset_) + 1}; }

    std::string_view text_;
    std::uint32_t number_;
    std::size_t offset_ = 0;  // after next_
    Token next_;
};

}  // namespace cheget::scenario
