// Clauses of actions and of the rules of change.
#include <fmt/format.h>

#include <array>

#include "base/json.h"
#include "base/text.h"
#include "policy/parser.h"
#include "policy/words.h"

namespace cheget::policy {
namespace {

using Block = BlockSyntax::Kind;
using Clause = ClauseSyntax::Kind;

// Where a clause may stand.
constexpr unsigned k_action = 1;
constexpr unsigned k_emergency = 2;
constexpr unsigned k_amend = 4;
constexpr unsigned k_revoke = 8;

struct ClauseWord {
    std::string_view word;
    Clause kind;
    unsigned places;
};
constexpr std::array<ClauseWord, 23> k_clauses{{
    {"run", Clause::run, k_action},
    {"call", Clause::call, k_action},
    {"sql", Clause::sql, k_action},
    {"ref", Clause::ref, k_action},
    {"sign", Clause::sign, k_action},
    {"file", Clause::file, k_action},
    {"allow", Clause::allow_stdin, k_action},  // parse_allow says which
    {"propose", Clause::propose, k_action},
    {"proposer", Clause::proposer_counts, k_action | k_emergency},
    {"approve", Clause::approve, k_action | k_emergency | k_amend | k_revoke},
    {"when", Clause::when, k_action | k_emergency},
    {"consent", Clause::consent, k_action},
    {"web", Clause::web_suffices, k_action | k_emergency},
    {"by", Clause::by_digest, k_action},
    {"briefcase", Clause::briefcase_counts, k_amend},
    {"veto", Clause::veto, k_action | k_amend},
    {"wait", Clause::wait, k_action | k_emergency | k_amend},
    {"expire", Clause::expire, k_action | k_emergency},
    {"execute", Clause::execute, k_action},
    {"valid", Clause::valid, k_action},
    {"deputy", Clause::deputy, k_action},
    {"offline", Clause::offline, k_action},
    {"at", Clause::at_most, k_emergency},
}};

unsigned place_of(Block block) {
    switch (block) {
        case Block::action:
            return k_action;
        case Block::emergency:
            return k_emergency;
        case Block::revoke:
            return k_revoke;
        default:
            return k_amend;
    }
}

// The clauses of a block, for those who wrote another.
std::string clauses_of(Block block) {
    std::vector<std::string> words;
    for (const ClauseWord& clause : k_clauses) {
        if ((clause.places & place_of(block)) != 0) {
            std::string_view word = clause.word == "allow" ? clause.word : keyword(clause.kind);
            words.push_back(fmt::format("`{}`", word));
        }
    }
    return fmt::format("the {} of {} {} {}", words.size() == 1 ? "clause" : "clauses",
                       block == Block::action      ? "an action"
                       : block == Block::emergency ? "an emergency"
                                                   : fmt::format("`{}`", keyword(block)),
                       words.size() == 1 ? "is" : "are", base::join_words(words));
}

}  // namespace

// Complains about a word that begins no clause here, and says why where there is a reason.
bool Parser::refuse_clause(const Token& word, Block block) {
    if (word.is_symbol(';') || word.is_symbol(',')) {
        return complain(word, fmt::format("`{}` between clauses", word.text),
                        "take it out: each clause begins with its own word");
    }
    if (block == Block::revoke && word.is_word("veto")) {
        return complain(word, "a revocation can't be vetoed: votes speak about orders and policies",
                        "take the clause out");
    }
    if (block == Block::revoke && word.is_word("wait")) {
        return complain(word, "a revocation never waits: a stolen key does not either",
                        "take the clause out");
    }
    if (block == Block::emergency && word.is_word("consent")) {
        return complain(word, "nothing replaces consent, an emergency neither",
                        "take the clause out: the action's consent is needed here too");
    }
    if (word.is_word("briefcase")) {
        return complain(word, "`briefcase counts` stands in `amend` and `amend lowering` alone",
                        "take the clause out: a briefcase votes on orders anyway, and its "
                        "revocations count");
    }
    for (const ClauseWord& clause : k_clauses) {
        if (word.is_word(clause.word) && block == Block::emergency) {
            return complain(word,
                            fmt::format("an emergency inherits `{}` from its action", word.text),
                            "take the clause out: an emergency replaces `approve`, `wait` and "
                            "`expire`");
        }
        if (word.is_word(clause.word) && block == Block::action) {
            return complain(word,
                            fmt::format("`{}` stands in an emergency alone", keyword(clause.kind)),
                            "take the clause out: what an action shall not do too often needs "
                            "people who see that");
        }
    }
    std::string advice = clauses_of(block);
    if (std::string hint = did_you_mean(word.text, clause_words());
        !hint.empty() && block == Block::action) {
        advice = hint;
    }
    return complain(word, fmt::format("no clause here begins with `{}`", base::shown(word.text)),
                    advice);
}

bool Parser::parse_clause(ClauseSyntax& clause, Block block) {
    const Token word = lexer_.peek();
    clause.at = word.at;
    if (refuse_later(word)) {
        return false;
    }
    take();
    for (const ClauseWord& known : k_clauses) {
        if (word.is_word(known.word) && (known.places & place_of(block)) != 0) {
            clause.kind = known.kind;
            return parse_rest_of_clause(clause);
        }
    }
    return refuse_clause(word, block);
}

bool Parser::parse_rest_of_clause(ClauseSyntax& clause) {
    switch (clause.kind) {
        case Clause::run:
            return parse_run(clause);
        case Clause::call:
            return parse_call(clause);
        case Clause::sql:
            return parse_sql(clause);
        case Clause::ref:
            return parse_ref(clause);
        case Clause::sign:
            return parse_sign(clause);
        case Clause::file:
            return parse_file(clause);
        case Clause::allow_environment:
        case Clause::allow_stdin:
        case Clause::allow_directory:
        case Clause::allow_file:
            return parse_allow(clause);
        case Clause::proposer_counts:
            return expect_word("counts", "write `proposer counts`");
        case Clause::web_suffices:
            return expect_word("suffices", "write `web suffices`");
        case Clause::by_digest:
            return expect_word("digest", "write `by digest`");
        case Clause::briefcase_counts:
            return expect_word("counts", "write `briefcase counts`");
        case Clause::expire:
            return parse_span(clause.span, "expire 8h",
                              "an order that expires at once can never be permitted");
        case Clause::approve:
            return parse_approve(clause);
        case Clause::when:
            return parse_when(clause);
        case Clause::consent:
            return parse_consent(clause);
        case Clause::wait:
            return parse_wait(clause);
        case Clause::valid:
            return parse_valid(clause);
        case Clause::deputy:
            return parse_deputy(clause);
        case Clause::offline:
            return parse_offline(clause);
        case Clause::at_most:
            return parse_at_most(clause);
        case Clause::propose:
        case Clause::veto:
        case Clause::execute:
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

}  // namespace cheget::policy
