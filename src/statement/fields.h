// Fields in their order: one schema per kind, run by a reader and by a writer, so that what parse
// takes and what render gives cannot drift apart. Internal to this folder.
//
// A schema is a function template `fields(Io& io, Value& value)` that calls io.required(),
// io.optional() and so on in the order of the format. A codec has
//     Result<void> read(std::string_view text, T& value) const;
//     void write(std::string& out, const T& value) const;
// where read takes exactly the texts that write gives. A writer does not validate: render() reads
// its own text back and compares.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "statement/statement.h"

namespace cheget::statement {

/// What is fixed about a kind.
struct KindTraits {
    std::string_view name;
    std::size_t longest;                       ///< bytes of a whole text
    std::span<const std::string_view> fields;  ///< all names in order, for messages
};
const KindTraits& traits_of(Kind kind);

/// Checks that every byte may stand in a statement, that it ends with a line feed, and that no line
/// ends with a space; then takes the first line off. The length comes before all else.
base::Result<std::string_view> check_text(Kind kind, std::string_view text);

/// Reads fields. After the first failure every call is without effect, and finish() tells it.
class FieldReader {
  public:
    FieldReader(Kind kind, std::string_view text);

    template <typename Codec, typename T>
    void required(std::string_view name, const Codec& codec, T& value) {
        if (expect(name)) {
            take(codec, value);
        }
    }

    template <typename Codec, typename T>
    void optional(std::string_view name, const Codec& codec, std::optional<T>& value) {
        if (is_at(name)) {
            take(codec, value.emplace());
        }
    }

    /// A field whose value is a list that is left out when empty; the codec refuses an empty one.
    template <typename Codec, typename T>
    void optional_list(std::string_view name, const Codec& codec, std::vector<T>& values) {
        if (is_at(name)) {
            take(codec, values);
        }
    }

    template <typename Codec, typename T>
    void repeated(std::string_view name, const Codec& codec, std::vector<T>& values) {
        while (is_at(name)) {
            take(codec, values.emplace_back());
        }
    }

    /// A field that can only say `yes`.
    void flag(std::string_view name, bool& value);

    /// One alternative of several; gives whether it stands here.
    template <typename T, typename Codec, typename Variant>
    bool alternative(std::string_view name, const Codec& codec, Variant& value) {
        if (!is_at(name)) {
            return false;
        }
        take(codec, value.template emplace<T>());
        return true;
    }

    /// Demands that one of the alternatives stood here.
    void demand(bool found, std::string_view names);

    /// A relation between fields, blamed on the field that was read last.
    void check(bool holds, std::string_view message);

    /// Everything after the empty line that must stand here.
    std::string_view take_body();

    /// That nothing is left, and that nothing failed.
    base::Result<void> finish();

    /// That nothing failed; something of another grammar may be left.
    base::Result<void> finish_header();

  private:
    bool is_at(std::string_view name) const {
        return !problem_ && at_ == At::field && name_ == name;
    }
    bool expect(std::string_view name);
    void advance();
    void fail(std::size_t line, std::string_view field, const std::string& message);
    std::string found_instead() const;

    template <typename Codec, typename T>
    void take(const Codec& codec, T& value) {
        if (base::Result<void> read = codec.read(value_, value); !read) {
            fail_value(std::move(read).error());
            return;
        }
        advance();
    }
    void fail_value(base::Error error);

    Kind kind_;
    std::string_view text_;  // for messages
    std::string_view rest_;  // what follows the current line
    std::string_view name_;  // of the current line
    std::string_view value_;
    std::string_view previous_name_;
    std::size_t line_ = 1;  // number of the current line
    enum class At { field, empty_line, other_line, end };
    At at_ = At::end;
    std::optional<base::Error> problem_;
};

/// Writes fields.
class FieldWriter {
  public:
    explicit FieldWriter(Kind kind);

    template <typename Codec, typename T>
    void required(std::string_view name, const Codec& codec, const T& value) {
        text_ += name;
        text_ += ": ";
        codec.write(text_, value);
        text_ += '\n';
    }

    template <typename Codec, typename T>
    void optional(std::string_view name, const Codec& codec, const std::optional<T>& value) {
        if (value) {
            required(name, codec, *value);
        }
    }

    template <typename Codec, typename T>
    void optional_list(std::string_view name, const Codec& codec, const std::vector<T>& values) {
        if (!values.empty()) {
            required(name, codec, values);
        }
    }

    template <typename Codec, typename T>
    void repeated(std::string_view name, const Codec& codec, const std::vector<T>& values) {
        for (const T& value : values) {
            required(name, codec, value);
        }
    }

    void flag(std::string_view name, bool value) {
        if (value) {
            text_ += name;
            text_ += ": yes\n";
        }
    }

    template <typename T, typename Codec, typename Variant>
    bool alternative(std::string_view name, const Codec& codec, const Variant& value) {
        const T* held = std::get_if<T>(&value);
        if (held != nullptr) {
            required(name, codec, *held);
        }
        return held != nullptr;
    }

    void demand(bool, std::string_view) {}
    void check(bool, std::string_view) {}
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

/// The text that was written for `value`, if reading it gives `value` again.
template <typename T>
base::Result<std::string> checked(std::string text, const T& value,
                                  base::Result<T> (*parse)(std::string_view)) {
    base::Result<T> read = parse(text);
    if (!read) {
        return std::unexpected(base::within("cannot write it", std::move(read).error()));
    }
    if (*read != value) {
        return base::bad_input("cannot write it: a value does not read back as it was given");
    }
    return text;
}

}  // namespace cheget::statement
