// Formulas, read with an explicit stack of open braces.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

constexpr std::string_view k_how =
    "write `2 of NAME`, `any of { ... }` or `all of { ... }`, with names or formulas in the braces";

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
    if (!lexer_.peek().is_word("of")) {
        node.is_name = true;
        node.name = {first.text, first.at};
        const Token& next = lexer_.peek();
        if (next.is_symbol('>') || next.is_symbol('<') || next.is_symbol('(') ||
            next.is_symbol('=') || next.is_word("is")) {
            complain(
                first,
                fmt::format("a condition on `{}` belongs to a later version of the language, which "
                            "this program does not read",
                            first.text),
                "name people instead: this version reads no conditions on facts or parameters");
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

bool Parser::parse_formula(FormulaSyntax& formula) {
    std::vector<FormulaSyntax::Node> open;
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
