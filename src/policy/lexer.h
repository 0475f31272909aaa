// Cuts a policy's text into words, strings and symbols, and gathers its comments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

struct Token {
    enum class Kind {
        word,           ///< `[A-Za-z0-9_.-]+`, or what take_raw() gave
        string,         ///< with its quotes, escapes not yet decoded
        broken_string,  ///< a string that its line does not end
        symbol,         ///< any other single character
        end,
    };
    Kind kind = Kind::end;
    std::string_view text;
    Position at;
    std::size_t offset = 0;      ///< of its first byte
    bool first_on_line = false;  ///< nothing but spaces stands before it

    std::size_t end() const { return offset + text.size(); }
    bool is_symbol(char symbol) const { return kind == Kind::symbol && text[0] == symbol; }
    bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
};

struct Comment {
    std::string_view text;  ///< from `#`, without spaces at its end
    std::size_t offset = 0;
    std::uint32_t line = 0;
    bool alone = false;  ///< nothing but spaces stands before it on its line
};

/// Reads tokens on demand with one token of look-ahead. Borrows the text, which must pass
/// base::is_statement_text.
class Lexer {
  public:
    /// Begins at `offset`, the first byte of line number `line`.
    Lexer(std::string_view text, std::size_t offset, std::uint32_t line);

    const Token& peek();
    Token take();

    /// The next token as a run of anything but white space and `stops`, whatever it holds: for
    /// targets and keys, whose characters are symbols elsewhere. Empty at the end or at a stop.
    Token take_raw(std::string_view stops);

    std::vector<Comment> take_comments() { return std::move(comments_); }

  private:
    void skip_space();
    Token scan();

    std::string_view text_;
    std::size_t offset_ = 0;
    std::size_t line_start_ = 0;
    std::uint32_t line_ = 1;
    bool line_begun_ = false;  // something but spaces was seen on this line
    bool peeked_ = false;
    Token next_;
    std::vector<Comment> comments_;
};

}  // namespace cheget::policy
