// Clauses about time, and those about people that may end with a span.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {

// A span of one second at least. `never` says why none is refused.
bool Parser::parse_span(base::Span& span, std::string_view example, std::string_view never) {
    const Token token = lexer_.peek();
    if (token.kind != Token::Kind::word || begins_other_clause(token)) {
        return complain_expected("a span of time",
                                 fmt::format("write `{}`, with s, m, h or d", example));
    }
    take();
    auto read = base::parse_span(token.text);
    if (!read) {
        return complain(token, fmt::format("`{}` is no span of time", base::shown(token.text)),
                        "write a whole number and one of s, m, h and d, such as `30m` or `8h`");
    }
    if (read->seconds == 0) {
        return complain(token, std::string(never),
                        fmt::format("write a span above zero, such as `{}`", example));
    }
    span = *read;
    return true;
}

bool Parser::parse_approve(ClauseSyntax& clause) {
    if (!lexer_.peek().is_word("in")) {
        return parse_formula(clause.formula);
    }
    take();
    constexpr std::string_view shape = "write `approve in sequence { 1 of NAME, 1 of NAME }`";
    if (!expect_word("sequence", std::string(shape)) || !expect_symbol('{', std::string(shape))) {
        return false;
    }
    return parse_formula(clause.formula, FormulaSyntax::Quantity::sequence);
}

bool Parser::parse_when(ClauseSyntax& clause) {
    if (!lexer_.peek().is_symbol('{')) {
        return parse_formula(clause.formula);
    }
    take();
    return parse_formula(clause.formula, FormulaSyntax::Quantity::braces);
}

bool Parser::parse_consent(ClauseSyntax& clause) {
    if (!parse_formula(clause.formula)) {
        return false;
    }
    if (!lexer_.peek().is_word("within")) {
        return true;
    }
    take();
    clause.span_at = lexer_.peek().at;
    base::Span within;
    if (!parse_span(within, "within 6h", "no consent could come that soon")) {
        return false;
    }
    clause.within = within;
    return true;
}

bool Parser::parse_wait(ClauseSyntax& clause) {
    clause.span_at = lexer_.peek().at;
    if (!parse_span(clause.span, "wait 30m", "a wait of nothing changes nothing")) {
        return false;
    }
    if (!lexer_.peek().is_word("seen")) {
        return true;
    }
    take();
    return expect_word("by", "write `wait 30m seen by 1 of NAME`") && parse_formula(clause.formula);
}

bool Parser::parse_date(std::optional<base::Time>& time) {
    constexpr std::string_view how =
        "write a day such as `2026-07-01`, which begins at 00:00 UTC, or a time such as "
        "`2026-07-01T06:00:00Z`";
    const Token next = lexer_.peek();
    if (next.kind != Token::Kind::word || begins_other_clause(next)) {
        return complain_expected("a day or a time", std::string(how));
    }
    const Token date = last_ = lexer_.take_raw("#}");
    bool day = date.text.size() == 10;
    auto read =
        base::parse_time(day ? std::string(date.text) + "T00:00:00Z" : std::string(date.text));
    if (!read) {
        return complain(date, fmt::format("`{}` is no day and no time", base::shown(date.text)),
                        std::string(how));
    }
    time = *read;
    return true;
}

bool Parser::parse_valid(ClauseSyntax& clause) {
    if (!expect_word("from",
                     "write `valid from 2026-07-01 until 2027-07-01`, or without its end "
                     "`valid from 2026-07-01`") ||
        !parse_date(clause.from)) {
        return false;
    }
    if (!lexer_.peek().is_word("until")) {
        return true;
    }
    take();
    clause.span_at = lexer_.peek().at;
    return parse_date(clause.until);
}

bool Parser::parse_deputy(ClauseSyntax& clause) {
    constexpr std::string_view shape = "write `deputy NAME for NAME after 4h`";
    for (std::string_view after : {"for", "after"}) {
        const Token name = lexer_.peek();
        if (name.kind != Token::Kind::word || begins_other_clause(name)) {
            return complain_expected("a person's name", std::string(shape));
        }
        take();
        clause.names.push_back({name.text, name.at});
        if (!expect_word(after, std::string(shape))) {
            return false;
        }
    }
    clause.span_at = lexer_.peek().at;
    return parse_span(clause.span, "deputy NAME for NAME after 4h",
                      "a deputy at once would be a second voice for the same person");
}

bool Parser::parse_offline(ClauseSyntax& clause) {
    constexpr std::string_view shape = "write `offline up to 7d`";
    if (!expect_word("up", std::string(shape)) || !expect_word("to", std::string(shape))) {
        return false;
    }
    clause.span_at = lexer_.peek().at;
    return parse_span(clause.span, "offline up to 7d",
                      "a permit that ends at once permits nothing");
}

bool Parser::parse_at_most(ClauseSyntax& clause) {
    constexpr std::string_view shape = "write `at most 1 per 30d`";
    if (!expect_word("most", std::string(shape))) {
        return false;
    }
    const Token number = lexer_.peek();
    if (number.kind != Token::Kind::word || begins_other_clause(number)) {
        return complain_expected("a number", std::string(shape));
    }
    take();
    auto read = base::parse_number(number.text, 1'000'000);
    if (!read || *read == 0) {
        return complain(number, fmt::format("`{}` is no ration", base::shown(number.text)),
                        "write a whole number from 1 to 1000000, such as `at most 1 per 30d`");
    }
    clause.number = static_cast<std::uint32_t>(*read);
    if (!expect_word("per", std::string(shape))) {
        return false;
    }
    clause.span_at = lexer_.peek().at;
    return parse_span(clause.span, "at most 1 per 30d", "a ration per no time rations nothing");
}

}  // namespace cheget::policy
