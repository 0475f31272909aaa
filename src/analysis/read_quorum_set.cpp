// Nested quorum sets, as stellar-core and the tools around it write them, over the strict JSON
// reader.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/formula_file.h"
#include "base/json.h"
#include "base/text.h"

namespace cheget::analysis {

namespace {

using base::bad_input;
using base::Json;
using base::Result;

/// The way to a value: names of members and places in lists, from the outside in.
struct Step {
    std::string_view member;  ///< empty for a place in a list
    std::size_t place = 0;
};
using Path = std::vector<Step>;

/// Finds where a value stands in a text that is known to be valid JSON.
class Finder {
  public:
    explicit Finder(std::string_view text) : text_(text) {}

    std::size_t find(const Path& path) {
        skip_space();
        for (const Step& step : path) {
            if (!enter(step)) {
                break;
            }
        }
        return at_;
    }

  private:
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    std::string_view skip_string() {
        std::size_t from = at_ + 1;
        for (++at_; text_[at_] != '"'; ++at_) {
            at_ += text_[at_] == '\\' ? 1U : 0U;
        }
        return text_.substr(from, at_++ - from);
    }

    void skip_value() {
        std::size_t depth = 0;
        do {
            if (text_[at_] == '"') {
                skip_string();
                continue;
            }
            char character = text_[at_++];
            depth += character == '{' || character == '[' ? 1 : 0;
            depth -= character == '}' || character == ']' ? 1 : 0;
        } while (at_ < text_.size() &&
                 (depth > 0 ||
                  std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos));
    }

    /// From the start of an object or a list to the start of the value that `step` names in it.
    bool enter(const Step& step) {
        ++at_;
        for (std::size_t place = 0;; ++place) {
            skip_space();
            bool there = step.member.empty() && place == step.place;
            if (!step.member.empty()) {
                there = skip_string() == step.member;
                skip_space();
                ++at_;
                skip_space();
            }
            if (there) {
                return true;
            }
            skip_value();
            skip_space();
            if (at_ >= text_.size() || text_[at_] != ',') {
                return false;
            }
            ++at_;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string place_of(std::string_view text, std::size_t offset) {
    std::string_view before = text.substr(0, offset);
    std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return fmt::format("line {}, column {}", 1 + std::ranges::count(before, '\n'),
                       1 + before.size() - line_start);
}

/// The JSON reader's failure with line and column, where it ends with the byte it stopped at.
base::Error placed(std::string_view text, base::Error error) {
    constexpr std::string_view k_at = " at byte ";
    std::size_t at = error.message.rfind(k_at);
    if (at == std::string::npos) {
        return error;
    }
    auto byte = base::parse_number(std::string_view(error.message).substr(at + k_at.size()),
                                   text.size() + 1);
    return byte ? base::within(place_of(text, *byte > 0 ? *byte - 1 : 0), std::move(error)) : error;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<FormulaFile> read(const Json& value) {
        file_.root = TRY(quorum_set(value));
        return std::move(file_);
    }

  private:
    std::unexpected<base::Error> refused(const std::string& what) {
        return bad_input(fmt::format("{}: {}", place_of(text_, Finder(text_).find(path_)), what));
    }

    /// Recurses no deeper than parse_json lets values nest.
    Result<Wire> quorum_set(const Json& value) {
        const auto* object = std::get_if<Json::Object>(&value.value);
        if (object == nullptr) {
            return refused(
                "a quorum set is an object: "
                "{\"threshold\":k,\"validators\":[…],\"innerQuorumSets\":[…]}");
        }
        std::uint64_t need = TRY(threshold(*object));
        TRY(check_members(*object));
        std::vector<Circuit::Input> inputs;
        for (const Json& name : TRY(list(*object, "validators"))) {
            path_.push_back({"validators", 0});
            path_.push_back({{}, inputs.size()});
            const auto* text = std::get_if<std::string>(&name.value);
            if (text == nullptr) {
                return refused("a validator is a string");
            }
            inputs.push_back({variable(*text), 1});
            path_.resize(path_.size() - 2);
        }
        std::size_t place = 0;
        for (const Json& inner : TRY(list(*object, "innerQuorumSets"))) {
            path_.push_back({"innerQuorumSets", 0});
            path_.push_back({{}, place++});
            inputs.push_back({TRY(quorum_set(inner)), 1});
            path_.resize(path_.size() - 2);
        }
        return file_.circuit.threshold(need, std::move(inputs));
    }

    Result<std::uint64_t> threshold(const Json::Object& object) {
        auto found = object.find("threshold");
        if (found == object.end()) {
            return refused("this quorum set has no threshold");
        }
        const auto* number = std::get_if<Json::Number>(&found->second.value);
        auto value = number ? base::parse_number(number->text, ~std::uint64_t{0})
                            : Result<std::uint64_t>(bad_input(""));
        if (!value) {
            path_.push_back({"threshold", 0});
            return refused("a threshold is a whole number from 0");
        }
        return value;
    }

    /// Other members may say something about the set, in one word or number (`hashKey`), but what
    /// could have been meant as one of ours is not passed over.
    Result<void> check_members(const Json::Object& object) {
        constexpr std::string_view k_members[] = {"threshold", "validators", "innerQuorumSets"};
        for (const auto& [name, value] : object) {
            if (std::ranges::find(k_members, name) != std::end(k_members)) {
                continue;
            }
            auto meant = base::nearest(name, k_members);
            bool holds_parts = std::holds_alternative<Json::Object>(value.value) ||
                               std::holds_alternative<Json::Array>(value.value);
            if (meant || holds_parts) {
                path_.push_back({name, 0});
                return refused(
                    fmt::format("a quorum set has no \"{}\"{}", base::shown(name),
                                meant ? fmt::format("; \"{}\" may be meant", *meant) : ""));
            }
        }
        return {};
    }

    Result<std::span<const Json>> list(const Json::Object& object, std::string_view name) {
        auto found = object.find(name);
        if (found == object.end()) {
            return std::span<const Json>();
        }
        const auto* array = std::get_if<Json::Array>(&found->second.value);
        if (array == nullptr) {
            path_.push_back({name, 0});
            return refused(fmt::format("\"{}\" is to be a list", name));
        }
        return std::span<const Json>(*array);
    }

    Wire variable(const std::string& name) {
        auto [known, fresh] =
            variables_.emplace(name, static_cast<std::uint32_t>(file_.names.size()));
        if (fresh) {
            file_.names.push_back(name);
        }
        return file_.circuit.variable(known->second);
    }

    std::string_view text_;
    Path path_;
    std::map<std::string, std::uint32_t, std::less<>> variables_;
    FormulaFile file_;
};

}  // namespace

Result<FormulaFile> read_quorum_set(std::string_view text) {
    if (text.size() > k_longest_formula_file) {
        return bad_input(
            fmt::format("the file is longer than {} MiB", k_longest_formula_file >> 20U));
    }
    auto value = base::parse_json(text);
    if (!value) {
        return std::unexpected(placed(text, value.error()));
    }
    return Reader(text).read(*value);
}

Result<FormulaFile> read_formula_file(std::string_view text, std::string_view top) {
    std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && text[first] == '{') {
        return top.empty() ? read_quorum_set(text)
                           : bad_input("--top names a gate of a fault tree; a quorum set has none");
    }
    if (text.starts_with("\xEF\xBB\xBF") ||
        (first != std::string_view::npos && text[first] == '<')) {
        return read_fault_tree(text, top);
    }
    return bad_input(
        "line 1, column 1: it is neither a fault tree in XML nor a quorum set in JSON");
}

}  // namespace cheget::analysis
