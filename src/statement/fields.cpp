// The reader's lines, and its words when a line is not the one that the format wants.
#include "statement/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cheget::statement {
namespace {

constexpr std::array<std::string_view, 3> k_policy_fields{"domain", "version", "previous"};
constexpr std::array<std::string_view, 22> k_order_fields{
    "domain", "policy", "rule",     "target",    "targets",     "run",   "call", "sign",
    "ref",    "sql",    "user",     "directory", "environment", "stdin", "file", "parameter",
    "drill",  "reason", "proposer", "proposed",  "expires",     "nonce"};
constexpr std::array<std::string_view, 9> k_vote_fields{"domain", "on",   "verdict", "by",  "for",
                                                        "after",  "mark", "voted",   "note"};
constexpr std::array<std::string_view, 7> k_fact_fields{"domain", "fact", "about", "value",
                                                        "by",     "at",   "note"};
constexpr std::array<std::string_view, 8> k_claim_fields{"domain", "order", "target", "executor",
                                                         "policy", "size",  "nonce",  "commitment"};
constexpr std::array<std::string_view, 10> k_receipt_fields{
    "domain",  "order", "target", "executor", "claim",
    "outcome", "code",  "output", "began",    "ended"};
constexpr std::array<std::string_view, 6> k_enactment_fields{"domain",   "policy", "completed",
                                                             "evidence", "by",     "at"};
constexpr std::array<std::string_view, 7> k_revocation_fields{"domain", "key", "of",  "why",
                                                              "by",     "at",  "note"};
constexpr std::array<std::string_view, 14> k_custody_fields{
    "domain", "briefcase", "event", "by",    "from",     "to", "seal",
    "tries",  "counter",   "nonce", "quote", "previous", "at", "note"};

// By Kind.
constexpr std::array<KindTraits, 9> k_kinds{{{"policy", k_longest_policy, k_policy_fields},
                                             {"order", k_longest_order, k_order_fields},
                                             {"vote", k_longest_vote, k_vote_fields},
                                             {"fact", k_longest_order, k_fact_fields},
                                             {"claim", k_longest_order, k_claim_fields},
                                             {"receipt", k_longest_order, k_receipt_fields},
                                             {"enactment", k_longest_policy, k_enactment_fields},
                                             {"revocation", k_longest_order, k_revocation_fields},
                                             {"custody", k_longest_order, k_custody_fields}}};

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 80;
    return fmt::format("\"{}\"{}", base::shown(text.substr(0, longest)),
                       text.size() > longest ? " (cut)" : "");
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    return static_cast<std::size_t>(
               std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n')) +
           1;
}

base::Error malformed(Kind kind, std::size_t line, std::string_view field, std::string_view why) {
    return {base::ErrorKind::bad_input, fmt::format("malformed {}: line {}{}{}: {}", name_of(kind),
                                                    line, field.empty() ? "" : ", ", field, why)};
}

base::Error bad_byte(Kind kind, std::string_view text) {
    std::size_t offset = 0;
    while (base::is_statement_text(text.substr(offset, 1))) {
        ++offset;
    }
    return malformed(kind, line_of(text, offset), "",
                     fmt::format("byte 0x{:02x}; expected printable ASCII and line feeds alone",
                                 static_cast<unsigned char>(text[offset])));
}

}  // namespace

const KindTraits& traits_of(Kind kind) {
    return k_kinds[static_cast<std::size_t>(kind)];
}

base::Result<std::string_view> check_text(Kind kind, std::string_view text) {
    const KindTraits& traits = traits_of(kind);
    if (text.size() > traits.longest) {
        return base::bad_input(fmt::format("malformed {}: {} bytes; at most {} are allowed",
                                           traits.name, text.size(), traits.longest));
    }
    if (!base::is_statement_text(text)) {
        return std::unexpected(bad_byte(kind, text));
    }
    std::string_view first_line = text.substr(0, text.find('\n'));
    std::string_view name = first_line.starts_with("cheget ") ? first_line.substr(7) : "";
    if (!name.ends_with(" v1") || name.substr(0, name.size() - 3) != traits.name) {
        return std::unexpected(malformed(
            kind, 1, "",
            fmt::format("expected \"cheget {} v1\"; found {}", traits.name, quoted(first_line))));
    }
    if (text.back() != '\n') {
        return std::unexpected(malformed(kind, line_of(text, text.size()), "",
                                         "expected a line feed at the end of the last line"));
    }
    if (std::size_t space = text.find(" \n"); space != std::string_view::npos) {
        return std::unexpected(
            malformed(kind, line_of(text, space), "", "a space at the end of the line"));
    }
    return text.substr(first_line.size() + 1);
}

FieldReader::FieldReader(Kind kind, std::string_view text) : kind_(kind), text_(text) {
    if (base::Result<std::string_view> rest = check_text(kind, text)) {
        rest_ = *rest;
        advance();
    } else {
        problem_ = std::move(rest).error();
    }
}

void FieldReader::advance() {
    previous_name_ = name_;
    ++line_;
    if (rest_.empty()) {
        at_ = At::end;
        return;
    }
    std::size_t end = rest_.find('\n');  // there is one: the text ends with it
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos || colon == 0) {
        at_ = line.empty() ? At::empty_line : At::other_line;
        value_ = line;
        return;
    }
    at_ = At::field;
    name_ = line.substr(0, colon);
    value_ = line.substr(colon + 2);
}

bool FieldReader::expect(std::string_view name) {
    if (is_at(name)) {
        return true;
    }
    fail(line_, "", fmt::format("expected the field \"{}\"; found {}", name, found_instead()));
    return false;
}

void FieldReader::demand(bool found, std::string_view names) {
    if (!found) {
        fail(line_, "", fmt::format("expected one of {}; found {}", names, found_instead()));
    }
}

void FieldReader::check(bool holds, std::string_view message) {
    if (!holds) {
        fail(line_ - 1, previous_name_, std::string(message));
    }
}

std::string_view FieldReader::take_body() {
    if (problem_) {
        return {};
    }
    if (at_ != At::empty_line) {
        fail(line_, "", fmt::format("expected an empty line; found {}", found_instead()));
        return {};
    }
    std::string_view body = rest_;
    rest_ = {};
    advance();
    return body;
}

void FieldReader::flag(std::string_view name, bool& value) {
    if (!is_at(name)) {
        return;
    }
    if (value_ != "yes") {
        fail_value({base::ErrorKind::bad_input, "expected yes, or no such field"});
        return;
    }
    value = true;
    advance();
}

base::Result<void> FieldReader::finish() {
    if (!problem_ && at_ != At::end) {
        fail(line_, "", fmt::format("expected the end; found {}", found_instead()));
    }
    return finish_header();
}

base::Result<void> FieldReader::finish_header() {
    if (problem_) {
        return std::unexpected(*problem_);
    }
    return {};
}

// What stands at the current line, and why it can't.
std::string FieldReader::found_instead() const {
    switch (at_) {
        case At::end:
            return "the end";
        case At::empty_line:
            return "an empty line";
        case At::other_line:
            return fmt::format("a line that is no \"field: value\": {}", quoted(value_));
        case At::field:
            break;
    }
    std::span<const std::string_view> known = traits_of(kind_).fields;
    if (std::find(known.begin(), known.end(), name_) == known.end()) {
        std::optional<std::string_view> near = base::nearest(name_, known);
        return fmt::format("the unknown field {}{}", quoted(name_),
                           near ? fmt::format(" (did you mean \"{}\"?)", *near) : "");
    }
    std::string_view before =
        text_.substr(0, static_cast<std::size_t>(name_.data() - text_.data()));
    bool is_second = before.find(fmt::format("\n{}: ", name_)) != std::string_view::npos;
    return is_second ? fmt::format("\"{}\" a second time", name_)
                     : fmt::format("\"{}\", which has no place here", name_);
}

void FieldReader::fail(std::size_t line, std::string_view field, const std::string& message) {
    if (!problem_) {
        problem_ = malformed(kind_, line, field, message);
    }
}

void FieldReader::fail_value(base::Error error) {
    fail(line_, name_, fmt::format("{}; found {}", error.message, quoted(value_)));
}

FieldWriter::FieldWriter(Kind kind) {
    text_.reserve(1024);
    text_ += "cheget ";
    text_ += name_of(kind);
    text_ += " v1\n";
}

}  // namespace cheget::statement
