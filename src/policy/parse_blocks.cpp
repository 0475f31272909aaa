// Blocks: persons, machines, groups, actions and the rules of change.
#include <fmt/format.h>

#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {

void Parser::parse_blocks(PolicySyntax& syntax) {
    while (lexer_.peek().kind != Token::Kind::end && !diagnostics_.full()) {
        BlockSyntax block;
        begin(block.extent);
        bool whole = parse_block(block);
        end(block.extent);
        if (whole) {
            syntax.blocks.push_back(std::move(block));
        } else {
            skip_to_block();
        }
    }
    syntax.end = last_.at.line == 0 ? lexer_.peek().at : last_.at;
    syntax.comments = lexer_.take_comments();
}

bool Parser::parse_block(BlockSyntax& block) {
    const Token word = lexer_.peek();
    block.at = word.at;
    begin(block.head);
    if (refuse_later(word)) {
        take();
        return false;
    }
    take();
    if (word.is_word("assert")) {
        block.kind = BlockSyntax::Kind::assertion;
        return parse_assertion(block.assertion);
    }
    if (word.is_word("fact")) {
        block.kind = BlockSyntax::Kind::fact;
        return parse_fact(block);
    }
    if (word.is_word("witness")) {
        block.kind = BlockSyntax::Kind::witness;
        return parse_witness(block);
    }
    if (word.is_word("drop")) {
        block.kind = BlockSyntax::Kind::drop;
        return parse_string(block.place);
    }
    if (word.is_word("emergency")) {
        block.kind = BlockSyntax::Kind::emergency;
        return parse_emergency(block);
    }
    if (word.is_word("person") || word.is_word("machine")) {
        block.kind = word.text == "person" ? BlockSyntax::Kind::person : BlockSyntax::Kind::machine;
        return parse_principal(block);
    }
    if (word.is_word("group")) {
        block.kind = BlockSyntax::Kind::group;
        return parse_group(block);
    }
    if (word.is_word("action")) {
        block.kind = BlockSyntax::Kind::action;
        return parse_action(block);
    }
    if (word.is_word("amend") || word.is_word("revoke")) {
        block.kind = word.text == "amend" ? BlockSyntax::Kind::amend : BlockSyntax::Kind::revoke;
        return parse_change(block);
    }
    if (word.is_symbol('}')) {
        return complain(word, "this `}` closes nothing",
                        "take it out, or open what it shall close");
    }
    std::string advice =
        "a policy is made of `person`, `machine`, `witness`, `drop`, `group`, `fact`, `action`, "
        "`emergency`, `amend`, `revoke` and `assert`";
    if (std::string hint = did_you_mean(word.text, block_words()); !hint.empty()) {
        advice = hint;
    }
    return complain(word, fmt::format("no block begins with `{}`", base::shown(word.text)), advice);
}

bool Parser::parse_name(WordSyntax& name, std::string_view whose) {
    const Token token = lexer_.peek();
    if (token.kind != Token::Kind::word) {
        return complain_expected(fmt::format("the {}'s name", whose),
                                 fmt::format("write `{} NAME`", whose));
    }
    take();
    name = {token.text, token.at};
    if (!base::is_name(token.text)) {
        return complain(token, fmt::format("`{}` is not a name", base::shown(token.text)),
                        "write 1 to 63 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or a "
                        "digit");
    }
    return true;
}

bool Parser::parse_principal(BlockSyntax& block) {
    std::string_view kind = block.kind == BlockSyntax::Kind::person ? "person" : "machine";
    std::string shape = fmt::format("write `{} NAME {{ KEY-TYPE BASE64 }}`", kind);
    if (!parse_name(block.name, kind) || !expect_symbol('{', shape)) {
        return false;
    }
    end(block.head);
    if (lexer_.peek().is_symbol('}')) {
        return complain(last_, fmt::format("`{}` has no key", block.name.text),
                        "write the first two words of the `.pub` file in the braces");
    }
    while (true) {
        KeySyntax key;
        if (!parse_key(key)) {
            return false;
        }
        block.keys.push_back(std::move(key));
        bool semicolon = lexer_.peek().is_symbol(';');
        if (semicolon) {
            take();
        }
        if (lexer_.peek().is_symbol('}')) {
            take();
            return true;
        }
        if (!semicolon) {
            return complain_expected(
                "`;` or `}`",
                "after a key stand its marks `pin`, `briefcase`, `custody`, "
                "`tpm SHA256:...` or `web ORIGIN`; the comment of a `.pub` file is left out");
        }
    }
}

bool Parser::parse_key(KeySyntax& key) {
    constexpr std::string_view stops = ";}#";
    const Token type = last_ = lexer_.take_raw(stops);
    const Token base64 = last_ = lexer_.take_raw(stops);
    key.at = type.at;
    key.type = {type.text, type.at};
    key.base64 = {base64.text, base64.at};
    if (type.text.empty() || base64.text.empty()) {
        return complain(
            type.text.empty() ? type : base64, "expected a key",
            "write the first two words of the `.pub` file, such as `ssh-ed25519 AAAA...`");
    }
    return parse_marks(key);
}

bool Parser::parse_marks(KeySyntax& key) {
    while (lexer_.peek().kind == Token::Kind::word && !at_block_word()) {
        const Token mark = take();
        if (mark.text != "pin" && mark.text != "briefcase" && mark.text != "web" &&
            mark.text != "custody" && mark.text != "tpm") {
            return complain(
                mark, fmt::format("`{}` is no mark of a key", base::shown(mark.text)),
                "write `pin`, `briefcase`, `custody`, `tpm SHA256:...` or `web ORIGIN`, or "
                "nothing; the comment of a `.pub` file is left out, and `;` separates keys");
        }
        for (const WordSyntax& earlier : key.marks) {
            if (earlier.text == mark.text) {
                return complain(mark, fmt::format("a second `{}` on one key", mark.text),
                                "write each mark once");
            }
        }
        key.marks.push_back({mark.text, mark.at});
        if (mark.text == "web") {
            const Token origin = last_ = lexer_.take_raw(";}#");
            if (origin.text.empty()) {
                return complain(origin, "`web` lacks its origin",
                                "write `web https://HOST`, as the browser's address bar shows it");
            }
            key.origin = {origin.text, origin.at};
        }
        if (mark.text == "tpm") {
            const Token fingerprint = last_ = lexer_.take_raw(";}#");
            if (fingerprint.text.empty()) {
                return complain(fingerprint, "`tpm` lacks the fingerprint of the key that attests",
                                "write `tpm SHA256:...`, as `cheget briefcase create` prints it");
            }
            key.attestation_key = {fingerprint.text, fingerprint.at};
        }
    }
    return true;
}

bool Parser::parse_group(BlockSyntax& block) {
    constexpr std::string_view shape = "write `group NAME = { alice, bob }`";
    if (!parse_name(block.name, "group") || !expect_symbol('=', std::string(shape)) ||
        !expect_symbol('{', std::string(shape))) {
        return false;
    }
    end(block.head);
    if (lexer_.peek().is_symbol('}')) {
        return complain(last_, fmt::format("the group `{}` is empty", block.name.text),
                        "name its people, machines or groups");
    }
    while (true) {
        const Token member = lexer_.peek();
        if (member.kind != Token::Kind::word) {
            return complain_expected("a name", std::string(shape));
        }
        take();
        block.members.push_back({member.text, member.at});
        bool comma = lexer_.peek().is_symbol(',');
        if (comma) {
            take();
        }
        if (lexer_.peek().is_symbol('}')) {
            take();
            return true;
        }
        if (!comma) {
            return complain_expected("`,` or `}`", std::string(shape));
        }
    }
}

bool Parser::parse_action(BlockSyntax& block) {
    constexpr std::string_view shape = "write `action NAME on TARGET { ... }`";
    if (!parse_name(block.name, "action") || !expect_word("on", std::string(shape))) {
        return false;
    }
    const Token target = last_ = lexer_.take_raw("#");
    block.target = {target.text, target.at};
    if (target.text.empty() || target.text[0] == '{') {
        return complain(target, "the action lacks its target",
                        std::string(shape) +
                            "; a target is segments joined by `/`, such as "
                            "`prod/{region}/{name}`, and doesn't begin with a "
                            "capture");
    }
    if (!expect_symbol('{', std::string(shape) + ", with a space after the target")) {
        return false;
    }
    end(block.head);
    return parse_clauses(block);
}

bool Parser::parse_emergency(BlockSyntax& block) {
    constexpr std::string_view shape =
        "write `emergency ACTION { approve ... expire 15m at most 1 per 30d }`";
    if (!parse_name(block.name, "emergency") || !expect_symbol('{', std::string(shape))) {
        return false;
    }
    end(block.head);
    return parse_clauses(block);
}

bool Parser::parse_witness(BlockSyntax& block) {
    constexpr std::string_view shape = "write `witness NAME { VKEY }`, as the witness publishes it";
    if (!parse_name(block.name, "witness") || !expect_symbol('{', std::string(shape))) {
        return false;
    }
    end(block.head);
    const Token key = last_ = lexer_.take_raw("}#");
    block.note_key = {key.text, key.at};
    if (key.text.empty()) {
        return complain(key, fmt::format("the witness `{}` has no key", block.name.text),
                        std::string(shape));
    }
    return expect_symbol('}', "a witness has one key: its name, key id and base64 joined by `+`");
}

bool Parser::parse_change(BlockSyntax& block) {
    if (block.kind == BlockSyntax::Kind::amend && lexer_.peek().is_word("lowering")) {
        take();
        block.kind = BlockSyntax::Kind::amend_lowering;
    }
    if (!expect_symbol('{', fmt::format("write `{} {{ approve ... }}`", keyword(block.kind)))) {
        return false;
    }
    end(block.head);
    return parse_clauses(block);
}

bool Parser::parse_clauses(BlockSyntax& block) {
    std::size_t depth = braces_;
    while (!diagnostics_.full()) {
        const Token token = lexer_.peek();
        if (token.is_symbol('}')) {
            take();
            return true;
        }
        if (token.kind == Token::Kind::end || at_block_word()) {
            return complain(
                token,
                fmt::format("the braces opened in line {} are not closed", block.head.last_line),
                "write `}` after the last clause");
        }
        ClauseSyntax clause;
        begin(clause.extent);
        bool whole = parse_clause(clause, block.kind);
        end(clause.extent);
        if (whole) {
            block.clauses.push_back(std::move(clause));
        } else {
            if (lexer_.peek().offset == token.offset) {
                take();
            }
            skip_to_clause(depth);
        }
    }
    return false;
}

}  // namespace cheget::policy
