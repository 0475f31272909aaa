// SHA-256 and SHA-512 of what gets signed, cheap for small texts. Internal to signature/.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"
#include "signature/sshsig.h"

namespace cheget::signature {

/// A digest of 32 or 64 bytes, without allocation.
struct MessageDigest {
    std::array<std::uint8_t, 64> buffer{};
    std::size_t size = 0;

    base::BytesView view() const { return base::BytesView(buffer).first(size); }
};

/// The digest of the parts put one after the other.
MessageDigest digest_of(MessageHash hash, std::initializer_list<base::BytesView> parts);

/// `sha256` or `sha512`, as the container spells it.
std::string_view hash_name(MessageHash hash);

}  // namespace cheget::signature
