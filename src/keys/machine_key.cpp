// A machine's key: an unencrypted Ed25519 file, held in locked memory, that signs unattended.
#include <fmt/format.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

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
    // A process that is forked to become another user has no business with it.
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    unsigned char* const begin =
        key.secret_ - (reinterpret_cast<std::uintptr_t>(key.secret_) & (page - 1));
    if (::madvise(begin, page, MADV_WIPEONFORK) != 0) {
        return told(
            {base::ErrorKind::unreachable, "the secret can't be kept from child processes"});
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
