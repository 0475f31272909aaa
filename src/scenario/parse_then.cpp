// `then` lines: the answer that must come.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "scenario/parser.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

using Answer = Expected::Answer;

constexpr std::array<std::string_view, 4> k_answers{"permit", "wait", "deny", "refused"};

std::string listed(policy::Answer answer) {
    return fmt::format("`{}`", fmt::join(reasons_of(answer), "`, `"));
}

}  // namespace

bool Parser::parse_then(Line& line) {
    Line whole = line;
    Expected expected;
    const Token answer = line.take();
    if (++checks_ > k_most_checks) {
        return complain(last_step_,
                        fmt::format("the scenario has more than {} lines of `then`", k_most_checks),
                        "begin another scenario");
    }
    if (answer.is("permit")) {
        expected.answer = Answer::permit;
    } else if (answer.is("wait")) {
        expected.answer = Answer::wait;
    } else if (answer.is("deny")) {
        expected.answer = Answer::deny;
    } else if (answer.is("refused")) {
        expected.answer = Answer::refused;
    } else {
        return complain(answer,
                        answer.kind == Token::Kind::end
                            ? "nothing is expected here"
                            : fmt::format("`{}` is no answer", base::shown(answer.text)),
                        advice_for(answer.text, k_answers,
                                   "the answers are `permit`, `wait REASON`, `deny REASON` and "
                                   "`refused TEXT`"));
    }
    expected.source = whole.take_rest().text;
    if (expected.answer == Answer::refused) {
        expected.refusal = line.take_rest().text;
        add_step(last_step_, std::move(expected));
        return true;
    }
    if (!parse_reason(line, expected)) {
        return false;
    }
    if (line.peek().is("until")) {
        const Token until = line.take();
        if (expected.answer == Answer::deny) {
            return complain(until, "a denial has no end", "leave out `until`");
        }
        if (!parse_moment(line, expected.until)) {
            return false;
        }
    }
    if (!expect_end(line)) {
        return false;
    }
    add_step(last_step_, std::move(expected));
    return true;
}

bool Parser::parse_reason(Line& line, Expected& expected) {
    const Token first = line.peek();
    std::string words;
    while (line.peek().kind == Token::Kind::word && !line.peek().is("until")) {
        words += (words.empty() ? "" : " ") + line.take().text;
    }
    if (words.empty()) {
        return true;
    }
    const bool waits = expected.answer == Answer::wait;
    if (expected.answer == Answer::permit) {
        return complain(first, "a permit has no reason", "write `then permit`");
    }
    const policy::Answer answer = waits ? policy::Answer::wait : policy::Answer::deny;
    expected.reason = reason_of(words);
    if (expected.reason && answer_of(*expected.reason) == answer) {
        return true;
    }
    if (expected.reason) {
        return complain(first,
                        fmt::format("`{}` is a reason to {}", words, waits ? "deny" : "wait"),
                        fmt::format("write `then {} {}`", waits ? "deny" : "wait", words));
    }
    const auto reasons = reasons_of(answer);
    return complain(
        first, fmt::format("`{}` is no reason to {}", base::shown(words), waits ? "wait" : "deny"),
        advice_for(words, reasons, fmt::format("the reasons: {}", listed(answer))));
}

}  // namespace cheget::scenario
