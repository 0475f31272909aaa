// Deeds as canonical JSON, checked member by member.
#include "statement/deeds.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "statement/plain_text.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

using base::bad_input;
using base::Json;
using base::Result;

/// Takes the members of an object that has exactly the wanted keys.
class Members {
  public:
    static Result<Members> of(Json& json, std::span<const std::string_view> keys) {
        auto* object = std::get_if<Json::Object>(&json.value);
        bool fits = object != nullptr && object->size() == keys.size();
        for (std::string_view key : keys) {
            fits = fits && object->contains(key);
        }
        if (!fits) {
            return bad_input(
                fmt::format("expected a JSON object of exactly {}", fmt::join(keys, ", ")));
        }
        return Members(*object);
    }

    template <typename T>
    Result<T> take(std::string_view key) {
        T* value = std::get_if<T>(&object_->find(key)->second.value);
        if (value == nullptr) {
            return bad_input(fmt::format("{} is of the wrong JSON type", key));
        }
        return std::move(*value);
    }

    /// A string that says what it seems to say.
    Result<std::string> take_plain(std::string_view key, bool may_be_empty = false) {
        std::string value = TRY(take<std::string>(key));
        if (value.empty() && !may_be_empty) {
            return bad_input(fmt::format("{} is empty", key));
        }
        if (Result<void> plain = check_plain(value); !plain) {
            return std::unexpected(base::within(std::string(key), std::move(plain).error()));
        }
        return value;
    }

    Json take_any(std::string_view key) { return std::move(object_->find(key)->second); }

  private:
    explicit Members(Json::Object& object) : object_(&object) {}
    Json::Object* object_;
};

Json text_of(std::string_view text) {
    return Json{std::string(text)};
}

Json number_of(std::uint64_t number) {
    return Json{Json::Number{std::to_string(number)}};
}

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

// A list of strings, none of which holds a NUL.
Result<std::vector<std::string>> take_strings(Json::Array array, std::string_view what) {
    std::vector<std::string> strings;
    strings.reserve(array.size());
    for (Json& element : array) {
        auto* string = std::get_if<std::string>(&element.value);
        if (string == nullptr || has_nul(*string)) {
            return bad_input(
                fmt::format("expected {} as a JSON array of strings without NUL", what));
        }
        strings.push_back(std::move(*string));
    }
    return strings;
}

Json array_of(const std::vector<std::string>& strings) {
    Json::Array array;
    for (const std::string& string : strings) {
        array.push_back(text_of(string));
    }
    return Json{std::move(array)};
}

Result<std::uint64_t> take_number(const Json& json, std::uint64_t largest) {
    const auto* number = std::get_if<Json::Number>(&json.value);
    if (number == nullptr) {
        return bad_input("expected a whole number");
    }
    return base::parse_number(number->text, largest);
}

// The size of a wave: 1, "10%" or "rest".
Result<Wave> read_wave_size(const Json& json) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    Wave wave;
    if (const auto* text = std::get_if<std::string>(&json.value)) {
        std::string_view percent = *text;
        if (percent != "rest") {
            if (!percent.ends_with('%')) {
                return bad_input("expected a wave's size as a number, \"10%\" or \"rest\"");
            }
            percent.remove_suffix(1);
            wave.size = Wave::Size::percent;
            wave.amount = TRY(base::parse_number(percent, 100));
        }
    } else {
        wave.size = Wave::Size::count;
        wave.amount = TRY(take_number(json, largest));
    }
    if (wave.size != Wave::Size::rest && wave.amount == 0) {
        return bad_input("a wave of no targets");
    }
    return wave;
}

// A hold in the spelling that base::to_text gives: 90m, not 5400s.
Result<base::Span> read_hold(const Json& json) {
    const auto* text = std::get_if<std::string>(&json.value);
    if (text == nullptr) {
        return bad_input("expected a wave's hold as a span such as \"30m\"");
    }
    base::Span hold = TRY(base::parse_span(*text));
    if (base::to_text(hold) != *text) {
        return bad_input(
            fmt::format("expected the hold in its shortest form, \"{}\"", base::to_text(hold)));
    }
    return hold;
}

// Every wave but the last has a hold; the last is the rest.
Result<std::vector<Wave>> read_waves(std::string_view text) {
    Json json = TRY(base::parse_canonical_json(text));
    const auto* array = std::get_if<Json::Array>(&json.value);
    if (array == nullptr || array->empty() || array->size() > k_most_waves) {
        return bad_input(fmt::format("expected 1 to {} waves as a JSON array", k_most_waves));
    }
    std::vector<Wave> waves;
    for (const Json& element : *array) {
        const auto* parts = std::get_if<Json::Array>(&element.value);
        bool is_last = &element == &array->back();
        if (parts == nullptr || parts->size() != (is_last ? 1 : 2)) {
            return bad_input("expected waves as [size,\"hold\"], the last one as [\"rest\"]");
        }
        Wave wave = TRY(read_wave_size((*parts)[0]));
        if ((wave.size == Wave::Size::rest) != is_last) {
            return bad_input("expected \"rest\" as the last wave, and there alone");
        }
        if (!is_last) {
            wave.hold = TRY(read_hold((*parts)[1]));
        }
        waves.push_back(wave);
    }
    return waves;
}

Json json_of(const Wave& wave) {
    Json::Array parts;
    switch (wave.size) {
        case Wave::Size::count:
            parts.push_back(number_of(wave.amount));
            break;
        case Wave::Size::percent:
            parts.push_back(text_of(fmt::format("{}%", wave.amount)));
            break;
        case Wave::Size::rest:
            parts.push_back(text_of("rest"));
            break;
    }
    if (wave.hold) {
        parts.push_back(text_of(base::to_text(*wave.hold)));
    }
    return Json{std::move(parts)};
}

}  // namespace

Result<void> RunCodec::read(std::string_view text, Run& value) const {
    Json json = TRY(base::parse_canonical_json(text));
    auto* array = std::get_if<Json::Array>(&json.value);
    if (array == nullptr || array->empty()) {
        return bad_input("expected a JSON array: the program, then its arguments");
    }
    value.argv = TRY(take_strings(std::move(*array), "the program and its arguments"));
    if (!is_absolute_path(value.argv[0]) || value.argv[0] == "/") {
        return bad_input("expected the program as an absolute path in its shortest form");
    }
    return {};
}

void RunCodec::write(std::string& out, const Run& value) const {
    out += base::to_canonical(array_of(value.argv));
}

Result<void> CallCodec::read(std::string_view text, Call& value) const {
    constexpr std::array<std::string_view, 3> keys{"arguments", "server", "tool"};
    Json json = TRY(base::parse_canonical_json(text, true));
    Members members = TRY(Members::of(json, keys));
    value.server = TRY(members.take_plain("server"));
    value.tool = TRY(members.take_plain("tool"));
    value.arguments = members.take_any("arguments");
    if (!std::holds_alternative<Json::Object>(value.arguments.value)) {
        return bad_input("arguments is of the wrong JSON type");
    }
    return {};
}

void CallCodec::write(std::string& out, const Call& value) const {
    Json::Object object;
    object.emplace("arguments", value.arguments);
    object.emplace("server", text_of(value.server));
    object.emplace("tool", text_of(value.tool));
    out += base::to_canonical(Json{std::move(object)});
}

Result<void> SignCodec::read(std::string_view text, Sign& value) const {
    constexpr std::array<std::string_view, 5> keys{"bytes", "digest", "form", "key", "namespace"};
    Json json = TRY(base::parse_canonical_json(text));
    Members members = TRY(Members::of(json, keys));
    value.bytes =
        TRY(take_number(members.take_any("bytes"), std::numeric_limits<std::int64_t>::max()));
    std::string digest = TRY(members.take<std::string>("digest"));
    value.digest = TRY(base::parse_digest(digest));
    value.form = TRY(members.take<std::string>("form"));
    if (value.form != "sshsig" && value.form != "ssh-cert" && value.form != "raw") {
        return bad_input("expected the form sshsig, ssh-cert or raw");
    }
    value.key = TRY(members.take_plain("key"));
    value.name_space = TRY(members.take_plain("namespace", true));
    if (value.name_space.empty() == (value.form == "sshsig")) {
        return bad_input("expected a namespace with the form sshsig, and an empty one without it");
    }
    return {};
}

void SignCodec::write(std::string& out, const Sign& value) const {
    Json::Object object;
    object.emplace("bytes", number_of(value.bytes));
    object.emplace("digest", text_of(base::to_text(value.digest)));
    object.emplace("form", text_of(value.form));
    object.emplace("key", text_of(value.key));
    object.emplace("namespace", text_of(value.name_space));
    out += base::to_canonical(Json{std::move(object)});
}

Result<void> RefCodec::read(std::string_view text, Ref& value) const {
    constexpr std::array<std::string_view, 4> keys{"new", "old", "ref", "repository"};
    Json json = TRY(base::parse_canonical_json(text));
    Members members = TRY(Members::of(json, keys));
    value.new_value = TRY(members.take_plain("new"));
    value.old_value = TRY(members.take_plain("old"));
    value.ref = TRY(members.take_plain("ref"));
    value.repository = TRY(members.take_plain("repository"));
    return {};
}

void RefCodec::write(std::string& out, const Ref& value) const {
    Json::Object object;
    object.emplace("new", text_of(value.new_value));
    object.emplace("old", text_of(value.old_value));
    object.emplace("ref", text_of(value.ref));
    object.emplace("repository", text_of(value.repository));
    out += base::to_canonical(Json{std::move(object)});
}

Result<void> SqlCodec::read(std::string_view text, Sql& value) const {
    constexpr std::array<std::string_view, 3> keys{"database", "parameters", "statements"};
    Json json = TRY(base::parse_canonical_json(text));
    Members members = TRY(Members::of(json, keys));
    value.database = TRY(members.take_plain("database"));
    value.parameters = TRY(members.take<Json::Array>("parameters"));
    Json::Array statements = TRY(members.take<Json::Array>("statements"));
    value.statements = TRY(take_strings(std::move(statements), "the SQL statements"));
    if (value.statements.empty()) {
        return bad_input("expected at least one SQL statement");
    }
    return {};
}

void SqlCodec::write(std::string& out, const Sql& value) const {
    Json::Object object;
    object.emplace("database", text_of(value.database));
    object.emplace("parameters", Json{Json::Array(value.parameters)});
    object.emplace("statements", array_of(value.statements));
    out += base::to_canonical(Json{std::move(object)});
}

Result<void> EnvironmentCodec::read(std::string_view text, Variables& value) const {
    Json json = TRY(base::parse_canonical_json(text));
    auto* object = std::get_if<Json::Object>(&json.value);
    if (object == nullptr || object->empty()) {
        return bad_input("expected a JSON object of names and values, left out when empty");
    }
    for (auto& [name, member] : *object) {
        auto* variable = std::get_if<std::string>(&member.value);
        if (!is_environment_name(name) || variable == nullptr || has_nul(*variable)) {
            return bad_input(
                "expected names of letters, digits and _ that start with no digit, and "
                "strings without NUL as values");
        }
        value.emplace_back(name, std::move(*variable));
    }
    return {};
}

void EnvironmentCodec::write(std::string& out, const Variables& value) const {
    Json::Object object;
    for (const auto& [name, variable] : value) {
        object.emplace(name, text_of(variable));
    }
    out += base::to_canonical(Json{std::move(object)});
}

Result<void> TargetsCodec::read(std::string_view text, Targets& value) const {
    std::string_view rest = text;
    std::string_view root = base::take_until(rest, ' ');
    std::string_view count = base::take_until(rest, ' ');
    value.root = TRY(base::parse_digest(root));
    value.count = TRY(base::parse_number(count, std::numeric_limits<std::int64_t>::max()));
    if (value.count == 0) {
        return bad_input("expected at least one target");
    }
    value.waves = TRY(read_waves(rest));
    return {};
}

void TargetsCodec::write(std::string& out, const Targets& value) const {
    Json::Array waves;
    for (const Wave& wave : value.waves) {
        waves.push_back(json_of(wave));
    }
    out += base::to_text(value.root);
    out += fmt::format(" {} ", value.count);
    out += base::to_canonical(Json{std::move(waves)});
}

}  // namespace cheget::statement
