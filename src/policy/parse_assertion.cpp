// Assertions: `assert no coalition for drop-database inside dba`.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"

namespace cheget::policy {
namespace {

using Claim = Assertion::Claim;
using Subject = Assertion::Subject;

constexpr std::string_view k_shapes =
    "write `assert smallest coalition for ACTION >= NUMBER`, `assert smallest blocking set for "
    "ACTION >= NUMBER`, `assert no coalition for ACTION inside NAME` or `assert every coalition "
    "for ACTION has 1 of NAME`";
constexpr std::string_view k_subjects =
    "name an action, or write `emergency ACTION`, `amend`, `amend lowering` or `revoke`";

std::string_view claim_words(Claim claim) {
    switch (claim) {
        case Claim::smallest_coalition:
            return "smallest coalition";
        case Claim::smallest_blocking:
            return "smallest blocking set";
        case Claim::none_inside:
            return "no coalition";
        case Claim::every_has:
            return "every coalition";
    }
    return "";
}

std::string subject_words(const AssertionSyntax& assertion) {
    switch (assertion.subject) {
        case Subject::action:
            return std::string(assertion.action.text);
        case Subject::emergency:
            return fmt::format("emergency {}", assertion.action.text);
        case Subject::amend:
            return "amend";
        case Subject::amend_lowering:
            return "amend lowering";
        case Subject::revoke:
            return "revoke";
    }
    return "";
}

}  // namespace

std::string assertion_head(const AssertionSyntax& assertion) {
    std::string head =
        fmt::format("assert {} for {} ", claim_words(assertion.claim), subject_words(assertion));
    switch (assertion.claim) {
        case Claim::smallest_coalition:
        case Claim::smallest_blocking:
            return head + fmt::format(">= {}", assertion.number);
        case Claim::none_inside:
            return head + "inside ";
        case Claim::every_has:
            return head + "has ";
    }
    return head;
}

// An action may be called like any word of later versions, so that these are not looked for here.
bool Parser::expect_claim_word(std::string_view word) {
    const Token found = lexer_.peek();
    if (found.kind == Token::Kind::word && !found.is_word(word)) {
        return complain(found,
                        fmt::format("expected `{}`, found `{}`", word, base::shown(found.text)),
                        std::string(k_shapes));
    }
    return expect_word(word, std::string(k_shapes));
}

bool Parser::parse_claim(AssertionSyntax& assertion) {
    const Token word = lexer_.peek();
    if (word.is_word("smallest")) {
        take();
        if (lexer_.peek().is_word("blocking")) {
            take();
            assertion.claim = Claim::smallest_blocking;
            return expect_claim_word("set");
        }
        assertion.claim = Claim::smallest_coalition;
    } else if (word.is_word("no")) {
        take();
        assertion.claim = Claim::none_inside;
    } else if (word.is_word("every")) {
        take();
        assertion.claim = Claim::every_has;
    } else {
        return complain_expected("`smallest`, `no` or `every`", std::string(k_shapes));
    }
    return expect_claim_word("coalition");
}

// After `for`. The words of the rules of change mean these, whatever actions are called.
bool Parser::parse_subject(AssertionSyntax& assertion) {
    const Token word = lexer_.peek();
    if (word.is_word("amend")) {
        take();
        assertion.subject = Subject::amend;
        if (lexer_.peek().is_word("lowering")) {
            take();
            assertion.subject = Subject::amend_lowering;
        }
        return true;
    }
    if (word.is_word("revoke")) {
        take();
        assertion.subject = Subject::revoke;
        return true;
    }
    if (word.is_word("emergency")) {
        take();
        assertion.subject = Subject::emergency;
    }
    const Token name = lexer_.peek();
    if (name.kind != Token::Kind::word) {
        return complain_expected("an action's name", std::string(k_subjects));
    }
    take();
    assertion.action = {name.text, name.at};
    return true;
}

bool Parser::parse_least(AssertionSyntax& assertion) {
    const std::string advice = "write `>= NUMBER`: so many at least";
    const Token more = lexer_.peek();
    if (!expect_symbol('>', advice)) {
        return false;
    }
    if (lexer_.peek().offset != more.end()) {
        return complain(more, "`>` alone compares nothing", advice);
    }
    if (!expect_symbol('=', advice)) {
        return false;
    }
    const Token number = lexer_.peek();
    if (number.kind != Token::Kind::word || at_block_word()) {
        return complain_expected("a number", advice);
    }
    take();
    const auto value = base::parse_number(number.text, k_most_principals);
    if (!value) {
        return complain(number,
                        fmt::format("`{}` is no number of people", base::shown(number.text)),
                        fmt::format("write a whole number from 2 to {} without leading zeros",
                                    k_most_principals));
    }
    assertion.number = static_cast<std::uint32_t>(*value);
    assertion.number_at = number.at;
    return true;
}

// `dba` or `{ alice, dba }`.
bool Parser::parse_inside(FormulaSyntax& set) {
    const Token first = lexer_.peek();
    if (first.is_symbol('{')) {
        take();
        return parse_formula(set, FormulaSyntax::Quantity::braces);
    }
    if (first.kind != Token::Kind::word || at_block_word()) {
        return complain_expected("a group or `{`",
                                 "write whom alone it must not lie with: `inside NAME` for a "
                                 "group, or `inside { alice, bob }`");
    }
    take();
    FormulaSyntax::Node node;
    node.quantity = FormulaSyntax::Quantity::braces;
    node.name = {first.text, first.at};
    node.at = first.at;
    set.nodes.push_back(std::move(node));
    return true;
}

bool Parser::parse_assertion(AssertionSyntax& assertion) {
    if (!parse_claim(assertion) || !expect_claim_word("for") || !parse_subject(assertion)) {
        return false;
    }
    switch (assertion.claim) {
        case Claim::smallest_coalition:
        case Claim::smallest_blocking:
            return parse_least(assertion);
        case Claim::none_inside:
            return expect_claim_word("inside") && parse_inside(assertion.set);
        case Claim::every_has:
            return expect_claim_word("has") && parse_formula(assertion.set);
    }
    return false;
}

}  // namespace cheget::policy
