// The lexer: no state beyond the place and one token, no failure but a string that is not closed.
#include "policy/lexer.h"

#include <array>

namespace cheget::policy {
namespace {

constexpr std::array<bool, 256> make_word_characters() {
    std::array<bool, 256> table{};
    for (char character :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")) {
        table[static_cast<unsigned char>(character)] = true;
    }
    return table;
}
constexpr auto k_word_characters = make_word_characters();

bool is_word_character(char character) {
    return k_word_characters[static_cast<unsigned char>(character)];
}

}  // namespace

Lexer::Lexer(std::string_view text, std::size_t offset, std::uint32_t line)
    : text_(text), offset_(offset), line_start_(offset), line_(line) {}

const Token& Lexer::peek() {
    if (!peeked_) {
        next_ = scan();
        peeked_ = true;
    }
    return next_;
}

Token Lexer::take() {
    Token token = peek();
    peeked_ = false;
    return token;
}

Token Lexer::take_raw(std::string_view stops) {
    Token token = take();
    std::size_t end = token.offset;
    while (end < text_.size() && text_[end] != ' ' && text_[end] != '\n' &&
           stops.find(text_[end]) == std::string_view::npos) {
        ++end;
    }
    token.kind = token.kind == Token::Kind::end ? Token::Kind::end : Token::Kind::word;
    token.text = text_.substr(token.offset, end - token.offset);
    offset_ = end;
    return token;
}

void Lexer::skip_space() {
    while (offset_ < text_.size()) {
        char character = text_[offset_];
        if (character == '\n') {
            ++line_;
            line_start_ = ++offset_;
            line_begun_ = false;
        } else if (character == ' ') {
            ++offset_;
        } else if (character == '#') {
            std::size_t end = std::min(text_.find('\n', offset_), text_.size());
            std::string_view comment = text_.substr(offset_, end - offset_);
            comment = comment.substr(0, comment.find_last_not_of(' ') + 1);
            comments_.push_back({comment, offset_, line_, !line_begun_});
            offset_ = end;
        } else {
            return;
        }
    }
}

Token Lexer::scan() {
    skip_space();
    Token token;
    token.offset = offset_;
    token.at = {line_, static_cast<std::uint32_t>(offset_ - line_start_ + 1)};
    token.first_on_line = !line_begun_;
    line_begun_ = true;
    if (offset_ == text_.size()) {
        token.text = text_.substr(offset_, 0);
        return token;
    }
    std::size_t end = offset_ + 1;
    if (is_word_character(text_[offset_])) {
        token.kind = Token::Kind::word;
        while (end < text_.size() && is_word_character(text_[end])) {
            ++end;
        }
    } else if (text_[offset_] == '"') {
        while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
            bool escape = text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] != '\n';
            end += escape ? 2 : 1;
        }
        bool closed = end < text_.size() && text_[end] == '"';
        token.kind = closed ? Token::Kind::string : Token::Kind::broken_string;
        end += closed ? 1 : 0;
    } else {
        token.kind = Token::Kind::symbol;
    }
    token.text = text_.substr(offset_, end - offset_);
    offset_ = end;
    return token;
}

}  // namespace cheget::policy
