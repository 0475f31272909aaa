// Codecs of the values that stand in fields (docs/statements.md, "Values"). Each reads exactly the
// texts that it writes. Internal to this folder; deeds.h has those that are JSON.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "statement/statement.h"

namespace cheget::statement {

/// Whether the text is a target: `/` between segments of `[A-Za-z0-9_.:@+-]+` that are neither `.`
/// nor `..`, 255 bytes at most.
bool is_target(std::string_view text);

/// Whether the text is an absolute path in its one spelling: no empty, `.` or `..` segment, no
/// slash at its end but in `/` itself, no character that can deceive, 1,024 bytes at most.
bool is_absolute_path(std::string_view text);

/// Whether the text is an environment variable's name: `[A-Za-z_][A-Za-z0-9_]*`, 255 bytes at most.
bool is_environment_name(std::string_view text);

/// A value that may hold anything plain: as it is if it is one printable ASCII word that does not
/// begin with a quote, else as a canonical JSON string.
void write_word(std::string& out, std::string_view value);
base::Result<std::string> read_word(std::string_view text);

struct NameCodec {
    template <typename T>
    base::Result<void> read(std::string_view text, T& value) const {
        if (!base::is_name(text)) {
            return base::bad_input(
                "expected a name of at most 63 characters: a-z, 0-9, and after the first also . _ "
                "-");
        }
        value = T(text);
        return {};
    }
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr NameCodec k_name;

struct DomainCodec {
    base::Result<void> read(std::string_view text, Domain& value) const;
    void write(std::string& out, const Domain& value) const;
};
constexpr DomainCodec k_domain;

struct DigestCodec {
    base::Result<void> read(std::string_view text, base::Digest& value) const;
    void write(std::string& out, const base::Digest& value) const;
};
constexpr DigestCodec k_digest;

struct PolicyReferenceCodec {
    base::Result<void> read(std::string_view text, PolicyReference& value) const;
    void write(std::string& out, const PolicyReference& value) const;
};
constexpr PolicyReferenceCodec k_policy_reference;

struct RuleCodec {
    base::Result<void> read(std::string_view text, RuleReference& value) const;
    void write(std::string& out, const RuleReference& value) const;
};
constexpr RuleCodec k_rule;

struct TargetCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr TargetCodec k_target;

struct TimeCodec {
    base::Result<void> read(std::string_view text, base::Time& value) const;
    void write(std::string& out, base::Time value) const;
};
constexpr TimeCodec k_time;

/// A JSON string of at least one character, none of which can deceive.
struct FreeTextCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const;
};
constexpr FreeTextCodec k_free_text;

template <std::size_t Size>
struct HexCodec {
    base::Result<void> read(std::string_view text, std::array<std::uint8_t, Size>& value) const {
        if (!base::decode_hex(text, value)) {
            return base::bad_input("expected " + std::to_string(Size * 2) +
                                   " lower-case hexadecimal digits");
        }
        return {};
    }
    void write(std::string& out, const std::array<std::uint8_t, Size>& value) const {
        out += base::to_hex(value);
    }
};

/// A whole number from `Smallest` up to what T holds.
template <typename T, T Smallest = 0>
struct NumberCodec {
    base::Result<void> read(std::string_view text, T& value) const {
        base::Result<std::uint64_t> number =
            base::parse_number(text, std::uint64_t{std::numeric_limits<T>::max()});
        if (!number) {
            return std::unexpected(std::move(number).error());
        }
        if (*number < Smallest) {
            return base::bad_input("expected a whole number of at least " +
                                   std::to_string(Smallest));
        }
        value = static_cast<T>(*number);
        return {};
    }
    void write(std::string& out, T value) const { out += std::to_string(value); }
};

/// An exit code or minus a signal's number: 32 bits, with sign.
struct CodeCodec {
    base::Result<void> read(std::string_view text, std::int32_t& value) const;
    void write(std::string& out, std::int32_t value) const;
};
constexpr CodeCodec k_code;

struct ContentCodec {
    base::Result<void> read(std::string_view text, ContentReference& value) const;
    void write(std::string& out, const ContentReference& value) const;
};
constexpr ContentCodec k_content;

struct FileCodec {
    base::Result<void> read(std::string_view text, FileReference& value) const;
    void write(std::string& out, const FileReference& value) const;
};
constexpr FileCodec k_file;

struct ParameterCodec {
    base::Result<void> read(std::string_view text, Parameter& value) const;
    void write(std::string& out, const Parameter& value) const;
};
constexpr ParameterCodec k_parameter;

struct UserCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr UserCodec k_user;

struct DirectoryCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { write_word(out, value); }
};
constexpr DirectoryCodec k_directory;

struct VoteSubjectCodec {
    base::Result<void> read(std::string_view text, VoteSubject& value) const;
    void write(std::string& out, const VoteSubject& value) const;
};
constexpr VoteSubjectCodec k_vote_subject;

struct FactSubjectCodec {
    base::Result<void> read(std::string_view text, FactSubject& value) const;
    void write(std::string& out, const FactSubject& value) const;
};
constexpr FactSubjectCodec k_fact_subject;

/// A name, or a whole number of at most 18 digits that may be negative.
struct FactValueCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr FactValueCodec k_fact_value;

/// A key's fingerprint as OpenSSH prints it: `SHA256:` and 43 characters of unpadded base64.
struct FingerprintCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr FingerprintCodec k_fingerprint;

/// At least one byte, as base64.
struct Base64Codec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const;
};
constexpr Base64Codec k_base64;

/// 16 to 64 bytes as hexadecimal, kept as text.
struct NonceTextCodec {
    base::Result<void> read(std::string_view text, std::string& value) const;
    void write(std::string& out, std::string_view value) const { out += value; }
};
constexpr NonceTextCodec k_nonce_text;

/// One of a few words: name_of() each value of the enumeration, from 0 to `Last`.
template <typename E, E Last>
struct ChoiceCodec {
    base::Result<void> read(std::string_view text, E& value) const {
        std::string expected;
        for (int i = 0; i <= static_cast<int>(Last); ++i) {
            if (name_of(static_cast<E>(i)) == text) {
                value = static_cast<E>(i);
                return {};
            }
        }
        for (int i = 0; i <= static_cast<int>(Last); ++i) {
            expected +=
                (i == 0 ? "expected one of " : ", ") + std::string(name_of(static_cast<E>(i)));
        }
        return base::bad_input(expected);
    }
    void write(std::string& out, E value) const { out += name_of(value); }
};

}  // namespace cheget::statement
