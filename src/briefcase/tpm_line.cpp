// The line's one spelling, and the arithmetic of names and policies.
#include "briefcase/tpm_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "briefcase/tpm.h"
#include "signature/wire.h"

namespace cheget::briefcase {

namespace {

using base::Bytes;
using base::BytesView;
using base::Digest;
using base::Result;
using signature::WireWriter;

constexpr std::size_t k_longest_private = 512;

// Handles (Part 2, "Handles"): NV indexes and persistent objects that an owner makes.
constexpr std::uint32_t k_first_nv = 0x01000000;
constexpr std::uint32_t k_last_nv = 0x01BFFFFF;
constexpr std::uint32_t k_first_persistent = 0x81000000;
constexpr std::uint32_t k_last_persistent = 0x817FFFFF;

std::unexpected<base::Error> malformed(std::string_view why) {
    return base::bad_input(
        fmt::format("the seal's `tpm` line is damaged or was changed: {}; take it from another "
                    "copy of the seal",
                    why));
}

/// The words of the line, one after the other.
class Words {
  public:
    explicit Words(std::string_view text) : rest_(text) {}

    Result<void> demand(std::string_view word) {
        if (base::take_until(rest_, ' ') != word) {
            return malformed(fmt::format("`{}` is expected in it", word));
        }
        return {};
    }
    Result<std::uint32_t> number(std::string_view name, std::uint32_t least, std::uint32_t most) {
        TRY(demand(name));
        const auto value = base::parse_number(base::take_until(rest_, ' '), most);
        if (!value || *value < least) {
            return malformed(fmt::format("`{}` is out of bounds", name));
        }
        return static_cast<std::uint32_t>(*value);
    }
    Result<std::uint32_t> handle(std::string_view name, std::uint32_t least, std::uint32_t most) {
        TRY(demand(name));
        std::array<std::uint8_t, 4> bytes{};
        if (!base::decode_hex(base::take_until(rest_, ' '), bytes)) {
            return malformed(fmt::format("`{}` is not 8 hexadecimal digits", name));
        }
        const std::uint32_t value = std::uint32_t{bytes[0]} << 24U |
                                    std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U |
                                    std::uint32_t{bytes[3]};
        if (value < least || value > most) {
            return malformed(fmt::format("`{}` is not a handle that an owner makes", name));
        }
        return value;
    }
    Result<Bytes> bytes(std::size_t least, std::size_t most) {
        auto value = base::from_base64(base::take_until(rest_, ' '));
        if (!value || value->size() < least || value->size() > most) {
            return malformed("a key in it is not what TPMs make");
        }
        return value;
    }
    template <std::size_t Size>
    Result<void> fill(std::array<std::uint8_t, Size>& out) {
        const Bytes value = TRY(bytes(Size, Size));
        std::ranges::copy(value, out.begin());
        return {};
    }
    Result<void> point(std::string_view name, TpmPoint& out) {
        TRY(demand(name));
        TRY(fill(out));
        if (!key_of(out)) {
            return malformed(fmt::format("`{}` is no point of P-256", name));
        }
        return {};
    }
    bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

Result<void> read_places(Words& words, TpmLine& line) {
    line.limit = TRY(words.number("limit", k_fewest_tries, k_most_tries));
    line.tries_index = TRY(words.handle("tries", k_first_nv, k_last_nv));
    line.counter_index = TRY(words.handle("counter", k_first_nv, k_last_nv));
    line.storage_handle = TRY(words.handle("storage", k_first_persistent, k_last_persistent));
    if (line.tries_index == line.counter_index) {
        return malformed("one index can't count both");
    }
    return {};
}

// The structures as they are hashed: TPM2B are sizes of two bytes and then the bytes.

void write_u16(WireWriter& writer, std::size_t value) {
    writer.write_byte(static_cast<std::uint8_t>(value >> 8U));
    writer.write_byte(static_cast<std::uint8_t>(value));
}

void write_sized(WireWriter& writer, BytesView bytes) {
    write_u16(writer, bytes.size());
    writer.write_raw(bytes);
}

constexpr std::uint16_t k_sha256 = 0x000B;
constexpr std::uint16_t k_null = 0x0010;
constexpr std::uint16_t k_ecdsa = 0x0018;
constexpr std::uint16_t k_hmac = 0x0005;
constexpr std::uint16_t k_keyed_hash = 0x0008;
constexpr std::uint16_t k_ecc = 0x0023;
constexpr std::uint16_t k_aes = 0x0006;
constexpr std::uint16_t k_cfb = 0x0043;
constexpr std::uint16_t k_p256 = 0x0003;

TpmName name_of(WireWriter&& area) {
    const Bytes bytes = std::move(area).take();
    const Digest digest = base::sha256(bytes);
    TpmName name{};
    name[0] = static_cast<std::uint8_t>(k_sha256 >> 8U);
    name[1] = static_cast<std::uint8_t>(k_sha256);
    std::ranges::copy(digest.bytes, name.begin() + 2);
    return name;
}

/// TPMS_NV_PUBLIC of an index of 8 bytes.
TpmName name_of_index(std::uint32_t index, std::uint32_t attributes, BytesView policy) {
    WireWriter area;
    area.write_u32(index);
    write_u16(area, k_sha256);
    area.write_u32(attributes);
    write_sized(area, policy);
    write_u16(area, 8);
    return name_of(std::move(area));
}

/// TPMT_PUBLIC of a key on P-256, with what stands for its symmetric cipher and its scheme.
TpmName name_of_point(const TpmPoint& point, std::uint32_t attributes,
                      std::initializer_list<std::uint16_t> symmetric,
                      std::initializer_list<std::uint16_t> scheme) {
    WireWriter area;
    write_u16(area, k_ecc);
    write_u16(area, k_sha256);
    area.write_u32(attributes);
    write_u16(area, 0);  // no policy
    for (const auto& parts : {symmetric, scheme}) {
        for (const std::uint16_t part : parts) {
            write_u16(area, part);
        }
    }
    write_u16(area, k_p256);
    write_u16(area, k_null);
    write_sized(area, BytesView(point).first(32));
    write_sized(area, BytesView(point).subspan(32));
    return name_of(std::move(area));
}

TpmName name_of_outside(const TpmPoint& point) {
    return name_of_point(point, k_outside_attributes, {k_null}, {k_ecdsa, k_sha256});
}

constexpr std::uint32_t k_command_policy_signed = 0x160;
constexpr std::uint32_t k_command_policy_secret = 0x151;
constexpr std::uint32_t k_command_policy_or = 0x171;
constexpr std::uint32_t k_command_policy_code = 0x16C;
constexpr std::uint32_t k_command_nv_read = 0x14E;
constexpr std::uint32_t k_command_nv_certify = 0x184;
constexpr std::uint32_t k_command_nv_write = 0x137;

/// A policy that begins with one command; for those that name an object, its reference is hashed
/// in after it.
Digest begin_policy(std::uint32_t command, BytesView about) {
    WireWriter writer;
    writer.write_raw(Digest{}.bytes);
    writer.write_u32(command);
    writer.write_raw(about);
    return base::sha256(writer.take());
}

Digest with_reference(const Digest& policy, BytesView reference) {
    WireWriter writer;
    writer.write_raw(policy.bytes);
    writer.write_raw(reference);
    return base::sha256(writer.take());
}

Digest signed_by(const TpmPoint& point) {
    return with_reference(begin_policy(k_command_policy_signed, name_of_outside(point)),
                          base::as_bytes(k_reset_reference));
}

Digest only_command(std::uint32_t command) {
    WireWriter code;
    code.write_u32(command);
    return begin_policy(k_command_policy_code, code.take());
}

}  // namespace

std::string render(const TpmLine& line) {
    return fmt::format(
        "1 limit {} tries {:08x} counter {:08x} storage {:08x} by {} recovery {} maker {} answer "
        "{} {} attest {} {}",
        line.limit, line.tries_index, line.counter_index, line.storage_handle,
        base::to_base64(line.storage), base::to_base64(line.recovery), base::to_base64(line.maker),
        base::to_base64(line.answer), base::to_base64(line.answer_private),
        base::to_base64(line.attest), base::to_base64(line.attest_private));
}

Result<TpmLine> parse_tpm_line(std::string_view text) {
    if (text.size() > k_longest_tpm_line) {
        return malformed("it is too long");
    }
    TpmLine line;
    Words words(text);
    TRY(words.demand("1"));
    TRY(read_places(words, line));
    TRY(words.point("by", line.storage));
    TRY(words.point("recovery", line.recovery));
    TRY(words.point("maker", line.maker));
    TRY(words.demand("answer"));
    TRY(words.fill(line.answer));
    line.answer_private = TRY(words.bytes(1, k_longest_private));
    TRY(words.point("attest", line.attest));
    line.attest_private = TRY(words.bytes(1, k_longest_private));
    if (!words.at_end() || render(line) != text) {
        return malformed("it is not spelt as such lines are");
    }
    return line;
}

Result<signature::PublicKey> key_of(const TpmPoint& point) {
    WireWriter encoded;
    encoded.write_byte(4);
    encoded.write_raw(point);
    WireWriter blob;
    blob.write_string(signature::type_name(signature::KeyType::ecdsa_p256));
    blob.write_string(std::string_view("nistp256"));
    blob.write_string(BytesView(encoded.take()));
    return signature::PublicKey::from_blob(blob.take());
}

Result<TpmPoint> point_of(const signature::PublicKey& key) {
    if (key.type() != signature::KeyType::ecdsa_p256) {
        return base::fail(base::ErrorKind::usage,
                          fmt::format("a TPM can't verify a key of the type {}: the recovery "
                                      "authority's is made with `ssh-keygen -t ecdsa -b 256`",
                                      signature::type_name(key.type())));
    }
    TpmPoint point{};
    std::ranges::copy(key.blob().last(point.size()), point.begin());
    return point;
}

Result<signature::PublicKey> attestation_key_of(std::string_view line) {
    const TpmLine parsed = TRY(parse_tpm_line(line));
    return key_of(parsed.attest);
}

TpmName tries_name(const TpmLine& line, bool written) {
    return name_of_index(line.tries_index, tries_attributes(written), tries_policy(line).bytes);
}

TpmName counter_name(const TpmLine& line) {
    return name_of_index(line.counter_index, counter_attributes(true), tries_policy(line).bytes);
}

TpmName storage_name(const TpmPoint& storage) {
    return name_of_point(storage, k_storage_attributes, {k_aes, 128, k_cfb}, {k_null});
}

TpmName attest_name(const TpmPoint& attest) {
    return name_of_point(attest, k_attest_attributes, {k_null}, {k_ecdsa, k_sha256});
}

TpmName answer_name(const TpmLine& line) {
    WireWriter area;
    write_u16(area, k_keyed_hash);
    write_u16(area, k_sha256);
    area.write_u32(k_answer_attributes);
    write_sized(area, answer_policy(line).bytes);
    write_u16(area, k_hmac);
    write_u16(area, k_sha256);
    write_sized(area, line.answer);
    return name_of(std::move(area));
}

std::array<Digest, 4> tries_branches(const TpmLine& line) {
    return {signed_by(line.recovery), signed_by(line.maker), only_command(k_command_nv_read),
            only_command(k_command_nv_certify)};
}

Digest tries_policy(const TpmLine& line) {
    WireWriter all;
    for (const Digest& branch : tries_branches(line)) {
        all.write_raw(branch.bytes);
    }
    return begin_policy(k_command_policy_or, all.take());
}

Digest answer_policy(const TpmLine& line) {
    return with_reference(begin_policy(k_command_policy_secret, tries_name(line)), {});
}

Digest hash_of_reset(BytesView name_of_tries, std::uint32_t limit) {
    WireWriter writer;
    writer.write_u32(k_command_nv_write);
    writer.write_raw(name_of_tries);  // who authorizes it: the index itself
    writer.write_raw(name_of_tries);
    write_u16(writer, 8);
    writer.write_u32(0);  // none used
    writer.write_u32(limit);
    write_u16(writer, 0);  // from its beginning
    return base::sha256(writer.take());
}

std::uint32_t tries_attributes(bool written) {
    // PIN-PASS, written and read by policy, exempt from the lockout that others' mistakes bring.
    return 0x02080098U | (written ? 0x20000000U : 0U);
}

std::uint32_t counter_attributes(bool written) {
    // Read and counted up by its empty secret, so by anybody: it goes nowhere but up.
    return 0x02040014U | (written ? 0x20000000U : 0U);
}

}  // namespace cheget::briefcase
