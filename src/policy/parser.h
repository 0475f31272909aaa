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
    bool parse_witness(BlockSyntax& block);
    bool parse_action(BlockSyntax& block);
    bool parse_emergency(BlockSyntax& block);
    bool parse_change(BlockSyntax& block);
    bool parse_clauses(BlockSyntax& block);

    // parse_fact.cpp
    bool parse_fact(BlockSyntax& block);
    bool parse_fact_type(FactSyntax& fact);
    bool parse_words(FactSyntax& fact, const Token& first);
    bool parse_range(FactSyntax& fact, const Token& range);

    // parse_assertion.cpp
    bool parse_assertion(AssertionSyntax& assertion);
    bool parse_claim(AssertionSyntax& assertion);
    bool expect_claim_word(std::string_view word);
    bool parse_subject(AssertionSyntax& assertion);
    bool parse_least(AssertionSyntax& assertion);
    bool parse_inside(FormulaSyntax& set);

    // parse_clauses.cpp
    bool parse_clause(ClauseSyntax& clause, BlockSyntax::Kind block);
    bool refuse_clause(const Token& word, BlockSyntax::Kind block);
    bool parse_rest_of_clause(ClauseSyntax& clause);
    bool parse_run(ClauseSyntax& clause);
    bool parse_allow(ClauseSyntax& clause);
    bool parse_strings(std::vector<StringSyntax>& strings);
    bool parse_string(StringSyntax& string);

    // parse_times.cpp
    bool parse_span(base::Span& span, std::string_view example, std::string_view never);
    bool parse_wait(ClauseSyntax& clause);
    bool parse_valid(ClauseSyntax& clause);
    bool parse_date(std::optional<base::Time>& time);
    bool parse_deputy(ClauseSyntax& clause);
    bool parse_offline(ClauseSyntax& clause);
    bool parse_at_most(ClauseSyntax& clause);
    bool parse_consent(ClauseSyntax& clause);
    bool parse_approve(ClauseSyntax& clause);
    bool parse_when(ClauseSyntax& clause);

    // parse_deeds.cpp
    bool parse_call(ClauseSyntax& clause);
    bool parse_sql(ClauseSyntax& clause);
    bool parse_ref(ClauseSyntax& clause);
    bool parse_sign(ClauseSyntax& clause);
    bool parse_file(ClauseSyntax& clause);
    bool parse_value(ValueSyntax& value);
    bool parse_capture(StringSyntax& capture, std::string_view shape);

    // parse_formula.cpp
    /// `opened` is what an opening brace that was just taken belongs to, if one was.
    bool parse_formula(FormulaSyntax& formula,
                       std::optional<FormulaSyntax::Quantity> opened = std::nullopt);
    enum class Element { failed, name, condition, set, opened };
    Element parse_element(FormulaSyntax::Node& node, bool inside_braces);
    Element parse_condition(const Token& first, FormulaSyntax::Node& node);
    Element parse_weight(FormulaSyntax::Node& node);
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
