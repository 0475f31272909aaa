// The whole text, and what every part of the parser leans on: complaints and recovery.
#include "policy/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/parse_header.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

// Complains about bytes that no statement may hold: the first such byte of each line.
void check_bytes(std::string_view text, Diagnostics& diagnostics) {
    std::uint32_t number = 1;
    while (!text.empty()) {
        std::string_view line = base::take_until(text, '\n');
        auto bad = std::find_if(line.begin(), line.end(), [](char character) {
            return character < 0x20 || character > 0x7E;
        });
        if (bad != line.end()) {
            Position at{number, static_cast<std::uint32_t>(bad - line.begin() + 1)};
            std::string_view advice =
                *bad == '\t'   ? "write spaces: a tab looks different everywhere"
                : *bad == '\r' ? "end lines with LF alone, as `dos2unix` does"
                : static_cast<unsigned char>(*bad) > 0x7E
                    ? "write ASCII alone, in comments too: letters that look alike could deceive"
                    : "take it out: what is signed must be plain to see";
            diagnostics.add(at,
                            fmt::format("the byte 0x{:02x} can't stand in a policy",
                                        static_cast<unsigned char>(*bad)),
                            std::string(advice));
        }
        ++number;
    }
}

std::string describe(const Token& token) {
    switch (token.kind) {
        case Token::Kind::end:
            return "the end of the policy";
        case Token::Kind::string:
        case Token::Kind::broken_string:
            return "a string";
        default:
            return fmt::format("`{}`", base::shown(token.text.substr(0, 64)));
    }
}

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

PolicySyntax parse_syntax(std::string_view text, Diagnostics& diagnostics) {
    PolicySyntax syntax;
    if (text.size() > statement::k_longest_policy) {
        diagnostics.add({1, 1},
                        fmt::format("the policy has {} bytes; {} are the most", text.size(),
                                    statement::k_longest_policy),
                        "make it shorter, or divide the domain");
        return syntax;
    }
    if (!base::is_statement_text(text)) {
        check_bytes(text, diagnostics);
        return syntax;
    }
    if (!text.empty() && text.back() != '\n') {
        auto line = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
        std::size_t column = text.size() - (text.rfind('\n') + 1) + 1;
        diagnostics.add({line, static_cast<std::uint32_t>(column)},
                        "a policy ends with a line feed, and this text does not",
                        "end its last line");
        return syntax;
    }
    parse_header(text, syntax, diagnostics);
    auto header_lines = static_cast<std::uint32_t>(syntax.header_lines.size());
    if (!diagnostics.empty() && header_lines < 4) {
        return syntax;  // without its header the rest may be anything
    }
    std::size_t begin = std::min(syntax.header_end, text.size());
    Parser(text, begin, header_lines + 1, diagnostics).parse_blocks(syntax);
    return syntax;
}

bool Parser::complain(const Token& token, std::string what, std::string advice) {
    diagnostics_.add(token.at, std::move(what), std::move(advice));
    return false;
}

bool Parser::complain_expected(std::string_view expected, std::string advice) {
    const Token& found = lexer_.peek();
    if (found.kind == Token::Kind::word && refuse_later(found)) {
        return false;
    }
    return complain(found, fmt::format("expected {}, found {}", expected, describe(found)),
                    std::move(advice));
}

bool Parser::refuse_later(const Token& token) {
    auto later = later_word(token.text);
    if (token.kind != Token::Kind::word || !later) {
        return false;
    }
    complain(token, later_complaint(token.text), std::string(later->advice));
    return true;
}

Token Parser::take() {
    last_ = lexer_.take();
    braces_ += last_.is_symbol('{') ? 1U : 0U;
    braces_ -= last_.is_symbol('}') && braces_ > 0 ? 1U : 0U;
    return last_;
}

bool Parser::expect_symbol(char symbol, std::string advice) {
    if (lexer_.peek().is_symbol(symbol)) {
        take();
        return true;
    }
    return complain_expected(fmt::format("`{}`", symbol), std::move(advice));
}

bool Parser::expect_word(std::string_view word, std::string advice) {
    if (lexer_.peek().is_word(word)) {
        take();
        return true;
    }
    return complain_expected(fmt::format("`{}`", word), std::move(advice));
}

// Whether the next token begins a block: at the start of a line no such word can stand for anything
// else, whatever braces are open.
bool Parser::at_block_word() {
    const Token& token = lexer_.peek();
    return token.first_on_line && token.at.column == 1 && token.kind == Token::Kind::word &&
           is_one_of(block_words(), token.text);
}

void Parser::skip_to_block() {
    while (lexer_.peek().kind != Token::Kind::end && !at_block_word()) {
        take();
    }
    braces_ = 0;
}

// Whether the token begins another clause rather than going on with this one: its word stands first
// on its line.
bool Parser::begins_other_clause(const Token& token) const {
    return token.first_on_line && token.kind == Token::Kind::word &&
           (is_one_of(clause_words(), token.text) || is_one_of(block_words(), token.text));
}

// To the next clause of the block whose clauses stand within `block_depth` braces, to its closing
// brace, or to the next block. A closing brace at the start of a line is the block's own.
void Parser::skip_to_clause(std::size_t block_depth) {
    while (lexer_.peek().kind != Token::Kind::end && !at_block_word()) {
        const Token& token = lexer_.peek();
        bool begins_clause = token.first_on_line && token.kind == Token::Kind::word &&
                             (is_one_of(clause_words(), token.text) || later_word(token.text));
        bool closes_block = token.is_symbol('}') && (braces_ <= block_depth ||
                                                     (token.first_on_line && token.at.column == 1));
        if (begins_clause || closes_block) {
            braces_ = block_depth;
            return;
        }
        take();
    }
}

void Parser::begin(Extent& extent) {
    extent.begin = lexer_.peek().offset;
    extent.first_line = lexer_.peek().at.line;
}

void Parser::end(Extent& extent) const {
    extent.end = last_.end();
    extent.last_line = last_.at.line;
}

}  // namespace cheget::policy
