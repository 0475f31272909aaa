// Public keys of key files, and the container that private ones come in.
#include "keys/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "keys/signer.h"

namespace cheget::keys {
namespace {

std::unexpected<base::Error> unreachable(const std::string& what, const std::string& path) {
    return base::fail(base::ErrorKind::unreachable,
                      fmt::format("{} {}: {}", what, base::shown(path), std::strerror(errno)));
}

// The first two words of a public key line; a comment may follow.
base::Result<signature::PublicKey> parse_public_line(std::string_view text) {
    std::string_view line = base::take_until(text, '\n');
    std::size_t comment = line.find(' ', std::min(line.find(' '), line.size() - 1) + 1);
    return signature::PublicKey::from_text(line.substr(0, comment));
}

// The public key that stands in clear in a private key file, an encrypted one too.
base::Result<signature::PublicKey> public_half(std::string_view pem) {
    LockedBytes decoded = TRY(decode_private_key(pem));
    PrivateContainer container = TRY(parse_private_container(decoded.view()));
    return signature::PublicKey::from_blob(container.public_key);
}

base::Result<signature::PublicKey> told(const std::string& path,
                                        base::Result<signature::PublicKey> key) {
    if (!key) {
        return std::unexpected(
            base::within("key file " + base::shown(path), std::move(key).error()));
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
        return base::bad_input(
            fmt::format("key file {}: it is not a regular file", base::shown(path)));
    }
    if (file.status.st_size < 0 ||
        static_cast<std::size_t>(file.status.st_size) > k_longest_key_file) {
        return base::bad_input(fmt::format("key file {}: it is longer than {} bytes",
                                           base::shown(path), k_longest_key_file));
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
                           : base::bad_input("key file " + base::shown(path) +
                                             ": it shrank while it was read");
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

base::Result<signature::PublicKey> public_key_of_file(const std::string& path) {
    const std::string beside = path + ".pub";
    bool has_public_file = !path.ends_with(".pub") && access(beside.c_str(), F_OK) == 0;
    const std::string& chosen = has_public_file ? beside : path;
    TRY(start_sodium());
    OpenFile file = TRY(open_key_file(chosen));
    LockedBytes bytes = TRY(LockedBytes::make(static_cast<std::size_t>(file.status.st_size)));
    TRY(read_whole(file, chosen, bytes.span()));
    std::string_view text = base::as_text(bytes.view());
    auto key = text.starts_with("-----BEGIN") ? public_half(text) : parse_public_line(text);
    return told(chosen, std::move(key));
}

}  // namespace cheget::keys
