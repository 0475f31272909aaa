// The parser: from text to syntax, by hand, with recovery at clauses' and blocks' ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/diagnostics.h"
#include "policy/lexer.h"
#include "policy/syntax.h"

namespace cheget::policy {

/// Reads a policy's text. What could not be read is complained about and left out of the syntax.
/// Checks the length and the bytes of the text before anything else.
PolicySyntax parse_syntax(std::string_view text, Diagnostics& diagnostics);

/// The parts of the parser, each reading one construct from the lexer. A function that gives false
/// or nothing has complained, and leaves the recovery to its caller.
class Parser {
  public:
    Parser(std::string_view text, std::size_t offset, std::uint32_t line, Diagnostics& diagnostics)
        : lexer_(text, offset, line), diagnostics_(diagnostics) {}

    /// All blocks to the end of the text.
    void parse_blocks(PolicySyntax& syntax);

  private:
    // parse_blocks.cpp
    bool parse_block(BlockSyntax& block);
    bool parse_name(WordSyntax& name, std::string_view whose);
    bool parse_principal(BlockSyntax& block);
    bool parse_key(KeySyntax& key);
    bool parse_marks(KeySyntax& key);
    bool parse_group(BlockSyntax& block);
    bool parse_action(BlockSyntax& block);
    bool parse_change(BlockSyntax& block);
    bool parse_clauses(BlockSyntax& block);

    // parse_clauses.cpp
    bool parse_clause(ClauseSyntax& clause, BlockSyntax::Kind block);
    bool clause_kind(const Token& token, BlockSyntax::Kind block, ClauseSyntax::Kind& kind);
    bool parse_run(ClauseSyntax& clause);
    bool parse_allow(ClauseSyntax& clause);
    bool parse_strings(std::vector<StringSyntax>& strings);
    bool parse_string(StringSyntax& string);
    bool parse_expire(ClauseSyntax& clause);

    // parse_formula.cpp
    bool parse_formula(FormulaSyntax& formula);
    enum class Element { failed, name, set, opened };
    Element parse_element(FormulaSyntax::Node& node, bool inside_braces);
    bool parse_quantity(const Token& token, FormulaSyntax::Node& node);

    // parser.cpp
    bool complain(const Token& token, std::string what, std::string advice);
    bool complain_expected(std::string_view expected, std::string advice);
    bool refuse_later(const Token& token);
    bool expect_symbol(char symbol, std::string advice);
    bool expect_word(std::string_view word, std::string advice);
    bool at_block_word();
    void skip_to_block();
    void skip_to_clause(std::size_t block_depth);
    void begin(Extent& extent);
    void end(Extent& extent) const;
    Token take();
    bool begins_other_clause(const Token& token) const;

    Lexer lexer_;
    Diagnostics& diagnostics_;
    Token last_;              // the token taken last
    std::size_t braces_ = 0;  // how many are open
};

}  // namespace cheget::policy
