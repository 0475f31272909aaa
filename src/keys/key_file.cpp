// Public keys of key files, and the container that private ones come in.
#include "keys/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "keys/signer.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

constexpr std::string_view k_begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view k_end = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view k_magic{"openssh-key-v1\0", 15};

std::unexpected<base::Error> unreachable(const std::string& what, const std::string& path) {
    return base::fail(base::ErrorKind::unreachable,
                      fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

base::Result<std::string> read_text_file(const std::string& path) {
    OpenFile file = TRY(open_key_file(path));
    std::string text(static_cast<std::size_t>(file.status.st_size), '\0');
    TRY(read_whole(file, path, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
    return text;
}

// The first two words of a public key line; a comment may follow.
base::Result<signature::PublicKey> parse_public_line(std::string_view text) {
    std::string_view line = base::take_until(text, '\n');
    std::size_t comment = line.find(' ', std::min(line.find(' '), line.size() - 1) + 1);
    return signature::PublicKey::from_text(line.substr(0, comment));
}

// The public key that stands in clear in a private key file, an encrypted one too.
base::Result<signature::PublicKey> public_half(std::string_view pem) {
    std::string_view body = TRY(private_key_body(pem));
    base::Bytes decoded(body.size());
    std::size_t size = 0;
    if (sodium_base642bin(decoded.data(), decoded.size(), body.data(), body.size(), "\n", &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return base::bad_input("the private key file is not base64");
    }
    auto container = parse_private_container(base::BytesView(decoded).first(size));
    auto key =
        container
            ? signature::PublicKey::from_blob(container->public_key)
            : base::Result<signature::PublicKey>(std::unexpected(std::move(container).error()));
    sodium_memzero(decoded.data(), decoded.size());
    return key;
}

base::Result<signature::PublicKey> told(const std::string& path,
                                        base::Result<signature::PublicKey> key) {
    if (!key) {
        return std::unexpected(base::within("key file " + path, std::move(key).error()));
    }
    return key;
}

}  // namespace

base::Result<OpenFile> open_key_file(const std::string& path) {
    OpenFile file;
    file.descriptor = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.descriptor.number() < 0 || fstat(file.descriptor.number(), &file.status) != 0) {
        return unreachable("cannot open the key file", path);
    }
    if (!S_ISREG(file.status.st_mode)) {
        return base::bad_input(fmt::format("key file {}: it is not a regular file", path));
    }
    if (file.status.st_size < 0 ||
        static_cast<std::size_t>(file.status.st_size) > k_longest_key_file) {
        return base::bad_input(
            fmt::format("key file {}: it is longer than {} bytes", path, k_longest_key_file));
    }
    return file;
}

base::Result<void> read_whole(const OpenFile& file, const std::string& path,
                              std::span<std::uint8_t> out) {
    while (!out.empty()) {
        ssize_t got = read(file.descriptor.number(), out.data(), out.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? unreachable("cannot read the key file", path)
                           : base::bad_input("key file " + path + ": it shrank while it was read");
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

base::Result<std::string_view> private_key_body(std::string_view pem) {
    std::size_t end = pem.find(k_end);
    if (!pem.starts_with(k_begin) || end == std::string_view::npos || end < k_begin.size() ||
        (pem.substr(end + k_end.size()) != "\n" && end + k_end.size() != pem.size())) {
        return base::bad_input(
            "it is not an OpenSSH private key file (-----BEGIN OPENSSH PRIVATE KEY-----)");
    }
    return pem.substr(k_begin.size(), end - k_begin.size());
}

base::Result<PrivateContainer> parse_private_container(base::BytesView bytes) {
    signature::WireReader reader(bytes);
    base::BytesView magic = TRY(reader.read_raw(k_magic.size()));
    PrivateContainer container;
    container.cipher = TRY(reader.read_text());
    std::string_view derivation = TRY(reader.read_text());
    base::BytesView options = TRY(reader.read_string());
    std::uint32_t count = TRY(reader.read_u32());
    container.public_key = TRY(reader.read_string());
    container.private_part = TRY(reader.read_string());
    // An encrypted file may end in the cipher's authentication tag; a plain one ends here.
    bool plain_has_more = container.cipher == "none" &&
                          (derivation != "none" || !options.empty() || !reader.at_end());
    if (base::as_text(magic) != k_magic || count != 1 || plain_has_more) {
        return base::bad_input("the private key file does not hold exactly one OpenSSH key");
    }
    return container;
}

base::Result<signature::PublicKey> public_key_of_file(const std::string& path) {
    if (!path.ends_with(".pub") && access((path + ".pub").c_str(), F_OK) == 0) {
        return public_key_of_file(path + ".pub");
    }
    std::string text = TRY(read_text_file(path));
    auto key = text.starts_with("-----BEGIN") ? public_half(text) : parse_public_line(text);
    sodium_memzero(text.data(), text.size());
    return told(path, std::move(key));
}

}  // namespace cheget::keys
