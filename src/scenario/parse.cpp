// The parser's frame: which lines a file has, in which order, and what the parts share.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "scenario/parser.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

constexpr std::array<std::string_view, 5> k_line_words{"policy", "scenario", "given", "when",
                                                       "then"};
constexpr std::string_view k_what_begins_lines =
    "a line begins with `policy`, `scenario`, `given`, `when`, `then` or `#`";

std::string quoted(const Token& token) {
    switch (token.kind) {
        case Token::Kind::end:
            return "the end of the line";
        case Token::Kind::comma:
            return "a comma";
        case Token::Kind::string:
            return token.text.empty() ? "an empty string" : "a string";
        case Token::Kind::word:
        case Token::Kind::broken_string:
            break;
    }
    return fmt::format("`{}`", base::shown(token.text));
}

}  // namespace

File Parser::parse() {
    std::string_view rest = text_;
    for (std::uint32_t number = 1; !rest.empty() && !diagnostics_.full(); ++number) {
        Line line(base::take_until(rest, '\n'), number);
        if (!line.at_end() && !parse_line(line)) {
            line_failed_ = true;
        }
    }
    end_scenario();
    if (!has_policy_ && diagnostics_.empty()) {
        complain({1, 1}, "the file does not say which policy it is about",
                 "begin it with a line such as `policy release.policy`");
    } else if (file_.scenarios.empty() && diagnostics_.empty()) {
        complain({1, 1}, "the file has no scenario, so that it checks nothing",
                 "add `scenario WHAT IT SHOWS` and what is given, happens and must come");
    }
    return std::move(file_);
}

bool Parser::parse_line(Line& line) {
    const Token first = line.take();
    if (first.is("policy")) {
        return parse_policy(line);
    }
    if (first.is("scenario")) {
        return begin_scenario(line);
    }
    const bool known =
        std::find(k_line_words.begin(), k_line_words.end(), first.text) != k_line_words.end();
    if (first.kind != Token::Kind::word || !known) {
        return complain(first, fmt::format("no line begins with {}", quoted(first)),
                        advice_for(first.text, k_line_words, k_what_begins_lines));
    }
    if (!check_order_of_lines(first.text, first.at)) {
        return false;
    }
    if (first.is("given")) {
        return parse_given(line);
    }
    steps_begun_ = true;
    ends_with_then_ = first.is("then");
    last_step_ = first.at;
    return first.is("then") ? parse_then(line) : parse_when(line);
}

bool Parser::check_order_of_lines(std::string_view word, Position at) {
    if (!in_scenario_) {
        return complain(at, fmt::format("`{}` stands outside of any scenario", word),
                        "begin one above it: `scenario WHAT IT SHOWS`");
    }
    if (word == "given" && steps_begun_) {
        return complain(at, "`given` stands after a `when` or a `then`",
                        "write what is given first, or begin another scenario");
    }
    return true;
}

bool Parser::parse_policy(Line& line) {
    const Position at{line.peek().at.line, 1};
    if (in_scenario_) {
        return complain(at, "a policy is named after a scenario",
                        "name one policy, first: every scenario of the file is about it");
    }
    if (has_policy_) {
        return complain(at, "the file names a second policy",
                        "write one file of scenarios for each policy");
    }
    has_policy_ = true;
    return parse_text(line, file_.policy, "the policy's file", "policy PATH") && expect_end(line);
}

bool Parser::begin_scenario(Line& line) {
    end_scenario();
    const Token name = line.take_rest();
    in_scenario_ = true;
    checks_ = 0;
    line_failed_ = subject_failed_ = steps_begun_ = ends_with_then_ = false;
    file_.scenarios.push_back({});
    file_.scenarios.back().at = {name.at.line, 1};
    file_.scenarios.back().name = name.text;
    if (!has_policy_) {
        has_policy_ = true;  // one complaint is enough
        return complain({name.at.line, 1}, "no policy is named before the first scenario",
                        "begin the file with a line such as `policy release.policy`");
    }
    if (name.text.empty()) {
        return complain(name, "the scenario has no name",
                        "say in a few words what it shows: `scenario two of three suffice`");
    }
    if (!names_.insert(name.text).second) {
        return complain(name, "another scenario has the same name",
                        "say what is different here, so that a failure can be told apart");
    }
    return true;
}

void Parser::end_scenario() {
    if (!in_scenario_ || line_failed_) {
        return;  // what is missing may be what was complained about
    }
    const Scenario& scenario = file_.scenarios.back();
    if (scenario.subject.index() == 0) {
        complain(
            scenario.at, "the scenario has no order",
            "add `given order ACTION on TARGET by NAME at TIME`, or `given amendment to PATH`, "
            "or `given revocation of NAME`");
    } else if (!steps_begun_) {
        complain(scenario.at, "the scenario has no `then`, so that it checks nothing",
                 "end it with what must come, such as `then permit` or `then deny vetoed`");
    } else if (!ends_with_then_) {
        complain(last_step_,
                 "the scenario ends here without a `then`, so that this line changes "
                 "nothing",
                 "add what must come after it, such as `then permit` or `then deny vetoed`");
    }
}

bool Parser::in_order() const {
    return std::holds_alternative<OrderGiven>(file_.scenarios.back().subject);
}

void Parser::add_step(Position at, std::variant<Votes, Said, Clock, Expected> what) {
    file_.scenarios.back().steps.push_back({at, std::move(what)});
}

// What the parts share.

bool Parser::complain(Position at, std::string what, std::string advice) {
    diagnostics_.add(at, std::move(what), std::move(advice));
    return false;
}

bool Parser::complain(const Token& token, std::string what, std::string advice) {
    if (token.kind == Token::Kind::broken_string) {
        return complain(token.at, "what begins here with a quote is no JSON string",
                        "end it with a quote, and write \\\" and \\\\ within it");
    }
    return complain(token.at, std::move(what), std::move(advice));
}

bool Parser::expect_word(Line& line, std::string_view word, std::string_view shape) {
    const Token token = line.take();
    return token.is(word) ||
           complain(token, fmt::format("expected `{}`, found {}", word, quoted(token)),
                    fmt::format("write `{}`", shape));
}

bool Parser::expect_end(Line& line) {
    return line.at_end() ||
           complain(line.peek(),
                    fmt::format("nothing can follow here, found {}", quoted(line.peek())),
                    "leave it out, or begin another line");
}

bool Parser::parse_text(Line& line, Word& word, std::string_view what, std::string_view shape) {
    const Token token = line.take();
    if (!token.is_text() || token.text.empty()) {
        return complain(token, fmt::format("expected {}, found {}", what, quoted(token)),
                        fmt::format("write `{}`", shape));
    }
    word = {token.text, token.at};
    return true;
}

bool Parser::parse_name(Line& line, Word& word, std::string_view whose, std::string_view shape) {
    const Token token = line.take();
    if (token.kind != Token::Kind::word || !base::is_name(token.text)) {
        return complain(token, fmt::format("expected {}, found {}", whose, quoted(token)),
                        fmt::format("write `{}`", shape));
    }
    word = {token.text, token.at};
    return true;
}

bool Parser::parse_names(Line& line, std::vector<Word>& names, std::string_view whose,
                         std::string_view shape) {
    do {
        Word name;
        if (!parse_name(line, name, whose, shape)) {
            return false;
        }
        if (std::any_of(names.begin(), names.end(),
                        [&](const Word& other) { return other.text == name.text; })) {
            return complain(name.at, fmt::format("`{}` stands twice in this list", name.text),
                            "leave it out once");
        }
        names.push_back(std::move(name));
    } while (line.peek().kind == Token::Kind::comma && line.take().kind == Token::Kind::comma);
    return true;
}

Parser::Option Parser::begin_option(Line& line, std::string_view word, bool is_there) {
    if (!line.peek().is(word)) {
        return Option::other;
    }
    const Token token = line.take();
    if (is_there) {
        complain(token, fmt::format("`{}` stands twice in this line", word), "leave it out once");
        return Option::failed;
    }
    return Option::taken;
}

bool Parser::refuse_option(const Token& token, std::span<const std::string_view> options,
                           std::string_view after) {
    return complain(token, fmt::format("{} can't stand here, after {}", quoted(token), after),
                    advice_for(token.text, options,
                               fmt::format("there can follow {}",
                                           fmt::format("`{}`", fmt::join(options, "`, `")))));
}

ParseOutcome parse(std::string_view text) {
    policy::Diagnostics diagnostics(text);
    ParseOutcome outcome;
    if (text.size() > k_longest_file) {
        diagnostics.add({1, 1}, fmt::format("the file has {} bytes", text.size()),
                        fmt::format("a file of scenarios has at most {}", k_longest_file));
    } else if (!base::is_statement_text(text)) {
        const auto* odd = std::find_if(text.begin(), text.end(), [](char character) {
            return character != '\n' && (character < 0x20 || character > 0x7E);
        });
        const std::string_view before =
            text.substr(0, static_cast<std::size_t>(odd - text.begin()));
        const std::size_t line_start = before.rfind('\n') + 1;
        diagnostics.add(
            {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
             static_cast<std::uint32_t>(before.size() - line_start + 1)},
            fmt::format("the byte 0x{:02x} is neither printable ASCII nor a line feed",
                        static_cast<unsigned char>(*odd)),
            "write plain ASCII, spaces instead of tabs, and LF alone at the end of lines");
    } else {
        File file = Parser(text, diagnostics).parse();
        if (diagnostics.empty()) {
            outcome.file = std::move(file);
        }
    }
    outcome.diagnostics = diagnostics.take();
    return outcome;
}

std::vector<Word> File::policies() const {
    std::vector<Word> paths{policy};
    for (const Scenario& scenario : scenarios) {
        const auto* change = std::get_if<ChangeGiven>(&scenario.subject);
        if (change != nullptr && change->change == policy::Change::amend &&
            std::none_of(paths.begin(), paths.end(),
                         [&](const Word& known) { return known.text == change->subject.text; })) {
            paths.push_back(change->subject);
        }
    }
    return paths;
}

}  // namespace cheget::scenario
