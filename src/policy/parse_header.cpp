// The header of a policy: fixed lines in a fixed order, the same that every statement has.
#include "policy/parse_header.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::policy {
namespace {

class HeaderReader {
  public:
    HeaderReader(std::string_view text, PolicySyntax& syntax, Diagnostics& diagnostics)
        : text_(text), syntax_(syntax), diagnostics_(diagnostics) {}

    void read();

  private:
    // The value of the next line, which must begin with `field` and ": "; nothing, and no
    // complaint, if the line is another one.
    std::optional<std::string_view> value_of(std::string_view field);
    std::string_view line() const {
        std::string_view rest = text_.substr(syntax_.header_end);
        return rest.substr(0, rest.find('\n'));
    }
    void advance();
    void complain(std::size_t column, std::string what, std::string advice) {
        diagnostics_.add({line_, static_cast<std::uint32_t>(column)}, std::move(what),
                         std::move(advice));
    }
    bool read_domain();
    bool read_version();
    void read_previous();
    void read_log();

    std::string_view text_;
    PolicySyntax& syntax_;
    Diagnostics& diagnostics_;
    std::uint32_t line_ = 1;
};

void HeaderReader::advance() {
    syntax_.header_lines.push_back(line());
    syntax_.header_end += line().size() + 1;
    ++line_;
}

std::optional<std::string_view> HeaderReader::value_of(std::string_view field) {
    std::string_view current = line();
    if (current.starts_with(field) && current.substr(field.size()).starts_with(": ")) {
        return current.substr(field.size() + 2);
    }
    return std::nullopt;
}

void HeaderReader::read() {
    if (line() != "cheget policy v1") {
        complain(1, "a policy begins with the line `cheget policy v1`",
                 "write that line first, without spaces around it or a comment before it");
        return;
    }
    advance();
    if (read_domain() && read_version()) {
        read_previous();
        read_log();
    }
}

bool HeaderReader::read_domain() {
    auto value = value_of("domain");
    if (!value) {
        complain(1, "the second line of a policy is its domain",
                 "write `domain: NAME`, such as `domain: acme/prod`");
        return false;
    }
    std::string_view rest = *value;
    std::string_view name = base::take_until(rest, ' ');
    if (!base::is_domain(name)) {
        complain(9, fmt::format("`{}` is not a domain", base::shown(name)),
                 "write names joined by `/`, such as `acme/prod`; a name is 1 to 63 of a-z, 0-9, "
                 "`.`, `_` and `-`, and begins with a letter or a digit");
    }
    syntax_.header.domain = name;
    if (name.size() != value->size()) {
        if (auto digest = base::parse_digest(rest)) {
            syntax_.header.first_policy = *digest;
        } else {
            complain(
                10 + name.size(),
                "after the domain's name stands the id of its first policy, or nothing",
                "write `sha256:` and 64 lower-case hexadecimal digits (not in the first policy "
                "itself), with one space before it and nothing after it");
        }
    }
    advance();
    return true;
}

bool HeaderReader::read_version() {
    auto value = value_of("version");
    if (!value) {
        complain(1, "after the domain comes the policy's version",
                 "write `version: 1` in a domain's first policy, and one more in each later one");
        return false;
    }
    auto number = base::parse_number(*value, 0xFFFFFFFF);
    if (!number || *number == 0) {
        complain(10, fmt::format("`{}` is not a version", base::shown(*value)),
                 "write a whole number from 1, such as `version: 1`");
        number = 1;
    }
    syntax_.header.version = static_cast<std::uint32_t>(*number);
    if (*number == 1 && syntax_.header.first_policy) {
        complain(10, "a domain's first policy can't hold its own id",
                 "take the digest off the `domain:` line, or raise the version");
    }
    if (*number > 1 && !syntax_.header.first_policy) {
        complain(
            10,
            fmt::format("version {} must say which first policy its domain began with", *number),
            "write the first policy's id after the domain: `domain: NAME sha256:...`");
    }
    advance();
    return true;
}

void HeaderReader::read_previous() {
    bool wanted = syntax_.header.version > 1;
    auto value = value_of("previous");
    if (value) {
        if (auto digest = base::parse_digest(*value)) {
            syntax_.header.previous = *digest;
        } else {
            complain(11, "expected the previous policy's id",
                     "write `previous: sha256:` and 64 lower-case hexadecimal digits");
        }
        if (!wanted) {
            complain(1, "a domain's first policy has no previous one", "take this line out");
        }
        advance();
    } else if (wanted) {
        complain(
            1,
            fmt::format("version {} must name the policy that it replaces", syntax_.header.version),
            "write `previous: sha256:...` with that policy's id");
    }
}

void HeaderReader::read_log() {
    auto value = value_of("log");
    if (!value) {
        complain(1, "the header ends with the log that the domain keeps",
                 "write `log: none` here; the header's lines follow each other without blank lines "
                 "or comments");
        return;
    }
    if (*value != "none") {
        complain(6,
                 fmt::format("the log `{}` is not followed by this version of the language",
                             base::shown(*value)),
                 "write `log: none`: orders then rest on signatures alone, and nothing is promised "
                 "about time, order or vetoes against whoever holds the folder");
    }
    advance();
    if (line().starts_with("witnesses:")) {
        complain(1, "the line `witnesses:` belongs to a later version of the language",
                 "leave it out: with `log: none` there is nothing to witness");
        advance();
    }
}

}  // namespace

void parse_header(std::string_view text, PolicySyntax& syntax, Diagnostics& diagnostics) {
    HeaderReader(text, syntax, diagnostics).read();
}

}  // namespace cheget::policy
