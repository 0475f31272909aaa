// Formulas, read with an explicit stack of open braces.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

constexpr std::string_view k_how =
    "write `2 of NAME`, `any of { ... }` or `all of { ... }`, with names or formulas in the braces";
constexpr std::uint32_t k_largest_weight = 1'000'000;

bool is_number(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool Parser::parse_quantity(const Token& token, FormulaSyntax::Node& node) {
    if (token.text == "all") {
        node.quantity = FormulaSyntax::Quantity::all;
    } else if (token.text == "any") {
        node.quantity = FormulaSyntax::Quantity::any;
    } else {
        auto number = base::parse_number(token.text, k_most_principals);
        if (!number) {
            return complain(token, fmt::format("`{}` is no threshold", base::shown(token.text)),
                            fmt::format("write a whole number from 1 to {} without leading zeros",
                                        k_most_principals));
        }
        node.number = static_cast<std::uint32_t>(*number);
    }
    return true;
}

// `NAME(target) is true`, `NAME >= high`, `NAME <= 1000`, `NAME is eu-1`: all after the name.
Parser::Element Parser::parse_condition(const Token& first, FormulaSyntax::Node& node) {
    constexpr std::string_view how =
        "write `FACT is true`, `FACT >= VALUE`, `FACT <= NUMBER`, `PARAMETER <= NUMBER`, "
        "`PARAMETER >= NUMBER` or `PARAMETER is VALUE`";
    node.name = {first.text, first.at};
    if (lexer_.peek().is_symbol('(')) {
        take();
        const Token about = lexer_.peek();
        if (about.kind != Token::Kind::word) {
            complain_expected("`target`, `file` or `order`", std::string(how));
            return Element::failed;
        }
        take();
        node.about = {about.text, about.at};
        if (!expect_symbol(')', std::string(how))) {
            return Element::failed;
        }
    }
    const Token relation = lexer_.peek();
    if (relation.is_word("is")) {
        take();
        node.relation = FormulaSyntax::Relation::is;
    } else if (relation.is_symbol('>') || relation.is_symbol('<')) {
        take();
        const Token equal = lexer_.peek();
        if (!equal.is_symbol('=') || equal.offset != relation.end()) {
            complain(relation, fmt::format("`{}` alone compares nothing", relation.text),
                     fmt::format("write `{}=`: the bound itself is included", relation.text));
            return Element::failed;
        }
        take();
        node.relation = relation.is_symbol('>') ? FormulaSyntax::Relation::at_least
                                                : FormulaSyntax::Relation::at_most;
    } else {
        complain_expected("`is`, `>=` or `<=`", std::string(how));
        return Element::failed;
    }
    const Token value = lexer_.peek();
    if (value.is_word("not")) {
        complain(value,
                 "there is no `not`: a condition that something is absent could be met by "
                 "keeping silent",
                 "declare a fact that says the good thing, and write `FACT is true`");
        return Element::failed;
    }
    if (value.kind != Token::Kind::word || begins_other_clause(value)) {
        complain_expected("a value", std::string(how));
        return Element::failed;
    }
    take();
    node.value = {value.text, value.at};
    if (node.shared) {
        complain(first, "`shared` before a condition changes nothing", "take it out");
        return Element::failed;
    }
    return Element::condition;
}

// `>= 5 of { alice: 3, bob: 2 }`: all after `weight`.
Parser::Element Parser::parse_weight(FormulaSyntax::Node& node) {
    constexpr std::string_view shape = "write `weight >= 5 of { alice: 3, bob: 2, carol: 2 }`";
    node.quantity = FormulaSyntax::Quantity::weight;
    if (!expect_symbol('>', std::string(shape)) || !expect_symbol('=', std::string(shape))) {
        return Element::failed;
    }
    auto read = [&](std::uint32_t& number) {
        const Token token = lexer_.peek();
        if (token.kind != Token::Kind::word) {
            return complain_expected("a weight", std::string(shape));
        }
        take();
        auto value = base::parse_number(token.text, k_largest_weight);
        if (!value || *value == 0) {
            return complain(token, fmt::format("`{}` is no weight", base::shown(token.text)),
                            fmt::format("write a whole number from 1 to {}", k_largest_weight));
        }
        number = static_cast<std::uint32_t>(*value);
        return true;
    };
    if (!read(node.number) || !expect_word("of", std::string(shape)) ||
        !expect_symbol('{', std::string(shape))) {
        return Element::failed;
    }
    while (true) {
        const Token name = lexer_.peek();
        if (name.kind != Token::Kind::word) {
            complain_expected("a person's name", std::string(shape));
            return Element::failed;
        }
        take();
        node.members.push_back({name.text, name.at});
        if (!expect_symbol(':', std::string(shape)) || !read(node.weights.emplace_back())) {
            return Element::failed;
        }
        bool comma = lexer_.peek().is_symbol(',');
        if (comma) {
            take();
        }
        if (lexer_.peek().is_symbol('}')) {
            take();
            return Element::set;
        }
        if (!comma) {
            complain_expected("`,` or `}`", std::string(shape));
            return Element::failed;
        }
    }
}

// Reads one element up to its opening brace, or whole when it has none.
Parser::Element Parser::parse_element(FormulaSyntax::Node& node, bool inside_braces) {
    node.at = lexer_.peek().at;
    if (lexer_.peek().is_word("shared")) {
        node.shared = true;
        take();
    }
    const Token first = lexer_.peek();
    if (first.kind != Token::Kind::word || begins_other_clause(first)) {
        complain_expected(inside_braces ? "a name or a formula" : "a formula", std::string(k_how));
        return Element::failed;
    }
    if (refuse_later(first)) {
        return Element::failed;
    }
    take();
    if (first.text == "weight") {
        return parse_weight(node);
    }
    if (!lexer_.peek().is_word("of")) {
        const Token& next = lexer_.peek();
        if (next.is_symbol('>') || next.is_symbol('<') || next.is_symbol('(') ||
            next.is_word("is")) {
            return parse_condition(first, node);
        }
        node.is_name = true;
        node.name = {first.text, first.at};
        if (next.is_symbol('=')) {
            complain(next, "`=` compares nothing here",
                     "write `is`, `>=` or `<=`, such as `region is eu-1`");
        } else if (first.text == "not") {
            complain(first,
                     "there is no `not`: what forbids is `veto`, and a condition that "
                     "something is absent could be met by keeping silent",
                     "declare a fact that says the good thing, and write `FACT is true`");
        } else if (first.text == "in") {
            complain(first, "`in sequence` stands directly after `approve` alone",
                     "write `approve in sequence { 1 of NAME, 1 of NAME }`");
        } else if (is_number(first.text) || first.text == "all" || first.text == "any") {
            complain_expected("`of`", std::string(k_how));
        } else if (node.shared) {
            complain(first, "`shared` stands before a formula", std::string(k_how));
        } else if (!inside_braces) {
            complain(
                first, fmt::format("expected a formula, found `{}`", first.text),
                fmt::format("write how many are needed: `1 of {}` for a group, `1 of {{ {} }}` "
                            "for a person",
                            first.text, first.text));
        } else {
            return Element::name;
        }
        return Element::failed;
    }
    take();
    if (!is_number(first.text) && first.text != "all" && first.text != "any") {
        complain(first, fmt::format("`{}` is no quantity", first.text), std::string(k_how));
        return Element::failed;
    }
    if (!parse_quantity(first, node)) {
        return Element::failed;
    }
    if (lexer_.peek().is_symbol('{')) {
        take();
        return Element::opened;
    }
    const Token name = lexer_.peek();
    if (name.kind != Token::Kind::word || begins_other_clause(name)) {
        complain_expected("a group or `{`", std::string(k_how));
        return Element::failed;
    }
    take();
    node.name = {name.text, name.at};
    return Element::set;
}

bool Parser::parse_formula(FormulaSyntax& formula, std::optional<FormulaSyntax::Quantity> opened) {
    std::vector<FormulaSyntax::Node> open;
    if (opened) {
        FormulaSyntax::Node node;
        node.quantity = *opened;
        node.at = last_.at;
        if (lexer_.peek().is_symbol('}')) {
            return complain(last_, "empty braces ask for nothing", "name something in them");
        }
        open.push_back(std::move(node));
    }
    while (true) {
        FormulaSyntax::Node node;
        Element element = parse_element(node, !open.empty());
        if (element == Element::failed) {
            return false;
        }
        if (element == Element::opened) {
            if (open.size() == k_deepest_formula) {
                return complain(
                    last_, fmt::format("more than {} braces within each other", k_deepest_formula),
                    "make groups of the inner parts, or simplify the rule");
            }
            if (lexer_.peek().is_symbol('}')) {
                return complain(last_, "empty braces: nobody could satisfy them",
                                "name people or groups in them");
            }
            open.push_back(std::move(node));
            continue;
        }
        formula.nodes.push_back(std::move(node));
        // The element is whole; so may be the braces around it.
        bool another = false;
        while (!open.empty() && !another) {
            open.back().children.push_back(static_cast<std::uint32_t>(formula.nodes.size() - 1));
            bool comma = lexer_.peek().is_symbol(',');
            if (comma) {
                take();
            }
            if (lexer_.peek().is_symbol('}')) {
                take();
                formula.nodes.push_back(std::move(open.back()));
                open.pop_back();
            } else if (comma) {
                another = true;
            } else {
                return complain_expected(
                    "`,` or `}`", "separate what stands in braces by commas, and close them");
            }
        }
        if (open.empty()) {
            return true;
        }
    }
}

}  // namespace cheget::policy
