// A machine's key: an unencrypted Ed25519 file, held in locked memory, that signs unattended.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "keys/key_file.h"
#include "keys/locked_bytes.h"
#include "keys/signer.h"
#include "signature/sshsig.h"
#include "signature/wire.h"

namespace cheget::keys {
namespace {

constexpr std::string_view k_ed25519 = "ssh-ed25519";
constexpr std::size_t k_secret_size = crypto_sign_SECRETKEYBYTES;

base::Result<void> start_sodium() {
    if (sodium_init() < 0) {
        return base::fail(base::ErrorKind::unreachable,
                          "libsodium cannot start: the system gives no random bytes");
    }
    return {};
}

// The padding is 1, 2, 3 … up to the cipher's block, 8 bytes where there is none.
bool is_padding(signature::WireReader& reader) {
    if (reader.remaining() >= 8) {
        return false;
    }
    for (std::uint8_t expected = 1; !reader.at_end(); ++expected) {
        if (reader.read_byte() != expected) {
            return false;
        }
    }
    return true;
}

// Reads the decrypted part: two equal check numbers, the key, a comment, padding.
base::Result<void> read_private_part(base::BytesView part, std::span<std::uint8_t, 64> secret) {
    signature::WireReader reader(part);
    std::uint32_t check = TRY(reader.read_u32());
    std::uint32_t again = TRY(reader.read_u32());
    std::string_view type = TRY(reader.read_text());
    base::BytesView point = TRY(reader.read_string());
    base::BytesView both = TRY(reader.read_string());
    TRY(reader.read_string());  // the comment
    if (part.size() % 8 != 0 || check != again || type != k_ed25519 || point.size() != 32 ||
        both.size() != secret.size() || !is_padding(reader)) {
        return base::bad_input("the private part of the key file does not hold together");
    }
    // Signing with a public half that is not the secret's would give the secret away.
    std::array<std::uint8_t, 32> derived{};
    crypto_sign_seed_keypair(derived.data(), secret.data(), both.data());
    if (!std::ranges::equal(derived, point) || !std::ranges::equal(derived, both.subspan(32))) {
        sodium_memzero(secret.data(), secret.size());
        return base::bad_input("the public half in the key file is not that of its secret");
    }
    return {};
}

base::Result<signature::PublicKey> read_container(base::BytesView bytes,
                                                  std::span<std::uint8_t, 64> secret) {
    PrivateContainer container = TRY(parse_private_container(bytes));
    if (container.cipher != "none") {
        return base::bad_input(
            "it is encrypted, and a machine can type no passphrase: make a key of its own with "
            "ssh-keygen -t ed25519 -N ''");
    }
    signature::PublicKey key = TRY(signature::PublicKey::from_blob(container.public_key));
    if (key.type() != signature::KeyType::ed25519) {
        return base::bad_input("a machine's key must be of the type ssh-ed25519");
    }
    TRY(read_private_part(container.private_part, secret));
    if (!std::ranges::equal(key.ed25519_point(), secret.subspan(32))) {
        sodium_memzero(secret.data(), secret.size());
        return base::bad_input("the public key in the key file is not that of its secret");
    }
    return key;
}

base::Result<void> check_owner(const OpenFile& file) {
    if (file.status.st_uid != geteuid()) {
        return base::bad_input(fmt::format("it belongs to user {}, not to user {} who runs this",
                                           file.status.st_uid, geteuid()));
    }
    if ((file.status.st_mode & 077) != 0) {
        return base::bad_input("others may read or change it: chmod 600 it");
    }
    return {};
}

}  // namespace

base::Result<signature::PublicKey> parse_private_key(std::string_view pem,
                                                     std::span<std::uint8_t, 64> secret) {
    TRY(start_sodium());
    std::string_view body = TRY(private_key_body(pem));
    LockedBytes decoded = TRY(LockedBytes::make(body.size()));
    std::size_t size = 0;
    if (sodium_base642bin(decoded.span().data(), decoded.span().size(), body.data(), body.size(),
                          "\n", &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return base::bad_input("the private key file is not base64");
    }
    return read_container(decoded.view().first(size), secret);
}

base::Result<MachineKey> MachineKey::load(const std::string& path) {
    TRY(start_sodium());
    OpenFile file = TRY(open_key_file(path));
    auto told = [&](base::Error error) {
        return std::unexpected(base::within("key file " + path, std::move(error)));
    };
    if (auto owner = check_owner(file); !owner) {
        return told(std::move(owner).error());
    }
    LockedBytes text = TRY(LockedBytes::make(static_cast<std::size_t>(file.status.st_size)));
    TRY(read_whole(file, path, text.span()));
    MachineKey key;
    key.secret_ = static_cast<unsigned char*>(sodium_malloc(k_secret_size));
    if (key.secret_ == nullptr) {
        return told({base::ErrorKind::unreachable, "no locked memory for the secret"});
    }
    auto parsed =
        parse_private_key(base::as_text(text.view()),
                          std::span<std::uint8_t, k_secret_size>(key.secret_, k_secret_size));
    if (!parsed) {
        return told(std::move(parsed).error());
    }
    sodium_mprotect_readonly(key.secret_);
    key.public_key_ = std::make_unique<signature::PublicKey>(std::move(*parsed));
    return key;
}

MachineKey::MachineKey(MachineKey&& other) noexcept
    : public_key_(std::move(other.public_key_)), secret_(std::exchange(other.secret_, nullptr)) {}

MachineKey& MachineKey::operator=(MachineKey&& other) noexcept {
    std::swap(public_key_, other.public_key_);
    std::swap(secret_, other.secret_);
    return *this;
}

MachineKey::~MachineKey() {
    sodium_free(secret_);  // wipes it first
}

base::Result<std::string> MachineKey::sign(std::string_view name_space,
                                           std::string_view message) const {
    constexpr auto hash = signature::MessageHash::sha512;
    base::Bytes to_be_signed = signature::signed_bytes(name_space, hash, message);
    std::array<std::uint8_t, crypto_sign_BYTES> bare{};
    crypto_sign_detached(bare.data(), nullptr, to_be_signed.data(), to_be_signed.size(), secret_);
    signature::WireWriter writer;
    writer.write_string(k_ed25519);
    writer.write_string(base::BytesView(bare));
    base::Bytes signed_by = writer.take();
    return signature::to_armor(
        signature::make_blob(public_key_->blob(), name_space, hash, signed_by));
}

}  // namespace cheget::keys
