// Key files on disk: opened with care, and the openssh-key-v1 container around their keys.
// Internal to keys/.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/bytes.h"
#include "keys/descriptor.h"
#include "keys/locked_bytes.h"
#include "signature/public_key.h"

namespace cheget::keys {

constexpr std::size_t k_longest_key_file = std::size_t{64} * 1024;

struct OpenFile {
    Descriptor descriptor;
    struct stat status {};
};

/// Opens a regular file of at most k_longest_key_file bytes for reading; a pipe or a device is
/// refused before it can block.
base::Result<OpenFile> open_key_file(const std::string& path);

/// Fills `out`, whose size is the file's, from the start of the file.
base::Result<void> read_whole(const OpenFile& file, const std::string& path,
                              std::span<std::uint8_t> out);

/// An openssh-key-v1 file taken apart (OpenSSH PROTOCOL.key); the views point into `bytes`.
struct PrivateContainer {
    std::string_view cipher;
    base::BytesView public_key;
    base::BytesView private_part;
};
base::Result<PrivateContainer> parse_private_container(base::BytesView bytes);

/// An unencrypted P-256 key out of its container: the public half as it stands there, which nobody
/// has compared with the secret yet.
struct P256Secret {
    signature::PublicKey key;
    LockedBytes number;  ///< 32 bytes, big endian
};
base::Result<P256Secret> parse_p256_private_key(std::string_view pem);

/// The container's bytes, from the text of a private key file.
base::Result<LockedBytes> decode_private_key(std::string_view pem);

}  // namespace cheget::keys
