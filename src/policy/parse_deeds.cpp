// What an action does, other than running a command: call, sql, ref, sign; and `file {capture}`.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/templates.h"
#include "policy/words.h"

namespace cheget::policy {

// `{name}` with nothing else around it.
bool Parser::parse_capture(StringSyntax& capture, std::string_view shape) {
    if (!expect_symbol('{', std::string(shape))) {
        return false;
    }
    const Token name = lexer_.peek();
    if (name.kind != Token::Kind::word) {
        return complain_expected("a capture's name", std::string(shape));
    }
    take();
    capture.at = name.at;
    capture.value = name.text;
    if (!is_capture_name(name.text)) {
        return complain(name, fmt::format("`{}` is no name of a capture", base::shown(name.text)),
                        "write a-z, 0-9 and `_`, beginning with a letter");
    }
    return expect_symbol('}', std::string(shape));
}

bool Parser::parse_value(ValueSyntax& value) {
    if (lexer_.peek().is_symbol('{')) {
        value.bare = true;
        return parse_capture(value.string,
                             "write a string, or a capture alone such as `{rows}` for any string "
                             "or whole number");
    }
    return parse_string(value.string);
}

bool Parser::parse_call(ClauseSyntax& clause) {
    constexpr std::string_view shape =
        "write `call \"SERVER\" \"TOOL\" { \"key\": \"value\", any }`; `any` lets further keys "
        "through";
    clause.names_of_deed.resize(2);
    if (!parse_string(clause.names_of_deed[0]) || !parse_string(clause.names_of_deed[1]) ||
        !expect_symbol('{', std::string(shape))) {
        return false;
    }
    while (!lexer_.peek().is_symbol('}')) {
        if (lexer_.peek().is_word("any")) {
            take();
            clause.any = true;
            if (lexer_.peek().is_symbol(',')) {
                take();
            }
            break;
        }
        clause.keys.emplace_back();
        clause.values.emplace_back();
        if (!parse_string(clause.keys.back()) || !expect_symbol(':', std::string(shape)) ||
            !parse_value(clause.values.back())) {
            return false;
        }
        if (!lexer_.peek().is_symbol(',')) {
            break;
        }
        take();
    }
    return expect_symbol('}', std::string(shape));
}

bool Parser::parse_sql(ClauseSyntax& clause) {
    constexpr std::string_view shape =
        "write `sql \"DATABASE\" [\"STATEMENT\"] with [\"{value}\"]`, without `with` if the "
        "statements take no parameters";
    clause.names_of_deed.resize(1);
    if (!parse_string(clause.names_of_deed[0]) || !expect_symbol('[', std::string(shape)) ||
        !parse_strings(clause.strings) || !expect_symbol(']', std::string(shape))) {
        return false;
    }
    if (!lexer_.peek().is_word("with")) {
        return true;
    }
    take();
    if (!expect_symbol('[', std::string(shape))) {
        return false;
    }
    while (true) {
        clause.values.emplace_back();
        if (!parse_value(clause.values.back())) {
            return false;
        }
        if (lexer_.peek().is_symbol(',')) {
            take();
        } else if (!lexer_.peek().is_symbol(']')) {
            return complain_expected("`,` or `]`", std::string(shape));
        }
        if (lexer_.peek().is_symbol(']')) {
            take();
            return true;
        }
    }
}

bool Parser::parse_ref(ClauseSyntax& clause) {
    clause.names_of_deed.resize(2);
    return parse_string(clause.names_of_deed[0]) && parse_string(clause.names_of_deed[1]);
}

bool Parser::parse_sign(ClauseSyntax& clause) {
    constexpr std::string_view shape =
        "write `sign sshsig with \"KEY\" in \"NAMESPACE\"`; the forms are sshsig, ssh-cert and raw";
    const Token form = lexer_.peek();
    if (!form.is_word("sshsig") && !form.is_word("ssh-cert") && !form.is_word("raw")) {
        return complain_expected("the form of the signature", std::string(shape));
    }
    take();
    clause.names.push_back({form.text, form.at});
    clause.strings.resize(2);
    return expect_word("with", std::string(shape)) && parse_string(clause.strings[0]) &&
           expect_word("in", std::string(shape)) && parse_string(clause.strings[1]);
}

bool Parser::parse_file(ClauseSyntax& clause) {
    constexpr std::string_view shape = "write `file {artifact}`, and use `{artifact}` in `run`";
    if (lexer_.peek().kind == Token::Kind::string) {
        return complain_expected("a capture",
                                 "write `allow file \"/path\"` for a file that is "
                                 "always the same, or `file {artifact}`");
    }
    StringSyntax capture;
    if (!parse_capture(capture, shape)) {
        return false;
    }
    clause.strings.push_back(std::move(capture));
    return true;
}

}  // namespace cheget::policy
