// Keys of logs and witnesses, made, read and used.
#include "keys/note_signer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "keys/key_file.h"
#include "keys/locked_bytes.h"

namespace cheget::keys {
namespace {

constexpr std::string_view k_prefix = "PRIVATE+KEY+";
constexpr std::size_t k_longest_line = 512;

base::Error told(const std::string& path, std::string_view why) {
    return {base::ErrorKind::bad_input, fmt::format("the key file {}: {}", base::shown(path), why)};
}

base::Result<std::array<std::uint8_t, 32>> derive(base::BytesView seed, LockedBytes& secret) {
    std::array<std::uint8_t, 32> point{};
    if (crypto_sign_seed_keypair(point.data(), secret.span().data(), seed.data()) != 0) {
        return base::bad_input("the seed makes no key");
    }
    return point;
}

// The type and the seed, out of base64, without a copy outside locked memory.
base::Result<LockedBytes> decode(std::string_view base64) {
    LockedBytes bytes = TRY(LockedBytes::make(1 + crypto_sign_SEEDBYTES));
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.span().data(), bytes.span().size(), base64.data(), base64.size(),
                          nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != bytes.span().size() || end != base64.data() + base64.size()) {
        return base::bad_input("after its name and id stands the base64 of a type and 32 bytes");
    }
    return bytes;
}

base::Result<void> write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) {
            return base::fail(base::ErrorKind::unreachable, std::strerror(errno));
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) {
        return base::fail(base::ErrorKind::unreachable, std::strerror(errno));
    }
    return {};
}

}  // namespace

NoteSigner::NoteSigner() = default;
NoteSigner::NoteSigner(NoteSigner&& other) noexcept = default;
NoteSigner& NoteSigner::operator=(NoteSigner&& other) noexcept = default;
NoteSigner::~NoteSigner() = default;

base::Result<NoteSigner> NoteSigner::create(const std::string& path, std::string_view name,
                                            std::uint8_t type) {
    TRY(start_sodium());
    LockedBytes seed = TRY(LockedBytes::make(1 + crypto_sign_SEEDBYTES));
    seed.span()[0] = type;
    randombytes_buf(seed.span().data() + 1, crypto_sign_SEEDBYTES);
    NoteSigner signer;
    signer.secret_ =
        std::make_unique<LockedBytes>(TRY(LockedBytes::make(crypto_sign_SECRETKEYBYTES)));
    const auto point = TRY(derive(seed.view().subspan(1), *signer.secret_));
    signer.key_ = TRY(signature::make_note_key(name, type, point));
    const Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.number() < 0) {
        return base::fail(base::ErrorKind::unreachable,
                          fmt::format("cannot make the key file {}: {}", base::shown(path),
                                      std::strerror(errno)));
    }
    LockedBytes line = TRY(LockedBytes::make(k_longest_line));
    const std::string head =
        fmt::format("{}{}+{}+", k_prefix, signer.key_.name, signature::to_text(signer.key_.id));
    auto* out = reinterpret_cast<char*>(line.span().data());
    std::copy(head.begin(), head.end(), out);
    sodium_bin2base64(out + head.size(), k_longest_line - head.size() - 1, seed.view().data(),
                      seed.view().size(), sodium_base64_VARIANT_ORIGINAL);
    const std::size_t length = std::strlen(out);
    out[length] = '\n';
    if (auto written = write_all(file.number(), {out, length + 1}); !written) {
        return std::unexpected(base::within(
            fmt::format("writing the key file {}", base::shown(path)), written.error()));
    }
    return signer;
}

base::Result<NoteSigner> NoteSigner::load(const std::string& path) {
    TRY(start_sodium());
    const OpenFile file = TRY(open_key_file(path));
    if (file.status.st_uid != ::geteuid() || (file.status.st_mode & 077) != 0) {
        return std::unexpected(told(
            path, "it belongs to another user, or others may read or change it: chmod 600 it"));
    }
    LockedBytes bytes = TRY(LockedBytes::make(static_cast<std::size_t>(file.status.st_size)));
    TRY(read_whole(file, path, bytes.span()));
    std::string_view line = base::as_text(bytes.view());
    if (!line.starts_with(k_prefix) || !line.ends_with('\n') || line.size() > k_longest_line) {
        return std::unexpected(
            told(path, fmt::format("it is not one line `{}NAME+KEYID+BASE64`, as "
                                   "`cheget log key` writes it",
                                   k_prefix)));
    }
    line.remove_prefix(k_prefix.size());
    line.remove_suffix(1);
    const std::string name(base::take_until(line, '+'));
    const std::string id(base::take_until(line, '+'));
    auto seed = decode(line);
    if (!seed) {
        return std::unexpected(told(path, seed.error().message));
    }
    NoteSigner signer;
    signer.secret_ =
        std::make_unique<LockedBytes>(TRY(LockedBytes::make(crypto_sign_SECRETKEYBYTES)));
    const auto point = TRY(derive(seed->view().subspan(1), *signer.secret_));
    signer.key_ = TRY(signature::make_note_key(name, seed->view()[0], point));
    if (signature::to_text(signer.key_.id) != id) {
        return std::unexpected(
            told(path, fmt::format("the key's id is {}, and `{}` stands there",
                                   signature::to_text(signer.key_.id), base::shown(id))));
    }
    return signer;
}

base::Bytes NoteSigner::sign(std::string_view message) const {
    base::Bytes signature(crypto_sign_BYTES);
    const base::BytesView bytes = base::as_bytes(message);
    crypto_sign_detached(signature.data(), nullptr, bytes.data(), bytes.size(),
                         secret_->view().data());
    return signature;
}

}  // namespace cheget::keys
