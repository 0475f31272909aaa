// Times: instants, and spans from the order's `proposed`.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "base/time.h"
#include "scenario/parser.h"

namespace cheget::scenario {
namespace {

constexpr std::string_view k_how =
    "write an instant such as `2026-08-01T10:00:00Z`, or a span from when the order was proposed "
    "such as `+24h5m` or `-10d`";

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr std::array<Unit, 4> k_units{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

/// `24h5m`: whole numbers of at most 99999, each with a unit smaller than the one before.
std::optional<std::int64_t> read_spans(std::string_view text) {
    std::int64_t seconds = 0;
    for (const Unit& unit : k_units) {
        const std::size_t end = text.find(unit.letter);
        if (end == std::string_view::npos) {
            continue;
        }
        const auto number = base::parse_number(text.substr(0, end), 99999);
        if (!number) {
            return std::nullopt;
        }
        seconds += static_cast<std::int64_t>(*number) * unit.seconds;
        text.remove_prefix(end + 1);
        if (text.empty()) {
            return seconds;
        }
    }
    return std::nullopt;
}

}  // namespace

bool Parser::parse_moment(Line& line, Moment& moment) {
    const Token token = line.take();
    moment.at = token.at;
    if (token.kind != Token::Kind::word) {
        return complain(token, "expected a time", std::string(k_how));
    }
    if (token.text[0] == '+' || token.text[0] == '-') {
        return parse_offset(token, moment);
    }
    const auto time = base::parse_time(token.text);
    if (!time) {
        const bool sign_missing = read_spans(token.text).has_value();
        return complain(
            token, fmt::format("`{}` is no time", base::shown(token.text)),
            sign_missing ? fmt::format("did you mean `+{}`?", token.text) : std::string(k_how));
    }
    moment.seconds = time->seconds;
    return true;
}

bool Parser::parse_moment(Line& line, std::optional<Moment>& moment) {
    return parse_moment(line, moment.emplace());
}

bool Parser::parse_offset(const Token& token, Moment& moment) {
    const auto seconds = read_spans(std::string_view(token.text).substr(1));
    if (!seconds) {
        return complain(token, fmt::format("`{}` is no span", base::shown(token.text)),
                        "write whole numbers with d, h, m or s, the larger unit first: `+1d2h30m`");
    }
    const auto& subject = file_.scenarios.back().subject;
    const auto* change = std::get_if<ChangeGiven>(&subject);
    const bool nothing_yet = std::holds_alternative<std::monostate>(subject) && !subject_failed_;
    if (nothing_yet || (change != nullptr && !change->proposed)) {
        return complain(token, "there is no time that this span could run from",
                        change == nullptr
                            ? "write `given order` above it, or an instant such as "
                              "`2026-08-01T10:00:00Z`"
                            : "say when it was proposed, as in `given amendment to new.policy at "
                              "2026-08-01T10:00:00Z`");
    }
    moment.is_offset = true;
    moment.seconds = token.text[0] == '-' ? -*seconds : *seconds;
    return true;
}

}  // namespace cheget::scenario
