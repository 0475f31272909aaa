// `when` lines: votes, fact statements, and the time that it is.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "scenario/parser.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

constexpr std::string_view k_vote_shape = "when NAME, NAME approve";
constexpr std::string_view k_said_shape = "when FACT is VALUE from NAME";
constexpr std::array<std::string_view, 4> k_vote_options{"for", "after", "through", "at"};
constexpr std::array<std::string_view, 3> k_said_options{"from", "at", "dated"};

}  // namespace

bool Parser::parse_when(Line& line) {
    const Token first = line.take();
    if (first.kind != Token::Kind::word) {
        return complain(
            first, "expected who votes, what is stated, or `now`",
            fmt::format("write `{}`, `{}` or `when now is TIME`", k_vote_shape, k_said_shape));
    }
    if (first.is("now")) {
        return parse_clock(line);
    }
    const Token& next = line.peek();
    const bool is_said = first.text.find('(') != std::string::npos || next.is("is") ||
                         next.is("=") || next.is(">=") || next.is("<=") ||
                         (next.kind == Token::Kind::word && next.text[0] == '(');
    return is_said ? parse_said(line, first) : parse_votes(line, first);
}

bool Parser::parse_clock(Line& line) {
    Clock clock;
    if (!expect_word(line, "is", "when now is TIME") || !parse_moment(line, clock.now) ||
        !expect_end(line)) {
        return false;
    }
    add_step(last_step_, clock);
    return true;
}

bool Parser::parse_votes(Line& line, const Token& first) {
    Votes votes;
    if (!base::is_name(first.text)) {
        return complain(first, fmt::format("`{}` is nobody's name", base::shown(first.text)),
                        fmt::format("write `{}`", k_vote_shape));
    }
    votes.by.push_back({first.text, first.at});
    if (line.peek().kind == Token::Kind::comma) {
        line.take();
        if (!parse_names(line, votes.by, "a name", k_vote_shape)) {
            return false;
        }
    }
    const Token verb = line.take();
    const auto verdict = verdict_of(verb.text);
    if (verb.kind != Token::Kind::word || !verdict) {
        return complain(
            verb,
            verb.kind == Token::Kind::end
                ? fmt::format("what does {} do?", votes.by.back().text)
                : fmt::format("`{}` is nothing that people do here", base::shown(verb.text)),
            advice_for(verb.text, verbs(),
                       "they `approve`, `consent`, `veto`, `withdraw` or have `seen`; several "
                       "names are joined by commas; a fact `is` of a value"));
    }
    votes.verdict = *verdict;
    if (!parse_vote_options(line, votes)) {
        return false;
    }
    add_step(last_step_, std::move(votes));
    return true;
}

bool Parser::parse_vote_options(Line& line, Votes& votes) {
    while (!line.at_end()) {
        const Token token = line.peek();
        Option option = begin_option(line, "for", votes.stands_for.has_value());
        if (option == Option::taken) {
            if (votes.verdict != statement::Verdict::approve) {
                return complain(token, "a deputy approves for somebody, and does nothing else",
                                "leave out `for`, or write `approves`");
            }
            if (!parse_name(line, votes.stands_for.emplace(), "whom the deputy stands for",
                            "when NAME approves for NAME")) {
                return false;
            }
            continue;
        }
        if (option == Option::other) {
            option = begin_option(line, "after", votes.after.has_value());
            if (option == Option::taken &&
                !parse_name(line, votes.after.emplace(), "whose vote came before",
                            "when NAME approves after NAME")) {
                return false;
            }
        }
        if (option == Option::other) {
            option = begin_option(line, "through", votes.web.has_value());
            if (option == Option::taken) {
                votes.web = token.at;
                if (!expect_word(line, "web", "when NAME approves through web")) {
                    return false;
                }
            }
        }
        if (option == Option::other) {
            option = begin_option(line, "at", votes.at.has_value());
            if (option == Option::taken && !parse_moment(line, votes.at)) {
                return false;
            }
        }
        if (option == Option::other) {
            return refuse_option(token, k_vote_options, "a vote");
        }
        if (option == Option::failed) {
            return false;
        }
    }
    return true;
}

bool Parser::parse_fact_name(const Token& token, Said& said) {
    const std::size_t open = token.text.find('(');
    const std::string name = token.text.substr(0, open);
    if (!base::is_name(name)) {
        return complain(token, fmt::format("`{}` is no fact's name", base::shown(name)),
                        fmt::format("write `{}`", k_said_shape));
    }
    said.fact = {name, token.at};
    if (open == std::string::npos) {
        return true;
    }
    if (token.text.back() != ')' || open + 2 >= token.text.size()) {
        return complain(token, "what the fact is about stands in one pair of brackets",
                        fmt::format("write it without spaces, as in `{}(target)`", name));
    }
    Position at = token.at;
    at.column += static_cast<std::uint32_t>(open) + 1;
    said.about = Word{token.text.substr(open + 1, token.text.size() - open - 2), at};
    return true;
}

bool Parser::parse_said(Line& line, const Token& first) {
    Said said;
    if (!parse_fact_name(first, said)) {
        return false;
    }
    if (line.peek().is("=") || line.peek().is(">=") || line.peek().is("<=")) {
        return complain(line.peek(), "a source states a value, and the policy compares it",
                        fmt::format("write `{}`", k_said_shape));
    }
    if (line.peek().kind == Token::Kind::word && line.peek().text[0] == '(') {
        return complain(line.peek(), "a space stands between the fact and what it is about",
                        fmt::format("write `{}{}`", first.text, base::shown(line.peek().text)));
    }
    if (!expect_word(line, "is", k_said_shape) ||
        !parse_text(line, said.value, "its value", k_said_shape) ||
        !parse_said_options(line, said)) {
        return false;
    }
    add_step(last_step_, std::move(said));
    return true;
}

bool Parser::parse_said_options(Line& line, Said& said) {
    while (!line.at_end()) {
        const Token token = line.peek();
        Option option = begin_option(line, "from", !said.sources.empty());
        if (option == Option::taken &&
            !parse_names(line, said.sources, "a source's name", k_said_shape)) {
            return false;
        }
        if (option == Option::other) {
            option = begin_option(line, "at", said.at.has_value());
            if (option == Option::taken && !parse_moment(line, said.at)) {
                return false;
            }
        }
        if (option == Option::other) {
            option = begin_option(line, "dated", said.dated.has_value());
            if (option == Option::taken && !parse_moment(line, said.dated)) {
                return false;
            }
        }
        if (option == Option::other) {
            return refuse_option(token, k_said_options, "a fact");
        }
        if (option == Option::failed) {
            return false;
        }
    }
    return true;
}

}  // namespace cheget::scenario
