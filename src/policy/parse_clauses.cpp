// Clauses of actions and of the rules of change.
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {

bool Parser::clause_kind(const Token& token, BlockSyntax::Kind block, ClauseSyntax::Kind& kind) {
    using Kind = ClauseSyntax::Kind;
    bool action = block == BlockSyntax::Kind::action;
    if (token.is_word("approve")) {
        kind = Kind::approve;
    } else if (token.is_word("veto") && block != BlockSyntax::Kind::revoke) {
        kind = Kind::veto;
    } else if (action && token.is_word("run")) {
        kind = Kind::run;
    } else if (action && token.is_word("allow")) {
        kind = Kind::allow_stdin;  // parse_allow says which
    } else if (action && token.is_word("propose")) {
        kind = Kind::propose;
    } else if (action && token.is_word("proposer")) {
        kind = Kind::proposer_counts;
    } else if (action && token.is_word("web")) {
        kind = Kind::web_suffices;
    } else if (action && token.is_word("by")) {
        kind = Kind::by_digest;
    } else if (action && token.is_word("expire")) {
        kind = Kind::expire;
    } else if (action && token.is_word("execute")) {
        kind = Kind::execute;
    } else {
        return false;
    }
    return true;
}

bool Parser::parse_clause(ClauseSyntax& clause, BlockSyntax::Kind block) {
    using Kind = ClauseSyntax::Kind;
    const Token word = lexer_.peek();
    clause.at = word.at;
    if (refuse_later(word)) {
        return false;
    }
    if (!clause_kind(word, block, clause.kind)) {
        take();
        if (block == BlockSyntax::Kind::revoke && word.is_word("veto")) {
            return complain(word,
                            "a revocation can't be vetoed: votes speak about orders and policies",
                            "take the clause out");
        }
        if (word.is_word("file")) {
            return complain(word, later_complaint("file"),
                            "name the path in `run`: an order binds the bytes of what it names");
        }
        if (word.is_symbol(';') || word.is_symbol(',')) {
            return complain(word, fmt::format("`{}` between clauses", word.text),
                            "take it out: each clause begins with its own word");
        }
        std::string advice =
            block == BlockSyntax::Kind::action  ? "the clauses of an action are `run`, `allow`, "
                                                  "`propose`, `proposer counts`, `approve`, `web "
                                                  "suffices`, `by digest`, `veto`, `expire` and "
                                                  "`execute`"
            : block == BlockSyntax::Kind::amend ? "the clauses of `amend` are `approve` and `veto`"
                                                : "the clause of `revoke` is `approve`";
        if (std::string hint = did_you_mean(word.text, clause_words());
            !hint.empty() && block == BlockSyntax::Kind::action) {
            advice = hint;
        }
        return complain(
            word, fmt::format("no clause here begins with `{}`", base::shown(word.text)), advice);
    }
    take();
    switch (clause.kind) {
        case Kind::run:
            return parse_run(clause);
        case Kind::allow_environment:
        case Kind::allow_stdin:
        case Kind::allow_directory:
        case Kind::allow_file:
            return parse_allow(clause);
        case Kind::proposer_counts:
            return expect_word("counts", "write `proposer counts`");
        case Kind::web_suffices:
            return expect_word("suffices", "write `web suffices`");
        case Kind::by_digest:
            return expect_word("digest", "write `by digest`");
        case Kind::expire:
            return parse_expire(clause);
        case Kind::propose:
        case Kind::approve:
        case Kind::veto:
        case Kind::execute:
            break;
    }
    return parse_formula(clause.formula);
}

bool Parser::parse_run(ClauseSyntax& clause) {
    constexpr std::string_view shape =
        "write `run [\"/path/to/program\", \"argument\"] as USER`, or `run any`";
    if (lexer_.peek().is_word("any")) {
        take();
        clause.any = true;
    } else {
        if (!expect_symbol('[', std::string(shape))) {
            return false;
        }
        if (!parse_strings(clause.strings) || !expect_symbol(']', std::string(shape))) {
            return false;
        }
    }
    if (lexer_.peek().is_word("as")) {
        take();
        const Token user = lexer_.peek();
        if (user.kind != Token::Kind::word || begins_other_clause(user)) {
            return complain_expected("a user's name", std::string(shape));
        }
        take();
        clause.user = WordSyntax{user.text, user.at};
    }
    return true;
}

bool Parser::parse_allow(ClauseSyntax& clause) {
    using Kind = ClauseSyntax::Kind;
    const Token what = lexer_.peek();
    if (what.is_word("stdin")) {
        take();
        clause.kind = Kind::allow_stdin;
        return true;
    }
    if (what.is_word("directory") || what.is_word("file")) {
        take();
        clause.kind = what.text == "file" ? Kind::allow_file : Kind::allow_directory;
        return parse_strings(clause.strings);
    }
    if (!what.is_word("environment")) {
        constexpr std::array<std::string_view, 4> kinds{"environment", "stdin", "directory",
                                                        "file"};
        std::string advice =
            "write `allow environment NAME`, `allow stdin`, `allow directory \"/path\"` or `allow "
            "file \"/path\"`";
        if (std::string hint = did_you_mean(what.text, kinds); !hint.empty()) {
            advice = hint;
        }
        return complain_expected("what to allow", advice);
    }
    take();
    clause.kind = Kind::allow_environment;
    while (true) {
        const Token name = lexer_.peek();
        if (name.kind != Token::Kind::word) {
            return complain_expected("the name of an environment variable",
                                     "write `allow environment NAME, NAME`");
        }
        take();
        clause.names.push_back({name.text, name.at});
        if (!lexer_.peek().is_symbol(',')) {
            return true;
        }
        take();
    }
}

bool Parser::parse_strings(std::vector<StringSyntax>& strings) {
    while (true) {
        StringSyntax string;
        if (!parse_string(string)) {
            return false;
        }
        strings.push_back(std::move(string));
        if (!lexer_.peek().is_symbol(',')) {
            return true;
        }
        take();
        if (lexer_.peek().is_symbol(']')) {
            return true;
        }
    }
}

bool Parser::parse_string(StringSyntax& string) {
    const Token token = lexer_.peek();
    if (token.kind == Token::Kind::broken_string) {
        take();
        return complain(token, "the string is not closed on its line",
                        "end it with `\"`; a line feed in it is written `\\n`");
    }
    if (token.kind != Token::Kind::string) {
        return complain_expected("a string", "write it in double quotes");
    }
    take();
    string.at = token.at;
    std::string_view inner = token.text.substr(1, token.text.size() - 2);
    if (inner.find('\\') == std::string_view::npos) {
        string.value = inner;
        return true;
    }
    auto json = base::parse_json(token.text);
    if (!json) {
        return complain(token, fmt::format("the string is not JSON: {}", json.error().message),
                        "escape as JSON does: \\\" \\\\ \\n \\t \\u00e9");
    }
    string.value = std::get<std::string>(json->value);
    if (string.value.find('\0') != std::string::npos) {
        return complain(token, "a NUL can't stand in a command or a path", "take `\\u0000` out");
    }
    return true;
}

bool Parser::parse_expire(ClauseSyntax& clause) {
    const Token token = lexer_.peek();
    if (token.kind != Token::Kind::word || begins_other_clause(token)) {
        return complain_expected("a span of time", "write `expire 8h`, with s, m, h or d");
    }
    take();
    auto span = base::parse_span(token.text);
    if (!span) {
        return complain(token, fmt::format("`{}` is no span of time", base::shown(token.text)),
                        "write a whole number and one of s, m, h and d, such as `30m` or `8h`");
    }
    if (span->seconds == 0) {
        return complain(token, "an order that expires at once can never be permitted",
                        "write how long an order stays open, such as `8h`");
    }
    clause.span = *span;
    return true;
}

}  // namespace cheget::policy
