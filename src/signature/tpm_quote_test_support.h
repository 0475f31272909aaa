// What a TPM certifies, written by hand, for tests and fuzzing: every field can be another.
#pragma once

#include "signature/test_keys.h"
#include "signature/tpm_quote.h"

namespace cheget::signature::test_keys {

/// TPMS_ATTEST of an NV index (TPM 2.0 Library, Part 2).
struct Attest {
    std::uint32_t magic = 0xFF544347;
    std::uint16_t type = 0x8014;
    base::Bytes signer = name(1);
    base::Bytes challenge = base::Bytes(32, 0xC5);
    std::uint8_t safe = 1;
    base::Bytes index = name(2);
    std::uint16_t offset = 0;
    base::Bytes contents = {0, 0, 0, 3, 0, 0, 0, 8};
    base::Bytes tail{};

    /// A name by SHA-256.
    static base::Bytes name(std::uint8_t of) {
        base::Bytes bytes(34, of);
        bytes[0] = 0;
        bytes[1] = 0x0B;
        return bytes;
    }

    base::Bytes bytes() const {
        WireWriter writer;
        writer.write_u32(magic);
        write_u16(writer, type);
        write_sized(writer, signer);
        write_sized(writer, challenge);
        writer.write_raw(base::Bytes(16, 0x11));
        writer.write_byte(safe);
        writer.write_raw(base::Bytes(8, 0x22));
        write_sized(writer, index);
        write_u16(writer, offset);
        write_sized(writer, contents);
        writer.write_raw(tail);
        return writer.take();
    }

    static void write_u16(WireWriter& writer, std::size_t value) {
        writer.write_byte(static_cast<std::uint8_t>(value >> 8U));
        writer.write_byte(static_cast<std::uint8_t>(value));
    }
    static void write_sized(WireWriter& writer, base::BytesView bytes) {
        write_u16(writer, bytes.size());
        writer.write_raw(bytes);
    }
};

/// Signed as a TPM signs: r and s, 32 bytes each.
inline TpmAttestation attested(const SoftKey& key, base::BytesView attest) {
    TpmAttestation made{base::Bytes(attest.begin(), attest.end()), base::Bytes(64)};
    const base::Bytes numbers = key.bare(attest);
    WireReader reader(numbers);
    for (std::size_t half = 0; half < 2; ++half) {
        const base::BytesView number = reader.read_positive_mpint().value();
        std::ranges::copy(number, made.signature.begin() +
                                      static_cast<std::ptrdiff_t>(32 * (half + 1) - number.size()));
    }
    return made;
}

}  // namespace cheget::signature::test_keys
