// Templates: at most a few dozen characters each, matched by comparing their literal ends.
#include "policy/templates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::policy {
namespace {

bool is_letter_or_digit(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

bool begins_capture(char character) {
    return is_letter_or_digit(character) || character == '_';
}

bool continues_capture(char character) {
    return begins_capture(character) || character == '.' || character == '-';
}

bool is_target_literal(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char character) {
        return continues_capture(character) || character == ':' || character == '@' ||
               character == '+';
    });
}

// What a segment's capture stands for in `text`; empty text without a capture. Nothing if the
// segment does not match.
std::optional<std::string_view> match_segment(const Template& segment, std::string_view text) {
    if (segment.captures.empty()) {
        return text == segment.literals[0] ? std::optional<std::string_view>("") : std::nullopt;
    }
    const std::string& prefix = segment.literals[0];
    const std::string& suffix = segment.literals[1];
    if (text.size() <= prefix.size() + suffix.size() || !text.starts_with(prefix) ||
        !text.ends_with(suffix)) {
        return std::nullopt;
    }
    std::string_view value =
        text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
    return is_capture_value(value) ? std::optional(value) : std::nullopt;
}

// Writes `part` at `offset` over `text`, in which NUL stands for what is still free; false if
// something else stands there.
bool overlay(std::string& text, std::size_t offset, std::string_view part) {
    for (std::size_t i = 0; i < part.size(); ++i) {
        char& place = text[offset + i];
        if (place != '\0' && place != part[i]) {
            return false;
        }
        place = part[i];
    }
    return true;
}

// A text that both segments match. Both with a capture: a common text begins with both prefixes and
// ends with both suffixes. Of each length up to the one that leaves one character free there is at
// most one candidate, once that character is one that may stand anywhere in a capture; longer texts
// leave more characters free but meet the same conditions on the others.
std::optional<std::string> common_segment(const Template& left, const Template& right) {
    if (left.captures.empty() || right.captures.empty()) {
        const bool left_is_fixed = left.captures.empty();
        const std::string& fixed = (left_is_fixed ? left : right).literals[0];
        const bool both = match_segment(left_is_fixed ? right : left, fixed).has_value();
        return both ? std::optional(fixed) : std::nullopt;
    }
    std::size_t prefix = std::max(left.literals[0].size(), right.literals[0].size());
    std::size_t suffix = std::max(left.literals[1].size(), right.literals[1].size());
    std::size_t shortest = std::max(left.literals[0].size() + left.literals[1].size(),
                                    right.literals[0].size() + right.literals[1].size()) +
                           1;
    for (std::size_t length = shortest; length <= prefix + suffix + 1; ++length) {
        std::string text(length, '\0');
        bool consistent = true;
        for (const Template* segment : {&left, &right}) {
            const std::string& end = segment->literals[1];
            consistent = consistent && overlay(text, 0, segment->literals[0]) &&
                         overlay(text, length - end.size(), end);
        }
        std::replace(text.begin(), text.end(), '\0', 'a');
        if (consistent && match_segment(left, text) && match_segment(right, text)) {
            return text;
        }
    }
    return std::nullopt;
}

}  // namespace

bool is_capture_value(std::string_view text) {
    return !text.empty() && begins_capture(text[0]) &&
           std::all_of(text.begin(), text.end(), continues_capture);
}

bool is_capture_name(std::string_view text) {
    return !text.empty() && text.size() <= 63 && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= '0' && character <= '9') || character == '_';
           });
}

base::Result<Template> parse_template(std::string_view text) {
    Template pattern;
    pattern.literals.emplace_back();
    std::size_t i = 0;
    while (i < text.size()) {
        char character = text[i];
        if (character != '{' && character != '}') {
            std::size_t next = std::min(text.find_first_of("{}", i), text.size());
            pattern.literals.back() += text.substr(i, next - i);
            i = next;
        } else if (i + 1 < text.size() && text[i + 1] == character) {
            pattern.literals.back().push_back(character);
            i += 2;
        } else {
            std::size_t end = text.find('}', i);
            std::string_view name =
                end == std::string_view::npos ? "" : text.substr(i + 1, end - i - 1);
            if (character == '}' || !is_capture_name(name)) {
                return base::bad_input(fmt::format(
                    "a brace that is neither a capture such as `{{name}}` nor doubled: `{}`",
                    base::shown(text.substr(i, 24))));
            }
            pattern.captures.emplace_back(name);
            pattern.literals.emplace_back();
            i = end + 1;
        }
    }
    return pattern;
}

std::string to_text(const Template& pattern) {
    std::string text;
    for (std::size_t i = 0; i < pattern.literals.size(); ++i) {
        for (char character : pattern.literals[i]) {
            text.append(character == '{' || character == '}' ? 2 : 1, character);
        }
        if (i < pattern.captures.size()) {
            text += '{' + pattern.captures[i] + '}';
        }
    }
    return text;
}

std::string fill(const Template& pattern, const Captures& captures) {
    std::string text = pattern.literals[0];
    for (std::size_t i = 0; i < pattern.captures.size(); ++i) {
        text += captures.find(pattern.captures[i])->second;
        text += pattern.literals[i + 1];
    }
    return text;
}

bool is_clean_path(std::string_view path) {
    if (!path.starts_with('/') || path.size() > 4096) {
        return false;
    }
    path.remove_prefix(1);
    while (!path.empty()) {
        bool ends_with_slash = path.back() == '/';
        std::string_view segment = base::take_until(path, '/');
        if (segment.empty() || segment == "." || segment == ".." || ends_with_slash) {
            return false;
        }
    }
    return true;
}

base::Result<std::vector<Template>> parse_target(std::string_view text) {
    std::vector<Template> target;
    std::vector<std::string_view> names;
    if (text.empty() || text.size() > 255 || text.back() == '/') {
        return base::bad_input("a target is 1 to 255 characters and does not end with `/`");
    }
    while (!text.empty()) {
        std::string_view source = base::take_until(text, '/');
        Template segment = TRY(parse_template(source));
        if (source.empty() || source == "." || source == "..") {
            return base::bad_input("a segment can't be empty, `.` or `..`");
        }
        if (segment.captures.size() > 1) {
            return base::bad_input(
                fmt::format("the segment `{}` has more than one capture", source));
        }
        for (const std::string& literal : segment.literals) {
            if (!is_target_literal(literal)) {
                return base::bad_input(
                    fmt::format("the segment `{}` holds a character that no target has", source));
            }
        }
        target.push_back(std::move(segment));
    }
    for (const Template& segment : target) {
        for (const std::string& name : segment.captures) {
            if (std::find(names.begin(), names.end(), name) != names.end()) {
                return base::bad_input(fmt::format("the capture `{}` stands there twice", name));
            }
            names.push_back(name);
        }
    }
    return target;
}

std::string to_text(const std::vector<Template>& target) {
    std::string text;
    for (const Template& segment : target) {
        text += text.empty() ? "" : "/";
        text += to_text(segment);
    }
    return text;
}

std::optional<Captures> match_target(const std::vector<Template>& pattern,
                                     std::string_view target) {
    Captures captures;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        bool last = i + 1 == pattern.size();
        std::size_t end = target.find('/');
        if (last != (end == std::string_view::npos)) {
            return std::nullopt;
        }
        auto value = match_segment(pattern[i], target.substr(0, end));
        if (!value) {
            return std::nullopt;
        }
        if (!pattern[i].captures.empty()) {
            captures.emplace(pattern[i].captures[0], *value);
        }
        target = last ? std::string_view() : target.substr(end + 1);
    }
    return captures;
}

std::optional<std::string> common_target(const std::vector<Template>& left,
                                         const std::vector<Template>& right) {
    if (left.size() != right.size()) {
        return std::nullopt;
    }
    std::string target;
    for (std::size_t i = 0; i < left.size(); ++i) {
        auto segment = common_segment(left[i], right[i]);
        if (!segment) {
            return std::nullopt;
        }
        target += (i == 0 ? "" : "/") + *segment;
    }
    return target;
}

}  // namespace cheget::policy
