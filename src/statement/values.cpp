// The codecs of plain values.
#include "statement/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "signature/public_key.h"
#include "statement/plain_text.h"

namespace cheget::statement {
namespace {

bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

bool is_letter_digit_or_underscore(char character) {
    return is_letter(character) || is_digit(character) || character == '_';
}

bool is_segment(std::string_view text) {
    return !text.empty() && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return is_letter_digit_or_underscore(character) ||
                      std::string_view(".:@+-").find(character) != std::string_view::npos;
           });
}

// `[A-Za-z0-9_][A-Za-z0-9_.-]*`: a user, and a file named without a path.
bool is_identifier(std::string_view text) {
    return !text.empty() && is_letter_digit_or_underscore(text[0]) &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return is_letter_digit_or_underscore(character) || character == '.' ||
                      character == '-';
           });
}

bool is_word(std::string_view text) {
    return !text.empty() && text[0] != '"' &&
           std::all_of(text.begin(), text.end(),
                       [](char character) { return character > 0x20 && character <= 0x7E; });
}

// The part before the first space, taken off with it. `rest` is empty if there is no space.
std::string_view take_word(std::string_view& rest) {
    return base::take_until(rest, ' ');
}

// `<digest> <bytes>`.
base::Result<ContentReference> read_content(std::string_view digest, std::string_view bytes) {
    ContentReference content;
    content.digest = TRY(base::parse_digest(digest));
    content.bytes = TRY(base::parse_number(bytes, std::numeric_limits<std::int64_t>::max()));
    return content;
}

void write_content(std::string& out, const base::Digest& digest, std::uint64_t bytes) {
    out += base::to_text(digest);
    out += ' ';
    out += std::to_string(bytes);
}

}  // namespace

bool is_target(std::string_view text) {
    if (text.empty() || text.size() > k_longest_target || text.back() == '/') {
        return false;
    }
    while (!text.empty()) {
        if (!is_segment(base::take_until(text, '/'))) {
            return false;
        }
    }
    return true;
}

bool is_absolute_path(std::string_view text) {
    if (!text.starts_with('/') || text.size() > k_longest_path || first_deceiving(text)) {
        return false;
    }
    if (text == "/") {
        return true;
    }
    std::string_view rest = text.substr(1);
    while (!rest.empty()) {
        std::string_view segment = base::take_until(rest, '/');
        if (segment.empty() || segment == "." || segment == "..") {
            return false;
        }
    }
    return text.back() != '/';
}

bool is_environment_name(std::string_view text) {
    return !text.empty() && text.size() <= 255 && !is_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), is_letter_digit_or_underscore);
}

void write_word(std::string& out, std::string_view value) {
    out += is_word(value) ? std::string(value) : base::to_canonical(value);
}

base::Result<std::string> read_word(std::string_view text) {
    if (is_word(text)) {
        return std::string(text);
    }
    std::string value = TRY(base::parse_canonical_string(text));
    if (is_word(value)) {
        return base::bad_input("expected the value without quotes, as it needs none");
    }
    TRY(check_plain(value));
    return value;
}

base::Result<void> DomainCodec::read(std::string_view text, Domain& value) const {
    std::string_view rest = text;
    std::string_view name = take_word(rest);
    base::Result<base::Digest> first_policy = base::parse_digest(rest);
    if (!base::is_domain(name) || !first_policy) {
        return base::bad_input(
            "expected a domain and its first policy's id, as acme/prod sha256:<64 digits>");
    }
    value.name = name;
    value.first_policy = *first_policy;
    return {};
}

void DomainCodec::write(std::string& out, const Domain& value) const {
    out += value.name;
    out += ' ';
    out += base::to_text(value.first_policy);
}

base::Result<void> DigestCodec::read(std::string_view text, base::Digest& value) const {
    value = TRY(base::parse_digest(text));
    return {};
}

void DigestCodec::write(std::string& out, const base::Digest& value) const {
    out += base::to_text(value);
}

base::Result<void> PolicyReferenceCodec::read(std::string_view text, PolicyReference& value) const {
    std::string_view rest = text;
    base::Result<std::uint64_t> version = base::parse_number(take_word(rest), UINT32_MAX);
    base::Result<base::Digest> id = base::parse_digest(rest);
    if (!version || *version == 0 || !id) {
        return base::bad_input(
            "expected a version from 1 and a policy's id, as 3 sha256:<64 digits>");
    }
    value.version = static_cast<std::uint32_t>(*version);
    value.id = *id;
    return {};
}

void PolicyReferenceCodec::write(std::string& out, const PolicyReference& value) const {
    out += std::to_string(value.version);
    out += ' ';
    out += base::to_text(value.id);
}

base::Result<void> RuleCodec::read(std::string_view text, RuleReference& value) const {
    constexpr std::string_view prefix = "emergency ";
    value.emergency = text.starts_with(prefix);
    if (value.emergency) {
        text.remove_prefix(prefix.size());
    }
    return k_name.read(text, value.action);
}

void RuleCodec::write(std::string& out, const RuleReference& value) const {
    out += value.emergency ? "emergency " : "";
    out += value.action;
}

base::Result<void> TargetCodec::read(std::string_view text, std::string& value) const {
    if (!is_target(text)) {
        return base::bad_input(
            "expected segments of letters, digits and _ . : @ + - with / between them, as "
            "prod/eu-1/db");
    }
    value = text;
    return {};
}

base::Result<void> TimeCodec::read(std::string_view text, base::Time& value) const {
    value = TRY(base::parse_time(text));
    return {};
}

void TimeCodec::write(std::string& out, base::Time value) const {
    out += base::to_text(value);
}

base::Result<void> FreeTextCodec::read(std::string_view text, std::string& value) const {
    if (text.size() > k_longest_free_text) {
        return base::bad_input(fmt::format("expected at most {} bytes", k_longest_free_text));
    }
    value = TRY(base::parse_canonical_string(text));
    if (value.find_first_not_of(' ') == std::string::npos) {
        return base::bad_input("expected some text");
    }
    return check_plain(value);
}

void FreeTextCodec::write(std::string& out, std::string_view value) const {
    out += base::to_canonical(value);
}

base::Result<void> CodeCodec::read(std::string_view text, std::int32_t& value) const {
    bool is_negative = text.starts_with('-');
    std::uint64_t largest = std::uint64_t{1} << 31U;
    base::Result<std::uint64_t> size =
        base::parse_number(text.substr(is_negative ? 1 : 0), is_negative ? largest : largest - 1);
    if (!size || (is_negative && *size == 0)) {
        return base::bad_input("expected an exit code, or minus the number of a signal");
    }
    auto amount = static_cast<std::int64_t>(*size);
    value = static_cast<std::int32_t>(is_negative ? -amount : amount);
    return {};
}

void CodeCodec::write(std::string& out, std::int32_t value) const {
    out += std::to_string(value);
}

base::Result<void> ContentCodec::read(std::string_view text, ContentReference& value) const {
    std::string_view rest = text;
    std::string_view digest = take_word(rest);
    base::Result<ContentReference> content = read_content(digest, rest);
    if (!content) {
        return base::bad_input("expected a digest and a number of bytes, as sha256:<64 digits> 42");
    }
    value = *content;
    return {};
}

void ContentCodec::write(std::string& out, const ContentReference& value) const {
    write_content(out, value.digest, value.bytes);
}

base::Result<void> FileCodec::read(std::string_view text, FileReference& value) const {
    std::string_view rest = text;
    std::string_view digest = take_word(rest);
    std::string_view bytes = take_word(rest);
    base::Result<ContentReference> content = read_content(digest, bytes);
    if (!content) {
        return base::bad_input("expected a digest, a number of bytes and a path");
    }
    value.digest = content->digest;
    value.bytes = content->bytes;
    value.path = TRY(read_word(rest));
    bool is_file = value.path != "/" && is_absolute_path(value.path);
    if (!is_file && !(is_identifier(value.path) && value.path.size() <= 255)) {
        return base::bad_input("expected an absolute path in its shortest form, or a file's name");
    }
    return {};
}

void FileCodec::write(std::string& out, const FileReference& value) const {
    write_content(out, value.digest, value.bytes);
    out += ' ';
    write_word(out, value.path);
}

base::Result<void> ParameterCodec::read(std::string_view text, Parameter& value) const {
    std::string_view rest = text;
    TRY(k_name.read(take_word(rest), value.name));
    value.value = TRY(read_word(rest));
    return {};
}

void ParameterCodec::write(std::string& out, const Parameter& value) const {
    out += value.name;
    out += ' ';
    write_word(out, value.value);
}

base::Result<void> UserCodec::read(std::string_view text, std::string& value) const {
    if (!is_identifier(text) || is_digit(text[0]) || text.size() > 32) {
        return base::bad_input(
            "expected a user's name of at most 32 letters, digits, _ . - that starts with no "
            "digit");
    }
    value = text;
    return {};
}

base::Result<void> DirectoryCodec::read(std::string_view text, std::string& value) const {
    value = TRY(read_word(text));
    if (!is_absolute_path(value)) {
        return base::bad_input("expected an absolute path in its shortest form");
    }
    return {};
}

base::Result<void> VoteSubjectCodec::read(std::string_view text, VoteSubject& value) const {
    std::string_view rest = text;
    std::string_view kind = take_word(rest);
    if (kind == "order") {
        return k_digest.read(rest, value.emplace<OnOrder>().id);
    }
    if (kind == "policy") {
        return k_policy_reference.read(rest, value.emplace<PolicyReference>());
    }
    return base::bad_input("expected order or policy, then its id");
}

void VoteSubjectCodec::write(std::string& out, const VoteSubject& value) const {
    if (const auto* order = std::get_if<OnOrder>(&value)) {
        out += "order ";
        k_digest.write(out, order->id);
    } else {
        out += "policy ";
        k_policy_reference.write(out, std::get<PolicyReference>(value));
    }
}

base::Result<void> FactSubjectCodec::read(std::string_view text, FactSubject& value) const {
    std::string_view rest = text;
    std::string_view kind = take_word(rest);
    if (kind == "target") {
        return k_target.read(rest, value.emplace<AboutTarget>().target);
    }
    if (kind == "file") {
        return k_digest.read(rest, value.emplace<AboutFile>().digest);
    }
    if (kind == "order") {
        return k_digest.read(rest, value.emplace<OnOrder>().id);
    }
    return base::bad_input("expected target, file or order, then which");
}

void FactSubjectCodec::write(std::string& out, const FactSubject& value) const {
    if (const auto* target = std::get_if<AboutTarget>(&value)) {
        out += "target " + target->target;
    } else if (const auto* file = std::get_if<AboutFile>(&value)) {
        out += "file " + base::to_text(file->digest);
    } else if (const auto* order = std::get_if<OnOrder>(&value)) {
        out += "order " + base::to_text(order->id);
    }
}

base::Result<void> FactValueCodec::read(std::string_view text, std::string& value) const {
    constexpr std::uint64_t largest = 999'999'999'999'999'999;
    std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    bool is_number = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
    bool is_good = is_number ? base::parse_number(digits, largest).has_value() && text != "-0"
                             : base::is_name(text);
    if (!is_good) {
        return base::bad_input("expected a name or a whole number of at most 18 digits");
    }
    value = text;
    return {};
}

base::Result<void> FingerprintCodec::read(std::string_view text, std::string& value) const {
    if (!signature::is_fingerprint(text)) {
        return base::bad_input(
            "expected a key's fingerprint as ssh-keygen -l prints it, SHA256:<43 characters>");
    }
    value = text;
    return {};
}

base::Result<void> Base64Codec::read(std::string_view text, std::string& value) const {
    base::Bytes bytes = TRY(base::from_base64(text));
    value = base::as_text(bytes);
    return {};
}

void Base64Codec::write(std::string& out, std::string_view value) const {
    out += base::to_base64(base::as_bytes(value));
}

base::Result<void> NonceTextCodec::read(std::string_view text, std::string& value) const {
    bool is_good = text.size() >= 32 && text.size() <= 128 && text.size() % 2 == 0 &&
                   text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_good) {
        return base::bad_input("expected 32 to 128 lower-case hexadecimal digits, an even number");
    }
    value = text;
    return {};
}

}  // namespace cheget::statement
