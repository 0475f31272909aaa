// Reading rosters, line by line.
#include "briefcase/roster.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/text.h"

namespace cheget::briefcase {

namespace {

using base::Result;

constexpr std::string_view k_first_line = "cheget roster v1";
constexpr std::size_t k_most_rosters = 256;
constexpr std::size_t k_fingerprint_size = 43;  // of unpadded base64 over 32 bytes

bool is_fingerprint(std::string_view text) {
    constexpr std::string_view k_begin = "SHA256:";
    constexpr std::string_view k_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.starts_with(k_begin) && text.size() == k_begin.size() + k_fingerprint_size &&
           text.find_first_not_of(k_digits, k_begin.size()) == std::string_view::npos;
}

std::string_view without_comment(std::string_view line) {
    line = line.substr(0, line.find('#'));
    while (!line.empty() && line.back() == ' ') {
        line.remove_suffix(1);
    }
    return line;
}

class Reader {
  public:
    Result<void> take(std::string_view line) {
        if (line == k_first_line) {
            return begin();
        }
        if (rosters_.empty()) {
            return base::bad_input(fmt::format("`{}` comes first", k_first_line));
        }
        Roster& roster = rosters_.back();
        if (line.starts_with("briefcase: ")) {
            return take_briefcase(roster, line.substr(11));
        }
        if (line.starts_with("grace: ")) {
            if (has_grace_ || !roster.shifts.empty()) {
                return base::bad_input("`grace` stands once, before the shifts");
            }
            has_grace_ = true;
            roster.grace = TRY(base::parse_span(line.substr(7)));
            return {};
        }
        return take_shift(roster, line);
    }

    Result<std::vector<Roster>> finish() {
        TRY(end());
        std::set<std::string> named;
        for (const Roster& roster : rosters_) {
            if (!named.insert(roster.briefcase).second ||
                (named.contains("") && named.size() > 1)) {
                return base::bad_input(
                    "where there are several rosters, each names its own briefcase");
            }
        }
        return std::move(rosters_);
    }

  private:
    Result<void> begin() {
        TRY(rosters_.empty() ? Result<void>() : end());
        if (rosters_.size() == k_most_rosters) {
            return base::bad_input(fmt::format("it holds more than {} rosters", k_most_rosters));
        }
        rosters_.emplace_back();
        has_grace_ = false;
        return {};
    }

    Result<void> end() const {
        if (rosters_.empty() || rosters_.back().shifts.empty()) {
            return base::bad_input("a roster has one shift at least, `TIME NAME`");
        }
        if (!has_grace_) {
            return base::bad_input("a roster says with `grace: SPAN` how late a handover may be");
        }
        return {};
    }

    static Result<void> take_briefcase(Roster& roster, std::string_view value) {
        if (!roster.briefcase.empty() || !roster.shifts.empty()) {
            return base::bad_input("`briefcase` stands once, before the shifts");
        }
        if (!is_fingerprint(value)) {
            return base::bad_input("`briefcase` is the fingerprint of its key, SHA256:…");
        }
        roster.briefcase = value;
        return {};
    }

    static Result<void> take_shift(Roster& roster, std::string_view line) {
        const base::Time from = TRY(base::parse_time(base::take_until(line, ' ')));
        if (!base::is_name(line)) {
            return base::bad_input("a shift is `TIME NAME`, and this is no name");
        }
        if (!roster.shifts.empty() && from <= roster.shifts.back().from) {
            return base::bad_input("each shift begins later than the one before");
        }
        if (roster.shifts.size() == k_most_shifts) {
            return base::bad_input(fmt::format("it has more than {} shifts", k_most_shifts));
        }
        roster.shifts.push_back({from, std::string(line)});
        return {};
    }

    std::vector<Roster> rosters_;
    bool has_grace_ = false;
};

}  // namespace

const Shift* Roster::at(base::Time time) const {
    const auto next = std::find_if(shifts.begin(), shifts.end(),
                                   [&](const Shift& shift) { return shift.from > time; });
    return next == shifts.begin() ? nullptr : &*std::prev(next);
}

Result<std::vector<Roster>> parse_rosters(std::string_view text) {
    if (text.size() > k_longest_roster) {
        return base::bad_input(fmt::format("a roster has {} bytes at most, and this one {}",
                                           k_longest_roster, text.size()));
    }
    if (!base::is_statement_text(text)) {
        return base::bad_input("a roster is plain ASCII text, its lines ended by LF");
    }
    Reader reader;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::string_view line = without_comment(base::take_until(text, '\n'));
        if (line.empty()) {
            continue;
        }
        if (auto taken = reader.take(line); !taken) {
            return std::unexpected(
                base::within(fmt::format("line {}, `{}`", number, base::shown(line.substr(0, 80))),
                             taken.error()));
        }
    }
    return reader.finish();
}

}  // namespace cheget::briefcase
