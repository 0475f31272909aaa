// TPMS_ATTEST read to its last byte, and its two signatures checked.
#include "signature/tpm_quote.h"

#include <fmt/format.h>

#include <algorithm>

#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::signature {
namespace {

using base::BytesView;
using base::Result;

constexpr std::string_view k_version = "cheget-tpm-quote-v1";
constexpr std::size_t k_challenge_size = 32;
constexpr std::size_t k_number_size = 32;
constexpr std::size_t k_contents_size = 8;

// TPM 2.0 Library, Part 2: TPM_GENERATED, TPM_ST, TPM_ALG_ID.
constexpr std::uint32_t k_generated = 0xFF544347;
constexpr std::uint32_t k_attests_nv = 0x8014;
constexpr std::uint32_t k_sha256 = 0x000B;

/// What a TPM puts before what it attests: nobody else's business here.
constexpr std::size_t k_clock_size = 8 + 4 + 4;
constexpr std::size_t k_firmware_version_size = 8;
constexpr std::size_t k_name_size = 2 + 32;

Result<std::uint64_t> read_number(WireReader& reader, std::size_t size) {
    const BytesView bytes = TRY(reader.read_raw(size));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8U | byte;
    }
    return value;
}

/// A TPM2B: as many bytes as its two first ones say.
Result<BytesView> read_sized(WireReader& reader) {
    const std::uint64_t size = TRY(read_number(reader, 2));
    return reader.read_raw(size);
}

/// A name of an object or an index with SHA-256 as its algorithm: nothing else is made for a
/// briefcase.
Result<BytesView> read_name(WireReader& reader) {
    const BytesView name = TRY(read_sized(reader));
    if (name.size() != k_name_size || name[0] != (k_sha256 >> 8U) || name[1] != (k_sha256 & 0xFF)) {
        return base::bad_input("a name in it is not one by SHA-256");
    }
    return name;
}

/// One index as it was certified; the views point into the quote.
struct Certified {
    BytesView signer;
    BytesView name;
    BytesView contents;
};

Result<void> read_head(WireReader& reader, BytesView challenge, Certified& certified) {
    const std::uint64_t magic = TRY(read_number(reader, 4));
    const std::uint64_t type = TRY(read_number(reader, 2));
    if (magic != k_generated || type != k_attests_nv) {
        return base::bad_input("no TPM made it, or it certifies something other than an NV index");
    }
    certified.signer = TRY(read_name(reader));
    const BytesView extra = TRY(read_sized(reader));
    if (!std::ranges::equal(extra, challenge)) {
        return base::bad_input("it answers another challenge: it is old, or over another text");
    }
    TRY(reader.read_raw(k_clock_size));
    const std::uint64_t safe = TRY(read_number(reader, 1));
    if (safe > 1) {
        return base::bad_input("its clock is neither safe nor unsafe");
    }
    TRY(reader.read_raw(k_firmware_version_size));
    return {};
}

Result<Certified> read_attest(BytesView attest, BytesView challenge) {
    WireReader reader(attest);
    Certified certified;
    TRY(read_head(reader, challenge, certified));
    certified.name = TRY(read_name(reader));
    const std::uint64_t offset = TRY(read_number(reader, 2));
    certified.contents = TRY(read_sized(reader));
    if (offset != 0 || certified.contents.size() != k_contents_size) {
        return base::bad_input("it does not certify the whole index");
    }
    if (!reader.at_end()) {
        return base::bad_input(
            fmt::format("{} bytes are left over in what was certified", reader.remaining()));
    }
    return certified;
}

BytesView without_leading_zeros(BytesView number) {
    const auto first =
        std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; }) - number.begin();
    return number.subspan(static_cast<std::size_t>(first));
}

/// The next TPMS_ATTEST and its signature, verified.
Result<Certified> read_certified(WireReader& reader, const PublicKey& key, BytesView challenge) {
    const BytesView attest = TRY(reader.read_string());
    const BytesView signature = TRY(reader.read_string());
    if (signature.size() != 2 * k_number_size) {
        return base::bad_input("a signature in it is not 64 bytes");
    }
    if (!verify_ecdsa_p256(key, attest, without_leading_zeros(signature.first(k_number_size)),
                           without_leading_zeros(signature.subspan(k_number_size)))) {
        return base::bad_input("a signature in it does not verify: it was changed or forged");
    }
    return read_attest(attest, challenge);
}

std::uint64_t big_endian(BytesView bytes) {
    WireReader reader(bytes);
    return read_number(reader, bytes.size()).value_or(0);
}

Result<TpmQuote> read_quote(BytesView quote, BytesView challenge) {
    WireReader reader(quote);
    const std::string_view version = TRY(reader.read_text());
    if (version != k_version) {
        return base::bad_input(fmt::format("it does not begin with {}", k_version));
    }
    const BytesView blob = TRY(reader.read_string());
    TpmQuote told{.key = TRY(PublicKey::from_blob(blob))};
    if (told.key.type() != KeyType::ecdsa_p256) {
        return base::bad_input("its key is not of the type ecdsa-sha2-nistp256");
    }
    const Certified tries = TRY(read_certified(reader, told.key, challenge));
    const Certified counter = TRY(read_certified(reader, told.key, challenge));
    if (!reader.at_end()) {
        return base::bad_input(fmt::format("{} bytes are left over", reader.remaining()));
    }
    if (!std::ranges::equal(tries.signer, counter.signer) ||
        std::ranges::equal(tries.name, counter.name)) {
        return base::bad_input("its two halves do not belong together");
    }
    told.tries_used = static_cast<std::uint32_t>(big_endian(tries.contents.first(4)));
    told.tries_limit = static_cast<std::uint32_t>(big_endian(tries.contents.subspan(4)));
    told.counter = big_endian(counter.contents);
    told.tries_name.assign(tries.name.begin(), tries.name.end());
    told.counter_name.assign(counter.name.begin(), counter.name.end());
    return told;
}

}  // namespace

Result<TpmQuote> verify_tpm_quote(BytesView quote, BytesView challenge) {
    auto told = [&]() -> Result<TpmQuote> {
        if (challenge.size() != k_challenge_size) {
            return base::bad_input(fmt::format("a challenge has {} bytes, this one {}",
                                               k_challenge_size, challenge.size()));
        }
        if (quote.size() > k_longest_tpm_quote) {
            return base::bad_input(fmt::format("it is longer than {} bytes", k_longest_tpm_quote));
        }
        return read_quote(quote, challenge);
    }();
    if (!told) {
        return std::unexpected(base::within("TPM quote", std::move(told).error()));
    }
    return told;
}

base::Bytes make_tpm_quote(BytesView key_blob, const TpmAttestation& tries,
                           const TpmAttestation& counter) {
    WireWriter writer;
    writer.write_string(k_version);
    writer.write_string(key_blob);
    for (const TpmAttestation* one : {&tries, &counter}) {
        writer.write_string(BytesView(one->attest));
        writer.write_string(BytesView(one->signature));
    }
    return writer.take();
}

}  // namespace cheget::signature
