// Facts: `fact alert: none < raised < high from 1 of { backups, db1 } fresh 15m`.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

constexpr std::string_view k_shape =
    "write `fact NAME: bool from 1 of { SOURCE } fresh 24h`, with `(target)`, `(file)` or "
    "`(order)` after the name if it speaks about one";
constexpr std::string_view k_types =
    "write `bool`, words from the lowest to the highest such as `none < raised < high`, or a range "
    "of whole numbers such as `0..1000`";
constexpr std::size_t k_most_words = 64;

}  // namespace

bool Parser::parse_words(FactSyntax& fact, const Token& first) {
    fact.type = Fact::Type::words;
    fact.words.push_back({first.text, first.at});
    while (lexer_.peek().is_symbol('<')) {
        take();
        const Token word = lexer_.peek();
        if (word.kind != Token::Kind::word) {
            return complain_expected("a word", std::string(k_types));
        }
        take();
        fact.words.push_back({word.text, word.at});
    }
    if (fact.words.size() < 2) {
        return complain(first, fmt::format("`{}` is no type of a fact", base::shown(first.text)),
                        std::string(k_types));
    }
    if (fact.words.size() > k_most_words) {
        return complain(first,
                        fmt::format("{} words; {} are the most", fact.words.size(), k_most_words),
                        "use a range of numbers");
    }
    return true;
}

bool Parser::parse_range(FactSyntax& fact, const Token& range) {
    std::size_t dots = range.text.find("..");
    auto lowest = parameter_number(range.text.substr(0, dots));
    auto highest = parameter_number(range.text.substr(dots + 2));
    if (!lowest || !highest) {
        return complain(range, fmt::format("`{}` is no range", base::shown(range.text)),
                        "write two whole numbers from 0, of 18 digits at most and without leading "
                        "zeros, such as `0..1000`");
    }
    fact.type = Fact::Type::number;
    fact.lowest = *lowest;
    fact.highest = *highest;
    if (*lowest >= *highest) {
        return complain(range,
                        fmt::format("the range `{}` leaves nothing to tell apart", range.text),
                        "write the lower number first, and a higher one after it");
    }
    return true;
}

bool Parser::parse_fact_type(FactSyntax& fact) {
    const Token type = lexer_.peek();
    fact.type_at = type.at;
    if (type.kind != Token::Kind::word || type.is_word("from")) {
        return complain_expected("the fact's type", std::string(k_types));
    }
    take();
    if (type.text == "bool") {
        fact.type = Fact::Type::truth;
        return true;
    }
    bool range = type.text.find("..") != std::string_view::npos && type.text[0] >= '0' &&
                 type.text[0] <= '9';
    return range ? parse_range(fact, type) : parse_words(fact, type);
}

bool Parser::parse_fact(BlockSyntax& block) {
    FactSyntax& fact = block.fact;
    if (!parse_name(block.name, "fact")) {
        return false;
    }
    if (lexer_.peek().is_symbol('(')) {
        take();
        const Token about = lexer_.peek();
        if (!about.is_word("target") && !about.is_word("file") && !about.is_word("order")) {
            return complain_expected("`target`, `file` or `order`",
                                     "a fact is about the target, a file or the order; about the "
                                     "world it has no parentheses");
        }
        take();
        fact.about = {about.text, about.at};
        if (!expect_symbol(')', std::string(k_shape))) {
            return false;
        }
    }
    if (!expect_symbol(':', std::string(k_shape)) || !parse_fact_type(fact) ||
        !expect_word("from", std::string(k_shape)) || !parse_formula(fact.sources) ||
        !expect_word("fresh",
                     std::string(k_shape) +
                         "; without a span of freshness an old word would hold for ever")) {
        return false;
    }
    return parse_span(fact.fresh, "fresh 24h", "a fact that is stale at once never holds");
}

}  // namespace cheget::policy
