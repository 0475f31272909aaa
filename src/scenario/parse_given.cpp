// `given` lines: the order or the change, its parameters and files, earlier claims.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "scenario/parser.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

constexpr std::string_view k_order_shape = "given order ACTION on TARGET by NAME at TIME";
constexpr std::string_view k_amendment_shape = "given amendment to PATH";
constexpr std::array<std::string_view, 7> k_given_words{
    "order", "emergency", "amendment", "revocation", "parameter", "file", "claims"};

}  // namespace

bool Parser::parse_given(Line& line) {
    const Token first = line.take();
    if (first.is("order") || first.is("emergency")) {
        return parse_order(line, first);
    }
    if (first.is("amendment")) {
        return parse_amendment(line, first);
    }
    if (first.is("revocation")) {
        return parse_revocation(line, first);
    }
    const bool known = first.is("parameter") || first.is("file") || first.is("claims");
    if (!known) {
        return complain(
            first,
            first.kind == Token::Kind::end
                ? "nothing is given here"
                : fmt::format("`{}` is nothing that can be given", base::shown(first.text)),
            advice_for(first.text, k_given_words,
                       fmt::format("what can be given: `{}`", fmt::join(k_given_words, "`, `"))));
    }
    if (!check_of_order(first)) {
        return false;
    }
    if (first.is("parameter")) {
        return parse_parameter(line);
    }
    return first.is("file") ? parse_file(line) : parse_claims(line);
}

bool Parser::check_no_subject(const Token& token) {
    const bool is_first =
        std::holds_alternative<std::monostate>(file_.scenarios.back().subject) && !subject_failed_;
    subject_failed_ = true;  // until the line is read
    return is_first ||
           complain(token, "the scenario has an order, or a change of the policy, already",
                    "write one scenario for each");
}

bool Parser::check_of_order(const Token& token) {
    return subject_failed_ || in_order() ||
           complain(token, fmt::format("`given {}` belongs to an order", token.text),
                    fmt::format("write `{}` above it", k_order_shape));
}

bool Parser::parse_order(Line& line, const Token& first) {
    if (!check_no_subject(first)) {
        return false;
    }
    OrderGiven order;
    order.at = first.at;
    order.emergency = first.is("emergency");
    if (order.emergency && !expect_word(line, "order",
                                        "given emergency order ACTION on TARGET by "
                                        "NAME at TIME")) {
        return false;
    }
    if (!parse_name(line, order.action, "an action's name", k_order_shape) ||
        !expect_word(line, "on", k_order_shape) ||
        !parse_text(line, order.target, "a target", k_order_shape) ||
        !expect_word(line, "by", k_order_shape) ||
        !parse_name(line, order.by, "the proposer's name", k_order_shape) ||
        !expect_word(line, "at", k_order_shape) || !parse_moment(line, order.proposed)) {
        return false;
    }
    if (order.proposed.is_offset) {
        return complain(order.proposed.at, "the order's own time is an instant: spans run from it",
                        "write it as in `at 2026-08-01T10:00:00Z`");
    }
    while (!line.at_end()) {
        Option option = begin_option(line, "expires", order.expires.has_value());
        std::optional<Moment>* moment = &order.expires;
        if (option == Option::other) {
            option = begin_option(line, "logged", order.logged.has_value());
            moment = &order.logged;
        }
        if (option == Option::other) {
            return refuse_option(line.peek(), std::array<std::string_view, 2>{"expires", "logged"},
                                 "an order's time");
        }
        if (option == Option::failed || !parse_moment(line, *moment)) {
            return false;
        }
    }
    subject_failed_ = false;
    file_.scenarios.back().subject = std::move(order);
    return true;
}

bool Parser::parse_amendment(Line& line, const Token& first) {
    if (!check_no_subject(first)) {
        return false;
    }
    ChangeGiven change;
    change.at = first.at;
    if (line.peek().is("lowering")) {
        change.lowering = line.peek().at;
        line.take();
    }
    if (!expect_word(line, "to", k_amendment_shape) ||
        !parse_text(line, change.subject, "the new policy's file", k_amendment_shape)) {
        return false;
    }
    return parse_change_time(line, std::move(change));
}

bool Parser::parse_revocation(Line& line, const Token& first) {
    constexpr std::string_view k_shape = "given revocation of NAME";
    if (!check_no_subject(first)) {
        return false;
    }
    ChangeGiven change;
    change.at = first.at;
    change.change = policy::Change::revoke;
    if (!expect_word(line, "of", k_shape) ||
        !parse_name(line, change.subject, "whose key is revoked", k_shape)) {
        return false;
    }
    return parse_change_time(line, std::move(change));
}

bool Parser::parse_change_time(Line& line, ChangeGiven change) {
    if (!line.at_end()) {
        if (!line.peek().is("at")) {
            return refuse_option(line.peek(), std::array<std::string_view, 1>{"at"}, "a change");
        }
        line.take();
        if (!parse_moment(line, change.proposed)) {
            return false;
        }
        if (change.proposed->is_offset) {
            return complain(change.proposed->at, "its own time is an instant: spans run from it",
                            "write it as in `at 2026-08-01T10:00:00Z`");
        }
    }
    if (!expect_end(line)) {
        return false;
    }
    subject_failed_ = false;
    file_.scenarios.back().subject = std::move(change);
    return true;
}

bool Parser::parse_parameter(Line& line) {
    constexpr std::string_view k_shape = "given parameter NAME VALUE";
    ParameterGiven parameter;
    Word value;
    if (!parse_text(line, parameter.name, "the parameter's name", k_shape)) {
        return false;
    }
    if (line.peek().kind == Token::Kind::string) {
        value.text = line.take().text;  // the empty string too
    } else if (!parse_text(line, value, "its value", k_shape)) {
        return false;
    }
    if (!expect_end(line)) {
        return false;
    }
    auto& parameters = file_.scenarios.back().parameters;
    if (std::any_of(parameters.begin(), parameters.end(), [&](const ParameterGiven& other) {
            return other.name.text == parameter.name.text;
        })) {
        return complain(
            parameter.name.at,
            fmt::format("the parameter `{}` is given already", base::shown(parameter.name.text)),
            "leave it out once");
    }
    parameter.value = std::move(value.text);
    parameters.push_back(std::move(parameter));
    return true;
}

bool Parser::parse_file(Line& line) {
    constexpr std::string_view k_shape = "given file PATH [sha256:...]";
    FileGiven file;
    if (!parse_text(line, file.path, "a file's path", k_shape)) {
        return false;
    }
    if (!line.at_end()) {
        const Token token = line.take();
        const auto digest = base::parse_digest(token.text);
        if (!digest) {
            return complain(token, "expected the digest of the file's bytes",
                            "write `sha256:` and 64 hexadecimal digits in lower case, or leave it "
                            "out: one is made up");
        }
        file.digest = *digest;
    }
    if (!expect_end(line)) {
        return false;
    }
    auto& files = file_.scenarios.back().files;
    if (std::any_of(files.begin(), files.end(),
                    [&](const FileGiven& other) { return other.path.text == file.path.text; })) {
        return complain(file.path.at,
                        fmt::format("the file `{}` is given already", base::shown(file.path.text)),
                        "leave it out once");
    }
    files.push_back(std::move(file));
    return true;
}

bool Parser::parse_claims(Line& line) {
    constexpr std::string_view k_shape = "given claims at TIME, TIME";
    if (!expect_word(line, "at", k_shape)) {
        return false;
    }
    while (true) {
        Moment claim;
        if (!parse_moment(line, claim)) {
            return false;
        }
        file_.scenarios.back().claims.push_back(claim);
        if (line.peek().kind != Token::Kind::comma) {
            return expect_end(line);
        }
        line.take();
    }
}

}  // namespace cheget::scenario
