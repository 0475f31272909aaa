// The header of a policy: fixed lines in a fixed order, the same that every statement has.
#include "policy/parse_header.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::policy {
namespace {

constexpr std::uint64_t k_most_witnesses = 64;

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
    void read_witnesses();

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
        auto key = signature::parse_note_key(*value);
        if (!key) {
            complain(6, fmt::format("`{}` is no log: {}", base::shown(*value), key.error().message),
                     "write the log's key as it publishes it, `log: NAME+KEYID+BASE64`; or write "
                     "`log: none`: orders then rest on signatures alone, and nothing is promised "
                     "about time, order or vetoes against whoever holds the folder");
        } else if (key->type != signature::k_note_ed25519) {
            complain(
                6, fmt::format("the log's key is of type {}, and logs sign with type 1", key->type),
                "write the key of the log itself, not that of a witness");
        } else {
            syntax_.log = std::move(*key);
        }
    }
    syntax_.has_log = *value != "none";
    advance();
    read_witnesses();
}

// `witnesses: 2 of { w1, w2, w3 }`, spelt exactly so.
void HeaderReader::read_witnesses() {
    if (!line().starts_with("witnesses:")) {
        return;
    }
    if (!syntax_.has_log) {
        complain(1, "with `log: none` there is nothing to witness", "take this line out");
        advance();
        return;
    }
    constexpr std::string_view how = "write `witnesses: 2 of { w1, w2, w3 }`, with single spaces";
    syntax_.witnesses_at = {line_, 1};
    std::string_view rest = value_of("witnesses").value_or("");
    std::string_view count = base::take_until(rest, ' ');
    auto needed = base::parse_number(count, k_most_witnesses);
    bool framed = rest.starts_with("of { ") && rest.ends_with(" }");
    if (!needed || *needed == 0 || !framed || rest.size() < 8) {
        complain(1, "the witnesses are a number of named ones", std::string(how));
        advance();
        return;
    }
    syntax_.witnesses_needed = static_cast<std::uint32_t>(*needed);
    std::string_view names = rest.substr(5, rest.size() - 7);
    while (!names.empty()) {
        auto column = static_cast<std::uint32_t>(names.data() - line().data() + 1);
        std::size_t comma = names.find(", ");
        std::string_view name = names.substr(0, comma);
        names = comma == std::string_view::npos ? "" : names.substr(comma + 2);
        bool ends_with_comma = comma != std::string_view::npos && names.empty();
        if (!base::is_name(name) || ends_with_comma) {
            complain(column, fmt::format("`{}` is no name of a witness", base::shown(name)),
                     std::string(how));
            break;
        }
        syntax_.witnesses.push_back({name, {line_, column}});
    }
    advance();
}

}  // namespace

void parse_header(std::string_view text, PolicySyntax& syntax, Diagnostics& diagnostics) {
    HeaderReader(text, syntax, diagnostics).read();
}

}  // namespace cheget::policy
