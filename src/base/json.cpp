// The strict JSON reader over nlohmann-json's SAX parser, and the canonical writer. nlohmann's
// types stay in this file. What it lets through and we don't: a byte order mark, a NUL that ends
// the text early, duplicate keys, any depth, numbers turned into doubles.
#include "base/json.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace cheget::base {
namespace {

// Where the parser has read up to: it hands numbers over as values, and we want their text.
struct Cursor {
    const char* begin;
    const char* at;
};

// An input iterator that moves the shared cursor along.
class TrackedIterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    TrackedIterator(const char* at, Cursor* cursor) : at_(at), cursor_(cursor) {}
    reference operator*() const { return *at_; }
    TrackedIterator& operator++() {
        cursor_->at = ++at_;
        return *this;
    }
    TrackedIterator operator++(int) {
        TrackedIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const TrackedIterator& other) const { return at_ == other.at_; }

  private:
    const char* at_;
    Cursor* cursor_;
};

bool is_number_character(char character) {
    return (character >= '0' && character <= '9') || character == '-' || character == '+' ||
           character == '.' || character == 'e' || character == 'E';
}

// Builds the value. Each handler answers whether to go on; nlohmann demands their names.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Builder(const Cursor& cursor) : cursor_(cursor) {}

    bool null() override {
        next();
        return true;
    }
    bool boolean(bool value) override {
        next().value.emplace<bool>(value);
        return true;
    }
    bool number_integer(number_integer_t) override { return put_number(); }
    bool number_unsigned(number_unsigned_t) override { return put_number(); }
    bool number_float(number_float_t, const string_t&) override { return put_number(); }
    bool string(string_t& value) override {
        next().value.emplace<std::string>(std::move(value));
        return true;
    }
    bool binary(binary_t&) override { return refuse("binary data"); }
    bool start_object(std::size_t) override { return open<Json::Object>(); }
    bool start_array(std::size_t) override { return open<Json::Array>(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        auto& object = std::get<Json::Object>(open_[depth_ - 1]->value);
        auto [place, added] = object.try_emplace(std::move(name));
        if (!added) {
            return refuse(fmt::format("the key \"{}\" stands twice", shown(place->first)));
        }
        member_ = &place->second;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        // Only the place is taken over: the parser's own words quote the hostile text.
        return refuse(error.id == 406
                          ? fmt::format("a number out of range ends at byte {}", position)
                          : fmt::format("not JSON at byte {}", position));
    }

    Json take() { return std::move(root_); }
    std::string take_problem() { return std::move(problem_); }

  private:
    // The place of the next value, holding null. It stays there while it is open, as only the
    // innermost array grows.
    Json& next() {
        if (depth_ == 0) {
            return root_;
        }
        if (auto* array = std::get_if<Json::Array>(&open_[depth_ - 1]->value)) {
            return array->emplace_back();
        }
        return *member_;
    }

    // The number's text ends at the cursor, or one before it when the parser looked ahead. In a
    // text that is valid as a whole no number character lies on either side of a number.
    bool put_number() {
        const char* end = cursor_.at;
        if (end != cursor_.begin && !is_number_character(end[-1])) {
            --end;
        }
        const char* start = end;
        while (start != cursor_.begin && is_number_character(start[-1])) {
            --start;
        }
        next().value.emplace<Json::Number>(Json::Number{std::string(start, end)});
        return true;
    }

    template <typename Container>
    bool open() {
        if (depth_ == k_deepest_json) {
            return refuse(fmt::format("nested more than {} deep", k_deepest_json));
        }
        Json& container = next();
        container.value.emplace<Container>();
        open_[depth_++] = &container;
        return true;
    }

    bool close() {
        --depth_;
        return true;
    }

    bool refuse(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    const Cursor& cursor_;
    Json root_;
    std::array<Json*, k_deepest_json> open_{};
    std::size_t depth_ = 0;
    Json* member_ = nullptr;
    std::string problem_;
};

// The code point at the front of UTF-8 text, taken off; U+FFFD for each byte that is not valid.
std::uint32_t take_code_point(std::string_view& text) {
    std::uint32_t code_point = 0;
    std::size_t length = decode_utf8(text, code_point);
    text.remove_prefix(length == 0 ? 1 : length);
    return length == 0 ? 0xFFFD : code_point;
}

void append_escape(std::string& out, std::uint32_t unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out.push_back(digits[unit >> shift & 15]);
    }
}

char short_escape(char character) {
    switch (character) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

// A string in quotes: short escapes, then printable ASCII as it is, then \uxxxx.
void append_string(std::string& out, std::string_view string) {
    out.push_back('"');
    while (!string.empty()) {
        char character = string[0];
        if (char letter = short_escape(character); letter != 0) {
            out.push_back('\\');
            out.push_back(letter);
            string.remove_prefix(1);
        } else if (character >= 0x20 && character <= 0x7E) {
            out.push_back(character);
            string.remove_prefix(1);
        } else if (std::uint32_t code_point = take_code_point(string); code_point < 0x10000) {
            append_escape(out, code_point);
        } else {
            append_escape(out, 0xD800 + ((code_point - 0x10000) >> 10));
            append_escape(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
        }
    }
    out.push_back('"');
}

// These recurse as deep as the value; the reader bounds that at k_deepest_json.
// NOLINTBEGIN(misc-no-recursion)
void append_value(std::string& out, const Json& json);

void append_array(std::string& out, const Json::Array& array) {
    out.push_back('[');
    for (const Json& element : array) {
        if (&element != array.data()) {
            out.push_back(',');
        }
        append_value(out, element);
    }
    out.push_back(']');
}

void append_object(std::string& out, const Json::Object& object) {
    out.push_back('{');
    bool first = true;
    for (const auto& [key, value] : object) {
        if (!first) {
            out.push_back(',');
        }
        first = false;
        append_string(out, key);
        out.push_back(':');
        append_value(out, value);
    }
    out.push_back('}');
}

void append_value(std::string& out, const Json& json) {
    if (const auto* string = std::get_if<std::string>(&json.value)) {
        append_string(out, *string);
    } else if (const auto* array = std::get_if<Json::Array>(&json.value)) {
        append_array(out, *array);
    } else if (const auto* object = std::get_if<Json::Object>(&json.value)) {
        append_object(out, *object);
    } else if (const auto* number = std::get_if<Json::Number>(&json.value)) {
        out += number->text;
    } else if (const auto* truth = std::get_if<bool>(&json.value)) {
        out += *truth ? "true" : "false";
    } else {
        out += "null";
    }
}
// NOLINTEND(misc-no-recursion)

bool is_plain_whole(std::string_view number) {
    std::string_view digits = number.starts_with('-') ? number.substr(1) : number;
    return number == "0" || (!digits.empty() && digits[0] != '0' &&
                             digits.find_first_not_of("0123456789") == std::string_view::npos);
}

// The first number that is not a plain whole one, found without recursion.
const std::string* odd_number(const Json& json) {
    std::vector<const Json*> waiting{&json};
    while (!waiting.empty()) {
        const Json* value = waiting.back();
        waiting.pop_back();
        if (const auto* number = std::get_if<Json::Number>(&value->value)) {
            if (!is_plain_whole(number->text)) {
                return &number->text;
            }
        } else if (const auto* array = std::get_if<Json::Array>(&value->value)) {
            for (const Json& element : *array) {
                waiting.push_back(&element);
            }
        } else if (const auto* object = std::get_if<Json::Object>(&value->value)) {
            for (const auto& [key, member] : *object) {
                waiting.push_back(&member);
            }
        }
    }
    return nullptr;
}

std::size_t first_difference(std::string_view left, std::string_view right) {
    std::size_t i = 0;
    while (i < left.size() && i < right.size() && left[i] == right[i]) {
        ++i;
    }
    return i;
}

}  // namespace

bool Json::operator==(const Json& other) const {
    std::vector<std::pair<const Json*, const Json*>> pairs{{this, &other}};
    while (!pairs.empty()) {
        const auto [left, right] = pairs.back();
        pairs.pop_back();
        if (left->value.index() != right->value.index()) {
            return false;
        }
        if (const auto* array = std::get_if<Array>(&left->value)) {
            const auto& others = std::get<Array>(right->value);
            if (array->size() != others.size()) {
                return false;
            }
            for (std::size_t i = 0; i < array->size(); ++i) {
                pairs.emplace_back(&(*array)[i], &others[i]);
            }
        } else if (const auto* object = std::get_if<Object>(&left->value)) {
            const auto& others = std::get<Object>(right->value);
            if (object->size() != others.size()) {
                return false;
            }
            for (auto one = object->begin(), two = others.begin(); one != object->end();
                 ++one, ++two) {
                if (one->first != two->first) {
                    return false;
                }
                pairs.emplace_back(&one->second, &two->second);
            }
        } else if (const auto* number = std::get_if<Number>(&left->value)) {
            if (*number != std::get<Number>(right->value)) {
                return false;
            }
        } else if (const auto* text = std::get_if<std::string>(&left->value)) {
            if (*text != std::get<std::string>(right->value)) {
                return false;
            }
        } else if (const auto* truth = std::get_if<bool>(&left->value)) {
            if (*truth != std::get<bool>(right->value)) {
                return false;
            }
        }
    }
    return true;
}

Result<Json> parse_json(std::string_view text) {
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
        return bad_input("not JSON: it holds a NUL or starts with a byte order mark");
    }
    // The iterators end where the text does.
    // NOLINTBEGIN(bugprone-suspicious-stringview-data-usage)
    Cursor cursor{text.data(), text.data()};
    Builder builder(cursor);
    TrackedIterator begin(text.data(), &cursor);
    TrackedIterator end(text.data() + text.size(), &cursor);
    // NOLINTEND(bugprone-suspicious-stringview-data-usage)
    if (!nlohmann::json::sax_parse(begin, end, &builder)) {
        return bad_input(builder.take_problem());
    }
    return builder.take();
}

std::string to_canonical(const Json& value) {
    std::string text;
    append_value(text, value);
    return text;
}

std::string to_canonical(std::string_view string) {
    std::string text;
    text.reserve(string.size() + 2);
    append_string(text, string);
    return text;
}

Result<Json> parse_canonical_json(std::string_view text, bool any_number) {
    Json value = TRY(parse_json(text));
    std::string canonical = to_canonical(value);
    if (canonical != text) {
        return bad_input(fmt::format(
            "not canonical JSON from byte {} on; write {}{}", first_difference(canonical, text) + 1,
            canonical.substr(0, 200), canonical.size() > 200 ? " (and so on)" : ""));
    }
    if (const std::string* number = any_number ? nullptr : odd_number(value)) {
        return bad_input(fmt::format("expected whole numbers alone; found {}", *number));
    }
    return value;
}

Result<std::string> parse_canonical_string(std::string_view text) {
    // The common case by hand: printable ASCII in quotes without any escape.
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        std::string_view inside = text.substr(1, text.size() - 2);
        bool plain = true;
        for (char character : inside) {
            plain &=
                character >= 0x20 && character <= 0x7E && character != '"' && character != '\\';
        }
        if (plain) {
            return std::string(inside);
        }
    }
    Json value = TRY(parse_canonical_json(text));
    if (auto* string = std::get_if<std::string>(&value.value)) {
        return std::move(*string);
    }
    return bad_input("expected a JSON string");
}

}  // namespace cheget::base
